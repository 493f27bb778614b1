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
Codes = npt.NDArray[np.int16]
Bools = npt.NDArray[np.bool_]

#: Fields a hole is blamed on, in this order.
PART, WHOLE = 0, 1


def share(part: Ints, whole: Ints, percent: Ints, at: Ints, holes: list[Codes]) -> Outcome:
    """Judge each record's ``part`` of ``whole``; a null or an empty whole is a hole.

    Args:
        part, whole: counts, NAT where null.
        percent: least share of each, in per cent.
        at: instant at which the share had to be reached (due at the event).
        holes: hole codes of part, whole and whatever else it rests on (0 = none).
    """
    out = Outcome.blank(at, at)
    for field, hole in enumerate(holes):
        out.settle_holes(hole, field)
    out.settle((whole == NAT) | (whole <= 0), Verdict.NO_DATA, Reason.NULL_VALUE, WHOLE)
    out.settle((part == NAT) | (part < 0) | (part > whole), Verdict.NO_DATA, Reason.NULL_VALUE, PART)
    fits = enough(np.maximum(part, 0), np.maximum(whole, 0), percent)
    out.settle(fits, Verdict.MET, Reason.ENOUGH)
    out.settle(~fits, Verdict.BREACHED, Reason.BELOW)
    return out


def grade(recorded: Ints, computed: Ints, due: Ints, as_of: int, holes: list[Codes]) -> Outcome:
    """Judge recorded levels against computed ones, by a due instant.

    Args:
        recorded: level on record, NAT = none.
        computed: level the figures give, -1 where they are missing.
        due: instant by which the level must be recorded.
        as_of: instant of the audit.
        holes: hole codes of the recorded level, of the figures, and of the detection (0 = none).
    """
    recorded_hole, figures_hole, start_hole = holes
    out = Outcome.blank(due, np.full(len(due), NAT, np.int64))
    out.settle_holes(recorded_hole, 0)
    out.settle_holes(figures_hole, 1)
    out.settle(computed < 0, Verdict.NO_DATA, Reason.NULL_VALUE, 1)
    out.settle(recorded == computed, Verdict.MET, Reason.COMPLETE)
    out.settle_holes(start_hole, 2)
    out.settle(due == NAT, Verdict.NO_DATA, Reason.NO_START, 2)
    out.settle(as_of <= due, Verdict.PENDING, Reason.INSIDE)
    out.settle(recorded == NAT, Verdict.BREACHED, Reason.MISSING)
    out.settle(np.ones(len(due), bool), Verdict.BREACHED, Reason.WRONG_LEVEL)
    return out
