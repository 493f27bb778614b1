"""Local time in the demo: how planted moments are written, which days are worked, and the dice."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

ZONE: Final = ZoneInfo("Asia/Shanghai")
#: The extract's own instant: what the CRM knew then, and nothing later. Local.
EXTRACTED: Final = datetime(2026, 11, 2, 2, 0)  # noqa: DTZ001 - local, as people write
FIRST_DAY: Final = date(2026, 9, 14)
LAST_DAY: Final = date(2026, 11, 1)

#: Mid-autumn and National Day 2026, and the weekend days worked instead.
HOLIDAYS: Final = frozenset(
    {*(date(2026, 9, day) for day in (25, 26, 27)), *(date(2026, 10, day) for day in range(1, 8))}
)
MAKE_UP_DAYS: Final = frozenset({date(2026, 9, 20), date(2026, 10, 10)})

T = TypeVar("T")


def moment(text: str, day: date | None = None) -> datetime:
    """A local moment of 2026 as planted records write it.

    ``10-09 09:00``, ``10-09 09:00:00.000001``, or with ``day`` the time alone.
    """
    words = text.split()
    if len(words) == 2:
        day = date.fromisoformat(f"2026-{words[0]}")
    if day is None:
        raise ValueError(f"{text!r} has no day")
    return datetime.combine(day, time.fromisoformat(words[-1]))


def stored(local: datetime | None) -> datetime | None:
    """As the CRM stores it: naive UTC."""
    return local and local.replace(tzinfo=ZONE).astimezone(UTC).replace(tzinfo=None)


def local(kept: datetime) -> datetime:
    """As people read it: local, from naive UTC."""
    return kept.replace(tzinfo=UTC).astimezone(ZONE).replace(tzinfo=None)


def is_worked(day: date) -> bool:
    """Whether the demo's company works that day."""
    return day in MAKE_UP_DAYS or (day.weekday() < 5 and day not in HOLIDAYS)


def days(first: date, last: date) -> list[date]:
    """Every day from the first to the last."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def worked_days_after(day: date, count: int) -> date:
    """The ``count``-th worked day after that day."""
    while count:
        day += timedelta(days=1)
        count -= is_worked(day)
    return day


class Dice:
    """Seeded chance; the same seed gives the same demo on every machine and Python."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def below(self, limit: int) -> int:
        """A whole number from 0 to ``limit - 1``."""
        return int(self._random.random() * limit)

    def between(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return low + self.below(high - low + 1)

    def chance(self, per_mille: int) -> bool:
        """True in so many of a thousand throws."""
        return self.below(1000) < per_mille

    def one_of(self, choices: Sequence[T]) -> T:
        """One of the choices, all alike."""
        return choices[self.below(len(choices))]

    def weighted(self, choices: dict[T, int]) -> T:
        """One of the choices, by weight."""
        throw = self.below(sum(choices.values()))
        for choice, weight in choices.items():
            throw -= weight
            if throw < 0:
                return choice
        raise AssertionError
