"""What a run's folder holds: complete, or no more than the snapshot of a run that failed later."""

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from audits.errors import ClausewatchError
from config.settings import load_settings
from flows.auditing import steps, telling
from flows.auditing.plain import audit_plainly
from flows.auditing.request import AuditRequest
from tasks.crm import snapshot
from tests.flow_house import DEMO, RUN, copy_house, folders, letters, own_config, store_of
from tests.house import House

pytestmark = pytest.mark.slow


@pytest.fixture
def house(demo_audited: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """The demo after its first audit."""
    house = copy_house(demo_audited, tmp_path)
    house.enter(monkeypatch)
    return house


def correct_a_case(house: House) -> None:
    """Somebody mends a receipt in the CRM after the audit."""
    with closing(sqlite3.connect(house.folder / "state" / "demo" / "crm.db")) as crm:
        crm.execute(
            "UPDATE tickets SET reported_at = datetime(reported_at, '-3 hours') WHERE ticket_no = 'T2610-0026'"
        )
        crm.commit()


def names(house: House) -> list[str]:
    return sorted(path.name for path in (house.folder / "out" / RUN).iterdir())


def sealed(house: House) -> bool:
    """Whether the manifest names every file of the run's folder with its hash."""
    folder = house.folder / "out" / RUN
    said = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    files = [path for path in folder.rglob("*") if path.is_file() and path != folder / "manifest.json"]
    found = {path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files}
    return bool(said == found)


def judged_from(house: House) -> str:
    results = json.loads((house.folder / "out" / RUN / "results.json").read_text(encoding="utf-8"))
    return str(results["snapshot"]["frames"]["case"]["sha256"])


def case_in(folder: Path) -> str:
    return snapshot.read(folder).info.hashes["frames/case.parquet"]


def break_it(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def breaks(_: Any) -> str:
        raise ClausewatchError(f"{step} broke", "somewhere", "mend it")

    after = [breaks if one.__name__ == step else one for one in telling.AFTER_JUDGING]
    before = [breaks if one.__name__ == step else one for one in steps.BEFORE_JUDGING]
    monkeypatch.setattr(telling, "AFTER_JUDGING", tuple(after))
    monkeypatch.setattr(steps, "BEFORE_JUDGING", tuple(before))


def test_a_whole_run_is_sealed_and_its_report_is_of_its_snapshot(house: House) -> None:
    assert folders(house) == [RUN]
    assert sealed(house)
    assert judged_from(house) == case_in(house.folder / "out" / RUN / "snapshot")


def test_a_crm_corrected_meanwhile_gives_a_new_report_with_its_snapshot_and_keeps_the_old_one(
    house: House,
) -> None:
    folder = house.folder / "out" / RUN
    old = case_in(folder / "snapshot")
    before = names(house)
    correct_a_case(house)
    audit_plainly(DEMO, load_settings())
    added = sorted(set(names(house)) - set(before))
    assert len(added) == 1
    assert added[0].startswith("snapshot-")
    assert case_in(folder / added[0]) == old
    assert judged_from(house) == case_in(folder / "snapshot") != old
    assert sealed(house)
    audit_plainly(DEMO, load_settings())  # the same once more: nothing is added
    assert names(house) == sorted([*before, *added])
    assert sealed(house)


@pytest.mark.parametrize("step", ["check_freshness", "render"])
def test_a_run_that_fails_leaves_the_last_report_and_its_snapshot_and_says_what_it_kept(
    house: House, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    folder = house.folder / "out" / RUN
    old, before = case_in(folder / "snapshot"), names(house)
    correct_a_case(house)
    with monkeypatch.context() as broken:
        break_it(broken, step)
        with pytest.raises(ClausewatchError, match="broke") as error:
            audit_plainly(DEMO, load_settings())
    kept = sorted(set(names(house)) - set(before))
    assert (len(kept), kept[0].startswith("snapshot-")) == (1, True)
    assert f"kept: out/{RUN}/{kept[0]}" in error.value.__notes__
    assert any(note.startswith("told: engineer@example.com") for note in error.value.__notes__)
    assert len(letters(house)) == 1
    assert judged_from(house) == case_in(folder / "snapshot") == old
    with store_of(house) as store:
        last = store.runs("demo").to_dict("records")[-1]
    assert last["state"] == ("failed" if step == "render" else "finished")  # one that failed early was no run
    audit_plainly(DEMO, load_settings())
    assert judged_from(house) == case_in(folder / "snapshot") != old
    assert sealed(house)


def test_a_snapshot_of_a_failed_run_is_judged_when_the_fault_is_mended(
    demo_built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = copy_house(demo_built, tmp_path)
    house.enter(monkeypatch)
    with monkeypatch.context() as broken:
        break_it(broken, "compare")
        with pytest.raises(ClausewatchError):
            audit_plainly(DEMO, load_settings())
    assert names(house) == ["snapshot"]
    shutil.rmtree(house.folder / "state" / "demo")
    again = audit_plainly(AuditRequest(snapshot=Path("out") / RUN / "snapshot"), load_settings())
    assert again.folder == Path("out") / RUN  # period and instant lie in the snapshot
    assert sealed(house)
    assert len(again.store.notices("demo")) > 100


def test_a_snapshot_that_somebody_changed_is_not_overwritten_but_named(house: House) -> None:
    card = house.folder / "out" / RUN / "snapshot" / "rules" / "standards" / "ecs" / "1.3-time-limits.yaml"
    card.write_text(card.read_text(encoding="utf-8").replace("15 min", "16 min"), encoding="utf-8")
    before = names(house)
    with pytest.raises(ClausewatchError, match="was changed") as error:
        audit_plainly(DEMO, load_settings())
    assert "1.3-time-limits.yaml" in error.value.where
    assert names(house) == before


def test_an_engineer_who_cannot_be_told_is_said_and_hides_no_fault(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_it(monkeypatch, "check_freshness")
    people = own_config(house) / "people.yaml"
    for text, says in (
        (
            people.read_text(encoding="utf-8").replace("  engineer: engineer@example.com\n", ""),
            "names no engineer",
        ),
        ("schema: 1\nroles: [", "people.yaml"),
    ):
        people.write_text(text, encoding="utf-8")
        with pytest.raises(ClausewatchError, match="check_freshness broke") as error:
            audit_plainly(DEMO, load_settings())
        assert any(note.startswith("told: nobody") and says in note for note in error.value.__notes__)
    assert letters(house) == []


def test_two_runs_at_once_add_up_to_one(
    demo_built: Path, demo_audited: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = copy_house(demo_built, tmp_path)
    program = (
        "from config.settings import load_settings\nfrom flows.auditing.plain import audit_plainly\n"
        "from tests.flow_house import DEMO\naudit_plainly(DEMO, load_settings())"
    )
    environ = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[1]), **house.env}
    both = [
        subprocess.Popen(
            [sys.executable, "-c", program], cwd=house.folder, env=environ, stderr=subprocess.PIPE
        )
        for _ in range(2)
    ]
    said = [process.communicate(timeout=240)[1].decode() for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    with store_of(house) as store:
        assert list(store.runs("demo")["state"]) == ["finished", "finished"]
        assert set(store.notices("demo")["mail_state"]) == {"written"}
    (tmp_path / "whole").mkdir()
    whole = copy_house(demo_audited, tmp_path / "whole")
    assert counted(house) == counted(whole)
    assert names(house) == names(whole)
    assert sealed(house)


def counted(house: House) -> tuple[int, int, int]:
    """Findings, events and notices."""
    with store_of(house) as store:
        return (
            len(store.findings("demo", "ECS")),
            len(store.events("demo", "ECS")),
            len(store.notices("demo")),
        )
