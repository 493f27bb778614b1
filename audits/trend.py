"""Twelve periods of the same length up to the reported one: what was reported then, and what is known now.

What was reported stands in the store's counts of earlier runs; what is known is judged again, from the present
extract, for the same clauses. Where the two differ, the period was restated. A period in which no run reported
stays a gap, though its duties are known by now: nobody was told of it. This depends on history, so it belongs
to ``life.json``.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from audits.chance import moved
from audits.context import Judgement
from audits.counting import target
from audits.duties import limits
from audits.errors import WrongUse
from audits.findings import as_ints
from audits.judge import Judged
from audits.missions import AUDITS
from audits.periods import Period
from audits.saying import iso
from audits.words import NAT, Verdict

Ints = npt.NDArray[np.int64]

#: Periods of a trend, the reported one included.
BACK: Final = 12
#: State of a run, and of a period that has no other, which was judged from data of a later day.
_LATER: Final = "reconstructed"
#: Audits whose figure is a rate that must be high; the others count breaches.
_RATES: Final = ("survey", "qa")


def trend(judged: Judged, counts: pd.DataFrame, run: str) -> dict[str, Any]:
    """The trend of the binding clauses and of each audit, and how each clause moved since the last period.

    Args:
        counts: of every committed run of the source and standard set (``tasks.store`` says the columns).
        run: this run, whose own counts are no earlier report.

    Returns:
        ``periods``: ``key``, ``state`` (``before`` any report, ``missing``, ``reported``, or ``reconstructed``
        where only a later look back judged it) and ``as_of`` of the first report after its end; ``series``:
        ``id`` (``binding`` or an audit), ``of`` (``breached`` or ``passed``), ``target`` (per cent or None)
        and ``points``: for each period ``k``, ``n`` as known and
        ``k_then``, ``n_then`` as reported, None for a gap; ``changes``: per cent limits that changed on a day
        inside; ``previous``: key of the period before, None where it was not reported; ``clauses``: clause ->
        ``k``, ``n``, ``k_before``, ``n_before``, ``moved``.
    """
    periods = _periods(judged.period)
    told = _reports(judged, counts, run, periods)
    known = {clause: _known(made, periods) for clause, made in judged.made.items()}
    first = min((i for i, one in enumerate(told) if one is not None), default=len(periods) - 1)
    states = [
        "before" if i < first else "missing" if one is None else one.state for i, one in enumerate(told)
    ]
    states[-1] = "reported"
    before = told[-2] if len(told) > 1 else None
    previous = periods[-2].key if before is not None else None
    return {
        "periods": [
            {"key": period.key, "state": state, "as_of": one and iso(one.as_of, judged.facts.zone)}
            for period, state, one in zip(periods, states, told, strict=True)
        ],
        "series": [one for one in _series(judged, told, states, known) if one["points"][-1]],
        "changes": _changes(judged, periods),
        "previous": previous,
        "clauses": _moves(known, before),
    }  # fmt: skip


@dataclass(frozen=True)
class _Report:
    """What one report said of its period: clause -> (breached, judged, numerator, denominator)."""

    as_of: int
    state: str
    clauses: dict[str, tuple[int, int, int, int]]


@dataclass(frozen=True)
class _Known:
    """What the present extract says of one clause in each period."""

    breached: Ints
    judged: Ints
    part: Ints
    whole: Ints


def _periods(last: Period) -> list[Period]:
    """Periods of the same length up to the last; fewer where they would leave the years we know."""
    found = [last]
    while len(found) < BACK:
        try:
            found.append(found[-1].previous)
            _ = found[-1].start
        except WrongUse:
            return found[-2::-1]
    return found[::-1]


def _reports(judged: Judged, counts: pd.DataFrame, run: str, periods: list[Period]) -> list[_Report | None]:
    """The first report after the end of each period; where there is none, the last one during it."""
    rows = counts[(counts["run"] != run).to_numpy(bool) & (as_ints(counts["as_of"]) <= judged.as_of)]
    rows = rows[(rows["team_id"].fillna("") == "") & rows["clause"].isin(list(judged.made))]
    return [_report(rows[rows["period"] == period.key], period) for period in periods]


def _report(rows: pd.DataFrame, period: Period) -> _Report | None:
    if rows.empty:
        return None
    later = (rows["state"] == _LATER).to_numpy(bool)
    if not later.all():  # what was reported then goes before what was made good later (law 13)
        rows = rows[~later]
    as_of = as_ints(rows["as_of"])
    after = as_of >= period.end
    at = as_of[after].min() if after.any() else as_of.max()
    rows = rows[as_of == at]
    rows = rows[rows["run"] == rows["run"].iloc[0]]
    figures = ("breached", "met", "numerator", "denominator")
    columns = (rows[name].fillna(0).astype("int64").tolist() for name in figures)
    told = zip(rows["clause"], *columns, strict=True)
    state = _LATER if later.all() else "reported"
    return _Report(
        int(at), state, {clause: (k, k + met, part, whole) for clause, k, met, part, whole in told}
    )


def _known(made: Judgement, periods: list[Period]) -> _Known:
    """Counts of every period in one pass; what no instant places counts in each of them (law 9)."""
    edges = np.array([period.start for period in periods] + [periods[-1].end], np.int64)
    timeless = made.period_at == NAT
    place = np.where(timeless, -1, np.searchsorted(edges, made.period_at, "right") - 1)
    verdict = made.outcome.verdict

    def count(rows: npt.NDArray[np.bool_], weights: Ints | None = None) -> Ints:
        amount = rows.astype(np.int64) if weights is None else np.where(rows, weights, 0)
        inside = (place >= 0) & (place < len(periods))
        sums = np.zeros(len(periods), np.int64)
        np.add.at(sums, place[inside], amount[inside])
        return np.asarray(sums + amount[timeless].sum())

    every = np.ones(len(verdict), bool)
    rate = made.card.check == "rate"
    numbers = {name: made.view.numbers[name][made.rows] for name in ("part", "known")} if rate else {}
    none = np.zeros(len(periods), np.int64)
    return _Known(
        count(verdict == Verdict.BREACHED),
        count(np.isin(verdict, (Verdict.BREACHED, Verdict.MET))),
        count(every, numbers["part"]) if rate else none,
        count(every, numbers["known"]) if rate else none,
    )


def _series(
    judged: Judged, told: list[_Report | None], states: list[str], known: dict[str, _Known]
) -> list[dict[str, Any]]:
    binding = {s.code for s in judged.rules.standards.values() if s.mode == "binding"}
    cards = {clause: judged.made[clause].card for clause in judged.made}
    every = [clause for clause, card in cards.items() if card.standard in binding]
    out = [_line("binding", every, told, states, known)]
    for audit in AUDITS:
        mine = [c for c in every if cards[c].audit == audit and cards[c].decides]
        if audit in _RATES:
            mine = [c for c in mine if cards[c].check == "rate"][:1]
        if mine:
            line = _line(audit, mine, told, states, known)
            made = judged.made[mine[0]]
            line["target"] = target(made, 0) if audit in _RATES and len(made.rows) else None
            out.append(line)
    return out


def _line(
    name: str, clauses: list[str], told: list[_Report | None], states: list[str], known: dict[str, _Known]
) -> dict[str, Any]:
    rate = name in _RATES
    points = []
    for i, state in enumerate(states):
        report = told[i]
        mine = clauses if report is None else [c for c in clauses if c in report.clauses]
        now = [_pair(known[c], i, rate=rate) for c in mine]
        then = [] if report is None else [report.clauses[c][2 if rate else 0 :][:2] for c in mine]
        k, n = (sum(one[j] for one in now) for j in (0, 1))
        k_then, n_then = (sum(one[j] for one in then) for j in (0, 1)) if then else (None, None)
        point = {"k": k, "n": n, "k_then": k_then, "n_then": n_then}
        points.append(point if state in ("reported", _LATER) and n else None)
    of = "passed" if rate else "breached"
    return {"id": name, "of": of, "target": None, "points": points}


def _pair(known: _Known, i: int, *, rate: bool) -> tuple[int, int]:
    if rate:
        return int(known.part[i]), int(known.whole[i])
    return int(known.breached[i]), int(known.judged[i])


def _changes(judged: Judged, periods: list[Period]) -> list[dict[str, str]]:
    """Days inside on which a dated limit of a binding clause changed."""
    first, last = periods[0].first_day.isoformat(), periods[-1].last_day.isoformat()
    binding = {s.code for s in judged.rules.standards.values() if s.mode == "binding"}
    found = {
        (day, made.card.id)
        for made in judged.made.values()
        if made.card.standard in binding
        for day in sorted(limits(made.card))[1:]
        if first < day <= last
    }
    keys = [(period.first_day.isoformat(), period.last_day.isoformat(), period.key) for period in periods]
    return [
        {"day": day, "clause": clause, "period": next(key for a, b, key in keys if a <= day <= b)}
        for day, clause in sorted(found)
    ]


def _moves(known: dict[str, _Known], before: _Report | None) -> dict[str, dict[str, Any]]:
    """How each clause that was reported then moved since; both sides as known now."""
    out = {}
    for clause, one in known.items():
        if before is None or clause not in before.clauses:
            continue
        k, n = int(one.breached[-1]), int(one.judged[-1])
        k_before, n_before = int(one.breached[-2]), int(one.judged[-2])
        out[clause] = {
            "k": k, "n": n, "k_before": k_before, "n_before": n_before, "moved": moved(k, n, k_before, n_before),
        }  # fmt: skip
    return out
