"""On which days a schedule is due by our calendar, at which instants, and for which period.

No scheduler knows make-up weekends: it fires by the cron, and what is said here decides whether that day
counts. Days of which the calendar knows nothing are neither due nor free; they are named, never guessed.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from audits.calendars import UNKNOWN, WORKING, CalendarTooShort, WorkingCalendar
from audits.instants import day_number, moment_of
from audits.periods import Period, Unit, period_of
from audits.words import Words
from config.cron import Cron

On = Literal[
    "every day",
    "working days",
    "first working day of the week",
    "first working day of the month",
    "first working day of the quarter",
]
PeriodUnit = Literal["day", "week", "month", "quarter", "year"]
#: The unit whose first working day is meant.
_FIRST_OF: Final[dict[str, Unit]] = {
    "first working day of the week": Unit.WEEK,
    "first working day of the month": Unit.MONTH,
    "first working day of the quarter": Unit.QUARTER,
}
#: No two due days of one schedule lie further apart than this.
_DAYS_BACK: Final = 400
_WEEKEND: Final = Words("周末", "weekend")


@dataclass(frozen=True)
class Rule:
    """When something is due: a cron in a zone, on certain days of a calendar."""

    cron: Cron
    zone: str
    on: On
    calendar: WorkingCalendar


class DueTimes(NamedTuple):
    """Instants in order, microseconds; and the first day the calendar could not tell, where there is one."""

    instants: list[int]
    unknown: date | None


def due_between(rule: Rule, start: int, end: int) -> DueTimes:
    """Every instant at which a rule is due, ``start <= instant < end``.

    It stops before the first day that the calendar does not know well enough.
    """
    out: set[int] = set()  # where midnight is left out, a day's first times are those of the evening before
    day, last = local_day(rule, start) - timedelta(days=1), local_day(rule, end) + timedelta(days=1)
    while day <= last:
        found = [at for at in rule.cron.instants(day, ZoneInfo(rule.zone)) if start <= at < end]
        if found:
            due = is_due(rule, day)
            if due is None:
                return DueTimes(sorted(out), day)
            out.update(found if due else [])
        day += timedelta(days=1)
    return DueTimes(sorted(out), None)


def is_due(rule: Rule, day: date) -> bool | None:
    """Whether this local date is one of the days; None where the calendar cannot tell."""
    if rule.on == "every day":
        return True
    states = rule.calendar.states
    today = states[day_number(day)]
    if rule.on == "working days":
        return None if today == UNKNOWN else bool(today == WORKING)
    first = _unit_of(rule, day).first_day
    earlier = states[day_number(first) : day_number(day)]
    if (earlier == WORKING).any():
        return False
    if (earlier == UNKNOWN).any() or today == UNKNOWN:
        return None
    return bool(today == WORKING)


def why_not(rule: Rule, day: date) -> Words | None:
    """Why this local date is none of the days; None where it is one.

    Raises:
        CalendarTooShort: the calendar cannot tell.
    """
    due, calendar = is_due(rule, day), rule.calendar
    if due is None:
        raise CalendarTooShort(
            f"whether {day} is a {rule.on.removesuffix('s')} is not known: "
            f"calendar {calendar.id} ends with {calendar.known_through}",
            f"calendar {calendar.id} {calendar.version}".strip(),
            f"import the holidays of {day.year}: clausewatch calendar import",
        )
    if due:
        return None
    if calendar.states[day_number(day)] == WORKING:
        unit = _FIRST_OF[rule.on].value
        zh = {"week": "本周", "month": "本月", "quarter": "本季度"}[unit]
        return Words(f"不是{zh}第一个工作日", f"not the first working day of the {unit}")
    return calendar.name(day) or _WEEKEND


def periods_of(rule: Rule, unit: PeriodUnit, due: int, *, joined: bool) -> tuple[str, ...]:
    """The periods that a run due at this instant is for: every unit since the due day before it.

    So that Monday's run takes Friday, Saturday and Sunday, and the one after a week of holidays both weeks.
    On days of every kind the last unit is the one of the day before; on the first working day of a unit it
    is the one before that unit begins.

    Args:
        joined: as one period ``FROM..TO``, instead of one period each.
    """
    today = local_day(rule, due)
    anchor = _unit_of(rule, today).first_day if rule.on in _FIRST_OF else today
    last = _period(rule, unit, anchor - timedelta(days=1))
    before = _due_before(rule, today)
    first = last if before is None else _period(rule, unit, before)
    count = max(last.first - first.first, 0) + 1
    begin = last.first - count + 1
    if joined:
        return (Period(last.unit, begin, count, rule.zone).key,)
    return tuple(Period(last.unit, begin + n, 1, rule.zone).key for n in range(count))


def day_start(rule: Rule, day: date) -> int:
    """The first instant of a local date in the rule's zone."""
    return Period(Unit.DAY, day_number(day), 1, rule.zone).start


def _due_before(rule: Rule, day: date) -> date | None:
    """The due day before this one; None where the calendar does not reach back so far."""
    for back in range(1, _DAYS_BACK):
        earlier = day - timedelta(days=back)
        if rule.cron.fires_on(earlier):
            due = is_due(rule, earlier)
            if due is None or due:
                return earlier if due else None
    return None


def _unit_of(rule: Rule, day: date) -> Period:
    return _period(rule, _FIRST_OF[rule.on].value, day)


def _period(rule: Rule, unit: str, day: date) -> Period:
    return period_of(day_start(rule, day), Unit(unit), rule.zone)


def local_day(rule: Rule, instant: int) -> date:
    """The date that an instant has in the rule's zone."""
    return moment_of(instant).astimezone(ZoneInfo(rule.zone)).date()
