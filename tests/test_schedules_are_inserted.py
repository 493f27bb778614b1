"""A cron deployment gets its runs.

With a newer SQLAlchemy the server starts, flows run by hand work, and the scheduler inserts nothing: only
its own log says so. This test asks a real server.
"""

import time
from zoneinfo import ZoneInfo

import pytest
from prefect import flow, task
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId, FlowFilter, FlowFilterName
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.schedules import CronSchedule

SHANGHAI = ZoneInfo("Asia/Shanghai")
PATIENCE_S = 180


@flow
def nightly() -> None:
    """Never run here, only scheduled."""


def scheduled_runs(client: SyncPrefectClient, deployment: DeploymentFilter) -> list[FlowRun]:
    """What the server has inserted, waited for: its scheduler looks round every few seconds."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if runs := client.read_flow_runs(deployment_filter=deployment):
            return runs
        time.sleep(0.5)
    return []


@pytest.mark.slow
def test_a_cron_deployment_gets_scheduled_runs(prefect_api: str) -> None:
    assert prefect_api.startswith("http://127.0.0.1:")
    cron = CronSchedule(cron="30 19 * * *", timezone="Asia/Shanghai")
    with get_client(sync_client=True) as client:
        deployment_id = client.create_deployment(
            flow_id=client.create_flow(nightly),
            name="nightly",
            schedules=[DeploymentScheduleCreate(schedule=cron, active=True)],
        )
        runs = scheduled_runs(client, DeploymentFilter(id=DeploymentFilterId(any_=[deployment_id])))
    assert runs, f"no run was inserted within {PATIENCE_S} s"
    assert {run.state_type for run in runs} == {StateType.SCHEDULED}
    starts = sorted(run.expected_start_time for run in runs if run.expected_start_time)
    local = [start.astimezone(SHANGHAI) for start in starts]
    assert {start.strftime("%H:%M") for start in local} == {"19:30"}
    days = [start.toordinal() for start in local]
    assert days == list(range(days[0], days[0] + len(runs)))


@task
def half(number: int) -> int:
    return number // 2


@flow
def halved(number: int) -> int:
    return half.submit(number).result()


def test_a_flow_called_in_a_test_is_recorded_on_the_same_server(prefect_api: str) -> None:
    assert halved(42) == 21
    named = FlowFilter(name=FlowFilterName(any_=["halved"]))
    with get_client(sync_client=True) as client:
        assert str(client.api_url).startswith(prefect_api)
        assert [run.state_name for run in client.read_flow_runs(flow_filter=named)] == ["Completed"]
