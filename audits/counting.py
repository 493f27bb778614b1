"""Counts of one clause in one period; every figure of a report begins here."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from audits.attested import attested
from audits.cards import Card, Limit
from audits.checks.rate import needed
from audits.context import Judgement
from audits.duties import limits
from audits.goals import statistics_of
from audits.judge import Judged, over
from audits.resolved import resolved
from audits.saying import local_date
from audits.words import NAT, Reason, Verdict

Ints = npt.NDArray[np.int64]

#: Names of the five verdicts as results spell them, in the order of their codes.
VERDICTS = tuple(verdict.name.lower() for verdict in Verdict)


def verdict_counts(verdicts: npt.NDArray[np.int8]) -> dict[str, int]:
    """How many of each of the five."""
    counts = np.bincount(verdicts.astype(np.int64), minlength=len(VERDICTS))
    return {name: int(n) for name, n in zip(VERDICTS, counts, strict=True)}


@dataclass
class ClauseCounts:
    """One clause's line: its state, and in the reported period its counts."""

    card: Card
    state: str
    population: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(VERDICTS, 0))
    reasons: dict[str, int] = field(default_factory=dict)
    other_clock: dict[str, Any] | None = None
    edge: int = 0
    open_earlier: int = 0
    due_later: int = 0
    rate: dict[str, Any] = field(default_factory=dict)
    statistic: list[dict[str, Any]] = field(default_factory=list)
    attested: dict[str, Any] | None = None
    missing: tuple[str, ...] = ()
    limit: Limit | None = None


def count_clauses(judged: Judged) -> list[ClauseCounts]:
    """A line for every card, in the order of the texts."""
    out = []
    for card in judged.rules.cards.values():
        if card.id in judged.made:
            line = _counted(judged, judged.made[card.id])
            line.state = "judged" if card.auditable == "auto" else "attested"
        elif card.id in judged.unconnected:
            line = ClauseCounts(card, "unconnected", missing=judged.unconnected[card.id])
        else:
            line = ClauseCounts(card, "attested" if card.auditable == "attest" else "not_auditable")
        line.attested = attested(judged.facts, judged.as_of, judged.period, card, judged.rules.readings)
        line.limit = _in_force(resolved(card, judged.rules), judged.period.last_day.isoformat())
        out.append(line)
    return out


def _in_force(card: Card, day: str) -> Limit | None:
    """The limit that held on a day (the first one before that); None for a card without any."""
    dated = limits(card)
    past = [since for since in sorted(dated) if since <= day] or sorted(dated)[:1]
    return dated[past[-1]] if past else None


def _counted(judged: Judged, made: Judgement) -> ClauseCounts:
    inside = judged.in_period(made)
    verdict = made.outcome.verdict
    line = ClauseCounts(made.card, "judged", int(inside.sum()), verdict_counts(verdict[inside]))
    line.reasons = _reason_counts(made.outcome.reason[inside])
    if made.other is not None:
        other = made.other.verdict[inside]
        clock = "elapsed" if made.clock == "open_hours" else "open_hours"
        line.other_clock = {"clock": clock, **verdict_counts(other)}
    if made.edge is not None:
        line.edge = int((made.edge & inside).sum())
    still_open = (verdict == Verdict.BREACHED) & ~over(made)
    line.open_earlier = int(
        (still_open & (made.period_at < judged.period.start) & (made.period_at != NAT)).sum()
    )
    line.statistic = statistics_of(made, np.flatnonzero(inside))
    line.due_later = int(((verdict == Verdict.PENDING) & (made.period_at >= judged.period.end)).sum())
    if made.card.check == "rate":
        line.rate = _rate(judged, made, np.flatnonzero(inside))
    return line


def _reason_counts(reasons: npt.NDArray[np.int8]) -> dict[str, int]:
    codes, counts = np.unique(reasons, return_counts=True)
    return {Reason(int(code)).name: int(n) for code, n in zip(codes, counts, strict=True)}


def target(made: Judgement, row: int) -> int:
    """The per cent that a cohort of a rate had to reach."""
    return int(made.view.numbers["percent"][made.rows[row]])


def _rate(judged: Judged, made: Judgement, rows: npt.NDArray[np.intp]) -> dict[str, Any]:
    """Sums over the cohorts of the period (rates merge as sums, never as averages)."""
    numbers = {name: made.view.numbers[name][made.rows] for name in ("part", "known", "unknown", "excluded")}
    part, known = int(numbers["part"][rows].sum()), int(numbers["known"][rows].sum())
    percent = target(made, int(rows[-1])) if len(rows) else 0
    floor = floor_of(judged, made, int(rows[-1])) if len(rows) else None
    cohorts = [
        {
            "key": str(made.view.base.text("id").iloc[made.rows[row]]),
            "numerator": int(numbers["part"][row]),
            "denominator": int(numbers["known"][row]),
            "no_data": int(numbers["unknown"][row]),
            "excluded": int(numbers["excluded"][row]),
            "verdict": VERDICTS[int(made.outcome.verdict[row])],
        }
        for row in rows
    ]
    return {
        "numerator": part,
        "denominator": known,
        "rate": printed_rate(part, known),
        "band": band(part, known, percent, floor),
        "shortfall": max(0, needed(known, percent) - part),
        "cohorts": cohorts,
    }


def printed_rate(part: int, whole: int) -> str | None:
    """Per cent with two decimals, half up, for printing only; None of 0 of 0."""
    if whole == 0:
        return None
    hundredths = (part * 20000 + whole) // (2 * whole)
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def floor_of(judged: Judged, made: Judgement, row: int) -> int | None:
    """The per cent below which a cohort asks for more than a finding, by the other card of the same act; else None.

    Of the survey's return that is the card that starts a special visit; what held when the cohort began counts.
    """
    key, day = made.card.obligation_key, local_date(int(made.anchor[row]), judged.facts.zone)
    bounds = (
        limits(card, "below") for card in judged.rules.cards.values() if key and card.obligation_key == key
    )
    past = [(since, limit.amount) for dated in bounds for since, limit in dated.items() if since <= day]
    return max(past)[1] if past else None


def band(part: int, whole: int, percent: int, floor: int | None) -> str | None:
    """``met``, ``between`` (below the target, and not below the floor) or ``below``."""
    if whole == 0:
        return None
    if part * 100 >= whole * percent:
        return "met"
    return "between" if floor is not None and part * 100 >= whole * floor else "below"
