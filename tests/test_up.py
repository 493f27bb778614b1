"""``clausewatch up``: a scheduled audit comes and finishes, the UI answers, and Ctrl-C stops all of it."""

import json
import signal
import socket
import sqlite3
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from flows import cli
from tests.flow_house import RUN, copy_house, store_of
from tests.flow_processes import gone, reap
from tests.house import House
from tests.servers.processes import LOOPBACK, free_port

pytestmark = pytest.mark.slow
PATIENCE_S = 240


@pytest.fixture
def house(demo_built: Path, tmp_path: Path) -> Iterator[House]:
    house = copy_house(demo_built, tmp_path)
    yield house
    reap(house)


def asked(port: int, path: str, what: dict[str, Any] | None = None) -> Any:
    """What the server answers; None while there is none."""
    body = None if what is None else json.dumps(what).encode()
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(f"http://{LOOPBACK}:{port}{path}", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            text = answer.read().decode()
            return json.loads(text) if answer.headers.get_content_type() == "application/json" else text
    except OSError:
        return None


def finished(port: int) -> list[dict[str, Any]]:
    """Scheduled audits that have ended, however they did."""
    ended = {"flow_runs": {"state": {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED"]}}}}
    runs = asked(port, "/api/flow_runs/filter", ended) or []
    return [run for run in runs if run["auto_scheduled"]]


def log_of(house: House) -> str:
    return (house.folder / "said.log").read_text(encoding="utf-8")


def test_a_scheduled_audit_comes_and_finishes_and_ctrl_c_stops_everything(house: House) -> None:
    port = free_port()
    process = house.start("up", "--port", str(port), "--cron", "* * * * *", CLAUSEWATCH_MAILING="0 0 1 1 *")
    deadline = time.monotonic() + PATIENCE_S
    while not finished(port) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(1)
    runs = finished(port)
    assert [run["state_type"] for run in runs][:1] == ["COMPLETED"], log_of(house)
    assert runs[0]["name"] == "audit demo latest"
    assert "<!doctype html>" in asked(port, "/").lower()
    served = {one["name"]: one for one in asked(port, "/api/deployments/filter", {})}
    assert set(served) == {"nightly", "mailing"}
    assert [one["schedule"]["timezone"] for one in served["nightly"]["schedules"]] == ["Asia/Shanghai"]
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    assert "Ctrl-C stops" in log_of(house)
    assert "Traceback" not in log_of(house)
    assert gone(house, 20)
    # Nothing was paused: the next `up` goes on where this one stopped.
    with closing(sqlite3.connect(house.folder / "prefect" / "prefect.db")) as prefect:
        assert {row[0] for row in prefect.execute("SELECT paused FROM deployment")} == {0}
        assert {row[0] for row in prefect.execute("SELECT active FROM deployment_schedule")} == {1}
    with store_of(house) as store:
        states = list(store.runs("demo")["state"])
    assert states[0] == "finished"
    folder = house.folder / "out" / RUN.replace("2026-10-", "2026-11-", 1)
    assert (folder / "manifest.json").is_file()  # the day before the second of November is in November


def test_a_port_that_is_taken_is_said_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    House(tmp_path).enter(monkeypatch)
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert cli.run(["up", "--port", str(port)]) == 3
    err = capsys.readouterr().err
    assert f"the port {port} is taken" in err
    assert "--port" in err
    assert not (tmp_path / "out").exists()
