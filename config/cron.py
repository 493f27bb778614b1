"""When a cron fires: what the ledger of expected runs and warnings need, without the scheduler's weight.

On the two odd days of a zone with daylight saving it answers as the scheduler does, so that a run and the row
that expects it bear the same instant: a time that comes twice is the first of the two, and one that is left
out is counted by the clock that follows.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from audits.instants import instant_of, moment_of

_NAMES = {name: str(n) for n, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_DAYS_AHEAD = 366


@dataclass(frozen=True)
class Cron:
    """A cron, read: the times of a day, and the days.

    ``either``: day of the month and weekday are both said; then one of them is enough.
    """

    times: tuple[time, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool

    def fires_on(self, day: date) -> bool:
        """Whether it fires on this local date."""
        by_date, by_name = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return day.month in self.months and (by_date or by_name if self.either else by_date and by_name)

    def instants(self, day: date, zone: ZoneInfo) -> list[int]:
        """The instants of this local date, microseconds, in order."""
        if not self.fires_on(day):
            return []
        return sorted({_instant(datetime.combine(day, at, zone)) for at in self.times})


def parse_cron(text: str) -> Cron:
    """Read minute, hour, day, month, weekday; ``*``, lists, ranges, steps and names of weekdays.

    Raises:
        ValueError: it is no such cron.
    """
    fields = text.lower().split()
    if len(fields) != len(_RANGES):
        raise ValueError(text)
    minutes, hours, days, months, weekdays = (
        _values(field, low, high) for field, (low, high) in zip(fields, _RANGES, strict=True)
    )
    return Cron(
        tuple(time(hour, minute) for hour in sorted(hours) for minute in sorted(minutes)),
        frozenset(days),
        frozenset(months),
        frozenset(one % 7 for one in weekdays),
        fields[2] != "*" and fields[4] != "*",
    )


def next_run(cron: str, after: int, zone: str) -> int | None:
    """The first instant after this one at which a cron fires, in microseconds.

    Args:
        after: microseconds.
        zone: IANA zone the cron is said in.

    Returns:
        None where it is no cron, or fires on no day of the coming year.
    """
    try:
        read, here = parse_cron(cron), ZoneInfo(zone)
    except ValueError:
        return None
    today = moment_of(after).astimezone(here).date()
    for ahead in range(_DAYS_AHEAD):
        later = [at for at in read.instants(today + timedelta(days=ahead), here) if at > after]
        if later:
            return later[0]
    return None


def _instant(local: datetime) -> int:
    """A local time as an instant; of two offsets the larger one, which is the scheduler's choice."""
    offsets = [offset for fold in (0, 1) if (offset := local.replace(fold=fold).utcoffset()) is not None]
    return instant_of(local.replace(tzinfo=moment_of(0).tzinfo)) - max(offsets) // timedelta(microseconds=1)


def _values(field: str, low: int, high: int) -> set[int]:
    """What one field of a cron lets through."""
    out: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        begin = low if span == "*" else int(_NAMES.get(first, first))
        end = high if span == "*" or (step and not dash) else int(_NAMES.get(last, last)) if dash else begin
        if not low <= begin <= end <= high:
            raise ValueError(part)
        out.update(range(begin, end + 1, int(step) if step else 1))
    return out
