"""Is a number or name written as the rule says?

What: text against one pattern, the whole of it, ASCII digits only. Edges: a trailing line feed, full-width
digits and month 13 do not fit. A person clears the finding by correcting the number.
"""

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from audits.checks.outcome import Outcome
from audits.words import Reason, Verdict

Codes = npt.NDArray[np.int16]
Ints = npt.NDArray[np.int64]


def format_(value: pd.Series, pattern: str, hole: Codes, due: Ints, as_of: int) -> Outcome:
    """Judge texts against a pattern that must fit from end to end.

    Args:
        value: ``str`` series, null where there is none.
        pattern: regular expression; ``\\d`` means 0 to 9 here.
        hole: hole codes, 0 = none.
        due: instant by which the value must stand.
        as_of: instant of the audit.
    """
    out = Outcome.blank(due, due)
    out.settle_holes(hole, 0)
    fits = value.str.fullmatch(re.compile(pattern, re.ASCII)).fillna(value=False).to_numpy(dtype=bool)
    out.settle(fits, Verdict.MET, Reason.COMPLETE)
    out.settle(as_of <= due, Verdict.PENDING, Reason.INSIDE)
    out.settle(value.isna().to_numpy(), Verdict.BREACHED, Reason.MISSING)
    out.settle(~fits, Verdict.BREACHED, Reason.ILL_FORMED)
    return out
