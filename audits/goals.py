"""Goals of the organisation: one figure of all records of a calendar period against one bound.

A time is the age of each record at ``to``, and of an open one at the audit's instant: not answering would
otherwise improve it. Everything is compared in whole microseconds; what is printed beside it decides nothing.
"""

from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from audits.cards import Card
from audits.checks.outcome import Outcome
from audits.cohorts import COHORT, in_year
from audits.context import Context, Judgement
from audits.duties import limits
from audits.facts import EntityFacts
from audits.population import population
from audits.resolved import MONTHS
from audits.tables import Ints, Table
from audits.views import View
from audits.words import NAT, Reason, Verdict

Bools = npt.NDArray[np.bool_]

_FIGURES: Final = ("n", "open", "unknown", "sum_us", "mean_us", "median_us", "p90_us", "inside")


def judge_goal(context: Context, card: Card) -> Judgement:
    """Cohorts of a calendar period by the statistic of their times, judged when the period has ended."""
    begins, ends = str(card.parameters["from"]), str(card.parameters["to"])
    who = population(context, card, begins)
    view, rows = who.view, who.rows
    at = view.ts(begins)[rows]
    own = np.array([context.as_of, context.period.start, context.period.start - 1], np.int64)
    months = MONTHS[str(card.parameters["every"])]
    keys, start, end = context.months_of(np.append(at, own), months)
    bound, early = context.limit_of(limits(card), start)
    use = ~early & in_year(context, card, start)
    void = np.zeros(len(rows), bool) if view.void is None else view.void[rows] != 0
    spared = np.zeros(len(rows), bool) if who.spared is None else who.spared
    mine = (at != NAT) & ~void & ~spared
    age, unknown, is_open = _ages(context, view, rows, (begins, ends))
    unknown |= who.hole != 0
    place = np.searchsorted(start, at, "right") - 1
    numbers = [
        _figures(age[w], unknown[w], is_open[w], int(bound[i]))
        for i, w in ((i, mine & (place == i)) for i in range(len(keys)))
    ]
    table = {name: np.array([one[name] for one in numbers], np.int64)[use] for name in _FIGURES}
    table["bound_us"] = bound[use]
    out = _outcome(table, str(card.parameters["statistic"]), end[use], context.as_of)
    return _judgement(card, keys[use], start[use], out, table)


def _ages(context: Context, view: View, rows: Ints, names: tuple[str, str]) -> tuple[Ints, Bools, Bools]:
    """Time of each record, whether it is not known, and whether it still runs."""
    begins, ends = names
    start, end = view.ts(begins)[rows], view.ts(ends)[rows]
    hole = np.zeros(len(rows), bool)
    for name in names:
        hole |= view.timed_hole(name, coarse_is_enough=False)[rows] != 0
    lost = (end == NAT) & view.is_closed()[rows]  # over, and nobody stamped when
    age = np.where(end == NAT, context.as_of, end) - start
    return age, hole | lost | (age < 0), (end == NAT) & ~lost & ~hole


def _figures(age: Ints, unknown: Bools, is_open: Bools, bound: int) -> dict[str, int]:
    known = np.sort(age[~unknown])
    n = len(known)
    return {
        "n": n,
        "open": int(is_open.sum()),
        "unknown": int(unknown.sum()),
        "sum_us": int(known.sum()),
        "mean_us": int(known.sum()) // n if n else 0,
        "median_us": int(known[(n - 1) // 2]) if n else 0,
        "p90_us": int(known[-(-9 * n // 10) - 1]) if n else 0,
        "inside": int((known <= bound).sum()),
    }


def _outcome(table: dict[str, Ints], statistic: str, due: Ints, as_of: int) -> Outcome:
    """Met where the statistic is within the bound however the unknown ones came out; broken where it cannot be."""
    n, unknown, bound = table["n"], table["unknown"], table["bound_us"]
    if statistic == "mean":
        worst = (table["sum_us"] <= bound * n) & (unknown == 0)
        best = table["sum_us"] <= bound * (n + unknown)
    else:
        share = 50 if statistic == "median" else 90
        worst = table["inside"] * 100 >= (n + unknown) * share
        best = (table["inside"] + unknown) * 100 >= (n + unknown) * share
    out = Outcome.blank(due, np.full(len(due), NAT, np.int64))
    out.settle(np.asarray(as_of <= due), Verdict.PENDING, Reason.INSIDE)
    out.settle(n + unknown == 0, Verdict.NOT_APPLICABLE, Reason.NONE_DUE)
    out.settle(worst != best, Verdict.NO_DATA, Reason.UNDECIDED, 0)
    out.settle(worst, Verdict.MET, Reason.ENOUGH)
    out.settle(~worst, Verdict.BREACHED, Reason.BELOW)
    return out


def _judgement(
    card: Card, keys: npt.NDArray[Any], start: Ints, out: Outcome, table: dict[str, Ints]
) -> Judgement:
    frame = pd.DataFrame({"id": pd.Series(keys, dtype="str")})
    base = Table(COHORT, frame, EntityFacts(frozenset({"id"})), NAT)
    view = View(COHORT, base, np.arange(len(frame), dtype=np.int64))
    view.numbers.update(table)
    names = (f"{card.of if card.of != 'matter' else 'case'}.{card.parameters['to']}",)
    made = Judgement(card, view, view.pos, out, names, start, out.due, "calendar_period")
    made.lasting = True
    return made


def statistics_of(made: Judgement, rows: npt.NDArray[np.intp]) -> list[dict[str, Any]]:
    """What a goal's line prints for each period: counts and whole microseconds; empty for other cards."""
    if "statistic" not in made.card.parameters:
        return []
    wanted = str(cast(str, made.card.parameters["statistic"]))
    found = []
    for row in rows:
        at = made.rows[row]
        figures = {name: int(made.view.numbers[name][at]) for name in (*_FIGURES, "bound_us")}
        key = str(made.view.base.text("id").iloc[at])
        verdict = Verdict(int(made.outcome.verdict[row])).name.lower()
        found.append({"key": key, "statistic": wanted, "verdict": verdict, **figures})
    return found
