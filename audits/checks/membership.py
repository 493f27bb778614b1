"""Is a value one of those allowed?

What: a coded value against a list. Why: a list that anything may enter is no list. Edges: a blank in a
connected field is missing, an unmapped value is a hole (reading blank_or_unmapped). A person clears the
finding by choosing one of the listed values.
"""

import numpy as np
import numpy.typing as npt

from audits.checks.outcome import Outcome
from audits.words import Reason, Verdict

Codes = npt.NDArray[np.int16]
Ints = npt.NDArray[np.int64]


def membership(value: Codes, allowed: frozenset[int], hole: Codes, due: Ints, as_of: int) -> Outcome:
    """Judge codes against the allowed ones.

    Args:
        value: codes, -1 where null.
        allowed: codes that keep the clause.
        hole: hole codes, 0 = none.
        due: instant by which the value must stand.
        as_of: instant of the audit.
    """
    out = Outcome.blank(due, due)
    out.settle_holes(hole, 0)
    out.settle(np.isin(value, list(allowed)), Verdict.MET, Reason.COMPLETE)
    out.settle(as_of <= due, Verdict.PENDING, Reason.INSIDE)
    out.settle(value < 0, Verdict.BREACHED, Reason.MISSING)
    out.settle(np.ones(len(due), bool), Verdict.BREACHED, Reason.NOT_ALLOWED)
    return out
