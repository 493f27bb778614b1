"""The nightly audit's steps on the demo, in one process: what a run leaves, and what a second one adds."""

import json
import shutil
from pathlib import Path

import pytest

from config.settings import load_settings
from flows import demo
from flows.auditing.plain import audit_plainly
from flows.auditing.request import AuditRequest
from flows.auditing.run import AuditRun
from tasks.demo.build import build_demo
from tests.house import House

pytestmark = pytest.mark.slow


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    made = House(tmp_path)
    made.enter(monkeypatch)
    return made


def run_demo() -> AuditRun:
    settings = load_settings()
    return audit_plainly(demo.prepare(settings), settings)


def test_a_run_leaves_every_file_that_the_design_lists(house: House) -> None:
    run = run_demo()
    left = {path.relative_to(run.folder).as_posix() for path in run.folder.rglob("*") if path.is_file()}
    expected = {
        "report.html", "report.pdf", "findings.xlsx", "findings.csv", "verdicts.parquet", "results.json",
        "life.json", "manifest.json", "snapshot/manifest.json", "snapshot/facts.json", "snapshot/frames/case.parquet",
        "snapshot/rules/mapping.yaml", "snapshot/rules/standards/ecs/1.3-time-limits.yaml",
    }  # fmt: skip
    assert expected <= left
    assert any(name.startswith("notices/") and name.endswith(".eml") for name in left)
    assert house.runs == [house.folder / run.folder]


def test_run_again_it_changes_no_finding_and_owes_no_new_mail(house: House) -> None:
    first = run_demo()
    results = (first.folder / "results.json").read_bytes()
    mails = sorted(path.name for path in (first.folder / "notices").iterdir())
    second = run_demo()
    assert second.changes is not None
    assert len(second.changes.events) == 0
    assert second.plan is not None
    assert second.plan.mails == ()
    assert (second.folder / "results.json").read_bytes() == results
    assert sorted(path.name for path in (second.folder / "notices").iterdir()) == mails
    assert len(second.store.notices("demo")) == len(first.store.notices("demo"))


def test_a_snapshot_is_judged_again_without_the_crm_to_the_same_bytes(house: House) -> None:
    run = run_demo()
    kept = house.folder / "kept"
    shutil.copytree(run.folder / "snapshot", kept)
    before = (run.folder / "results.json").read_bytes()
    shutil.rmtree(house.folder / "state" / "demo")
    shutil.rmtree(run.folder)
    again = audit_plainly(AuditRequest(snapshot=kept, period="2026-10"), load_settings())
    assert (again.folder / "results.json").read_bytes() == before


def test_judging_in_parts_gives_the_same_results(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run_demo().results
    monkeypatch.setenv("CLAUSEWATCH_PARTITIONS", "5")
    assert run_demo().results == whole


def test_an_older_instant_is_reported_and_changes_nothing(house: House) -> None:
    run = run_demo()
    known = run.store.findings("demo", run.standards)
    older = audit_plainly(
        AuditRequest.model_validate(
            {"source": "demo", "period": "2026-10", "as_of": "2026-10-20T02:00:00+08:00"}
        ),
        load_settings(),
    )
    assert not older.committed
    assert (older.folder / "report.html").exists()
    assert not list((older.folder / "notices").glob("*.eml"))
    assert run.store.findings("demo", run.standards).equals(known)


def test_a_new_source_is_in_preview_and_mails_nobody(house: House) -> None:
    settings = load_settings()
    build_demo(settings.state / "demo")
    run = audit_plainly(AuditRequest(source="demo", period="2026-10"), settings)
    assert not list((run.folder / "notices").glob("*.eml"))
    life = json.loads((run.folder / "life.json").read_text(encoding="utf-8"))
    assert life["mode"] == "preview"
    assert life["notices"]["preview"] > 0


def test_own_deliveries_count_as_telling_only_where_a_server_took_them(house: House) -> None:
    run = run_demo()
    assert set(run.store.notices("demo")["mail_state"]) == {"written"}
    assert run.store.deliveries_until(run.as_of + 10**15, "demo").empty
