"""The nightly audit on the real Creme, registers joined, on SQLite and on PostgreSQL: from CRM to report."""

from pathlib import Path

import pytest

from config.settings import load_settings
from flows.auditing.plain import audit_plainly
from flows.auditing.request import AuditRequest
from flows.auditing.run import AuditRun
from tests.creme.reading import mapping_for
from tests.creme.registers import write_registers
from tests.creme.scenario import AS_OF
from tests.house import House

pytest_plugins = ["tests.creme.fixtures"]
pytestmark = pytest.mark.slow


def test_two_runs_with_one_as_of_give_identical_results_and_owe_nothing_new(
    creme_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    House(tmp_path).enter(monkeypatch)
    monkeypatch.setenv("CLAUSEWATCH_CREME_URL", creme_url)
    registers = tmp_path / "registers"
    registers.mkdir()
    mapping = Path(mapping_for(creme_url, write_registers(registers), tmp_path).path)
    first = run(mapping)
    results = (first.folder / "results.json").read_bytes()
    assert first.committed
    assert all(check["holds"] for check in first.results["checks"])
    assert {audit["word"] for audit in first.results["audits"]} <= {"breached", "undecided", "met"}
    again = run(mapping)
    assert again.changes is not None
    assert len(again.changes.events) == 0
    assert (again.folder / "results.json").read_bytes() == results


def run(mapping: Path) -> AuditRun:
    request = AuditRequest.model_validate({"source": str(mapping), "period": "2026-10", "as_of": AS_OF})
    return audit_plainly(request, load_settings())
