"""The real flow in a process of its own, killed between commit and sending: the next run makes it good."""

import signal
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
import time_machine

from config.clock import now
from config.settings import load_settings
from flows.auditing.plain import audit_plainly
from tests.flow_house import DEMO, RUN, copy_house, store_of
from tests.flow_processes import processes_of, reap
from tests.house import House
from tests.servers.processes import LOOPBACK

pytestmark = pytest.mark.slow


@pytest.fixture
def house(demo_built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    house = copy_house(demo_built, tmp_path)
    house.enter(monkeypatch)
    yield house
    reap(house)


def committed(house: House) -> bool:
    """Whether the run has committed its mails and given the lease back; it still has the source in hand."""
    try:
        with closing(sqlite3.connect(f"file:{house.folder}/state/clausewatch.db?mode=ro", uri=True)) as store:
            mails, leases = store.execute(
                "SELECT (SELECT count(*) FROM mails), (SELECT count(*) FROM leases WHERE source = 'demo')"
            ).fetchone()
    except sqlite3.OperationalError:
        return False
    return bool(mails) and not leases


def known(house: House) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Findings, events and notices, without what only tells one run from another."""
    with store_of(house) as store:
        findings = store.findings("demo", "ECS").sort_values("finding", ignore_index=True)
        events = store.events("demo", "ECS").drop(columns="run")
        notices = store.notices("demo").sort_values("notice", ignore_index=True)
    columns = ["finding", "as_of", "kind", "state"]
    return (
        findings,
        events.sort_values(columns, ignore_index=True)[columns],
        notices[["notice", "finding", "person_id"]],
    )


def letters(folder: Path) -> set[str]:
    return {path.name for path in (folder / "out" / RUN / "notices").glob("*")}


def test_a_run_killed_before_sending_loses_nothing_and_doubles_nothing(
    house: House, demo_audited: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with socket.create_server((LOOPBACK, 0)) as silent:  # its greeting never comes: the first mail waits
        host, port = silent.getsockname()
        server = {"MAIL": "smtp", "SMTP_HOST": host, "SMTP_PORT": str(port), "SMTP_SECURITY": "none"}
        by_smtp = {f"CLAUSEWATCH_{name}": value for name, value in server.items()}
        process = house.start("audit", "--period", "2026-10", **by_smtp)
        deadline = time.monotonic() + 180
        while not committed(house) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        assert process.wait(20) == -signal.SIGKILL, (house.folder / "said.log").read_text(encoding="utf-8")
    # Half-way: committed, and neither reported nor sent.
    run_folder = house.folder / "out" / RUN
    assert [path.name for path in run_folder.iterdir()] == ["snapshot"]
    with store_of(house) as store:
        assert list(store.runs("demo")["state"]) == ["committed"]
        stopped = set(store.notices("demo")["mail_state"])
    assert "pending" in stopped
    assert processes_of(house), "the server that Prefect started has lost its client and lives on"
    reap(house)

    # An hour later, when what the dead process had claimed is free.
    with time_machine.travel(now().timestamp() + 3600, tick=True):
        again = audit_plainly(DEMO, load_settings())
    assert again.changes is not None
    assert len(again.changes.events) == 0
    whole = copy_house(demo_audited, tmp_path_factory.mktemp("whole"))
    for mine, theirs in zip(known(house), known(whole), strict=True):
        pd.testing.assert_frame_equal(mine, theirs)
    with store_of(house) as store:
        mails = store.notices("demo").drop_duplicates("envelope").set_index("envelope")["mail_state"]
    unknown = {mail for mail, state in mails.items() if state == "unknown"}
    assert set(mails) <= {"written", "unknown"}
    assert len(unknown) <= 1  # at most the one that was being written when it was killed
    missing = letters(whole.folder) - letters(house.folder)
    assert letters(house.folder) <= letters(whole.folder)
    assert all(any(str(mail) in name for mail in unknown) for name in missing)
    assert (run_folder / "results.json").read_bytes() == (
        whole.folder / "out" / RUN / "results.json"
    ).read_bytes()
