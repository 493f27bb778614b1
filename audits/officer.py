"""The officer's day: what is open by age and holder, what comes up again and again, what was restated, how soon told."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd

from audits.clocks import OpeningHours
from audits.findings import as_ints
from audits.judge import Judged
from audits.ladder import Level
from audits.periods import Period, parse
from audits.saying import codes_of
from audits.standing import of_binding
from audits.words import NAT, Verdict

OPEN: Final = ("open", "acknowledged")
#: From so many breaches of one clause in one period on, a team or person is named.
REPEAT: Final = 3
#: A team is named once it was above that in so many periods that follow each other.
_PERIODS: Final = 2
_BACK: Final = 12
_MOST: Final = 5
#: Ladders whose notices pass quiet hours.
_LOUD: Final = ("duty_list", "general_manager")


def officers_day(judged: Judged, results: Mapping[str, Any], after: pd.DataFrame) -> dict[str, Any]:
    """What the officer looks at in the morning; codes and staff numbers, never names.

    Args:
        results: as ``audits.results`` made them: what falls due, whom to call.
        after: every finding of the source after this run.

    Returns:
        ``open``: total, records by holder and by age in working days since due (``fresh`` under one, ``week``
        one to five, ``old`` more); ``falling_due`` per working day; ``calls``: unanswered surveys while a
        call still helps; ``repeat``: teams and people.
    """
    survey = next(audit for audit in results["audits"] if audit["id"] == "survey")
    running = (survey["figures"] or {}).get("running") or {}
    ahead = results["falling_due"]
    sums = [sum(row["counts"][n] for row in ahead["rows"]) for n in range(len(ahead["days"]))]
    return {
        "open": _open(judged, after),
        "falling_due": [{"day": day, "n": n} for day, n in zip(ahead["days"], sums, strict=True)],
        "calls": [
            {name: call[name] for name in ("customer", "days_left", "manager")}
            for call in running.get("calls", [])
        ],
        "repeat": {"teams": repeat_teams(judged, after), "people": repeat_people(judged, after)},
    }


def _open(judged: Judged, after: pd.DataFrame) -> dict[str, Any]:
    """Records with something open, each once: by its oldest breach and whoever holds it."""
    rows = after[after["state"].isin(OPEN) & ~after["marks"].str.contains("baseline")]
    rows = rows.assign(due=as_ints(rows["due_at"].fillna(rows["anchor_at"])))
    rows = rows.sort_values(["due", "finding"], kind="stable").drop_duplicates("subject")
    due = rows["due"].to_numpy(np.int64)
    now = np.full(len(rows), judged.as_of, np.int64)
    days = judged.rules.calendar.working_days_between(due, now)
    age = np.select([(days == NAT) | (days < 1), days <= _MOST], ["fresh", "week"], "old")
    staff, teams = codes_of(judged.facts, "staff", "staff_no"), codes_of(judged.facts, "team", "code")
    keys = zip(rows["assignee_id"].fillna(""), rows["team_id"].fillna(""), strict=True)
    holder = [staff.get(who, who) or teams.get(team, team) for who, team in keys]
    pairs = Counter(zip(holder, age.tolist(), strict=True))
    listed: list[dict[str, Any]] = [
        {"holder": who, **{name: pairs[who, name] for name in ("old", "week", "fresh")}}
        for who in sorted(set(holder))
    ]
    listed.sort(key=lambda one: (-one["old"], -one["week"], -one["fresh"], one["holder"]))
    ages = {name: int((age == name).sum()) for name in ("old", "week", "fresh")}
    return {"n": len(rows), **ages, "holders": listed}


def repeat_teams(judged: Judged, after: pd.DataFrame) -> list[dict[str, Any]]:
    """Teams with ``REPEAT`` breaches of a clause in each of several periods up to the reported one."""
    runs: dict[tuple[str, str], int] = {}
    period = judged.period
    alive: set[tuple[str, str]] | None = None
    for _ in range(_BACK):
        now = _often(judged, after, "team_id", period)
        alive = now if alive is None else alive & now
        if not alive:
            break
        for key in alive:
            runs[key] = runs.get(key, 0) + 1
        period = period.previous
    codes = codes_of(judged.facts, "team", "code")
    named = [
        {"team": codes.get(team, team), "clause": clause, "periods": n}
        for (team, clause), n in runs.items()
        if n >= _PERIODS
    ]
    return sorted(named, key=lambda one: (-int(str(one["periods"])), one["team"], one["clause"]))[:_MOST]


def repeat_people(judged: Judged, after: pd.DataFrame) -> list[dict[str, Any]]:
    """Staff numbers with ``REPEAT`` breaches of a clause in the period: for the officer, on no front page."""
    codes = codes_of(judged.facts, "staff", "staff_no")
    counts = _counts(judged, after, "assignee_id", judged.period)
    named = [
        {"person": codes.get(who, who), "clause": clause, "n": n}
        for (who, clause), n in counts.items()
        if n >= REPEAT
    ]
    return sorted(named, key=lambda one: (-int(str(one["n"])), one["person"], one["clause"]))[:_MOST]


def _often(judged: Judged, after: pd.DataFrame, whose: str, period: Period) -> set[tuple[str, str]]:
    return {key for key, n in _counts(judged, after, whose, period).items() if n >= REPEAT}


def _counts(judged: Judged, after: pd.DataFrame, whose: str, period: Period) -> dict[tuple[str, str], int]:
    """(whose, clause) -> breaches that fell due in the period; withdrawn ones were none."""
    at = as_ints(after["due_at"])
    inside = (at >= period.start) & (at < period.end) & (after["state"] != "withdrawn").to_numpy(bool)
    inside &= (after[whose].fillna("") != "").to_numpy(bool) & of_binding(judged, after)
    sums = after[inside].groupby([whose, "clause"]).size()
    return {(str(key[0]), str(key[1])): int(n) for key, n in sums.items()}  # type: ignore[index]


def restated(judged: Judged, counts: pd.DataFrame, run: str) -> list[dict[str, Any]]:
    """Closed periods whose breaches are other today than when they were last reported.

    Args:
        counts: of every committed run of the source and standard set: run, as_of, period, clause, breached.
        run: this run, whose own counts are no earlier report.

    Returns:
        ``period``, ``was`` (breaches reported last), ``now``; the latest period first. Clauses that one of
        the two does not judge are left out of both.
    """
    out = []
    as_of = as_ints(counts["as_of"])
    earlier = counts[(counts["run"] != run).to_numpy(bool) & (as_of <= judged.as_of)]
    earlier = earlier[(earlier["team_id"].fillna("") == "") & earlier["clause"].isin(list(judged.made))]
    for key in sorted(set(earlier["period"]) - {""}, reverse=True):
        period = parse(str(key), judged.facts.zone)
        rows = earlier[(earlier["period"] == key) & (as_ints(earlier["as_of"]) >= period.end)]
        if rows.empty:
            continue
        last = rows[rows["run"] == rows["run"].iloc[-1]]
        was = int(last["breached"].sum())
        now = sum(_broken_in(judged, period, str(clause)) for clause in last["clause"])
        if was != now:
            out.append({"period": str(key), "was": was, "now": now})
    return out


def _broken_in(judged: Judged, period: Period, clause: str) -> int:
    made = judged.made[clause]
    inside = replace(judged, period=period).in_period(made)
    return int((inside & (made.outcome.verdict == Verdict.BREACHED)).sum())


def detection(
    after: pd.DataFrame, notices: pd.DataFrame, hours: OpeningHours, period: Period
) -> dict[str, Any]:
    """How soon whoever must act is told: microseconds from the due instant to the first loud notice.

    Ordinary notices wait for opening hours by rule, so only opening hours count for them; what passes quiet
    hours counts by the clock. ``median_us``, ``p95_us`` (nearest rank) and ``max_us`` are None without any.

    Args:
        notices: every notice, this run's included (``finding``, ``level``, ``role``, ``at``).
        period: duties that fell due in it.
    """
    loud = notices[notices["level"] == Level.NOW].sort_values("at", kind="stable").drop_duplicates("finding")
    rows = loud[["finding", "role", "at"]].merge(after[["finding", "due_at"]], on="finding")
    due, at = as_ints(rows["due_at"]), rows["at"].to_numpy(np.int64)
    inside = (due != NAT) & (due >= period.start) & (due < period.end) & (at >= due)
    due, at = due[inside], at[inside]
    by_clock = rows["role"].isin(list(_LOUD)).to_numpy(bool)[inside]
    waited = np.where(by_clock, at - due, hours.open_between(due, at))
    known = np.sort(waited[waited >= 0])
    return {
        "n": len(known),
        **{f"{name}_us": _rank(known, k) for name, k in (("median", 50), ("p95", 95), ("max", 100))},
    }


def _rank(ordered: np.ndarray[Any, np.dtype[np.int64]], percent: int) -> int | None:
    """The value of the nearest rank: at least so many per cent are not above it."""
    if not len(ordered):
        return None
    return int(ordered[-(-len(ordered) * percent // 100) - 1])
