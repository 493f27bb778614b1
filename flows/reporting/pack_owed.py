"""Reports that were withheld and are still owed: when their data have arrived, and when they went all the same."""

from contextlib import suppress
from datetime import datetime
from typing import Final

from audits.errors import ClausewatchError
from audits.instants import instant_of
from config.clock import now
from config.schedules import Schedule, Schedules, load_schedules
from config.settings import Settings
from flows.reporting.pack_entries import held_since
from flows.reporting.packing import Wanted, refuse, want
from tasks.store import Store
from tasks.store.expected import Change, ExpectedRow

#: What the ledger says of a report that was sent by hand meanwhile.
_BY_HAND: Final = "sent by hand"


def release(store: Store, schedules: Schedules, settings: Settings, at: datetime) -> list[Change]:
    """Have reports begin again whose data have arrived since they were withheld; those that do, as changes.

    Only a snapshot newer than the one that would not do lets one go, so a report is tried once for each.
    """
    changes = []
    for row in store.expected.rows(["withheld"], until=at):
        schedule = schedules.by_name.get(row.key.schedule)
        if schedule and _arrived(store, settings, schedule, row, at):
            changes.append(Change(row, "late"))
    return changes if changes and store.expected.notice(changes, [], at) else []


def _arrived(store: Store, settings: Settings, schedule: Schedule, row: ExpectedRow, at: datetime) -> bool:
    with suppress(ClausewatchError):  # withheld still, or the files people edit are wrong: somebody was told
        wanted = want(settings, schedule.report, schedule.source, row.key.period, due=row.key.due)
        known = store.known_packs(wanted.source)
        mine = known[(known["report"] == wanted.name) & (known["period"] == wanted.period.key)]
        tried = max((int(as_of) for as_of in held_since(mine)["as_of"]), default=0)
        if wanted.as_of > tried:
            refuse(settings, wanted, reach(wanted, at, row.key.due))
            return True
    return False


def reach(wanted: Wanted, at: datetime, due: int) -> int:
    """The instant that data must reach: that at which the report was due, or the end of a period made good for.

    One run makes good for all that an outage kept back, as of the first: a later period may be over too.
    """
    return max(due, min(wanted.period.end, instant_of(at)))


def settle_by_hand(store: Store, settings: Settings, wanted: Wanted) -> None:
    """A report that somebody sent by hand is owed by no schedule any more."""
    rows = [
        row
        for row in store.expected.rows(["withheld", "late"])
        if row.alarm == "withheld" and row.key.period == wanted.period.key
    ]
    if not rows:
        return
    with suppress(ClausewatchError):  # it went; a fault of the schedules file is told by whoever needs it
        names = {one.name for one in load_schedules(settings).of("report") if _sends(one, settings, wanted)}
        keys = [row.key for row in rows if row.key.schedule in names]
        store.expected.settle(store.expected.begin(keys, now()), "covered", now(), _BY_HAND)


def _sends(schedule: Schedule, settings: Settings, wanted: Wanted) -> bool:
    """Whether a schedule sends this report of this source."""
    if schedule.report != wanted.name:
        return False
    return want(settings, wanted.name, schedule.source, wanted.period.key).source == wanted.source
