"""What the words of cards cannot say about talking with a client.

``picked_up``: who hangs up decides against the due instant. ``on_the_spot``: due at the end of the very
contact. ``result_asked``: asked before closing, and not closed over a client's no. ``delay_told``: a duty
that begins only when the expected time has passed, and again with each new promise. ``told_every``: one
notice in each stretch of time. (Queues and routing have their own module.)
"""

from dataclasses import replace
from typing import cast

import numpy as np
import numpy.typing as npt

from audits.calendars import Due
from audits.cards import Card, Column, Limit
from audits.checks.outcome import Outcome
from audits.columns import Linked, linked
from audits.context import Context, Judgement
from audits.duties import born, duties, limits
from audits.kinds import Evidence
from audits.population import Population, judgement, population, put_over
from audits.tables import Codes, Ints, first_by
from audits.views import View
from audits.words import HOUR, MINUTE, NAT, SECOND, Reason, Verdict

Bools = npt.NDArray[np.bool_]

_FIELDS = ("started_at", "answered_at", "ended_at", "ring_count")


# ---- picked up -----------------------------------------------------------------------------------------
def picked_up(context: Context, card: Card) -> Judgement:
    """A call or chat answered by a person in time, in seconds or in rings; who hung up before is spared."""
    who = population(context, card, "started_at")
    view, rows = who.view, who.rows
    start, answered = view.ts("started_at")[rows], view.ts("answered_at")[rows]
    bot = (view.flag("answered_by_bot")[rows] == 1) & (context.ask("bot_response", card) == "no")
    answered = np.where(bot, NAT, answered)
    if "at_most" in card.parameters:
        out = _by_rings(context, card, who, answered)
        return judgement(card, who, out, _FIELDS, start)
    amount, early = context.limit_of(limits(card), start)
    who, start, answered, amount = who.only(~early), start[~early], answered[~early], amount[~early]
    outs = [
        _by_time(context, who, answered, due)
        for due in (context.elapsed.due_after(start, amount), context.hours.due_after(start, amount))
    ]
    decides = context.ask("clock_choice", card)
    out, other = outs if decides == "elapsed" else outs[::-1]
    made = judgement(card, who, out, _FIELDS, start)
    put_over(other, who, len(_FIELDS))
    made.clock, made.other = decides, other
    return made


def _by_time(context: Context, who: Population, answered: Ints, due: Due) -> Outcome:
    view, rows = who.view, who.rows
    start, ended = view.ts("started_at")[rows], view.ts("ended_at")[rows]
    gave_up = view.flag("abandoned")[rows] == 1
    out = Outcome.blank(due.due, answered)
    out.settle_holes(view.timed_hole("started_at", coarse_is_enough=False)[rows], 0)
    out.settle_holes(view.timed_hole("answered_at", coarse_is_enough=False)[rows], 1)
    out.settle_holes(view.hole("answered_by_bot")[rows], 1)
    out.settle((answered != NAT) & (answered < start), Verdict.NO_DATA, Reason.END_BEFORE_START, 1)
    out.settle((answered != NAT) & (answered <= due.earliest), Verdict.MET, Reason.IN_TIME)
    out.settle((answered != NAT) & (answered > due.latest), Verdict.BREACHED, Reason.LATE)
    out.settle(answered != NAT, Verdict.NO_DATA, Reason.BEYOND_CALENDAR, 1)
    out.settle(gave_up & (ended == NAT), Verdict.NO_DATA, Reason.NULL_VALUE, 2)
    out.settle(gave_up & (ended <= due.earliest), Verdict.NOT_APPLICABLE, Reason.NO_CONDITION)
    out.settle(context.as_of <= due.earliest, Verdict.PENDING, Reason.INSIDE)
    out.settle(context.as_of <= due.latest, Verdict.NO_DATA, Reason.BEYOND_CALENDAR, 1)
    out.settle(np.ones(len(rows), bool), Verdict.BREACHED, Reason.OPEN_LATE)
    return out


def _by_rings(context: Context, card: Card, who: Population, answered: Ints) -> Outcome:
    """Rings are counted; seconds are turned into rings only where the house signed how long one is."""
    view, rows = who.view, who.rows
    start = view.ts("started_at")[rows]
    rings, uncounted = _rings(context, card, who, answered)
    most, _ = context.limit_of(cast("dict[str, Limit]", card.parameters["at_most"]), start)
    gave_up = view.flag("abandoned")[rows] == 1
    out = Outcome.blank(start, answered)
    out.settle_holes(uncounted, 3)
    out.settle(rings == NAT, Verdict.NO_DATA, Reason.NULL_VALUE, 3)
    out.settle(rings > most, Verdict.BREACHED, Reason.LATE)
    out.settle_holes(view.hole("answered_at")[rows], 1)
    out.settle_holes(view.hole("answered_by_bot")[rows], 1)
    out.settle(answered != NAT, Verdict.MET, Reason.IN_TIME)
    out.settle(gave_up, Verdict.NOT_APPLICABLE, Reason.NO_CONDITION)
    out.settle(np.ones(len(rows), bool), Verdict.BREACHED, Reason.NOT_DONE)
    return out


def _rings(context: Context, card: Card, who: Population, answered: Ints) -> tuple[Ints, Codes]:
    """Rings on record, else the time until somebody answered or hung up by the length of a ring (ring_length)."""
    view, rows = who.view, who.rows
    rings, hole = view.number("ring_count")[rows], view.hole("ring_count")[rows]
    length = context.figure("ring_length", card) * SECOND
    if not length:
        return rings, hole
    until = np.where(answered == NAT, view.ts("ended_at")[rows], answered)
    start = view.ts("started_at")[rows]
    timed = (rings == NAT) & (until != NAT) & (start != NAT) & (until >= start)
    for name in ("started_at", "answered_at", "ended_at"):
        timed &= ~view.coarse(name)[rows]
    counted = np.where(timed, -((np.where(timed, start, 0) - np.where(timed, until, 0)) // length), rings)
    return counted, np.where(timed, 0, hole).astype(np.int16)


# ---- on the spot ---------------------------------------------------------------------------------------
def on_the_spot(context: Context, card: Card) -> Judgement:
    """Due at the end of the first contact; where its end is not on record, a while after it began."""
    begins, ends = born(card), str(card.parameters["to"])
    owed = duties(context, card, begins)
    view, rows = owed.who.view, owed.who.rows
    column = Column("first", of="interaction", name="ended_at", at="started_at", on=("case_id", "id"))
    found = linked(context, view, column) if "interaction" in context.tables else None
    until = np.full(len(view), NAT, np.int64)
    if found is not None:
        began, over = found.child.ts("started_at")[found.row], found.child.ts("ended_at")[found.row]
        first = view.ts(begins)[found.place]
        inside = (over != NAT) & (began <= first) & (over >= first)
        until = first_by(np.where(inside, found.place, -1), over, len(view))
    end = np.where(until[rows] == NAT, owed.due.due, until[rows])
    owed = replace(owed, due=Due(end, end, end))
    out = Evidence(context, card, owed, begins, ends).judge(owed.due)
    made = judgement(card, owed.who, out, (begins, ends), owed.start)
    made.clock = "elapsed"
    return made


# ---- asked for the result ------------------------------------------------------------------------------
def result_asked(context: Context, card: Card) -> Judgement:
    """The client is asked whether it is solved, in time and before closing; no closing over an unresolved mark."""
    begins, asked = born(card), "result_asked_at"
    owed = duties(context, card, begins)
    view, rows = owed.who.view, owed.who.rows
    closed, done = view.ts("closed_at")[rows], view.ts(asked)[rows]
    status = view.code("result_status")[rows]
    unresolved = view.values("result_status").index("unresolved")
    out = Outcome.blank(owed.due.due, done)
    out.settle((closed != NAT) & (status == unresolved), Verdict.BREACHED, Reason.NOT_ALLOWED)
    for place, name in enumerate((asked, "closed_at", "result_status", begins)):
        out.settle_holes(view.timed_hole(name, coarse_is_enough=True)[rows], place)
    out.settle((done != NAT) & (closed != NAT) & (closed < done), Verdict.BREACHED, Reason.OUT_OF_ORDER)
    out.settle((done != NAT) & (done <= owed.due.earliest), Verdict.MET, Reason.IN_TIME)
    out.settle((done != NAT) & (done > owed.due.latest), Verdict.BREACHED, Reason.LATE)
    out.settle((done == NAT) & (closed != NAT), Verdict.BREACHED, Reason.MISSING)
    out.settle(context.as_of <= owed.due.earliest, Verdict.PENDING, Reason.INSIDE)
    out.settle((context.as_of <= owed.due.latest) | (done != NAT), Verdict.NO_DATA, Reason.BEYOND_CALENDAR, 3)
    out.settle(np.ones(len(rows), bool), Verdict.BREACHED, Reason.MISSING)
    fields = (asked, "closed_at", "result_status", begins)
    return judgement(card, owed.who, out, fields, owed.start, period_at=owed.due.earliest)


# ---- told of a delay -----------------------------------------------------------------------------------
_ROUTINE, _COMPLEX = 2 * HOUR, 24 * HOUR


def delay_told(context: Context, card: Card) -> Judgement:
    """Past the expected time the client is told why and until when, unasked, within the grace; and again after it."""
    who = population(context, card, born(card))
    view, rows = who.view, who.rows
    start, resolved = view.ts(born(card))[rows], view.ts("resolved_at")[rows]
    expected, hole = _expected(view, rows, start)
    grace = context.figure("delay_notice_grace", card) * MINUTE
    due = np.where(expected == NAT, NAT, expected + grace)
    told, asked, dropped = _delay_notices(context, view, grace)
    told, asked, dropped = told[rows], asked[rows], dropped[rows]
    out = Outcome.blank(due, told)
    out.settle_holes(hole, 0)
    over = (resolved != NAT) & (resolved <= due)
    out.settle(over & (told == NAT), Verdict.NOT_APPLICABLE, Reason.NO_CONDITION)
    out.settle((told != NAT) & (asked != NAT) & (asked < told), Verdict.BREACHED, Reason.OUT_OF_ORDER)
    out.settle((told != NAT) & (told > due), Verdict.BREACHED, Reason.LATE)
    out.settle(dropped, Verdict.BREACHED, Reason.NOT_DONE)
    out.settle(told != NAT, Verdict.MET, Reason.IN_TIME)
    out.settle(context.as_of <= due, Verdict.PENDING, Reason.INSIDE)
    out.settle(context.promised(card, start), Verdict.BREACHED, Reason.MISSING)
    out.settle(np.ones(len(rows), bool), Verdict.NO_DATA, Reason.ROW_MISSING, 1)
    fields = ("case.complexity", "notification.sent_at")
    return judgement(card, who, out, fields, np.where(expected == NAT, start, expected))


def _expected(view: View, rows: Ints, start: Ints) -> tuple[Ints, npt.NDArray[np.int16]]:
    """The time on record, else the example figure of the case's complexity; a hole where neither is known."""
    planned = view.base.raw_ts("expected_due_at")[view.pos][rows]
    kind, listed = view.code("complexity")[rows], view.values("complexity")
    figure = np.where(kind == listed.index("complex"), _COMPLEX, _ROUTINE)
    known = (kind >= 0) & (start != NAT)
    out = np.where(planned != NAT, planned, np.where(known, start + figure, NAT))
    hole = np.where(view.hole("complexity")[rows] != 0, view.hole("complexity")[rows], Reason.NULL_VALUE)
    return out, np.where(out != NAT, 0, hole).astype(np.int16)


def _delay_notices(context: Context, view: View, grace: int) -> tuple[Ints, Ints, Bools]:
    """First whole notice of a delay, the first question after the expected time, and where a promise was dropped."""
    n = len(view)
    told, dropped = np.full(n, NAT, np.int64), np.zeros(n, bool)
    column = Column(
        "first", of="notification", name="sent_at", at="sent_at", on=("case_id", "id"),
        where={"kind": "delay", "to": "customer", "reason": "filled", "promised_eta": "filled"},
    )  # fmt: skip
    found = linked(context, view, column) if "notification" in context.tables else None
    if found is not None:
        sent = found.child.ts("sent_at")[found.row]
        told = first_by(np.where(found.sure, found.place, -1), sent, n)
        keep = found.sure & (sent != NAT)
        eta = found.child.base.raw_ts("promised_eta")[found.child.pos[found.row]]
        dropped = _dropped(context, view, found.place[keep], (sent[keep], eta[keep]), grace)
    return told, _asked(context, view), dropped


def _dropped(context: Context, view: View, place: Ints, notices: tuple[Ints, Ints], grace: int) -> Bools:
    """Where one promised time passed by more than the grace with neither a solution nor a new promise."""
    order = np.lexsort((notices[0], place))
    at, sent, eta = place[order], notices[0][order], notices[1][order]
    resolved = view.ts("resolved_at")[at]
    end = np.where(resolved == NAT, context.as_of, resolved)
    again = np.zeros(len(at), bool)
    again[:-1] = at[1:] == at[:-1]
    renewed = np.where(again, np.roll(sent, -1), end)
    late = np.minimum(renewed, end) > eta + grace
    return np.bincount(at[late], minlength=len(view)) > 0


def _asked(context: Context, view: View) -> Ints:
    """The first incoming contact after the expected time, NAT for none."""
    column = Column(
        "first",
        of="interaction",
        name="started_at",
        at="started_at",
        on=("case_id", "id"),
        where={"direction": "in"},
    )
    found: Linked | None = linked(context, view, column) if "interaction" in context.tables else None
    if found is None:
        return np.full(len(view), NAT, np.int64)
    at = found.child.ts("started_at")[found.row]
    start = view.ts("received_at")[found.place]
    kind, listed = view.code("complexity"), view.values("complexity")
    figure = np.where(kind == listed.index("complex"), _COMPLEX, _ROUTINE)[found.place]
    planned = view.base.raw_ts("expected_due_at")[view.pos][found.place]
    expected = np.where(planned != NAT, planned, start + figure)
    return first_by(np.where(found.sure & (at > expected), found.place, -1), at, len(view))


# ---- told again and again ------------------------------------------------------------------------------
def told_every(context: Context, card: Card) -> Judgement:
    """While it is open, each whole stretch of time since the start has a notice of progress in it."""
    who = population(context, card, born(card))
    view, rows = who.view, who.rows
    keep = view.ts(born(card))[rows] != NAT
    who = who.only(keep | (view.timed_hole(born(card), coarse_is_enough=False)[rows] != 0) | (who.hole != 0))
    rows = who.rows
    start = view.ts(born(card))[rows]
    step = np.maximum(context.limit_of(limits(card), start)[0], 1)
    resolved = view.ts("resolved_at")[rows]
    until = np.where(resolved == NAT, context.as_of, resolved)
    whole = np.where(start == NAT, 0, np.maximum(until - start, 0) // step)
    first, maybe = _first_empty(context, view, who, start, step, whole)
    missing = first < whole
    due = np.where(start == NAT, NAT, start + (np.where(missing, first, whole) + (~missing)) * step)
    due = np.where(~missing & (whole > 0), start + whole * step, due)
    out = Outcome.blank(due, np.full(len(rows), NAT, np.int64))
    out.settle_holes(view.timed_hole(born(card), coarse_is_enough=False)[rows], 1)
    out.settle_holes(view.timed_hole("resolved_at", coarse_is_enough=False)[rows], 2)
    out.settle((resolved != NAT) & (whole == 0), Verdict.NOT_APPLICABLE, Reason.NO_CONDITION)
    out.settle(whole == 0, Verdict.PENDING, Reason.INSIDE)
    out.settle(~missing, Verdict.MET, Reason.ENOUGH)
    out.settle(maybe, Verdict.NO_DATA, Reason.NULL_FILTER, 0)
    out.settle(context.promised(card, start), Verdict.BREACHED, Reason.MISSING)
    out.settle(np.ones(len(rows), bool), Verdict.NO_DATA, Reason.ROW_MISSING, 0)
    due_first = np.where(missing & (start != NAT), start + (first + 1) * step, due)
    out.due = due_first
    return judgement(card, who, out, ("notification.sent_at", born(card), "resolved_at"), start)


def _first_empty(
    context: Context, view: View, who: Population, start: Ints, step: Ints, whole: Ints
) -> tuple[Ints, Bools]:
    """Number of the first whole stretch without a notice (as many as there are: none is empty)."""
    column = Column(
        "first", of="notification", name="sent_at", at="sent_at", on=("case_id", "id"),
        where={"kind": "progress", "to": "customer"},
    )  # fmt: skip
    narrow = replace(
        view, pos=view.pos[who.rows], stamps={}, holes={}, codes={}, numbers={}, closed=None, void=None
    )
    found = linked(context, narrow, column) if "notification" in context.tables else None
    n = len(who.rows)
    if found is None:
        return np.zeros(n, np.int64), np.zeros(n, bool)
    at, place = found.child.ts("sent_at")[found.row], found.place
    number = (at - start[place]) // step[place]
    inside = (start[place] != NAT) & (number >= 0) & (number < whole[place])
    filled = np.unique(np.stack([place[inside & found.sure], number[inside & found.sure]], axis=1), axis=0)
    first = np.zeros(n, np.int64)
    if len(filled):  # places are sorted, their stretches too: the first gap ends the run from 0
        rank = np.arange(len(filled)) - np.searchsorted(filled[:, 0], filled[:, 0], "left")
        run = rank == filled[:, 1]
        first = np.bincount(filled[run, 0], minlength=n).astype(np.int64)
    maybe = np.bincount(place[inside & ~found.sure], minlength=n) > 0
    return first, maybe
