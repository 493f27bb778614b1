"""Canonical frames in Parquet and back: the same frame always makes the same bytes."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from audits.model import MODEL
from tasks.crm.boundary import COMPANIONS, ORIGINS

_ROWS_PER_GROUP: Final = 250_000
_NUMBERS: Final = {
    "int": pa.int64(),
    "decimal": pa.int64(),
    "text": pa.int32(),
    "hole": pa.int16(),
}


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write one canonical frame; nothing of pandas, of this machine or of the hour goes into the file."""
    columns = {str(name): pa.array(frame[name], from_pandas=True) for name in frame.columns}
    pq.write_table(
        pa.table(columns),
        path,
        row_group_size=_ROWS_PER_GROUP,
        compression="zstd",
        compression_level=1,
        store_schema=False,
        version="2.6",
    )


def read_frame(entity: str, path: Path) -> pd.DataFrame:
    """Read one canonical frame, every column in the type the model gives it.

    Raises:
        KeyError: a column the model does not know.
        pyarrow.ArrowException: the file is no Parquet.
    """
    table = pq.read_table(path, partitioning=None)
    made = {name: _typed(entity, name, table.column(name).combine_chunks()) for name in table.column_names}
    return pd.DataFrame(made, index=pd.RangeIndex(table.num_rows))


def _typed(entity: str, name: str, column: pa.Array) -> Any:  # an array or series of pandas
    base, mark, companion = name.partition("__")
    if mark + companion not in COMPANIONS:
        raise KeyError(name)
    field = MODEL[entity].fields[base]
    kind = {"": field.type, "from": "origin", "hole": "hole"}.get(companion, "ts")
    nulls = np.array(column.is_null().to_numpy(zero_copy_only=False))
    if kind in _NUMBERS:
        values = pc.fill_null(pc.cast(column, _NUMBERS[kind]), 0).to_numpy(zero_copy_only=False)
        return pd.arrays.IntegerArray(np.array(values), nulls)
    if kind == "bool":
        values = pc.fill_null(column, fill_value=False).to_numpy(zero_copy_only=False)
        return pd.arrays.BooleanArray(np.array(values, dtype=bool), nulls)
    if kind in ("ts", "date"):
        index = pd.DatetimeIndex(_stamps(column).view("datetime64[us]"))
        return index.tz_localize("UTC") if kind == "ts" else index
    if kind in ("enum", "origin"):
        values = ORIGINS if kind == "origin" else field.values
        places = pc.index_in(pc.cast(column, pa.string()), value_set=pa.array(values, pa.string()))
        codes = pc.fill_null(places, -1).to_numpy(zero_copy_only=False)
        return pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(list(values)))
    return pd.Series(pd.arrays.ArrowStringArray(pc.cast(column, pa.large_string())), dtype="str")


def _stamps(column: pa.Array) -> "np.ndarray[Any, np.dtype[np.int64]]":
    nat = np.iinfo(np.int64).min
    whole = pc.cast(column, pa.timestamp("us", column.type.tz)).view(pa.int64())
    return np.array(pc.fill_null(whole, nat).to_numpy(zero_copy_only=False), dtype=np.int64)
