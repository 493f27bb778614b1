"""``reports.yaml``: what it says of each report, and what it says of mistakes."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from audits.errors import WrongUse
from audits.instants import instant_of
from config.report_times import unsent
from config.reports import SCHEMA, load_reports, report_named, schema_text
from config.settings import Settings
from flows.reporting.pack_times import reports_due

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


ROOT = Path(__file__).resolve().parent.parent
NIGHT = '  nightly: {flow: audit, cron: "0 2 * * *"}\n'
SENDS = '  weekly: {flow: report, cron: "0 9 * * *", on: first working day of the week, report: m}\n'


def scheduled(folder: Path, *, when: str = "weekly", lines: str = NIGHT + SENDS, more: str = "") -> Settings:
    """A report that says when it is sent, and the schedules."""
    (folder / "schedules.yaml").write_text(f"schema: 1\nschedules:\n{lines}", encoding="utf-8")
    reports = written(folder, f"{HEAD}  m:\n{GOOD}    when: {when}\n{more}")
    return Settings(source="demo", schedules=folder / "schedules.yaml", reports=reports)


def test_every_report_that_comes_with_it_is_sent_by_the_schedule_it_names() -> None:
    home = ROOT / "config"
    ours = Settings(source="demo", schedules=home / "schedules.yaml", reports=home / "reports.yaml")
    assert unsent(ours, AT) == {}
    assert [(one.state, one.found) for one in reports_due(ours)] == [("ok", "4 reports, 2 sent by schedules")]


AT = instant_of(datetime(2026, 11, 2, tzinfo=UTC))


@pytest.mark.parametrize(
    ("asked", "found", "do"),
    [
        ({"when": "wekly"}, "has no schedule 'wekly'", "write `when: weekly`"),
        ({"when": "wekly", "lines": NIGHT}, "has no schedule 'wekly'", "or leave `when` out"),
        ({"when": "nightly"}, "the schedule nightly runs flow audit", "or write `report: m` at"),
        (
            {"lines": NIGHT + SENDS.replace("report: m", "report: m, off: true")},
            "the schedule weekly is off",
            "take `off: true` away at",
        ),
        (
            {"lines": SENDS.replace("0 9 * * *", "0 9 31 2 *")},
            "weekly never runs",
            "mend `cron` or `on` at",
        ),
        (
            {"lines": SENDS.replace("0 9 * * *", "0 9 20 * *").replace("the week", "the month")},
            "weekly never runs",
            "mend `cron` or `on` at",
        ),
    ],
)
def test_a_report_that_no_schedule_would_ever_send_is_told_with_its_line_and_cure(
    tmp_path: Path, asked: dict[str, str], found: str, do: str
) -> None:
    settings = scheduled(tmp_path, **asked)
    said = unsent(settings, AT)["m"]
    assert found in said.found
    assert do in said.do
    assert said.where == f"{tmp_path / 'reports.yaml'}:7"
    (line,) = reports_due(settings)
    assert (line.what, line.state) == ("reports", "bad")
    assert said.where in line.found


def test_a_report_sent_by_hand_or_switched_off_misses_no_schedule(tmp_path: Path) -> None:
    assert unsent(scheduled(tmp_path), AT) == {}
    assert unsent(scheduled(tmp_path, when='""', lines=NIGHT), AT) == {}
    off = {"lines": SENDS.replace("0 9 * * *", "0 9 31 2 *"), "more": "    enabled: false\n"}
    assert unsent(scheduled(tmp_path, **off), AT) == {}
