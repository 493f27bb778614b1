"""Opening the store's database: which ones we take, and how their connections behave."""

import errno
import os
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from audits.errors import WrongUse
from tasks import tls
from tasks.clocks import clock_of
from tasks.store.errors import StoreFull, StoreUnreachable, explained

_POSTGRES: Final = ("postgresql", "postgresql+psycopg", "postgres")
_TAKEN: Final = "sqlite:///FOLDER/FILE.db or postgresql://USER:PASSWORD@HOST/DATABASE"


def open_engine(url: str, wait_s: int) -> Engine:
    """An engine on the store's database; connects to nothing yet.

    A transaction of an engine with the execution option ``immediate`` takes SQLite's write lock as it
    begins, so that two writers wait for each other instead of failing half-way.

    Args:
        url: ``sqlite:///...`` (the folder is made when missing) or ``postgresql://...``.
        wait_s: seconds to wait for a lock.

    Raises:
        WrongUse: another database, SQLite in memory, or no address at all.
    """
    try:
        address = make_url(url)
    except ArgumentError:
        raise WrongUse("This is not an address of a database", "store_url", f"Write {_TAKEN}") from None
    if address.drivername == "sqlite" and address.database not in (None, "", ":memory:"):
        return _sqlite(address, wait_s)
    if address.drivername in _POSTGRES:
        return _postgres(tls.checked(address.set(drivername="postgresql+psycopg")), wait_s)
    raise WrongUse(f"The store cannot live in {shown(address)}", "store_url", f"Write {_TAKEN}")


def is_there(url: str) -> bool:
    """Whether a store can be looked at without one being made: a file that exists, or any server."""
    address = make_url(url)
    return address.drivername != "sqlite" or Path(str(address.database)).is_file()


def is_near(url: str) -> bool:
    """Whether the way to the store stays on this machine."""
    return tls.is_here(make_url(url))


def clock(url: str) -> int | None:
    """The present instant of the store's database in microseconds; None where it is ours.

    Raises:
        WrongUse, StoreUnreachable: as for ``open_store``.
    """
    engine = open_engine(url, 10)
    try:
        with explained(shown(engine.url)):
            return clock_of(engine)
    finally:
        engine.dispose()


def shown(address: URL) -> str:
    """The address without its password."""
    return address.render_as_string(hide_password=True)


def _sqlite(address: URL, wait_s: int) -> Engine:
    _make_private(Path(str(address.database)))
    engine = create_engine(address, hide_parameters=True, connect_args={"timeout": wait_s})

    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin where `_begin` says, nowhere else
        for setting in (
            "journal_mode = WAL",
            "foreign_keys = ON",
            "secure_delete = ON",  # whoever is erased leaves no letters in free pages
            "synchronous = FULL",  # what was promised before DATA must survive a power cut
        ):
            connection.execute(f"PRAGMA {setting}")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _make_private(file: Path) -> None:
    """An empty file that only its owner may read, before SQLite would make one that everybody may."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        kind = StoreFull if error.errno in (errno.ENOSPC, errno.EDQUOT) else StoreUnreachable
        raise kind(
            f"The store's file cannot be made ({error.strerror})",
            str(file),
            "Make room, or point store_url at a place that may be written",
        ) from error


def _postgres(address: URL, wait_s: int) -> Engine:
    settings = f"-c lock_timeout={wait_s}s -c timezone=UTC"
    given = address.query.get("options")
    options = f"{given} {settings}" if isinstance(given, str) else settings
    # A server that vanished is noticed within a minute or two, whatever call waits for it.
    lost = {"connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
    arguments = {**lost, "tcp_user_timeout": 60_000, "options": options, "application_name": "clausewatch"}
    return create_engine(
        address.difference_update_query(["options"]),
        hide_parameters=True,
        pool_pre_ping=True,
        connect_args=arguments,
    )
