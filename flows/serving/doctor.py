"""What could keep an audit from running or from being believed, looked at one by one; each says what to do."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Final

from audits.errors import ClausewatchError
from audits.instants import DAY, instant_of, moment_of
from config.calendars import load_calendar, load_hours
from config.clock import now
from config.rules import load_readings
from config.schedules import load_schedules
from config.settings import Settings
from flows.asking.covering import cards_on
from flows.reporting.pack_times import reports_due
from flows.serving.doctor_house import coverage, disk, fonts, people, settings_fit
from flows.serving.doctor_reach import crm, mail, prefect, time_of
from flows.serving.found import Finding
from flows.serving.standing import laid_until, standing
from tasks.store import open_store
from tasks.store.engine import is_near
from tasks.store.schema import REVISION

#: The calendar must be known so far ahead.
AHEAD: Final = timedelta(days=60)


Look = Callable[[Settings], Iterator[Finding]]


def examine(settings: Settings, *, offline: bool = False) -> list[Finding]:
    """Every line, in the order in which a run would meet them; a look that fails hides no other.

    Args:
        offline: pass over what lies on other machines.
    """
    looks: tuple[tuple[str, Look], ...] = (
        ("settings", settings_fit), ("rules", _rules), ("calendar", _calendar),
        ("mapping", partial(crm, offline=offline)), ("coverage", coverage),
        ("store", partial(_store, offline=offline)), ("clock", partial(time_of, offline=offline)),
        ("runs", partial(_runs, offline=offline)), ("reports", reports_due), ("people", people),
        ("mail", partial(mail, offline=offline)), ("prefect", partial(prefect, offline=offline)), ("fonts", fonts),
        ("disk", disk),
    )  # fmt: skip
    return [line for what, look in looks for line in _looked(what, look, settings)]


def _looked(what: str, look: Look, settings: Settings) -> Iterator[Finding]:
    """What a look finds, up to where it fails."""
    try:
        yield from look(settings)
    except ClausewatchError as error:
        yield Finding(what, "bad", " ".join(filter(None, (error.found, error.where))), error.do)
    except Exception as error:  # noqa: BLE001  # whatever it is, the other looks are wanted; its text may hold a secret
        do = "keep this line and tell the makers of Clausewatch"
        yield Finding(what, "bad", f"the look itself failed: {type(error).__name__}", do)


def _rules(settings: Settings) -> Iterator[Finding]:
    readings = load_readings(settings.rules / "readings")
    unsigned = sum(not reading.signatures for reading in readings.values())
    cards = f"{len(cards_on(settings))} cards by profile {settings.profile}"
    yield Finding("rules", "ok", f"{cards}; {len(readings)} readings, {unsigned} unsigned")


def _calendar(settings: Settings) -> Iterator[Finding]:
    calendar = load_calendar(settings.calendar, settings.company_calendar)
    hours = load_hours(settings.hours_file, {calendar.id: calendar})
    known = calendar.known_through
    short = known - now().date() < AHEAD
    do = "clausewatch calendar import FILE --year YEAR, once the notice for next year is out" if short else ""
    yield Finding("calendar", "warn" if short else "ok", f"{calendar.id} known through {known}", do)
    if settings.hours not in hours:
        yield Finding(
            "hours", "bad", f"no opening hours {settings.hours!r}", f"choose one of {', '.join(hours)}"
        )


def _store(settings: Settings, *, offline: bool) -> Iterator[Finding]:
    url = settings.store_url.get_secret_value()
    if offline and not is_near(url):
        yield Finding("store", "ok", "on another machine, not tried")
    else:
        open_store(url, settings.store_wait_s).close()
        yield Finding("store", "ok", f"reachable, migrations up to date ({REVISION})")
    for folder in (settings.out, settings.state):
        if folder.is_dir() and folder.stat().st_mode & 0o077:
            found = f"{folder}/ holds names and may be read by others"
            yield Finding("files", "warn", found, f"chmod 700 {folder}")


def _runs(settings: Settings, *, offline: bool = False) -> Iterator[Finding]:
    """Whether what runs by itself has run, and whether anybody minds it."""
    if offline and not is_near(settings.store_url.get_secret_value()):
        return
    schedules, at = load_schedules(settings), now()
    try:
        with open_store(settings.store_url.get_secret_value(), settings.store_wait_s) as store:
            found, until = standing(store, schedules, at), laid_until(store)
    except ClausewatchError:
        return  # the store's own line says it
    start = "start `clausewatch up` or the workers; `clausewatch runs` tells more"
    if until is None:
        yield Finding("runs", "warn", "nothing has run by a schedule yet, and nobody misses it", start)
        return
    if until < instant_of(at):
        yield Finding(
            "runs",
            "bad",
            f"nobody has minded the schedules since {moment_of(until - DAY):%Y-%m-%d %H:%M} UTC",
            start,
        )
    for one in found:
        if not one.good:
            yield Finding("runs", "bad", f"{one.schedule.name}: {one.word}", start)
        if one.unknown:
            do = "clausewatch calendar import FILE --year YEAR"
            yield Finding("runs", "warn", f"{one.schedule.name}: the calendar ends before {one.unknown}", do)
    if until >= instant_of(at) and all(one.good for one in found):
        yield Finding("runs", "ok", f"{len(found)} schedules, none owes a run")
