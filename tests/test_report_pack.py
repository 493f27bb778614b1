"""The pack of a month: what an officer signs, what a spreadsheet filters, and one figure in every format."""

import csv
import io
import json
import re
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
import time_machine
from lxml import html as lxml_html
from openpyxl.utils import get_column_letter
from pypdf import PdfReader

import reports
from reports.result_set import ResultSet
from reports.view import Page, view
from reports.view.findings import STORIES, data, listed
from reports.words import words
from tests.report_sample import sample

VERDICTS = ("breached", "no_data", "not_applicable", "met")
HEADS = [words("en")(f"verdict.{verdict}") for verdict in VERDICTS]


@pytest.fixture(scope="module")
def month() -> ResultSet:
    return sample()


@pytest.fixture(scope="module")
def files(month: ResultSet, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return reports.write(month, tmp_path_factory.mktemp("pack"), "en")


@pytest.fixture(scope="module")
def pdf(files: dict[str, Path]) -> PdfReader:
    return PdfReader(files["report.pdf"])


@pytest.fixture(scope="module")
def book(files: dict[str, Path]) -> Any:
    return openpyxl.load_workbook(files["findings.xlsx"])


@pytest.fixture(scope="module")
def printed(pdf: PdfReader) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in pdf.pages]


def _bookmarks(outline: Any, depth: int = 1) -> list[tuple[int, str, Any]]:
    found: list[tuple[int, str, Any]] = []
    for one in outline:
        if isinstance(one, list):
            found += _bookmarks(one, depth + 1)
        else:
            found.append((depth, one.title, one))
    return found


def test_the_pdf_has_a_bookmark_for_every_section_on_its_page(pdf: PdfReader, printed: list[str]) -> None:
    marks = _bookmarks(pdf.outline)
    sections = [title for depth, title, _ in marks if depth == 2 and title in _SECTIONS]
    assert marks[0][:2] == (1, "Customer-service compliance report")
    assert sections == [title for title in _SECTIONS if title in sections]
    assert set(_SECTIONS) <= {title for _, title, _ in marks}
    for _, title, mark in marks:
        text = printed[pdf.get_destination_page_number(mark) or 0]
        assert title.replace(" ", "") in text.replace(" ", ""), title


_SECTIONS = (
    "Readings and bridge", "Data gaps", "Clause by clause", "Rates", "Findings", "Coverage", "Closing sums, seal",
)  # fmt: skip


def test_the_pdf_is_a4_with_its_font_inside_and_a_number_on_each_page(
    pdf: PdfReader, printed: list[str]
) -> None:
    for n, page in enumerate(pdf.pages, 1):
        assert [round(float(side) * 25.4 / 72) for side in page.mediabox[2:]] == [210, 297]
        assert f"{n} / {len(pdf.pages)}" in printed[n - 1]
        fonts: Any = page["/Resources"]["/Font"]  # type: ignore[index]
        for font in fonts.values():
            below = font.get_object()["/DescendantFonts"][0].get_object()
            assert "NotoSansCJKsc" in below["/BaseFont"]
            assert any(key.startswith("/FontFile") for key in below["/FontDescriptor"].get_object())
    root: Any = pdf.trailer["/Root"]
    assert root["/Lang"] == "en-GB"
    assert root["/MarkInfo"]["/Marked"]


def test_another_day_gives_the_same_pdf_and_sheets(
    month: ResultSet, files: dict[str, Path], tmp_path: Path
) -> None:
    with time_machine.travel(datetime(2031, 5, 6, 7, 8, 9).astimezone(), tick=False):
        again = reports.write(month, tmp_path, "en", ("report.pdf", "findings.xlsx"))
    for name in ("report.pdf", "findings.xlsx"):
        assert again[name].read_bytes() == files[name].read_bytes(), name


def test_each_clause_has_the_same_counts_in_json_parquet_sheet_page_and_pdf(
    month: ResultSet, files: dict[str, Path], book: Any, printed: list[str]
) -> None:
    results = json.loads(files["results.json"].read_bytes())
    frame = pd.read_parquet(files["verdicts.parquet"]).query("in_period")
    counted = frame.groupby(["clause", "verdict"]).size().to_dict()
    sheet = _rows(book["clauses"])
    page = lxml_html.fromstring(files["report.html"].read_bytes())
    paper = " ".join(printed)
    seen = 0
    for clause in results["clauses"]:
        if clause["state"] != "judged" or not clause["population"]:
            continue
        counts = [clause["counts"][verdict] for verdict in VERDICTS]
        assert [counted.get((clause["id"], verdict), 0) for verdict in VERDICTS] == counts
        row = next(row for row in sheet if row["clause"] == clause["id"])
        assert [row[head] for head in HEADS] == counts
        assert row[words("en")("head.population")] == clause["population"] == sum(counts)
        lines = page.xpath(f"//table[@class='clauses']//tr[.//span[@class='code']='{clause['id']}']")
        told = [int(td.text_content().replace(",", "")) for td in lines[0].xpath("td[@data-l]")[:5]]
        assert told == [*counts, clause["population"]]
        if clause["counts"]["breached"]:
            figures = " ".join(f"{n:,}" for n in told)
            assert re.search(re.escape(clause["id"]) + r"[^|]{0,60}?" + re.escape(figures), paper), clause[
                "id"
            ]
            seen += 1
    assert seen > 15


def test_csv_and_sheet_hold_the_same_cells(files: dict[str, Path], book: Any) -> None:
    rows = list(csv.reader(io.StringIO(files["findings.csv"].read_text("utf-8-sig"), newline="")))
    sheet = [[_as_csv(cell) for cell in row] for row in book["findings"].iter_rows(values_only=True)]
    assert sheet == rows


def _as_csv(cell: Any) -> str:
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(cell, int | float):
        return f"{cell:g}"
    return cell or ""


def _rows(sheet: Any) -> list[dict[str, Any]]:
    heads, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(heads, row, strict=True)) for row in rows]


def test_gaps_teams_readings_and_the_four_audits_are_the_same_in_json_sheet_and_page(
    month: ResultSet, book: Any
) -> None:
    results, page = month.results, Page(month, "en")
    made = view(page, listed(page))
    assert [row["records"] for row in _rows(book["data gaps"])] == [gap["records"] for gap in results["gaps"]]
    assert [row["duties"] for row in made["gaps"]["rows"]] == [
        f"{gap['duties']:,}" for gap in results["gaps"]
    ]
    options = [option["breached"] for reading in results["readings"] for option in reading["options"]]
    assert [row["breached"] for row in _rows(book["readings"])] == options
    teams = [[team["counts"][verdict] for verdict in VERDICTS] for team in results["teams"]]
    assert sorted([row[head] for head in HEADS] for row in _rows(book["teams"])) == sorted(teams)
    assert sorted(
        [int(n.replace(",", "")) for n in row["counts"]] for row in made["teams"]["rows"]
    ) == sorted(teams)
    summary = [
        [cell for cell in row if cell is not None] for row in book["summary"].iter_rows(values_only=True)
    ]
    for audit, tile in zip(results["audits"], made["tiles"], strict=True):
        line = next(row for row in summary if row and row[0] == tile["name"])
        assert line[2:4] == [audit["breached"], audit["n"]]


def test_every_table_sheet_is_frozen_filtered_and_typed(book: Any) -> None:
    for name in ("clauses", "findings", "data gaps", "teams", "readings"):
        sheet = book[name]
        assert sheet.freeze_panes is not None, name
        assert sheet.auto_filter.ref == f"A1:{get_column_letter(sheet.max_column)}{sheet.max_row}", name
    kinds = {type(cell) for row in book["findings"].iter_rows(min_row=2, values_only=True) for cell in row}
    assert {str, datetime} < kinds


def test_a_thousand_teams_are_all_in_the_sheets_and_the_first_on_paper(
    month: ResultSet, tmp_path: Path
) -> None:
    first, rest = {**month.results["teams"][0]}, month.results["teams"][1:]
    none = {"population": 0, "counts": dict.fromkeys(first["counts"], 0)}
    teams = [*rest, first, *({"team_id": f"x{n}", "code": f"Team {n}", **none} for n in range(1_000))]
    checks = [
        {**check, "left": [team["population"] for team in teams]} if check["id"] == "teams_sum" else check
        for check in month.results["checks"]
    ]
    many = replace(month, results={**month.results, "teams": teams, "checks": checks})
    made = reports.write(many, tmp_path, "en", ("report.pdf", "findings.xlsx"))
    pages = [page.extract_text() for page in PdfReader(made["report.pdf"]).pages]
    assert len(pages) < 16
    assert "40 of 1006 teams printed" in " ".join(" ".join(pages).split())
    assert "[1,006]" in " ".join(pages)
    with closing(openpyxl.load_workbook(made["findings.xlsx"], read_only=True)) as book:
        assert sum(1 for _ in book["teams"].iter_rows()) == 1 + 1_006


def test_the_page_grows_by_few_bytes_a_finding(
    month: ResultSet, files: dict[str, Path], tmp_path: Path
) -> None:
    more = 4_000
    big = reports.write(sample(more_late=more), tmp_path, "en", ("report.html", "report.pdf"))
    each = (big["report.html"].stat().st_size - files["report.html"].stat().st_size) / more
    told = len(json.dumps(data(Page(month, "en"), listed(Page(month, "en")))["stories"], ensure_ascii=False))
    stories = STORIES * told / len(month.stories)
    assert files["report.html"].stat().st_size + 50_000 * each + stories < 15_000_000
    assert len(PdfReader(big["report.pdf"]).pages) == len(PdfReader(files["report.pdf"]).pages)
