"""Days and instants as a mapping writes them."""

from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS: Final = {"ms": 1_000, "s": 1_000_000, "min": 60_000_000, "h": 3_600_000_000}


def as_instant(text: str, zone: str) -> int:
    """Microseconds since 1970 (UTC) of a local day's first instant, or of an ISO instant with offset.

    Raises:
        ValueError: neither a day nor an instant with offset.
    """
    try:
        found = datetime.combine(date.fromisoformat(text), time.min, ZoneInfo(zone))
    except ValueError:
        found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("an instant needs its offset, for example 2026-01-01T00:00+08:00")
    since = found.astimezone(UTC) - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def as_span(text: str) -> int:
    """Microseconds of a span such as ``250 ms``, ``2 s``, ``5 min`` or ``2 h``."""
    number, _, unit = text.partition(" ")
    return int(number) * _UNITS[unit]
