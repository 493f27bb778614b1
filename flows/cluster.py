"""The parts of one audit on a Dask cluster: each worker reads the snapshot, judges its part, sends the verdicts back.

One flow, one more subflow: the steps before and after stay where they are. A worker gets the snapshot's folder
and the rules, never a frame; so the folder must be on storage that every worker sees. A part is a function of
snapshot, rules and ``as_of`` alone: one whose worker died is judged again by another, to the same verdicts.
"""

import socket
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.settings import PREFECT_API_URL

from audits.errors import ClausewatchError, WrongUse
from audits.facts import Facts
from audits.judge import Judged, audit
from audits.partition import part_of
from flows.run import AuditRun
from flows.steps import named
from tasks.crm import snapshot

#: A part is tried so often in all: workers die, and a second one may die of the same machine.
_TRIES: Final = 3


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
    """Nobody listens where the settings say that Dask's scheduler does."""


class OtherSnapshot(ClausewatchError):
    """A worker reads another snapshot than the flow, or none."""


def judge_on_cluster(run: AuditRun, parts: int) -> list[Judged]:
    """Every part, judged by the workers of the settings' ``cluster``.

    Raises:
        WrongUse: no Prefect server is named, no such cluster, or the extra is not installed.
        OtherSnapshot: a worker does not see the run's folder.
    """
    asked = [Part(run, number, parts) for number in range(parts)]

    @flow(name="judge-parts", task_runner=runner(run.settings.cluster, parts), persist_result=False)
    def judge_parts() -> list[Judged]:
        futures = [_judge_there.submit(part, part.number) for part in asked]
        return [future.result() for future in futures]

    return judge_parts()


def runner(cluster: str, parts: int) -> Any:
    """Prefect's task runner for the setting ``cluster``.

    Raises:
        WrongUse: no Prefect server is named, or the extra is not installed.
        NoCluster: no scheduler answers at the address.
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
        return DaskTaskRunner(
            cluster_kwargs={"n_workers": parts, "threads_per_worker": 1, "dashboard_address": None}
        )
    _knock(cluster)
    return DaskTaskRunner(address=cluster)


def _knock(address: str) -> None:
    """Say in words what Dask would say after half a minute of trying."""
    place = urlsplit(address)
    try:
        socket.create_connection((place.hostname or "", place.port or 0), timeout=10).close()
    except OSError as error:
        do = "start `dask scheduler` and its workers there, or leave `cluster` empty"
        raise NoCluster(f"no Dask scheduler answers: {error}", address, do) from None


@task(
    name="judge part", task_run_name="judge part {number}", retries=_TRIES - 1, retry_delay_seconds=1,
    cache_policy=NO_CACHE, persist_result=False,
)  # fmt: skip
def _judge_there(part: Part, number: int) -> Judged:  # noqa: ARG001  # the number names the task run
    judged = audit(
        part_of(_facts(part.folder, part.hash), part.number, part.of), part.rules, part.as_of, part.period
    )
    return replace(judged, facts=judged.facts.without_rows())


@lru_cache(maxsize=1)
def _facts(folder: Path, sha: str) -> Facts:
    """The snapshot's facts, read once a worker, however many of its parts come here."""
    try:
        taken = snapshot.read(folder)
    except ClausewatchError as error:
        do = "put the folder `out` on storage that every worker sees under the same path"
        raise OtherSnapshot(f"a worker cannot read the snapshot: {error.found}", str(folder), do) from error
    if (found := named(taken.info)["hash"]) != sha:
        do = "give every machine the same storage under the folder `out`"
        raise OtherSnapshot(f"a worker reads another snapshot ({found[:12]})", str(folder), do)
    return taken.facts
