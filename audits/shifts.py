"""Weekly shifts, and the stretches of UTC in which they are open.

A shift belongs to the local day on which it begins: an overnight shift of Friday runs into Saturday
whether or not Saturday is worked, and Saturday's own shifts need Saturday to be worked.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audits.instants import DAY, MINUTE, Instants
from audits.zones import Zone


class Shift(NamedTuple):
    """Open from `begins` to `ends`, microseconds of local clock since the midnight before `begins`.

    `ends` lies past 24 h for a shift that ends on the next day; `begins` never does.
    """

    begins: int
    ends: int


@dataclass(frozen=True)
class Week:
    """Which shifts a day has.

    Args:
        shifts: by weekday, Monday 0; a weekday without an entry has none.
        make_up: shifts of a make-up (or extra company) working day whose weekday has none of its own.
    """

    shifts: Mapping[int, tuple[Shift, ...]]
    make_up: tuple[Shift, ...] = field(default=())

    def of(self, weekday: int, *, free_as_a_rule: bool) -> tuple[Shift, ...]:
        """Shifts of a worked day of this weekday."""
        own = self.shifts.get(weekday, ())
        return self.make_up if not own and free_as_a_rule else own

    @property
    def spill(self) -> int:
        """How far the longest overnight shift reaches into the next day."""
        return max((shift.ends - DAY for shift in self._all() if shift.ends > DAY), default=0)

    def fault(self) -> str | None:
        """What is wrong with these shifts; None when nothing is."""
        for shift in self._all():
            if not 0 <= shift.begins < DAY or not shift.begins < shift.ends <= shift.begins + DAY:
                return f"{said(shift)}: a shift begins on its day and lasts more than 0 and at most 24 hours"
        for shifts in (*self.shifts.values(), self.make_up):
            for one, other in zip(sorted(shifts), sorted(shifts)[1:], strict=False):
                if other.begins < one.ends:
                    return f"{said(one)} and {said(other)} overlap"
        return None if any(self._all()) else "no shift at all: it would never be open"

    def _all(self) -> Iterator[Shift]:
        for shifts in (*self.shifts.values(), self.make_up):
            yield from shifts


class Open(NamedTuple):
    """Disjoint open stretches in order, and how much had been open before each."""

    opens: Instants
    closes: Instants


def said(shift: Shift) -> str:
    """The shift as people write it: 22:00-06:00."""
    return "-".join(
        f"{at // MINUTE // 60:02d}:{at // MINUTE % 60:02d}" for at in (shift.begins, _same_day(shift))
    )


def _same_day(shift: Shift) -> int:
    return shift.ends - DAY if shift.ends > DAY else shift.ends


def open_stretches(
    days: NDArray[np.int64], weekdays: NDArray[np.int64], week: Week, weekend: frozenset[int], zone: Zone
) -> Open:
    """The open stretches of worked days, joined where they touch or overlap.

    Args:
        days: worked day numbers.
        weekdays: their weekdays.
        weekend: weekdays that are free as a rule; worked ones may take the make-up shifts.
    """
    opens, closes = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for weekday in range(7):
        midnights = days[weekdays == weekday] * DAY
        for shift in week.of(weekday, free_as_a_rule=weekday in weekend):
            opens.append(zone.instants(midnights + shift.begins))
            closes.append(zone.instants(midnights + shift.ends))
    return _joined(np.concatenate(opens), np.concatenate(closes))


def _joined(opens: Instants, closes: Instants) -> Open:
    real = closes > opens  # a shift inside the hour that is skipped is empty
    opens, closes = opens[real], closes[real]
    order = np.argsort(opens, kind="stable")
    opens, closes = opens[order], closes[order]
    latest = np.maximum.accumulate(closes)
    begins = np.ones(len(opens), dtype=bool)
    begins[1:] = opens[1:] > latest[:-1]
    heads = np.flatnonzero(begins)
    return Open(opens[heads], np.maximum.reduceat(closes, heads) if len(heads) else closes)
