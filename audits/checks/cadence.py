"""Was it done in every period in which it is owed?

What: events counted per calendar period against a least number. Edges: the running period is pending
until it ends; a missing event breaches only where the source promises to be complete; an early event of
one period does not pay for the next. A person clears nothing afterwards: the period is over.
"""

import numpy as np
import numpy.typing as npt

from audits.checks.outcome import Outcome
from audits.words import NAT, Reason, Verdict

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def cadence(events: Ints, least: int, due: Ints, as_of: int, promised: Bools) -> Outcome:
    """Judge periods by the number of their events.

    Args:
        events: events seen in each period.
        least: events owed in each.
        due: last instant of each period.
        as_of: instant of the audit.
        promised: the source is complete over the period.
    """
    out = Outcome.blank(due, np.full(len(due), NAT, np.int64))
    out.settle(events >= least, Verdict.MET, Reason.ENOUGH)
    out.settle(as_of <= due, Verdict.PENDING, Reason.INSIDE)
    out.settle(promised, Verdict.BREACHED, Reason.MISSING)
    out.settle(np.ones(len(due), bool), Verdict.NO_DATA, Reason.ROW_MISSING, 0)
    return out
