"""Kinds that look at values rather than at times: lists, formats, figures, and who did what with data."""

from typing import cast

import numpy as np
import numpy.typing as npt

from audits.cards import Card, Limit, Wanted
from audits.checks.confidentiality import confidentiality
from audits.checks.format import format_
from audits.checks.membership import membership
from audits.checks.outcome import Outcome
from audits.context import Context, Judgement
from audits.duties import Duties, born, by_hours, clock_of, duties
from audits.filters import filled, holds
from audits.kinds import absent, as_it_must_be
from audits.model import DECIMAL_SCALE
from audits.population import judgement, population
from audits.tables import Codes
from audits.views import View
from audits.words import NAT, Reason, Verdict

Bools = npt.NDArray[np.bool_]


def judge_membership(context: Context, card: Card) -> Judgement:
    """A value among those listed, among those that another field's value asks for, or equal to another field."""
    name = str(card.parameters["field"])
    owed = duties(context, card, born(card))
    view, rows = owed.who.view, owed.who.rows
    good, null, hole = _listed(card, view, name)
    value = np.where(null, -1, np.where(good, 1, 0)).astype(np.int16)[rows]
    hole = np.where((hole == 0) & _unsaid(view, name), Reason.NULL_VALUE, hole).astype(np.int16)
    holes = _with_start(owed, card, absent(context, card, owed, name, ~null[rows], hole[rows]))
    out = membership(value, frozenset({1}), holes, owed.due.latest, context.as_of)
    return _made(card, owed, out, (name, born(card)))


def _unsaid(view: View, name: str) -> Bools:
    """Rows that name another record of which the value is not known: that register's gap, and nobody's breach."""
    hop = name.partition(".")[0]
    return filled(view, hop) & ~filled(view, name) if "." in name else np.zeros(len(view), bool)


def _listed(card: Card, view: View, name: str) -> tuple[Bools, Bools, Codes]:
    """Rows with a value that is wanted, rows with none, and holes."""
    hole = view.timed_hole(name, coarse_is_enough=True)
    blank = ~filled(view, name)
    if "values" in card.parameters:
        return holds(view, name, _words(card, "values"))[0], blank, hole
    other = str(card.parameters.get("equals") or card.parameters["by"])
    hole = np.where(hole != 0, hole, view.timed_hole(other, coarse_is_enough=True)).astype(np.int16)
    blank = blank | ~filled(view, other)
    if "equals" in card.parameters:
        same = view.text(name).reset_index(drop=True) == view.text(other).reset_index(drop=True)
        return same.fillna(value=False).to_numpy(dtype=bool), blank, hole
    good = np.zeros(len(view), bool)
    for value, wanted in cast("dict[str, Wanted]", card.parameters["map"]).items():
        good |= holds(view, other, value)[0] & holds(view, name, wanted)[0]
    return good, blank, hole


def _words(card: Card, name: str) -> tuple[str, ...]:
    return tuple(str(word) for word in cast("list[object]", card.parameters[name]))


def _with_start(owed: Duties, card: Card, holes: Codes) -> Codes:
    """Holes of the value; without the instant a duty began nothing can fall due either."""
    start = owed.who.view.timed_hole(born(card), coarse_is_enough=not by_hours(card))[owed.who.rows]
    start = np.where((start == 0) & (owed.start == NAT), Reason.NO_START, start)
    return np.where(holes != 0, holes, start).astype(np.int16)


def _made(card: Card, owed: Duties, out: Outcome, fields: tuple[str, ...]) -> Judgement:
    out.due, out.done = owed.due.due, np.full(len(owed.start), NAT, np.int64)
    made = judgement(card, owed.who, out, fields, owed.start, period_at=owed.due.earliest)
    made.clock = "elapsed" if by_hours(card) else clock_of(card)
    return made


def judge_format(context: Context, card: Card) -> Judgement:
    """A number or name as its pattern says, text of a length, or whole marks on a scale."""
    name = str(card.parameters["field"])
    owed = duties(context, card, born(card))
    view, rows = owed.who.view, owed.who.rows
    hole = _with_start(owed, card, view.hole(name)[rows])
    if "pattern" in card.parameters:
        text = view.text(name).iloc[rows]
        out = format_(text, str(card.parameters["pattern"]), hole, owed.due.latest, context.as_of)
        return _made(card, owed, out, (name, born(card)))
    figure, out = view.number(name)[rows], Outcome.blank(owed.due.latest, owed.due.latest)
    least, most, step = _bounds(card, view, name)
    given = filled(view, name)[rows]
    fits = given & (figure >= least) & (figure <= most) & (figure % step == 0)
    out.settle_holes(hole, 0)
    out.settle(fits, Verdict.MET, Reason.COMPLETE)
    out.settle(context.as_of <= owed.due.latest, Verdict.PENDING, Reason.INSIDE)
    out.settle(~given, Verdict.BREACHED, Reason.MISSING)
    out.settle(~fits, Verdict.BREACHED, Reason.ILL_FORMED)
    return _made(card, owed, out, (name, born(card)))


def _bounds(card: Card, view: View, name: str) -> tuple[int, int, int]:
    """Least and most of a length or a scale, and the step between its marks, as the frame counts them."""
    unit = DECIMAL_SCALE if view.type_of(name) == "decimal" else 1
    word = "scale" if "scale" in card.parameters else "length"
    least, most = (int(str(one)) for one in cast("list[object]", card.parameters[word]))
    return least * unit, most * unit, unit


def judge_figure(context: Context, card: Card) -> Judgement:
    """One figure of a record on the right side of its bound, due at its own instant or by a limit."""
    name, at = str(card.parameters["figure"]), born(card)
    word = "at_most" if "at_most" in card.parameters else "at_least"
    owed = duties(context, card, at)
    given = card.parameters[word]  # a bare figure of a reading holds since the standard does
    since = context.rules.standards[card.standard].in_force_from
    bounds = (
        cast(dict[str, Limit], given) if isinstance(given, dict) else {since: Limit(int(str(given)), "count")}
    )
    amount, early = context.limit_of(bounds, owed.start)
    owed, amount = owed.only(~early), amount[~early]
    view, rows = owed.who.view, owed.who.rows
    unit = DECIMAL_SCALE if view.type_of(name) == "decimal" else 1
    figure, bound = view.number(name)[rows], amount * unit
    more = view.numbers.get(f"{name}?", np.zeros(len(view), np.int64))[rows]  # rows that may count too
    out = Outcome.blank(owed.due.due, np.full(len(rows), NAT, np.int64))
    hole = absent(context, card, owed, name, figure > 0, np.where(more > 0, 0, view.hole(name)[rows]))
    out.settle_holes(_with_start(owed, card, hole), 0)
    out.settle(figure == NAT, Verdict.NO_DATA, Reason.NULL_VALUE, 0)
    worst, best = (figure + more, figure) if word == "at_most" else (figure, figure + more)
    fits = (worst <= bound) if word == "at_most" else (worst >= bound)
    could = (best <= bound) if word == "at_most" else (best >= bound)
    if (
        word == "at_most"
    ):  # more than the bound is broken at once; fewer may still become more until it is due
        out.settle(~could, Verdict.BREACHED, Reason.NOT_ALLOWED)
    elif "must" not in card.parameters:
        out.settle(fits, Verdict.MET, Reason.ENOUGH)
    out.settle(context.as_of <= owed.due.earliest, Verdict.PENDING, Reason.INSIDE)
    right, must_hole = as_it_must_be(card, view, rows)
    out.settle_holes(must_hole, 0)
    out.settle(~right, Verdict.BREACHED, Reason.NOT_ALLOWED)
    out.settle(fits, Verdict.MET, Reason.ENOUGH)
    out.settle(could, Verdict.NO_DATA, Reason.UNDECIDED, 0)
    out.settle(np.ones(len(rows), bool), Verdict.BREACHED, Reason.BELOW)
    made = judgement(card, owed.who, out, (name, at), owed.start, period_at=owed.due.earliest)
    made.clock = "elapsed" if by_hours(card) else clock_of(card)
    return made


def judge_confidentiality(context: Context, card: Card) -> Judgement:
    """Each event on data by itself: forbidden by one of its marks, or allowed by all of them."""
    at = born(card)
    who = population(context, card, at)
    view, rows = who.view, who.rows
    n, start = len(rows), view.ts(at)[rows]
    bad, unknown = np.zeros(n, bool), np.zeros(n, bool)
    names = []
    for word, wrong in (("forbidden", True), ("allowed", False)):
        for name, wanted in cast("dict[str, Wanted]", card.parameters.get(word, {})).items():
            sure, doubtful = (part[rows] for part in holds(view, name, wanted))
            bad |= sure if wrong else ~(sure | doubtful)
            unknown |= doubtful
            names.append(name)
    good = ~bad & ~unknown
    out = confidentiality(
        good.astype(np.int64), bad.astype(np.int64), unknown.astype(np.int64), np.zeros(n, bool), start
    )
    made = judgement(card, who, out, (*names, at), start)
    made.lasting = True
    return made
