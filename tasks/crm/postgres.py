"""Reading a CRM that lives in PostgreSQL: ADBC brings columns, never rows of Python objects.

The session is read-only by its own default and by its one transaction, which sees one state of the CRM for
all SELECTs of a run. Statements are prepared, so several in one text are refused by the server too.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

import adbc_driver_manager
import psycopg
import pyarrow as pa
from adbc_driver_postgresql import dbapi  # type: ignore[import-untyped]
from sqlalchemy import create_engine
from sqlalchemy.engine import URL, Engine
from sqlalchemy.pool import NullPool

from config.mapping.model import Connection
from tasks import tls
from tasks.crm.guard import bind
from tasks.crm.refusals import Kind, Refusal, said_by

_BY_STATE: Final[dict[str, Kind]] = {
    "57014": "slow",
    "55P03": "busy",
    "42501": "denied",
    **dict.fromkeys(("42703", "42P01", "42883", "3F000", "42704"), "missing"),
    **dict.fromkeys(("57P01", "57P02", "57P03", "08006", "08003", "08000"), "down"),
}
_LOGIN: Final = (
    "authentication failed",
    "pg_hba.conf",
    "does not exist",
    "no password supplied",
    "not permitted",
)


class PostgresSource:
    """One REPEATABLE READ, READ ONLY transaction.

    Args:
        url: SQLAlchemy URL; its query goes to libpq (``sslmode`` and the like).
        settings: timeouts.

    Raises:
        Refusal: down, or login refused.
    """

    def __init__(self, url: URL, settings: Connection) -> None:
        self._url = url
        with ExitStack() as undo:
            self._connection = self._opened(url, settings)
            undo.callback(self._connection.close)
            self._run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            self._run("SELECT 1")  # the state to be seen is fixed by the first statement
            undo.pop_all()

    def _opened(self, url: URL, settings: Connection) -> Any:  # ADBC has no type information
        try:
            return dbapi.connect(libpq_uri(url, settings))
        except adbc_driver_manager.Error as error:
            said = said_by(error, url)
            raise Refusal("login" if any(sign in said for sign in _LOGIN) else "down", said) from None

    def _run(self, sql: str) -> None:
        with self._asking() as cursor:
            cursor.execute(sql)

    @contextmanager
    def _asking(self) -> Iterator[Any]:
        """A cursor whose errors are refusals."""
        try:
            with self._connection.cursor() as cursor:
                yield cursor
        except adbc_driver_manager.Error as error:
            raise Refusal(_BY_STATE.get(error.sqlstate or "", "other"), said_by(error, self._url)) from None

    def read(self, sql: str, parameters: Mapping[str, str | int]) -> pa.Table:
        """The rows of one guarded SELECT.

        Raises:
            Refusal: no such table or column, not allowed, too slow, connection lost.
        """
        text, names = bind(sql, "numeric")
        bound = _bound([parameters[name] for name in names])
        with self._asking() as cursor:
            cursor.execute(text, bound)
            return cursor.fetch_arrow_table()

    def close(self) -> None:
        """End the transaction and the session."""
        self._connection.close()


def libpq_uri(url: URL, settings: Connection) -> str:
    """The URL for libpq, with the timeouts, the session's read-only default, and TLS to another host."""
    url = tls.checked(url)
    given = {key: str(value) for key, value in url.query.items()}
    session = {
        "default_transaction_read_only": "on",
        "statement_timeout": str(settings.statement_timeout * 1000),
        "TimeZone": "UTC",
    }
    options = " ".join(f"-c {key}={value}" for key, value in session.items())
    query = {
        "connect_timeout": str(settings.connect_timeout),
        "application_name": "clausewatch",
        "keepalives_idle": "30",
        **given,
        "options": f"{given.get('options', '')} {options}".strip(),
    }
    user = quote(url.username or "", safe="") + (
        f":{quote(str(url.password), safe='')}" if url.password else ""
    )
    host = f"{url.host or ''}:{url.port}" if url.port else url.host or ""
    place = f"{user}@{host}" if user else host
    return f"postgresql://{place}/{quote(url.database or '', safe='')}?{urlencode(query, quote_via=quote)}"


def postgres_engine(url: URL, settings: Connection) -> Engine:
    """An engine (psycopg) whose sessions begin as read-only as ours."""
    uri = libpq_uri(url, settings)
    return create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(uri), poolclass=NullPool)


def _bound(values: list[str | int]) -> pa.RecordBatch | None:
    """Parameters in PostgreSQL's own types: a text that is a day or an instant is bound as one."""
    if not values:
        return None
    return pa.RecordBatch.from_arrays([_typed(v) for v in values], [str(at) for at in range(len(values))])


def _typed(value: str | int) -> Any:  # pyarrow has no type information
    if isinstance(value, int):
        return pa.array([value], pa.int64())
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        return pa.array([value], pa.string())
    return pa.array([instant], pa.timestamp("us", "UTC" if instant.tzinfo else None))
