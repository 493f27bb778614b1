"""How a card of each kind is judged from its own words; what these cannot say is in ``functions``."""

from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from audits.calendars import Due
from audits.cards import Card, Wanted
from audits.checks.completeness import completeness
from audits.checks.deadline import deadline
from audits.checks.outcome import Outcome
from audits.checks.sequence import runs_back
from audits.checks.threshold import share
from audits.context import Context, Judgement
from audits.duties import Duties, begins_of, born, by_hours, clock_of, duties, limits, words
from audits.filters import filled, holds
from audits.house_lists import belongs
from audits.population import Population, judgement, population, put_over
from audits.tables import Codes, Ints
from audits.views import View
from audits.words import DAY, NAT, Reason, Verdict

Bools = npt.NDArray[np.bool_]


def judge_deadline(context: Context, card: Card) -> Judgement:
    """A stamp, a limit, another stamp; limits in hours are judged by both clocks."""
    begins, ends = begins_of(context, card), str(card.parameters["to"])
    owed = duties(context, card, begins)
    evidence = Evidence(context, card, owed, begins, ends)
    if by_hours(card):
        return _by_both_clocks(context, card, owed, evidence)
    out = evidence.judge(owed.due)
    made = judgement(card, owed.who, out, (begins, ends), owed.start, period_at=owed.due.earliest)
    made.clock = clock_of(card)
    return made


class Evidence:
    """What a deadline is judged by, apart from its due instant."""

    def __init__(self, context: Context, card: Card, owed: Duties, begins: str, ends: str) -> None:
        view, rows, start = owed.who.view, owed.who.rows, owed.start
        self.names, self.as_of, self.start, self.end = (
            (begins, ends),
            context.as_of,
            start,
            view.ts(ends)[rows],
        )
        by_days = not by_hours(card)
        if by_days:  # a date-only end of the same day counts as after (reading same_day_after)
            same_day = view.coarse(ends)[rows] & (self.end < start) & (self.end + DAY > start)
            self.end = np.where(same_day & (self.end != NAT), start, self.end)
        self.start_hole = view.timed_hole(begins, by_days)[rows]
        self.end_hole = view.timed_hole(ends, by_days)[rows]
        self.end_after = view.after(ends)[rows]
        bound_start = (self.start_hole == 0) & (view.after(begins)[rows] != NAT) & (start != NAT)
        self.start_hole = np.where(bound_start, Reason.ONLY_BOUND, self.start_hole).astype(np.int16)
        bounded_by = str(card.parameters.get("bounded_by", ""))
        self.bound = view.ts(bounded_by)[rows] if bounded_by else np.full(len(rows), NAT, np.int64)
        # done with the matter ends the wait for a stamp of its own; acts on other records go by their promise
        over = np.zeros(len(rows), bool) if _is_linked(card, ends) else view.is_closed()[rows]
        self.closed = over | (self.bound != NAT)
        if "from" not in card.parameters:  # a promise has no begin that an act could come before
            self.start = np.where(start == NAT, NAT, NAT + 1)
        kept_since = view.base.facts.since.get(ends)
        self.before_since = np.zeros(len(rows), bool) if kept_since is None else start < kept_since
        self.proves = context.promised(card, start)

    def judge(self, due: Due) -> Outcome:
        """Verdicts by these due instants."""
        return deadline(
            self.start,
            self.end,
            due,
            self.as_of,
            start_hole=self.start_hole,
            end_hole=self.end_hole,
            closed=self.closed,
            bound=self.bound,
            before_since=self.before_since,
            absence_proves=self.proves,
            end_after=self.end_after,
        )


def _by_both_clocks(context: Context, card: Card, owed: Duties, evidence: Evidence) -> Judgement:
    who, start = owed.who, owed.start
    amount, _ = context.limit_of(limits(card), start)
    paused = context.pauses_of(who.view, who.rows) if context.ask("pauses", card) == "recorded" else None
    clocks = {"elapsed": context.elapsed.due_after(start, amount, paused)}
    clocks["open_hours"] = context.hours.due_after(start, amount, paused)
    decides = context.ask("clock_choice", card)
    second = "open_hours" if decides == "elapsed" else "elapsed"
    out, other = evidence.judge(clocks[decides]), evidence.judge(clocks[second])
    made = judgement(card, who, out, evidence.names, start, period_at=clocks[decides].earliest)
    put_over(other, who, len(evidence.names))
    made.clock, made.other = decides, other
    made.edge = _edge(who, evidence, out)
    return made


def _edge(who: Population, evidence: Evidence, out: Outcome) -> Bools:
    """Verdicts within one unit of a stamp of the limit, so not quite certain (reading minute_precision_edges)."""
    unit = max(who.view.base.unit(name) for name in evidence.names)
    if not unit:
        return np.zeros(len(who.rows), bool)
    decided = np.isin(out.verdict, (Verdict.MET, Verdict.BREACHED))
    near = decided & (evidence.end != NAT) & (out.due != NAT)
    return np.asarray(near & (np.abs(np.where(near, evidence.end - out.due, 0)) < unit))


def judge_sequence(context: Context, card: Card) -> Judgement:
    """Steps that must not run backwards; those ``required`` (and ``fields``) must be there when it falls due."""
    steps, required = words(card, "steps"), (*words(card, "required"), *words(card, "fields"))
    names = (*steps, *(name for name in required if name not in steps))
    owed = duties(context, card, born(card))
    view, rows, due = owed.who.view, owed.who.rows, owed.due
    stamps = [view.ts(step)[rows] for step in steps]
    last = stamps[_last_owed(card, steps)]
    out = Outcome.blank(due.due, last)
    finished = np.ones(len(rows), bool)
    wrong = runs_back(stamps, [view.coarse(step)[rows] for step in steps])
    out.settle(wrong, Verdict.BREACHED, Reason.OUT_OF_ORDER)
    for place, name in enumerate(names):
        if name in required:
            there, hole = _there(context, card, owed, name)
            out.settle_holes(hole, place)
            finished &= there
    if card.parameters.get("unbroken"):
        _settle_gaps(out, owed, steps, stamps)
    right, must_hole = as_it_must_be(card, view, rows)
    out.settle_holes(must_hole, len(names))
    _settle_start(out, owed, card, len(names))
    if card.parameters.get("in_time"):
        out.settle((last != NAT) & (last > due.latest), Verdict.BREACHED, Reason.LATE)
    ready = (last != NAT) & finished
    out.settle(ready & right, Verdict.MET, Reason.IN_ORDER)
    out.settle(context.as_of <= due.earliest, Verdict.PENDING, Reason.INSIDE)
    out.settle(context.as_of <= due.latest, Verdict.NO_DATA, Reason.BEYOND_CALENDAR, len(names))
    out.settle(~finished, Verdict.BREACHED, Reason.MISSING)
    out.settle(~right, Verdict.BREACHED, Reason.NOT_ALLOWED)
    out.settle(np.ones(len(rows), bool), Verdict.MET, Reason.IN_ORDER)
    fields = (*names, born(card))
    made = judgement(card, owed.who, out, fields, owed.start, period_at=due.earliest)
    made.clock = clock_of(card) if clock_of(card) == "calendar_period" else ""
    return made


def _last_owed(card: Card, steps: tuple[str, ...]) -> int:
    """The step that ``in_time`` looks at: the last one required, where steps after it are there for order only."""
    required = words(card, "required") if card.parameters.get("in_time") else ()
    return max((place for place, step in enumerate(steps) if step in required), default=len(steps) - 1)


def _settle_gaps(out: Outcome, owed: Duties, steps: tuple[str, ...], stamps: list[Ints]) -> None:
    """A step without a stamp although a later one has it: nobody can say whether it was left out or came after."""
    for place, step in enumerate(steps[:-1]):
        out.settle_holes(owed.who.view.timed_hole(step, coarse_is_enough=True)[owed.who.rows], place)
        later = np.any([stamp != NAT for stamp in stamps[place + 1 :]], axis=0)
        out.settle((stamps[place] == NAT) & later, Verdict.NO_DATA, Reason.NULL_VALUE, place)


def _there(context: Context, card: Card, owed: Duties, name: str) -> tuple[Bools, Codes]:
    """Rows in which a field is filled, and its holes; of ``phone|email`` one is enough."""
    view, rows = owed.who.view, owed.who.rows
    there, hole = np.zeros(len(rows), bool), np.zeros(len(rows), np.int16)
    for one in name.split("|"):
        there |= _filled(view, rows, one)
        why = view.timed_hole(one, coarse_is_enough=not by_hours(card))[rows]
        hole = np.where(hole != 0, hole, why)
    if "|" in name:
        hole = np.where(there, 0, hole)
    return there, absent(context, card, owed, name, there, hole.astype(np.int16))


def absent(context: Context, card: Card, owed: Duties, name: str, there: Bools, hole: Codes) -> Codes:
    """Holes of a field; where it comes from linked rows, none of them proves nothing without a promise."""
    if not card.absence_of or not any(_is_linked(card, one) for one in name.split("|")):
        return hole
    late = context.as_of > owed.due.earliest
    missing = ~there & late & (owed.start != NAT) & ~context.promised(card, owed.start)
    return np.where((hole == 0) & missing, Reason.ROW_MISSING, hole).astype(np.int16)


def _is_linked(card: Card, name: str) -> bool:
    column = card.columns.get(name)
    if column is None:
        return False
    if column.take == "path":  # it leads to a record of its own, which may be promised
        return bool(card.absence_of)
    return bool(column.of) or any(_is_linked(card, one) for one in column.names)


def as_it_must_be(card: Card, view: View, rows: Ints) -> tuple[Bools, Codes]:
    """Rows whose fields have the values that ``must`` asks for, and the holes in them."""
    right, hole = np.ones(len(rows), bool), np.zeros(len(rows), np.int16)
    for name, wanted in cast("dict[str, Wanted]", card.parameters.get("must", {})).items():
        right &= holds(view, name, wanted)[0][rows]
        why = view.timed_hole(name, coarse_is_enough=True)[rows]
        hole = np.where(hole != 0, hole, why).astype(np.int16)
    return right, hole


def _settle_start(out: Outcome, owed: Duties, card: Card, field: int) -> None:
    """Without the instant a duty began nothing can fall due."""
    view = owed.who.view
    hole = view.timed_hole(born(card), coarse_is_enough=not by_hours(card))
    out.settle_holes(hole[owed.who.rows], field)
    out.settle(owed.start == NAT, Verdict.NO_DATA, Reason.NO_START, field)


def judge_completeness(context: Context, card: Card) -> Judgement:
    """Fields that must be filled by a due instant; ``contains`` asks for the keys of a list."""
    begins, fields = born(card), words(card, "fields")
    keys = (*words(card, "contains"), *words(card, "contains_also"))
    owed = duties(context, card, begins)
    view, rows = owed.who.view, owed.who.rows
    present, holes = np.ones(len(rows), bool), []
    for name in fields:
        if keys:
            there, hole = _contains(view, rows, name, keys), view.hole(name)[rows]
            hole = absent(context, card, owed, name, there, hole)
        else:
            there, hole = _there(context, card, owed, name)
        present &= there
        holes.append(hole)
    right, must_hole = as_it_must_be(card, view, rows)
    if "must" in card.parameters:
        holes.append(must_hole)
        fields = (*fields, next(iter(cast("dict[str, Wanted]", card.parameters["must"]))))
    if "among" in card.parameters:
        listed, unlisted = belongs(context, card, view, rows, owed.start)
        right, fields = right & listed, (*fields, fields[0])
        holes.append(unlisted)
    holes.append(view.timed_hole(begins, coarse_is_enough=not by_hours(card))[rows])
    done_by = str(card.parameters.get("done", ""))
    done = view.ts(done_by)[rows] if done_by else np.full(len(rows), NAT, np.int64)
    out = completeness(present & right, holes, done, owed.due, context.as_of)
    wrong = present & ~right & (out.reason == Reason.MISSING)
    out.reason[wrong] = Reason.NOT_ALLOWED
    names = tuple(name.partition("|")[0] for name in fields)
    made = judgement(card, owed.who, out, (*names, begins), owed.start, period_at=owed.due.earliest)
    made.clock = clock_of(card) if clock_of(card) == "calendar_period" else ""
    return made


def _contains(view: View, rows: Ints, name: str, keys: tuple[str, ...]) -> Bools:
    """Rows whose list has all of ``keys``; few lists differ, so each is looked at once."""
    if view.type_of(name) == "values":
        listed = view.values(name)
        bits = np.int64(sum(1 << listed.index(key) for key in keys)) if listed else np.int64(1)
        return np.asarray((view.number(name)[rows] & bits) == bits)
    codes, lists = pd.factorize(view.text(name).iloc[rows])
    whole = [frozenset(keys).issubset(given.split("|")) for given in lists]
    return np.array([*whole, False])[codes]  # null has the code -1


def _filled(view: View, rows: Ints, name: str) -> Bools:
    return filled(view, name)[rows]


def judge_threshold(context: Context, card: Card) -> Judgement:
    """A share of two counts of one record, due at its own instant; what was never counted is not judged."""
    at, part, whole, once = (str(card.parameters[name]) for name in ("from", "part", "whole", "once"))
    who = population(context, card, at)
    counted = (who.view.ts(once) != NAT) | (who.view.timed_hole(once, coarse_is_enough=True) != 0)
    who = who.only(counted[who.rows])
    start = who.view.ts(at)[who.rows]
    percent, early = context.limit_of(limits(card), start)
    who, start, percent = who.only(~early), start[~early], percent[~early]
    holes = [who.view.timed_hole(name, coarse_is_enough=True)[who.rows] for name in (part, whole, once, at)]
    out = share(who.view.number(part)[who.rows], who.view.number(whole)[who.rows], percent, start, holes)
    made = judgement(card, who, out, (part, whole, once, at), start)
    made.lasting = True
    return made
