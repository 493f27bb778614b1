"""Teams beside what their work lets one expect; who is not different is not called so."""

from typing import Final

from reports import format as fmt
from reports.view.base import Page, View

#: Teams that get a picture of their own; the others stand in the table all the same.
DRAWN: Final = 300


def team_mix(page: Page) -> View | None:
    """The comparison over the limits; None where no limit is judged or the results are older."""
    mix = page.results.get("team_mix")
    if not mix or not mix["teams"]:
        return None
    n = sum(limit["n"] for limit in mix["clauses"])
    breached = sum(limit["breached"] for limit in mix["clauses"])
    return {
        "lead": page.w("mix.lead", n=len(mix["clauses"]), least=mix["least"]),
        "axis": page.w("mix.axis"),
        "rows": [{**_row(page, team), "drawn": i < DRAWN} for i, team in enumerate(mix["teams"])],
        "total": f"{fmt.count(breached)} / {fmt.count(n)}",
        "expected": fmt.count(breached),
        "limits": [
            {"title": _short(page, limit["id"]), "all": f"{fmt.count(limit['breached'])} / {fmt.count(limit['n'])}"}
            for limit in mix["clauses"]
        ],
    }  # fmt: skip


def _short(page: Page, clause: str) -> str:
    """A limit in few words: its service and act where the results name them."""
    row = next((one for one in page.results.get("times", []) if one["clause"] == clause), None)
    if row is None:
        return page.title(clause)
    return f"{page.w('service.' + row['service_type'])} · {page.w('act.' + row['act'])}"


def _name(page: Page, team: View) -> str:
    return team["code"] or page.result.name("team", team["team_id"]) or page.w("teams.none")


def _row(page: Page, team: View) -> View:
    name, k, n = _name(page, team), team["breached"], team["n"]
    low, high, expected = (_percent(team[key]) for key in ("low", "high", "expected_share"))
    answer = page.w(f"mix.{team['answer']}")
    alt = page.w(
        "mix.label", team=name, k=k, n=n, rate=fmt.rate(k, n), low=low, high=high, expected=expected, answer=answer
    )  # fmt: skip
    return {
        "team": name,
        "counts": f"{fmt.count(k)} / {fmt.count(n)}",
        "mix": [fmt.count(n) for n in team["mix"]],
        "expected": team["expected"],
        "interval": f"{low.rstrip('%')}–{high}",
        "low": team["low"],
        "high": team["high"],
        "share": 10_000 * k // n if n else 0,
        "expected_share": team["expected_share"],
        "compared": team["answer"] != "not_compared",
        "mark": {"above": "▲", "below": "▼"}.get(team["answer"], ""),
        "state": {"above": "breached", "below": "met"}.get(team["answer"], ""),
        "answer": answer,
        "alt": alt,
    }


def _percent(share: int) -> str:
    """Ten-thousandths as per cent with one decimal, half up."""
    tenths = (share + 5) // 10
    return f"{tenths // 10}.{tenths % 10}%"
