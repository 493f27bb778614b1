"""``clausewatch up``: a scheduled audit comes by itself and finishes, and Ctrl-C leaves nothing running."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tasks.demo.build import build_demo
from tests.house import House

pytestmark = pytest.mark.slow

#: A minutely cron needs at most a minute, Prefect's lateness and one audit; a busy machine gets more.
PATIENCE_S = 300


def free_port() -> int:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def scheduled_runs(port: int) -> list[dict[str, Any]]:
    """Flow runs that a schedule made, by Prefect's API; none while the server does not answer."""
    asked = json.dumps({"sort": "EXPECTED_START_TIME_ASC"}).encode()
    url = f"http://127.0.0.1:{port}/api/flow_runs/filter"
    request = urllib.request.Request(url, asked, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return [run for run in json.load(answer) if run["auto_scheduled"]]
    except OSError:
        return []


@pytest.fixture
def up(tmp_path: Path) -> Iterator[tuple["subprocess.Popen[bytes]", int, House]]:
    house, port = House(tmp_path), free_port()
    build_demo(tmp_path / "state" / "demo")
    command = [
        str(Path(sys.executable).with_name("clausewatch")),
        "up",
        "--port",
        str(port),
        "--cron",
        "* * * * *",
    ]
    env = {**os.environ, **house.env}
    env.pop("PREFECT_API_URL", None)
    with (tmp_path / "up.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=tmp_path, env=env, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield process, port, house
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_a_scheduled_run_comes_and_finishes_and_ctrl_c_stops_everything(
    up: tuple["subprocess.Popen[bytes]", int, House],
) -> None:
    process, port, house = up
    deadline = time.monotonic() + PATIENCE_S
    done: list[dict[str, Any]] = []
    while not done and time.monotonic() < deadline and process.poll() is None:
        time.sleep(2)
        done = [
            run for run in scheduled_runs(port) if run["state_type"] in {"COMPLETED", "FAILED", "CRASHED"}
        ]
    assert done, (house.folder / "up.log").read_text(encoding="utf-8")
    assert done[0]["state_type"] == "COMPLETED", done[0]["state"]
    assert house.runs, "the run left no report"
    os.kill(process.pid, signal.SIGINT)
    process.wait(60)
    with closing(socket.socket()) as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0, "the server still answers"
