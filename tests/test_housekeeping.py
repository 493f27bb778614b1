"""What is old goes, with a word in the manifest; what proves an audit stays, and nothing outside is touched."""

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from audits.errors import ClausewatchError, WrongUse
from config.clock import now
from config.settings import load_settings
from flows import cli
from flows.acts.retention import let_go
from flows.past.proving import prove_trails
from reports import seal_folder
from reports.archive.verify_report import prove
from tasks.forgetting import ages
from tasks.forgetting.places import files_below, inside
from tests.flow_house import RUN, copy_house, listing
from tests.house import House

OLD = timedelta(days=1000)


@pytest.fixture
def house(demo_audited: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """The demo after its first audit."""
    house = copy_house(demo_audited, tmp_path)
    house.enter(monkeypatch)
    return house


def age(*paths: Path, by: timedelta = OLD) -> None:
    """Make files look as if they were written so long ago."""
    for path in paths:
        then = (now() - by).timestamp()
        os.utime(path, (then, then))


def aged(house: House) -> Path:
    """The demo's run, grown old, outbox included."""
    run = house.folder / "out" / RUN
    age(*files_below(run))
    at = int((now() - OLD).timestamp() * 10**6)
    with closing(sqlite3.connect(house.folder / "state" / "clausewatch.db")) as store:
        store.execute("UPDATE mails SET settled_at = ?", (at,))
        store.commit()
    return run


def manifest(run: Path) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    return said


def outbox(house: House) -> list[tuple[str, int, str]]:
    with closing(sqlite3.connect(house.folder / "state" / "clausewatch.db")) as store:
        return store.execute("SELECT mail, length(content), sha256 FROM mails ORDER BY mail").fetchall()


@time_machine.travel("2026-11-30T23:59:59+00:00", tick=False)
def test_bytes_go_and_what_proves_them_stays(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    run = aged(house)
    before = manifest(run)["files"]
    there = {path.relative_to(run).as_posix() for path in files_below(run)}
    assert cli.run(["housekeeping"]) == 0
    said = capsys.readouterr().out
    assert all(word in said for word in ("snapshots", "mails", "bytes of mails in the outbox", RUN))
    left = {path.relative_to(run).as_posix() for path in files_below(run)}
    assert left == {name for name in there if "/" not in name}
    assert not (run / "snapshot").exists()
    after = manifest(run)
    assert after["files"] == before
    assert after["expired"] == dict.fromkeys(there - left, "2026-11-30")
    assert [fault.found for fault in prove(run).faults] == []
    assert prove_trails(load_settings())[0]["faults"] == []
    for mail, length, kept in outbox(house):
        assert length == 0
        assert kept in before.values(), mail
    assert cli.run(["housekeeping"]) == 0
    assert "nothing is old" in capsys.readouterr().out
    assert json.loads(seal_folder(run).read_text(encoding="utf-8")) == after


def test_a_dry_run_says_it_and_removes_nothing(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    aged(house)
    before, mails = listing(house), outbox(house)
    assert cli.run(["housekeeping", "--dry-run", "--json"]) == 0
    said = {one["what"]: one["count"] for one in json.loads(capsys.readouterr().out)}
    assert said["mails"] == said["bytes of mails in the outbox"] == len(mails)
    assert (listing(house), outbox(house)) == (before, mails)


def test_what_is_young_or_kept_for_ever_stays(house: House) -> None:
    settings = load_settings()
    assert let_go(settings) == []
    aged(house)
    ever = dict.fromkeys(("keep_snapshots_days", "keep_mail_days", "keep_logs_days", "keep_staging_days"), 0)
    assert let_go(load_settings(**ever)) == []


def test_mails_that_wait_keep_their_bytes_however_old(house: House) -> None:
    aged(house)
    with closing(sqlite3.connect(house.folder / "state" / "clausewatch.db")) as store:
        store.execute("UPDATE mails SET state = 'pending' WHERE person_id = 'E1007'")
        store.commit()
    let_go(load_settings())
    assert sum(length > 0 for _, length, _ in outbox(house)) == 3


def test_a_snapshot_stays_while_a_younger_run_was_judged_from_it(house: House) -> None:
    run = aged(house)
    replay = house.folder / "out" / "replay"
    replay.mkdir()
    (replay / "results.json").write_bytes((run / "results.json").read_bytes())
    let_go(load_settings())
    assert (run / "snapshot" / "manifest.json").is_file()
    age(replay / "results.json")
    let_go(load_settings())
    assert not (run / "snapshot").exists()


def test_whoever_is_killed_in_the_middle_is_ended_by_the_next(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = aged(house)
    unlink, count = Path.unlink, 0

    def dying(path: Path, *, missing_ok: bool = False) -> None:
        nonlocal count
        count += path.parent != run
        if count == 9:
            raise KeyboardInterrupt
        unlink(path, missing_ok=missing_ok)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", dying)
        assert cli.run(["housekeeping"]) == 130
    assert (run / "snapshot").exists()
    assert manifest(run)["expired"]
    assert [fault.found for fault in prove(run).faults] == []
    assert cli.run(["housekeeping"]) == 0
    assert not (run / "snapshot").exists()
    assert [fault.found for fault in prove(run).faults] == []


def test_leftovers_of_processes_that_died_go_after_a_day(house: House) -> None:
    run, state = house.folder / "out" / RUN, house.folder / "state"
    made = [run / ".unfinished-report.html", run / ".snapshot-123" / "frames" / "case.parquet"]
    made += [
        house.folder / "out" / "x" / ".snapshot-abc" / "facts.json",
        state / "backfill" / "demo" / "facts.json",
    ]
    for path in made:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("half", encoding="utf-8")
    assert let_go(load_settings()) == []
    age(*made, *(path.parent for path in made[1:]), by=timedelta(days=2))
    age(made[1].parents[1], made[2].parent, by=timedelta(days=2))
    gone = let_go(load_settings())
    assert [(one.what, one.count) for one in gone] == [("leftovers of processes that died", 4)]
    assert not any(path.exists() for path in made)
    assert (run / "report.html").is_file()


def test_logs_and_landings_that_nobody_uses_go(house: House) -> None:
    state = house.folder / "state"
    log, fresh = state / "prefect" / "server.log.1", state / "prefect" / "server.log"
    staging = state / "zendesk" / "staging.db"
    for path in (log, fresh, staging, state / "zendesk" / "landing" / "lock"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x", encoding="utf-8")
    age(log, staging)
    assert {one.what for one in let_go(load_settings())} == {"logs", "staging"}
    assert not log.exists()
    assert not staging.exists()
    assert fresh.exists()
    assert (state / "clausewatch.db").exists()
    assert (state / "demo" / "crm.db").exists()


def test_nothing_outside_is_removed(house: House, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "snapshot").mkdir()
    for name in ("snapshot/facts.json", "a.eml", "b.log", "results.json", ".unfinished-x"):
        (elsewhere / name).write_text("ours", encoding="utf-8")
        age(elsewhere / name)
    (house.folder / "out" / "link").symlink_to(elsewhere)
    (house.folder / "out" / "old.eml").symlink_to(elsewhere / "a.eml")
    (house.folder / "out" / ".unfinished-link").symlink_to(elsewhere)
    (house.folder / "state" / "logs").symlink_to(elsewhere)
    run = aged(house)
    snapshot = run / "snapshot"
    snapshot.rename(elsewhere / "moved")
    snapshot.symlink_to(elsewhere / "moved")
    let_go(load_settings())
    assert len(list(files_below(elsewhere))) > 5
    assert (elsewhere / "a.eml").exists()


def refused(path: Path, top: Path) -> bool:
    try:
        inside(path, top)
    except WrongUse:
        return True
    return False


def test_a_path_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    top, other = tmp_path / "out", tmp_path / "other"
    for folder in (top / "run", other):
        folder.mkdir(parents=True)
    (top / "link").symlink_to(other)
    assert not refused(top / "run" / "a", top)
    assert all(
        refused(path, top)
        for path in (other, top, top / ".." / "other", top / "link" / "a", Path("/etc/passwd"))
    )


def test_a_manifest_that_cannot_be_read_keeps_what_it_covers(house: House) -> None:
    run = aged(house)
    (run / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(ClausewatchError, match="manifest of a run cannot be read"):
        let_go(load_settings())
    assert (run / "snapshot").is_dir()


def test_the_flow_says_what_went(house: House) -> None:
    from prefect.logging import disable_run_logger

    from flows.housekeeping import housekeeping

    aged(house)
    with disable_run_logger():
        told = housekeeping.fn()
    assert told["snapshots"] > 50
    assert told["mails"] == 16


@pytest.mark.parametrize("kind", [ages.mails, ages.logs, ages.staging])
def test_a_folder_that_is_not_there_holds_nothing(
    tmp_path: Path, kind: Callable[[Path, float], list[Path]]
) -> None:
    assert kind(tmp_path / "nowhere", 1e12) == []
