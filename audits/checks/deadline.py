"""Was it done in time?

What: a start, an end, and a due instant. Why: every promise of time in a standard is one.
Edges: done at the due instant is met; open at the due instant is still pending; open past it is
breached now; an end before its start is a hole, never a quick answer; an end known only to lie between two
instants is judged when both say the same.
A person clears the finding by doing the act: late stays late, but the matter is over.
"""

import numpy as np
import numpy.typing as npt

from audits.calendars import Due
from audits.checks.outcome import Outcome
from audits.words import NAT, Reason, Verdict

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int16]

#: Order of the fields a hole is blamed on.
START, END = 0, 1


def deadline(  # noqa: PLR0913  # all that an end may be known by
    start: Ints,
    end: Ints,
    due: Due,
    as_of: int,
    *,
    start_hole: Codes,
    end_hole: Codes,
    closed: Bools,
    bound: Ints,
    before_since: Bools,
    absence_proves: Bools,
    end_after: Ints | None = None,
) -> Outcome:
    """Judge ends against due instants (all arrays of one length, instants in microseconds).

    Args:
        start: when the duty began; NAT = null.
        end: when the act was done; NAT = not (yet) seen.
        due: due instants with their bounds beyond the calendar.
        as_of: instant of the audit.
        start_hole, end_hole: why a stamp is a hole, 0 where it is not.
        closed: the record is over, so a missing end will not come any more.
        bound: an instant by which the act was certainly done (a resolution bounds the response); NAT = none.
        before_since: the source did not keep the end stamp yet when the duty began.
        absence_proves: a missing end proves that nothing was done.
        end_after: where an end is known only as a bound (NAT: it is exact), the instant after which it was done.
    """
    out = Outcome.blank(due.due, end)
    none = end == NAT
    out.settle_holes(start_hole, START)
    out.settle(start == NAT, Verdict.NO_DATA, Reason.NO_START, START)
    out.settle_holes(end_hole, END)
    out.settle(~none & (end < start), Verdict.NO_DATA, Reason.END_BEFORE_START, END)
    if end_after is not None:
        _settle_between(out, end, end_after, due)
    _settle_done(out, end, due, ~none)
    _settle_bound(out, bound, due, none, start)
    out.settle(none & before_since, Verdict.NO_DATA, Reason.BEFORE_SINCE, END)
    out.settle(none & closed, Verdict.NO_DATA, Reason.NO_END, END)
    _settle_open(out, due, as_of, absence_proves)
    return out


def _settle_between(out: Outcome, end: Ints, end_after: Ints, due: Due) -> None:
    """Ends that lie after one instant and by another: both sides of a due instant in between are possible."""
    between = (end != NAT) & (end_after != NAT)
    out.settle(between & (end <= due.earliest), Verdict.MET, Reason.BOUNDED)
    out.settle(between & (end_after >= due.latest), Verdict.BREACHED, Reason.LATE)
    out.settle(between, Verdict.NO_DATA, Reason.ONLY_BOUND, END)


def _settle_done(out: Outcome, end: Ints, due: Due, done: Bools) -> None:
    out.settle(done & (end <= due.earliest), Verdict.MET, Reason.IN_TIME)
    out.settle(done & (end > due.latest), Verdict.BREACHED, Reason.LATE)
    out.settle(done, Verdict.NO_DATA, Reason.BEYOND_CALENDAR, END)


def _settle_bound(out: Outcome, bound: Ints, due: Due, none: Bools, start: Ints) -> None:
    proven = none & (bound != NAT) & (bound >= start) & (bound <= due.earliest)
    out.settle(proven, Verdict.MET, Reason.BOUNDED)


def _settle_open(out: Outcome, due: Due, as_of: int, absence_proves: Bools) -> None:
    out.settle(as_of <= due.earliest, Verdict.PENDING, Reason.INSIDE)
    out.settle(as_of <= due.latest, Verdict.NO_DATA, Reason.BEYOND_CALENDAR, END)
    out.settle(absence_proves, Verdict.BREACHED, Reason.OPEN_LATE)
    out.settle(np.ones(len(out.due), bool), Verdict.NO_DATA, Reason.ROW_MISSING, END)
