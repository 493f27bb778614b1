"""Exported Parquet files: typed columns, taken as they are."""

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tasks.crm.columns import plain
from tasks.crm.exports.errors import Problem, Unreadable
from tasks.crm.exports.layout import Table, choose, doubled, missing, unused
from tasks.crm.exports.sheets import Row, Sheet
from tasks.crm.exports.wanted import Wanted


def read_parquet(file: str, content: bytes, looked_for: Wanted, problems: list[Problem]) -> Table | None:
    """A Parquet file's records; None where columns are missing, and then ``problems`` says which.

    Raises:
        Unreadable: it is no whole Parquet file.
    """
    try:
        table = pq.ParquetFile(io.BytesIO(content)).read()
    except (pa.ArrowException, OSError) as error:
        raise Unreadable(f"no whole Parquet file ({type(error).__name__}); export it again") from error
    headers: Row = list(table.column_names)
    sheet, chosen, before = Sheet(file, "", [headers], "Parquet"), choose(headers, looked_for), len(problems)
    for what in missing(chosen, looked_for):
        has = ", ".join(table.column_names)[:200]
        problems.append(Problem(file, f"{what}; it has: {has}; name the right one under `columns`"))
    problems += doubled(sheet, 0, headers, chosen, looked_for)
    if len(problems) > before:
        return None
    columns = {name: _plain(table.column(at)) for name, at in chosen.items()}
    written = {name: table.column_names[at] for name, at in chosen.items()}
    numbers = np.arange(1, table.num_rows + 1, dtype=np.int64)
    said = tuple(unused(headers, chosen))
    return Table(file, "", columns, chosen, numbers, said, written)


def _plain(column: pa.ChunkedArray) -> pa.Array:
    """One array; a float column that holds whole numbers alone (pandas' integers with gaps) is one of integers."""
    found = plain(column)
    if pa.types.is_floating(found.type):
        try:
            return found.cast(pa.int64())
        except pa.ArrowInvalid:
            return found
    return found
