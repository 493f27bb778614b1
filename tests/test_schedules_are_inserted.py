"""A cron deployment gets its runs.

With a newer SQLAlchemy the server starts, flows run by hand work, and the scheduler inserts nothing: only
its own log says so. This test asks a real server.
"""

import time
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from prefect import flow, task
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterKey,
    DeploymentFilter,
    DeploymentFilterId,
    FlowFilter,
    FlowFilterName,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.schedules import CronSchedule
from prefect.states import Crashed

from audits.instants import instant_of, moment_of
from config.clock import now
from config.schedules import load_schedules
from config.settings import load_settings
from flows.served import CATCH_UP
from flows.serving.expected import lay
from flows.serving.minding import Minder
from tasks.store import open_store
from tests.house import House

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


def on_the_grid(moment: datetime) -> datetime:
    """The last of the starts "every 20 minutes" at or before this moment."""
    return moment.replace(minute=moment.minute // 20 * 20, second=0, microsecond=0)


@pytest.mark.slow
def test_after_an_outage_what_waits_is_set_aside_and_one_run_makes_good_for_all(
    prefect_api: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    House(tmp_path).enter(monkeypatch)
    nights = (
        '  twenty: {flow: audit, cron: "*/20 * * * *"}\n  mailing: {flow: mailing, cron: "*/20 * * * *"}\n'
    )
    Path("schedules.yaml").write_text(f"schema: 1\nschedules:\n{nights}", encoding="utf-8")
    settings = load_settings(schedules=Path("schedules.yaml"))
    began, told = now(), list[str]()
    later = on_the_grid(began) + timedelta(minutes=90)  # between two starts: none falls due while we look
    with open_store(settings.store_url.get_secret_value()) as store:
        lay(store, load_schedules(settings), began - timedelta(hours=2))
        owed = store.expected.rows(schedule="twenty", until=began)
    cron = DeploymentScheduleCreate(schedule=CronSchedule(cron="*/20 * * * *"), active=True)
    with get_client(sync_client=True) as client:
        flow_id = client.create_flow(nightly)
        served = {
            name: client.create_deployment(flow_id=flow_id, name=name, schedules=[cron])
            for name in ("twenty", "mailing")
        }
        ours = DeploymentFilter(id=DeploymentFilterId(any_=[served["twenty"]]))
        assert scheduled_runs(client, ours)
        with time_machine.travel(later):  # three runs lie in the past by then
            ended = instant_of(now())
            for _ in range(2):
                Minder(settings, served, told.append).begin()
        runs = client.read_flow_runs(deployment_filter=ours)
        with time_machine.travel(later + timedelta(minutes=1)):  # it dies before it has taken anything, twice
            for _ in range(3):
                for died in (
                    run for run in client.read_flow_runs(deployment_filter=ours) if CATCH_UP in run.tags
                ):
                    client.set_flow_run_state(died.id, Crashed(), force=True)
                Minder(settings, served, told.append).begin()
        tries = [run for run in client.read_flow_runs(deployment_filter=ours) if CATCH_UP in run.tags]
        mails = DeploymentFilter(id=DeploymentFilterId(any_=[served["mailing"]]))
        resumed = client.read_flow_runs(deployment_filter=mails)
        said = ArtifactFilter(key=ArtifactFilterKey(any_=["expected-runs"]))
        shown = client.read_artifacts(artifact_filter=said)
    good = [run for run in runs if CATCH_UP in run.tags]
    assert [str(run.expected_start_time) for run in good] == [str(moment_of(owed[0].key.due))]
    assert [run.state_type for run in good] == [StateType.SCHEDULED]
    assert len(tries) == 2
    waited = [
        run for run in runs if run.auto_scheduled and str(run.expected_start_time) < str(moment_of(ended))
    ]
    assert len(waited) >= 3
    assert {run.state_type for run in waited} == {StateType.CANCELLED}
    assert not [run for run in resumed if CATCH_UP in run.tags]
    assert [one.split(":")[0] for one in told] == ["mailing", "twenty"]
    assert ["twenty：" in str(one.data) for one in shown] == [True]


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
