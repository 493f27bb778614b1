"""Past periods judged from today's data: in order, once each, whatever kills the process; no finding changes."""

import json
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pandas as pd
import pytest

from audits.errors import WrongUse
from config.settings import load_settings
from flows.auditing.people_known import newest_of
from flows.past.backfilling import Backfill
from flows.past.proving import prove_trails
from tests.flow_house import RUN, copy_house, letters, store_of
from tests.house import ROOT, House

pytestmark = pytest.mark.slow
FIRST, LAST = "2026-08", "2026-10"
FOLDERS = ["demo-2026-08-20260831T160000Z", "demo-2026-09-20260930T160000Z"]
PROGRAM = """
from config.settings import load_settings
from flows.past.backfilling import Backfill
work = Backfill(load_settings(), "2026-08", "2026-10")
for key in work.prepare():
    work.judge(key)
work.end()
"""


@pytest.fixture
def house(demo_audited: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    house = copy_house(demo_audited, tmp_path)
    house.enter(monkeypatch)
    return house


def life(house: House) -> list[pd.DataFrame]:
    """All that people hear of: findings, events, notices."""
    with store_of(house) as store:
        return [store.findings("demo", "ECS"), store.events("demo", "ECS"), store.notices("demo")]


def read(house: House, folder: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((house.folder / "out" / folder / name).read_text(encoding="utf-8"))
    return found


def counted(house: House) -> pd.DataFrame:
    """Counts of periods that were reconstructed, without the run's name."""
    with store_of(house) as store:
        counts = store.counts("demo", "ECS")
    return counts[counts["state"] == "reconstructed"].drop(columns="run").reset_index(drop=True)


def in_the_middle(house: House) -> bool:
    """The second period is under way."""
    return (house.folder / "out" / FOLDERS[1] / "snapshot" / "manifest.json").exists()


def test_a_backfill_killed_in_the_middle_goes_on_at_the_first_period_without_a_result(
    house: House,
) -> None:
    before = life(house)
    environ = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **house.env}
    process = subprocess.Popen([sys.executable, "-c", PROGRAM], cwd=house.folder, env=environ)
    deadline = time.monotonic() + 240
    while not in_the_middle(house) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    assert process.wait(20) == -signal.SIGKILL
    assert set(counted(house)["period"]) == {"2026-08"}

    # It goes on with the very data that it had read, though the CRM is another one by now.
    (house.folder / "state" / "demo" / "crm.db").unlink()
    work = Backfill(load_settings(), FIRST, LAST)
    done = [work.judge(key) for key in work.prepare()]
    work.end()
    assert work.said == "goes on with the data of 2026-11-02T02:00:00+08:00"
    assert [(one["period"], one["done"]) for one in done] == [
        ("2026-08", False), ("2026-09", True), ("2026-10", False),
    ]  # fmt: skip
    assert not any((house.folder / "state" / "backfill").iterdir())

    counts = counted(house)
    assert not counts.duplicated(["period", "clause", "team_id"]).any()
    assert sorted(path.name for path in (house.folder / "out").glob("demo-*")) == [*FOLDERS, RUN]
    for folder in FOLDERS:
        results, told = read(house, folder, "results.json"), read(house, folder, "life.json")
        rows = counts[counts["period"] == results["period"]["key"]].set_index("clause")["breached"]
        judged = {c["id"]: c["counts"]["breached"] for c in results["clauses"] if c["state"] == "judged"}
        assert {clause: int(rows[clause]) for clause in judged} == judged
        assert (told["reconstructed"], results["period"]["closed"]) == (True, True)
        page = (house.folder / "out" / folder / "report.html").read_text(encoding="utf-8")
        assert "据 2026-11-02 的 CRM 追补" in page
    assert newest_of(Path("out"), "demo") == Path("out") / RUN / "snapshot"  # not a past period
    for mine, theirs in zip(life(house), before, strict=True):
        pd.testing.assert_frame_equal(mine, theirs)
    assert letters(house) == []
    assert not prove_trails(load_settings(), "demo")[0]["faults"]
    with store_of(house) as store:
        notes = store.runs("demo").query("state == 'reconstructed'")["note"]
        assert set(notes) == {"reconstructed from the data of 2026-11-02T02:00:00+08:00"}
        # The life of findings goes by the audit alone, whatever was reconstructed.
        assert store.last_report("demo", "ECS") == store.last_committed("demo", "ECS")


def test_two_backfills_at_once_do_each_period_once(house: House) -> None:
    begin = Barrier(2, timeout=60)

    def fills() -> list[bool]:
        work = Backfill(load_settings(), "2026-09", "2026-09")
        begin.wait()
        return [work.judge(key)["done"] for key in work.prepare()]

    with ThreadPoolExecutor(2) as both:
        done = [one.result() for one in [both.submit(fills), both.submit(fills)]]
    assert sorted(done) == [[False], [True]]
    counts = counted(house)
    assert not counts.empty
    assert not counts.duplicated(["period", "clause", "team_id"]).any()


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        ("2026-09", "2026-11", "2026-11 is not over"),
        ("2026-09", "2026-07", "no row of periods"),
        ("2026-Q3", "2026-09", "no row of periods"),
        ("1990-01", "2026-09", "too many"),
    ],
)
def test_periods_that_cannot_be_filled_are_refused_before_anything_is_judged(
    house: House, first: str, last: str, says: str
) -> None:
    with pytest.raises(WrongUse, match=says):
        Backfill(load_settings(), first, last, at_terminal=True).prepare()
    assert letters(house) == []
    assert counted(house).empty
