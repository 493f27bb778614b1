"""How a card of each kind is judged from its own words; what these cannot say is in ``functions``."""

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
from audits.population import Population, judgement, population
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


def begins_of(context: Context, card: Card) -> str:
    """The stamp that starts the duty; a card may leave it to a reading (``from: reading NAME``)."""
    word = str(card.parameters["from"])
    if word.startswith("reading "):
        return str(context.rules.readings.value(word.removeprefix("reading "), card.id))
    return word


def due_of(context: Context, card: Card, start: Ints) -> tuple[Due, Bools]:
    """Due instants by the words of the card (elapsed hours or working days), and rows not yet in force."""
    dated = limits(card)
    if not dated:
        return Due(start, start, start), np.zeros(len(start), bool)
    amount, early = context.limit_of(dated, start)
    if next(iter(dated.values())).unit == "working_days":
        return due_end_of_days(context, card, start, amount), early
    return context.elapsed.due_after(start, amount), early


def judge_deadline(context: Context, card: Card) -> Judgement:
    """A stamp, a limit, another stamp; limits in hours are judged by both clocks."""
    begins, ends = begins_of(context, card), str(card.parameters["to"])
    who = population(context, card, begins)
    start = who.view.ts(begins)[who.rows]
    by_days = any(limit.unit == "working_days" for limit in limits(card).values())
    due, early = due_of(context, card, start)
    who, start, due = _in_force(who, start, due, early)
    evidence = _Evidence(context, card, who, start, begins, ends, by_days)
    if by_days:
        made = judgement(card, who, evidence.judge(due), (begins, ends), start, period_at=due.earliest)
        made.clock = "working_days"
        return made
    return _by_both_clocks(context, card, who, evidence, start)


def _in_force(who: Population, start: Ints, due: Due, early: Bools) -> tuple[Population, Ints, Due]:
    if not early.any():
        return who, start, due
    keep = ~early
    kept = Population(who.view, who.rows[keep], who.hole[keep], who.field[keep])
    return kept, start[keep], Due(*(part[keep] for part in due))


class _Evidence:
    """What a deadline is judged by, apart from its due instant."""

    def __init__(
        self,
        context: Context,
        card: Card,
        who: Population,
        start: Ints,
        begins: str,
        ends: str,
        by_days: bool,
    ) -> None:
        view, rows = who.view, who.rows
        self.names = (begins, ends)
        self.as_of, self.start, self.end = context.as_of, start, view.ts(ends)[rows]
        if by_days:  # a date-only end of the same day counts as after (reading same_day_after)
            same_day = view.coarse(ends)[rows] & (self.end < start) & (self.end + DAY > start)
            self.end = np.where(same_day & (self.end != NAT), start, self.end)
        self.start_hole = view.timed_hole(begins, by_days)[rows]
        self.end_hole = view.timed_hole(ends, by_days)[rows]
        self.closed = view.is_closed()[rows]
        bounded_by = str(card.parameters.get("bounded_by", ""))
        self.bound = view.ts(bounded_by)[rows] if bounded_by else np.full(len(rows), NAT, np.int64)
        kept_since = view.base.facts.since.get(ends)
        self.before_since = np.zeros(len(rows), bool) if kept_since is None else start < kept_since
        if bounded_by:  # done with the matter ends the wait for a stamp of its own
            self.closed = self.closed | (self.bound != NAT)
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


def _by_both_clocks(
    context: Context, card: Card, who: Population, evidence: _Evidence, start: Ints
) -> Judgement:
    amount, _ = context.limit_of(limits(card), start)
    paused = context.pauses_of(who.view, who.rows) if context.ask("pauses", card) == "recorded" else None
    clocks = {"elapsed": context.elapsed.due_after(start, amount, paused)}
    clocks["open_hours"] = context.hours.due_after(start, amount, paused)
    decides = context.ask("clock_choice", card)
    second = "open_hours" if decides == "elapsed" else "elapsed"
    due = clocks[decides]
    made = judgement(
        card, who, evidence.judge(due), evidence.names, start,
        period_at=due.earliest,
    )  # fmt: skip
    other = evidence.judge(clocks[second])
    other.verdict[made.outcome.verdict == Verdict.NOT_APPLICABLE] = Verdict.NOT_APPLICABLE
    other.verdict[who.hole != 0] = Verdict.NO_DATA
    made.clock, made.other = decides, other
    made.edge = _edge(who, evidence.names, evidence.end, due.due)
    return made


def _edge(who: Population, names: tuple[str, str], end: Ints, due: Ints) -> Bools:
    """Rows whose stamp, being coarse, lies within one unit of the limit (reading minute_precision_edges)."""
    unit = max(who.view.base.unit(name) for name in names)
    near = (end != NAT) & (due != NAT) & (unit > 1_000_000)
    return np.asarray(near & (np.abs(np.where(near, end - due, 0)) < unit))


def judge_sequence(context: Context, card: Card) -> Judgement:
    """Steps that must not run backwards; with ``all_required`` each must be there when it falls due."""
    steps, begins = words(card, "steps"), str(card.parameters["from"])
    who = population(context, card, begins)
    view, rows = who.view, who.rows
    start = view.ts(begins)[rows]
    due, _ = due_of(context, card, start)
    stamps = [view.ts(step)[rows] for step in steps]
    wrong = runs_back(stamps, [view.coarse(step)[rows] for step in steps])
    out = Outcome.blank(due.due, stamps[-1])
    required = set(words(card, "required"))
    for place, (step, stamp) in enumerate(zip(steps, stamps, strict=True)):
        hole = view.timed_hole(step, coarse_is_enough=True)[rows]
        out.settle_holes(
            np.where(stamp == NAT, hole, 0).astype(np.int16) if step in required else hole * 0, place
        )
    out.settle(start == NAT, Verdict.NO_DATA, Reason.NO_START, 0)
    out.settle(wrong, Verdict.BREACHED, Reason.OUT_OF_ORDER)
    finished = np.all(
        [stamp != NAT for step, stamp in zip(steps, stamps, strict=True) if step in required], axis=0
    )
    last = stamps[-1] != NAT
    if card.parameters.get("in_time"):
        out.settle(last & (stamps[-1] > due.latest), Verdict.BREACHED, Reason.LATE)
    out.settle(last & finished, Verdict.MET, Reason.IN_ORDER)
    out.settle(context.as_of <= due.earliest, Verdict.PENDING, Reason.INSIDE)
    out.settle(context.as_of <= due.latest, Verdict.NO_DATA, Reason.BEYOND_CALENDAR, 0)
    out.settle(~finished, Verdict.BREACHED, Reason.MISSING)
    out.settle(np.ones(len(rows), bool), Verdict.MET, Reason.IN_ORDER)
    return judgement(card, who, out, steps, start, period_at=due.earliest)


def judge_completeness(context: Context, card: Card) -> Judgement:
    """Fields that must be filled by a due instant; ``contains`` asks for the keys of a list."""
    begins = str(card.parameters["from"])
    who = population(context, card, begins)
    view, rows = who.view, who.rows
    start = view.ts(begins)[rows]
    due, _ = due_of(context, card, start)
    fields = words(card, "fields")
    keys = words(card, "contains")
    present = np.ones(len(rows), bool)
    for name in fields:
        present &= _contains(view, rows, name, keys) if keys else _filled(view, rows, name)
    holes = [view.timed_hole(name, coarse_is_enough=True)[rows] for name in fields]
    done_by = str(card.parameters.get("done", ""))
    done = view.ts(done_by)[rows] if done_by else np.full(len(rows), NAT, np.int64)
    out = completeness(present, holes, done, due, context.as_of, start_known=start != NAT)
    return judgement(card, who, out, fields, start, period_at=due.earliest)


def _contains(view: View, rows: Ints, name: str, keys: tuple[str, ...]) -> Bools:
    given = view.base.text(name).iloc[view.pos[rows]].fillna("")
    sets = given.str.split("|").map(frozenset(keys).issubset)
    return sets.to_numpy(dtype=bool)


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
    """A share of two counts of one record, due at its own instant."""
    at, part, whole = (str(card.parameters[name]) for name in ("from", "part", "whole"))
    who = population(context, card, at)
    present = who.view.ts(str(card.parameters.get("once", at)))[who.rows] != NAT
    who = Population(who.view, who.rows[present], who.hole[present], who.field[present])
    start = who.view.ts(at)[who.rows]
    percent = context.limit_of(limits(card), start)[0]
    out = share(
        who.view.number(part)[who.rows], who.view.number(whole)[who.rows], int(percent.max(initial=0)), start
    )
    made = judgement(card, who, out, (f"qa_check.{part}", f"qa_check.{whole}"), start)
    made.lasting = True
    return made


def judge_rate(context: Context, card: Card) -> Judgement:
    """Cohorts of a calendar month by their counts."""
    members = members_of(context, card)
    percent = int(context.limit_of(limits(card), members.start)[0].max(initial=0))
    out = rate(members.part, members.known, members.unknown, percent, members.due, context.as_of)
    before = members.start < (members.promised if members.promised is not None else NAT)
    _undo_before(out, np.asarray(before))
    made = cohort_judgement(card, members, out)
    made.lasting = True
    return made


def _undo_before(out: Outcome, before: Bools) -> None:
    rows = before & (out.verdict != Verdict.PENDING) & (out.verdict != Verdict.NOT_APPLICABLE)
    out.verdict[rows], out.reason[rows], out.field[rows] = Verdict.NO_DATA, Reason.BEFORE_SINCE, 0


class Members:
    """Counts of a rate by cohort (arrays of one length, in the order of the months)."""

    def __init__(
        self, keys: npt.NDArray[Any], start: Ints, end: Ints, window: int, promised: int | None
    ) -> None:
        self.keys, self.start, self.end, self.promised = keys, start, end, promised
        self.window, self.due = window, end + window
        self.part = self.known = self.unknown = self.excluded = np.zeros(len(keys), np.int64)


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
    members = Members(keys, start, end, window, view.base.facts.complete_since)
    out = _outside(context, card, view, view_rows)
    done, unknown = _counts(card, view, view_rows, at, window)
    unknown |= unsure
    size = len(keys)
    members.excluded = np.bincount(place[out], minlength=size).astype(np.int64)
    members.part = np.bincount(place[~out & done & ~unknown], minlength=size).astype(np.int64)
    members.known = np.bincount(place[~out & ~unknown], minlength=size).astype(np.int64)
    members.unknown = np.bincount(place[~out & unknown], minlength=size).astype(np.int64)
    return members


def _outside(context: Context, card: Card, view: View, rows: Ints) -> Bools:
    """Rows that stand outside the rate (bounced surveys, by their reading)."""
    if "without" not in card.parameters or context.ask("bounced_surveys", card) == "in":
        return np.zeros(len(rows), bool)
    return np.asarray(view.flag(str(card.parameters["without"]))[rows] == 1)


def window_of(context: Context, card: Card) -> int:
    """Microseconds after its month in which a cohort's answers still count."""
    reading = str(card.parameters.get("window", ""))
    return context.figure(reading, card) * DAY if reading else 0


def _counts(card: Card, view: View, rows: Ints, at: Ints, window: int) -> tuple[Bools, Bools]:
    """Rows that did it, and rows of which it is not known."""
    counts = str(card.parameters["counts"])
    if "=" in counts:
        name, _, wanted = counts.partition("=")
        values = view.code(name)[rows]
        index = MODEL[view.base.name].fields[name].values.index(wanted)
        return values == index, (values < 0) | (view.hole(name)[rows] != 0)
    stamp = view.ts(counts)[rows]
    hole = view.timed_hole(counts, coarse_is_enough=True)[rows]
    return (stamp != NAT) & (stamp <= at + window), hole != 0


def cohort_judgement(card: Card, members: Members, out: Outcome) -> Judgement:
    """A judgement whose records are cohorts."""
    frame = pd.DataFrame({"id": pd.Series(members.keys, dtype="str")})
    table = Table(COHORT, frame, EntityFacts(frozenset({"id"})), NAT)
    view = View(COHORT, table, np.arange(len(frame), dtype=np.int64))
    for name in ("part", "known", "unknown", "excluded", "end"):
        view.numbers[name] = getattr(members, name)
    field = str(card.parameters.get("counts", card.parameters.get("by", ""))).partition("=")[0]
    names = (f"{card.of}.{field}",)
    return Judgement(card, view, view.pos, out, names, members.start, out.due, "calendar_period")
