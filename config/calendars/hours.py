"""Opening hours, read from their file."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal, NoReturn

from pydantic import Field

from audits.calendars import WorkingCalendar
from audits.clocks import OpeningHours
from audits.errors import WrongUse
from audits.instants import DAY, MINUTE
from audits.shifts import Shift, Week
from config.calendars.reading import Part, parsed, text_of
from config.calendars.table import WEEKDAYS
from config.mapping.lines import Lined
from config.mapping.lines import Path as Place

_SHIFT: Final = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)", re.ASCII)


class HoursEntry(Part):
    """One set of opening hours."""

    id: str
    zone: str
    days: Literal["working_days", "all_days"]
    calendar: str | None = None
    shifts: dict[str, list[str]]
    make_up_days: list[str] = Field(default_factory=list)


class HoursFile(Part):
    """A file of opening hours; the first entry is the house's own."""

    format: Literal[1] = Field(alias="schema")
    hours: list[HoursEntry] = Field(min_length=1)


def load_hours(path: Path, calendars: Mapping[str, WorkingCalendar]) -> dict[str, OpeningHours]:
    """Opening hours by id, in the order of the file; the first are the house's own.

    Args:
        calendars: the calendars that entries may name, by id.

    Raises:
        WrongUse: anything wrong in the file, with its line.
    """
    return hours_of(text_of(path), str(path), calendars)


def hours_of(text: str, where: str, calendars: Mapping[str, WorkingCalendar]) -> dict[str, OpeningHours]:
    """`load_hours` from a text, called `where` in errors."""
    file, lined = parsed(HoursFile, text, where)
    found: dict[str, OpeningHours] = {}
    for at, entry in enumerate(file.hours):
        source = _Source(where, lined, ("hours", at))
        if entry.id in found:
            source.refuse(f"the hours {entry.id} stand twice", "id")
        found[entry.id] = _hours(entry, calendars, source)
    return found


class _Source:
    """Where an entry stands, for errors."""

    def __init__(self, where: str, lined: Lined, place: Place) -> None:
        self._where, self._lined, self._place = where, lined, place

    def refuse(self, found: str, *place: str | int, do: str = "correct this line") -> NoReturn:
        """Refuse the entry at a place in it."""
        line = self._lined.line((*self._place, *place))
        raise WrongUse(found, where=f"{self._where}:{line}", do=do) from None


def _hours(entry: HoursEntry, calendars: Mapping[str, WorkingCalendar], source: _Source) -> OpeningHours:
    week = Week(_shifts(entry, source), _day_shifts(entry.make_up_days, source, ("make_up_days",)))
    try:
        hours = OpeningHours(entry.id, entry.zone, week, _calendar(entry, calendars, source))
    except WrongUse as error:
        source.refuse(error.found, "shifts", do=error.do)
    try:
        _ = hours.zone
    except WrongUse as error:
        source.refuse(error.found, "zone", do=error.do)
    return hours


def _calendar(
    entry: HoursEntry, calendars: Mapping[str, WorkingCalendar], source: _Source
) -> WorkingCalendar | None:
    if entry.days == "all_days":
        if entry.calendar is not None or entry.make_up_days:
            source.refuse("hours on all days need neither a calendar nor make_up_days", "days")
        return None
    if entry.calendar is None:
        source.refuse("hours on working days need a calendar", "days", do="add `calendar: CN`")
    if entry.calendar not in calendars:
        known = ", ".join(sorted(calendars)) or "none"
        source.refuse(f"no calendar {entry.calendar}; known: {known}", "calendar")
    return calendars[entry.calendar]


def _shifts(entry: HoursEntry, source: _Source) -> dict[int, tuple[Shift, ...]]:
    found: dict[int, tuple[Shift, ...]] = {}
    for key, texts in entry.shifts.items():
        shifts = _day_shifts(texts, source, ("shifts", key))
        for weekday in _weekdays(key, source):
            if weekday in found:
                source.refuse(f"{WEEKDAYS[weekday]} has its shifts twice", "shifts", key)
            found[weekday] = shifts
    return found


def _weekdays(key: str, source: _Source) -> range:
    """The weekdays of `Sat` or `Mon-Fri`."""
    first, dash, last = key.partition("-")
    if first not in WEEKDAYS or (dash and last not in WEEKDAYS):
        source.refuse(f"{key!r} names no weekdays", "shifts", key, do="write Sat or Mon-Fri")
    begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    if end < begin:
        source.refuse(f"{key!r} runs backwards", "shifts", key, do="write Mon-Tue and Sat-Sun as two lines")
    return range(begin, end + 1)


def _day_shifts(texts: list[str], source: _Source, place: Place) -> tuple[Shift, ...]:
    return tuple(_shift(text, source, (*place, at)) for at, text in enumerate(texts))


def _shift(text: str, source: _Source, place: Place) -> Shift:
    """The shift written `09:00-18:00`; an end not later than the begin lies on the next day."""
    match = _SHIFT.fullmatch(text)
    hours = [int(part) for part in match.groups()] if match else []
    if not match or max(hours[1], hours[3]) > 59 or hours[0] > 23 or hours[2] * 60 + hours[3] > 24 * 60:
        source.refuse(
            f"{text!r} is not a shift", *place, do="write 09:00-18:00, or 22:00-06:00 over midnight"
        )
    begins, ends = ((hours[at] * 60 + hours[at + 1]) * MINUTE for at in (0, 2))
    if begins == ends:
        source.refuse(f"{text!r} begins and ends at once", *place, do="write 00:00-24:00 for a whole day")
    return Shift(begins, ends if ends > begins else ends + DAY)
