"""How a card of each kind is judged from its own words; what these cannot say is in ``functions``."""

from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from audits.calendars import Due
from audits.cards import Card, Limit
from audits.checks.completeness import completeness
from audits.checks.deadline import deadline
from audits.checks.outcome import Outcome
from audits.checks.rate import rate
from audits.checks.sequence import runs_back
from audits.checks.threshold import share
from audits.context import Context, Judgement, due_end_of_days
from audits.facts import EntityFacts
from audits.model import MODEL
from audits.population import Population, judgement, population, put_over
from audits.tables import Ints, Table
from audits.views import View
from audits.words import DAY, NAT, Reason, Verdict

Bools = npt.NDArray[np.bool_]

COHORT = "cohort"


def limits(card: Card) -> dict[str, Limit]:
    """The card's dated limits; empty when the act is due at the event itself."""
    return cast(dict[str, Limit], card.parameters.get("limit", {}))


def words(card: Card, name: str) -> tuple[str, ...]:
    """A list parameter of the card."""
    return tuple(cast("list[str]", card.parameters.get(name, ())))


def born(card: Card) -> str:
    """The stamp that starts the duty."""
    return str(card.parameters["from"])


def begins_of(context: Context, card: Card) -> str:
    """The same; a card may leave it to a reading (``from: reading NAME``)."""
    word = born(card)
    if word.startswith("reading "):
        return str(context.rules.readings.value(word.removeprefix("reading "), card.id))
    return word


@dataclass(frozen=True)
class Duties:
    """Rows of a card, the instants their duties began, and when they fall due."""

    who: Population
    start: Ints
    due: Due

    def only(self, keep: Bools) -> "Duties":
        """The rows of ``keep``."""
        if keep.all():
            return self
        return Duties(self.who.only(keep), self.start[keep], Due(*(part[keep] for part in self.due)))


def duties(context: Context, card: Card, begins: str) -> Duties:
    """Who owes what by when, by the words of the card: elapsed hours, working days, or at the event itself.

    What began before the first of the card's dated limits was in force is no duty.
    """
    who = population(context, card, begins)
    start, dated = who.view.ts(begins)[who.rows], limits(card)
    if not dated:
        return Duties(who, start, Due(start, start, start))
    amount, early = context.limit_of(dated, start)
    if by_hours(card):
        due = context.elapsed.due_after(start, amount)
    else:
        due = due_end_of_days(context, card, start, amount)
    return Duties(who, start, due).only(~early)


def by_hours(card: Card) -> bool:
    """Whether the card's limit is in hours or minutes: then a date without a time says too little."""
    return any(limit.unit == "us" for limit in limits(card).values())


def judge_deadline(context: Context, card: Card) -> Judgement:
    """A stamp, a limit, another stamp; limits in hours are judged by both clocks."""
    begins, ends = begins_of(context, card), str(card.parameters["to"])
    owed = duties(context, card, begins)
    evidence = _Evidence(context, card, owed, begins, ends)
    if by_hours(card):
        return _by_both_clocks(context, card, owed, evidence)
    out = evidence.judge(owed.due)
    made = judgement(card, owed.who, out, (begins, ends), owed.start, period_at=owed.due.earliest)
    made.clock = "working_days"
    return made


class _Evidence:
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
        bounded_by = str(card.parameters.get("bounded_by", ""))
        self.bound = view.ts(bounded_by)[rows] if bounded_by else np.full(len(rows), NAT, np.int64)
        # done with the matter ends the wait for a stamp of its own
        self.closed = view.is_closed()[rows] | (self.bound != NAT)
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
        )


def _by_both_clocks(context: Context, card: Card, owed: Duties, evidence: _Evidence) -> Judgement:
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


def _edge(who: Population, evidence: _Evidence, out: Outcome) -> Bools:
    """Verdicts within one unit of a stamp of the limit, so not quite certain (reading minute_precision_edges)."""
    unit = max(who.view.base.unit(name) for name in evidence.names)
    if not unit:
        return np.zeros(len(who.rows), bool)
    decided = np.isin(out.verdict, (Verdict.MET, Verdict.BREACHED))
    near = decided & (evidence.end != NAT) & (out.due != NAT)
    return np.asarray(near & (np.abs(np.where(near, evidence.end - out.due, 0)) < unit))


def judge_sequence(context: Context, card: Card) -> Judgement:
    """Steps that must not run backwards; those ``required`` must be there when it falls due."""
    steps, required = words(card, "steps"), set(words(card, "required"))
    owed = duties(context, card, born(card))
    view, rows, due = owed.who.view, owed.who.rows, owed.due
    stamps = [view.ts(step)[rows] for step in steps]
    last = stamps[-1]
    out = Outcome.blank(due.due, last)
    finished = np.ones(len(rows), bool)
    wrong = runs_back(stamps, [view.coarse(step)[rows] for step in steps])
    out.settle(wrong, Verdict.BREACHED, Reason.OUT_OF_ORDER)
    for place, (step, stamp) in enumerate(zip(steps, stamps, strict=True)):
        if step in required:
            out.settle_holes(view.timed_hole(step, coarse_is_enough=not by_hours(card))[rows], place)
            finished &= stamp != NAT
    _settle_start(out, owed, card, len(steps))
    if card.parameters.get("in_time"):
        out.settle((last != NAT) & (last > due.latest), Verdict.BREACHED, Reason.LATE)
    out.settle((last != NAT) & finished, Verdict.MET, Reason.IN_ORDER)
    out.settle(context.as_of <= due.earliest, Verdict.PENDING, Reason.INSIDE)
    out.settle(context.as_of <= due.latest, Verdict.NO_DATA, Reason.BEYOND_CALENDAR, len(steps))
    out.settle(~finished, Verdict.BREACHED, Reason.MISSING)
    out.settle(np.ones(len(rows), bool), Verdict.MET, Reason.IN_ORDER)
    fields = (*steps, born(card))
    return judgement(card, owed.who, out, fields, owed.start, period_at=due.earliest)


def _settle_start(out: Outcome, owed: Duties, card: Card, field: int) -> None:
    """Without the instant a duty began nothing can fall due."""
    view = owed.who.view
    out.settle_holes(view.timed_hole(born(card), coarse_is_enough=not by_hours(card))[owed.who.rows], field)
    out.settle(owed.start == NAT, Verdict.NO_DATA, Reason.NO_START, field)


def judge_completeness(context: Context, card: Card) -> Judgement:
    """Fields that must be filled by a due instant; ``contains`` asks for the keys of a list."""
    begins, fields, keys = born(card), words(card, "fields"), words(card, "contains")
    owed = duties(context, card, begins)
    view, rows = owed.who.view, owed.who.rows
    present = np.ones(len(rows), bool)
    for name in fields:
        present &= _contains(view, rows, name, keys) if keys else _filled(view, rows, name)
    days_do = not by_hours(card)
    holes = [view.timed_hole(name, coarse_is_enough=days_do)[rows] for name in (*fields, begins)]
    done_by = str(card.parameters.get("done", ""))
    done = view.ts(done_by)[rows] if done_by else np.full(len(rows), NAT, np.int64)
    out = completeness(present, holes, done, owed.due, context.as_of)
    return judgement(card, owed.who, out, (*fields, begins), owed.start, period_at=owed.due.earliest)


def _contains(view: View, rows: Ints, name: str, keys: tuple[str, ...]) -> Bools:
    """Rows whose list has all of ``keys``; few lists differ, so each is looked at once."""
    codes, lists = pd.factorize(view.base.text(name).iloc[view.pos[rows]])
    whole = [frozenset(keys).issubset(given.split("|")) for given in lists]
    return np.array([*whole, False])[codes]  # null has the code -1


def _filled(view: View, rows: Ints, name: str) -> Bools:
    kind = view.base.frame[name].dtype if name in view.base.frame.columns else None
    if name in view.stamps or isinstance(kind, pd.DatetimeTZDtype):
        return np.asarray(view.ts(name)[rows] != NAT)
    if str(kind) == "boolean":
        return np.asarray(view.flag(name)[rows] == 1)
    if str(kind) in {"Int32", "Int64"}:
        return np.asarray(view.number(name)[rows] > 0)
    return view.base.text(name).iloc[view.pos[rows]].notna().to_numpy()


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


def judge_rate(context: Context, card: Card) -> Judgement:
    """Cohorts of a calendar month by their counts."""
    members = members_of(context, card)
    members.percent, early = context.limit_of(limits(card), members.start)
    members = members.only(~early)
    out = rate(members.part, members.known, members.unknown, members.percent, members.due, context.as_of)
    members.before_promise(out)
    made = cohort_judgement(card, members, out)
    made.lasting = True
    return made


@dataclass
class Members:
    """Counts of a rate by cohort (arrays of one length, in the order of the months).

    Args:
        keys: ``2026-09``.
        start, end: first instant and last microsecond of each month.
        due: instant each cohort closes.
        part, known, unknown, excluded: members that did it, of which it is known, not known, outside.
        percent: the target of each cohort.
        promised: since when the source is complete; None promises nothing.
    """

    keys: npt.NDArray[Any]
    start: Ints
    end: Ints
    due: Ints
    part: Ints
    known: Ints
    unknown: Ints
    excluded: Ints
    percent: Ints
    promised: int | None

    def only(self, keep: Bools) -> "Members":
        """The cohorts of ``keep``."""
        columns = (name for name in self.__dict__ if name != "promised")
        return replace(self, **{name: getattr(self, name)[keep] for name in columns})

    def before_promise(self, out: Outcome) -> None:
        """A cohort that began before its source was complete has members nobody sees."""
        if self.promised is None:
            return
        settled = (out.verdict == Verdict.MET) | (out.verdict == Verdict.BREACHED)
        rows = (self.start < self.promised) & (settled | (out.reason == Reason.NO_CONDITION))
        out.verdict[rows], out.reason[rows], out.field[rows] = Verdict.NO_DATA, Reason.BEFORE_SINCE, 0


def members_of(context: Context, card: Card) -> Members:
    """Count the cohorts of a rate card.

    Parameters it reads: ``by`` (stamp that places a record in its month), ``counts`` (``field: value`` or
    a stamp within ``window``), ``without`` (a flag whose true rows stand outside the rate).
    """
    by = str(card.parameters["by"])
    who = population(context, card, by)
    view, rows = who.view, who.rows
    at = view.ts(by)[rows]
    use = at != NAT
    view_rows, at, unsure = rows[use], at[use], who.hole[use] != 0
    own = np.array([context.as_of, context.period.start, context.period.start - 1], np.int64)
    keys, start, end = context.months_of(np.append(at, own))
    place = np.searchsorted(start, at, "right") - 1
    window = window_of(context, card)
    out = _outside(context, card, view, view_rows)
    done, unknown = _counts(card, view, view_rows, by, window)
    unknown |= unsure
    size = len(keys)
    part, known, doubt, outside = (
        np.bincount(place[which], minlength=size).astype(np.int64)
        for which in (~out & done & ~unknown, ~out & ~unknown, ~out & unknown, out)
    )
    percent = np.zeros(size, np.int64)
    promised = view.base.facts.complete_since
    return Members(keys, start, end, end + window, part, known, doubt, outside, percent, promised)


def _outside(context: Context, card: Card, view: View, rows: Ints) -> Bools:
    """Rows that stand outside the rate (bounced surveys, by their reading)."""
    if "without" not in card.parameters or context.ask("bounced_surveys", card) == "in":
        return np.zeros(len(rows), bool)
    return np.asarray(view.flag(str(card.parameters["without"]))[rows] == 1)


def window_of(context: Context, card: Card) -> int:
    """Microseconds after its month in which a cohort's answers still count."""
    reading = str(card.parameters.get("window", ""))
    return context.figure(reading, card) * DAY if reading else 0


def _counts(card: Card, view: View, rows: Ints, by: str, window: int) -> tuple[Bools, Bools]:
    """Rows that did it, and rows of which it is not known: a hole, or an answer before the question."""
    counts = str(card.parameters["counts"])
    if "=" in counts:
        name, _, wanted = counts.partition("=")
        values = view.code(name)[rows]
        index = MODEL[view.base.name].fields[name].values.index(wanted)
        return values == index, (values < 0) | (view.hole(name)[rows] != 0)
    asked, stamp = view.ts(by)[rows], view.ts(counts)[rows]
    asked_day, stamp_day = view.coarse(by)[rows], view.coarse(counts)[rows]
    until = np.where(asked_day, asked + DAY - 1, asked) + window  # a date alone lasts until its day ends
    reversed_ = (stamp != NAT) & (np.where(stamp_day, stamp + DAY - 1, stamp) < asked)
    hole = view.timed_hole(counts, coarse_is_enough=True)[rows]
    return (stamp != NAT) & (stamp <= until), (hole != 0) | reversed_


def cohort_judgement(card: Card, members: Members, out: Outcome) -> Judgement:
    """A judgement whose records are cohorts."""
    frame = pd.DataFrame({"id": pd.Series(members.keys, dtype="str")})
    table = Table(COHORT, frame, EntityFacts(frozenset({"id"})), NAT)
    view = View(COHORT, table, np.arange(len(frame), dtype=np.int64))
    for name in ("part", "known", "unknown", "excluded", "end", "percent"):
        view.numbers[name] = getattr(members, name)
    field = str(card.parameters.get("counts", card.parameters.get("by", ""))).partition("=")[0]
    names = (f"{card.of}.{field}",)
    return Judgement(card, view, view.pos, out, names, members.start, out.due, "calendar_period")
