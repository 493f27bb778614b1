"""One audit on several worker processes: the same bytes, also when one of them is killed in the middle."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from distributed import Client
from prefect.settings import PREFECT_API_URL, temporary_settings

from audits.errors import ClausewatchError, WrongUse
from flows import nightly_audit as audits
from tests.flow_house import DEMO, RUN, copy_house, store_of
from tests.house import House
from tests.servers.dask_cluster import dask_scheduler, dask_worker
from tests.servers.processes import free_port

PATIENCE_S = 240


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with dask_scheduler(tmp_path_factory.mktemp("scheduler")) as address:
        yield address


@pytest.fixture
def house(demo_built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefect_api: str) -> House:
    house = copy_house(demo_built, tmp_path)
    house.enter(monkeypatch)
    monkeypatch.setenv("CLAUSEWATCH_PARTITIONS", "4")
    return house


def told(house: House) -> dict[str, Any]:
    """What the store came to: every finding's state, and how many notices are owed."""
    with store_of(house) as store:
        findings = store.findings("demo", "ECS")
        return {
            "findings": sorted(zip(findings["finding"], findings["state"], strict=True)),
            "notices": len(store.notices("demo")),
        }


def killed_at_work(scheduler: str, name: str, process: Any) -> None:
    """Kill a process, or the scheduler itself, as soon as the worker of that name has a part in its hands."""
    with Client(scheduler, set_as_default=False) as client:  # type: ignore[no-untyped-call]
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            busy = client.processing()
            workers = client.scheduler_info(n_workers=-1)["workers"]
            if any(busy.get(address) and worker["name"] == name for address, worker in workers.items()):
                if process is None:
                    os.kill(client.run_on_scheduler(os.getpid), signal.SIGKILL)
                else:
                    process.kill()
                return
            time.sleep(0.05)


def test_workers_of_their_own_give_the_bytes_of_one_process_and_a_killed_one_loses_nothing(
    house: House, demo_audited: Path, scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUSEWATCH_CLUSTER", scheduler)
    with dask_worker(scheduler, tmp_path / "first") as first, dask_worker(scheduler, tmp_path / "second"):
        watching = threading.Thread(target=killed_at_work, args=(scheduler, "first", first))
        watching.start()
        audits.nightly_audit(DEMO)
        watching.join()
        assert first.wait(60) == -9, "it was killed while it had a part"
        written = (house.folder / "out" / RUN / "results.json").read_bytes()
    assert written == (demo_audited / "out" / RUN / "results.json").read_bytes()
    alone = House.__new__(House)
    alone.env = {"CLAUSEWATCH_STORE_URL": f"sqlite:///{demo_audited / 'state' / 'clausewatch.db'}"}
    assert told(house) == told(alone)


def test_a_cluster_without_a_prefect_server_is_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.auditing.cluster import runner

    with (
        temporary_settings(restore_defaults={PREFECT_API_URL}),
        pytest.raises(WrongUse, match="needs a Prefect"),
    ):
        runner("local", 2)


def test_a_scheduler_that_does_not_answer_is_named(house: House) -> None:
    from flows.auditing.cluster import runner

    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(ClausewatchError, match="no Dask scheduler answers") as told_us:
        runner(address, 2)
    assert told_us.value.where == address


def test_a_scheduler_that_dies_in_the_middle_fails_the_run_in_words_and_leaves_no_report(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its workers go with it."""
    with dask_scheduler(tmp_path / "doomed") as scheduler, dask_worker(scheduler, tmp_path / "alone"):
        monkeypatch.setenv("CLAUSEWATCH_CLUSTER", scheduler)
        watching = threading.Thread(target=killed_at_work, args=(scheduler, "alone", None))
        watching.start()
        with pytest.raises(ClausewatchError, match="lost") as told_us:
            audits.nightly_audit(DEMO)
        watching.join()
    assert told_us.value.where == scheduler
    assert house.runs == []
