"""Lists that only the house can write: which values of a field belong to each value of another.

A standard may ask for a division and leave its words to the house (细分到子项). The card names the field that
decides (``among: category``), an overlay gives the dated lists. A blank is a breach without any list; what is
filled in cannot be held against a list that nobody gave: no data, never a pass.
"""

from typing import cast

import numpy as np
import numpy.typing as npt

from audits.cards import Card
from audits.context import Context
from audits.filters import filled
from audits.tables import Codes, Ints
from audits.views import View
from audits.words import NAT, Reason

#: Day from which a list holds -> value of the deciding field -> values that belong to it.
Lists = dict[str, dict[str, tuple[str, ...]]]


def belongs(
    context: Context, card: Card, view: View, rows: Ints, start: Ints
) -> tuple[npt.NDArray[np.bool_], Codes]:
    """Rows whose value is on the list in force at their start, and why that cannot be told of others.

    Returns:
        True also where nothing is filled in, for that is another fault; holes (0: none).
    """
    name, by = cast("list[str]", card.parameters["fields"])[0], str(card.parameters["among"])
    lists = cast("Lists", card.parameters.get("lists", {}))
    value = view.text(name).iloc[rows].to_numpy(dtype=object, na_value="")
    there = filled(view, name)[rows] & (value != "")
    days = sorted(lists)
    since = np.searchsorted(context.day_start(days), np.where(start == NAT, 0, start), "right") - 1
    known = np.zeros(len(rows), bool)
    good = ~there
    for number, day in enumerate(days):
        for word, values in lists[day].items():
            mine = (since == number) & (view.code(by)[rows] == view.values(by).index(word))
            known |= mine
            good |= mine & np.isin(value.astype(str), list(values))
    unsaid = np.where(view.hole(by)[rows] != 0, view.hole(by)[rows], Reason.NULL_VALUE)
    why = np.where((view.code(by)[rows] < 0) & bool(days), unsaid, Reason.NO_LIST)
    return good | ~known, np.where(there & ~known, why, 0).astype(np.int16)
