"""One audit in one process and on Dask workers. As a module: one side, with a cluster of its own."""

import os
import pickle
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

BEGAN = time.perf_counter()

from audits.judge import Judged, audit
from audits.partition import merge, split
from audits.periods import parse
from audits.words import Verdict
from benchmarks.load import AS_OF, PERIOD, ZONE
from benchmarks.measuring import Run, fresh, in_turn, peak_mb, say, timed

#: Parts in which the load is judged; the same on every side that has parts.
PARTS: Final = 8
#: Workers of each side; 0: no cluster, -1: nor parts.
SIDES: Final = {"whole": -1, "parts": 0, "one": 1, "two": 2}
_TICK: Final = os.sysconf("SC_CLK_TCK")


def measure(load: Path, folder: Path, rounds: int, told: Callable[[str], None]) -> dict[str, list[Run]]:
    """Take a snapshot of the load, then judge it in turn on every side, beside one Prefect server.

    Raises:
        SystemExit: a side counts other verdicts than the others.
    """
    from benchmarks import ours
    from tasks.crm import snapshot
    from tests.servers.prefect_server import SETTINGS, prefect_server

    snapshot.write(folder / "snapshot", ours.read_facts(load), {}, AS_OF)
    (folder / "prefect").mkdir()
    with prefect_server(folder / "prefect") as api:
        os.environ |= {**SETTINGS, "PREFECT_API_URL": api, "PREFECT_HOME": str(folder / "prefect")}
        os.environ["PREFECT_LOGGING_LEVEL"] = "ERROR"
        sides: dict[str, Callable[[], Run]] = {
            side: partial(fresh, "benchmarks.cluster", side, str(folder / "snapshot")) for side in SIDES
        }
        runs = in_turn(sides, rounds, told)
    counts = {(run.said["obligations"], run.said["breached"]) for each in runs.values() for run in each}
    if len(counts) != 1:
        raise SystemExit(f"the sides do not count the same: {counts}")
    return runs


def main(side: str, folder: Path) -> None:
    """Measure one side; processor time and start-up are those of all its processes."""
    workers = SIDES[side]
    if workers < 1:
        return say(timed(BEGAN, _here(folder, PARTS if workers == 0 else 1)))
    with _cluster(folder.parent, workers) as (address, pids):
        work = _there(folder, address)
        first = sum(_spent(pid) for pid in pids)
        run = timed(BEGAN, work)
        others = sum(_spent(pid) for pid in pids)
        said = {**run.said, "worker_mb": max(peak_mb(pid) for pid in pids), "start_cpu": first}
        return say(replace(run, cpu=run.cpu + others - first, said=said))


def _here(folder: Path, parts: int) -> Callable[[], dict[str, Any]]:
    from benchmarks import ours
    from tasks.crm import snapshot

    rules, period = ours.rules(), parse(PERIOD, ZONE)

    def work() -> dict[str, Any]:
        facts = snapshot.read(folder).facts
        return _counted(merge(facts, [audit(one, rules, AS_OF, period) for one in split(facts, parts)]))

    return work


def _there(folder: Path, address: str) -> Callable[[], dict[str, Any]]:
    from benchmarks import ours
    from config.settings import Settings
    from flows.auditing import cluster
    from flows.auditing.request import AuditRequest
    from flows.auditing.run import AuditRun
    from flows.auditing.steps import named
    from tasks.crm import snapshot

    run = AuditRun(AuditRequest(), Settings(cluster=address), {})
    run.rules, run.period, run.as_of = ours.rules(), parse(PERIOD, ZONE), AS_OF

    def work() -> dict[str, Any]:
        taken = snapshot.read(folder)
        run.snapshot, run.snapshot_folder = named(taken.info), folder
        parts = cluster.judge_on_cluster(run, PARTS)
        return {**_counted(merge(taken.facts, parts)), "sent": _sent(cluster.Part(run, 0, PARTS), parts)}

    return work


def _sent(asked: object, parts: list[Judged]) -> int:
    """Bytes between the flow and its workers, both ways; pickled here a second time, which costs little."""
    return PARTS * len(pickle.dumps(asked, 5)) + sum(len(pickle.dumps(part, 5)) for part in parts)


def _counted(judged: Judged) -> dict[str, Any]:
    verdicts = [made.outcome.verdict for made in judged.made.values()]
    breached = sum(int((each == Verdict.BREACHED).sum()) for each in verdicts)
    return {"obligations": sum(len(each) for each in verdicts), "breached": breached}


@contextmanager
def _cluster(folder: Path, workers: int) -> Iterator[tuple[str, list[int]]]:
    """A scheduler and workers that have loaded all they need; their process numbers, the scheduler's first."""
    from distributed import Client

    from tests.servers.dask_cluster import dask_scheduler, dask_worker

    with ExitStack() as stack:
        address = stack.enter_context(dask_scheduler(folder / "scheduler"))
        names = [f"worker-{number}" for number in range(workers)]
        pids = [stack.enter_context(dask_worker(address, folder / name)).pid for name in names]
        with Client(address, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            client.run(_load)
            pids.insert(0, client.run_on_scheduler(os.getpid))
        yield address, pids


def _load() -> None:
    import flows.auditing.cluster  # noqa: F401


def _spent(pid: int) -> float:
    """Processor seconds of a process so far, all threads."""
    told = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / _TICK


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
