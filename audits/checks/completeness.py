"""Is everything there that must be there?

What: parts of a record, each present or not, and an instant by which they must be. Why: a form passed
half-filled looks like a form. Edges: missing before the due instant is pending, after it breached; all
there, but the last part later than the due instant, is late. Null in a connected field is missing; a
field nobody connected is a hole. A person clears the finding by filling in what is missing.
"""

import numpy as np
import numpy.typing as npt

from audits.calendars import Due
from audits.checks.outcome import Outcome
from audits.words import NAT, Reason, Verdict

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int16]


def completeness(present: Bools, holes: list[Codes], done: Ints, due: Due, as_of: int) -> Outcome:
    """Judge whether each row is complete by its due instant.

    Args:
        present: every part is there.
        holes: hole codes (0 = none) of each field and, last, of the start; the first that has one is blamed.
        done: instant at which the last part was there, NAT where no stamp says it.
        due: due instants, NAT in all three parts where the start is not known.
        as_of: instant of the audit.
    """
    start = len(holes) - 1
    out = Outcome.blank(due.due, np.where(present, done, NAT))
    for field, hole in enumerate(holes):
        out.settle_holes(hole, field)
    out.settle((due.latest == NAT) & ~present, Verdict.NO_DATA, Reason.NO_START, start)
    known = present & (done != NAT) & (due.latest != NAT)
    out.settle(known & (done > due.latest), Verdict.BREACHED, Reason.LATE)
    out.settle(known & (done > due.earliest), Verdict.NO_DATA, Reason.BEYOND_CALENDAR, start)
    out.settle(present, Verdict.MET, Reason.COMPLETE)
    out.settle(as_of <= due.earliest, Verdict.PENDING, Reason.INSIDE)
    out.settle(as_of <= due.latest, Verdict.NO_DATA, Reason.BEYOND_CALENDAR, start)
    out.settle(~present, Verdict.BREACHED, Reason.MISSING)
    return out
