"""Cases as the limits see them: who waited since when, what answered him, and whether it is over.

Readings decide here: limit_start, type_change, response_evidence, bot_response, reopen_same_matter,
void_records. The clauses read the views ``case`` (answers) and ``matter`` (resolutions, one row for
each occurrence of a case).
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from audits.calendars import WorkingCalendar
from audits.model import MODEL
from audits.tables import Codes, Ints, Table, Tables, first_by, positions
from audits.views import View
from audits.words import NAT, Reason

Bools = npt.NDArray[np.bool_]

_EVIDENCE: Final = MODEL["case"].fields["first_response_evidence"].values
_EVENTS: Final = MODEL["case_event"].fields["kind"].values
_VOID: Final = tuple(Reason[value.upper()].value for value in MODEL["case"].fields["void_reason"].values)
_CHAIN: Final = 8  # merges of merges followed at most so far


def case_view(tables: Tables, evidence: str, bot: str) -> View:
    """Every case, with the receipt handed on by merged ones and the answer that counts.

    Args:
        evidence: option of reading response_evidence (``client``, ``status_too``).
        bot: option of reading bot_response (``no``, ``yes``).
    """
    case = tables["case"]
    received, answered = case.ts("received_at"), _answered(case, evidence, bot)
    received, answered = _handed_on(case, received, answered)
    view = View("case", case, np.arange(len(case), dtype=np.int64), closed=_closed(case), void=_void(case))
    view.stamps |= {"received_at": received, "first_response_at": answered}
    view.holes["first_response_at"] = _answer_holes(case, answered)
    if case.has("service_type_at_receipt"):
        view.codes["service_type"] = _known_at_receipt(case)
    return view


def matter_view(tables: Tables, calendar: WorkingCalendar, reopening: str, days: int) -> View:
    """One row for each occurrence of a case; resolved at its last resolution.

    Args:
        reopening: option of reading reopen_same_matter (``within_days``, ``same``, ``new``).
        days: working days within which a reopening is the same matter.
    """
    case = tables["case"]
    pos = np.arange(len(case), dtype=np.int64)
    opened, resolved = case.ts("received_at"), case.ts("resolved_at").copy()
    opened, _ = _handed_on(case, opened, resolved)
    numbers = np.zeros(len(case), np.int64)
    turned = np.zeros(len(case), bool)
    if "case_event" in tables:
        spans = _occurrences(tables, calendar, reopening, days)
        first = spans.number == 0
        resolved[spans.case[first]] = spans.resolved[first]
        turned[spans.case] = True
        pos = np.concatenate([pos, spans.case[~first]])
        opened = np.concatenate([opened, spans.opened[~first]])
        resolved = np.concatenate([resolved, spans.resolved[~first]])
        numbers = np.concatenate([numbers, spans.number[~first]])
    # a case that was reopened keeps its first closing stamp in some CRMs: its history decides alone
    closed, void = (_closed(case) & ~turned)[pos], _void(case)[pos]
    view = View("matter", case, pos, closed=closed, void=void)
    closing = np.where(turned, NAT, case.ts("closed_at"))[pos]
    view.stamps |= {"received_at": opened, "resolved_at": resolved, "closed_at": closing}
    view.numbers["occurrence"] = numbers
    if len(pos) > len(case):
        names = np.array([f"r{n}" if n else "" for n in range(int(numbers.max()) + 1)], dtype=object)
        view.occurrence = names[numbers]
    return view


class _Spans:
    """Occurrences of reopened cases: case row, number, opened and resolved instants."""

    def __init__(self, case: Ints, number: Ints, opened: Ints, resolved: Ints) -> None:
        self.case, self.number, self.opened, self.resolved = case, number, opened, resolved


def _occurrences(tables: Tables, calendar: WorkingCalendar, reopening: str, days: int) -> _Spans:
    case, at, reopened = _turns(tables)
    before = np.roll(at, 1)
    fresh = reopened & ~_same_matter(before, at, calendar, reopening, days)
    first = np.r_[True, case[1:] != case[:-1]] if len(case) else np.zeros(0, bool)
    number: Ints = np.cumsum(fresh) - np.maximum.accumulate(np.where(first, np.cumsum(fresh) - fresh, 0))
    if not len(case):
        return _Spans(case, number, at, at)
    last = np.r_[(case[1:] != case[:-1]) | (number[1:] != number[:-1]), True]
    start = np.r_[True, last[:-1]]
    return _Spans(case[last], number[last], at[start], np.where(reopened[last], NAT, at[last]))


def _turns(tables: Tables) -> tuple[Ints, Ints, Bools]:
    """Resolutions and reopenings that turn a case, alternating; only of cases that were reopened."""
    events, case = tables["case_event"], tables["case"]
    kind, at = events.enum("kind"), events.ts("at")
    turn = ((kind == _EVENTS.index("resolved")) | (kind == _EVENTS.index("reopened"))) & (at != NAT)
    rows = np.flatnonzero(turn)
    where = positions(events.text("case_id").iloc[rows], case.text("id"))
    reopened = kind[rows] == _EVENTS.index("reopened")
    touched = np.zeros(len(case) + 1, bool)
    touched[where[reopened]] = True
    touched[-1] = False
    use = (where >= 0) & touched[where]
    where, at, reopened = where[use], at[rows][use], reopened[use]
    order = np.lexsort((reopened, at, where))
    where, at, reopened = where[order], at[order], reopened[order]
    first = np.r_[True, where[1:] != where[:-1]] if len(where) else np.zeros(0, bool)
    turns = np.where(first, ~reopened, reopened != np.roll(reopened, 1)) if len(where) else first
    return where[turns], at[turns], reopened[turns]


def _same_matter(resolved: Ints, at: Ints, calendar: WorkingCalendar, reopening: str, days: int) -> Bools:
    if reopening != "within_days":
        return np.full(len(at), reopening == "same")
    return np.asarray(at <= calendar.working_days_due(resolved, days).latest)


def _answered(case: Table, evidence: str, bot: str) -> Ints:
    answered = case.ts("first_response_at")
    kind = case.enum("first_response_evidence")
    refused = kind == _EVIDENCE.index("bot")
    if evidence != "status_too":
        refused = refused | (kind == _EVIDENCE.index("status_change"))
    answered = np.where(refused, NAT, answered)
    if bot == "yes" and case.has("bot_response_at"):
        by_bot = case.ts("bot_response_at")
        both = (answered != NAT) & (by_bot != NAT)
        answered = np.where(both, np.minimum(answered, by_bot), np.where(answered == NAT, by_bot, answered))
    return answered


def _answer_holes(case: Table, answered: Ints) -> Codes:
    if not case.has("first_response_at"):
        return np.full(len(case), Reason.FIELD_NOT_PROVIDED, np.int16)
    return np.where(answered == NAT, case.hole("first_response_at"), 0).astype(np.int16)


def _handed_on(case: Table, received: Ints, answered: Ints) -> tuple[Ints, Ints]:
    """A merged case hands its earliest receipt and answer to the case that goes on."""
    if not case.has("merged_into_id"):
        return received, answered
    into = positions(case.text("merged_into_id"), case.text("id"))
    if not (into >= 0).any():
        return received, answered
    root = np.where(into >= 0, into, np.arange(len(case)))
    for _ in range(_CHAIN):
        root = np.where(into[root] >= 0, into[root], root)
    merged = np.flatnonzero(into >= 0)
    earliest = first_by(root[merged], received[merged], len(case))
    answer = first_by(root[merged], answered[merged], len(case))
    return _earlier(received, earliest), _earlier(answered, answer)


def _earlier(one: Ints, other: Ints) -> Ints:
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
    kind = case.enum("void_reason")
    return np.where(kind >= 0, np.array((*_VOID, 0), np.int16)[kind], 0).astype(np.int16)


def _known_at_receipt(case: Table) -> Codes:
    early, today = case.enum("service_type_at_receipt"), case.enum("service_type")
    return np.where(early >= 0, early, today).astype(np.int16)
