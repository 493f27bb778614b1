"""When people write to a helpdesk and when somebody answers: nights, weekends and the October holiday."""

from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

ZONE: Final = ZoneInfo("Asia/Shanghai")
_OPENS, _CLOSES = time(9), time(18)
#: How many write in each hour of a day, 0 to 23.
_HOURS: Final = (2, 1, 1, 1, 1, 1, 2, 4, 10, 22, 26, 22, 12, 16, 24, 24, 20, 14, 8, 6, 6, 5, 4, 3)
_HOLIDAY: Final = {date(2026, 10, n) for n in range(1, 8)}
_MADE_UP: Final = date(2026, 10, 10)  # a Saturday at work
_WEEKEND: Final = 5


def at_work(day: date) -> bool:
    """Whether the helpdesk is staffed on this day."""
    return day == _MADE_UP or (day not in _HOLIDAY and day.weekday() < _WEEKEND)


def arrivals(chance: Random, first: date, last: date, count: int) -> list[datetime]:
    """So many instants between two days (both included), in their order; a third of a day's load off work."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    load = [12 if at_work(day) else 4 for day in days]
    made = [
        datetime.combine(day, time(hour, chance.randrange(60), chance.randrange(60)), ZONE)
        for day in chance.choices(days, load, k=count)
        for hour in chance.choices(range(24), _HOURS)
    ]
    return sorted(made)


def later(chance: Random, start: datetime, minutes: int, slow: int, awake: int) -> datetime:
    """When somebody gets to it: counted while the desk is staffed, or at once by whoever is on duty.

    Args:
        minutes: the usual wait.
        slow: of a hundred, how many wait four times as long.
        awake: of a hundred that come while nobody is at the desk, how many the duty takes.
    """
    wait = chance.randrange(max(1, minutes // 3), minutes + minutes // 2)
    wait = wait * 4 if chance.randrange(100) < slow else wait
    left = timedelta(minutes=wait, seconds=chance.randrange(60))
    if chance.randrange(100) < awake:
        return start + left
    end = _staffed(start)
    while end + left > _close(end) and at_work(end.date()) and end.time() < _CLOSES:
        left -= _close(end) - end
        end = _staffed(_close(end))
    return end + left


def _staffed(at: datetime) -> datetime:
    """The instant itself while the desk is staffed, else its next opening."""
    if at_work(at.date()) and at.time() < _CLOSES:
        return max(at, datetime.combine(at.date(), _OPENS, ZONE))
    day = at.date() + timedelta(days=1)
    while not at_work(day):
        day += timedelta(days=1)
    return datetime.combine(day, _OPENS, ZONE)


def _close(at: datetime) -> datetime:
    return datetime.combine(at.date(), _CLOSES, ZONE)


def stored(at: datetime | None) -> str | None:
    """As the helpdesk keeps it: local, without an offset."""
    return None if at is None else at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")
