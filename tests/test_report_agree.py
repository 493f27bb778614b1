"""One result set, one set of figures: page, PDF, sheets, CSV and JSON say the same, in both languages."""

import csv
import io
import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import openpyxl
import pytest
from lxml import html as lxml_html
from pypdf import PdfReader

import reports
from reports.result_set import ResultSet
from reports.view import Page, view
from reports.view.findings import listed
from tests.report_sample import sample

_MONTH = re.compile(r"\d{4} 年 \d+ 月|\d+ 月|(?:January|September|October|November)(?: \d{4})?")
_NUMBER = re.compile(r"\d[\d,.:]*\d|\d")
#: What a spreadsheet could reckon with: a number, a share, a day.
_NUMERIC = re.compile(r"[-+−]?[\d,]+(?:\.\d+)? ?%?|\d+ / \d+|\d{4}-\d\d-\d\d(?:[ T][\d:]+)?")
_SHEETS = {
    "zh": [
        "汇总",
        "逐条",
        "发现",
        "数据缺口",
        "取值",
        "班组",
        "时长",
        "走势",
        "班组比较",
        "各标准对照",
        "读法",
        "链",
    ],
    "en": [
        "summary",
        "clauses",
        "findings",
        "data gaps",
        "values",
        "teams",
        "times",
        "trend",
        "teams compared",
        "side by side",
        "readings",
        "chain",
    ],
}


@pytest.fixture(scope="module")
def month() -> ResultSet:
    return sample()


@pytest.fixture(scope="module", params=["zh", "en"])
def written(
    request: pytest.FixtureRequest, month: ResultSet, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    files = reports.write(month, tmp_path_factory.mktemp("agree"), request.param)
    return {"lang": request.param, **files}


@pytest.fixture(scope="module")
def page_text(written: dict[str, Path]) -> str:
    tree = lxml_html.fromstring(written["report.html"].read_bytes())
    return " ".join(" ".join(tree.xpath("//main//text()")).split())


@pytest.fixture(scope="module")
def pdf_text(written: dict[str, Path]) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(written["report.pdf"]).pages).split())


def _said(n: int) -> str:
    return f"{n:,}"


def test_the_totals_stand_in_every_file(
    month: ResultSet, written: dict[str, Any], page_text: str, pdf_text: str
) -> None:
    totals = json.loads(written["results.json"].read_bytes())["totals"]
    assert totals == month.results["totals"]
    for n in (
        totals["population"],
        totals["breached"],
        totals["met"],
        totals["no_data"],
        totals["not_applicable"],
    ):
        assert _said(n) in page_text
        assert _said(n) in pdf_text
    with closing(openpyxl.load_workbook(written["findings.xlsx"], read_only=True)) as book:
        rows = list(book[_SHEETS[written["lang"]][0]].iter_rows(values_only=True))
    numbers = {cell for row in rows for cell in row}
    assert set(totals.values()) - {0} <= numbers


def test_both_clocks_of_every_limit_stand_on_page_and_pdf(
    month: ResultSet, page_text: str, pdf_text: str
) -> None:
    for row in month.results["audits"][0]["figures"]["rows"]:
        line = re.compile(rf"{_said(row['n'])} {row['late_elapsed']} {row['late_open_hours']}")
        loose = re.compile(rf"{_said(row['n'])} {row['late_elapsed']}\D+{row['late_open_hours']}")
        assert loose.search(page_text), row["clause"]
        assert line.search(pdf_text), row["clause"]


def test_the_sheets_are_named_and_in_order(written: dict[str, Any]) -> None:
    book = openpyxl.load_workbook(written["findings.xlsx"])
    assert book.sheetnames == _SHEETS[written["lang"]]
    for sheet in book.worksheets[1:]:
        assert None not in (sheet.freeze_panes, sheet.print_title_rows)
        assert sheet.auto_filter.ref == sheet.dimensions or sheet.title == _SHEETS[written["lang"]][-1]
    for sheet in book:
        printed, paper = sheet.sheet_properties.pageSetUpPr, sheet.page_setup
        assert (paper.orientation, paper.paperSize, paper.fitToHeight) == ("landscape", 9, 0)
        assert printed is not None
        assert printed.fitToPage


#: Columns of texts that begin like a number and are none: periods, places, and lengths of time as they are read.
_TEXTS: Final = {"期间", "period", "出处", "place", "逾期", "late"}


def test_no_number_date_or_percentage_is_text_in_a_sheet(written: dict[str, Any]) -> None:
    book = openpyxl.load_workbook(written["findings.xlsx"])
    wrong = {
        (sheet.title, str(column[0].value), cell.value)
        for sheet in book.worksheets[1:]
        for column in sheet.iter_cols()
        for cell in column[1:]
        if cell.data_type == "s" and _NUMERIC.fullmatch(str(cell.value)) and column[0].value not in _TEXTS
    }
    assert wrong == set()
    teams = book[_SHEETS[written["lang"]][8]]
    assert [cell.number_format for cell in teams[2]][:6] == [
        "General",
        "#,##0",
        "#,##0",
        "0.0%",
        "#,##0.00",
        "0.0%",
    ]


def test_sheet_csv_page_and_json_list_the_same_findings(month: ResultSet, written: dict[str, Any]) -> None:
    rows = list(csv.reader(io.StringIO(written["findings.csv"].read_text("utf-8-sig"))))
    with closing(openpyxl.load_workbook(written["findings.xlsx"], read_only=True)) as book:
        sheet = list(book[_SHEETS[written["lang"]][2]].iter_rows(values_only=True))
    tree = lxml_html.fromstring(written["report.html"].read_bytes())
    data = json.loads(tree.xpath("//script[@id='data']/text()")[0])
    keys = [row[0] for row in data["rows"]]
    assert [row[0] for row in rows[1:]] == [row[0] for row in sheet[1:]] == keys
    assert sorted(keys) == sorted(month.findings["finding"])
    assert rows[0] == list(sheet[0])
    breached = json.loads(written["results.json"].read_bytes())["totals"]["breached"]
    assert len(keys) == len(set(keys)) == breached


def test_a_sheet_holds_real_local_dates_and_real_percentages(
    month: ResultSet, written: dict[str, Any]
) -> None:
    book = openpyxl.load_workbook(written["findings.xlsx"])
    findings = book[_SHEETS[written["lang"]][2]]
    due = next(i for i, cell in enumerate(findings[1], 1) if str(cell.value).startswith(("到期", "due")))
    by_key = month.findings.set_index("finding")["due_at"].dt.tz_convert("Asia/Shanghai").dt.tz_localize(None)
    for row in range(2, 30):
        key = findings.cell(row, 1).value
        assert findings.cell(row, due).value == by_key[key].floor("s").to_pydatetime()
        assert findings.cell(row, due).number_format == "yyyy-mm-dd hh:mm:ss"
    clauses = book[_SHEETS[written["lang"]][1]]
    share = next(i for i, cell in enumerate(clauses[1], 1) if cell.value in ("违反率", "breached %"))
    by_id = {c["id"]: c["counts"] for c in month.results["clauses"]}
    line = next(i for i, cell in enumerate(clauses["B"], 1) if cell.value == "ECS-1.3-RESOLVE-TECH")
    counts = by_id["ECS-1.3-RESOLVE-TECH"]
    assert clauses.cell(line, share).value == pytest.approx(
        counts["breached"] / (counts["breached"] + counts["met"])
    )
    assert clauses.cell(line, share).number_format == "0.0%"


def test_every_clause_line_on_the_page_adds_up_to_what_fell_due(written: dict[str, Path]) -> None:
    tree = lxml_html.fromstring(written["report.html"].read_bytes())
    lines = 0
    for row in tree.xpath("//table[@class='clauses']/tbody/tr[td[contains(@class, 'n-breached')]]"):
        numbers = [
            int(text.replace(",", ""))
            for cell in row.xpath("td[@data-l]")[:5]
            for text in [cell.text_content()]
        ]
        assert sum(numbers[:-1]) == numbers[-1]
        lines += 1
    assert lines > 30


def test_the_pdf_names_how_many_of_how_many_it_lists(
    month: ResultSet, written: dict[str, Any], pdf_text: str
) -> None:
    said = {"zh": "印出 40 / 338 项", "en": "40 of 338 printed"}[written["lang"]]
    assert said.replace(" ", "") in pdf_text.replace(" ", "")
    pages = PdfReader(written["report.pdf"]).pages
    assert f"1 / {len(pages)}" in " ".join(pages[0].extract_text().split())
    front = pages[0].extract_text().replace(" ", "")
    for word in {"zh": ("编制", "审核", "批准", "日期"), "en": ("Prepared", "Reviewed", "Approved", "Date")}[
        written["lang"]
    ]:
        assert word in front


@pytest.mark.parametrize(
    "variant",
    [
        {"signed": True},
        {"signed": False, "preview": True, "without": "qa"},
        {"running": True},
        {"without": "timing"},
    ],
    ids=["signed", "preview", "running", "no-cases"],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_front_stays_on_one_page_whatever_the_month(
    variant: dict[str, Any], lang: str, tmp_path: Path
) -> None:
    path = reports.write(sample(**variant), tmp_path, lang, ("report.pdf",))["report.pdf"]
    pages = [page.extract_text().replace(" ", "") for page in PdfReader(path).pages]
    last, second = {"zh": ("日期", "读法与对账"), "en": ("Date", "Readingsandbridge")}[lang]
    assert last in pages[0]
    assert pages[1].startswith(second)


def _numbers(value: Any, where: str = "") -> Iterator[tuple[str, list[str]]]:
    if isinstance(value, dict):
        for key, below in value.items():
            # Titles and questions are the cards' own words; days of the week carry their date differently.
            if key not in ("title", "question", "days"):
                yield from _numbers(below, f"{where}/{key}")
    elif isinstance(value, list) and value and isinstance(value[0], tuple):
        yield from _numbers("".join(run[0] for run in value), where)
    elif isinstance(value, list):
        for i, below in enumerate(value):
            yield from _numbers(below, f"{where}/{i}")
    else:
        yield where, sorted(_NUMBER.findall(_MONTH.sub("", str(value))))


@pytest.mark.parametrize(
    "variant", [{"signed": True}, {"signed": False, "preview": True, "without": "qa"}, {"running": True}]
)
def test_chinese_and_english_say_the_same_numbers(variant: dict[str, Any]) -> None:
    month = sample(**variant)
    views = [view(page, listed(page)) for page in (Page(month, "zh"), Page(month, "en"))]
    zh, en = (dict(_numbers(one)) for one in views)
    zh.pop("/tiles/3/unconnected/time", None), en.pop("/tiles/3/unconnected/time", None)
    assert len(zh) > 5000
    assert {key: (zh[key], en.get(key)) for key in zh if zh[key] != en.get(key)} == {}


def test_times_periods_and_teams_are_the_same_in_every_file(
    month: ResultSet, written: dict[str, Any], page_text: str, pdf_text: str
) -> None:
    results = json.loads(written["results.json"].read_bytes())
    trend = json.loads(written["life.json"].read_bytes())["trend"]
    with closing(openpyxl.load_workbook(written["findings.xlsx"], read_only=True)) as book:
        times, periods, teams, side = (
            list(book[name].iter_rows(values_only=True))[1:] for name in _SHEETS[written["lang"]][6:10]
        )
    clocks = [clock for row in results["times"] for clock in row["clocks"]]
    assert [list(row[-21:]) for row in times] == [clock["bins"] for clock in clocks]
    assert [row[6:9] for row in times] == [(one["n"], one["inside"], one["late"]) for one in clocks]
    told = [point for one in trend["series"] for point in one["points"] if point]
    assert [(row[2], row[3]) for row in periods if row[3]] == [(one["k"], one["n"]) for one in told]
    mix = results["team_mix"]["teams"]
    assert [(row[1], row[2], row[4]) for row in teams] == [
        (t["n"], t["breached"], float(t["expected"])) for t in mix
    ]
    assert [row[4] for row in side] == [
        c["id"] for line in results["side_by_side"]["lines"] for c in line["clauses"]
    ]
    for text in (page_text, pdf_text):
        for team in mix:
            assert f"{_said(team['breached'])} / {_said(team['n'])}" in text
            assert team["expected"] in text
        for clock in clocks:
            assert _said(clock["n"]) in text
            assert _said(clock["late"]) in text
    for point in told:
        assert f"{_said(point['k'])} / {_said(point['n'])}" in page_text
