"""When a cron fires next: what a warning needs to know, without the scheduler's weight on every audit."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from audits.instants import instant_of, moment_of

_NAMES = {name: str(n) for n, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_DAYS_AHEAD = 366


def next_run(cron: str, after: int, zone: str) -> int | None:
    """The first whole minute after an instant at which a cron fires, in microseconds.

    Args:
        cron: minute, hour, day, month, weekday; ``*``, lists, ranges, steps and names of weekdays.
        after: microseconds.
        zone: IANA zone the cron is said in.

    Returns:
        None where it is no such cron, or fires on no day of the coming year.
    """
    fields = cron.lower().split()
    if len(fields) != len(_RANGES):
        return None
    try:
        minutes, hours, days, months, weekdays = (
            _values(field, low, high) for field, (low, high) in zip(fields, _RANGES, strict=True)
        )
    except ValueError:
        return None
    either = fields[2] != "*" and fields[4] != "*"
    here = moment_of(after).astimezone(ZoneInfo(zone))
    for ahead in range(_DAYS_AHEAD):
        day = here.date() + timedelta(days=ahead)
        by_date, by_name = day.day in days, day.isoweekday() % 7 in {one % 7 for one in weekdays}
        if day.month not in months or not (by_date or by_name if either else by_date and by_name):
            continue
        for hour in sorted(hours):
            for minute in sorted(minutes):
                at = instant_of(datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone)))
                if at > after:
                    return at
    return None


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
