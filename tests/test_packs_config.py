"""``reports.yaml``: what it says of each report, and what it says of mistakes."""

from pathlib import Path

import pytest

from audits.errors import WrongUse
from config.reports import SCHEMA, load_reports, report_named, schema_text

HEAD = "schema: 1\nreports:\n"
GOOD = "    title: {zh: 月报, en: Monthly}\n    period: month\n    recipients: [{role: officer}]\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "reports.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(folder: Path, text: str) -> str:
    with pytest.raises(WrongUse) as error:
        load_reports(written(folder, text))
    return str(error.value)


def test_the_reports_that_come_with_it_are_a_day_a_week_a_month_and_a_quarter() -> None:
    found = load_reports().reports
    assert {name: str(one.period) for name, one in found.items()} == {
        "daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter",
    }  # fmt: skip
    assert {name for name, one in found.items() if not one.enabled} == {"daily", "quarterly"}


def test_files_that_list_records_go_to_nobody_who_is_not_named_for_them() -> None:
    monthly = load_reports().reports["monthly"]
    assert {one.named: monthly.files_for(one) for one in monthly.recipients} == {
        "officer": ("report.pdf", "report.html", "findings.xlsx"),
        **dict.fromkeys(("general_manager", "service_manager", "department_heads"), ("report.pdf",)),
    }


def test_whoever_asks_for_records_in_a_name_that_may_not_have_them_is_told_so(tmp_path: Path) -> None:
    text = (
        HEAD
        + "  m:\n"
        + GOOD.replace("{role: officer}", "{role: officer}, {person: E1, files: [findings.csv]}")
    )
    said = refused(tmp_path, text)
    assert "findings.csv lists single records and staff, and E1 is not under `records_to`" in said
    assert "reports.yaml:3" in said


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        ("schema: 2\n", "schema", 1),
        (HEAD + "  m:\n" + GOOD.replace("month\n", "fortnight\n"), "reports.m.period", 5),
        (HEAD + "  m:\n" + GOOD + "    attach: [report.pdf]\n", "reports.m.attach", 7),
        (HEAD + "  m:\n" + GOOD + "    files: [report.doc]\n", "reports.m.files.0", 7),
        (HEAD + "  m:\n" + GOOD + "    limit_mb: -1\n", "reports.m.limit_mb", 7),
        (HEAD + "  m:\n" + GOOD.replace("{role: officer}", "{role: king}"), "reports.m.recipients.0.role", 6),
        (HEAD + "  m:\n" + GOOD.replace("{role: officer}", "{}"), "either a role or a person", 6),
        (HEAD + "  ../m:\n" + GOOD, "a report's name", 1),
        (HEAD + "  m:\n" + GOOD + "  m:\n" + GOOD, "`m` stands twice", 7),
        (HEAD + "  m: [", "did not find expected node content", 4),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, said: str, line: int) -> None:
    told = refused(tmp_path, text)
    assert said in told
    assert f"reports.yaml:{line}" in told


def test_a_file_that_is_not_there_or_holds_no_such_report_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="cannot be read"):
        load_reports(tmp_path / "none.yaml")
    with pytest.raises(WrongUse, match="choose from: daily, monthly, quarterly, weekly"):
        report_named(load_reports(), "yearly")


def test_the_grammar_for_editors_is_the_one_that_is_read() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema_text(), "write schema_text() to it"
