"""Teams compared fairly: what a team broke, beside what anybody would have broken with its work.

A night team answers more emergencies than a day team, so raw rates compare work, not teams. Each team is set
beside its expectation (indirect standardisation): for each limit its duties times the rate of all teams. It is
called different only where the exact interval of its own rate leaves the expectation out, and compared only
from ``LEAST`` duties on. Nobody is ranked.
"""

from fractions import Fraction
from typing import Any, Final

import numpy as np

from audits.chance import TEN_THOUSANDTHS, exact_interval
from audits.judge import Judged
from audits.saying import codes_of
from audits.times import is_limit
from audits.words import Verdict

#: A team with fewer judged duties is shown and not compared.
LEAST: Final = 200


def team_mix(judged: Judged) -> dict[str, Any]:
    """Teams over the limits of the audit of timing, in the order of their keys; what has no team comes last.

    Returns:
        ``least``; ``clauses``: for each limit ``id``, ``n`` (met and breached) and ``breached``; ``teams``:
        ``team_id``, ``code``, ``n``, ``breached``, ``mix`` (``n`` by limit), ``expected`` (breaches, two
        decimals, half up), ``expected_share`` (of ``n``), ``low`` and ``high`` (exact 95 % interval of the
        share), all three in ten-thousandths, and ``answer``: ``above``, ``below``, ``as_expected`` or
        ``not_compared``.
    """
    made = [one for one in judged.made.values() if is_limit(one)]
    counts: dict[str, list[list[int]]] = {}
    for place, one in enumerate(made):
        inside = judged.in_period(one) & np.isin(one.outcome.verdict, (Verdict.MET, Verdict.BREACHED))
        rows = np.flatnonzero(inside)
        team = one.view.base.text("team_id").iloc[one.view.pos[one.rows[rows]]].fillna("").to_numpy(object)
        names, which = np.unique(team.astype(str), return_inverse=True)
        whole = np.bincount(which, minlength=len(names))
        broken = np.bincount(which[one.outcome.verdict[rows] == Verdict.BREACHED], minlength=len(names))
        for name, n, k in zip(names, whole, broken, strict=True):
            counts.setdefault(str(name), [[0, 0] for _ in made])[place] = [int(n), int(k)]
    limits = [
        {"id": one.card.id, "n": sum(c[i][0] for c in counts.values()), "breached": sum(c[i][1] for c in counts.values())}
        for i, one in enumerate(made)
    ]  # fmt: skip
    codes = codes_of(judged.facts, "team", "code")
    ordered = sorted(counts, key=lambda team: (not team, team))
    teams = [{"team_id": t, "code": codes.get(t, t), **compared(counts[t], limits)} for t in ordered]
    return {"least": LEAST, "clauses": limits, "teams": teams}


def compared(own: list[list[int]], limits: list[dict[str, Any]]) -> dict[str, Any]:
    """One team beside its expectation.

    Args:
        own: for each limit the team's duties and how many it broke.
        limits: for each limit ``n`` and ``breached`` of all teams.
    """
    n, broken = sum(one[0] for one in own), sum(one[1] for one in own)
    expected = sum(
        (Fraction(one[0] * limit["breached"], limit["n"]) for one, limit in zip(own, limits, strict=True) if one[0]),
        Fraction(0),
    )  # fmt: skip
    low, high = exact_interval(broken, n)
    return {
        "n": n,
        "breached": broken,
        "mix": [one[0] for one in own],
        "expected": hundredths(expected),
        "expected_share": half_up(expected * TEN_THOUSANDTHS / n),
        "low": low,
        "high": high,
        "answer": _answer(expected / n, n, low, high),
    }


def _answer(share: Fraction, n: int, low: int, high: int) -> str:
    if n < LEAST:
        return "not_compared"
    if low > share * TEN_THOUSANDTHS:
        return "above"
    return "below" if high < share * TEN_THOUSANDTHS else "as_expected"


def half_up(value: Fraction) -> int:
    """The nearest integer, a half upwards."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def hundredths(value: Fraction) -> str:
    """A decimal of two places, a half upwards: for printing only."""
    whole = half_up(value * 100)
    return f"{whole // 100}.{whole % 100:02d}"
