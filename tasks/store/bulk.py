"""Frames into tables and back, as fast as each database takes them: COPY on PostgreSQL, executemany on SQLite.

Text and integers only: an instant of a frame is a BIGINT of microseconds in its table. Everything runs on
the driver's own cursor inside the transaction that SQLAlchemy began.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv
from sqlalchemy import Connection, Select, Table

from audits.findings import INSTANT, as_ints
from audits.words import NAT

#: Rows that are in flight at a time.
_BATCH: Final = 50_000


def add(connection: Connection, table: Table, frame: pd.DataFrame) -> None:
    """Insert every row; a key that is there already is an error of the driver.

    Args:
        frame: every column of the table, in any order.
    """
    if frame.empty:
        return
    if _is_postgres(connection):
        _copy_in(connection, table.name, table, frame)
    else:
        _execute_many(connection, "", table, frame)


def put(connection: Connection, table: Table, frame: pd.DataFrame, guard: str) -> int:
    """Insert rows, or update those whose key is there; never a row that would stay as it is.

    Args:
        frame: every column of the table, in any order; each key once.
        guard: SQL that must hold for an update; the new row is ``excluded``.

    Returns:
        How many rows were written; fewer than those of ``frame`` means that some were guarded or known.
    """
    if frame.empty:
        return 0
    if not _is_postgres(connection):
        return _execute_many(connection, _on_conflict(table, guard, "IS NOT"), table, frame)
    staged, names = f"staged_{table.name}", _names(table)
    cursor = _cursor(connection)
    cursor.execute(f"CREATE TEMP TABLE {staged} (LIKE {table.name}) ON COMMIT DROP")
    _copy_in(connection, staged, table, frame)
    update = _on_conflict(table, guard, "IS DISTINCT FROM")
    cursor.execute(f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {staged} {update}")  # noqa: S608 - own names
    return int(cursor.rowcount)


def read(connection: Connection, query: "Select[Any]", columns: dict[str, str]) -> pd.DataFrame:
    """The rows of a query as a frame.

    Args:
        query: selects exactly ``columns``, in their order.
        columns: dtype by name: ``str`` (nulls become ""), ``int64``, ``Int64`` or the instants of
            ``audits.findings``.
    """
    kinds = {name: pa.large_string() if dtype == "str" else pa.int64() for name, dtype in columns.items()}
    table = (_copy_out if _is_postgres(connection) else _fetch)(connection, query, kinds)
    frame = {}
    for name, dtype in columns.items():
        column = table.column(name)
        if dtype == INSTANT:
            column = column.cast(pa.timestamp("us", tz="UTC"))
        frame[name] = column.to_pandas(integer_object_nulls=True).astype(dtype)
        if dtype == "str":
            frame[name] = frame[name].fillna("")
    return pd.DataFrame(frame, columns=list(columns))


def _is_postgres(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def _cursor(connection: Connection) -> Any:
    """A cursor of psycopg or sqlite3 itself, on the connection of this transaction."""
    driver: Any = connection.connection.driver_connection
    return driver.cursor()


def _names(table: Table) -> str:
    return ", ".join(column.name for column in table.columns)


def _on_conflict(table: Table, guard: str, differs: str) -> str:
    keys = [column.name for column in table.primary_key]
    rest = [column.name for column in table.columns if column.name not in keys]
    old = ", ".join(f"{table.name}.{name}" for name in rest)
    new = ", ".join(f"excluded.{name}" for name in rest)
    return (
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET ({', '.join(rest)}) = ({new}) "
        f"WHERE {guard} AND ({old}) {differs} ({new})"
    )


def _batches(table: Table, frame: pd.DataFrame) -> Iterator[pa.Table]:
    """The frame's columns in the table's order, a batch at a time."""
    for start in range(0, len(frame), _BATCH):
        rows = frame.iloc[start : start + _BATCH]
        yield pa.table({column.name: _array(rows[column.name]) for column in table.columns})


def _array(column: pd.Series) -> pa.Array:
    if str(column.dtype) == INSTANT:
        instants = as_ints(column)
        return pa.array(instants, mask=np.asarray(instants == NAT))
    return pa.array(column, from_pandas=True)


def _execute_many(connection: Connection, update: str, table: Table, frame: pd.DataFrame) -> int:
    marks = ", ".join("?" * len(table.columns))
    statement = f"INSERT INTO {table.name} ({_names(table)}) VALUES ({marks}) {update}"  # noqa: S608 - own names
    cursor, written = _cursor(connection), 0
    for batch in _batches(table, frame):
        columns = [column.to_pylist() for column in batch.itercolumns()]
        cursor.executemany(statement, zip(*columns, strict=True))
        written += int(cursor.rowcount)
    return written


def _copy_in(connection: Connection, into: str, table: Table, frame: pd.DataFrame) -> None:
    texts = ", ".join(column.name for column in table.columns if column.type.python_type is str)
    # What is empty is a null in a column of integers and "" in one of text.
    options = f"(FORMAT csv, FORCE_NOT_NULL ({texts}))"
    with _cursor(connection).copy(f"COPY {into} ({_names(table)}) FROM STDIN {options}") as copy:
        for batch in _batches(table, frame):
            sink = pa.BufferOutputStream()
            csv.write_csv(batch, sink, csv.WriteOptions(include_header=False))
            copy.write(sink.getvalue())


def _copy_out(connection: Connection, query: "Select[Any]", kinds: dict[str, pa.DataType]) -> pa.Table:
    compiled = query.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    sink = pa.BufferOutputStream()
    with _cursor(connection).copy(f"COPY ({compiled}) TO STDOUT (FORMAT csv)", compiled.params) as copy:
        for block in copy:
            sink.write(block)
    if not sink.tell():
        return pa.table({name: pa.array([], kind) for name, kind in kinds.items()})
    return csv.read_csv(
        pa.BufferReader(sink.getvalue()),
        csv.ReadOptions(column_names=list(kinds)),
        csv.ParseOptions(newlines_in_values=True),
        csv.ConvertOptions(column_types=kinds, strings_can_be_null=False),
    )


def _fetch(connection: Connection, query: "Select[Any]", kinds: dict[str, pa.DataType]) -> pa.Table:
    with connection.execute(query) as result:
        rows: Sequence[Sequence[Any]] = result.cursor.fetchall()  # tuples, without SQLAlchemy's rows around
    columns = list(zip(*rows, strict=True)) or [()] * len(kinds)
    pairs = zip(kinds.items(), columns, strict=True)
    return pa.table({name: pa.array(column, kind) for (name, kind), column in pairs})
