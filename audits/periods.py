"""Periods: half-open in a named zone, so that each obligation counts in exactly one (law 9).

A period is a run of whole units (days, ISO weeks, months, quarters, years) that follow each other; its
neighbours are the runs of the same length before and after it.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audits.errors import WrongUse
from audits.instants import EPOCH, LAST_DAY, Instants, date_of, day_number
from audits.words import Words
from audits.zones import zone

MONTHS_EN: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_FORMS: Final = "2026-10, 2026-Q4, 2026, 2026-W41, 2026-10-05, or FROM..TO"


class Unit(StrEnum):
    """The unit a period is counted in."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_MONTHS_IN: Final = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}
#: Monday of the ISO week that holds 1970-01-01, as a day number.
_FIRST_MONDAY: Final = -EPOCH.weekday()


@dataclass(frozen=True)
class Period:
    """`count` whole units from number `first` on, in a zone.

    Units are numbered: days from 1970-01-01, weeks from the ISO week that holds it, months, quarters and
    years from the year 0. Make one with `parse` or `period_of`.
    """

    unit: Unit
    first: int
    count: int
    zone_name: str

    @property
    def first_day(self) -> date:
        """The first local date."""
        return date_of(_day_of(self.unit, self.first))

    @property
    def last_day(self) -> date:
        """The last local date, inside the period."""
        return date_of(_day_of(self.unit, self.first + self.count) - 1)

    @property
    def start(self) -> int:
        """The first instant inside."""
        return self._midnight(self.first)

    @property
    def end(self) -> int:
        """The first instant after; one microsecond more than `last`."""
        return self._midnight(self.first + self.count)

    def _midnight(self, number: int) -> int:
        day = _day_of(self.unit, number)
        if not 0 <= day <= LAST_DAY:
            raise WrongUse("the period leaves the years 1970-2099", do="give a period within them")
        return int(zone(self.zone_name).day_starts[day])

    @property
    def last(self) -> int:
        """The last microsecond inside."""
        return self.end - 1

    @property
    def previous(self) -> "Period":
        """The period of the same length that ends where this one starts."""
        return Period(self.unit, self.first - self.count, self.count, self.zone_name)

    @property
    def next(self) -> "Period":
        """The period of the same length that starts where this one ends."""
        return Period(self.unit, self.first + self.count, self.count, self.zone_name)

    def contains(self, instants: Instants) -> NDArray[np.bool_]:
        """Whether start <= instant < end; never for null."""
        return (instants >= self.start) & (instants < self.end)

    def closed(self, as_of: int) -> bool:
        """Whether it is over at `as_of`: then nothing due in it is pending."""
        return as_of >= self.end

    @property
    def key(self) -> str:
        """How a person writes it; `parse` reads it back."""
        first = _key(self.unit, self.first)
        return first if self.count == 1 else f"{first}..{_key(self.unit, self.first + self.count - 1)}"

    @property
    def label(self) -> Words:
        """How a report calls it."""
        first = _label(self.unit, self.first)
        if self.count == 1:
            return first
        last = _label(self.unit, self.first + self.count - 1)
        return Words(f"{first.zh}至{last.zh}", f"{first.en} to {last.en}")


def parse(text: str, zone_name: str) -> Period:
    """The period a person means: a month, quarter, year, ISO week, day, or FROM..TO of any of these.

    FROM..TO holds both its ends. Two of one unit stay in that unit; two of different units become days.

    Raises:
        WrongUse: nothing of the kind, a date that does not exist, TO before FROM, an unknown zone.
    """
    zone(zone_name)
    first_text, dots, last_text = text.strip().partition("..")
    unit, first = _unit(first_text, text)
    if not dots:
        return Period(unit, first, 1, zone_name)
    last_unit, last = _unit(last_text, text)
    if unit is not last_unit:
        first, last = _day_of(unit, first), _day_of(last_unit, last + 1) - 1
        unit = Unit.DAY
    if last < first:
        raise WrongUse(f"the period {text!r} ends before it begins", do="write FROM..TO with FROM first")
    return Period(unit, first, last - first + 1, zone_name)


def period_of(instant: int, unit: Unit, zone_name: str) -> Period:
    """The period of one unit in which an instant lies.

    Raises:
        WrongUse: the instant is null or outside 1970-2099.
    """
    day = int(zone(zone_name).days(np.array([instant], dtype=np.int64))[0])
    if day < 0:
        raise WrongUse("no period holds this instant: it is null or outside 1970-2099", do="give an instant")
    if unit is Unit.DAY:
        return Period(unit, day, 1, zone_name)
    if unit is Unit.WEEK:
        return Period(unit, (day - _FIRST_MONDAY) // 7, 1, zone_name)
    on = date_of(day)
    return Period(unit, (on.year * 12 + on.month - 1) // _MONTHS_IN[unit], 1, zone_name)


def months_of(instants: Instants, zone_name: str) -> NDArray[np.int64]:
    """The local month of each instant as 100 * year + month, such as 202610; 0 for null."""
    days = zone(zone_name).days(instants)
    return np.where(days >= 0, _month_keys()[days], 0)


@lru_cache(maxsize=1)
def _month_keys() -> NDArray[np.int64]:
    """100 * year + month of each day number of the table."""
    months = np.arange(LAST_DAY + 1).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return (1970 + months // 12) * 100 + months % 12 + 1


def _unit(part: str, text: str) -> tuple[Unit, int]:
    """The unit and number that one end of a period names."""
    for pattern, unit in _PATTERNS:
        if match := re.fullmatch(pattern, part.strip(), re.ASCII):
            try:
                number = _number(unit, [int(group) for group in match.groups()])
                if _day_of(unit, number) >= 0 and _day_of(unit, number + 1) <= LAST_DAY:
                    return unit, number
            except ValueError as error:
                raise WrongUse(f"the period {text!r} does not exist: {error}", do=f"give {_FORMS}") from error
            raise WrongUse(f"the period {text!r} lies outside 1971-2099", do=f"give {_FORMS}")
    raise WrongUse(f"{text!r} is not a period", do=f"give {_FORMS}")


_PATTERNS: Final = (
    (r"(\d{4})", Unit.YEAR),
    (r"(\d{4})-Q(\d)", Unit.QUARTER),
    (r"(\d{4})-(\d{2})", Unit.MONTH),
    (r"(\d{4})-W(\d{2})", Unit.WEEK),
    (r"(\d{4})-(\d{2})-(\d{2})", Unit.DAY),
)


def _number(unit: Unit, parts: list[int]) -> int:
    year, *rest = parts
    if unit is Unit.YEAR:
        return year
    if unit is Unit.DAY:
        return day_number(date(year, *rest))
    if unit is Unit.WEEK:
        return (day_number(date.fromisocalendar(year, rest[0], 1)) - _FIRST_MONDAY) // 7
    most = 12 // _MONTHS_IN[unit]
    if not 1 <= rest[0] <= most:
        raise ValueError(f"a year has {unit}s 1 to {most}")
    return year * most + rest[0] - 1


def _day_of(unit: Unit, number: int) -> int:
    """The day number on which a unit begins."""
    if unit is Unit.DAY:
        return number
    if unit is Unit.WEEK:
        return number * 7 + _FIRST_MONDAY
    year, month = divmod(number * _MONTHS_IN[unit], 12)
    return day_number(date(year, month + 1, 1))


def _key(unit: Unit, number: int) -> str:
    on = date_of(_day_of(unit, number))
    week = on.isocalendar()
    return {
        Unit.DAY: on.isoformat(),
        Unit.WEEK: f"{week.year}-W{week.week:02d}",
        Unit.MONTH: f"{on:%Y-%m}",
        Unit.QUARTER: f"{on.year}-Q{(on.month + 2) // 3}",
        Unit.YEAR: f"{on.year}",
    }[unit]


def _label(unit: Unit, number: int) -> Words:
    on = date_of(_day_of(unit, number))
    week, quarter, month = on.isocalendar(), (on.month + 2) // 3, MONTHS_EN[on.month - 1]
    return {
        Unit.DAY: Words(f"{on.year} 年 {on.month} 月 {on.day} 日", f"{on.day} {month} {on.year}"),
        Unit.WEEK: Words(f"{week.year} 年第 {week.week} 周", f"week {week.week} of {week.year}"),
        Unit.MONTH: Words(f"{on.year} 年 {on.month} 月", f"{month} {on.year}"),
        Unit.QUARTER: Words(f"{on.year} 年第 {quarter} 季度", f"Q{quarter} {on.year}"),
        Unit.YEAR: Words(f"{on.year} 年", f"{on.year}"),
    }[unit]
