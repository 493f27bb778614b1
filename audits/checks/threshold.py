"""Is one figure on the right side of its bound?

What: a figure of one record against a bound, or a grade against the figure it must follow. Edges: "at
least" includes the bound, "up to" includes it too; figures are integers, never rounded. A person clears
the finding by correcting a wrong grade; a share of something delivered cannot be mended.
"""

import numpy as np
import numpy.typing as npt

from audits.checks.outcome import Outcome
from audits.checks.rate import enough
from audits.words import NAT, Reason, Verdict

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Fields a hole is blamed on, in this order.
PART, WHOLE = 0, 1


def share(part: Ints, whole: Ints, percent: int, at: Ints) -> Outcome:
    """Judge each record's ``part`` of ``whole``; a null or an empty whole is a hole.

    Args:
        part, whole: counts, NAT where null.
        percent: least share, in per cent.
        at: instant at which the share had to be reached (due at the event).
    """
    out = Outcome.blank(at, at)
    out.settle((whole == NAT) | (whole <= 0), Verdict.NO_DATA, Reason.NULL_VALUE, WHOLE)
    out.settle((part == NAT) | (part < 0) | (part > whole), Verdict.NO_DATA, Reason.NULL_VALUE, PART)
    fits = enough(np.maximum(part, 0), np.maximum(whole, 0), percent)
    out.settle(fits, Verdict.MET, Reason.ENOUGH)
    out.settle(~fits, Verdict.BREACHED, Reason.BELOW)
    return out


def grade(recorded: Ints, computed: Ints, due: Ints, as_of: int) -> Outcome:
    """Judge recorded levels against computed ones, by a due instant.

    Args:
        recorded: level on record, NAT = none.
        computed: level the figures give, -1 where they are missing.
        due: instant by which the level must be recorded.
        as_of: instant of the audit.
    """
    out = Outcome.blank(due, np.full(len(due), NAT, np.int64))
    out.settle(computed < 0, Verdict.NO_DATA, Reason.NULL_VALUE, 1)
    out.settle(recorded == computed, Verdict.MET, Reason.COMPLETE)
    out.settle(as_of <= due, Verdict.PENDING, Reason.INSIDE)
    out.settle(recorded == NAT, Verdict.BREACHED, Reason.MISSING)
    out.settle(np.ones(len(due), bool), Verdict.BREACHED, Reason.WRONG_LEVEL)
    return out
