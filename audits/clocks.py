"""How a limit in hours and minutes is counted: around the clock, or in opening hours (law 8).

Both clocks answer the same two questions, in columns: how much was counted between two instants, and at
which instant a budget is used up. The second is the least instant at which the first reaches the budget,
so a budget that ends at closing time is due at that closing instant, and less means before, more means
after (law 6). Instants are int64 microseconds, UTC, NAT for null.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audits.calendars import UNKNOWN, WORKING, Due, WorkingCalendar
from audits.errors import WrongUse
from audits.horizon import reach, sure_days
from audits.instants import DAY, EPOCH, FAR, LAST_DAY, NAT, Boundaries, Instants
from audits.pauses import Pauses, budget_shift, paused_between
from audits.shifts import Open, Week, open_stretches
from audits.zones import Zone, zone

Budget = int | NDArray[np.int64]


class ElapsedClock:
    """Every microsecond counts; only granted pauses stop it."""

    id: Final = "elapsed"

    def open_between(self, start: Instants, end: Instants, pauses: Pauses | None = None) -> NDArray[np.int64]:
        """Microseconds from start to end, less pauses; NAT where null or where end < start."""
        counted = end - start
        if pauses is not None:
            counted -= paused_between(pauses, _itself, start, end)
        return np.where(_sound(start, end), counted, NAT)

    def due_after(self, start: Instants, budget: Budget, pauses: Pauses | None = None) -> Due:
        """The instant at which the budget is used up: start + budget, and the pauses on top.

        A pause still open at its `as_of` leaves the due instant unknown: no earlier than if it ended then.
        """
        budget = _column(budget, start)
        due, stands = start + budget, np.zeros(len(start), dtype=bool)
        if pauses is not None:
            by, stands = budget_shift(pauses, _itself, start, budget)
            due = due + by
        null = start == NAT
        due[null] = NAT
        if not stands.any():
            return Due(due, due, due)
        return Due(np.where(stands, NAT, due), due, np.where(stands & ~null, FAR, due))


@dataclass(frozen=True, eq=False)
class OpeningHours:
    """Weekly shifts in a zone, on the working days of a calendar or on all days.

    Args:
        id: short name by which bindings choose them.
        zone_name: IANA zone of the shifts' clock.
        week: the shifts.
        calendar: which days are worked; None for all days (24x7, or shops that never close on holidays).

    Raises:
        WrongUse: the shifts overlap, are empty or longer than a day.
    """

    id: str
    zone_name: str
    week: Week
    calendar: WorkingCalendar | None = None

    def __post_init__(self) -> None:
        """Refuse shifts that contradict each other."""
        if message := self.week.fault():
            raise WrongUse(message, where=f"opening hours {self.id}", do="correct the shifts")

    @cached_property
    def zone(self) -> Zone:
        """The compiled zone."""
        return zone(self.zone_name)

    @cached_property
    def table(self) -> "OpenTable":
        """What is known to be open."""
        return self._table(possible=False)

    @cached_property
    def _possible(self) -> "OpenTable":
        """What is, or could yet be declared, open: every unknown day worked."""
        return self._table(possible=True)

    def _table(self, *, possible: bool) -> "OpenTable":
        every = np.arange(1, LAST_DAY - 1, dtype=np.int64)
        weekdays = (every + EPOCH.weekday()) % 7
        worked, weekend = np.ones(len(every), dtype=bool), frozenset[int]()
        if self.calendar is not None:
            states = self.calendar.state(every)
            worked = (states == WORKING) | (possible & (states == UNKNOWN))
            weekend = self.calendar.weekend
        return OpenTable(open_stretches(every[worked], weekdays[worked], self.week, weekend, self.zone))

    @cached_property
    def known(self) -> tuple[int, int]:
        """First and last instant between which every open stretch is known."""
        starts = self.zone.day_starts
        if self.calendar is None:
            return int(starts[2]), int(starts[LAST_DAY - 2])
        first, last = (int(day) for day in np.flatnonzero(self.calendar.states != UNKNOWN)[[0, -1]])
        spilled = self.zone.instants(np.array([first * DAY + self.week.spill], dtype=np.int64))
        return int(spilled[0]), int(starts[last + 1])

    def open_between(self, start: Instants, end: Instants, pauses: Pauses | None = None) -> NDArray[np.int64]:
        """Open microseconds from start to end, less pauses.

        NAT where null, where end < start, and where the span leaves what the calendar knows.
        """
        counted = self.table.reading(end) - self.table.reading(start)
        if pauses is not None:
            counted -= paused_between(pauses, self.table.reading, start, end)
        first, last = self.known
        known = (start >= first) & (end <= last) | (start == end)
        return np.where(_sound(start, end) & known, counted, NAT)

    def due_after(self, start: Instants, budget: Budget, pauses: Pauses | None = None) -> Due:
        """The least instant at which the open time since start reaches the budget.

        A budget of 0 is due at the start. Beyond the calendar, and under a pause still open at its
        `as_of`, `due` is NAT and lies between `earliest` and `latest`.
        """
        budget = _column(budget, start)
        due, stands = _used_up(self.table, start, budget, pauses)
        first, last = self.known
        unknown = ((start < first) | (due > last)) & (budget > 0) & (start != NAT)
        rows = np.flatnonzero(unknown)
        if not len(rows) and not stands.any():
            return Due(due, due, due)
        earliest, latest = due, np.where(stands, FAR, due)
        if len(rows):
            earliest = due.copy()
            possible, _ = _used_up(self._possible, start, budget, pauses)
            inside = self._inside(start)
            earliest[rows] = np.where(inside & (possible < FAR), possible, start)[rows]
            latest[rows] = self._latest(start, budget, pauses, rows)
            latest[rows] = np.where(stands | ~inside, FAR, latest)[rows]
        return Due(np.where(unknown | stands, NAT, due), earliest, latest)

    def _inside(self, start: Instants) -> NDArray[np.bool_]:
        return self.zone.days(start) > 0

    def _latest(
        self, start: Instants, budget: NDArray[np.int64], pauses: Pauses | None, rows: NDArray[np.intp]
    ) -> Instants:
        """The latest instant at which the budget of each unknown row can be used up; FAR: no bound.

        Counts what is known to be open and, on unknown days that are sure to be worked, the shortest
        opening of any weekday; all that pauses could take away is asked for on top.
        """
        latest = np.full(len(rows), FAR, dtype=np.int64)
        if self.calendar is None or (least := self._least_open_day(self.calendar)) <= 0:
            return latest
        wanted = budget.copy()
        if pauses is not None:
            wanted += paused_between(pauses, self._possible.reading, start, np.full(len(start), FAR // 2))
        days = self.zone.days(start[rows])
        for day in np.unique(days[days > 0]).tolist():
            here = np.flatnonzero(days == day)
            at = rows[here]
            goal = self.table.reading(start[at]) + wanted[at]
            latest[here] = self._surely_open(self.calendar, day, goal, int(wanted[at].max()), least)
        return latest

    def _surely_open(
        self, calendar: WorkingCalendar, day: int, goal: NDArray[np.int64], most: int, least: int
    ) -> Instants:
        """The end of the day by which the least certain reading has reached each goal."""
        open_weekdays = frozenset(day for day, shifts in self.week.shifts.items() if shifts)
        open_weekdays -= calendar.weekend
        rule = (open_weekdays, calendar.month_days_off)
        until = reach(day, most // least + 1, rule)
        if until <= day:
            return np.full(len(goal), FAR, dtype=np.int64)
        _, unknown = sure_days(day, until, calendar.states, calendar.weekdays, rule)
        ends = self.zone.day_starts[day + 2 : until + 2]
        reading = self.table.reading(ends) + np.cumsum(unknown) * least
        reached = np.searchsorted(reading, goal, side="left")
        return np.where(reached < len(ends), ends[np.minimum(reached, len(ends) - 1)], FAR)

    def _least_open_day(self, calendar: WorkingCalendar) -> int:
        """The least that any open weekday is open, overnight parts and skipped hours left out."""
        spill, lengths = self.week.spill, []
        for weekday, shifts in self.week.shifts.items():
            if shifts and weekday not in calendar.weekend:
                parts = (min(shift.ends, DAY) - max(shift.begins, spill) for shift in shifts)
                lengths.append(sum(max(part, 0) for part in parts))
        return min(lengths, default=0) - self.zone.largest_jump

    def closing(self, days: NDArray[np.int64], *, possible: bool = False) -> Instants:
        """Last open instant of each local day, its close of business; NAT on a closed day.

        An overnight shift counts up to midnight here.

        Args:
            days: day numbers within the table.
            possible: take every unknown day for a worked one.
        """
        begins, ends = self.zone.day_starts[days], self.zone.day_starts[days + 1]
        last = (self._possible if possible else self.table).last_open(ends)
        return np.where(last > begins, last, NAT)


class OpenTable:
    """Open stretches with a running total: the clock's reading at any instant, and the way back."""

    def __init__(self, stretches: Open) -> None:
        self.opens = np.concatenate([[NAT // 2], stretches.opens])
        self.closes = np.concatenate([[NAT // 2], stretches.closes])
        self._lengths = self.closes - self.opens
        self._total = np.cumsum(self._lengths)
        self._before = self._total - self._lengths
        self._stretch = Boundaries(stretches.opens) if len(stretches.opens) else None
        self._filled = Boundaries(self._total)

    def _index(self, instants: Instants) -> NDArray[np.intp]:
        if self._stretch is None:
            return np.zeros(len(instants), dtype=np.intp)
        return self._stretch.index(instants) + 1

    def reading(self, instants: Instants) -> NDArray[np.int64]:
        """Microseconds open before each instant, since the table begins."""
        stretch = self._index(instants)
        since: NDArray[np.int64] = instants - self.opens[stretch]
        np.minimum(since, self._lengths[stretch], out=since)
        since += self._before[stretch]
        return since

    def instant(self, reading: NDArray[np.int64]) -> Instants:
        """The least instant with this reading (above 0); FAR beyond the table."""
        stretch = self._filled.index(reading - 1) + 1
        beyond = stretch == len(self._total)
        stretch[beyond] = 0
        found: Instants = self.closes[stretch] - (self._total[stretch] - reading)
        found[beyond] = FAR
        return found

    def last_open(self, instants: Instants) -> Instants:
        """Supremum of the open time before each instant."""
        stretch = self._index(instants)
        return np.asarray(np.minimum(self.closes[stretch], instants))


def due_at_close(calendar: WorkingCalendar, start: Instants, n: int, hours: OpeningHours) -> Due:
    """`working_days_due`, but due at the close of business of day n (reading end_of_working_day).

    A working day without opening hours ends at 24:00. What lies between the two dues is counted beside
    the verdict.
    """
    due, earliest, latest = calendar.working_days_due(start, n)
    return Due(
        _at_close(calendar, due, hours),
        _at_close(calendar, earliest, hours, possible=True),
        _at_close(calendar, latest, hours),
    )


def _at_close(
    calendar: WorkingCalendar, ends: Instants, hours: OpeningHours, *, possible: bool = False
) -> Instants:
    days = calendar.zone.days(ends)
    closing = hours.closing(np.maximum(days, 0), possible=possible)
    return np.where((days >= 0) & (closing != NAT), np.minimum(closing, ends), ends)


def _used_up(
    table: OpenTable, start: Instants, budget: NDArray[np.int64], pauses: Pauses | None
) -> tuple[Instants, NDArray[np.bool_]]:
    """When each budget is used up by this table (FAR: beyond it), and whether a pause still stands."""
    goal, stands = table.reading(start), np.zeros(len(start), dtype=bool)
    goal += budget
    if pauses is not None:
        by, stands = budget_shift(pauses, table.reading, start, budget)
        goal += by
    due = table.instant(goal)
    at_start = (budget == 0) | (start == NAT)
    due[at_start] = start[at_start]
    return due, stands & ~at_start


def _itself(instants: Instants) -> Instants:
    return instants


def _sound(start: Instants, end: Instants) -> NDArray[np.bool_]:
    return np.asarray((start != NAT) & (end != NAT) & (start <= end))


def _column(budget: Budget, start: Instants) -> NDArray[np.int64]:
    column = np.broadcast_to(np.asarray(budget, dtype=np.int64), start.shape)
    if (column < 0).any():
        raise ValueError("a budget of time must not be negative")
    return column
