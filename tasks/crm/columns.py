"""Rows from any driver or sheet as Arrow columns, before anything is said about what they mean.

No type is guessed from a first batch: a column whose values disagree becomes text, and the casts read text.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from audits.errors import ClausewatchError

_BOOL = frozenset({bool})
_WHOLE = frozenset({int})
_NUMBER = frozenset({int, float})


def from_values(values: Sequence[object]) -> pa.Array:
    """Python values as one Arrow array: of their own kind where they agree, else as text."""
    kinds = {type(value) for value in values if value is not None}
    if not kinds:
        return pa.nulls(len(values))
    if kinds == {str}:
        return pa.array(values, pa.large_string())
    if kinds in (_BOOL, _WHOLE, {float}, {date}) or (kinds == {datetime} and _one_clock(values)):
        try:
            return pa.array(values, from_pandas=True)
        except (pa.ArrowInvalid, OverflowError):
            pass  # an integer beyond 64 bits: kept as its digits
    return pa.array([_word(value) for value in values], pa.large_string())


def _one_clock(values: Sequence[object]) -> bool:
    """Whether all instants are naive: zoned ones keep their offset only as text or one by one."""
    return all(value.tzinfo is None for value in values if isinstance(value, datetime))


def _word(value: object) -> str | None:
    """One value as text; missing in any of pandas' ways is null."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, float):
        return None if math.isnan(value) else repr(int(value) if value.is_integer() else value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return _decoded(value)
    if isinstance(value, datetime | date):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) and value.is_finite() else str(value)


def _decoded(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.hex()


def stacked(chunks: Sequence[pa.Array]) -> pa.Array | pa.ChunkedArray:
    """Batches of one column as one; where their types differ it becomes text, an all-null batch never decides."""
    kinds = {chunk.type for chunk in chunks} - {pa.null()}
    if not kinds:
        return pa.nulls(sum(len(chunk) for chunk in chunks))
    kind = kinds.pop() if len(kinds) == 1 else pa.large_string()
    return pa.chunked_array([chunk if chunk.type == kind else _as(chunk, kind) for chunk in chunks])


def _as(chunk: pa.Array, kind: pa.DataType) -> pa.Array:
    return pa.nulls(len(chunk), kind) if pa.types.is_null(chunk.type) else pc.cast(as_text(chunk), kind)


def table(names: Sequence[str], batches: Iterable[Sequence[Sequence[object]]]) -> pa.Table:
    """Batches of rows from a driver as one table; ``names`` may come twice only to be refused later."""
    chunks: list[list[pa.Array]] = [[] for _ in names]
    for rows in batches:
        for chunk, values in zip(chunks, zip(*rows, strict=True), strict=True):
            chunk.append(from_values(values))
    return pa.Table.from_arrays([stacked(chunk) for chunk in chunks], names=list(names))


def from_series(series: "pd.Series[Any]") -> pa.Array:
    """One pandas column as an Arrow array."""
    if series.dtype == object:
        return from_values(series.where(series.notna(), None).tolist())
    return plain(pa.array(series, from_pandas=True))


def columns(raw: pd.DataFrame | pa.Table) -> dict[str, pa.Array]:
    """Every column of a raw frame or table, by name, each as one plain Arrow array."""
    if isinstance(raw, pa.Table):
        doubled = sorted({name for name in raw.column_names if raw.column_names.count(name) > 1})
        if doubled:
            raise ClausewatchError(
                f"the column `{doubled[0]}` is selected twice", do="give each its own name"
            )
        return {name: plain(raw.column(name)) for name in raw.column_names}
    return {str(name): from_series(raw[name]) for name in raw.columns}


def plain(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """One array without driver's wrappings: no chunks, dictionaries, extension types or short offsets."""
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        column = _unwrapped(column)
        kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = pc.cast(column, kind.value_type), kind.value_type
    if pa.types.is_string(kind) or pa.types.is_string_view(kind):
        column = pc.cast(column, pa.large_string())
    elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        column = from_values(column.to_pylist())
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _unwrapped(column: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """PostgreSQL's numeric and JSON are texts in a wrapping; a uuid becomes its text with dashes."""
    if pa.types.is_fixed_size_binary(column.type.storage_type):
        return pa.array([None if v is None else str(v) for v in column.to_pylist()], pa.large_string())
    return pc.cast(column, column.type.storage_type)


def as_text(column: pa.Array) -> pa.Array:
    """A column of any kind as trimmed text; blank is null. Whole floats lose their ``.0``."""
    if pa.types.is_null(column.type):
        return pa.nulls(len(column), pa.large_string())
    if pa.types.is_floating(column.type):
        column = pc.replace_substring_regex(pc.cast(column, pa.large_string()), r"\.0$", "")
    elif pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        column = pc.cast(pc.binary_join(pc.cast(column, pa.list_(pa.string())), "|"), pa.large_string())
    elif not pa.types.is_large_string(column.type):
        column, kind = _cast_text(column), column.type
        if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
            return column  # never blank
    trimmed = pc.utf8_trim_whitespace(column)
    blank = pc.equal(pc.binary_length(trimmed), 0)
    return (
        pc.if_else(blank, pa.scalar(None, pa.large_string()), trimmed) if pc.any(blank).as_py() else trimmed
    )


def _cast_text(column: pa.Array) -> pa.Array:
    """Any other kind in its usual notation; what Arrow cannot write (an interval), as Python writes it."""
    try:
        return pc.cast(column, pa.large_string())
    except pa.ArrowNotImplementedError:
        return pa.array([_word(value) for value in column.to_pylist()], pa.large_string())
