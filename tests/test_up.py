"""``clausewatch up``: what was missed is made good for, what is scheduled comes, and Ctrl-C stops all of it."""

import json
import re
import signal
import socket
import sqlite3
import time
import urllib.request
from collections.abc import Iterator
from contextlib import chdir, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from config.clock import now
from config.schedules import load_schedules
from config.settings import load_settings
from flows import cli
from flows.serving.expected import lay
from tests.flow_house import copy_house, each_day_far_from_now, goes_on, letters, store_of
from tests.flow_processes import gone, reap
from tests.house import House
from tests.servers.processes import LOOPBACK, free_port

pytestmark = pytest.mark.slow
PATIENCE_S = 240


@pytest.fixture
def house(demo_built: Path, tmp_path: Path) -> Iterator[House]:
    house = copy_house(demo_built, tmp_path)
    goes_on(house)
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


def finished(port: int, *, scheduled: bool = True) -> list[dict[str, Any]]:
    """Runs that have ended, however they did: those of a schedule, or those that make good for others."""
    ended = {"flow_runs": {"state": {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED"]}}}}
    runs = asked(port, "/api/flow_runs/filter", ended) or []
    return [run for run in runs if run["auto_scheduled"] == scheduled]


def log_of(house: House) -> str:
    return (house.folder / "said.log").read_text(encoding="utf-8")


#: An audit a day, which does not fall due while the test runs, and a flow that does.
SCHEDULES = f"""
schema: 1
schedules:
  nightly: {{flow: audit, cron: "{each_day_far_from_now()}"}}
  mailing: {{flow: mailing, cron: "* * * * *"}}
"""


def silent_for_three_nights(house: House) -> None:
    """The ledger as an `up` left it that served until three nights ago."""
    (house.folder / "schedules.yaml").write_text(SCHEDULES, encoding="utf-8")
    with chdir(house.folder), store_of(house) as store:
        settings = load_settings(schedules=Path("schedules.yaml"))
        lay(store, load_schedules(settings), now() - timedelta(days=3))


def test_what_was_missed_is_made_good_for_what_is_scheduled_comes_and_ctrl_c_stops_everything(
    house: House,
) -> None:
    silent_for_three_nights(house)
    port = free_port()
    process = house.start("up", "--port", str(port), CLAUSEWATCH_SCHEDULES="schedules.yaml")
    deadline = time.monotonic() + PATIENCE_S
    while not (finished(port) and finished(port, scheduled=False)) and process.poll() is None:
        assert time.monotonic() < deadline, log_of(house)
        time.sleep(1)
    assert [run["state_type"] for run in finished(port)][:1] == ["COMPLETED"], log_of(house)
    made_good = finished(port, scheduled=False)
    assert [run["state_type"] for run in made_good] == ["COMPLETED"], log_of(house)
    assert [{"catch-up", "clausewatch", "source:demo"} - set(run["tags"]) for run in made_good] == [set()]
    assert made_good[0]["name"].startswith("audit demo ECS 20")
    assert "<!doctype html>" in asked(port, "/").lower()
    served = {one["name"]: one for one in asked(port, "/api/deployments/filter", {})}
    assert set(served) == {"nightly", "mailing", "alarm"}
    assert [one["schedule"]["timezone"] for one in served["nightly"]["schedules"]] == ["Asia/Shanghai"]
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE_S) == 0
    assert "Ctrl-C stops" in log_of(house)
    assert "nightly: 3 expected runs not begun in time" in " ".join(log_of(house).split())
    assert "Traceback" not in log_of(house)
    link = f"http://{LOOPBACK}:{port}/runs/flow-run/{made_good[0]['id']}"
    for said in (
        rf"^✓ {re.escape(made_good[0]['name'])}   Completed, .+   {link}$",
        r"^\d+ runs ended(, \d+ not well)?\n✓ stopped; the schedules stay",
    ):
        assert re.search(said, log_of(house), re.MULTILINE), log_of(house)
    assert gone(house, PATIENCE_S)
    # Nothing was paused: the next `up` goes on where this one stopped.
    with closing(sqlite3.connect(house.folder / "prefect" / "prefect.db")) as prefect:
        assert {row[0] for row in prefect.execute("SELECT paused FROM deployment")} == {0}
        assert {row[0] for row in prefect.execute("SELECT active FROM deployment_schedule")} == {1}
    with store_of(house) as store:
        nights = store.expected.rows(schedule="nightly", until=now())
        months = {row.key.period for row in nights}
        runs = store.runs("demo")
        mails = store.expected.rows(["done"], schedule="mailing")
    # Three nights, one audit a month: of two months where one has ended meanwhile.
    assert [row.state for row in nights].count("done") == len(months)
    assert {row.state for row in nights} <= {"covered", "done"}
    assert {row.alarm for row in nights} == {"late"}
    assert list(runs["state"]) == ["finished"] * len(months)
    assert set(runs["period"]) == months
    assert mails
    assert len(letters(house)) == 1  # nobody knows the officer's address before the first audit


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
