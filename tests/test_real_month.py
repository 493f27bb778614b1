"""The first report of a helpdesk as it is: 3,000 cases with the usual holes, and nothing but its usual fields."""

import json
import sqlite3
from contextlib import chdir, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from lxml import html as lxml_html
from pypdf import PdfReader
from rich.cells import cell_len

from config.settings import load_settings
from flows.auditing.plain import audit_plainly
from flows.auditing.request import AuditRequest
from flows.auditing.run import AuditRun
from flows.cli import run
from tests.house import House
from tests.real_month import build
from tests.real_month.build import BLANK, MERGED, OLD_OPEN, PERIOD, RECEIVED, REOPENED, UNMAPPED, UNSTAMPED

UNKNOWN = BLANK + sum(UNMAPPED.values())
#: The eight limits, of which each case of an unknown type could owe every one.
LIMITS = 8


@dataclass(frozen=True)
class Month:
    """The month after its one audit: where it was done, the run, and the helpdesk's own file."""

    house: House
    mapping: Path
    run: AuditRun

    def ask(self, sql: str) -> list[str]:
        """First column of what the helpdesk itself says."""
        with sqlite3.connect(self.mapping.with_name("helpdesk.db")) as helpdesk:
            found = [row[0] for row in helpdesk.execute(sql)]
        helpdesk.close()
        return found

    def verdicts(self, cases: list[str], act: str = "") -> pd.DataFrame:
        """What was said of these cases by the limits of one act, or of both."""
        whole = pd.read_parquet(self.run.files["verdicts.parquet"])
        return whole[whole["record"].isin(cases) & whole["clause"].str.contains(act)]


@pytest.fixture(scope="session")
def month(tmp_path_factory: pytest.TempPathFactory) -> Month:
    """The real month, audited once; nobody writes into it."""
    house = House(tmp_path_factory.mktemp("real-month"))
    mapping = build.build(house.folder / "helpdesk")
    people = build.PEOPLE
    with chdir(house.folder), pytest.MonkeyPatch.context() as patch:
        for name, value in house.env.items():
            patch.setenv(name, value)
        run = audit_plainly(
            AuditRequest(source=str(mapping), period=PERIOD, lang="en"), load_settings(people=people)
        )
    return Month(house, mapping, run)


def page_of(month: Month) -> Any:
    return lxml_html.fromstring((month.house.folder / month.run.files["report.html"]).read_bytes())


@pytest.fixture(autouse=True)
def _in_its_house(month: Month, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(month.house.folder)


def said(element: Any) -> str:
    return " ".join(element.text_content().split())


def test_the_month_is_the_same_in_every_run(month: Month, tmp_path: Path) -> None:
    build.build(tmp_path)
    with sqlite3.connect(tmp_path / "helpdesk.db") as again:
        rows = [
            row[0] for row in again.execute("SELECT number || coalesce(solved, '-') FROM cases ORDER BY 1")
        ]
    again.close()
    assert rows == month.ask("SELECT number || coalesce(solved, '-') FROM cases ORDER BY 1")


def test_the_bridge_ties_to_the_helpdesks_own_count(month: Month) -> None:
    own = month.ask("SELECT count(*) FROM cases WHERE created LIKE '2026-10-%'")
    lines = {line["key"]: line["n"] for line in month.run.results["bridge"]}
    assert (lines["received"], int(own[0])) == (RECEIVED, RECEIVED)
    assert lines["removed"] == MERGED
    assert lines["type_unknown"] == UNKNOWN
    first, *rest = month.run.results["bridge"]
    assert first["n"] == sum(line["n"] for line in rest)
    assert month.run.results["open_earlier"] == OLD_OPEN
    assert all(check["holds"] for check in month.run.results["checks"])


def test_the_printed_bridge_adds_up(month: Month) -> None:
    terms = page_of(month).xpath("//div[@class='sums'][1]//span[@class='n']/text()")
    signs = page_of(month).xpath("//div[@class='sums'][1]//span[@class='op']/text()")
    first, *rest = (int(term.replace(",", "")) for term in terms)
    assert first == sum(-n if sign == "−" else n for sign, n in zip(signs, rest, strict=True)) == RECEIVED


def test_three_of_the_four_tiles_are_grey_and_say_what_connects_them(month: Month) -> None:
    words = [audit["word"] for audit in month.run.results["audits"]]
    assert words == ["breached", "unconnected", "unconnected", "unconnected"]
    grey = page_of(month).xpath("//article[contains(@class, 'unconnected')]")
    assert [one.get("id") for one in grey] == ["tile-acceptance", "tile-survey", "tile-qa"]
    assert all("clausewatch" in said(one) and "clauses" in said(one) for one in grey)


def test_years_of_open_cases_are_baseline_and_leave_the_first_page_alone(month: Month) -> None:
    life = month.run.life
    assert life["since"]["baseline"] >= OLD_OPEN
    assert all(row["due"] >= "2026-10-01" for row in life["escalated_open"])
    front = page_of(month).xpath("//section[@id='front']")[0]
    assert len(front.xpath(".//table[contains(@class, 'escalated')]/tbody/tr")) <= 10
    old = month.ask("SELECT number FROM cases WHERE created < '2026-09-01'")
    assert not [number for number in old if number in said(front)]
    assert f"Baseline {life['finding_marks']['baseline']:,}" in said(front)
    assert (month.verdicts(old)["in_period"]).sum() == 0


def test_a_preview_mails_nobody_and_says_how_little_it_would_mail(month: Month) -> None:
    told = month.run.life["notices"]
    assert month.run.life["mode"] == "preview"
    assert not list(month.house.folder.rglob("*.eml"))
    assert (told["sent"], told["written"], told["held"]) == (0, 0, 0)
    assert 0 < told["mails"] < 30 < told["preview"]
    assert f"{told['mails']} mails would have gone to {told['people']} people" in said(page_of(month))


def test_a_hundred_and_nineteen_holes_are_three_lines(month: Month) -> None:
    gaps = {(gap["field"], gap["reason"]): gap for gap in month.run.results["gaps"]}
    assert set(gaps) == {
        ("case.service_type", "NULL_FILTER"),
        ("case.service_type", "UNMAPPED_VALUE"),
        ("case.first_response_at", "NO_END"),
    }
    blank, unmapped = gaps["case.service_type", "NULL_FILTER"], gaps["case.service_type", "UNMAPPED_VALUE"]
    assert (blank["records"], unmapped["records"]) == (BLANK, sum(UNMAPPED.values()))
    assert len(blank["clauses"]) == len(unmapped["clauses"]) == LIMITS
    empty = month.ask("SELECT number FROM cases WHERE type IS NULL ORDER BY 1")
    assert blank["examples"] == empty[:5]
    values = {row["value"]: row["count"] for row in month.run.results["unmapped"]}
    assert values == UNMAPPED


def test_no_hole_is_filled_by_a_default(month: Month) -> None:
    holes = month.ask(
        "SELECT number FROM cases WHERE type IS NULL OR type IN ('备件', '培训', '报价', '其他')"
    )
    found = month.verdicts(holes)
    assert set(found["verdict"]) == {"no_data"}
    assert len(found) == UNKNOWN * LIMITS


def test_a_missing_first_reply_is_met_only_where_the_solution_proves_it(month: Month) -> None:
    numbers = month.ask("SELECT number FROM cases WHERE first_reply IS NULL AND solved IS NOT NULL")
    found = month.verdicts(numbers, "RESPONSE")
    assert len(found) == UNSTAMPED
    assert set(found.loc[found["verdict"] == "met", "reason"]) <= {"BOUNDED"}
    assert set(found.loc[found["verdict"] == "no_data", "reason"]) == {"NO_END"}


def test_a_case_open_again_is_not_solved_by_its_first_solution(month: Month) -> None:
    numbers = month.ask("SELECT number FROM cases WHERE status = '已重开'")
    found = month.verdicts(numbers, "RESOLVE")
    assert len(found) == REOPENED
    assert "met" not in set(found["verdict"])
    assert found["done_at"].isna().all()


def test_a_merged_duplicate_is_judged_by_no_clause(month: Month) -> None:
    found = month.verdicts(month.ask("SELECT number FROM cases WHERE status = '已合并'"))
    assert set(found["verdict"]) == {"not_applicable"}
    assert set(found["reason"]) == {"MERGED"}


@pytest.fixture(scope="session")
def told_everywhere(month: Month) -> dict[str, str]:
    """The text of each file that a person opens."""
    folder = month.house.folder
    with closing(openpyxl.load_workbook(folder / month.run.files["findings.xlsx"], read_only=True)) as book:
        cells = [
            cell
            for sheet in ("data gaps", "values")
            for row in book[sheet].iter_rows(values_only=True)
            for cell in row
        ]
    pdf = PdfReader(folder / month.run.files["report.pdf"])
    return {
        "html": said(page_of(month).xpath("//section[@id='gaps']")[0]),
        "xlsx": " ".join(str(cell) for cell in cells if cell is not None),
        "pdf": " ".join("".join(page.extract_text() for page in pdf.pages).split()),
    }


@pytest.mark.parametrize("file", ["html", "xlsx", "pdf"])
def test_every_file_names_some_records_and_the_clauses_of_a_gap(
    month: Month, told_everywhere: dict[str, str], file: str
) -> None:
    text = told_everywhere[file].replace(" ", "")
    for gap in month.run.results["gaps"]:
        assert all(name.replace(" ", "") in text for name in (*gap["examples"], *gap["clauses"]))


def test_values_nobody_mapped_are_named_once_each(month: Month, told_everywhere: dict[str, str]) -> None:
    assert all(value in told_everywhere["html"] and value in told_everywhere["xlsx"] for value in UNMAPPED)
    rows = page_of(month).xpath("//section[@id='gaps']//tr[td[text()='case.service_type']]")
    assert len(rows) == len(UNMAPPED)


def test_crm_check_says_it_before_any_report(month: Month, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(month.house.folder.rglob("*"))
    assert run(["crm", "check", str(month.mapping), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["period"] == PERIOD
    assert found["gaps"] == month.run.results["gaps"]
    assert found["counts"]["partly"] == LIMITS
    consult = next(line for line in found["clauses"] if line["id"] == "ECS-1.3-RESPONSE-CONSULT")
    assert consult["records"] - consult["judged"] == sum(one["n"] for one in consult["why"])
    types = next(line for line in found["values"] if line["field"] == "case.service_type")
    assert (types["unmapped"], types["blank"]) == (sum(UNMAPPED.values()), BLANK)
    assert found["next"] == month.run.results["next"]
    assert (found["next"][0]["connect"], len(found["next"][0]["clauses"])) == (["escalation"], 4)
    assert "cheapest next source: escalation (+4)" in said(page_of(month))
    assert sorted(month.house.folder.rglob("*")) == before


def test_crm_check_holds_promises_and_second_sources_against_the_rows(
    month: Month, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = month.mapping.read_text(encoding="utf-8")
    closed = "agrees_with: {resolved_at: {column: closed_at, tolerance: 5 min}}"
    sure = "    precision:", f"    complete_since: 2025-01-01\n    {closed}\n    precision:"
    mine = tmp_path / "sure.yaml"
    mine.write_text(text.replace(*sure), encoding="utf-8")
    assert run(["crm", "check", str(mine), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    (cases,) = (one for one in found["promises"] if one["entity"] == "case")
    assert (cases["finding"], cases["weeks"][0]) == ("starts_later", "2025-01-06")
    (odd,) = found["disagreements"]
    later = "julianday(closed) - julianday(solved) > 5.0 / 1440 AND status != '已重开'"
    (own,) = month.ask(f"SELECT count(*) FROM cases WHERE {later}")
    assert (odd["field"], odd["count"]) == ("resolved_at", own)
    assert "SOURCES_DISAGREE" in {gap["reason"] for gap in found["gaps"]}
    assert run(["crm", "check", str(mine), "--lang", "en"]) == 1
    screen = capsys.readouterr().out
    assert "Two sources of one instant" in screen
    assert "nothing before 2025-06-" in screen


@pytest.mark.parametrize("columns", [80, 120])
def test_the_screen_of_crm_check_fits_its_terminal(
    month: Month, columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert run(["crm", "check", str(month.mapping), "--lang", "en"]) == 1
    screen = capsys.readouterr().out
    assert max(cell_len(line) for line in screen.splitlines()) <= columns
    assert "24 of 32 checkable clauses get no verdict." in screen
    assert "clausewatch register new escalation" in screen


@pytest.mark.parametrize("asked", ["2026-11-01T10:00", "2026-11-05T10:00+08:00"])
def test_crm_check_refuses_an_instant_without_a_zone_and_one_that_lies_ahead(
    month: Month, asked: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["crm", "check", str(month.mapping), "--as-of", asked]) == 2
    assert "--as-of" in capsys.readouterr().err
