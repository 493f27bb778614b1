"""The parts of one audit on a Dask cluster: each worker reads the snapshot, judges its part, sends the verdicts back.

One flow, one more subflow: the steps before and after stay where they are. A worker gets the snapshot's folder
and the rules, never a frame; so the folder must be on storage that every worker sees. A part is a function of
snapshot, rules and ``as_of`` alone: one whose worker died is judged again by another, to the same verdicts.
"""

import os
import socket
from concurrent.futures import CancelledError
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Final
from urllib.parse import urlsplit

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.settings import PREFECT_API_URL

from audits.errors import ClausewatchError, WrongUse
from audits.facts import Facts
from audits.judge import Judged, audit
from audits.partition import part_of, places_of
from audits.tables import Ints
from flows.auditing.run import AuditRun
from flows.auditing.steps import named
from tasks.crm import snapshot

#: A part is tried so often in all: workers die, and a second one may die of the same machine.
_TRIES: Final = 3
#: Workers may still be starting.
_PATIENCE_S: Final = 30


class Part:
    """One part of an audit, small enough to travel; a plain class, so that Prefect passes it on unopened.

    Args:
        run: of which audit; what a worker needs is taken from it.
        number, of: which part of how many.
    """

    def __init__(self, run: AuditRun, number: int, of: int) -> None:
        if run.rules is None or run.period is None:
            raise ClausewatchError("the run has no rules", "audit", "open the rulebook first")
        self.folder, self.hash = run.snapshot_folder.resolve(), str(run.snapshot["hash"])
        self.rules, self.period, self.as_of = run.rules, run.period, run.as_of
        self.number, self.of = number, of


class NoCluster(ClausewatchError):
    """Dask's scheduler is not where the settings say, has no workers, or was lost in the middle."""


class OtherSnapshot(ClausewatchError):
    """A worker reads another snapshot than the flow, or none."""


def judge_on_cluster(run: AuditRun, parts: int) -> list[Judged]:
    """Every part, judged by the workers of the settings' ``cluster``.

    Raises:
        WrongUse: no Prefect server is named, no such cluster, or the extra is not installed.
        NoCluster: nobody answers or works there, or no longer.
        OtherSnapshot: a worker does not see the run's folder.
    """
    asked = [Part(run, number, parts) for number in range(parts)]

    chosen = runner(run.settings.cluster, parts)

    @flow(name="judge-parts", task_runner=chosen, persist_result=False)
    def judge_parts() -> list[Judged]:
        futures = [_judge_there.submit(part, part.number) for part in asked]
        return [future.result() for future in futures]

    from distributed.scheduler import KilledWorker, NoWorkerError

    try:
        return judge_parts()
    except (CancelledError, OSError, NoWorkerError) as error:  # the scheduler is gone, or every worker
        do = "see why it ended, start it again, and run the audit again: nothing of it was kept"
        raise NoCluster(f"the cluster was lost: {error!r}", run.settings.cluster, do) from error
    except KilledWorker as error:
        do = "give the workers more memory, or raise `partitions`"
        raise NoCluster(
            f"each worker that took a part died of it: {error}", run.settings.cluster, do
        ) from error


def runner(cluster: str, parts: int) -> Any:
    """Prefect's task runner for the setting ``cluster``.

    Raises:
        WrongUse: no Prefect server is named, or the extra is not installed.
        NoCluster: no scheduler answers at the address, or no worker comes to it.
    """
    if not PREFECT_API_URL.value():
        do = "start `clausewatch up` or a Prefect server and set PREFECT_API_URL, or leave `cluster` empty"
        raise WrongUse(
            "a cluster needs a Prefect server: each worker would start one of its own", "cluster", do
        )
    try:
        from prefect_dask.task_runners import DaskTaskRunner
    except ImportError:
        do = "install the extra: uv sync --extra cluster"
        raise WrongUse(
            "the setting cluster needs prefect-dask, which is not installed", "cluster", do
        ) from None
    if cluster == "local":
        workers = min(parts, os.cpu_count() or 1)
        return DaskTaskRunner(
            cluster_kwargs={"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None}
        )
    _knock(cluster)
    _wait_for_a_worker(cluster)
    # Verdicts come straight from the workers; by way of the scheduler they would travel twice.
    return DaskTaskRunner(address=cluster, client_kwargs={"direct_to_workers": True})


def _knock(address: str) -> None:
    """Say in words what Dask would say after half a minute of trying."""
    place = urlsplit(address)
    try:
        socket.create_connection((place.hostname or "", place.port or 0), timeout=10).close()
    except OSError as error:
        do = "start `dask scheduler` and its workers there, or leave `cluster` empty"
        raise NoCluster(f"no Dask scheduler answers: {error}", address, do) from None


def _wait_for_a_worker(address: str) -> None:
    """Without one Dask would wait for ever."""
    from distributed import Client

    try:
        with Client(address, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            client.wait_for_workers(1, timeout=_PATIENCE_S)
    except TimeoutError:
        do = "start `dask worker` with this address on each machine"
        raise NoCluster(f"no worker has come in {_PATIENCE_S} s", address, do) from None


@task(
    name="judge part", task_run_name="judge part {number}", retries=_TRIES - 1, retry_delay_seconds=1,
    cache_policy=NO_CACHE, persist_result=False,
)  # fmt: skip
def _judge_there(part: Part, number: int) -> Judged:  # noqa: ARG001  # the number names the task run
    facts, places = _divided(part.folder, part.hash, part.of)
    judged = audit(part_of(facts, part.number, places), part.rules, part.as_of, part.period)
    return replace(judged, facts=judged.facts.without_rows())


def _divided(folder: Path, sha: str, of: int) -> tuple[Facts, dict[str, Ints]]:
    """The snapshot's facts and which row goes where, read and found once a worker, whatever its threads."""
    with _READING:
        return _read(folder, sha, of)


_READING: Final = Lock()


@lru_cache(maxsize=1)
def _read(folder: Path, sha: str, of: int) -> tuple[Facts, dict[str, Ints]]:
    try:
        taken = snapshot.read(folder)
    except ClausewatchError as error:
        do = "put the folder `out` on storage that every worker sees under the same path"
        raise OtherSnapshot(f"a worker cannot read the snapshot: {error.found}", str(folder), do) from error
    if (found := named(taken.info)["hash"]) != sha:
        do = "give every machine the same storage under the folder `out`"
        raise OtherSnapshot(f"a worker reads another snapshot ({found[:12]})", str(folder), do)
    return taken.facts, places_of(taken.facts, of)
