"""What can go wrong with the store, in words: what was found, where, and what to do (law 22)."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError

from audits.errors import ClausewatchError


class StoreError(ClausewatchError):
    """The audit store could not do what was asked; nothing of it was written."""


class StoreBusy(StoreError):
    """Somebody else holds a lock for longer than we wait."""


class StoreFull(StoreError):
    """There is no room to write."""


class StoreUnreachable(StoreError):
    """The store cannot be opened, or the connection to it broke."""


class StoreUnreadable(StoreError):
    """What stands there is not our store, or is damaged."""


class StoreNewer(StoreError):
    """A newer Clausewatch has written this store."""


class LeaseHeld(StoreError):
    """Another run of this source did not end while we waited."""


class LeaseLost(StoreError):
    """The lease is not (any more) held by this run."""


class StaleChanges(StoreError):
    """The changes were compared with findings that another run has changed since."""


_NO_ROOM = "Free some space, then run again; the same run adds nothing twice"
_AGAIN = "Wait until it is done, then run again; the same run adds nothing twice"
_LOOK = "Look at the address (store_url), the server and the rights of its user, then run again"
_RESTORE = "Point store_url at another file, or put a backup back; do not delete what is there"

# By the beginning of SQLite's name of the error; longer beginnings first.
_SQLITE: tuple[tuple[str, type[StoreError], str, str], ...] = (
    ("SQLITE_BUSY", StoreBusy, "Another process is writing to the store", _AGAIN),
    ("SQLITE_LOCKED", StoreBusy, "Another process is writing to the store", _AGAIN),
    ("SQLITE_FULL", StoreFull, "The disk that holds the store is full", _NO_ROOM),
    ("SQLITE_IOERR", StoreFull, "The store's file could not be written or read", _NO_ROOM),
    ("SQLITE_READONLY", StoreUnreachable, "The store's file may not be written", _LOOK),
    ("SQLITE_CANTOPEN", StoreUnreachable, "The store's file cannot be opened", _LOOK),
    ("SQLITE_PERM", StoreUnreachable, "The store's file cannot be opened", _LOOK),
    ("SQLITE_NOTADB", StoreUnreadable, "This file is not a store", _RESTORE),
    ("SQLITE_CORRUPT", StoreUnreadable, "The store's file is damaged", _RESTORE),
)
# By the beginning of PostgreSQL's SQLSTATE.
_POSTGRES: tuple[tuple[str, type[StoreError], str, str], ...] = (
    ("55P03", StoreBusy, "Another process holds a lock on the store", _AGAIN),
    ("40", StoreBusy, "Another process changed the store at the same time", _AGAIN),
    ("57014", StoreBusy, "The store took too long to answer", _AGAIN),
    ("53300", StoreBusy, "The database server takes no more connections", _AGAIN),
    ("53", StoreFull, "The database server has no room left", _NO_ROOM),
    ("28", StoreUnreachable, "The database server refused the login", _LOOK),
    ("3D", StoreUnreachable, "There is no such database", _LOOK),
    ("42501", StoreUnreachable, "The store's user may not do this", _LOOK),
    ("25006", StoreUnreachable, "The store may not be written", _LOOK),
    ("57P", StoreUnreachable, "The database server is going down", _LOOK),
    ("08", StoreUnreachable, "The connection to the store broke", _LOOK),
)


@contextmanager
def explained(where: str) -> Iterator[None]:
    """Turn what a driver raises into one of the errors above; what has no words here passes through.

    Args:
        where: address of the store, without its password.
    """
    try:
        yield
    except (DBAPIError, psycopg.Error, sqlite3.Error) as error:
        told = _told(error.orig if isinstance(error, DBAPIError) else error)
        if told is None:
            raise
        kind, found, do, said = told
        # Without the driver's own error: its text may hold a statement with addresses in it.
        raise kind(f"{found} ({said})", where, do) from None


def _told(error: BaseException | None) -> tuple[type[StoreError], str, str, str] | None:
    said = " ".join(str(error).split())
    if isinstance(error, sqlite3.Error):
        table, code = _SQLITE, getattr(error, "sqlite_errorname", None) or ""
    elif isinstance(error, psycopg.Error):
        table, code = _POSTGRES, error.sqlstate or ""
        if not code and isinstance(error, psycopg.OperationalError):
            return StoreUnreachable, "The database server cannot be reached", _LOOK, said
    else:
        return None
    for beginning, kind, found, do in table:
        if code.startswith(beginning):
            return kind, found, do, said
    return None
