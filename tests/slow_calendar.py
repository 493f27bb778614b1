"""Calendars and clocks told slowly: day by day and minute by minute, with nothing shared but the question.

Local dates and wall times come from zoneinfo at each step; no arrays, no cumulative sums, no offsets.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

MINUTE_US = 60_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Worked = Callable[[date], bool]


def us(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def local(instant: int, zone: str) -> datetime:
    return (EPOCH + timedelta(microseconds=instant)).astimezone(ZoneInfo(zone))


def midnight(day: date, zone: str) -> int:
    """The first microsecond of a local day, found by asking the clock around it."""
    guess = us(datetime.combine(day, time(), ZoneInfo(zone)))
    while local(guess - 1, zone).date() >= day:
        guess -= MINUTE_US
    while local(guess, zone).date() < day:
        guess += MINUTE_US
    return guess


def due_day(start: date, n: int, worked: Worked) -> date:
    day = start
    while n:
        day += timedelta(days=1)
        n -= worked(day)
    return day


def due(start: int, n: int, worked: Worked, zone: str) -> int:
    """The last microsecond of the n-th worked day after the day of start."""
    day = due_day(local(start, zone).date(), n, worked)
    return midnight(day + timedelta(days=1), zone) - 1


def between(start: int, end: int, worked: Worked, zone: str) -> int:
    first, last = local(start, zone).date(), local(end, zone).date()
    if last < first:
        return -between(end, start, worked, zone)
    return sum(worked(first + timedelta(days=step + 1)) for step in range((last - first).days))


@dataclass
class SlowHours:
    """Opening hours as one flag a minute, over a window of UTC.

    Args:
        shifts: (begins, ends) in minutes after local midnight, by weekday; ends may pass 24 h.
        make_up: the same, for worked days of a weekday in `weekend` that has none.
    """

    zone: str
    shifts: dict[int, list[tuple[int, int]]]
    worked: Worked
    first_day: date
    last_day: date
    make_up: list[tuple[int, int]] = field(default_factory=list)
    weekend: tuple[int, ...] = (5, 6)

    def __post_init__(self) -> None:
        self.begin = us(datetime.combine(self.first_day, time(), UTC))
        days = (self.last_day - self.first_day).days
        info, latest, self._shown = ZoneInfo(self.zone), datetime.min, []
        for minute in range(days * 24 * 60):
            moment = EPOCH + timedelta(microseconds=self.begin + minute * MINUTE_US)
            latest = max(latest, moment.astimezone(info).replace(tzinfo=None))
            self._shown.append(latest)
        self.open = [False] * len(self._shown)
        for step in range(-2, days + 2):
            self._paint(self.first_day + timedelta(days=step))

    def _paint(self, day: date) -> None:
        if not self.worked(day):
            return
        shifts = self.shifts.get(day.weekday(), [])
        if not shifts and day.weekday() in self.weekend:
            shifts = self.make_up
        for begins, ends in shifts:
            first, last = (self._minute(day, at) for at in (begins, ends))
            for minute in range(first, last):
                self.open[minute] = True

    def _minute(self, day: date, after_midnight: int) -> int:
        """The first minute at which the wall clock shows this time or a later one."""
        return bisect_left(self._shown, datetime.combine(day, time()) + timedelta(minutes=after_midnight))

    def counted(self, start: int, end: int, pauses: Iterable[tuple[int, int]] = ()) -> int:
        return sum(high - low for low, high in self._pieces(start, end, list(pauses)))

    def due(self, start: int, budget: int, pauses: Iterable[tuple[int, int]] = ()) -> int | None:
        """The first instant at which the budget is used up; None beyond the window."""
        if budget == 0:
            return start
        for low, high in self._pieces(start, self.begin + len(self.open) * MINUTE_US, list(pauses)):
            if budget <= high - low:
                return low + budget
            budget -= high - low
        return None

    def _pieces(self, start: int, end: int, pauses: list[tuple[int, int]]) -> Iterable[tuple[int, int]]:
        """Open stretches of at most a minute between start and end, pauses cut out, in order."""
        for minute in range((start - self.begin) // MINUTE_US, (end - 1 - self.begin) // MINUTE_US + 1):
            if self.open[minute]:
                low = self.begin + minute * MINUTE_US
                yield from _without(max(low, start), min(low + MINUTE_US, end), pauses)


def _without(low: int, high: int, pauses: list[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    cut = [(a, b) for a, b in pauses if a < high and b > low]
    if not cut:
        if low < high:
            yield low, high
        return
    edges = sorted({low, high, *(at for pause in cut for at in pause if low < at < high)})
    for a, b in pairwise(edges):
        if not any(pause[0] <= a and b <= pause[1] for pause in cut):
            yield a, b
