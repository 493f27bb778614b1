"""A zone compiled to boundaries: which local day an instant lies on, and when a wall clock shows a time.

One rule serves daylight saving both ways: a wall time happens at the first instant at which the local
clock shows it or something later. In the hour that is skipped this is the jump itself; in the hour that
comes twice it is the first of the two. So wall times never change their order when turned into instants.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from audits.errors import WrongUse
from audits.instants import DAY, LAST_DAY, SECOND, Boundaries, Instants, day_number

_DAY_SECONDS: Final = DAY // SECOND


class Zone:
    """An IANA zone from 1970 to 2099; get one from `zone()`, which compiles each once.

    Attributes:
        name: the IANA name.
        info: for printing single moments.
        day_starts: int64[LAST_DAY + 2], the first instant of each local day from 1970-01-01 on, in UTC.
    """

    def __init__(self, name: str, info: ZoneInfo) -> None:
        self.name, self.info = name, info
        self._starts, self._offsets = _offset_segments(info)
        ends = np.append(self._starts[1:], np.iinfo(np.int64).max // 2)
        self._wall_ends = np.maximum.accumulate(ends + self._offsets)
        days = np.arange(LAST_DAY + 2, dtype=np.int64)
        self.day_starts: Instants = self.instants(days * DAY)
        distinct, first = np.unique(self.day_starts[::-1], return_index=True)
        self._days = len(self.day_starts) - 1 - first  # a date a zone skipped whole gives way to the next
        self._boundaries = Boundaries(distinct)

    def instants(self, wall: Instants) -> Instants:
        """First instant at which the local clock shows `wall` or later.

        Args:
            wall: local clock times as microseconds since 1970-01-01 00:00 local.
        """
        segment = np.searchsorted(self._wall_ends, wall, side="right")
        return np.asarray(np.maximum(self._starts[segment], wall - self._offsets[segment]), dtype=np.int64)

    def days(self, instants: Instants) -> NDArray[np.int64]:
        """Local day number of each instant; -1 for null and for what lies outside 1970-2099."""
        found = self._boundaries.index(instants)
        day = self._days[found]
        day[(found < 0) | (day >= LAST_DAY)] = -1
        return np.asarray(day, dtype=np.int64)

    @property
    def largest_jump(self) -> int:
        """Microseconds by which the clock is put forward at most, since 2012; 0 without daylight saving."""
        recent = self._starts[1:] >= day_number(date(2012, 1, 1)) * DAY
        return int(np.diff(self._offsets)[recent].max(initial=0))


@lru_cache(maxsize=64)
def zone(name: str) -> Zone:
    """The compiled zone of this IANA name.

    Raises:
        WrongUse: no such zone.
    """
    try:
        info = ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise WrongUse(
            f"unknown time zone {name!r}", do="give an IANA name such as Asia/Shanghai or Europe/Berlin"
        ) from error
    return Zone(name, info)


def _offset_segments(info: ZoneInfo) -> tuple[Instants, Instants]:
    """UTC starts of the stretches of constant offset and their offsets, both in microseconds.

    One look a day finds the days with a change; halving finds its second.
    """
    first, last = -2 * _DAY_SECONDS, (LAST_DAY + 2) * _DAY_SECONDS
    starts, offsets = [first], [_offset(info, first)]
    for day in range(first, last, _DAY_SECONDS):
        after = _offset(info, day + _DAY_SECONDS)
        if after != offsets[-1]:
            starts.append(_change(info, day, day + _DAY_SECONDS))
            offsets.append(after)
    return np.array(starts, np.int64) * SECOND, np.array(offsets, np.int64) * SECOND


def _change(info: ZoneInfo, before: int, after: int) -> int:
    """The second in (before, after] from which the later offset holds."""
    target = _offset(info, after)
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (before, middle) if _offset(info, middle) == target else (middle, after)
    return after


def _offset(info: ZoneInfo, second: int) -> int:
    moment = datetime.fromtimestamp(second, UTC)
    local = moment.astimezone(info).replace(tzinfo=UTC)
    return (local - moment) // timedelta(seconds=1)
