"""What Prefect's server tells by itself: made once, fired by a run that dies, and never a second letter."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect import Flow, flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterName
from prefect.client.schemas.objects import FlowRun
from prefect.events.filters import EventFilter, EventNameFilter, EventResourceFilter
from prefect.states import Crashed, Failed, Running, Scheduled
from pydantic import SecretStr

from audits.errors import WrongUse
from config.clock import now
from config.settings import Settings, load_settings
from flows import cli
from flows.auditing.showing import TAG
from flows.run_alarm import ALARM, alarm
from flows.serving.automations import PREFIX, apply, watched
from flows.serving.doctor_reach import prefect
from tests.flow_house import letters
from tests.house import House
from tests.servers.processes import LOOPBACK, free_port

pytestmark = pytest.mark.slow
HALF_AN_HOUR = timedelta(minutes=30)
#: Prefect waits for no shorter time.
AT_LEAST = timedelta(seconds=10)
PATIENCE_S = 240


@flow(name="send-mail")
def small() -> None:
    """Stands for a run of ours that writes no letter when it fails."""


@flow(name="nightly-audit")
def loud() -> None:
    """Stands for one that writes a letter of its own."""


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    house = House(tmp_path)
    house.enter(monkeypatch)
    return house


@pytest.fixture
def client(prefect_api: str) -> Iterator[SyncPrefectClient]:
    """On a server without automations and without our deployment, before and after."""
    with get_client(sync_client=True) as client:
        _clear(client)
        yield client
        _clear(client)


def _clear(client: SyncPrefectClient) -> None:
    for one in client.read_automations():
        client.delete_automation(one.id)
    for deployment in client.read_deployments(
        deployment_filter=DeploymentFilter(name=DeploymentFilterName(any_=[ALARM]))
    ):
        client.delete_deployment(deployment.id)


@pytest.fixture
def called() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Address of somebody's web server, and what it was told."""
    told: list[dict[str, Any]] = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer((LOOPBACK, 0), Listener) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://{LOOPBACK}:{server.server_port}/hook/geheim", told
        server.shutdown()
        thread.join()


def runs(client: SyncPrefectClient, of: Flow[..., Any], name: str) -> UUID:
    """A run of ours that goes on, from when the server has noted that.

    It holds an event back whose predecessor it is still taking in, for up to a quarter of an hour: no run that
    works ends so soon after it began.
    """
    run = client.create_flow_run(of, name=name, tags=[TAG])
    client.set_flow_run_state(run.id, Running(), force=True)
    begun = EventFilter(
        event=EventNameFilter(name=["prefect.flow-run.Running"]),
        resource=EventResourceFilter(id=[f"prefect.flow-run.{run.id}"]),
    )
    comes(lambda: client.read_events(begun, limit=1).events)
    return run.id


def dies(client: SyncPrefectClient, name: str) -> UUID:
    """A run of ours, started by hand, whose process is killed."""
    run = runs(client, small, name)
    client.set_flow_run_state(run, Crashed(), force=True)
    return run


def fails(client: SyncPrefectClient, of: Flow[..., Any], name: str) -> UUID:
    """A run of ours that fails."""
    run = runs(client, of, name)
    client.set_flow_run_state(run, Failed(), force=True)
    return run


def is_late(client: SyncPrefectClient, name: str) -> UUID:
    """A run that nobody begins, from when the server itself calls it late."""
    due = now() - timedelta(minutes=1)
    run = client.create_flow_run(small, name=name, tags=[TAG], state=Scheduled(scheduled_time=due))
    comes(lambda: client.read_flow_run(run.id).state_name == "Late")
    return run.id


def comes(look: Callable[[], Any]) -> Any:
    """What a look finds, once it finds something."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return found


def with_hook(url: str) -> Settings:
    return load_settings(alarm_webhook=SecretStr(url))


def test_what_dies_fails_or_is_late_is_told_to_the_webhook_and_applying_again_changes_nothing(
    house: House, client: SyncPrefectClient, called: tuple[str, list[dict[str, Any]]]
) -> None:
    url, told = called
    words = ["failed", "crashed", "late", "pending", "workers"]
    assert apply(with_hook(url), AT_LEAST) == [f"made {PREFIX}{word}" for word in words]
    assert apply(with_hook(url), AT_LEAST) == [f"same {PREFIX}{word}" for word in words]
    waits = is_late(client, "late")
    hostile = 'quiet "name" \\ 夜间'
    died, failed = dies(client, hostile), fails(client, loud, "failed")
    mine = {
        f"prefect.flow-run.{run}": what
        for run, what in ((died, "crashed"), (failed, "failed"), (waits, "late"))
    }

    def ours() -> list[dict[str, Any]]:
        """What was told of these; the server has runs of other tests, and some of those never begin."""
        return [one for one in told if one["resource"] in mine]

    comes(lambda: {one["resource"] for one in ours()} == set(mine))
    assert sorted((one["resource"], one["what"]) for one in ours()) == sorted(mine.items()), "each once"
    assert sorted(one["name"] for one in ours() if one["what"] != "late") == ["failed", hostile]
    [crashed] = client.read_automations_by_name(f"{PREFIX}crashed")
    client.pause_automation(crashed.id)
    again = apply(with_hook(url), timedelta(minutes=45))
    assert again == [f"{'changed' if word == 'late' else 'same'} {PREFIX}{word}" for word in words], (
        "who paused one meant it, and a later limit is taken over"
    )
    assert not client.read_automations_by_name(f"{PREFIX}crashed")[0].enabled
    assert "geheim" not in json.dumps([one.model_dump(mode="json") for one in client.read_automations()])


def test_without_a_webhook_a_run_of_ours_mails_the_engineer_unless_the_ledger_does(
    house: House,
    client: SyncPrefectClient,
    monkeypatch: pytest.MonkeyPatch,
    prefect_api: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert apply(load_settings(), HALF_AN_HOUR)[0].startswith("nothing")
    deployment = client.create_deployment(client.create_flow(alarm), ALARM)
    monkeypatch.setenv("PREFECT_API_URL", prefect_api)
    assert cli.run(["config", "automations", "--apply"]) == 0
    assert capsys.readouterr().out.count("made ") == 4
    assert {line.split()[0] for line in apply(load_settings(), HALF_AN_HOUR)} == {"same"}
    assert f"changed {PREFIX}late" in apply(load_settings(), AT_LEAST)
    waits = is_late(client, "late")
    run = dies(client, "housekeeping by hand")
    quiet = fails(client, loud, "tells of itself")
    failed = fails(client, small, "tells nobody")

    def raised() -> dict[tuple[str, str], FlowRun]:
        runs = [one for one in client.read_flow_runs() if one.deployment_id == deployment]
        return {(one.parameters["what"], one.parameters["run"].rpartition(".")[2]): one for one in runs}

    mine = {("crashed", str(run)), ("failed", str(failed)), ("late", str(waits))}
    comes(lambda: mine <= set(raised()))
    assert ("failed", str(quiet)) not in raised(), "its own letter tells of it"
    begun = raised()["crashed", str(run)]
    assert begun.parameters == {"what": "crashed", "run": f"prefect.flow-run.{run}"}
    assert "engineer@example.com" in alarm.fn(**begun.parameters)
    [letter] = letters(house)
    assert b"engineer@example.com" in letter.read_bytes()
    assert "engineer@example.com" in alarm.fn(**begun.parameters), "told again, it is the same letter"
    assert letters(house) == [letter]
    assert "begun meanwhile" in alarm.fn("late", str(run))
    caught_up = client.create_flow_run(small, tags=[TAG, "catch-up"])
    assert "ledger" in alarm.fn("crashed", str(caught_up.id))
    client.delete_flow_run(run)
    assert "deleted" in alarm.fn("crashed", str(run))
    assert letters(house) == [letter]
    assert "engineer@example.com" in alarm.fn(**raised()["late", str(waits)].parameters)
    assert len(letters(house)) == 2


def test_what_a_letter_tells_already_is_not_watched_for_a_letter() -> None:
    by_mail = {one.word: one.trigger for one in watched(HALF_AN_HOUR, by_webhook=False)}
    assert set(by_mail) == {"failed", "crashed", "late", "pending"}
    assert "nightly-audit" not in json.dumps(by_mail["failed"].model_dump(mode="json"))
    assert "housekeeping" in json.dumps(by_mail["failed"].model_dump(mode="json"))
    assert by_mail["late"].within == HALF_AN_HOUR


def test_the_server_is_asked_where_one_is_named(
    house: House, monkeypatch: pytest.MonkeyPatch, prefect_server: str
) -> None:
    for api, state in (
        (prefect_server, "ok"),
        (f"http://{LOOPBACK}:{free_port()}/api", "bad"),
        ("ftp://geheim@nowhere", "bad"),
    ):
        monkeypatch.setenv("PREFECT_API_URL", api)
        [line] = prefect(load_settings(), offline=False)
        assert (line.state, bool(line.do), "geheim" in str(line)) == (state, state == "bad", False)
    assert list(prefect(load_settings(), offline=True)) == []


def test_an_alarm_never_travels_in_the_clear_and_the_refusal_names_no_address() -> None:
    with pytest.raises(WrongUse, match="in the clear") as error:
        apply(with_hook("http://hooks.example.com/geheim"), HALF_AN_HOUR)
    assert "alarm_webhook" in str(error.value)
    assert "geheim" not in str(error.value)


def test_a_server_must_be_named_before_it_is_changed(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    assert cli.run(["config", "automations"]) == 0
    assert "clausewatch: crashed" in capsys.readouterr().out
    assert cli.run(["config", "automations", "--apply"]) == 2
    assert "PREFECT_API_URL" in capsys.readouterr().err
