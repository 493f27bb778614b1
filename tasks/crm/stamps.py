"""Instants as CRMs store them, made into microseconds since 1970 (UTC): every form, every driver.

A value that carries an offset is taken at its word. A bare date becomes local midnight, marked too coarse. A
local hour that happens twice or never (a clock change), a naive value where offsets were promised, a text that
is no date: a hole, named and counted; never a guess.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from audits.words import DAY, NAT, Reason
from audits.zones import zone as compiled
from tasks.crm.columns import as_text

Ints = npt.NDArray[np.int64]
Holes = npt.NDArray[np.int16]
Flags = npt.NDArray[np.bool_]

#: Why the zone left a stamp unplaced: no offset where one was promised, a local time that never came or came
#: twice; 0 where it did not.
CLOCK: Final = ("", "zone", "gap", "fold")
_NAIVE, _GAP, _FOLD = 1, 2, 3
_LOCAL: Final = "naive local"
#: What lies outside 1970-2099 is a sentinel or a slip, and no calendar knows it.
_FIRST: Final = -DAY
_LAST: Final = pd.Timestamp("2100-01-01").value // 1000 + DAY
_EPOCH_UNIT: Final = {"epoch s": 1_000_000, "epoch ms": 1_000}
_DECIMAL_UNIT: Final = {
    form: pa.scalar(Decimal(unit), pa.decimal128(7, 0)) for form, unit in _EPOCH_UNIT.items()
}
_DAY = r"^\d{4}-\d\d-\d\d$"
_WALL = r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d([.]\d{1,6})?)?$"
_ZONED = r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d([.]\d{1,6})?)?(Z|[+-]\d\d(:?\d\d)?)$"
_NUMBER = r"^-?\d{1,14}([.]\d{1,9})?$"
_TIDY: Final = (
    (r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", r"\1-\2-\3"),
    (r"^(\d{4})-(\d)-", r"\1-0\2-"),
    (r"^(\d{4}-\d\d)-(\d)([ T]|$)", r"\1-0\2\3"),
    (r"^(\d{4}-\d\d-\d\d[ T])(\d):", r"\10\2:"),
    (r"(:\d\d),(\d+)", r"\1.\2"),
    (r"(:\d\d[.]\d{6})\d+", r"\1"),
    (r" (Z|[+-]\d\d:?\d*)$", r"\1"),
    (r"z$", "Z"),
)


@dataclass
class Stamps:
    """A column of instants (or of local midnights, for dates), and what was wrong with it.

    Args:
        us: microseconds, ``NAT`` where null or a hole without value.
        hole: a ``Reason`` code or 0.
        zone: place in ``CLOCK`` of what the zone broke.
    """

    us: Ints
    hole: Holes
    zone: npt.NDArray[np.int8]

    @classmethod
    def empty(cls, rows: int) -> "Stamps":
        """All null."""
        return cls(
            np.full(rows, NAT, dtype=np.int64), np.zeros(rows, dtype=np.int16), np.zeros(rows, dtype=np.int8)
        )

    def put(self, rows: Flags, other: "Stamps") -> None:
        """Fill these rows from a column that holds just them, in order."""
        self.us[rows], self.hole[rows], self.zone[rows] = other.us, other.hole, other.zone

    def refuse(self, rows: Flags, why: Reason = Reason.UNREADABLE, *, clock: int = 0) -> None:
        """These rows cannot be read."""
        self.us[rows], self.hole[rows] = NAT, why
        self.zone[rows] = np.maximum(self.zone[rows], clock)


def placed_in(form: str, zone: str) -> tuple[str, str]:
    """A form and the zone it means: the one it names (``naive local Europe/Berlin``), else the business's."""
    named = form.removeprefix(_LOCAL).strip() if form.startswith(_LOCAL) else ""
    return (_LOCAL, named) if named else (form, zone)


def instants(column: pa.Array, form: str, zone: str) -> Stamps:
    """A column of any kind as instants.

    Args:
        column: a plain Arrow array.
        form: how naive values and numbers are meant (``config.mapping.model.Stamps``).
        zone: the business's zone.
    """
    found = _by_kind(column, *placed_in(form, zone))
    outside = (found.us != NAT) & ((found.us < _FIRST) | (found.us >= _LAST))
    found.refuse(outside)
    return found


def local_days(column: pa.Array, form: str, zone: str) -> Stamps:
    """A column of any kind as local calendar days: microseconds of their midnight, read without zone."""
    kind = column.type
    if pa.types.is_date(kind):
        found = Stamps.empty(len(column))
        found.us = _ints(pc.cast(column, pa.timestamp("us")))
        return found
    if pa.types.is_timestamp(kind) and kind.tz is None:
        wall = _ints(pc.cast(column, pa.timestamp("us"), safe=False))
        return Stamps(_midnight(wall), *_clean(len(column)))
    if pa.types.is_large_string(kind):
        text = _dated(column)
        text = _tidied(text, _present(text) & ~_matching(text, _DAY))
        bare = _matching(text, r"^\d{4}-\d\d-\d\d([ T]\d\d:\d\d[^Zz+-]*)?$")
        found = Stamps.empty(len(column))
        found.put(bare, _parsed_days(text.filter(pa.array(bare))))
        found.put(~bare, _days_of(_by_kind(text.filter(pa.array(~bare)), *placed_in(form, zone)), zone))
        return found
    return _days_of(_by_kind(column, *placed_in(form, zone)), zone)


def _days_of(found: Stamps, zone: str) -> Stamps:
    """The local day of each instant."""
    utc = pd.DatetimeIndex(found.us.view("datetime64[us]")).tz_localize("UTC")
    wall = utc.tz_convert(zone).tz_localize(None).as_unit("us").to_numpy().view(np.int64)
    found.us = _midnight(wall)
    found.hole[found.hole == Reason.STAMP_TOO_COARSE] = 0
    return found


def _midnight(wall: Ints) -> Ints:
    return np.where(wall == NAT, NAT, wall - wall % DAY)


def _parsed_days(text: pa.Array) -> Stamps:
    days = pc.utf8_slice_codeunits(text, 0, 10)
    return _parsed(days, pa.timestamp("us"))


def _by_kind(column: pa.Array, form: str, zone: str) -> Stamps:
    kind = column.type
    if pa.types.is_null(kind):
        return Stamps.empty(len(column))
    if pa.types.is_timestamp(kind):
        us = _ints(pc.cast(column, pa.timestamp("us", kind.tz), safe=False))
        return Stamps(us, *_clean(len(us))) if kind.tz else _placed(us, form, zone)
    if pa.types.is_date(kind):
        return _coarse(_ints(pc.cast(column, pa.timestamp("us"))), zone)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _numbers(column, form)
    if pa.types.is_large_string(kind):
        return _text(_dated(column), form, zone)
    found = Stamps.empty(len(column))
    found.refuse(_present(column))
    return found


def _text(text: pa.Array, form: str, zone: str) -> Stamps:
    """Text, form by form; what fits none is written the usual way, where that can be done, and tried again."""
    found = Stamps.empty(len(text))
    left = _read_forms(text, _present(text), found, form, zone)
    if left.any():
        text = _tidied(text, left)
        left = _read_forms(text, left & _present(text), found, form, zone)
        found.refuse(left)
    return found


def _read_forms(text: pa.Array, left: Flags, found: Stamps, form: str, zone: str) -> Flags:
    """Fill in what fits one of the known forms; the rows that fit none."""
    for pattern in (_WALL, _ZONED, _DAY, _NUMBER):
        if not left.any() or (pattern == _NUMBER and form not in _EPOCH_UNIT):
            continue
        rows = _matching(text, pattern) & left
        if rows.any():
            found.put(rows, _form(text if rows.all() else text.filter(pa.array(rows)), pattern, form, zone))
            left = left & ~rows
    return left


def _form(text: pa.Array, pattern: str, form: str, zone: str) -> Stamps:
    if pattern == _NUMBER:
        return _numbers(pc.cast(text, pa.decimal128(29, 9)), form)
    if pattern == _ZONED:
        return _parsed(text, pa.timestamp("us", "UTC"))
    wall = _parsed(text, pa.timestamp("us"))
    placed = _coarse(wall.us, zone) if pattern == _DAY else _placed(wall.us, form, zone)
    placed.refuse(wall.hole > 0)
    return placed


def _dated(column: pa.Array) -> pa.Array:
    """Text of stamps; MySQL's zero date means that there is none."""
    text = as_text(column)
    zero = pc.starts_with(text, "0000-00-00")
    return pc.if_else(zero, pa.scalar(None, pa.large_string()), text) if pc.any(zero).as_py() else text


def _tidied(text: pa.Array, odd: Flags) -> pa.Array:
    """Other ways to write the same: slashes, dots, single digits, nanoseconds."""
    rows = pa.array(odd)
    tidy = text.filter(rows)
    for pattern, instead in _TIDY:
        tidy = pc.replace_substring_regex(tidy, pattern, instead)
    return pc.replace_with_mask(text, rows, tidy)


def _parsed(text: pa.Array, kind: pa.DataType) -> Stamps:
    """ISO text of one form; what the calendar does not have (31 June, 25:00) cannot be read."""
    try:
        return Stamps(_ints(pc.cast(text, kind)), *_clean(len(text)))
    except pa.ArrowInvalid:
        series = pd.Series(text.to_pylist(), dtype="str")
        read = pd.to_datetime(series, format="ISO8601", utc=True, errors="coerce").dt.as_unit("us")
        found = Stamps(read.dt.tz_localize(None).to_numpy().view(np.int64).copy(), *_clean(len(text)))
        found.refuse((found.us == NAT) & _present(text))
        return found


def _placed(wall: Ints, form: str, zone: str) -> Stamps:
    """Naive values where their form puts them; ``utc`` and the epoch forms promised none."""
    found = Stamps(wall, *_clean(len(wall)))
    present = wall != NAT
    if form == _LOCAL:
        found.us = _localized(wall, zone)
        lost = present & (found.us == NAT)
        twice = lost & (_localized(wall, zone, lost) != NAT) if lost.any() else lost
        found.refuse(lost & ~twice, Reason.CLOCK_CHANGE, clock=_GAP)
        found.refuse(twice, Reason.CLOCK_CHANGE, clock=_FOLD)
    elif form != "naive utc":
        found.us = wall.copy()
        found.refuse(present, clock=_NAIVE)
    return found


def _localized(wall: Ints, zone: str, first: Flags | None = None) -> Ints:
    """Wall times of a zone as instants; ``NAT`` where the clock changed, but for doubled hours in ``first``."""
    local = pd.DatetimeIndex(wall.view("datetime64[us]"))
    if first is None:
        placed = local.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    else:
        placed = local.tz_localize(zone, ambiguous=np.ones(len(wall), dtype=bool), nonexistent="NaT")
    found: Ints = placed.tz_convert("UTC").tz_localize(None).as_unit("us").to_numpy().view(np.int64).copy()
    return found if first is None else np.where(first, found, NAT)


def _coarse(wall: Ints, zone: str) -> Stamps:
    """Bare days: the first instant of the local day, marked."""
    found = Stamps.empty(len(wall))
    known = (wall >= 0) & (wall < _LAST)
    found.us[known] = compiled(zone).instants(wall[known])
    found.hole[known] = Reason.STAMP_TOO_COARSE
    found.refuse((wall != NAT) & ~known)
    return found


def _numbers(column: pa.Array, form: str) -> Stamps:
    """Seconds or milliseconds since 1970; in any other form a number is no instant."""
    found = Stamps.empty(len(column))
    present = _present(column)
    if form not in _EPOCH_UNIT:
        found.refuse(present)
        return found
    unit = _EPOCH_UNIT[form]
    if pa.types.is_floating(column.type):
        floats = column.to_numpy(zero_copy_only=False) * unit
        good = present & (np.abs(floats) < float(_LAST))
        found.us[good] = np.rint(floats[good]).astype(np.int64)
    else:
        good = present & _small(column)
        exact = pc.cast(column.filter(pa.array(good)), pa.decimal128(29, 9), safe=False)
        found.us[good] = _ints(
            pc.cast(pc.floor(pc.multiply(exact, _DECIMAL_UNIT[form])), pa.int64(), safe=False)
        )
    found.refuse(present & ~good)
    return found


def _small(column: pa.Array) -> Flags:
    """Numbers that could be an instant at all."""
    limit = 10**16
    inside = pc.and_(pc.less(column, limit), pc.greater(column, -limit))
    return _flags(pc.fill_null(inside, fill_value=False))


def _clean(rows: int) -> tuple[Holes, npt.NDArray[np.int8]]:
    return np.zeros(rows, dtype=np.int16), np.zeros(rows, dtype=np.int8)


def _ints(column: pa.Array) -> Ints:
    """Arrow integers or stamps as int64, ``NAT`` where null."""
    whole = column if pa.types.is_int64(column.type) else column.view(pa.int64())
    if not whole.null_count:
        return np.array(whole.to_numpy(zero_copy_only=False), dtype=np.int64)
    return np.array(pc.fill_null(whole, NAT).to_numpy(zero_copy_only=False), dtype=np.int64)


def _present(column: pa.Array) -> Flags:
    return _flags(column.is_valid())


def _matching(text: pa.Array, pattern: str) -> Flags:
    return _flags(pc.fill_null(pc.match_substring_regex(text, pattern), fill_value=False))


def _flags(column: pa.Array) -> Flags:
    return np.array(column.to_numpy(zero_copy_only=False), dtype=bool)
