"""The deadline watch and a backfill as a worker runs them: from a deployment, by the server's parameters."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect import Flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    FlowRunFilter,
    FlowRunFilterId,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.exceptions import PrefectHTTPStatusError
from prefect.flow_engine import run_flow
from prefect.flows import load_flow_from_entrypoint
from prefect.types.entrypoint import EntrypointType

from config.clock import now
from config.schedules import load_schedules
from config.settings import load_settings
from flows.auditing.showing import TAG
from flows.backfill import backfill
from flows.served import CATCH_UP, watch
from flows.serving.ended import Ended
from flows.serving.expected import lay
from tests.flow_house import copy_house, letters, store_of
from tests.house import House

pytestmark = pytest.mark.slow
WATCH = 'schedules:\n  looks: {flow: watch, cron: "*/5 * * * *"}\n'


@pytest.fixture
def client(prefect_api: str) -> Iterator[SyncPrefectClient]:
    with get_client(sync_client=True) as client:
        yield client


@pytest.fixture
def house(demo_audited: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefect_api: str) -> House:
    house = copy_house(demo_audited, tmp_path)
    house.enter(monkeypatch)
    monkeypatch.setenv("CLAUSEWATCH_SCHEDULES", "schedules.yaml")
    (tmp_path / "schedules.yaml").write_text(f"schema: 1\n{WATCH}", encoding="utf-8")
    return house


def deployed(flow: Flow[..., Any], name: str, **parameters: Any) -> UUID:
    """The flow on the server, as `clausewatch up` and `prefect.yaml` put it there."""
    made: Any = flow.to_deployment(
        name, parameters=parameters, tags=[TAG], entrypoint_type=EntrypointType.MODULE_PATH
    )
    return UUID(str(made.apply()))


def worked_off(
    client: SyncPrefectClient, deployment: UUID, *tags: str, **parameters: Any
) -> tuple[FlowRun, dict[str, str]]:
    """One run of it, done as a worker's process does it; what the server knows then, and its artifacts."""
    run = client.create_flow_run_from_deployment(deployment, parameters=parameters, tags=tags)
    flow: Flow[..., Any] = load_flow_from_entrypoint(str(client.read_deployment(deployment).entrypoint))
    run_flow(flow, flow_run=run, parameters=run.parameters, return_type="state")
    mine = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run.id]))
    return client.read_flow_run(run.id), {
        str(one.key): str(one.data) for one in client.read_artifacts(artifact_filter=mine)
    }


def refused(client: SyncPrefectClient, deployment: UUID, **parameters: Any) -> str:
    """What the server says of a run with such parameters."""
    with pytest.raises(PrefectHTTPStatusError) as error:
        client.create_flow_run_from_deployment(deployment, parameters=parameters)
    return json.dumps(error.value.response.json())


def test_a_look_of_a_deployment_is_named_and_noted_and_steps_aside_for_an_audit_with_its_row_settled(
    house: House, client: SyncPrefectClient
) -> None:
    said: list[str] = []
    ended = Ended("http://ui", said.append)
    looks = deployed(watch, "looks", source="demo")
    assert "not of type 'string'" in refused(client, looks, source=["demo"])
    run, left = worked_off(client, looks)
    assert (run.state_name, run.name, run.parameters) == ("Completed", "watch demo", {"source": "demo"})
    assert set(run.tags) == {TAG, "source:demo"}
    assert "15,0" in left["watch-demo"]

    with store_of(house) as store:
        lay(store, load_schedules(load_settings()), now() - timedelta(minutes=12))
        with store.hands.asked("demo", "the audit begun at two", now):
            aside, left = worked_off(client, looks, CATCH_UP)
        rows = store.expected.rows(["covered"], schedule="looks")
        begun = store.expected.rows(["started"], schedule="looks")
        seen = store.runs("demo")
    assert (aside.state_type, aside.state_name) == (StateType.COMPLETED, "SteppedAside")
    assert aside.state is not None
    assert str(aside.state.message).startswith("stepped aside for the audit begun at two, process ")
    assert "the audit begun at two" in left["watch-demo"]
    assert len(rows) >= 2
    assert (rows[-1].run, rows[-1].noted, begun) == (str(aside.id), aside.state.message, [])
    assert len(seen) == 2, "the audit and the look, nothing of the one that stepped aside"
    assert letters(house) == []

    for _ in range(2):
        ended.look()
    assert [line.split("   ")[:2] for line in said] == [
        ["[green]✓[/] watch demo", said[0].split("   ")[1]],
        ["[green]✓[/] watch demo", said[1].split("   ")[1]],
    ]
    assert said[0].split("   ")[1].startswith("Completed, ")
    assert said[1].split("   ")[1].startswith("SteppedAside: stepped aside for the audit begun at two, ")
    assert [line.split("   ")[2] for line in said] == [
        f"http://ui/runs/flow-run/{one.id}" for one in (run, aside)
    ]
    assert ended.closing() == "2 runs ended"


def test_a_backfill_of_a_deployment_asks_for_its_periods_and_does_a_task_each(
    house: House, client: SyncPrefectClient
) -> None:
    past = deployed(backfill, "past", source="demo")
    assert "'first' is a required property" in refused(client, past, last="2026-09")
    assert "not of type 'string'" in refused(client, past, first=2026, last="2026-09")
    run, left = worked_off(client, past, first="2026-09", last="2026-09")
    assert (run.state_name, run.name) == ("Completed", "backfill demo 2026-09..2026-09")
    assert set(run.tags) == {TAG, "source:demo", "period:2026-09..2026-09"}
    assert "已判定" in left["backfill-demo-2026-09-2026-09"]
    one = FlowRunFilter(id=FlowRunFilterId(any_=[run.id]))
    tasks = client.read_task_runs(flow_run_filter=one)
    assert sorted(task.name.partition("-")[0] for task in tasks) == ["judge 2026", "read once"]
    assert {task.state_name for task in tasks} == {"Completed"}
