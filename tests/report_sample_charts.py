"""The sample month's times, teams and twelve periods: counted from its obligations, by plain loops where it pays."""

from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from audits.chance import moved
from audits.team_mix import LEAST, compared
from audits.times import BINS, FEW, in_bins, nearest_rank

_AS_OF = pd.Timestamp("2026-11-02T02:00:00+08:00")
_MINUTE = 60_000_000
#: Breached and judged of the twelve periods, and what was reported then where it differs; None: no run.
_HISTORY: list[tuple[str, tuple[int, int] | None, tuple[int, int] | None]] = [
    ("2025-11", (608, 11_823), None),
    ("2025-12", (636, 11_838), None),
    ("2026-01", (579, 11_625), None),
    ("2026-02", None, None),
    ("2026-03", (664, 12_064), None),
    ("2026-04", (586, 11_939), None),
    ("2026-05", (600, 13_298), None),
    ("2026-06", (575, 13_299), (527, 13_299)),
    ("2026-07", (505, 11_366), None),
    ("2026-08", (481, 12_080), None),
    ("2026-09", (518, 13_321), (516, 13_321)),
]


def times(table: dict[str, Any], obligations: pd.DataFrame, signed: bool) -> list[dict[str, Any]]:
    """A row for each limit, as ``audits.times`` gives them."""
    made = []
    for clause, (service, act, minutes, *_) in table["limits"].items():
        rows = obligations[obligations["clause"] == clause]
        if rows.empty:
            continue
        by_hours = signed and service in ("consultation", "technical_support")
        names = ("open_hours", "elapsed") if by_hours else ("elapsed", "open_hours")
        clocks = [
            {"clock": name, "deciding": i == 0, **_clock(rows, minutes * _MINUTE, ("verdict", "other_verdict")[i])}
            for i, name in enumerate(names)
        ]  # fmt: skip
        row = {"clause": clause, "service_type": service, "act": act, "limit_us": minutes * _MINUTE}
        made.append(row | {"clocks": clocks})
    return made


def _clock(rows: pd.DataFrame, limit: int, verdict: str) -> dict[str, Any]:
    rows = rows[rows["verdict"].isin(["met", "breached"])]
    end = rows["done_at"].fillna(_AS_OF.tz_convert("UTC"))
    counted = (end - rows["anchor_at"]).dt.total_seconds().to_numpy() * 1_000_000
    late = (rows[verdict] == "breached").to_numpy(bool)
    us = counted.astype(np.int64)
    us = np.where(late, np.where(us > limit, us, 2 * limit - us + 1), np.minimum(us, limit))
    amount = np.full(len(us), limit, np.int64)
    ordered = np.sort(us)
    return {
        "n": len(us),
        "inside": int((~late).sum()),
        "late": int(late.sum()),
        "open": int((late & rows["done_at"].isna().to_numpy(bool)).sum()),
        "no_length": 0,
        "bins": np.bincount(in_bins(us, amount, late), minlength=BINS + 1).tolist(),
        "median_us": nearest_rank(ordered, 50),
        "p90_us": nearest_rank(ordered, 90),
        "thousandths": (-(-ordered * 1000 // limit)).tolist() if len(us) < FEW else [],
    }


def team_mix(table: dict[str, Any], obligations: pd.DataFrame, names: dict[str, str]) -> dict[str, Any]:
    """The teams over the limits, as ``audits.team_mix`` gives them."""
    judged = obligations[obligations["verdict"].isin(["met", "breached"])]
    clauses = [clause for clause in table["limits"] if (judged["clause"] == clause).any()]
    judged = judged[judged["clause"].isin(clauses)]
    own: dict[str, list[list[int]]] = {}
    for team in sorted(set(judged["team_id"]), key=lambda key: (not key, key)):
        mine = judged[judged["team_id"] == team]
        verdicts = [mine.loc[mine["clause"] == clause, "verdict"] for clause in clauses]
        own[team] = [[len(said), int((said == "breached").sum())] for said in verdicts]
    limits = [
        {
            "id": clause,
            "n": sum(one[i][0] for one in own.values()),
            "breached": sum(one[i][1] for one in own.values()),
        }
        for i, clause in enumerate(clauses)
    ]
    teams = [{"team_id": key, "code": names[key], **compared(one, limits)} for key, one in own.items()]
    return {"least": LEAST, "clauses": limits, "teams": teams}


def trend(results: dict[str, Any]) -> dict[str, Any]:
    """Twelve periods with a gap and two restatements; October is the month itself."""
    totals = results["totals"]
    now = {"k": totals["breached"], "n": totals["breached"] + totals["met"], "k_then": None, "n_then": None}
    points = [_point(known, then) for _, known, then in _HISTORY]
    keys = [key for key, *_ in _HISTORY] + [results["period"]["key"]]
    periods = [
        {"key": key, "state": "reported" if point else "missing", "as_of": None}
        for key, point in zip(keys, [*points, now], strict=True)
    ]
    series = [{"id": "binding", "of": "breached", "target": None, "points": [*points, now]}]
    series += [one for audit in results["audits"] if (one := _series(audit, len(points), points))]
    clauses = {
        c["id"]: _move(c["counts"]["breached"], c["counts"]["breached"] + c["counts"]["met"])
        for c in results["clauses"]
        if c["state"] == "judged"
    }
    change = {"day": "2026-04-01", "clause": "ECS-1.3-RESPONSE-CONSULT", "period": "2026-04"}
    return {
        "periods": periods,
        "series": series,
        "changes": [change],
        "previous": "2026-09",
        "clauses": clauses,
    }


def _point(known: tuple[int, int] | None, then: tuple[int, int] | None) -> dict[str, int] | None:
    if known is None:
        return None
    k_then, n_then = then or known
    return {"k": known[0], "n": known[1], "k_then": k_then, "n_then": n_then}


def _series(audit: dict[str, Any], count: int, every: list[Any]) -> dict[str, Any] | None:
    """An audit whose figure goes up and down a little around that of the month."""
    if audit["figures"] is None:
        return None
    rate = audit["id"] in ("survey", "qa")
    figures = audit["figures"]
    k, n = (audit["breached"], audit["n"])
    if audit["id"] == "survey":
        k, n = figures["cohort"]["numerator"], figures["cohort"]["denominator"]
    if audit["id"] == "qa":
        k, n = figures["passed"], figures["n"]
    if not n:
        return None
    points: list[dict[str, Any] | None] = []
    for i in range(count):
        some = n + (i * 7) % 11 - 5
        part = int(Fraction(k * some, n)) + (i * 5) % 7 - 3
        part = max(0, min(some, part))
        points.append({"k": part, "n": some, "k_then": part, "n_then": some} if every[i] else None)
    points.append({"k": k, "n": n, "k_then": None, "n_then": None})
    target = {"survey": 80, "qa": 95}.get(audit["id"])
    return {"id": audit["id"], "of": "passed" if rate else "breached", "target": target, "points": points}


def _move(k: int, n: int) -> dict[str, Any]:
    before, whole = k * 3 // 2 if n > 1000 else k, max(n - 3, k)
    told = moved(k, n, before, whole)
    return {"k": k, "n": n, "k_before": before, "n_before": whole, "moved": told}


def side_by_side(results: dict[str, Any]) -> dict[str, Any]:
    """One act of which a second clause speaks too."""
    breached = results["totals"]["breached"]
    mine = next((c for c in results["clauses"] if c["id"] == "ECS-1.3-RESPONSE-COMPLAINT"), None)
    if mine is None or mine["state"] != "judged":
        return {"findings": breached, "acts": breached, "lines": []}
    counts = {
        name: mine["counts"][name] for name in ("met", "breached", "pending", "not_applicable", "no_data")
    }
    stricter = counts | {"met": counts["met"] - 40, "breached": counts["breached"] + 40}
    verdicts = {mine["id"]: "met", "CST-2.1-COMPLAINT-5MIN": "breached"}
    line = {
        "act": "first_response", "acts": mine["population"], "findings": 2 * counts["breached"] + 40,
        "breached": counts["breached"] + 40, "differ": 40,
        "clauses": [{"id": mine["id"], "standard": "ECS", **counts},
                    {"id": "CST-2.1-COMPLAINT-5MIN", "standard": "CST", **stricter}],
        "examples": [{"subject": "case:T-20261009-0417", "occurrence": "", "verdicts": verdicts}],
    }  # fmt: skip
    return {"findings": breached, "acts": breached, "lines": [line]}
