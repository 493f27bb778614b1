"""How the schedules stand: what ran last, what comes next, what is owed; for the terminal, programs, ``doctor``."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from audits.instants import DAY, instant_of, moment_of
from config.due import due_between
from config.schedules import Schedule, Schedules
from flows.serving.expecting import troubled
from tasks.store import Store
from tasks.store.expected import ExpectedRow

#: A quarter's first working day is never further off.
_FAR = 120 * DAY


class Standing(NamedTuple):
    """One schedule.

    ``word`` is ``ok``, ``late`` (something is owed), ``withheld`` (a report whose data are not there),
    ``failed`` or ``missed`` (so the last run ended) or ``new`` (none has fallen due yet). ``last`` is the last
    run that ended, ``next`` the next instant due, ``unknown`` the day at which the calendar ends before it.
    """

    schedule: Schedule
    word: str
    last: ExpectedRow | None
    next: int | None
    unknown: date | None
    owed: tuple[ExpectedRow, ...]

    @property
    def good(self) -> bool:
        """Whether nobody needs to look."""
        return self.word in ("ok", "new")


def standing(store: Store, schedules: Schedules, at: datetime) -> list[Standing]:
    """Every schedule in force, by what the ledger says; nothing is written."""
    return [_of(store, schedules, schedule, at) for schedule in schedules.by_name.values()]


def _of(store: Store, schedules: Schedules, schedule: Schedule, at: datetime) -> Standing:
    now = instant_of(at)
    rows = store.expected.rows(("expected", "late", "started", "withheld"), schedule=schedule.name, until=at)
    owed = troubled(rows, now, schedules.late_after)
    last = store.expected.last_ended(schedule.name)
    only_withheld = all(row.state == "withheld" for row in owed)
    word = ("withheld" if only_withheld else "late") if owed else "new" if last is None else "ok"
    if not owed and last and last.state in ("failed", "missed"):
        word = last.state
    ahead = due_between(schedule.rule, now + 1, now + 2 * DAY)
    if not ahead.instants and ahead.unknown is None:
        ahead = due_between(schedule.rule, now + 1, now + _FAR)
    later = ahead.instants[0] if ahead.instants else None
    return Standing(schedule, word, last, later, None if later else ahead.unknown, tuple(owed))


def laid_until(store: Store) -> int | None:
    """Until when anybody has laid what is expected, microseconds; None where nobody ever has."""
    return max((until for until, _ in store.expected.laid().values()), default=None)


def documents(found: Sequence[Standing]) -> list[dict[str, Any]]:
    """The same for programs; instants in UTC, ISO 8601."""
    return [
        {
            "schedule": one.schedule.name,
            "flow": one.schedule.flow,
            "source": one.schedule.source,
            "state": one.word,
            "last": _row(one.last) if one.last else None,
            "next": _iso(one.next),
            "calendar_ends": one.unknown.isoformat() if one.unknown else None,
            "owed": [_row(row) for row in one.owed],
        }
        for one in found
    ]


def _row(row: ExpectedRow) -> dict[str, Any]:
    return {
        "due": _iso(row.key.due),
        "period": row.key.period,
        "state": row.state,
        "began": _iso(row.began_at),
        "ended": _iso(row.ended_at),
        "attempts": row.attempts,
        "alarm": row.alarm,
        "noted": row.noted,
        "run": row.run,
    }


def _iso(instant: int | None) -> str | None:
    return None if instant is None else moment_of(instant).isoformat()
