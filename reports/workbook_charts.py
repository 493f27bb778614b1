"""The sheets behind the charts: times by clock, twelve periods, teams beside their expectation, acts of several standards."""

from typing import Any

from audits.times import BINS
from audits.words import SECOND
from reports.sheets import Table
from reports.view.base import Page


def charted(page: Page) -> list[Table]:
    """Those that have something to say; older results have none."""
    made = (_times(page), _trend(page), _teams(page), _side(page))
    return [table for table in made if table.rows]


def _times(page: Page) -> Table:
    w = page.w
    heads = [
        w("head.clause"),
        w("times.service"),
        w("sheet.act"),
        w("sheet.limit_s"),
        w("times.clock"),
        w("sheet.decides"),
    ]
    heads += ["n", w("times.in_time"), w("times.late_head"), w("times.still_open"), w("times.no_length_row")]
    heads += [w("sheet.median_s"), w("sheet.p90_s")]
    heads += [f"≤ {(i + 1) / 10:.1f}×" for i in range(BINS)] + ["> 2×"]
    rows = [
        [
            row["clause"], w(f"service.{row['service_type']}"), w(f"act.{row['act']}"), row["limit_us"] // SECOND,
            w(f"clock.{clock['clock']}"), w("value.yes" if clock["deciding"] else "value.no"),
            *(clock[key] for key in ("n", "inside", "late", "open", "no_length")),
            *(_seconds(clock[key]) for key in ("median_us", "p90_us")), *clock["bins"],
        ]
        for row in page.results.get("times", [])
        for clock in row["clocks"]
    ]  # fmt: skip
    widths = [32, 14, 10, 9, 12, 8, *[9] * 7, *[7] * (BINS + 1)]
    return Table(w("sheet.times"), heads, rows, widths, held=1)


def _seconds(us: int | None) -> int | None:
    """Whole seconds, rounded up as on the page."""
    return None if us is None else -(-us // SECOND)


def _trend(page: Page) -> Table:
    w, found = page.w, page.life.get("trend") or {"periods": [], "series": []}
    heads = [
        w("sheet.series"),
        w("trend.period"),
        w("sheet.k"),
        "n",
        w("sheet.share"),
        w("sheet.k_then"),
        w("sheet.n_then"),
    ]
    rows: list[list[Any]] = []
    for one in found["series"]:
        codes = ", ".join(sorted(page.binding))
        key = one["id"]
        title = w("trend.series.binding", codes=codes) if key == "binding" else w(f"trend.series.{key}")
        for period, point in zip(found["periods"], one["points"], strict=True):
            if period["state"] == "missing":
                rows.append([title, period["key"], None, None, None, None, None])
            elif point:
                share = point["k"] / point["n"]
                rows.append(
                    [title, period["key"], point["k"], point["n"], share, point["k_then"], point["n_then"]]
                )
    return Table(w("sheet.trend"), heads, rows, [32, 12, 12, 12, 10, 12, 12], frozenset({4}), held=1)


def _teams(page: Page) -> Table:
    w, mix = page.w, page.results.get("team_mix") or {"clauses": [], "teams": []}
    heads = [
        w("head.team"),
        w("sheet.judged"),
        w("sheet.k"),
        w("sheet.share"),
        w("mix.expected"),
        w("sheet.expected_share"),
    ]
    heads += [w("sheet.low"), w("sheet.high"), w("mix.answer"), *(limit["id"] for limit in mix["clauses"])]
    rows = [
        [
            team["code"] or w("teams.none"), team["n"], team["breached"], team["breached"] / team["n"],
            float(team["expected"]), team["expected_share"] / 10_000, team["low"] / 10_000, team["high"] / 10_000,
            w(f"mix.{team['answer']}"), *team["mix"],
        ]
        for team in mix["teams"]
    ]  # fmt: skip
    widths = [20, 9, 9, 9, 9, 11, 9, 9, 22, *[14] * len(mix["clauses"])]
    return Table(w("sheet.team_mix"), heads, rows, widths, frozenset({3, 5, 6, 7}), frozenset({4}), held=1)


def _side(page: Page) -> Table:
    w = page.w
    lines = (page.results.get("side_by_side") or {"lines": []})["lines"]
    heads = [
        w("sheet.act"),
        w("sheet.acts"),
        w("sheet.differ"),
        w("head.standard"),
        w("head.clause"),
        w("head.title"),
    ]
    heads += [w(f"verdict.{verdict}") for verdict in page.verdicts]
    rows = [
        [
            w.or_else(f"side.key.{line['act']}", line["act"]), line["acts"], line["differ"], clause["standard"],
            clause["id"], page.title(clause["id"]), *(clause[verdict] for verdict in page.verdicts),
        ]
        for line in lines
        for clause in line["clauses"]
    ]  # fmt: skip
    widths = [24, 9, 9, 10, 32, 40, *[9] * len(page.verdicts)]
    return Table(w("sheet.side"), heads, rows, widths, held=1)
