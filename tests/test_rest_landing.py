"""A REST landing on a real server with real faults: every row once, nothing asked twice, nothing said aloud."""

import fcntl
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from config.mapping import Mapping
from tasks.crm.refusals import CrmError
from tasks.crm.rest import land_all
from tasks.crm.rest.api import LandingError
from tests.house import ROOT
from tests.servers.zendesk import Desk
from tests.zendesk_desk import (
    AT,
    COMPLETE,
    SINCE,
    all_staged,
    desk,
    environment,
    many,
    mapping_for,
    naps,
    served,
    small,
    staged,
    tell,
)

pytestmark = pytest.mark.slow

__all__ = ["desk", "naps"]
NOW: Final = AT + timedelta(hours=3)
FEW: Final = ("lag: 60", "lag: 60\n      pages_at_once: 2")
#: What a process of its own does: land, and perhaps die at the worst moment.
CHILD: Final = """
import os, signal, socket, sys
from datetime import datetime
from config.mapping import load_mapping

def guarded(self, address, connect=socket.socket.connect):
    if isinstance(address, tuple) and address[0] != "127.0.0.1":
        print("called", address, flush=True)
    return connect(self, address)

socket.socket.connect = guarded
path, now, packages = sys.argv[1], datetime.fromisoformat(sys.argv[2]), int(sys.argv[3])
if packages:
    import tasks.crm.rest.api as api
    from dlt.load.load import Load
    def die(self, *args, left=[packages], finish=Load.complete_package, **more):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return finish(self, *args, **more)
    Load.complete_package = die
from tasks.crm.rest import land_all
print(land_all(load_mapping(path, dict(os.environ)), now))
"""


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[Any, ...]]]:
    """What lands of a busy desk when nothing goes wrong."""
    folder = tmp_path_factory.mktemp("calm")
    for one in served():
        land_all(small(busy(one), folder), NOW)
    return all_staged(folder)


def busy(desk: Desk) -> Desk:
    """Two pages of tickets, and as many of what happened to them."""
    many(desk, 12)
    desk.page = 6
    return desk


def cursors(desk: Desk, part: str = "tickets/cursor") -> list[str | None]:
    """The cursors with which tickets were asked for."""
    return [query.get("cursor") for path, query in desk.asked if part in path]


def child(mapping: Mapping, desk: Desk, home: Path, packages: int = 0) -> "subprocess.Popen[str]":
    """A landing in a process of its own, with an empty home."""
    home.mkdir(exist_ok=True)
    env = {**os.environ, **environment(desk, ""), "HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", CHILD, mapping.path, NOW.isoformat(), str(packages)]
    return subprocess.Popen(
        command, cwd=home, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def test_every_page_lands_once_and_the_next_landing_asks_only_for_what_changed(
    desk: Desk, tmp_path: Path
) -> None:
    story, desk.page = many(desk, 30), 7
    mapping = small(desk, tmp_path)
    assert land_all(mapping, NOW) == COMPLETE
    assert [row[0] for row in staged(tmp_path)] == list(range(1, 31))
    assert len(staged(tmp_path, "ticket_changes")) == 30
    first = cursors(desk)
    assert first[0] is None
    assert len(set(first)) == 5
    assert desk.asked[0][1]["start_time"] == str(SINCE)
    desk.asked.clear()
    desk.at += 3600
    story.status(30, "solved", "open", desk.at - 1800)
    land_all(mapping, NOW + timedelta(hours=1))
    assert staged(tmp_path)[-1][:2] == (30, "open")
    assert len(staged(tmp_path)) == 30
    assert len(cursors(desk)) == 1
    assert None not in cursors(desk)


def test_limits_faults_and_cut_lines_are_waited_out_and_leave_the_same_rows(
    desk: Desk, tmp_path: Path, naps: list[float], calm: dict[str, list[tuple[Any, ...]]]
) -> None:
    busy(desk)
    desk.faults = {"tickets/cursor": ["429 7", "503", "drop"], "ticket_events": ["cut", "500", "429 9999"]}
    land_all(small(desk, tmp_path, ("lag: 60", "lag: 60\n      longest_wait: 90")), NOW)
    assert all_staged(tmp_path) == calm
    assert naps[0] == 7
    assert max(naps) == 90
    assert len(naps) == 6


def test_an_api_that_stays_down_ends_the_landing_within_bounds_and_the_next_goes_on_after_it(
    desk: Desk, tmp_path: Path, naps: list[float], calm: dict[str, list[tuple[Any, ...]]]
) -> None:
    busy(desk)
    desk.faults = {"ticket_events": ["503"] * 6}
    mapping = small(desk, tmp_path, FEW)
    with pytest.raises(LandingError, match=r"the API answers 503 \| .*/ticket_events") as error:
        land_all(mapping, NOW)
    assert not isinstance(error.value, CrmError)  # which a flow would try again
    assert len(naps) == 5
    asked = len(cursors(desk))
    assert asked == 2
    desk.asked.clear()
    land_all(mapping, NOW)
    assert len(cursors(desk)) == 1  # the pages that had landed were not asked for again
    assert all_staged(tmp_path) == calm


def test_pages_that_do_not_move_on_are_an_error_not_an_endless_landing(desk: Desk, tmp_path: Path) -> None:
    many(desk, 9)
    desk.page = 3
    wrong = ("next: after_cursor", "next: before_cursor")
    with pytest.raises(LandingError, match="do not move on from the first"):
        land_all(small(desk, tmp_path, wrong), NOW)


def test_an_export_that_does_not_say_when_it_ends_is_read_until_it_stands_still(
    desk: Desk, tmp_path: Path, calm: dict[str, list[tuple[Any, ...]]]
) -> None:
    busy(desk)
    desk.unsigned = ("ticket_events",)
    land_all(small(desk, tmp_path), NOW)
    assert all_staged(tmp_path) == calm


def test_a_second_landing_waits_for_the_first(desk: Desk, tmp_path: Path) -> None:
    tell(desk)
    lock = tmp_path / "zendesk" / "landing" / "lock"
    lock.parent.mkdir(parents=True)
    landed: list[object] = []
    waiting = threading.Thread(target=lambda: landed.append(land_all(small(desk, tmp_path), NOW)))
    with lock.open("w") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        waiting.start()
        while not waited_for(lock) and waiting.is_alive():
            waiting.join(timeout=0.05)
        assert (landed, desk.asked) == ([], [])
    waiting.join(timeout=120)
    assert landed == [COMPLETE]


def waited_for(lock: Path) -> bool:
    """Whether the kernel knows of somebody who waits for this file."""
    lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    return any("->" in line and f":{lock.stat().st_ino} " in line for line in lines)


def test_a_staging_database_that_somebody_holds_is_busy_which_a_flow_tries_again(
    desk: Desk, tmp_path: Path
) -> None:
    tell(desk)
    mapping = small(desk, tmp_path)
    land_all(mapping, NOW)
    with closing(sqlite3.connect(tmp_path / "zendesk" / "staging.db")) as somebody:
        somebody.execute("BEGIN EXCLUSIVE")
        with pytest.raises(CrmError) as error:
            land_all(mapping, NOW)
        assert error.value.kind == "busy"
    land_all(mapping, NOW)


def test_columns_and_tables_that_hold_nothing_are_there_all_the_same(desk: Desk, tmp_path: Path) -> None:
    assert land_all(mapping_for(desk, tmp_path), NOW) == COMPLETE
    empty = all_staged(tmp_path)
    assert len(empty) == 10
    assert not any(empty.values())
    tell(desk)
    land_all(mapping_for(desk, tmp_path), NOW)
    deleted_at = staged(tmp_path, "organizations")[0][3]
    assert deleted_at is None


@pytest.mark.parametrize(
    ("our_clock", "complete"),
    [(NOW, COMPLETE), (AT - timedelta(hours=1), AT - timedelta(hours=1, seconds=60))],
)
def test_the_landing_is_complete_up_to_the_earlier_clock_less_what_the_api_leaves_out(
    desk: Desk, tmp_path: Path, our_clock: datetime, complete: datetime
) -> None:
    tell(desk)
    assert land_all(small(desk, tmp_path), our_clock) == complete
    assert staged(tmp_path, "landing") == [(1, complete.astimezone(UTC).isoformat())]


def test_a_landing_killed_between_its_pages_goes_on_and_gives_the_same_rows(
    desk: Desk, tmp_path: Path, calm: dict[str, list[tuple[Any, ...]]]
) -> None:
    busy(desk)
    mapping = small(desk, tmp_path, FEW)
    process = child(mapping, desk, tmp_path / "home")

    def kill(path: str) -> None:
        if "ticket_events" in path and "ticket_events" in "".join(desk.paths()):
            os.kill(process.pid, signal.SIGKILL)

    desk.before = kill
    process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL
    desk.before = lambda _path: None
    desk.asked.clear()
    land_all(mapping, NOW)
    assert all_staged(tmp_path) == calm
    assert None not in cursors(desk)


def test_a_landing_killed_with_rows_written_and_not_yet_counted_gives_the_same_rows(
    desk: Desk, tmp_path: Path, calm: dict[str, list[tuple[Any, ...]]]
) -> None:
    busy(desk)
    mapping = small(desk, tmp_path, FEW)
    process = child(mapping, desk, tmp_path / "home", packages=2)
    process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL
    land_all(mapping, NOW)
    assert all_staged(tmp_path) == calm


def test_a_landing_keeps_to_its_folder_and_calls_nobody_but_the_api(desk: Desk, tmp_path: Path) -> None:
    tell(desk)
    process = child(small(desk, tmp_path), desk, tmp_path / "home")
    said, _ = process.communicate(timeout=120)
    assert (process.returncode, said.strip()) == (0, str(COMPLETE.astimezone(UTC)))
    assert list((tmp_path / "home").iterdir()) == []


def test_a_staging_database_that_was_thrown_away_is_filled_from_the_first_page(
    desk: Desk, tmp_path: Path
) -> None:
    many(desk, 5)
    mapping = small(desk, tmp_path)
    land_all(mapping, NOW)
    whole = all_staged(tmp_path)
    (tmp_path / "zendesk" / "staging.db").unlink()
    land_all(mapping, NOW)
    assert all_staged(tmp_path) == whole


def test_a_stream_with_a_new_column_begins_again_so_that_the_column_is_filled(
    desk: Desk, tmp_path: Path
) -> None:
    many(desk, 5)
    land_all(small(desk, tmp_path), NOW)
    desk.asked.clear()
    changed = small(desk, tmp_path, ("tags: names", "tags: names\n                subject: text"))
    land_all(changed, NOW)
    assert cursors(desk) == [None]
    assert {row[-1] for row in staged(tmp_path)} == {"Private words"}
