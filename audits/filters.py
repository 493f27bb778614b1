"""Which rows a filter means: certainly, or perhaps (a null or a hole in it never excludes, law 3)."""

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from audits.cards import Wanted
from audits.model import DECIMAL_SCALE
from audits.tables import Codes
from audits.views import View
from audits.words import NAT, Reason

Bools = npt.NDArray[np.bool_]

#: Words of a filter that ask whether there is a value at all.
FILLED: Final = "filled"
BLANK: Final = "blank"
#: Stamps of what is planned or promised: that there is one is a fact before its instant comes (law 1 is of acts).
PLANS: Final = frozenset(
    "presentation_scheduled_at promised_eta expected_due_at feedback_due_at due_at planned_start planned_end "
    "planned_at".split()
)


def several(wanted: Wanted) -> tuple[str, ...]:
    """The values of a filter, one or many."""
    return (wanted,) if isinstance(wanted, str) else wanted


def holds(view: View, name: str, wanted: Wanted) -> tuple[Bools, Bools]:
    """Rows whose value is certainly among ``wanted``, and rows of which it is not known."""
    words = several(wanted)
    hole = view.timed_hole(name, coarse_is_enough=True) != 0
    if FILLED in words:
        return filled(view, name) & ~hole, hole
    blank = ~filled(view, name) & ~hole if BLANK in words else np.zeros(len(view), bool)
    values = tuple(word for word in words if word != BLANK)
    if not values:
        return blank, hole
    value, null = _plain(view, name, values)
    unknown = (null & ~blank) | hole
    return (value | blank) & ~hole, unknown & ~(value | blank) | hole


def _plain(view: View, name: str, words: tuple[str, ...]) -> tuple[Bools, Bools]:
    """Rows with one of the values, and rows with none at all."""
    kind = view.type_of(name)
    if kind == "enum":
        codes = view.code(name)
        listed = view.values(name)
        return np.isin(codes, [listed.index(word) for word in words]), codes < 0
    if kind == "bool":
        flags = view.flag(name)
        return np.isin(flags, [int(word in {"1", "true", "True"}) for word in words]), flags < 0
    if kind in {"int", "count", "decimal"}:
        if name in view.codes:
            small = view.codes[name]
            return np.isin(small, [int(word) for word in words]), small < 0
        number = view.number(name)
        scale = DECIMAL_SCALE if kind == "decimal" else 1
        return np.isin(number, [int(word) * scale for word in words]), number == NAT
    text = view.text(name)
    if kind == "keys" and all(word.isdigit() for word in words):  # how many keys a list has
        which, lists = pd.factorize(text)
        counts = np.array([*(len([key for key in one.split("|") if key]) for one in lists), -1])[which]
        return np.isin(counts, [int(word) for word in words]), which < 0
    return text.isin(list(words)).to_numpy(dtype=bool), text.isna().to_numpy()


def filled(view: View, name: str) -> Bools:
    """Rows that have a value: a stamp, a true flag, a count above 0, text that is more than a placeholder."""
    kind = view.type_of(name)
    if name in PLANS and name not in view.stamps:
        return np.asarray(view.base.raw_ts(name)[view.pos] != NAT)
    if kind in {"ts", "date"}:
        return np.asarray(view.ts(name) != NAT)
    if kind == "bool":
        return np.asarray(view.flag(name) == 1)
    if kind == "enum":
        return np.asarray(view.code(name) >= 0)
    if kind in {"text", "count", "values"}:
        return np.asarray(view.number(name) > 0)
    if kind in {"int", "decimal"}:
        return np.asarray((view.codes[name] >= 0) if name in view.codes else (view.number(name) != NAT))
    text = view.text(name)
    return np.asarray((text.notna() & (text != "")).to_numpy(dtype=bool))


def matches(view: View, where: dict[str, Wanted]) -> tuple[Bools, Bools]:
    """Rows that a filter certainly means, and rows that it may mean."""
    yes, no = np.ones(len(view), bool), np.zeros(len(view), bool)
    for name, wanted in where.items():
        sure, unknown = holds(view, name, wanted)
        yes, no = yes & sure, no | ~(sure | unknown)
    return yes, ~yes & ~no


def doubt(view: View, name: str) -> Codes:
    """Why it is not known whether a row belongs: the hole, or the null in the filter."""
    hole = view.timed_hole(name, coarse_is_enough=True)
    return np.where(hole != 0, hole, Reason.NULL_FILTER).astype(np.int16)
