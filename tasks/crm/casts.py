"""Values as CRMs store them, made into the canonical types; every value that does not fit becomes a named hole.

Each cast takes a plain Arrow column and works on the whole of it. Decimals and integers never pass through
floating point: a float is read as the shortest text that means it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal, InvalidOperation
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from audits.words import Reason
from tasks.crm.columns import as_text
from tasks.crm.stamps import Flags, Holes

_TRUTHS: Final = {
    **dict.fromkeys(("1", "t", "true", "y", "yes", "on", "是", "已"), True),
    **dict.fromkeys(("0", "f", "false", "n", "no", "off", "否", "未"), False),
}
_PLACEHOLDER = (
    r"(?i)^(n/?a|none|null|nil|unknown|tbd|无|未知|不详|暂无|待定|/+|-+|—+|0+"
    r"|((re|fwd?|回复|答复|转发)\s*[:：]\s*)+)$"  # a mail's subject that is a prefix only
)
_SHORT_DECIMAL = r"^(?P<sign>[+-]?)(?P<whole>\d{1,9})(?:[.](?P<part>\d{0,9}))?$"
_WHOLE = r"^[+-]?\d+([.]0*)?$"
_ODD_NUMBER = re.compile(r"^[+-]?\d{0,900}[.]?\d{0,900}([eE][+-]?\d{1,3})?$")
_LIMIT: Final = 2**63 - 1
_EXACT: Final = Context(prec=2000)  # no figure of a CRM is as long as that


@dataclass
class Cast:
    """A column in its canonical type.

    Args:
        values: the pandas series, index 0..n-1.
        hole: a ``Reason`` code or 0, a row.
        zone: what the zone broke, as ``tasks.crm.stamps.CLOCK`` counts it (stamps only).
        unmapped: value as the CRM has it -> count (lists and truths only).
    """

    values: "pd.Series[Any]"
    hole: Holes
    zone: npt.NDArray[np.int8] | None = None
    unmapped: dict[str, int] = field(default_factory=dict)


def words(column: pa.Array) -> Cast:
    """Keys and codes as ``str``; blank is null."""
    text = as_text(column)
    return Cast(pd.Series(pd.arrays.ArrowStringArray(text), dtype="str"), _no_holes(text))


def lengths(column: pa.Array) -> Cast:
    """Free text as the length of what is there: 0 blank, -1 a placeholder, null null."""
    text = as_text(column)
    length = pc.cast(pc.utf8_length(text), pa.int32())
    placeholder = pc.match_substring_regex(text, _PLACEHOLDER)
    length = pc.if_else(pc.fill_null(placeholder, fill_value=False), pa.scalar(-1, pa.int32()), length)
    blank = pc.and_(pc.is_null(text), pc.is_valid(column))  # trimmed away: there, but empty
    length = pc.if_else(blank, pa.scalar(0, pa.int32()), length)
    return Cast(_masked(length), _no_holes(text))


def choices(column: pa.Array, values: tuple[str, ...], mapped: Mapping[str, str | None] | None) -> Cast:
    """A list value as ``category`` of exactly ``values``; what maps to nothing is a hole, counted by value."""
    meanings = dict.fromkeys(values) | {value: value for value in values} if mapped is None else dict(mapped)
    kinds, codes = _distinct(column)
    place = {value: at for at, value in enumerate(values)}
    targets = [place.get(meanings.get(kind) or "", -1) for kind in kinds]
    strange = [kind not in meanings for kind in kinds]
    found = _looked_up(targets, codes, -1).astype(np.int16)
    holes = np.where(_looked_up(strange, codes, False), np.int16(Reason.UNMAPPED_VALUE), np.int16(0))
    category = pd.Categorical.from_codes(found, dtype=pd.CategoricalDtype(list(values)))
    return Cast(pd.Series(category), holes, unmapped=_counted(kinds, strange, codes))


def truths(column: pa.Array, mapped: Mapping[str, str | None] | None) -> Cast:
    """A truth as ``boolean``: 1/0, t/f, yes/no, 是/否, or what the value map says."""
    kinds, codes = _distinct(column)
    said = [_truth(kind, mapped) for kind in kinds]
    strange = [meaning == "?" for meaning in said]
    reason = Reason.UNREADABLE if mapped is None else Reason.UNMAPPED_VALUE
    values = _looked_up([meaning is True for meaning in said], codes, False)
    nulls = ~_looked_up([isinstance(meaning, bool) for meaning in said], codes, False)
    holes = np.where(_looked_up(strange, codes, False), np.int16(reason), np.int16(0))
    unmapped = _counted(kinds, strange, codes) if mapped is not None else {}
    return Cast(pd.Series(pd.arrays.BooleanArray(values, nulls)), holes, unmapped=unmapped)


def _truth(kind: str, mapped: Mapping[str, str | None] | None) -> bool | str | None:
    """True, False, None (says nothing) or "?" (means nothing)."""
    if mapped is None:
        return _TRUTHS.get(kind.lower(), "?")
    meaning = mapped.get(kind, "?")
    return _TRUTHS.get(meaning, "?") if meaning else None


def whole_numbers(column: pa.Array) -> Cast:
    """Integers as ``Int64``; ``3.0`` is 3, ``3.5`` cannot be read."""
    if pa.types.is_integer(column.type) and column.type != pa.uint64():
        return Cast(_masked(pc.cast(column, pa.int64())), _no_holes(column))
    text = as_text(column)
    good = _flags(pc.and_(_matches(text, _WHOLE), pc.less(pc.utf8_length(_bare(text)), 19)))
    kept = pc.if_else(pa.array(good), _bare(text), pa.scalar(None, pa.large_string()))
    holes = np.where(_flags(text.is_valid()) & ~good, np.int16(Reason.UNREADABLE), np.int16(0))
    return Cast(_masked(pc.cast(kept, pa.int64())), holes)


def billionths(column: pa.Array) -> Cast:
    """Decimals as ``Int64`` billionths, exact; more than nine places are too precise to hold."""
    text = pc.replace_substring_regex(as_text(column), r"([.]\d*?)0+$", r"\1")
    present = _flags(text.is_valid())
    simple = _flags(_matches(text, _SHORT_DECIMAL))
    values, holes = np.zeros(len(text), dtype=np.int64), np.zeros(len(text), dtype=np.int16)
    values[simple] = _scaled(pc.extract_regex(text.filter(pa.array(simple)), _SHORT_DECIMAL))
    for at in np.flatnonzero(~simple & present):  # the few that are written otherwise
        values[at], holes[at] = _billionth(text[int(at)].as_py())
    return Cast(pd.Series(pd.arrays.IntegerArray(values, ~present | (holes > 0))), holes)


def _scaled(parts: pa.Array) -> npt.NDArray[np.int64]:
    """Sign, whole and fractional digits as one integer in billionths."""
    part = pc.utf8_rpad(parts.field("part"), 9, "0")
    digits = pc.binary_join_element_wise(parts.field("whole"), part, pa.scalar("", pa.large_string()))
    numbers = pc.cast(digits, pa.int64()).to_numpy(zero_copy_only=False)
    negative = _flags(pc.equal(parts.field("sign"), "-"))
    return np.asarray(np.where(negative, -numbers, numbers), dtype=np.int64)


def _billionth(word: str) -> tuple[int, int]:
    """One decimal in any notation: (billionths, 0), or (0, reason)."""
    try:
        scaled = Decimal(word).scaleb(9, _EXACT) if _ODD_NUMBER.match(word) else Decimal("nan")
    except InvalidOperation:
        return 0, Reason.UNREADABLE
    if not scaled.is_finite() or abs(scaled) > _LIMIT:
        return 0, Reason.UNREADABLE
    return (int(scaled), 0) if scaled == int(scaled) else (0, Reason.TOO_PRECISE)


def key_lists(column: pa.Array, mapped: Mapping[str, str | None] | None = None) -> Cast:
    """Lists of keys as ``str``: sorted, each once, joined by ``|``; the empty list is "".

    With a value map, a list that holds a key the map does not know is a hole, and the key is counted.
    """
    coded = _list_text(column).dictionary_encode()
    lists = [_keys(kind) for kind in coded.dictionary.to_pylist()]
    codes = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False)
    strange = [sorted(set(keys) - set(mapped)) if mapped is not None else [] for keys in lists]
    joined = [None if odd else _joined(keys, mapped) for keys, odd in zip(lists, strange, strict=True)]
    text = pa.array(joined, pa.large_string()).take(coded.indices)
    holes = np.where(
        _looked_up([bool(odd) for odd in strange], codes, False), np.int16(Reason.UNMAPPED_VALUE), 0
    )
    unmapped: dict[str, int] = {}
    for at, count in enumerate(np.bincount(codes[codes >= 0], minlength=len(lists)).tolist()):
        for key in strange[at]:
            unmapped[key] = unmapped.get(key, 0) + count
    values = pd.Series(pd.arrays.ArrowStringArray(text), dtype="str")
    return Cast(values, holes.astype(np.int16), unmapped=unmapped)


def _list_text(column: pa.Array) -> pa.Array:
    """Unlike other text, an empty list is a value: blanks stay."""
    if pa.types.is_large_string(column.type):
        return column
    text = as_text(column)
    return pc.if_else(pc.and_(pc.is_null(text), pc.is_valid(column)), "", text)


def _keys(word: str) -> list[str]:
    """The keys of one list, however it is written."""
    try:
        parts = json.loads(word) if word.lstrip().startswith("[") else re.split(r"[|,;、，；]", word)
    except json.JSONDecodeError:
        parts = re.split(r"[|,;]", word)
    return [key for key in (str(part).strip() for part in parts) if key]


def _joined(keys: list[str], mapped: Mapping[str, str | None] | None) -> str:
    meant = keys if mapped is None else [mapped[key] for key in keys]
    return "|".join(sorted({key for key in meant if key}))


def _distinct(column: pa.Array) -> tuple[list[str], npt.NDArray[np.int32]]:
    """The column's distinct values as text, and the place of each row's value (-1 = null)."""
    coded = as_text(column).dictionary_encode()
    codes = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False)
    return coded.dictionary.to_pylist(), codes


def _looked_up(by_kind: list[Any], codes: npt.NDArray[np.int32], null: int | bool) -> npt.NDArray[Any]:
    """A small list spread over the rows; nulls (code -1) take the last place."""
    return np.array([*by_kind, null])[codes]


def _counted(kinds: list[str], strange: list[bool], codes: npt.NDArray[np.int32]) -> dict[str, int]:
    counts = np.bincount(codes[codes >= 0], minlength=len(kinds))
    return {kind: int(counts[at]) for at, kind in enumerate(kinds) if strange[at]}


def _bare(text: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(text, r"^[+]|[.]0*$", "")


def _matches(text: pa.Array, pattern: str) -> pa.Array:
    return pc.fill_null(pc.match_substring_regex(text, pattern), fill_value=False)


def _masked(column: pa.Array) -> "pd.Series[Any]":
    """Arrow integers as pandas' integers with nulls, of the same width."""
    values = np.array(pc.fill_null(column, 0).to_numpy(zero_copy_only=False))
    return pd.Series(pd.arrays.IntegerArray(values, ~_flags(column.is_valid())))


def _no_holes(column: pa.Array) -> Holes:
    return np.zeros(len(column), dtype=np.int16)


def _flags(column: pa.Array) -> Flags:
    return np.array(pc.fill_null(column, fill_value=False).to_numpy(zero_copy_only=False), dtype=bool)
