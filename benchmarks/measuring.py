"""Fair timing: each run in a process of its own, sides in turn, medians; imports and start-up told apart."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

HOME = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Run:
    """What one process measured of itself.

    Args:
        wall, cpu: seconds of the work itself; ``cpu`` counts all threads, user and system.
        start: seconds of imports, cards and connections before it.
        peak_mb: largest resident memory of the process, imports included.
        said: small figures of the result, the same in every run.
    """

    wall: float
    cpu: float
    start: float
    peak_mb: float
    said: dict[str, Any]


def timed(began: float, work: Callable[[], dict[str, Any]]) -> Run:
    """Do the work once, in this process.

    Args:
        began: ``time.perf_counter()`` before the first import.
    """
    first, wall = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    said = work()
    ended, last = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    cpu = last.ru_utime + last.ru_stime - first.ru_utime - first.ru_stime
    return Run(ended - wall, cpu, wall - began, peak_mb(), said)


def peak_mb(pid: int | str = "self") -> float:
    """Largest resident memory; ``ru_maxrss`` would count the parent's before this program was loaded."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def say(run: Run) -> None:
    """Hand the run to the parent process."""
    sys.stdout.write(json.dumps(asdict(run)) + "\n")


def fresh(module: str, *arguments: str) -> Run:
    """One run of a module of this package in a new process."""
    paths = os.pathsep.join(filter(None, [str(HOME), os.environ.get("PYTHONPATH", "")]))
    argv = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(
        argv, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": paths}
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(argv[1:])} failed:\n{done.stderr}")
    return Run(**json.loads(done.stdout.splitlines()[-1]))


def in_turn(
    sides: dict[str, Callable[[], Run]], rounds: int, told: Callable[[str], None]
) -> dict[str, list[Run]]:
    """Run the sides one after the other, ``rounds`` times, each round beginning with another side."""
    runs: dict[str, list[Run]] = {name: [] for name in sides}
    names = list(sides)
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            run = sides[name]()
            runs[name].append(run)
            told(
                f"  round {number + 1} of {rounds}: {name} {run.wall:.2f} s, {run.cpu:.2f} s CPU, {run.peak_mb:.0f} MB"
            )
    return runs


def middle(runs: Sequence[Run], field: str) -> float:
    """Median of one figure."""
    return median(float(getattr(run, field)) for run in runs)


def best(runs: Sequence[Run], field: str) -> float:
    """The least of one figure: what other programs disturbed least."""
    return min(float(getattr(run, field)) for run in runs)
