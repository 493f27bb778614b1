"""Names and addresses: joined when something is rendered or sent, kept in one place, and erasable (law 21).

An entry that changes keeps what it was: a report is written again with the names as they were known then.
"""

from itertools import count
from typing import Final

import pandas as pd
from sqlalchemy import Connection, func, select, text, update
from sqlalchemy.sql.elements import ColumnElement

from tasks.store import bulk
from tasks.store.schema import deliveries, directory, mails

#: Columns of a directory frame, all text.
COLUMNS: Final = ("entity", "id", "code", "name", "email", "phone")
_TEXTS: Final = dict.fromkeys(COLUMNS, "str")
_KEY: Final = ["entity", "id"]
_ENDED: Final = ("pending", "claimed")


def put(connection: Connection, source: str, frame: pd.DataFrame, at: int) -> None:
    """Add entries, and a further version of those that changed; whoever was erased stays erased.

    Args:
        at: the real clock's instant, microseconds. Versions are told apart by it: where it stands still or
            goes back, the next instant after the newest version counts.
    """
    if connection.dialect.name == "postgresql":  # SQLite's transaction is alone already
        connection.execute(text("LOCK TABLE directory IN SHARE ROW EXCLUSIVE MODE"))
    rows = frame.reindex(columns=list(COLUMNS)).astype("str").fillna("")
    rows = rows.drop_duplicates(_KEY, keep="last")
    known = get(connection, source)
    same = pd.MultiIndex.from_frame(rows).isin(pd.MultiIndex.from_frame(known))
    gone = pd.MultiIndex.from_frame(rows[_KEY]).isin(erased(connection, source))
    fresh = rows[~(same | gone)]
    fresh = fresh.assign(source=source, known_from=max(at, known_until(connection, source) + 1))
    bulk.add(connection, directory, fresh.assign(erased_at=pd.array([None] * len(fresh), dtype="Int64")))


def get(connection: Connection, source: str, at: int | None = None) -> pd.DataFrame:
    """Every entry of a source as it was known at an instant; None: as it is known now."""
    query = select(*(directory.c[name] for name in COLUMNS)).where(directory.c.source == source)
    if at is not None:
        query = query.where(directory.c.known_from <= at)
    order = (directory.c.entity, directory.c.id, directory.c.known_from)
    versions = bulk.read(connection, query.order_by(*order), _TEXTS)
    return versions.drop_duplicates(_KEY, keep="last", ignore_index=True)


def known_until(connection: Connection, source: str) -> int:
    """Instant of the newest version of any entry, microseconds; 0 where nothing changed since the first."""
    newest = select(func.max(directory.c.known_from)).where(directory.c.source == source)
    return connection.execute(newest).scalar() or 0


def erased(connection: Connection, source: str) -> list[tuple[str, str]]:
    """Entries that were forgotten: entity and id."""
    query = select(directory.c.entity, directory.c.id).where(directory.c.source == source)
    rows = connection.execute(query.where(directory.c.erased_at.is_not(None)).distinct())
    return sorted((row.entity, row.id) for row in rows)


def erase(connection: Connection, source: str, entity: str, key: str, at: int) -> bool:
    """Forget name, number and addresses of one entry in every version, and the mails made for it; False: no such entry.

    What is kept: ids and codes in findings, events and notices, and that a mail was sent, when, with what
    outcome. A mail that still waited is not sent any more.
    """
    one = (directory.c.source == source) & (directory.c.entity == entity) & (directory.c.id == key)
    blank = {"code": "", "name": "", "email": "", "phone": "", "erased_at": at}
    if not connection.execute(update(directory).where(one).values(blank)).rowcount:
        return False
    if entity == "staff":
        _erase_mails(connection, source, key, at)
    return True


def _erase_mails(connection: Connection, source: str, person: str, at: int) -> None:
    theirs = (mails.c.source == source) & (mails.c.person_id == person)
    stopped = {"state": "failed", "settled_at": at}
    connection.execute(update(mails).where(theirs, mails.c.state.in_(_ENDED)).values(stopped))
    connection.execute(update(mails).where(theirs).values(content=b"", recipients="", message_id=""))
    made = connection.execute(select(mails.c.mail).where(theirs)).scalars().all()
    for mail in made:
        strike_out(connection, deliveries.c.mail == mail)


def strike_out(connection: Connection, which: ColumnElement[bool]) -> None:
    """Take addresses out of deliveries; in an attempt each keeps a number of its own, also among those gone before."""
    for row in connection.execute(select(deliveries).where(which)).all():
        same = (deliveries.c.mail == row.mail) & (deliveries.c.attempt == row.attempt)
        there = set(connection.execute(select(deliveries.c.recipient).where(same)).scalars())
        free = next(name for name in map("erased {}".format, count()) if name not in there)
        if not row.recipient.startswith("erased "):
            one = update(deliveries).where(same, deliveries.c.recipient == row.recipient)
            connection.execute(one.values(recipient=free, text=""))
