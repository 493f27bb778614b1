"""Is the share of a whole population high enough?

What: counts of a cohort, a target in per cent, and the day the cohort closes. Why: a promise about all
of a month's work. Edges: integers are compared, so 94.96 % is below 95 and exactly 80 is enough; 0 of 0
has nothing to judge; holes that could tip the answer leave it undecided (law 12). A person clears the
finding by nothing in that cohort; the shortfall says what was missing.
"""

import numpy as np
import numpy.typing as npt

from audits.checks.outcome import Outcome
from audits.words import NAT, Reason, Verdict

Ints = npt.NDArray[np.int64]


def enough(part: Ints, whole: Ints, percent: Ints | int) -> npt.NDArray[np.bool_]:
    """Whether ``part`` is at least ``percent`` of ``whole``, by integers."""
    return np.asarray(part * 100 >= whole * percent)


def needed(whole: int, percent: int) -> int:
    """The least part of ``whole`` that is at least ``percent`` of it."""
    return -(-whole * percent // 100)


def rate(part: Ints, known: Ints, unknown: Ints, percent: Ints, due: Ints, as_of: int) -> Outcome:
    """Judge cohorts by their counts.

    Args:
        part: members that did it.
        known: members of which it is known.
        unknown: members of which it is not known (holes).
        percent: the target of each.
        due: instant each cohort closes.
        as_of: instant of the audit.
    """
    out = Outcome.blank(due, np.full(len(due), NAT, np.int64))
    whole = known + unknown
    open_ = np.asarray(as_of <= due)
    out.settle(open_, Verdict.PENDING, Reason.INSIDE)
    out.settle(whole == 0, Verdict.NOT_APPLICABLE, Reason.NONE_DUE)
    worst, best = enough(part, whole, percent), enough(part + unknown, whole, percent)
    out.settle(worst != best, Verdict.NO_DATA, Reason.UNDECIDED, 0)
    out.settle(worst, Verdict.MET, Reason.ENOUGH)
    out.settle(~worst, Verdict.BREACHED, Reason.BELOW)
    return out
