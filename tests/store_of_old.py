"""A store as an earlier version left it: its schema, and rows in every table, the chain's batches as written then."""

from typing import Any, Final

from sqlalchemy import Connection, LargeBinary, MetaData, Table, select

from audits.instants import instant_of
from tasks.store import migrate
from tasks.store.engine import open_engine
from tasks.store.schema import REVISION_TABLE
from tests.store_world import BEGIN, SOURCE, STANDARDS

#: The key of its chain.
KEY: Final = b"the key of an old store"
_AT: Final = instant_of(BEGIN)
_LIFE: Final = {"source": SOURCE, "standards": STANDARDS}
_FIRST, _SECOND = "0000000000000001", "0000000000000002"
_ACT: Final = {
    "source": SOURCE, "act": "00000000aa", "batch": 2, "kind": "waived", "at": 150, "entered_at": 160, "person": "E1",
    "approver": "E2", "finding": _FIRST, "clause": "", "customer_id": "", "team_id": "", "record": "", "begins": 150,
    "until": 900, "ends": "", "why": "closed\tfor works", "evidence": "letter 118",
}  # fmt: skip
#: The hashes of its chain, as they were written: code that reads them otherwise proves nothing of the past.
_H: Final = (
    "014eaf6a58bd8cd353cc453282ac18a7a887749bf3a4ec82a590c4911396e38b",
    "b2836a57c9f2d623244065bfcf7455fdef5e1301f5fb2176584474067a46bdb8",
    "d92bc555fefd44cb01b4f59b6804c83d0130e49933618d933cf80694b3b6ae3a",
)
#: Rows by table; columns that a revision does not know are left out.
ROWS: Final[dict[str, list[dict[str, Any]]]] = {
    "sources": [{"source": SOURCE, "mode": "live", "live_from": 50, "changed_at": 60}],
    "leases": [],
    "runs": [
        {"run": run, **_LIFE, "as_of": at, "period": "2026-10", "state": "finished", "started_at": _AT - 1000 + at,
         "committed_at": _AT - 1000 + at, "finished_at": _AT - 1000 + at, "snapshot": "5" * 64, "engine": "0.0.9", "note": ""}
        for run, at in (("r1", 100), ("r2", 200))
    ],
    "counts": [
        {"run": run, "clause": "C-1", "team_id": "", "population": 5, "met": 2, "breached": 3, "pending": 0,
         "not_applicable": 0, "no_data": 0, "waived": 1, "baseline": 0, "disputed": 0, "numerator": 2, "denominator": 5}
        for run in ("r1", "r2")
    ],
    "findings": [
        {**_LIFE, "finding": finding, "clause": "C-1", "subject": f"case:{record}", "record": record, "label": record,
         "occurrence": "", "state": state, "marks": "", "changes": at // 100, "first_seen_as_of": 100, "last_change_as_of": at,
         "anchor_at": 10, "due_at": 50, "done_at": None, "reason": "OPEN_LATE", "customer_id": "9", "team_id": "t1",
         "assignee_id": "u1", "reported_verdict": "breached", "open_since": 100}
        for finding, record, state, at in ((_FIRST, "T-1", "open", 100), (_SECOND, "T-2", "cleared", 200))
    ],
    "events": [
        {**_LIFE, "finding": finding, "n": n, "as_of": at, "run": run, "kind": kind, "was": was, "state": state,
         "detail": '{"verdict": "breached"}'}
        for finding, n, at, run, kind, was, state in (
            (_FIRST, 1, 100, "r1", "opened", "", "open"), (_SECOND, 1, 100, "r1", "opened", "", "open"),
            (_SECOND, 2, 200, "r2", "cleared", "open", "cleared"),
        )
    ],
    "mails": [
        {"mail": "m1", "source": SOURCE, "run": "r1", "person_id": "E1", "kind": "escalation", "sender": "a@b.c",
         "recipients": "e1@b.c", "message_id": "<m1@b.c>", "content": b"Subject: late\r\n\r\nlate", "state": "sent",
         "attempts": 1, "resent_after": 0, "made_at": _AT, "not_before": 0, "claimed_by": "", "claimed_until": None,
         "settled_at": _AT, "sha256": "", "gone_at": None},
    ],
    "notices": [
        {"source": SOURCE, "notice": "n1", "mail": "m1", "finding": _FIRST, "clause": "C-1", "role": "supervisor",
         "level": 1, "occurrence": "", "person_id": "E1", "kind": "escalation", "why": "", "at": 100},
    ],
    "deliveries": [
        {"mail": "m1", "attempt": 1, "recipient": "e1@b.c", "outcome": "sent", "code": 250, "text": "ok", "at": _AT},
    ],
    "directory": [
        {"source": SOURCE, "entity": "staff", "id": key, "known_from": 0, "code": key, "name": name,
         "email": "", "phone": "", "erased_at": erased}
        for key, name, erased in (("E1", "李四", None), ("E2", "", 7))
    ],
    "acts": [_ACT],
    "batches": [
        {"source": SOURCE, "n": n, "kind": kind, "of": of, "at": _AT + at, "rows": rows, "previous": previous,
         "hash": sha, "key": "679df773"}
        for n, kind, of, at, rows, previous, sha in (
            (1, "run", "r1", 100, 2, "", _H[0]), (2, "act", "", 160, 1, _H[0], _H[1]), (3, "run", "r2", 200, 1, _H[1], _H[2]),
        )
    ],
}  # fmt: skip


def make(url: str, revision: str) -> None:
    """A store of this revision with rows in every table."""
    engine = open_engine(url, 5)
    with engine.begin() as connection:
        migrate.upgrade(connection, None, "", to=revision)
        for table in tables(connection):
            names = table.columns.keys()
            for row in ROWS.get(table.name, [_some_row(table)]):
                connection.execute(table.insert().values({name: row[name] for name in names if name in row}))
    engine.dispose()


def content(url: str, of: dict[str, list[str]] | None = None) -> dict[str, list[tuple[Any, ...]]]:
    """Table -> every row, in order.

    Args:
        of: columns of each table; None: all of the store's own.
    """
    engine = open_engine(url, 5)
    with engine.begin() as connection:
        found = {
            table.name: sorted(
                (
                    tuple(row)
                    for row in connection.execute(
                        select(*(table.c[c] for c in (of or {}).get(table.name, table.c.keys())))
                    )
                ),
                key=str,
            )
            for table in tables(connection)
            if of is None or table.name in of
        }
    engine.dispose()
    return found


def columns(url: str) -> dict[str, list[str]]:
    """Table -> its columns."""
    engine = open_engine(url, 5)
    with engine.begin() as connection:
        found = {table.name: list(table.c.keys()) for table in tables(connection)}
    engine.dispose()
    return found


def tables(connection: Connection) -> list[Table]:
    """The tables of a store, those that others point to first."""
    known = MetaData()
    known.reflect(connection)
    return [table for table in known.sorted_tables if table.name != REVISION_TABLE]


def _some_row(table: Table) -> dict[str, Any]:
    """A row of a table that nobody described here."""
    kinds: dict[type, Any] = {str: "x", int: 1}
    return {
        c.name: b"x" if isinstance(c.type, LargeBinary) else kinds[c.type.python_type] for c in table.columns
    }
