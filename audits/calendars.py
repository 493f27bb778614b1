"""Working days are the state's: holidays, make-up weekends, and a company's own days on top (law 7).

A calendar is data with a horizon: what lies outside `known_from`..`known_through` is unknown, neither
working nor free. It is compiled once to arrays over the days 1970-2099, so that the due instant of a
million applications is a look-up each. Day numbers count from 1970-01-01, instants are UTC microseconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audits.errors import ClausewatchError, WrongUse
from audits.horizon import latest_days
from audits.instants import EPOCH, FAR, LAST_DAY, NAT, Instants, date_of, day_number, moment_of
from audits.words import Words
from audits.zones import Zone, zone

OFF: Final = 0
WORKING: Final = 1
UNKNOWN: Final = -1


class Due(NamedTuple):
    """When something falls due, one entry a record.

    Where the calendar decides, the three are equal. Where it does not, `due` is NAT and the true due
    instant lies in `earliest`..`latest` (FAR: no bound known). A null start gives NAT in all three.
    """

    due: Instants
    earliest: Instants
    latest: Instants


class DayKind(StrEnum):
    """What a day is, in the order in which a reason is looked for."""

    UNKNOWN = "unknown"
    COMPANY_OFF = "company_off"
    COMPANY_WORKING = "company_working"
    HOLIDAY = "holiday"
    MAKE_UP = "make_up"
    WEEKEND = "weekend"
    WORKING = "working"


class CountedDay(NamedTuple):
    """One day of a count said aloud: its number, or None and the reason why it was skipped."""

    day: date
    number: int | None
    kind: DayKind
    name: Words | None


class Contradiction(WrongUse):
    """A date of a calendar says two things at once; `day` is the date."""

    def __init__(self, day: date, message: str, calendar: str) -> None:
        self.day = day
        super().__init__(f"{day}: {message}", where=f"calendar {calendar}", do="correct the calendar file")


class CalendarTooShort(ClausewatchError):
    """A day is asked for that the holiday table does not know yet."""


@dataclass(frozen=True, eq=False)
class WorkingCalendar:
    """One state's working days in one zone, with a company's own days on top.

    Args:
        id: short name by which bindings choose it, such as CN.
        zone_name: IANA zone in which its days begin and end.
        known_from, known_through: first and last date the table speaks of.
        holidays: dates off by the state, with the holiday's name.
        make_up: weekend dates that the state makes working days, with the holiday they make up for.
        company_off, company_working: the company's own exceptions, with the reason; they win.
        weekend: weekdays off as a rule, Monday 0.
        month_days_off: horizon rule: in no unknown month are more than so many non-weekend days off.
        version, source: which edition of the table this is and where its facts come from.

    Raises:
        Contradiction: a date says two things at once.
    """

    id: str
    zone_name: str
    known_from: date
    known_through: date
    holidays: Mapping[date, Words] = field(default_factory=dict)
    make_up: Mapping[date, Words] = field(default_factory=dict)
    company_off: Mapping[date, Words] = field(default_factory=dict)
    company_working: Mapping[date, Words] = field(default_factory=dict)
    weekend: frozenset[int] = frozenset({5, 6})
    month_days_off: int = 10
    version: str = ""
    source: Words | None = None

    def __post_init__(self) -> None:
        """Refuse what contradicts itself, naming the first date."""
        if found := contradiction(self):
            raise Contradiction(*found, self.id)

    @cached_property
    def zone(self) -> Zone:
        """The compiled zone."""
        return zone(self.zone_name)

    @cached_property
    def weekdays(self) -> NDArray[np.int64]:
        """int64[LAST_DAY + 1]: weekday of each day number, Monday 0."""
        return (np.arange(LAST_DAY + 1, dtype=np.int64) + EPOCH.weekday()) % 7

    @cached_property
    def states(self) -> NDArray[np.int8]:
        """int8[LAST_DAY + 1]: OFF, WORKING or UNKNOWN for each day number."""
        weekend = np.isin(self.weekdays, sorted(self.weekend))
        states = np.where(weekend, OFF, WORKING).astype(np.int8)
        for days, state in (
            (self.holidays, OFF),
            (self.make_up, WORKING),
            (self.company_off, OFF),
            (self.company_working, WORKING),
        ):
            states[[day_number(day) for day in days]] = state
        states[: day_number(self.known_from)] = UNKNOWN
        states[day_number(self.known_through) + 1 :] = UNKNOWN
        return states

    @cached_property
    def _possible(self) -> NDArray[np.int64]:
        """Day numbers that are, or could yet be declared, working days; any unknown day could."""
        return np.flatnonzero(self.states != OFF).astype(np.int64)

    @cached_property
    def _possible_until(self) -> NDArray[np.int64]:
        """How many of `_possible` lie on or before each day number."""
        return np.cumsum(self.states != OFF, dtype=np.int64)

    @cached_property
    def _known(self) -> tuple[int, int]:
        return day_number(self.known_from), day_number(self.known_through)

    def state(self, days: NDArray[np.int64]) -> NDArray[np.int8]:
        """OFF, WORKING or UNKNOWN for each day number."""
        inside = (days >= 0) & (days <= LAST_DAY)
        return np.where(inside, self.states[np.where(inside, days, 0)], UNKNOWN).astype(np.int8)

    def is_working(self, days: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each day number is a working day.

        Raises:
            CalendarTooShort: a day lies outside the table.
        """
        states = self.state(days)
        if (states == UNKNOWN).any():
            missing = date_of(int(days[states == UNKNOWN][0]))
            raise CalendarTooShort(
                f"calendar {self.id} knows {self.known_from} to {self.known_through}, not {missing}",
                where=f"calendar {self.id} {self.version}".strip(),
                do=f"import the holidays of {missing.year}: clausewatch calendar import",
            )
        return np.asarray(states == WORKING)

    def working_days_due(self, start: Instants, n: int) -> Due:
        """Last microsecond of the n-th working day after the local day of `start` (reading day_zero).

        The day of the event is never counted, whatever day it was; n = 0 is the end of that day itself.

        Args:
            start: instants, NAT for null.
            n: working days, at least 0.
        """
        if n < 0:
            raise ValueError(f"working days to count must not be negative: {n}")
        day = self.zone.days(start)
        due_day, counted = self._nth_possible(day, n)
        inside = (day >= 0) & counted
        first_known, last_known = self._known
        known = inside & ((n == 0) | ((day + 1 >= first_known) & (due_day <= last_known)))
        earliest = np.where(inside, self._end_of(due_day), start)
        due = np.where(known, earliest, NAT)
        latest = np.where(known, earliest, FAR)
        open_rows = np.flatnonzero(inside & ~known)
        if len(open_rows):
            days = latest_days(day[open_rows], n, self.states, self.weekdays, self._rule)
            latest[open_rows] = np.where(days >= 0, self._end_of(days), FAR)
        latest[start == NAT] = NAT
        return Due(due, earliest, latest)

    @property
    def _rule(self) -> tuple[frozenset[int], int]:
        working = frozenset(range(7)) - self.weekend
        return working, self.month_days_off

    def _nth_possible(self, day: NDArray[np.int64], n: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """The n-th possible working day after each day, and whether the table reaches that far."""
        if n == 0:
            return day, np.ones(len(day), dtype=bool)
        position = self._possible_until[day] + (n - 1)
        inside = position < len(self._possible)
        inside &= self._possible[np.where(inside, position, 0)] < LAST_DAY
        return self._possible[np.where(inside, position, 0)], inside

    def _end_of(self, day: NDArray[np.int64]) -> Instants:
        return self.zone.day_starts[day + 1] - 1

    def working_days_between(self, start: Instants, end: Instants) -> NDArray[np.int64]:
        """The day number of `end` counted from `start`: 0 on the same day, 1 on day 1.

        Days off count nothing: on the Sunday after a due Friday it is still 0. Negative when `end` lies
        before `start`. NAT where one is null or an unknown day lies between.
        """
        first, last = self.zone.days(start), self.zone.days(end)
        low, high = np.minimum(first, last), np.maximum(first, last)
        first_known, last_known = self._known
        known = (low >= 0) & ((low == high) | ((low + 1 >= first_known) & (high <= last_known)))
        return np.where(known, self._possible_until[last] - self._possible_until[first], NAT)

    def kind(self, day: date) -> DayKind:
        """What this date is; the company's word goes before the state's."""
        if not self.known_from <= day <= self.known_through:
            return DayKind.UNKNOWN
        for days, kind in (
            (self.company_off, DayKind.COMPANY_OFF),
            (self.company_working, DayKind.COMPANY_WORKING),
            (self.holidays, DayKind.HOLIDAY),
            (self.make_up, DayKind.MAKE_UP),
        ):
            if day in days:
                return kind
        return DayKind.WEEKEND if day.weekday() in self.weekend else DayKind.WORKING

    def name(self, day: date) -> Words | None:
        """The holiday, the holiday it makes up for, or the company's reason; None for a common day."""
        for days in (self.company_off, self.company_working, self.holidays, self.make_up):
            if day in days:
                return days[day]
        return None

    def days_aloud(self, start: int, n: int) -> list[CountedDay]:
        """Every day from the one after `start` to day n, numbered or skipped with the reason.

        Ends with the first unknown day when the table ends before day n.
        """
        counted: list[CountedDay] = []
        number, today = 0, int(self.zone.days(np.array([start], np.int64))[0])
        if today < 0:
            raise WrongUse(f"no day to count from: {_said(start)}", do="give an instant within 1970-2099")
        while number < n:
            today += 1
            day, state = date_of(today), self.states[today]
            number += int(state == WORKING)
            kind = self.kind(day)
            counted.append(CountedDay(day, number if state == WORKING else None, kind, self.name(day)))
            if state == UNKNOWN:
                break
        return counted


def contradiction(calendar: WorkingCalendar) -> tuple[date, str] | None:
    """The first date that says two things at once, and what is wrong with it; None when all agree."""
    tables = (calendar.holidays, calendar.make_up, calendar.company_off, calendar.company_working)
    for day in sorted({day for days in tables for day in days}):
        if message := _fault(calendar, day):
            return day, message
    if calendar.known_through < calendar.known_from:
        return calendar.known_through, f"known_through lies before known_from {calendar.known_from}"
    return None


def _fault(calendar: WorkingCalendar, day: date) -> str | None:
    weekend = day.weekday() in calendar.weekend
    free = day in calendar.holidays or (weekend and day not in calendar.make_up)
    rules = (
        (not calendar.known_from <= day <= calendar.known_through, "outside known_from..known_through"),
        (day in calendar.holidays and day in calendar.make_up, "both a holiday and a make-up working day"),
        (day in calendar.make_up and not weekend, "a make-up working day on a day that is worked anyway"),
        (day in calendar.company_off and day in calendar.company_working, "a company day off and on"),
        (day in calendar.company_off and free, "a company day off on a day that is free anyway"),
        (day in calendar.company_working and not free, "a company working day on one worked anyway"),
    )
    return next((message for broken, message in rules if broken), None)


def due_by_calendar(
    which: NDArray[np.int64], calendars: Sequence[WorkingCalendar], start: Instants, n: int
) -> Due:
    """`working_days_due` with a calendar chosen per record (law 7: binding, customer, default).

    Args:
        which: position of each record's calendar in `calendars`; -1 for none, whose due is not known.
    """
    due = Due(np.full(len(start), NAT), start.copy(), np.where(start == NAT, NAT, FAR))
    for position, calendar in enumerate(calendars):
        rows = np.flatnonzero(which == position)
        for whole, part in zip(due, calendar.working_days_due(start[rows], n), strict=True):
            whole[rows] = part
    return due


def _said(instant: int) -> str:
    return "null" if instant == NAT else moment_of(instant).isoformat()
