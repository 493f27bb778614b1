"""Charts: drawn from the view and nothing else, with their figures in their labels and a table beside them."""

import re
from dataclasses import replace
from typing import Any

import pytest
from lxml import etree, html

from reports.charts import Pen, for_page, for_paper, histogram, team, trend
from reports.html import render
from reports.result_set import ResultSet
from reports.view import Page, view
from reports.view.findings import listed
from tests.report_sample import sample

_SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def month() -> ResultSet:
    return sample()


@pytest.fixture(scope="module")
def seen(month: ResultSet) -> dict[str, Any]:
    page = Page(month, "en")
    return view(page, listed(page))


def _tree(svg: str) -> Any:
    return etree.fromstring(svg.encode())


def _texts(tree: Any) -> list[str]:
    return [text.text for text in tree.iter(f"{_SVG}text")]


def _cell(seen: dict[str, Any], place: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = seen["times"]["acts"][0]["cells"][place]
    return found


@pytest.mark.parametrize("pen", [for_page(), for_paper("Noto Sans CJK SC")], ids=["page", "paper"])
def test_a_histogram_has_a_bar_for_each_bin_that_holds_something(seen: dict[str, Any], pen: Pen) -> None:
    cell = _cell(seen)
    tree = _tree(histogram(pen, cell, "x", 241, 112))
    bars = [one for one in tree.findall(f"{_SVG}rect") if one.get("fill") != pen.colour("paper")]
    assert len(bars) == sum(n > 0 for n in cell["clocks"][0]["bins"])
    hatched = [bar for bar in bars if bar.get("fill") == "url(#late-x)"]
    assert len(hatched) == sum(n > 0 for n in cell["clocks"][0]["bins"][10:])
    assert "15 min" in _texts(tree)
    assert tree.get("role") == "img"


def test_the_tallest_bar_fills_the_picture_and_others_are_to_scale(seen: dict[str, Any]) -> None:
    cell = _cell(seen)
    bins, other = (clock["bins"] for clock in cell["clocks"])
    rects = _tree(histogram(for_page(), cell, "x", 241, 112)).findall(f"{_SVG}rect")
    heights = [float(one.get("height")) for one in rects][: sum(n > 0 for n in bins[:10])]
    highest = max(*bins, *other)
    tallest = max(bins[:10])
    room = heights[bins[:10].index(tallest)] * highest / tallest
    for n, height in zip([n for n in bins[:10] if n], heights, strict=True):
        assert height == pytest.approx(max(room * n / highest, 1.5), abs=0.02)


def test_the_label_says_the_figures_of_both_clocks(seen: dict[str, Any]) -> None:
    cell = _cell(seen)
    assert cell["alt"].startswith(
        "General enquiry, limit 15 min, opening hours: n 1,453, in time 1,391, late 62,"
    )
    assert "elapsed time: late" in cell["alt"]


def test_few_duties_are_ticks_and_no_bars(seen: dict[str, Any]) -> None:
    clock = {"deciding": True, "bins": [0] * 21, "thousandths": [100, 1000, 1001, 5000]}
    cell = {
        **_cell(seen),
        "ticks": True,
        "clocks": [clock, {**clock, "deciding": False, "thousandths": [50]}],
    }
    tree = _tree(histogram(for_page(), cell, "x", 241, 112))
    assert not tree.findall(f"{_SVG}rect")
    strokes = [path.get("stroke") for path in tree.findall(f"{_SVG}path")]
    assert strokes.count("var(--fact)") == 2
    assert strokes.count("var(--breached-fill)") == 2


def test_the_line_breaks_at_a_gap_and_a_restated_point_is_hollow(seen: dict[str, Any]) -> None:
    series = seen["trend"]["series"][0]
    tree = _tree(trend(for_page(), series, "x", 1048, 240))
    lines = [p.get("d") for p in tree.findall(f"{_SVG}path") if p.get("stroke") == "var(--fact)"]
    assert [line.count("L") + 1 for line in lines] == [3, 8]
    circles = tree.findall(f"{_SVG}circle")
    hollow = [one for one in circles if one.get("fill") == "var(--paper)"]
    assert (len(circles) - len(hollow), len(hollow)) == (11, 2)
    assert {"no run", "2025-11", "then 3.96", "11,823", "0%"} <= set(_texts(tree))


def test_a_trend_begins_at_zero_and_rates_end_at_a_hundred(seen: dict[str, Any]) -> None:
    for series in seen["trend"]["series"]:
        said = _texts(_tree(trend(for_page(), series, "x", 510, 190)))
        assert "0%" in said
        assert ("100%" in said) == (series["id"] in ("survey", "qa"))


def test_with_one_report_there_is_no_trend_but_a_sentence() -> None:
    page = Page(sample(preview=True, signed=False), "en")
    shown = view(page, listed(page))
    assert shown["trend"]["series"] == []
    assert shown["trend"]["first"].startswith("First report, nothing to compare")
    assert shown["clauses"]["moves"] == ""
    assert "Twelve periods" in render(page, listed(page), shown).decode()


def test_a_team_that_is_not_compared_shows_no_expectation(seen: dict[str, Any]) -> None:
    teams = seen["team_mix"]
    last = teams["rows"][-1]
    assert (last["team"], last["answer"], last["compared"]) == ("no team", "not compared", False)
    for row in teams["rows"]:
        strokes = [
            p.get("stroke") for p in _tree(team(for_page(), teams, row, 320, 32)).findall(f"{_SVG}path")
        ]
        assert ("var(--duty)" in strokes) == row["compared"]
    assert teams["total"] == "258 / 5,146"


def test_a_name_cannot_leave_its_chart(seen: dict[str, Any]) -> None:
    row = {**seen["team_mix"]["rows"][0], "alt": '"><script>alert(1)</script>'}
    tree = _tree(team(for_page(), seen["team_mix"], row, 320, 32))
    assert tree.get("aria-label") == '"><script>alert(1)</script>'
    assert not list(tree.iter("{*}script"))


def test_every_chart_of_the_page_has_a_label_and_a_twin(month: ResultSet) -> None:
    page = Page(month, "zh")
    rows = listed(page)
    tree = html.fromstring(render(page, rows, view(page, rows)))
    for section in ("times", "trend", "teams"):
        charts = tree.xpath(f"//section[@id='{section}']//svg[contains(@class,'chart')]")
        assert charts
        assert all(
            chart.get("role") == "img" and re.search(r"\d|率", chart.get("aria-label")) for chart in charts
        )
        assert tree.xpath(f"//section[@id='{section}']//table")
    ids = [one.get("id") for one in tree.xpath("//pattern")]
    assert len(ids) == len(set(ids))


def test_the_table_beside_the_histograms_holds_every_bin(month: ResultSet, seen: dict[str, Any]) -> None:
    rows = [row for row in month.results["times"] if row["act"] == "response"]
    table = seen["times"]["tenths"][0]
    for place, line in enumerate(table["lines"]):
        assert line["counts"] == [f"{clock['bins'][place]:,}" for row in rows for clock in row["clocks"]]
    assert [line["edge"] for line in table["lines"]].index(True) == 10


def test_older_results_have_no_charts_and_are_written_all_the_same(month: ResultSet) -> None:
    dropped = ("times", "team_mix", "side_by_side")
    old = replace(
        month,
        results={key: part for key, part in month.results.items() if key not in dropped},
        life={key: part for key, part in month.life.items() if key != "trend"},
    )
    page = Page(old, "zh")
    shown = view(page, listed(page))
    assert (shown["times"]["acts"], shown["team_mix"], shown["side"]) == ([], None, None)
    assert "本期没有已判的时限" in render(page, listed(page), shown).decode()


def test_a_clause_table_marks_only_what_moved_beyond_chance(month: ResultSet, seen: dict[str, Any]) -> None:
    rows = {
        row["id"]: row for s in seen["clauses"]["standards"] for part in s["sections"] for row in part["rows"]
    }
    assert seen["clauses"]["moves"] == "vs September"
    assert rows["ECS-1.3-RESPONSE-CONSULT"]["move"]["text"].startswith("▼ −")
    assert rows["ECS-1.3-RESPONSE-TECH"]["move"]["text"].startswith("≈")
    assert rows["ECS-1.3-OVERTIME-EMERGENCY"]["move"]["text"] == "–"


def test_acts_of_several_standards_stand_side_by_side_with_what_each_says(seen: dict[str, Any]) -> None:
    (line,) = seen["side"]["lines"]
    assert line["act"] == "First response"
    assert [clause["standard"] for clause in line["clauses"]] == ["ECS", "CST"]
    assert line["said"] == "323 acts · 67 break some clause · clauses differ on 40"
    assert line["examples"] == [
        "e.g. case T-20261009-0417: ECS-1.3-RESPONSE-COMPLAINT Met; CST-2.1-COMPLAINT-5MIN Breached"
    ]
