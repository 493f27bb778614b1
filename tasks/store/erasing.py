"""A person forgotten by the store: every version of names and addresses, and the mails for and about them.

The ledger stays: findings, events, acts, notices and their chain hold ids and codes. What is blanked leaves
its hash (``mails.sha256``), and that it was told, when, and with what outcome.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from sqlalchemy import Connection, Engine, Row, func, select, update

from audits.acts import Act
from tasks.forgetting.names import Names
from tasks.store import acts as acting
from tasks.store import directory as known
from tasks.store.schema import acts, deliveries, directory, events, expected_runs, mails, runs

#: The kind of act that an erasure leaves on record; judging knows nothing of it.
ERASED: Final = "erased"
_WAITING: Final = ("pending", "claimed", "sending")
_AT_ONCE: Final = 500


@dataclass(frozen=True)
class Entry:
    """One entry of the directory.

    Args:
        source, entity, id, code: what it is called in the ledger.
        texts: names, addresses and numbers in all its versions; none of one that was erased.
        erased: whether it was.
    """

    source: str
    entity: str
    id: str
    code: str
    texts: tuple[str, ...]
    erased: bool


@dataclass(frozen=True)
class Mails:
    """Mails by their ids.

    Args:
        theirs: made for the person.
        naming: made for others, ended, and naming the person.
        waiting: the same, but still to be sent.
    """

    theirs: list[str]
    naming: list[str]
    waiting: list[str]


def find(connection: Connection, who: str, source: str, entity: str) -> list[Entry]:
    """Entries called so: by id or code, else those whose name or address holds the text.

    Args:
        source, entity: of these alone; "" is any.
    """
    query = select(directory)
    for column, wanted in ((directory.c.source, source), (directory.c.entity, entity)):
        query = query.where(column == wanted) if wanted else query
    rows = connection.execute(query).all()
    called = [row for row in rows if who in (row.id, row.code)]
    part = who.casefold()  # a database folds the case of some letters only
    called = called or [row for row in rows if part in f"{row.name}\n{row.email}\n{row.phone}".casefold()]
    keys = sorted({(row.source, row.entity, row.id) for row in called})
    return [_entry(connection, *key) for key in keys]


def _entry(connection: Connection, source: str, entity: str, key: str) -> Entry:
    one = (directory.c.source == source) & (directory.c.entity == entity) & (directory.c.id == key)
    rows = connection.execute(select(directory).where(one).order_by(directory.c.known_from)).all()
    texts = {text for row in rows for text in (row.name, row.email, row.phone) if text}
    code = next((row.code for row in reversed(rows) if row.code), "")
    return Entry(source, entity, key, code, tuple(sorted(texts)), rows[-1].erased_at is not None)


def mails_about(connection: Connection, entry: Entry, names: Names) -> Mails:
    """Mails for somebody, and mails that name them."""
    found = Mails([], [], [])
    for row in _with_content(connection):
        if entry.entity == "staff" and (row.source, row.person_id) == (entry.source, entry.id):
            found.theirs.append(row.mail)
        elif names.in_file("a.eml", row.content):
            (found.waiting if row.state in _WAITING else found.naming).append(row.mail)
    return found


def _with_content(connection: Connection) -> "Iterator[Row[tuple[str, str, str, str, bytes]]]":
    query = select(mails.c.mail, mails.c.source, mails.c.person_id, mails.c.state, mails.c.content)
    ids = connection.execute(select(mails.c.mail).where(func.length(mails.c.content) > 0)).scalars().all()
    for start in range(0, len(ids), _AT_ONCE):
        yield from connection.execute(query.where(mails.c.mail.in_(ids[start : start + _AT_ONCE]))).all()


def forget(
    connection: Connection, key: bytes, entry: Entry, names: Names, found: Mails, by: str, why: str, at: int
) -> None:
    """Blank what the store holds of somebody, and note who ordered it, when and why.

    Args:
        key: of the chain.
        names: theirs, and what stands in their place.
        found: by ``mails_about`` in this transaction; those that wait for others are left as they are.
        at: microseconds.
    """
    blank(connection, [*found.theirs, *found.naming], at)
    addresses = {text.casefold() for text in entry.texts if "@" in text}
    written = connection.execute(select(deliveries.c.recipient).distinct()).scalars()
    theirs = [address for address in written if address.casefold() in addresses]
    known.strike_out(connection, deliveries.c.recipient.in_(theirs))
    known.erase(connection, entry.source, entry.entity, entry.id, at)
    for column in (runs.c.note, deliveries.c.text, expected_runs.c.noted):
        said = connection.execute(select(column).where(column != "").distinct()).scalars().all()
        for text in filter(names.in_text, said):
            connection.execute(
                update(column.table).where(column == text).values({column: names.out_of(text)})
            )
    if not entry.erased:
        act = Act("", ERASED, at, by, record=f"{entry.entity}:{entry.id}")
        acting.note(connection, key, entry.source, [acting.ActRow(act, why)], at)


def blank(connection: Connection, ids: Iterable[str], at: int) -> int:
    """Let the bytes of mails go and keep their hash; how many had any."""
    done = 0
    for mail in ids:
        row = connection.execute(select(mails.c.content).where(mails.c.mail == mail)).one()
        if row.content:
            gone = {"content": b"", "sha256": sha256(row.content).hexdigest(), "gone_at": at}
            connection.execute(update(mails).where(mails.c.mail == mail).values(gone))
            done += 1
    return done


def grown_old(connection: Connection, before: int) -> list[str]:
    """Ended mails whose fate was settled before an instant, and whose bytes are still there."""
    ended = mails.c.state.not_in(_WAITING) & (mails.c.settled_at < before)
    query = select(mails.c.mail).where(ended, func.length(mails.c.content) > 0)
    return list(connection.execute(query.order_by(mails.c.mail)).scalars())


def bound(connection: Connection, names: Names) -> int:
    """Lines of the chain whose own words name somebody: they are bound, and stay."""
    count = 0
    for columns in ((acts.c.why, acts.c.evidence), (events.c.detail,)):
        rows = connection.execute(select(*columns).execution_options(yield_per=_AT_ONCE))
        count += sum(names.in_text("\n".join(filter(None, row))) for row in rows)
    return count


def leave_no_trace(engine: Engine) -> None:
    """Drop what the database itself keeps of rows as they were: SQLite's journal, PostgreSQL's dead rows.

    PostgreSQL writes the tables anew and holds them meanwhile; it waits for readers as long as for any lock.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        for table in (directory, mails, deliveries, runs, expected_runs):
            connection.exec_driver_sql(f"VACUUM FULL {table.name}")
