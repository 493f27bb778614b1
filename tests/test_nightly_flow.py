"""The audit as a real Prefect flow on a real server: it completes, it fails aloud, and a kill loses nothing."""

import email
import os
import signal
import subprocess
import sys
import time
from email import policy
from pathlib import Path

import pytest

from tasks.demo.build import build_demo
from tasks.store import open_store
from tests.house import House

pytestmark = pytest.mark.slow


@pytest.fixture
def house(tmp_path: Path, prefect_server: str) -> House:
    """An installation whose flows report to the tests' own Prefect server."""
    made = House(tmp_path)
    made.env["PREFECT_API_URL"] = prefect_server
    made.keeps_server = True
    return made


def test_a_failing_step_fails_the_run_and_mails_the_engineer(house: House) -> None:
    build_demo(house.folder / "state" / "demo")
    (house.folder / "state" / "demo" / "crm.db").write_bytes(b"this is no database")
    ended = house.run("audit", "--source", "demo", "--period", "2026-10", CLAUSEWATCH_CRM_RETRIES="[1]")
    assert ended.returncode == 3, ended.stderr
    assert "file is not a database" in ended.stderr
    assert "engineer@example.com" in ended.stderr
    assert house.runs == []
    mails = list(house.folder.glob("out/**/*.eml"))
    assert len(mails) == 1
    told = email.message_from_bytes(mails[0].read_bytes(), policy=policy.default)
    assert "engineer@example.com" in str(told["to"])


def test_a_flow_killed_after_its_commit_loses_and_doubles_nothing(house: House) -> None:
    command = [str(Path(sys.executable).with_name("clausewatch")), "demo"]
    env = {**os.environ, **house.env}
    with (house.folder / "killed.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=house.folder, env=env, stdout=log, stderr=log, start_new_session=True
        )
        owed = wait_for_notices(house, process)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert owed, (house.folder / "killed.log").read_text(encoding="utf-8")
    ended = house.run("demo")
    assert ended.returncode == 0, ended.stderr
    with open_store(house.env["CLAUSEWATCH_STORE_URL"]) as store:
        notices, findings = store.notices("demo"), store.findings("demo", "ECS")
        events = store.events("demo", "ECS")
    assert len(notices) == owed
    assert notices["notice"].is_unique
    assert set(notices["mail_state"]) <= {"written", "unknown"}
    assert findings["finding"].is_unique
    assert len(events) == len(findings)
    written = [path.name for path in house.folder.glob("out/*/notices/*.eml")]
    assert len(written) == len(set(written))


def wait_for_notices(house: House, process: "subprocess.Popen[bytes]") -> int:
    """How many notices the killed run had committed when it was seen."""
    database = house.folder / "state" / "clausewatch.db"
    while process.poll() is None:
        time.sleep(0.05)
        if database.exists():
            with open_store(house.env["CLAUSEWATCH_STORE_URL"]) as store:
                known = len(store.notices("demo"))
            if known:
                return known
    return 0
