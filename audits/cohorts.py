"""Rates and goals: one verdict for all records of a calendar period (law 12)."""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from audits.cards import Card
from audits.checks.outcome import Outcome
from audits.checks.rate import rate
from audits.context import Context, Judgement
from audits.duties import limits
from audits.facts import EntityFacts
from audits.model import DECIMAL_SCALE
from audits.population import population
from audits.resolved import MONTHS
from audits.tables import Ints, Table
from audits.views import View
from audits.words import DAY, NAT, Reason, Verdict

Bools = npt.NDArray[np.bool_]

COHORT: Final = "cohort"


def judge_rate(context: Context, card: Card) -> Judgement:
    """Cohorts of a calendar period by their counts; a target of 0 % is none, so there is nothing to judge."""
    members = members_of(context, card)
    members.percent, early = context.limit_of(limits(card), members.start)
    members = members.only(~early & in_year(context, card, members.start))
    out = Outcome.blank(members.due, np.full(len(members.due), NAT, np.int64))
    out.settle(
        (members.percent == 0) & (context.as_of > members.due), Verdict.NOT_APPLICABLE, Reason.NO_CONDITION
    )
    judged = rate(members.part, members.known, members.unknown, members.percent, members.due, context.as_of)
    rows = out.verdict < 0
    out.verdict[rows], out.reason[rows], out.field[rows] = (
        judged.verdict[rows], judged.reason[rows], judged.field[rows]
    )  # fmt: skip
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
    keys, start, end = context.months_of(
        np.append(at, own), MONTHS[str(card.parameters.get("every", "month"))]
    )
    place = np.searchsorted(start, at, "right") - 1
    window = window_of(context, card)
    out = _outside(context, card, view, view_rows)
    until = end[place] if "window" not in card.parameters else None
    done, unknown = _counts(card, view, view_rows, by, window, until)
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


def _counts(
    card: Card, view: View, rows: Ints, by: str, window: int, until: Ints | None
) -> tuple[Bools, Bools]:
    """Rows that did it, and rows of which it is not known: a hole, or an answer before the question.

    A stamp counts within the window after the question; where the card names none, by the cohort's end.
    """
    counts = str(card.parameters["counts"])
    if "at_least" in card.parameters:
        return _figures(card, view, rows, counts)
    if "=" in counts:
        name, _, wanted = counts.partition("=")
        values = view.code(name)[rows]
        index = view.values(name).index(wanted)
        return values == index, (values < 0) | (view.hole(name)[rows] != 0)
    asked, stamp = view.ts(by)[rows], view.ts(counts)[rows]
    asked_day, stamp_day = view.coarse(by)[rows], view.coarse(counts)[rows]
    if until is None:
        until = np.where(asked_day, asked + DAY - 1, asked) + window  # a date alone lasts until its day ends
    reversed_ = (stamp != NAT) & (np.where(stamp_day, stamp + DAY - 1, stamp) < asked)
    hole = view.timed_hole(counts, coarse_is_enough=True)[rows]
    return (stamp != NAT) & (stamp <= until), (hole != 0) | reversed_


def _figures(card: Card, view: View, rows: Ints, name: str) -> tuple[Bools, Bools]:
    """Rows whose figure is at least the one asked, and rows without a figure."""
    figure = view.number(name)[rows]
    scale = DECIMAL_SCALE if view.type_of(name) == "decimal" else 1
    least = int(str(card.parameters["at_least"])) * scale
    return (figure != NAT) & (figure >= least), (figure == NAT) | (view.hole(name)[rows] != 0)


def in_year(context: Context, card: Card, start: Ints) -> Bools:
    """Cohorts of the one calendar year for which a goal was set; 0 (or no such word) means every year."""
    year = int(str(card.parameters.get("in_year", 0)))
    if not year:
        return np.ones(len(start), bool)
    first, after = context.day_start([f"{year}-01-01", f"{year + 1}-01-01"])
    return np.asarray((start >= first) & (start < after))


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
