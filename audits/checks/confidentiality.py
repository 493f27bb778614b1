"""Was nothing done with a client's data that must not be?

What: events on records, each allowed or not. Edges: one event that is not allowed breaches; an event of
unknown purpose is a hole, never a pass; no event at all keeps the clause only where the log is promised
complete. A person clears nothing: what was seen stays seen.
"""

import numpy as np
import numpy.typing as npt

from audits.checks.outcome import Outcome
from audits.words import NAT, Reason, Verdict

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def confidentiality(allowed: Ints, forbidden: Ints, unknown: Ints, promised: Bools, due: Ints) -> Outcome:
    """Judge subjects by their counts of allowed, forbidden and undecidable events.

    Args:
        allowed, forbidden, unknown: events of each subject.
        promised: the log is complete for this subject, so that no event means none happened.
        due: instant at which the obligation is judged.
    """
    out = Outcome.blank(due, np.full(len(due), NAT, np.int64))
    out.settle(forbidden > 0, Verdict.BREACHED, Reason.NOT_ALLOWED)
    out.settle(unknown > 0, Verdict.NO_DATA, Reason.NULL_VALUE, 0)
    out.settle((allowed > 0) | promised, Verdict.MET, Reason.COMPLETE)
    out.settle(np.ones(len(due), bool), Verdict.NO_DATA, Reason.ROW_MISSING, 0)
    return out
