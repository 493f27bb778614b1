"""Facts from plain words: rows as dicts of canonical fields, cast by the model, for cases that read well."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from audits.facts import EntityFacts, Facts
from audits.instants import instant_of
from audits.model import DECIMAL_SCALE, MODEL, Field
from audits.words import NAT, Reason

ZONE = "Asia/Shanghai"
FAR_BACK = "2020-01-01T00:00+08:00"


def at(text: str) -> int:
    """Microseconds of an ISO moment."""
    return instant_of(datetime.fromisoformat(text))


def facts_of(
    given: Mapping[str, Sequence[Mapping[str, Any]]],
    *,
    extracted_at: str = "2027-12-31T00:00+08:00",
    complete: Mapping[str, str] | None = None,
    without: Sequence[str] = (),
    since: Mapping[str, Mapping[str, str]] | None = None,
    precision: Mapping[str, Mapping[str, str]] | None = None,
) -> Facts:
    """Facts whose entities give every field of the model, except those named in ``without``.

    A value written ``{hole: UNMAPPED_VALUE}`` is null with that hole; ``{day: 2026-10-01}`` is a stamp
    without a time of day. ``complete`` names entities whose missing rows prove absence, since when.
    """
    complete, since, precision = complete or {}, since or {}, precision or {}
    frames, entities = {}, {}
    for name, rows in given.items():
        fields = [f for f in MODEL[name].fields.values() if f"{name}.{f.name}" not in without]
        frames[name] = _frame(fields, rows)
        entities[name] = EntityFacts(
            frozenset(f.name for f in fields),
            at(complete[name]) if name in complete else None,
            {field: at(day) for field, day in since.get(name, {}).items()},
            dict(precision.get(name, {})),
        )
    return Facts("test", ZONE, at(extracted_at), frames, entities)


def _frame(fields: Sequence[Field], rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    known = {f.name for f in fields}
    for row in rows:
        if odd := set(row) - known:
            raise KeyError(f"the model has no {sorted(odd)}")
    columns: dict[str, Any] = {}
    for field in fields:
        values = [row.get(field.name) for row in rows]
        columns[field.name] = _cast(field, [_plain(value) for value in values])
        holes = [_hole(value) for value in values]
        if any(hole is not None for hole in holes):
            columns[f"{field.name}__hole"] = pd.array(holes, dtype="Int16")
    return pd.DataFrame(columns)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return f"{value['day']}T00:00+08:00" if "day" in value else None
    return value


def _hole(value: Any) -> int | None:
    if not isinstance(value, Mapping):
        return None
    return int(Reason.STAMP_TOO_COARSE if "day" in value else Reason[value["hole"]])


def _cast(field: Field, values: list[Any]) -> Any:
    if field.type == "ts":
        stamps = np.array([NAT if v is None else at(str(v)) for v in values], np.int64)
        return pd.DatetimeIndex(stamps.view("datetime64[us]")).tz_localize("UTC").array
    if field.type == "date":
        return pd.array([None if v is None else str(v) for v in values], dtype="datetime64[us]")
    if field.type == "enum":
        return pd.Categorical(values, dtype=_choices(field.values))
    if field.type == "bool":
        return pd.array(values, dtype="boolean")
    if field.type == "int":
        return pd.array(values, dtype="Int64")
    if field.type == "decimal":
        return pd.array([None if v is None else _billionths(str(v)) for v in values], dtype="Int64")
    if field.type == "text":
        return pd.array([None if v is None else len(str(v).strip()) for v in values], dtype="Int32")
    return pd.array([None if v is None else str(v) for v in values], dtype="str")


@cache
def _choices(values: tuple[str, ...]) -> pd.CategoricalDtype:
    return pd.CategoricalDtype(list(values))


def _billionths(text: str) -> int:
    whole, _, rest = text.partition(".")
    sign = -1 if whole.startswith("-") else 1
    return int(whole) * DECIMAL_SCALE + sign * int(rest.ljust(9, "0") or 0)
