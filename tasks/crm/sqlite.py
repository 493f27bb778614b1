"""Reading a CRM that lives in a SQLite file: opened read-only, and only reading is authorised.

``mode=ro`` alone still allows ATTACH and files elsewhere; ``query_only`` and an authorizer close that. Types are
never inferred from a first batch: SQLite's values have types, its columns do not.
"""

import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pyarrow as pa
from sqlalchemy import create_engine
from sqlalchemy.engine import URL, Engine
from sqlalchemy.pool import NullPool

from config.mapping.model import Connection
from tasks.crm.columns import table
from tasks.crm.guard import bind
from tasks.crm.refusals import Kind, Refusal, said_by

_BATCH: Final = 50_000
_STEPS: Final = 20_000
_ALLOWED: Final = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)


class SqliteSource:
    """One read transaction on a SQLite file.

    Args:
        url: SQLAlchemy URL of the file.
        settings: timeouts.

    Raises:
        Refusal: no such file, not a database, locked.
    """

    def __init__(self, url: URL, settings: Connection) -> None:
        self._url, self._limit = url, settings.statement_timeout
        self._deadline = time.monotonic() + settings.connect_timeout
        self._connection = self._opened(settings.connect_timeout)

    def _opened(self, timeout: int) -> sqlite3.Connection:
        name = self._url.database or ""
        if not name or not Path(name).is_file():
            raise Refusal("down", f"there is no file {name or '(no path)'}")
        with ExitStack() as undo:
            try:
                connection = _connected(name, timeout)
                undo.callback(connection.close)
                connection.execute("PRAGMA query_only = ON")
                connection.execute("BEGIN")
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            except sqlite3.Error as error:
                raise self._refusal(error) from None
            undo.pop_all()
        connection.set_authorizer(_authorise)
        connection.set_progress_handler(self._late, _STEPS)
        return connection

    def read(self, sql: str, parameters: Mapping[str, str | int]) -> pa.Table:
        """The rows of one guarded SELECT.

        Raises:
            Refusal: no such table or column, too slow, locked.
        """
        text, names = bind(sql, "named")
        self._deadline = time.monotonic() + self._limit
        try:
            cursor = self._connection.execute(text, {name: parameters[name] for name in names})
            return table([str(column[0]) for column in cursor.description], _batches(cursor))
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise self._refusal(error) from None

    def close(self) -> None:
        """End the transaction and let the file go."""
        self._connection.close()

    def _late(self) -> bool:
        return time.monotonic() > self._deadline

    def _refusal(self, error: Exception) -> Refusal:
        said = said_by(error, self._url)
        signs: dict[str, Kind] = {
            "interrupted": "slow",
            "locked": "busy",
            "no such": "missing",
            "not authorized": "denied",
            "prohibited": "denied",
            "unable to open": "down",
            "not a database": "down",
        }
        return Refusal(next((kind for sign, kind in signs.items() if sign in said), "other"), said)


def sqlite_engine(url: URL, settings: Connection) -> Engine:
    """An engine on the same file, opened ``mode=ro`` too."""
    name = url.database or ""
    return create_engine(
        "sqlite://", creator=lambda: _connected(name, settings.connect_timeout), poolclass=NullPool
    )


def _connected(name: str, timeout: int) -> sqlite3.Connection:
    uri = f"file:{quote(name)}?mode=ro"
    return sqlite3.connect(uri, uri=True, timeout=timeout, isolation_level=None)


def _batches(cursor: sqlite3.Cursor) -> Iterator[list[tuple[object, ...]]]:
    while rows := cursor.fetchmany(_BATCH):
        yield rows


def _authorise(action: int, _: str | None, function: str | None, *_more: str | None) -> int:
    reads = action in _ALLOWED and (function or "").lower() != "load_extension"
    return sqlite3.SQLITE_OK if reads else sqlite3.SQLITE_DENY
