"""On the real Creme with registers, every verdict equals the seeded truth: on SQLite and on PostgreSQL."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import pandas as pd
import pytest

from audits.instants import instant_of
from audits.judge import Judged, audit, obligations
from audits.results import results
from audits.words import Words
from config.rulebook import gather, open_rules
from config.rules import load_rules
from config.settings import Settings
from tasks.crm import extract
from tasks.crm.snapshot import read as read_snapshot
from tasks.crm.snapshot import write as write_snapshot
from tests.creme.deviations import DEVIATIONS, judge_deviation
from tests.creme.reading import TAKEN, keys_of, mapping_for
from tests.creme.registers import write_registers
from tests.creme.scenario import AS_OF
from tests.creme.tickets import TICKETS
from tests.creme.truth import NOT_APPLICABLE, Expected, judge_ticket
from tests.creme.truth_projects import judge_projects, quality_of, returned

pytest_plugins = ["tests.creme.fixtures"]
pytestmark = pytest.mark.slow

#: A verdict as both sides can say it: clause, record, verdict.
Line = tuple[str, str, str]


def key() -> Iterator[Expected]:
    """The whole answer key."""
    for ticket in TICKETS:
        yield from judge_ticket(ticket, AS_OF)
    for row in DEVIATIONS:
        yield from judge_deviation(row, AS_OF)
    yield from judge_projects(AS_OF)


KEY: Final = tuple(key())


@dataclass(frozen=True)
class Run:
    """One audit of the seeded Creme: what was judged, and its obligations with the scenario's keys."""

    folder: Path
    judged: Judged
    rows: pd.DataFrame


@pytest.fixture(scope="module")
def run(creme_url: str, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Extract, keep as a snapshot, judge what the snapshot holds."""
    folder = tmp_path_factory.mktemp("verdicts")
    registers = write_registers(tmp_path_factory.mktemp("registers"))
    mapping = mapping_for(creme_url, registers, folder)
    facts = extract(mapping, now=TAKEN).facts
    bundle = {f"rules/{name}": text for name, text in gather(Settings(), mapping.text).items()}
    write_snapshot(folder / "snapshot", facts, bundle, instant_of(AS_OF))
    judged = judge(folder / "snapshot")
    rows = obligations(judged)
    keys = keys_of(creme_url)
    return Run(
        folder / "snapshot",
        judged,
        rows.assign(record=[keys.get(record, record) for record in rows["record"]]),
    )


def judge(folder: Path) -> Judged:
    """Judge a snapshot by the rules that lie in it."""
    snapshot = read_snapshot(folder)
    rules, period = open_rules(folder / "rules", "2026-06..2026-11", snapshot.facts.zone)
    return audit(snapshot.facts, rules, instant_of(AS_OF), period)


def lines(clauses: tuple[str, ...], rows: pd.DataFrame) -> Counter[Line]:
    """Verdicts of some clauses; a duty that did not arise may be told or left unsaid."""
    mine = rows[rows["clause"].str.startswith(clauses) & (rows["verdict"] != NOT_APPLICABLE)]
    return Counter(zip(mine["clause"], mine["record"], mine["verdict"].astype(str), strict=True))


def expected(clauses: tuple[str, ...]) -> Counter[Line]:
    """The same from the key."""
    mine = [each for each in KEY if each.clause.startswith(clauses) and each.verdict != NOT_APPLICABLE]
    return Counter((each.clause, each.record, each.verdict) for each in mine)


@pytest.mark.parametrize("clause", sorted({each.clause for each in KEY}))
def test_every_verdict_of_the_clause_is_the_seeded_truth(run: Run, clause: str) -> None:
    assert lines((clause,), run.rows) == expected((clause,))


def test_every_clause_of_the_core_profile_and_of_deviations_is_connected(run: Run) -> None:
    assert run.judged.unconnected == {}
    assert {each.clause for each in KEY} == set(run.judged.made)


def test_under_five_standards_what_creme_cannot_hold_is_unconnected_and_the_books_close(run: Run) -> None:
    own = run.judged
    rules = load_rules(own.period, own.rules.calendar, own.rules.hours, profile="all")
    found = json.loads(results_of(audit(own.facts, rules, own.as_of, own.period)))
    states = {clause["id"]: clause["state"] for clause in found["clauses"]}
    assert set(states.values()) == {"judged", "unconnected", "attested", "not_auditable"}
    assert {code for code, state in states.items() if state == "judged"} > set(own.made)
    assert [check["id"] for check in found["checks"] if not check["holds"]] == []
    assert {clause["id"]: clause["counts"] for clause in found["clauses"] if clause["id"] in own.made} == {
        clause["id"]: clause["counts"] for clause in json.loads(results_of(own))["clauses"] if clause["state"] == "judged"
    }  # fmt: skip


def test_every_due_instant_is_the_keys(run: Run) -> None:
    found: dict[tuple[str, str], set[datetime]] = {}
    for clause, record, due in zip(run.rows["clause"], run.rows["record"], run.rows["due_at"], strict=True):
        found.setdefault((clause, record), set()).add(due)
    missing = [
        each for each in KEY if each.due and each.due not in found.get((each.clause, each.record), set())
    ]
    assert [each for each in missing if each.verdict != NOT_APPLICABLE] == []


def test_what_the_crm_no_longer_shows_is_judged_by_no_clause(run: Run) -> None:
    gone = {ticket.key for ticket in TICKETS if not ticket.says}
    assert gone & set(run.rows["record"]) == set()


def test_a_later_matter_of_a_case_is_an_obligation_of_its_own(run: Run) -> None:
    mine = run.rows[(run.rows["record"] == "G24") & (run.rows["clause"] == "ECS-1.3-RESOLVE-CONSULT")]
    assert sorted(zip(mine["occurrence"], mine["verdict"], strict=True)) == [("", "met"), ("r1", "breached")]


def results_of(judged: Judged) -> str:
    """`results.json` of an audit, but for the snapshot's own hashes."""
    found = results(judged, {"hash": "", "frames": {}}, "test", Words("Creme", "Creme"))
    return json.dumps(found, ensure_ascii=False, sort_keys=True)


def test_the_books_close_and_count_what_the_key_counts(run: Run) -> None:
    found = json.loads(results_of(run.judged))
    assert [check["id"] for check in found["checks"] if not check["holds"]] == []
    # the survey cohort of November closes in December, after the period
    running = {(f"ECS-2.4-SURVEY-RETURN-{band}", "2026-11") for band in (80, 60)}
    inside = [each for each in KEY if (each.clause, each.record) not in running]
    for clause in found["clauses"]:
        wanted = Counter(each.verdict for each in inside if each.clause == clause["id"])
        for verdict in ("met", "breached", "pending", "no_data"):
            assert clause["counts"][verdict] == wanted[verdict], (clause["id"], verdict)


def test_judging_the_same_snapshot_again_gives_the_same_bytes(run: Run) -> None:
    assert results_of(judge(run.folder)) == results_of(run.judged)


@pytest.mark.parametrize(
    ("clause", "counted"),
    [
        ("ECS-2.4-SURVEY-RETURN-80", {f"2026-{n:02d}": returned(f"2026-{n:02d}") for n in range(6, 12)}),
        ("ECS-2.4-QA-RATE-95", {f"2026-{n:02d}": quality_of(f"2026-{n:02d}", AS_OF) for n in range(9, 12)}),
    ],
)
def test_a_rate_counts_what_the_key_counts(
    run: Run, clause: str, counted: dict[str, tuple[int, int]]
) -> None:
    view = run.judged.made[clause].view
    months = view.base.text("id")
    found = zip(months, view.numbers["part"], view.numbers["known"], strict=True)
    told = {month: (int(part), int(known)) for month, part, known in found if known}
    assert told == {month: counts for month, counts in counted.items() if counts[1]}
