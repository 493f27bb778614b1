"""Business time: nanoseconds a timestamp, for the questions a limit asks of a clock."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Final

import numpy as np

from audits.clocks import ElapsedClock
from audits.instants import HOUR
from benchmarks.load import AS_OF, START
from benchmarks.ours import rules

#: At most so many nanoseconds a timestamp in opening hours.
TARGET: Final = 100
TIMESTAMPS: Final = 1_000_000


@dataclass(frozen=True)
class Cost:
    """Nanoseconds a timestamp: ``wall``, and processor time, which other programs disturb least."""

    name: str
    wall: float
    cpu: float


def measure(rounds: int, timestamps: int = TIMESTAMPS) -> list[Cost]:
    """Time both clocks; the questions in turn, medians, the tables of the calendar already made."""
    given = rules()
    elapsed, hours, calendar = ElapsedClock(), given.hours, given.calendar
    dice = np.random.default_rng(1)
    start = dice.integers(START, AS_OF, timestamps)
    end = start + dice.integers(0, 72 * HOUR, timestamps)
    budget = dice.integers(0, 24 * HOUR, timestamps)
    asked: dict[str, tuple[int, Callable[[], object]]] = {
        "opening hours: reading of the clock": (1, lambda: hours.table.reading(start)),
        "opening hours: counted between two": (2, lambda: hours.open_between(start, end)),
        "opening hours: due instant": (1, lambda: hours.due_after(start, budget)),
        "elapsed: counted between two": (2, lambda: elapsed.open_between(start, end)),
        "elapsed: due instant": (1, lambda: elapsed.due_after(start, budget)),
        "5 working days: due instant": (1, lambda: calendar.working_days_due(start, 5)),
    }
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in asked}
    for _ in range(rounds + 1):  # the first makes the tables
        for name, (_, ask) in asked.items():
            took[name].append(_timed(ask))
    return [_cost(name, took[name][1:], timestamps * asked[name][0]) for name in asked]


def _timed(ask: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter_ns(), time.process_time_ns()
    ask()
    return time.perf_counter_ns() - wall, time.process_time_ns() - cpu


def _cost(name: str, took: list[tuple[float, float]], timestamps: int) -> Cost:
    wall, cpu = (median(column) / timestamps for column in zip(*took, strict=True))
    return Cost(name, wall, cpu)
