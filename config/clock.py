"""The one place that reads the wall clock (law 1: no hidden now)."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present instant, zone-aware, UTC."""
    return datetime.now(UTC)
