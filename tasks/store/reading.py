"""What the store knows, as frames: findings, events, notices, counts, runs, evidence of telling."""

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
from sqlalchemy import Connection, Select, Table, and_, case, func, select

from audits.findings import EVENT_COLUMNS, FINDING_COLUMNS, INSTANT, cast_columns
from audits.model import MODEL
from tasks.store import bulk
from tasks.store.schema import counts, deliveries, events, findings, mails, notices, runs

#: Columns of ``notices``: what planning reads (``audits.notices.KNOWN``), what a report adds.
NOTICE_COLUMNS: Final = {
    "notice": "str",
    "finding": "str",
    "clause": "str",
    "role": "str",
    "level": "int64",
    "occurrence": "str",
    "person_id": "str",
    "kind": "str",
    "why": "str",
    "envelope": "str",
    "at": "int64",
    "mail_state": "str",
    "settled_at": INSTANT,
    "waiting": "int64",
}
_RUN_COLUMNS: Final = {
    **dict.fromkeys(("run", "source", "standards"), "str"),
    "as_of": INSTANT,
    **dict.fromkeys(("period", "state"), "str"),
    **dict.fromkeys(("started_at", "committed_at", "finished_at"), INSTANT),
    **dict.fromkeys(("snapshot", "engine", "note"), "str"),
}
_COUNTED: Final = (
    *("population", "met", "breached", "pending", "not_applicable", "no_data"),
    *("waived", "baseline", "disputed", "numerator", "denominator"),
)
#: Ids in one IN list; SQLite takes no more than some hundred bound values in older builds.
_AT_ONCE: Final = 500
#: Roles whose telling is an escalation, by the name of the canonical model.
_ROLES: Final = {"owner_supervisor": "supervisor"}


def known_findings(connection: Connection, source: str, standards: str) -> pd.DataFrame:
    """Every finding, as ``audits.findings`` says."""
    life = {"source": source, "standards": standards}
    columns = {name: dtype for name, dtype in FINDING_COLUMNS.items() if name not in life}
    frame = bulk.read(connection, _of(findings, columns, source, standards), columns)
    return cast_columns(frame.assign(**life), FINDING_COLUMNS)


def known_events(
    connection: Connection, source: str, standards: str, after: int | None, until: int | None
) -> pd.DataFrame:
    """Events later than ``after`` and not later than ``until``, by finding and ordinal."""
    query = _of(events, EVENT_COLUMNS, source, standards)
    if after is not None:
        query = query.where(events.c.as_of > after)
    if until is not None:
        query = query.where(events.c.as_of <= until)
    return bulk.read(connection, query.order_by(events.c.finding, events.c.n), EVENT_COLUMNS)


def known_notices(connection: Connection, source: str) -> pd.DataFrame:
    """Every notice that is owed or told, with where its mail stands."""
    waiting = case((and_(mails.c.state == "pending", mails.c.attempts == 0), 1), else_=0)
    named = {
        "envelope": notices.c.mail,
        "mail_state": mails.c.state,
        "settled_at": mails.c.settled_at,
        "waiting": waiting,
    }
    columns = [(named[name] if name in named else notices.c[name]).label(name) for name in NOTICE_COLUMNS]
    query = select(*columns).join(mails, mails.c.mail == notices.c.mail).where(notices.c.source == source)
    frame = bulk.read(connection, query.order_by(notices.c.at, notices.c.notice), NOTICE_COLUMNS)
    return frame.assign(waiting=frame["waiting"].astype(bool))


def known_counts(connection: Connection, source: str, standards: str) -> pd.DataFrame:
    """Counts of every committed run, with its ``as_of``, ``period`` and ``state``; rates' figures are nullable."""
    of_run, kept = ("run", "as_of", "period", "state"), ("clause", "team_id", *_COUNTED)
    of_life = and_(runs.c.source == source, runs.c.standards == standards)
    query = (
        select(*(runs.c[name] for name in of_run), *(counts.c[name] for name in kept))
        .join(runs, runs.c.run == counts.c.run)
        .where(of_life, runs.c.committed_at.is_not(None))
        .order_by(runs.c.as_of, runs.c.committed_at, counts.c.clause, counts.c.team_id)
    )
    columns = dict.fromkeys((*of_run, "clause", "team_id"), "str") | {"as_of": INSTANT}
    return bulk.read(connection, query, {**columns, **dict.fromkeys(_COUNTED, "Int64")})


def known_runs(connection: Connection, source: str) -> pd.DataFrame:
    """Every run of a source, the latest start last."""
    query = select(*(runs.c[name] for name in _RUN_COLUMNS)).where(runs.c.source == source)
    return bulk.read(connection, query.order_by(runs.c.started_at, runs.c.run), _RUN_COLUMNS)


def finding_states(connection: Connection) -> list[tuple[str, str, str, int]]:
    """How many findings stand in which state: source, standards, state, count."""
    of = (findings.c.source, findings.c.standards, findings.c.state)
    return [tuple(row) for row in connection.execute(select(*of, func.count()).group_by(*of).order_by(*of))]


def mail_states(connection: Connection) -> list[tuple[str, str, int]]:
    """How many mails of a source came to what: source, state, count."""
    of = (mails.c.source, mails.c.state)
    return [tuple(row) for row in connection.execute(select(*of, func.count()).group_by(*of).order_by(*of))]


def evidence(connection: Connection, source: str, as_of: int) -> pd.DataFrame:
    """Own deliveries as rows of the canonical escalation: who was told of which record, and when.

    Only what a server took (250 after DATA) up to ``as_of``: an .eml file, a refusal or an unknown fate
    proves no telling. An officer or engineer who is told is no escalation.
    """
    roles = MODEL["escalation"].fields["target_role"].values
    sent = and_(deliveries.c.outcome == "sent", deliveries.c.at <= as_of)
    told = (
        select(notices.c.notice, notices.c.role, notices.c.person_id, func.min(deliveries.c.at).label("at"))
        .join(deliveries, and_(deliveries.c.mail == notices.c.mail, sent))
        .where(notices.c.source == source, notices.c.role.in_((*roles, *_ROLES)))
        .group_by(notices.c.notice, notices.c.role, notices.c.person_id)
        .subquery()
    )
    about = (
        select(notices.c.notice, findings.c.subject, findings.c.record)
        .join(findings, and_(findings.c.source == source, findings.c.finding == notices.c.finding))
        .where(notices.c.source == source)
        .distinct()
        .subquery()
    )
    columns = {"notice": "str", "role": "str", "person_id": "str", "at": INSTANT}
    query = select(*(told.c[name] for name in columns), about.c.subject, about.c.record)
    query = query.join(about, about.c.notice == told.c.notice).order_by(told.c.at, told.c.notice)
    return _as_escalations(bulk.read(connection, query, {**columns, "subject": "str", "record": "str"}))


def _as_escalations(told: pd.DataFrame) -> pd.DataFrame:
    subject, record = told["subject"], told["record"]
    columns = {
        "id": "notice:" + told["notice"],
        "case_id": record.where(subject.str.startswith("case:")),
        "deviation_id": record.where(subject.str.startswith("deviation:")),
        "triggered_at": told["at"],
        "target_role": told["role"].replace(_ROLES),
        "target_id": told["person_id"],
        "origin": "delivery_ledger",
        "delivered_at": told["at"],
    }
    fields = MODEL["escalation"].fields
    frame = pd.DataFrame(columns, index=told.index).reindex(columns=list(fields))
    dtypes: dict[str, Any] = {"ts": INSTANT, "id": "str", "ref": "str", "keys": "str"}
    return frame.astype(
        {
            name: pd.CategoricalDtype(list(field.values)) if field.values else dtypes[field.type]
            for name, field in fields.items()
        }
    )


def contents(connection: Connection, wanted: Sequence[str]) -> dict[str, bytes]:
    """Mail -> its bytes, of those that are known."""
    found: dict[str, bytes] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        ids = wanted[start : start + _AT_ONCE]
        rows = connection.execute(select(mails.c.mail, mails.c.content).where(mails.c.mail.in_(ids)))
        found.update((row.mail, bytes(row.content)) for row in rows)
    return found


def _of(table: Table, columns: dict[str, str], source: str, standards: str) -> "Select[Any]":
    query = select(*(table.c[name] for name in columns))
    return query.where(table.c.source == source, table.c.standards == standards)
