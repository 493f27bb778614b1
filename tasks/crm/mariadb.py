"""Reading a CRM that lives in MariaDB or MySQL: rows streamed, stamps and decimals left as the text they are."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any, Final

import pyarrow as pa
from pymysql.constants import FIELD_TYPE
from pymysql.converters import conversions
from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, CursorResult, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from config.mapping.model import Connection
from tasks import tls
from tasks.crm.columns import table
from tasks.crm.guard import bind
from tasks.crm.refusals import Kind, Refusal, said_by

_BATCH: Final = 50_000
_BY_CODE: Final[dict[int, Kind]] = {
    **dict.fromkeys((1044, 1045, 1049, 1251, 1698, 2054), "login"),
    **dict.fromkeys((1969, 3024, 1317), "slow"),
    1205: "busy",
    **dict.fromkeys((1054, 1146, 1305, 1128), "missing"),
    **dict.fromkeys((1142, 1143, 1370, 1227), "denied"),
    **dict.fromkeys((1040, 1053, 1927, 2002, 2003, 2006, 2013, 2014), "down"),
}
#: Dates, times and decimals stay text: exact, fast, and a zero date does not vanish on the way.
_AS_TEXT: Final = frozenset(
    {
        *(FIELD_TYPE.DATE, FIELD_TYPE.NEWDATE, FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP, FIELD_TYPE.TIME),
        *(FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL),
    }
)


class MariaSource:
    """One READ ONLY transaction with a consistent snapshot.

    Args:
        url: SQLAlchemy URL.
        settings: timeouts.

    Raises:
        Refusal: down, or login refused.
    """

    def __init__(self, url: URL, settings: Connection) -> None:
        self._url, self._limit = url, settings.statement_timeout
        self._engine = maria_engine(url, settings, _decoders())
        with ExitStack() as undo:
            try:
                self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                undo.callback(self._connection.close)
                for statement in self._session():
                    self._connection.exec_driver_sql(statement)
            except DBAPIError as error:
                raise self._refusal(error) from None
            undo.pop_all()

    def _session(self) -> list[str]:
        """What makes the session a guest's: no writes, UTC, a time limit, one state for all SELECTs."""
        maria = bool(getattr(self._engine.dialect, "is_mariadb", False))
        limit = (
            f"max_statement_time = {self._limit}" if maria else f"max_execution_time = {self._limit * 1000}"
        )
        return [
            "SET SESSION TRANSACTION READ ONLY",
            "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
            "SET SESSION time_zone = '+00:00'",
            f"SET SESSION {limit}",
            "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
        ]

    def read(self, sql: str, parameters: Mapping[str, str | int]) -> pa.Table:
        """The rows of one guarded SELECT, streamed from the server.

        Raises:
            Refusal: no such table or column, not allowed, too slow, connection lost.
        """
        text, names = bind(sql, "pyformat")
        # no_parameters: a statement without any is not formatted, so its `%` stay what they are
        streaming = self._connection.execution_options(
            stream_results=True, max_row_buffer=_BATCH, no_parameters=True
        )
        try:
            found = streaming.exec_driver_sql(text, {name: parameters[name] for name in names} or None)
            with found:
                return table(list(found.keys()), _batches(found))
        except DBAPIError as error:
            raise self._refusal(error) from None

    def close(self) -> None:
        """End the transaction and the session."""
        self._connection.close()
        self._engine.dispose()

    def _refusal(self, error: DBAPIError) -> Refusal:
        given = getattr(error.orig, "args", None) or (0, "")
        code = given[0] if isinstance(given[0], int) else 0
        said = said_by(Exception(given[-1]), self._url)
        if code in (2003, 2013) and "timed out" in said and hasattr(self, "_connection"):
            return Refusal("slow", said)
        return Refusal(_BY_CODE.get(code, "other"), said)


def maria_engine(url: URL, settings: Connection, decoders: Mapping[Any, Any] | None = None) -> Engine:
    """An engine that waits no longer than the settings say, and speaks TLS to another host or not at all."""
    arguments: dict[str, Any] = {
        "connect_timeout": settings.connect_timeout,
        "read_timeout": settings.connect_timeout,  # for a server that accepts and then says nothing
        "write_timeout": settings.connect_timeout,
        "local_infile": False,
        "charset": "utf8mb4",
    }
    if decoders is not None:
        arguments["conv"] = decoders
    if context := tls.context_for(url):
        arguments["ssl"] = context
    drivername = f"{url.get_backend_name()}+pymysql"
    engine = create_engine(url.set(drivername=drivername), poolclass=NullPool, connect_args=arguments)

    @event.listens_for(engine, "connect")
    def _patient(connection: Any, _: object) -> None:
        # The server gives up first, with a better message; pymysql has no public way to say this later.
        connection._read_timeout = settings.statement_timeout + 30  # noqa: SLF001

    return engine


def _decoders() -> dict[Any, Any]:
    kept = {kind: how for kind, how in conversions.items() if kind not in _AS_TEXT}
    return kept | {FIELD_TYPE.BIT: lambda bits: int.from_bytes(bits, "big")}


def _batches(found: CursorResult[Any]) -> Iterator[list[Any]]:
    while rows := found.fetchmany(_BATCH):
        yield list(rows)
