"""Cases as the limits see them: who waited since when, what answered him, and whether it is over.

Readings decide here: limit_start, type_change, response_evidence, bot_response, reopen_same_matter,
void_records. The clauses read the views ``case`` (answers) and ``matter`` (resolutions, one row for
each occurrence of a case).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from audits.calendars import WorkingCalendar
from audits.model import MODEL
from audits.tables import Codes, Ints, Table, Tables, first_by, last_by
from audits.views import View
from audits.words import NAT, Reason

Bools = npt.NDArray[np.bool_]

_EVIDENCE: Final = MODEL["case"].fields["first_response_evidence"].values
_EVENTS: Final = MODEL["case_event"].fields["kind"].values
_RESOLVED: Final = _EVENTS.index("resolved")
_REOPENED: Final = _EVENTS.index("reopened")
_VOID: Final = tuple(Reason[value.upper()].value for value in MODEL["case"].fields["void_reason"].values)
_CHAIN: Final = 8  # merges of merges followed at most so far


def case_view(tables: Tables, evidence: str, bot: str) -> View:
    """Every case, with the receipt handed on by merged ones and the answer that counts.

    Args:
        evidence: option of reading response_evidence (``client``, ``status_too``).
        bot: option of reading bot_response (``no``, ``yes``).
    """
    case = tables["case"]
    answered, own = _answered(case, evidence, bot)
    received, no_receipt = _handed_on(tables, case.ts("received_at"), _imprecise(case, "received_at"))
    answered, passed = _handed_on(tables, answered, own)
    own = np.where(case.ts("first_response_at") != NAT, own, 0)
    holes = np.where(answered == NAT, passed, own).astype(np.int16)
    view = View("case", case, np.arange(len(case), dtype=np.int64), closed=_closed(case), void=_void(case))
    view.stamps |= {"received_at": received, "first_response_at": answered}
    view.stamps["resolved_at"] = _first_resolved(tables)
    view.holes |= {"received_at": no_receipt, "first_response_at": holes}
    if case.has("service_type_at_receipt"):
        _take_type_at_receipt(view, case)
    return view


def matter_view(tables: Tables, calendar: WorkingCalendar, reopening: str, days: int) -> View:
    """One row for each occurrence of a case; resolved at its last resolution.

    The first rows are the cases themselves, in their order; later occurrences follow.

    Args:
        reopening: option of reading reopen_same_matter (``within_days``, ``same``, ``new``).
        days: working days within which a reopening is the same matter.
    """
    case = tables["case"]
    pos = np.arange(len(case), dtype=np.int64)
    opened, no_receipt = _handed_on(tables, case.ts("received_at"), _imprecise(case, "received_at"))
    resolved = _first_resolved(tables)
    numbers, unsure = np.zeros(len(case), np.int64), np.zeros(len(case), bool)
    if "case_event" in tables:
        spans = _occurrences(tables, calendar, reopening, days)
        first = spans.number == 0
        resolved[spans.case[first]] = spans.resolved[first]
        unsure[spans.case[first]] = spans.unsure[first]
        unsure = np.concatenate([unsure, spans.unsure[~first]])
        pos = np.concatenate([pos, spans.case[~first]])
        opened = np.concatenate([opened, spans.opened[~first]])
        resolved = np.concatenate([resolved, spans.resolved[~first]])
        numbers = np.concatenate([numbers, spans.number[~first]])
    # a reopened case keeps its first closing stamp in some CRMs: it ends nothing that came after it
    closing = np.where(case.ts("closed_at") > _event(tables, _REOPENED, last_by), case.ts("closed_at"), NAT)
    flagged = (case.flag("is_closed") == 1) & ~case.future("closed_at") & ~case.future("resolved_at")
    closed = (closing != NAT) | flagged
    view = View("matter", case, pos, closed=closed[pos] | (resolved != NAT), void=_void(case)[pos])
    view.stamps |= {"received_at": opened, "resolved_at": resolved, "closed_at": closing[pos]}
    # a later matter was opened by its reopening, however its case was received
    view.holes["received_at"] = np.where(numbers == 0, no_receipt[pos], 0).astype(np.int16)
    if not case.has("resolved_at") and "case_event" not in tables:
        view.holes["resolved_at"] = np.full(len(pos), Reason.FIELD_NOT_PROVIDED, np.int16)
    if (
        unsure.any()
    ):  # whether it was solved then, or is one matter with what came after, hangs on the calendar
        why = view.timed_hole("resolved_at", coarse_is_enough=False)
        why = np.where((why == 0) & unsure, Reason.BEYOND_CALENDAR, why)
        view.holes["resolved_at"] = why.astype(np.int16)
    view.numbers["occurrence"] = numbers
    if len(pos) > len(case):
        names = np.array([f"r{n}" if n else "" for n in range(int(numbers.max()) + 1)], dtype=object)
        view.occurrence = names[numbers]
    return view


@dataclass
class _Spans:
    """Occurrences of reopened cases: case row, number, opened and resolved instants.

    ``unsure``: one of its reopenings came when nobody can say yet whether the working days were over.
    """

    case: Ints
    number: Ints
    opened: Ints
    resolved: Ints
    unsure: Bools


def _occurrences(tables: Tables, calendar: WorkingCalendar, reopening: str, days: int) -> _Spans:
    case, at, reopened = _turns(tables)
    if not len(case):
        return _Spans(case, case, at, at, reopened)
    surely, perhaps = _same_matter(np.roll(at, 1), at, calendar, reopening, days)
    fresh = reopened & ~perhaps
    first = _starts(case)
    number: Ints = np.cumsum(fresh) - np.maximum.accumulate(np.where(first, np.cumsum(fresh) - fresh, 0))
    last = np.r_[(case[1:] != case[:-1]) | (number[1:] != number[:-1]), True]
    start = np.r_[True, last[:-1]]
    unsure = np.add.reduceat((reopened & perhaps & ~surely).astype(np.int64), np.flatnonzero(start)) > 0
    return _Spans(case[last], number[last], at[start], np.where(reopened[last], NAT, at[last]), unsure)


def _turns(tables: Tables) -> tuple[Ints, Ints, Bools]:
    """Resolutions and reopenings that turn a case, alternating; only of cases that were reopened.

    The case's own stamp stands beside its history: either may know a resolution that the other lacks.
    """
    events, case = tables["case_event"], tables["case"]
    kind = events.enum("kind")
    rows = np.flatnonzero((kind == _RESOLVED) | (kind == _REOPENED))
    where = tables.link("case_event", "case_id", "case")[rows]
    where = np.concatenate([where, np.arange(len(case))])
    at = np.concatenate([events.ts("at")[rows], case.ts("resolved_at")])
    reopened = np.concatenate([kind[rows] == _REOPENED, np.zeros(len(case), bool)])
    touched = np.zeros(len(case) + 1, bool)
    touched[where[reopened & (at != NAT)]] = True
    touched[-1] = False
    use = (where >= 0) & touched[where] & (at != NAT)
    where, at, reopened = where[use], at[use], reopened[use]
    order = np.lexsort((reopened, at, where))
    where, at, reopened = where[order], at[order], reopened[order]
    turns = np.where(_starts(where), ~reopened, reopened != np.roll(reopened, 1))
    return where[turns], at[turns], reopened[turns]


def _starts(groups: Ints) -> Bools:
    """First entry of each group, in sorted input."""
    return np.r_[True, groups[1:] != groups[:-1]] if len(groups) else np.zeros(0, bool)


def _same_matter(
    resolved: Ints, at: Ints, calendar: WorkingCalendar, reopening: str, days: int
) -> tuple[Bools, Bools]:
    """Reopenings that are the same matter for sure, and those that may be, where holidays are not known yet."""
    if reopening != "within_days":
        every = np.full(len(at), reopening == "same")
        return every, every
    due = calendar.working_days_due(resolved, days)
    return np.asarray(at <= due.earliest), np.asarray(at <= due.latest)


def _answered(case: Table, evidence: str, bot: str) -> tuple[Ints, Codes]:
    """The first answer that counts, and why it is not known; what is no answer is no hole either."""
    answered, holes = case.ts("first_response_at"), _imprecise(case, "first_response_at")
    if not case.has("first_response_at"):
        holes[:] = Reason.FIELD_NOT_PROVIDED
    kind = case.enum("first_response_evidence")
    refused = kind == _EVIDENCE.index("bot")
    if evidence != "status_too":
        refused = refused | (kind == _EVIDENCE.index("status_change"))
    answered = np.where(refused, NAT, answered)
    holes[refused] = 0
    # an answer by a proof that nobody mapped may be none
    unknown = (answered != NAT) & (case.hole("first_response_evidence") != 0)
    holes[unknown] = Reason.UNMAPPED_VALUE
    if bot == "yes" and case.has("bot_response_at"):
        answered = earlier(answered, case.ts("bot_response_at"))
    return answered, holes


def _first_resolved(tables: Tables) -> Ints:
    """When each case was resolved first: by then its client had been answered."""
    stamped = tables["case"].ts("resolved_at")
    return earlier(stamped, _event(tables, _RESOLVED, first_by)) if "case_event" in tables else stamped


def _event(tables: Tables, kind: int, which: Callable[[Ints, Ints, int], Ints]) -> Ints:
    """The first or last event of a kind of each case, NAT where there is none."""
    case = tables["case"]
    if "case_event" not in tables:
        return np.full(len(case), NAT, np.int64)
    events = tables["case_event"]
    where = tables.link("case_event", "case_id", "case")
    return which(where, np.where(events.enum("kind") == kind, events.ts("at"), NAT), len(case))


def roots(tables: Tables) -> Ints:
    """For each case the row of the one that goes on: itself, or what it was merged into."""
    into = tables.link("case", "merged_into_id", "case")
    merged = np.flatnonzero(into >= 0)
    goes_on = into[merged]
    for _ in range(_CHAIN):
        goes_on = np.where(into[goes_on] >= 0, into[goes_on], goes_on)
    root = np.arange(len(into), dtype=np.int64)
    root[merged] = goes_on
    return root


def _handed_on(tables: Tables, at: Ints, holes: Codes) -> tuple[Ints, Codes]:
    """The earliest stamp of a case and of those merged into it; what is not precise hands on a doubt."""
    if not tables["case"].has("merged_into_id"):
        return at, holes
    root = roots(tables)
    merged = np.flatnonzero(root != np.arange(len(root)))
    if not len(merged):
        return at, holes
    doubtful = merged[holes[merged] != 0]
    doubts = np.zeros(len(root), np.int16)
    doubts[root[doubtful]] = holes[doubtful]
    sure = np.where(holes == 0, at, NAT)
    earliest = first_by(root[merged], sure[merged], len(root))
    return earlier(at, earliest), np.where(holes != 0, holes, doubts).astype(np.int16)


def _imprecise(case: Table, field: str) -> Codes:
    """Holes of a stamp, a date without a time among them."""
    coarse = case.coarse(field) & (case.ts(field) != NAT)
    return np.where(coarse, Reason.STAMP_TOO_COARSE, case.hole(field)).astype(np.int16)


def earlier(one: Ints, other: Ints) -> Ints:
    """The earlier of two instants in each row; null counts for nothing."""
    big = np.iinfo(np.int64).max
    low = np.minimum(np.where(one == NAT, big, one), np.where(other == NAT, big, other))
    return np.where(low == big, NAT, low)


def _closed(case: Table) -> Bools:
    """Closed by ``as_of``: a closing stamp, or the flag where the source has no stamp to set against it."""
    stamped = case.ts("closed_at") != NAT
    flagged = (case.flag("is_closed") == 1) & (case.raw_ts("closed_at") == NAT)
    resolved_later = case.future("resolved_at")
    return np.asarray(stamped | (flagged & ~resolved_later))


def _void(case: Table) -> Codes:
    """Why a case is not judged; one that names where it went was merged, whatever else is left blank."""
    kind = case.enum("void_reason")
    blank = np.where(case.text("merged_into_id").isna(), 0, int(Reason.MERGED))
    return np.where(kind >= 0, np.array((*_VOID, 0), np.int16)[kind], blank).astype(np.int16)


def _take_type_at_receipt(view: View, case: Table) -> None:
    """The type known at receipt; today's where no history tells it (reading type_change)."""
    early, today = case.enum("service_type_at_receipt"), case.enum("service_type")
    why, why_today = case.hole("service_type_at_receipt"), case.hole("service_type")
    view.codes["service_type"] = np.where(early >= 0, early, np.where(why != 0, -1, today)).astype(np.int16)
    view.holes["service_type"] = np.where(early >= 0, 0, np.where(why != 0, why, why_today)).astype(np.int16)
