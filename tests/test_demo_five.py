"""The demo under all five standards: judged as its key says, its books close, and references mail nobody."""

from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from pypdf import PdfReader

from config.settings import load_settings
from flows.asking.covering import coverage_of
from flows.auditing.plain import audit_plainly
from flows.auditing.run import AuditRun
from tests.flow_house import DEMO, build_house

KEY = Path(__file__).parent / "demo" / "answers_five.yaml"
#: Auto clauses of each standard that the demo's CRM and registers do not let us judge, and why.
UNCONNECTED = {
    "CSM-8.3.2-COMPLIANCE-CHECK",  # nobody attests anything in the demo
}
Said = dict[tuple[str, str], list[tuple[str, str]]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AuditRun]:
    """The demo's night with every card of every standard."""
    folder = build_house(tmp_path_factory.mktemp("five"))
    with pytest.MonkeyPatch.context() as patch, chdir(folder):
        patch.setenv("CLAUSEWATCH_PROFILE", "all")
        yield audit_plainly(DEMO, load_settings())


@pytest.fixture(scope="module")
def said(run: AuditRun) -> Said:
    """(clause, printed number, with its occurrence too) -> verdicts and reasons."""
    frame = pd.read_parquet(run.folder / "verdicts.parquet")
    found: Said = {}
    columns = (frame[name] for name in ("clause", "label", "record", "occurrence", "verdict", "reason"))
    for clause, label, record, occurrence, verdict, reason in zip(*columns, strict=True):
        names = {str(label), str(record)}
        for name in names | {f"{name} {occurrence}" for name in names if occurrence}:
            found.setdefault((clause, name), []).append((str(verdict), str(reason)))
    return found


def test_what_is_planted_for_the_five_standards_is_judged_as_the_key_says(said: Said) -> None:
    key: dict[str, dict[str, str]] = yaml.safe_load(KEY.read_text(encoding="utf-8"))
    wrong = [
        (clause, record, text, told)
        for clause, answers in key.items()
        for record, text in answers.items()
        if not _fits(told := said.get((clause, str(record)), []), text)
    ]
    assert wrong == []


def _fits(told: list[tuple[str, str]], text: str) -> bool:
    verdict, _, reason = text.partition(" ")
    return len(told) == 1 and told[0][0] == verdict and reason in ("", told[0][1])


def test_the_key_speaks_of_every_standard_and_has_breaches_in_each() -> None:
    key: dict[str, dict[str, str]] = yaml.safe_load(KEY.read_text(encoding="utf-8"))
    broken = {
        clause[:3] for clause, told in key.items() if any(t.startswith("breached") for t in told.values())
    }
    assert broken == {"ECS", "CSM", "SPS", "SQP", "CST"}


def _states(run: AuditRun) -> dict[str, str]:
    return {clause["id"]: clause["state"] for clause in run.results["clauses"]}


def test_all_but_a_few_clauses_that_records_can_decide_are_connected(run: AuditRun) -> None:
    assert {clause for clause, state in _states(run).items() if state == "unconnected"} == UNCONNECTED


def test_coverage_without_an_audit_says_the_same(run: AuditRun) -> None:
    told = coverage_of(load_settings(), "demo")
    lines = [
        line for standard in told["standards"] for part in standard["sections"] for line in part["clauses"]
    ]
    assert {line["id"] for line in lines if line["state"] == "unconnected"} == UNCONNECTED
    assert set(_states(run)) == {line["id"] for line in lines}


def test_the_books_of_five_standards_close(run: AuditRun) -> None:
    broken = [check["id"] for check in run.results["checks"] if not check["holds"]]
    assert broken == []
    assert {one["code"] for one in run.results["standards"]} == {"ECS", "CSM", "SPS", "SQP", "CST"}


def test_a_standard_that_is_only_a_reference_mails_nobody(run: AuditRun) -> None:
    modes: dict[str, Any] = {one["code"]: one["mode"] for one in run.results["standards"]}
    assert {code for code, mode in modes.items() if mode == "reference"} == {"CSM", "SPS", "SQP", "CST"}
    assert run.plan is not None
    assert {notice.clause[:3] for notice in run.plan.notices if notice.clause} == {"ECS"}


def test_the_print_of_five_standards_folds_what_had_nothing_due_and_names_every_clause(run: AuditRun) -> None:
    pages = [page.extract_text() for page in PdfReader(run.folder / "report.pdf").pages]
    assert len(pages) <= 13
    text = "".join("".join(pages).split())
    without = {c["id"] for c in run.results["clauses"] if c["state"] != "judged" or not c["population"]}
    assert len(without) > 100
    assert {clause for clause in without - UNCONNECTED if clause not in text} == set()
