"""Dates and times as people and exports write them, made into the one notation that the boundary reads.

Only the notation changes here: zones, calendars and limits are the boundary's. What fits nothing stays as it
is, and the boundary names it as unreadable. ``1/9/2026`` is such a one: nobody can tell which part is the day.
"""

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.crm.register_cells import FIRST_DAY, LAST_DAY

_USUAL: Final = r"^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d([.]\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?)?$"
_SERIAL: Final = r"^(?P<day>\d{5})(?:[.](?P<part>\d+))?$"
_EXCEL_ZERO: Final = np.datetime64("1899-12-30", "s")
_MARKS: Final = "上午|下午|凌晨|清晨|早上|早晨|中午|傍晚|晚上|am|pm"
_MORNING: Final = ("上午", "凌晨", "清晨", "早上", "早晨", "am")
_CLOCK: Final = r"(?P<h>\d{1,2}):(?P<rest>\d\d(?::\d\d(?:[.]\d+)?)?)"
_BEFORE: Final = rf"^(?P<day>\d{{4}}-\d\d-\d\d)\s*(?P<mark>{_MARKS})\s*{_CLOCK}$"
_AFTER: Final = rf"^(?P<day>\d{{4}}-\d\d-\d\d)\s+{_CLOCK}\s*(?P<mark>{_MARKS})$"
_BLANK, _COLON = pa.scalar(" ", pa.large_string()), pa.scalar(":", pa.large_string())
#: Other ways to write the same, in the order in which they are mended.
_TIDY: Final = (
    (r"(?:星期|周|礼拜)[一二三四五六日天]", " "),
    (r"\s+", " "),
    (r"^(\d{4})\s?年\s?(\d{1,2})\s?月\s?(\d{1,2})\s?日?\s?", r"\1-\2-\3 "),
    (r"(\d{1,2})\s?[时点]\s?(\d{1,2})\s?分\s?(\d{1,2})\s?秒", r"\1:\2:\3"),
    (r"(\d{1,2})\s?[时点]\s?(\d{1,2})\s?分?", r"\1:\2"),
    (r"(\d{1,2})\s?[时点]整?$", r"\1:00"),
    (r"^(\d{4})[/.](\d{1,2})[/.](\d{1,2})", r"\1-\2-\3"),
    (r"^(20\d\d)([01]\d)([0-3]\d)([ t]|$)", r"\1-\2-\3\4"),
    (r"^(20\d\d)([01]\d)([0-3]\d)([0-2]\d)([0-5]\d)([0-5]\d)$", r"\1-\2-\3 \4:\5:\6"),
    (r"^(20\d\d)([01]\d)([0-3]\d)([0-2]\d)([0-5]\d)$", r"\1-\2-\3 \4:\5"),
    (r"^(\d{4})-(\d)-", r"\1-0\2-"),
    (r"^(\d{4}-\d\d)-(\d)([^\d]|$)", r"\1-0\2\3"),
    (r":(\d)(:|$|\s|[.])", r":0\1\2"),
    (r":(\d)(:|$|\s|[.])", r":0\1\2"),
    (r"([ap])[.]?\s?m[.]?$", r"\1m"),
    (r"^(\d{4}-\d\d-\d\d)[ t](\d):", r"\1 0\2:"),
)


def usual(text: pa.Array, *, serials: bool = True) -> pa.Array:
    """A column of dates and times in ISO notation, as far as they can be read; the rest stays.

    Args:
        text: large_string, trimmed, blank as null.
        serials: whether bare figures are Excel's days since 1899-12-30 (not where they are epochs).
    """
    odd = _rows(text, _USUAL, wanted=False)
    if not odd.any():
        return text
    return pc.replace_with_mask(text, pa.array(odd), _mended(text.filter(pa.array(odd)), serials=serials))


def _mended(text: pa.Array, *, serials: bool) -> pa.Array:
    text = pc.utf8_lower(pc.utf8_normalize(text, form="NFKC"))
    if serials:
        text = _from_serials(text)
    for pattern, instead in _TIDY:
        text = pc.replace_substring_regex(text, pattern, instead)
    text = pc.utf8_trim_whitespace(text)
    for pattern in (_BEFORE, _AFTER):
        text = _with_clock_of_24(text, pattern)
    return pc.replace_substring_regex(text, "(\\d)t(\\d)", r"\1T\2")


def _with_clock_of_24(text: pa.Array, pattern: str) -> pa.Array:
    """Morning and afternoon: 12 in the morning is 0, 1 in the afternoon is 13; what contradicts itself stays."""
    rows = _rows(text, pattern)
    if not rows.any():
        return text
    parts = pc.extract_regex(text.filter(pa.array(rows)), pattern)
    mark, hour = parts.field("mark"), pc.cast(parts.field("h"), pa.int64()).to_numpy(zero_copy_only=False)
    said = np.array(mark.to_pylist())
    morning, noon = np.isin(said, _MORNING), said == "中午"
    later = np.where(noon, hour < 11, hour < 12) & ~morning
    clock = np.where(morning & (hour == 12), 0, np.where(later, hour + 12, hour))
    sure = (clock < 24) & ~(morning & (hour > 12)) & ~((said == "晚上") & (hour == 12)) & (hour <= 23)
    hours = pc.utf8_lpad(pc.cast(pa.array(clock), pa.large_string()), 2, "0")
    day = pc.binary_join_element_wise(parts.field("day"), hours, _BLANK)
    joined = pc.binary_join_element_wise(day, parts.field("rest"), _COLON)
    rows[np.flatnonzero(rows)[~sure]] = False
    return pc.replace_with_mask(text, pa.array(rows), joined.filter(pa.array(sure)))


def _from_serials(text: pa.Array) -> pa.Array:
    """Excel's days: a whole one is a day, one with a fraction an instant, to the nearest second."""
    rows = _rows(text, _SERIAL)
    if not rows.any():
        return text
    parts = pc.extract_regex(text.filter(pa.array(rows)), _SERIAL)
    day = pc.cast(parts.field("day"), pa.int64()).to_numpy(zero_copy_only=False)
    part = pc.replace_substring_regex(parts.field("part"), "0+$", "")
    digits = pc.utf8_slice_codeunits(pc.utf8_rpad(part, 12, "0"), 0, 12)
    fraction = pc.cast(digits, pa.int64()).to_numpy(zero_copy_only=False)
    seconds = (fraction * 86_400 + 5 * 10**11) // 10**12  # integers: no fraction of a day is exact in binary
    moments = _EXCEL_ZERO + (day * 86_400 + seconds).astype("timedelta64[s]")
    whole = np.asarray(pc.equal(pc.binary_length(part), 0))
    said = np.where(whole, _iso(moments, "D"), _iso(moments, "s"))
    sure = (day >= FIRST_DAY) & (day <= LAST_DAY)
    rows[np.flatnonzero(rows)[~sure]] = False
    return pc.replace_with_mask(text, pa.array(rows), pa.array(said[sure], pa.large_string()))


def _iso(moments: Any, unit: str) -> Any:  # arrays of numpy
    return np.char.replace(moments.astype(f"datetime64[{unit}]").astype(str), "T", " ")


def _rows(text: pa.Array, pattern: str, *, wanted: bool = True) -> Any:  # flags of numpy; null is neither
    found = pc.match_substring_regex(text, pattern)
    return np.array(pc.fill_null(pc.equal(found, wanted), fill_value=False), dtype=bool)
