"""The one transaction in which a run becomes part of what is known: all of it, or nothing."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import pandas as pd
import psycopg
from sqlalchemy import Connection, delete, select, update

from audits.findings import no_events
from audits.life import Changes
from audits.notices import Notice
from tasks.store import bulk, trail
from tasks.store.errors import StaleChanges, StoreError
from tasks.store.rows import CountRow, MailRow, RunState, micros
from tasks.store.runs import hold, last_committed, unknown_run
from tasks.store.schema import counts, events, findings, mails, notices, runs

#: Ids in one IN list; SQLite takes no more than some hundred bound values in older builds.
_AT_ONCE = 500
_NOT_OUTDATED = "findings.changes <= excluded.changes"


@dataclass(frozen=True)
class Result:
    """What one run leaves: see ``Store.commit``."""

    run: str
    source: str
    standards: str
    as_of: int
    changes: Changes
    counts: Sequence[CountRow]
    notices: Sequence[Notice]
    mails: Sequence[MailRow]
    recalled: Sequence[str]


def commit(connection: Connection, result: Result, now: int, key: bytes) -> bool:
    """Write everything, bound into the chain by ``key``; False, and nothing at all, when a later instant was committed before (law 15).

    A run that is committed already is left as it is: only the answer to its first commit was lost.
    """
    hold(connection, result.source, result.run)
    if _is_committed(connection, result):
        return True
    newest = last_committed(connection, result.source, result.standards)
    if newest is not None and result.as_of < newest:
        return False
    _write_changes(connection, result)
    _write_counts(connection, result.run, result.counts)
    _recall(connection, result.recalled, result)
    _write_mails(connection, result, now)
    done = update(runs).where(runs.c.run == result.run).values(state="committed", committed_at=now)
    connection.execute(done)
    told = result.changes.events.assign(standards=result.standards)
    trail.seal_events(connection, key, result.source, result.run, told, now)
    return True


def keep_counts(
    connection: Connection,
    run: str,
    rows: Sequence[CountRow],
    state: RunState,
    note: str,
    now: int,
    key: bytes,
) -> None:
    """Write what a run counted, and nothing else of it: no finding changes, and nobody is told.

    A run whose counts stand already is left as it is.
    """
    row = connection.execute(select(runs).where(runs.c.run == run)).one_or_none()
    if row is None:
        raise unknown_run(run)
    if row.committed_at is not None:
        return
    _write_counts(connection, run, rows)
    done = {"state": state, "committed_at": now, "finished_at": now, "note": note}
    connection.execute(update(runs).where(runs.c.run == run).values(**done))
    trail.seal_events(connection, key, row.source, run, no_events().assign(standards=""), now)


def _is_committed(connection: Connection, result: Result) -> bool:
    row = connection.execute(select(runs).where(runs.c.run == result.run)).one_or_none()
    if row is None:
        raise unknown_run(result.run)
    if (row.source, row.standards, row.as_of) != (result.source, result.standards, result.as_of):
        raise StoreError(
            f"The run was started for {row.source}, {row.standards}, as of {row.as_of}",
            f"run {result.run}, committed for {result.source}, {result.standards}, as of {result.as_of}",
            "Commit a run for what it was started for",
        )
    return row.committed_at is not None


def _write_changes(connection: Connection, result: Result) -> None:
    # In the order of the key: a third faster to write, and twice as fast to read back.
    told = result.changes.events.sort_values("finding", kind="stable")
    stand = result.changes.findings.sort_values("finding")
    born = pd.Index(told["finding"][told["kind"] == "opened"]).get_indexer(pd.Index(stand["finding"])) >= 0
    try:
        bulk.add(connection, events, told.assign(source=result.source, standards=result.standards))
        bulk.add(connection, findings, stand[born])
    except (sqlite3.IntegrityError, psycopg.errors.UniqueViolation):
        raise _outdated(result) from None
    known = stand[~born]
    if bulk.put(connection, findings, known, _NOT_OUTDATED) != len(known):
        raise _outdated(result)


def _outdated(result: Result) -> StaleChanges:
    return StaleChanges(
        "Another run has changed these findings or notices since they were compared",
        f"run {result.run} of {result.source}",
        "Read what is known again while holding the lease, compare and plan again, then commit",
    )


def _write_counts(connection: Connection, run: str, counted: Sequence[CountRow]) -> None:
    rows = [{"run": run, **asdict(row)} for row in counted]
    if rows:
        connection.execute(counts.insert(), rows)


def _recall(connection: Connection, recalled: Sequence[str], result: Result) -> None:
    """Take mails back that still wait, with their notices: these are owed again, in other envelopes."""
    for ids in _batches(recalled):
        there = select(mails.c.mail, mails.c.state, mails.c.attempts).where(mails.c.mail.in_(ids))
        rows = connection.execute(there.with_for_update()).all()  # no sender claims them from here on
        if any((row.state, row.attempts) != ("pending", 0) for row in rows):
            raise _outdated(result)
        gone = [row.mail for row in rows]
        connection.execute(delete(notices).where(notices.c.mail.in_(gone)))
        connection.execute(delete(mails).where(mails.c.mail.in_(gone)))


def _write_mails(connection: Connection, result: Result, now: int) -> None:
    """Mails that are new, with their notices; a planned notice that travels in another mail is outdated."""
    there = _mails_there(connection, result)
    told = _notices_told(connection, result)
    fresh = [mail for mail in result.mails if mail.mail not in there]
    owed = [notice for notice in result.notices if notice.notice not in told]
    new = {mail.mail for mail in fresh}
    if any(told.get(notice.notice, notice.envelope) != notice.envelope for notice in result.notices):
        raise _outdated(result)
    if any(notice.envelope not in new for notice in owed):
        raise StoreError(
            "A notice names a mail that is not committed with it",
            f"run {result.run} of {result.source}",
            "Commit every notice together with its mail",
        )
    if fresh:
        connection.execute(mails.insert(), [_mail(mail, result, now) for mail in fresh])
    if owed:
        connection.execute(notices.insert(), [_notice(notice, result.source) for notice in owed])


def _mails_there(connection: Connection, result: Result) -> set[str]:
    there: set[str] = set()
    for ids in _batches([mail.mail for mail in result.mails]):
        for row in connection.execute(select(mails.c.mail, mails.c.source).where(mails.c.mail.in_(ids))):
            if row.source != result.source:
                raise StoreError(
                    f"Mail {row.mail} exists already, from source {row.source}",
                    f"run {result.run} of {result.source}",
                    "Make the source a part of what a notice is called",
                )
            there.add(row.mail)
    return there


def _notices_told(connection: Connection, result: Result) -> dict[str, str]:
    """Notice -> the mail that carries it, of those planned that are told or wait already."""
    told: dict[str, str] = {}
    of_source = notices.c.source == result.source
    for ids in _batches([notice.notice for notice in result.notices]):
        rows = connection.execute(
            select(notices.c.notice, notices.c.mail).where(of_source, notices.c.notice.in_(ids))
        )
        told.update((row.notice, row.mail) for row in rows)
    return told


def _mail(mail: MailRow, result: Result, now: int) -> dict[str, object]:
    return {
        "mail": mail.mail,
        "source": result.source,
        "run": result.run,
        "person_id": mail.person_id,
        "kind": mail.kind,
        "sender": mail.sender,
        "recipients": "\n".join(mail.recipients),
        "message_id": mail.message_id,
        "content": mail.content,
        "state": "pending",
        "attempts": 0,
        "resent_after": 0,
        "made_at": now,
        "not_before": micros(mail.not_before),
        "claimed_by": "",
    }


def _notice(notice: Notice, source: str) -> dict[str, object]:
    row = asdict(notice)
    return {**row, "level": int(notice.level), "mail": row.pop("envelope"), "source": source}


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
