"""A state's holiday table, read from its file; a company's own days laid on top."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final, Literal, NoReturn

from pydantic import Field

from audits.calendars import Contradiction, WorkingCalendar
from audits.errors import WrongUse
from audits.words import Words
from audits.zones import zone
from config.calendars.reading import IsoDate, Named, Part, parsed, text_of
from config.mapping.lines import Lined
from config.mapping.lines import Path as Place

WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
Weekday = Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

#: Days with their names, and where in the file each one stands.
Days = dict[date, Words]
Places = dict[date, Place]


class DaysOff(Named):
    """One holiday: every day from..to is off."""

    first: IsoDate = Field(alias="from")
    last: IsoDate = Field(alias="to")

    def days(self) -> Iterator[date]:
        """Each day."""
        for offset in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=offset)


class OneDay(Named):
    """One date with a name or reason."""

    date: IsoDate


class Year(Part):
    """One year's notice."""

    source: Named
    days_off: list[DaysOff]
    working_days: list[OneDay]


class CalendarFile(Part):
    """A holiday table."""

    format: Literal[1] = Field(alias="schema")
    id: str
    version: str
    zone: str
    weekend: list[Weekday]
    known_from: IsoDate
    known_through: IsoDate
    month_days_off: int = Field(ge=0, le=31)
    source: Named
    years: dict[int, Year] = Field(min_length=1)


class CompanyFile(Part):
    """A company's own days."""

    format: Literal[1] = Field(alias="schema")
    calendar: str
    days_off: list[OneDay]
    working_days: list[OneDay]


def load_calendar(path: Path, overrides: Path | None = None) -> WorkingCalendar:
    """The calendar of a file, with a company's own days on top.

    Args:
        path: the state's table, such as `cn.yaml`.
        overrides: a company file, such as `company.yaml`.

    Raises:
        WrongUse: anything wrong in either file, with its line.
    """
    company = (text_of(overrides), str(overrides)) if overrides else None
    return calendar_of(text_of(path), str(path), company)


def calendar_of(text: str, where: str, company: tuple[str, str] | None = None) -> WorkingCalendar:
    """`load_calendar` from texts: of a file yet to be written, or of a snapshot.

    Args:
        text, where: the table, and what to call it in errors.
        company: the company file's text, and what to call it in errors.
    """
    file, lined = parsed(CalendarFile, text, where)
    _check_span(file, lined, where)
    days_off, working_days, places = _state_days(file, lined, where)
    off, on, company_places, company_lined = _company_days(file.id, company)
    try:
        zone(file.zone)
        return WorkingCalendar(
            id=file.id,
            zone_name=file.zone,
            known_from=file.known_from,
            known_through=file.known_through,
            holidays=days_off,
            make_up=working_days,
            company_off=off,
            company_working=on,
            weekend=frozenset(WEEKDAYS.index(day) for day in file.weekend),
            month_days_off=file.month_days_off,
            version=file.version,
            source=file.source.words,
        )
    except Contradiction as error:
        if company and company_lined and error.day in company_places:
            _refuse(error.found, company[1], company_lined, company_places[error.day])
        _refuse(error.found, where, lined, places.get(error.day, ("known_through",)))
    except WrongUse as error:
        raise WrongUse(error.found, where=f"{where}:{lined.line(('zone',))}", do=error.do) from error


def _refuse(found: str, where: str, lined: Lined, place: Place) -> NoReturn:
    raise WrongUse(found, where=f"{where}:{lined.line(place)}", do="correct this line") from None


def _check_span(file: CalendarFile, lined: Lined, where: str) -> None:
    """The span says exactly the years that are there: a year left out would read as one without holidays."""
    years = sorted(file.years)
    if years != list(range(years[0], years[-1] + 1)):
        _refuse(f"years must follow each other: {years}", where, lined, ("years",))
    if file.known_from != date(years[0], 1, 1):
        _refuse(f"known_from must be {years[0]}-01-01, the first year listed", where, lined, ("known_from",))
    if file.known_through != date(years[-1], 12, 31):
        message = f"known_through must be {years[-1]}-12-31, the last year listed"
        _refuse(message, where, lined, ("known_through",))


def _state_days(file: CalendarFile, lined: Lined, where: str) -> tuple[Days, Days, Places]:
    off, on, places = Days(), Days(), Places()
    for year, notice in file.years.items():
        for at, holiday in enumerate(notice.days_off):
            place: Place = ("years", str(year), "days_off", at)
            if holiday.last < holiday.first:
                _refuse(f"{holiday.en} ends before it begins", where, lined, place)
            for day in holiday.days():
                _enter(off, places, day, holiday.words, (where, lined, place, year))
        for at, worked in enumerate(notice.working_days):
            place = ("years", str(year), "working_days", at)
            _enter(on, places, worked.date, worked.words, (where, lined, place, year))
    return off, on, places


def _company_days(calendar: str, company: tuple[str, str] | None) -> tuple[Days, Days, Places, Lined | None]:
    off, on, places = Days(), Days(), Places()
    if company is None:
        return off, on, places, None
    file, lined = parsed(CompanyFile, *company)
    if file.calendar != calendar:
        _refuse(
            f"these days are for calendar {file.calendar}, not {calendar}", company[1], lined, ("calendar",)
        )
    for name, entries, days in (("days_off", file.days_off, off), ("working_days", file.working_days, on)):
        for at, entry in enumerate(entries):
            _enter(days, places, entry.date, entry.words, (company[1], lined, (name, at), None))
    return off, on, places, lined


def _enter(
    days: Days, places: Places, day: date, name: Words, source: tuple[str, Lined, Place, int | None]
) -> None:
    where, lined, place, year = source
    if year is not None and day.year != year:
        _refuse(f"{day} does not lie in {year}", where, lined, place)
    if day in days:
        _refuse(f"{day} stands twice", where, lined, place)
    days[day] = name
    places[day] = place
