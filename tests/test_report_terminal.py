"""The terminal's summary and Prefect's artifact: the same run, in lines and in Markdown."""

from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from audits.errors import WrongUse
from reports.artifact import run_artifact
from reports.result_set import ResultSet
from reports.terminal import failure, run_summary
from tests.report_sample import sample


def told_of(month: ResultSet, **changed: Any) -> dict[str, Any]:
    """What a run tells of itself (the shape of `flows.auditing.summary`)."""
    results = month.results
    copied = ("source", "period", "as_of", "standards", "audits", "clauses", "totals", "gaps")
    return {
        **{key: results[key] for key in copied},
        "run": "demo-2026-10",
        "folder": "out/demo-2026-10",
        "readings": {"all": 4, "unsigned": 3, "unsigned_with_effect": 2},
        "checks": {"held": 10, "all": 10},
        "life": month.life,
        "committed": True,
        "notices": dict(month.life["notices"]),
        "alarms": [],
        "steps": [{"step": "extract", "said": "4,944 rows | 17 tables", "milliseconds": 6149}],
        "files": {"report.html": "out/demo-2026-10/report.html"},
        "again": "clausewatch audit --snapshot out/demo-2026-10/snapshot",
        **changed,
    }


def _printed(told: dict[str, Any], lang: str, width: int = 80) -> str:
    console = Console(width=width, record=True, color_system=None, file=None, quiet=False)
    with console.capture() as captured:
        console.print(run_summary(told, lang))
    return captured.get()


@pytest.fixture(scope="module")
def month() -> ResultSet:
    return sample()


def test_the_four_audits_stand_with_sign_word_and_both_clocks(month: ResultSet) -> None:
    lines = _printed(told_of(month), "en").splitlines()
    assert lines[1] == "October 2026, four audits"
    assert [line.split()[0] for line in lines[2:6]] == ["✕", "✕", "✓", "✕"]
    assert "Breached 258 of 5,146 elapsed 1,158, opening hours 235" in lines[2]
    assert "4 running, the next ends 11-02" in lines[3]
    assert "needs 33; October 30 of 40, 2 short" in lines[4]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_columns_stay_in_line_in_80_columns(month: ResultSet, lang: str) -> None:
    lines = _printed(told_of(month), lang).splitlines()
    assert max(map(cell_len, lines)) <= 80
    head = next(i for i, line in enumerate(lines) if line.startswith("ECS"))
    assert len({cell_len(line.rstrip()) for line in lines[head : head + 6]}) == 1


def test_sections_add_up_to_the_total(month: ResultSet) -> None:
    lines = _printed(told_of(month), "en").splitlines()
    head = next(i for i, line in enumerate(lines) if line.startswith("ECS"))
    numbers = [
        [int(cell.replace(",", "")) for cell in line.split()[-5:]] for line in lines[head + 1 : head + 4]
    ]
    total = [int(cell.replace(",", "")) for cell in lines[head + 5].split()[-5:]]
    assert [sum(column) for column in zip(*numbers, strict=True)] == total
    assert total == [6111, 338, 115, 86, 5572]


def test_what_needs_somebody_says_where_and_what_to_do(month: ResultSet) -> None:
    text = _printed(told_of(month, alarms=["newest row is 40 h old"]), "en", 200)
    assert "3 things need you" in text
    assert "newest row is 40 h old · demo · clausewatch doctor" in text
    assert "1 mail lost its connection after DATA" in text
    assert "books close 10/10" in text
    assert "clausewatch audit --snapshot out/demo-2026-10/snapshot" in text


def test_an_unconnected_audit_and_an_older_run_say_so() -> None:
    first = sample(signed=False, preview=True, without="qa")
    text = _printed(told_of(first, committed=False), "en", 120)
    assert "no source; connect: deliverable, qa_check" in text
    assert "an older instant: judged and reported, no finding changed" in text


def test_a_failure_says_found_where_do_and_that_nothing_was_written() -> None:
    console = Console(width=80, color_system=None)
    with console.capture() as captured:
        console.print(
            failure(WrongUse("the CRM role may write", "config/crm/main.yaml", "revoke INSERT"), "en")
        )
    text = captured.get()
    assert text.startswith("✕ the CRM role may write")
    assert "  where     config/crm/main.yaml" in text
    assert "nothing written · exit 2" in text


def _tables(markdown: str) -> list[list[list[str]]]:
    found: list[list[list[str]]] = [[]]
    for line in markdown.splitlines():
        if line.startswith("|"):
            found[-1].append([cell.strip() for cell in line.replace("\\|", "¦").strip("|").split("|")])
        elif found[-1]:
            found.append([])
    return [table for table in found if table]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_artifact_is_tables_of_even_rows(month: ResultSet, lang: str) -> None:
    tables = _tables(run_artifact(told_of(month), lang))
    assert len(tables) == 4
    for table in tables:
        assert len({len(row) for row in table}) == 1
    assert tables[-1][-1][2:] == ["6,111", "338", "115", "86", "5,572"]


def test_the_artifact_puts_first_what_needs_somebody(month: ResultSet) -> None:
    text = run_artifact(told_of(month), "en")
    assert text.startswith("# Audit 2026-10: delivered, 2 things need you\n")
    assert text.index("## Needs you") < text.index("## Four audits") < text.index("## Steps")
    assert "| extract | 4,944 rows \\| 17 tables | 6.1 |" in text
    quiet = told_of(month, notices={"owed": 3, "sent": 3})
    assert run_artifact(quiet, "zh").startswith("# 审计 2026-10：已完成\n")


def test_chinese_and_english_artifacts_hold_the_same_figures(month: ResultSet) -> None:
    zh, en = (_tables(run_artifact(told_of(month), lang)) for lang in ("zh", "en"))
    figures = [[cell for row in table for cell in row if cell.replace(",", "").isdigit()] for table in zh]
    assert figures == [
        [cell for row in table for cell in row if cell.replace(",", "").isdigit()] for table in en
    ]
