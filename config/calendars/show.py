"""What `calendar show` prints: every day of a year or month with what it is, and the sums."""

from collections import Counter
from datetime import date, timedelta
from typing import NamedTuple

from audits.calendars import DayKind, WorkingCalendar
from audits.periods import parse
from audits.words import Words

KINDS = {
    DayKind.WORKING: Words("工作日", "working day"),
    DayKind.WEEKEND: Words("周末", "weekend"),
    DayKind.HOLIDAY: Words("放假", "holiday"),
    DayKind.MAKE_UP: Words("调休上班", "make-up working day"),
    DayKind.COMPANY_OFF: Words("公司休息", "company day off"),
    DayKind.COMPANY_WORKING: Words("公司上班", "company working day"),
    DayKind.UNKNOWN: Words("尚未录入", "not known yet"),
}
_WORKED = (DayKind.WORKING, DayKind.MAKE_UP, DayKind.COMPANY_WORKING)


class DayRow(NamedTuple):
    """One day.

    Attributes:
        working: None where the table does not know.
        number: its number among the working days of the span shown; None for other days.
        name: holiday, holiday made up for, or the company's reason.
    """

    day: date
    kind: DayKind
    working: bool | None
    number: int | None
    name: Words | None


class Summary(NamedTuple):
    """Sums over the days shown."""

    days: int
    working: int
    free: int
    make_up: int
    unknown: int


def describe(calendar: WorkingCalendar, span: str) -> list[DayRow]:
    """Every day of a year, quarter, month or FROM..TO, in order.

    Args:
        span: such as "2026", "2026-10" or "2026-09-28..2026-10-12".

    Raises:
        WrongUse: no such span.
    """
    period = parse(span, calendar.zone_name)
    rows, number, day = list[DayRow](), 0, period.first_day
    while day <= period.last_day:
        kind = calendar.kind(day)
        working = kind in _WORKED
        number += working
        known = None if kind is DayKind.UNKNOWN else working
        rows.append(DayRow(day, kind, known, number if working else None, calendar.name(day)))
        day += timedelta(days=1)
    return rows


def summary(rows: list[DayRow]) -> Summary:
    """Sums over what `describe` gave."""
    kinds = Counter(row.kind for row in rows)
    working = sum(kinds[kind] for kind in _WORKED)
    unknown = kinds[DayKind.UNKNOWN]
    return Summary(len(rows), working, len(rows) - working - unknown, kinds[DayKind.MAKE_UP], unknown)
