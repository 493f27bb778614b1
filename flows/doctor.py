"""What could keep an audit from running or from being believed, looked at one by one; each says what to do."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from os import environ
from typing import Final, NamedTuple

from audits.errors import ClausewatchError
from audits.instants import DAY, instant_of, moment_of
from config.calendars import load_calendar, load_hours
from config.clock import now
from config.mapping import load_mapping
from config.people import engineer_of, load_people
from config.rules import load_readings, load_standards
from config.schedules import load_schedules
from config.settings import Settings
from flows.standing import laid_until, standing
from tasks.crm.connections import rights_to_write, ways_open
from tasks.store import open_store

#: The calendar must be known so far ahead.
AHEAD: Final = timedelta(days=60)


class Finding(NamedTuple):
    """One line: ``state`` is ok, warn or bad."""

    what: str
    state: str
    found: str
    do: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Every line, in the order in which a run would meet them."""
    looks: tuple[tuple[str, Callable[[Settings], Iterator[Finding]]], ...] = (
        ("rules", _rules), ("calendar", _calendar), ("mapping", _mapping), ("store", _store),
        ("runs", _runs), ("people", _people), ("mail", _mail),
    )  # fmt: skip
    out: list[Finding] = []
    for what, look in looks:
        try:
            out += look(settings)
        except ClausewatchError as error:
            out.append(Finding(what, "bad", " ".join(filter(None, (error.found, error.where))), error.do))
    return out


def _rules(settings: Settings) -> Iterator[Finding]:
    readings = load_readings(settings.rules / "readings")
    _, cards = load_standards(settings.rules / "standards", readings)
    unsigned = sum(not reading.signatures for reading in readings.values())
    yield Finding("rules", "ok", f"{len(cards)} cards, {len(readings)} readings, {unsigned} unsigned")


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


def _mapping(settings: Settings) -> Iterator[Finding]:
    mapping = load_mapping(settings.source, dict(environ))
    yield Finding("mapping", "ok", f"{mapping.path}: {len(mapping.file.entities)} entities")
    for name, rights in rights_to_write(mapping).items():
        if rights:
            do = f"take them from the role: {'; '.join(rights[:3])}"
            yield Finding("crm", "bad", f"the role of connection {name} may write", do)
        else:
            yield Finding("crm", "ok", f"connection {name} reads and cannot write")
    for name, weak in ways_open(mapping).items():
        if weak:
            do = "write ?sslmode=verify-full&sslrootcert=CA.pem (PostgreSQL) or ?ssl_ca=CA.pem (MariaDB) in its URL"
            yield Finding("tls", "bad", f"connection {name}: {weak}", do)


def _store(settings: Settings) -> Iterator[Finding]:
    open_store(settings.store_url.get_secret_value(), settings.store_wait_s).close()
    yield Finding("store", "ok", "reachable, migrations up to date")
    for folder in (settings.out, settings.state):
        if folder.is_dir() and folder.stat().st_mode & 0o077:
            found = f"{folder}/ holds names and may be read by others"
            yield Finding("files", "warn", found, f"chmod 700 {folder}")


def _runs(settings: Settings) -> Iterator[Finding]:
    """Whether what runs by itself has run, and whether anybody minds it."""
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


def _people(settings: Settings) -> Iterator[Finding]:
    people = load_people(settings.people)
    yield Finding("people", "ok", f"{settings.people}: {len(people.persons)} persons")
    if not engineer_of(settings.people).email:
        do = f"name one under `addresses: {{engineer: ...}}` in {settings.people}"
        yield Finding("people", "warn", "nobody hears of a failed run", do)


def _mail(settings: Settings) -> Iterator[Finding]:
    if settings.mail == "eml":
        yield Finding(
            "mail", "warn", "mails are written as .eml files, nobody is told", "set mail: smtp to send them"
        )
    elif settings.smtp_security == "none" and settings.smtp_host not in {"localhost", "127.0.0.1", "::1"}:
        yield Finding("mail", "bad", "SMTP without TLS to another host", "set smtp_security: starttls or tls")
    else:
        yield Finding("mail", "ok", f"{settings.smtp_host}:{settings.smtp_port} {settings.smtp_security}")
