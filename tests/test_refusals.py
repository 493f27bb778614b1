"""Bad input, end to end: a clear word of what, where and what to do, and nothing half-written."""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from audits.errors import ClausewatchError, WrongUse
from config.settings import load_settings
from flows.plain import audit_plainly
from flows.request import AuditRequest
from tasks.demo.build import build_demo
from tests.house import ROOT, House

pytestmark = pytest.mark.slow


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    made = House(tmp_path)
    made.enter(monkeypatch)
    build_demo(tmp_path / "state" / "demo")
    return made


def damaged(house: House, old: str, new: str) -> Path:
    """The demo's mapping with one thing wrong."""
    text = (ROOT / "config" / "crm" / "demo.yaml").read_text(encoding="utf-8")
    assert old in text
    path = house.folder / "damaged.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def refused(house: House, **asked: Any) -> ClausewatchError:
    """The error of an audit that must not happen; no report may stand afterwards."""
    with pytest.raises(ClausewatchError) as caught:
        audit_plainly(
            AuditRequest.model_validate({"source": "demo", "period": "2026-10", **asked}), load_settings()
        )
    assert house.runs == []
    assert caught.value.found
    assert caught.value.do
    return caught.value


def test_an_unknown_column_is_named_with_the_line_of_the_mapping(house: House) -> None:
    error = refused(
        house, source=str(damaged(house, "a.employee_no AS staff_no", "a.no_such_column AS staff_no"))
    )
    assert "no_such_column" in error.found
    assert "damaged.yaml:" in error.where
    assert error.exit_code == 3


def test_half_a_mapping_is_wrong_use(house: House) -> None:
    error = refused(house, source=str(damaged(house, "from: crm", "form: crm")))
    assert "damaged.yaml:" in error.where
    assert error.exit_code == 2


def test_a_crm_that_is_down_says_which_connection(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUSEWATCH_CRM_URL", "postgresql://reader:hidden-word@127.0.0.1:1/crm")
    error = refused(house)
    assert error.exit_code == 3
    assert "hidden-word" not in str(error)


def test_a_period_that_has_not_begun_cannot_be_judged(house: House) -> None:
    error = refused(house, period="2027-01")
    assert "2027-01" in error.found


def test_no_audit_looks_later_than_its_extract(house: House) -> None:
    error = refused(house, as_of=datetime.fromisoformat("2026-11-05T02:00+08:00"))
    assert "extract" in error.found


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="timezone"):
        AuditRequest.model_validate({"as_of": "2026-11-02T02:00:00"})


def test_every_wrong_cell_of_a_register_is_named(house: House) -> None:
    path = house.folder / "state" / "demo" / "registers" / "deliverables.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    stamps = [int(cell.column or 0) for cell in sheet[1] if "时刻" in str(cell.value)]
    wrong = [sheet.cell(row=4, column=stamps[0]), sheet.cell(row=6, column=stamps[0])]
    for cell in wrong:
        cell.value = "2026-13-45"
    book.save(path)
    error = refused(house)
    assert all(cell.coordinate in str(error) for cell in wrong)


def test_a_value_nobody_mapped_leaves_a_usable_report(house: House) -> None:
    run = audit_plainly(AuditRequest(source="demo", period="2026-10"), load_settings())
    assert run.results["unmapped"]
    assert {"field": "case.service_type", "reason": "UNMAPPED_VALUE"}.items() <= next(
        gap for gap in run.results["gaps"] if gap["reason"] == "UNMAPPED_VALUE"
    ).items()
    assert (run.folder / "report.html").exists()


def contradicting(rules: Path) -> None:
    """A card whose two dated limits speak of different units."""
    path = rules / "standards" / "ecs" / "1.3-time-limits.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("{2024-01-01: 15 min}", "{2024-01-01: 15 min, 2026-01-01: 5 working days}", 1),
        encoding="utf-8",
    )


def without_hours(rules: Path) -> None:
    """Opening hours that nobody wrote."""
    (rules / "calendars" / "hours.yaml").unlink()


@pytest.mark.parametrize(
    ("damage", "said"), [(contradicting, "1.3-time-limits.yaml:"), (without_hours, "hours.yaml")]
)
def test_wrong_rules_are_told_with_their_file(
    house: House, damage: Callable[[Path], None], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = house.folder / "rules"
    shutil.copytree(ROOT / "config", rules, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    damage(rules)
    monkeypatch.setenv("CLAUSEWATCH_RULES", str(rules))
    monkeypatch.setenv("CLAUSEWATCH_HOURS_FILE", str(rules / "calendars" / "hours.yaml"))
    error = refused(house)
    assert isinstance(error, WrongUse)
    assert said in error.where
