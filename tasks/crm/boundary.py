"""The boundary: raw rows of any source in, canonical frames out; what broke is counted and named.

Nothing is dropped unsaid. A row without key and a second row with the same key cannot stand in a frame: they
are left out as violations. Everything else stays, with a null and a reason where the value could not be read.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from audits.errors import ClausewatchError
from audits.facts import EntityFacts, Violation
from audits.model import MODEL, Field
from audits.words import NAT, Reason
from audits.zones import zone as compiled
from tasks.crm import casts
from tasks.crm.casts import Cast
from tasks.crm.columns import as_text, columns
from tasks.crm.stamps import CLOCK, Flags, Stamps, instants, local_days, placed_in

#: Columns a SELECT may give for the directory; their text never enters a frame.
DIRECTORY: Final = ("name", "email", "phone")
#: Where a derived stamp can come from.
ORIGINS: Final = ("column", "history", "call", "message", "visit", "bound")
#: What may stand beside a field ``f``: ``f``, ``f__hole`` ... (``audits.model``).
COMPANIONS: Final = ("", "__hole", "__from", "__typed", "__after", "__said", "__other")
_PLAIN: Final = {
    **dict.fromkeys(("id", "ref", "code"), casts.words),
    "int": casts.whole_numbers,
    "decimal": casts.billionths,
    "text": casts.lengths,
}
_EXAMPLES: Final = 5
_KINDS_NAMED: Final = 20
_PERSONAL = re.compile(r"@|\d{7}")
_RULE: Final = {Reason.UNREADABLE: "type", Reason.TOO_PRECISE: "type", Reason.UNMAPPED_VALUE: "value"}


@dataclass(frozen=True)
class How:
    """What a mapping says of one entity's columns.

    Args:
        zone: IANA name of the business's zone.
        stamps: form of naive stamps and numbers; ``by_field`` overrides it.
        since, complete_since: promises, in microseconds.
        precision, values: as in the mapping.
        extra: columns that are no canonical field but feed ``derive``: name -> ``ts`` or ``code``.
        derived: fields that come later, from ``derive``.
        where: file and line of the SELECT, for errors.
    """

    zone: str
    stamps: str = "naive utc"
    by_field: Mapping[str, str] = field(default_factory=dict)
    since: Mapping[str, int] = field(default_factory=dict)
    complete_since: int | None = None
    precision: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)
    derived: frozenset[str] = frozenset()
    where: str = ""


@dataclass(frozen=True)
class Rows:
    """One entity after the boundary: the canonical frame, extra columns row by row, promises, violations."""

    frame: pd.DataFrame
    extras: pd.DataFrame
    facts: EntityFacts
    violations: tuple[Violation, ...]


class BoundaryError(ClausewatchError):
    """A source gives columns that are no canonical ones, or lacks required ones."""


def cast(
    entity: str, raw: pd.DataFrame | pa.Table, how: How
) -> tuple[pd.DataFrame, EntityFacts, tuple[Violation, ...]]:
    """One entity's raw rows as its canonical frame, what is promised of it, and what broke.

    Args:
        entity: canonical name.
        raw: columns named by canonical fields; any types.
        how: meaning of the columns.

    Returns:
        Frame in key order (columns and types as ``audits.model`` says), facts, violations.

    Raises:
        BoundaryError: a column nobody knows, a required one missing.
    """
    rows = cast_rows(entity, columns(raw), how)
    return rows.frame, rows.facts, rows.violations


def cast_rows(entity: str, given: Mapping[str, pa.Array], how: How) -> Rows:
    """``cast``, with the extra columns beside the frame."""
    _check_columns(entity, given, how)
    fields = MODEL[entity].fields
    keys = as_text(given["id"])
    order, violations = _kept_rows(entity, keys)
    given = given if order is None else {name: column.take(order) for name, column in given.items()}
    keys = keys if order is None else keys.take(order)
    made: dict[str, Any] = {}
    unmapped: dict[str, dict[str, int]] = {}
    for name in (f for f in fields if f in given):
        found = _cast_field(fields[name], given[name], how)
        if f"{name}__hole" in given:
            _keep_holes(found, given[f"{name}__hole"])
        made[name] = found.values
        if found.hole.any():
            made[f"{name}__hole"] = _holes(found)
        if found.unmapped:
            unmapped[name] = named(found.unmapped)
        violations += [*_broken(entity, fields[name], found, keys)]
        made |= _companions(name, given, how)
    for name in sorted(how.derived - set(given)):
        made |= _companions(name, given, how)
    facts = EntityFacts(
        frozenset(set(fields) & set(given)),
        how.complete_since,
        dict(how.since),
        dict(how.precision),
        unmapped,
    )
    extras = pd.DataFrame(_extras(given, how), index=pd.RangeIndex(len(keys)))
    return Rows(pd.DataFrame(made), extras, facts, tuple(violations))


def _check_columns(entity: str, given: Mapping[str, pa.Array], how: How) -> None:
    fields = MODEL[entity].fields
    for name in given:
        base, _, companion = name.partition("__")
        known = base in fields and (companion in ("", "hole") or _stamped(fields[base], companion))
        if known and companion and base not in given and base not in how.derived:
            found = f"the column `{name}` stands beside a `{base}` that is neither selected nor derived"
            raise BoundaryError(found, how.where, f"select `{base}` too, derive it, or leave `{name}` out")
        if not known and name not in how.extra and name not in DIRECTORY:
            close = get_close_matches(name, [*fields, *how.extra], n=1)
            raise BoundaryError(
                f"the column `{name}` is no field of {entity}",
                how.where,
                f"did you mean `{close[0]}`?" if close else "leave it out, or name it in `derive`",
            )
    missing = [f for f, known in fields.items() if known.required and f not in given and f not in how.derived]
    missing += [f for f in how.extra if f not in given and f not in how.derived]
    if missing:
        raise BoundaryError(
            f"{entity} lacks the column {', '.join(f'`{name}`' for name in missing)}",
            how.where,
            "select it under that name",
        )


def _stamped(known: Field, companion: str) -> bool:
    return known.type == "ts" and companion in ("from", "typed")


def _keep_holes(found: Cast, given: pa.Array) -> None:
    """Holes the source knows of itself: a register's sheet that lacks a column others have."""
    codes = np.array(pc.fill_null(pc.cast(given, pa.int16()), 0).to_numpy(zero_copy_only=False))
    found.hole = np.where(codes > 0, codes, found.hole).astype(np.int16)


def _kept_rows(entity: str, keys: pa.Array) -> tuple[pa.Array | None, list[Violation]]:
    """Places of the rows that stay, in key order (None: all, as they come), and what is left out."""
    violations = []
    rows: Any = None
    if keys.null_count:
        violations.append(Violation(entity, "id", "required", keys.null_count, ()))
        rows = np.flatnonzero(np.asarray(keys.is_valid()))
    left = keys if rows is None else keys.take(pa.array(rows))
    if _rises(left):
        return (None if rows is None else pa.array(rows)), violations
    order = pc.sort_indices(left)
    if not _rises(left.take(order)):
        series = pd.Series(pd.arrays.ArrowStringArray(left))
        doubled = series.duplicated(keep="first").to_numpy()
        names = tuple(series[doubled].drop_duplicates().head(_EXAMPLES))
        violations.append(Violation(entity, "id", "duplicate", int(doubled.sum()), names))
        first = np.flatnonzero(~doubled)
        order = pa.array(first[pc.sort_indices(left.take(pa.array(first))).to_numpy()])
    return (order if rows is None else pa.array(rows).take(order)), violations


def _rises(keys: pa.Array) -> bool:
    """Whether the keys are in order, none of them twice."""
    return len(keys) < 2 or bool(pc.all(pc.less(keys[:-1], keys[1:])).as_py())


def _cast_field(known: Field, column: pa.Array, how: How) -> Cast:
    """One column in the type of its field."""
    form, mapped = how.by_field.get(known.name, how.stamps), how.values.get(known.name)
    match known.type:
        case "ts":
            return _stamp(column, form, how, how.precision.get(known.name))
        case "date":
            found = local_days(column, form, how.zone)
            return Cast(pd.Series(found.us.view("datetime64[us]")), found.hole, found.zone)
        case "enum":
            return casts.choices(column, known.values, mapped)
        case "bool":
            return casts.truths(column, mapped)
        case "keys":
            return casts.key_lists(column, mapped)
    return _PLAIN[known.type](column)


def _stamp(column: pa.Array, form: str, how: How, precision: str | None = None) -> Cast:
    found = instants(column, form, how.zone)
    if precision == "date":
        _to_days(found, placed_in(form, how.zone)[1])
    return Cast(stamp_series(found.us), found.hole, found.zone)


def _to_days(found: Stamps, zone: str) -> None:
    """Stamps of which only the day is true: the local day's first instant, marked too coarse."""
    days = compiled(zone).days(found.us)
    known = days >= 0
    found.us[known] = compiled(zone).day_starts[days[known]]
    found.hole[known] = Reason.STAMP_TOO_COARSE


def in_model_order(entity: str, frame: pd.DataFrame) -> pd.DataFrame:
    """A frame's columns in the model's order, each field followed by its companions."""
    names = [f + companion for f in MODEL[entity].fields for companion in COMPANIONS]
    return frame[[name for name in names if name in frame.columns]]


def stamp_series(us: "np.ndarray[Any, np.dtype[np.int64]]") -> "pd.Series[Any]":
    """Microseconds (``NAT`` = null) as a canonical column of instants."""
    return pd.Series(pd.DatetimeIndex(us.view("datetime64[us]")).tz_localize("UTC"))


def _holes(found: Cast) -> "pd.Series[Any]":
    return pd.Series(pd.arrays.IntegerArray(found.hole, found.hole == 0))


def _companions(name: str, given: Mapping[str, pa.Array], how: How) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if f"{name}__from" in given:
        made[f"{name}__from"] = casts.choices(given[f"{name}__from"], ORIGINS, None).values
    if f"{name}__typed" in given:
        made[f"{name}__typed"] = _stamp(
            given[f"{name}__typed"], how.by_field.get(name, how.stamps), how
        ).values
    return made


def _extras(given: Mapping[str, pa.Array], how: How) -> dict[str, Any]:
    """Columns that feed ``derive``: stamps with their holes, values as raw text."""
    made: dict[str, Any] = {}
    for name, kind in how.extra.items():
        if name not in given:
            continue
        if kind == "ts":
            found = _stamp(given[name], how.by_field.get(name, how.stamps), how)
            made[name], made[f"{name}__hole"] = found.values, pd.Series(found.hole)
        else:
            made[name] = casts.words(given[name]).values
    return made


def _broken(entity: str, known: Field, found: Cast, keys: pa.Array) -> Iterator[Violation]:
    """What one column broke, by rule."""
    zone = found.zone if found.zone is not None else np.zeros(len(keys), dtype=np.int8)
    for rule in ("type", "value"):
        codes = [code for code, name in _RULE.items() if name == rule]
        yield from _counted(entity, known.name, rule, np.isin(found.hole, codes) & (zone == 0), keys)
    for code, rule in enumerate(CLOCK[1:], 1):
        yield from _counted(entity, known.name, rule, zone == code, keys)
    if known.required and known.name != "id":
        nulls = found.values.isna().to_numpy() & (found.hole == 0)
        yield from _counted(entity, known.name, "required", nulls, keys)


def _counted(entity: str, name: str, rule: str, rows: Flags, keys: pa.Array) -> Iterator[Violation]:
    """A violation with the first keys, when there is one; values are not shown, they could be personal."""
    if rows.any():
        examples = keys.take(pa.array(np.flatnonzero(rows)[:_EXAMPLES])).to_pylist()
        yield Violation(entity, name, rule, int(rows.sum()), tuple(examples))


def named(unmapped: Mapping[str, int]) -> dict[str, int]:
    """Values by count, the most frequent first; what looks personal is told by its length alone."""
    found: dict[str, int] = {}
    ranked = sorted(unmapped.items(), key=lambda item: (-item[1], item[0]))
    for at, (value, count) in enumerate(ranked):
        name = value if at < _KINDS_NAMED else "…"
        if len(value) > 40 or _PERSONAL.search(value):
            name = f"({len(value)} characters)"
        found[name] = found.get(name, 0) + count
    return found


def dangling(frames: Mapping[str, pd.DataFrame]) -> tuple[Violation, ...]:
    """References to records that no frame holds; they stay, and are counted by field."""
    found: list[Violation] = []
    for entity in sorted(frames):
        frame = frames[entity]
        for name, known in MODEL[entity].fields.items():
            if known.ref in frames and name in frame.columns:
                lost = _lost(frame[name], frames[known.ref]["id"])
                found += _counted(entity, name, "reference", lost, pa.array(frame["id"]))
    return tuple(found)


def _lost(refs: "pd.Series[Any]", keys: "pd.Series[Any]") -> Flags:
    held = pc.is_in(pa.array(refs), value_set=pa.array(keys))
    return np.asarray(refs.notna().to_numpy() & ~held.to_numpy(zero_copy_only=False), dtype=bool)


def newest_stamp(frame: pd.DataFrame, no_later_than: int) -> int | None:
    """The newest instant a frame knows, planned ones and those after ``no_later_than`` aside; None if none."""
    best = NAT
    for name in frame.columns:
        if isinstance(frame[name].dtype, pd.DatetimeTZDtype) and not name.startswith("planned"):
            us = frame[name].to_numpy(dtype="datetime64[us]").view(np.int64)
            best = max(best, int(us[us <= no_later_than].max(initial=NAT)))
    return None if best == NAT else best
