"""Looks of ``doctor`` at this house alone: settings that fit together, coverage, addresses, fonts, disk."""

import shutil
from collections import Counter
from collections.abc import Iterator
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Final

from audits.errors import ClausewatchError
from audits.instants import instant_of
from audits.people import NEEDED_ROLES, People
from config.catalogue import JUDGED, UNCONNECTED
from config.clock import now
from config.people import load_people
from config.settings import Settings
from flows.asking.covering import cards_on, coverage_of, standards_known
from flows.auditing.posting import people_known
from flows.past.archive import MANIFEST
from flows.serving.found import Finding
from reports.pdf import FONT, font_folder
from tasks.store import open_store

_MB: Final = 1_000_000
#: Without a run to go by, so much is taken for one.
_USUAL: Final = 50 * _MB
#: Runs for which there must be room, and for which there should be.
_FEW: Final = 2
_ENOUGH: Final = 20
#: Addresses that are no persons.
_MAILBOXES: Final = ("duty_list", "engineer")


def settings_fit(settings: Settings) -> Iterator[Finding]:
    """Values that are right one by one and wrong together."""
    wrong = [*_mail_fits(settings), *_ports_fit(settings)]
    if settings.cluster and settings.partitions == 1:
        wrong.append(("a cluster is named, and there is one part to judge", "set partitions to 2 or more"))
    if settings.repeats and not settings.acknowledge:
        wrong.append(
            ("repeats are asked for, and nothing acknowledges", "name who acknowledges, or set repeats: 0")
        )
    for found, do in wrong:
        yield Finding("settings", "warn", found, do)
    if not wrong:
        yield Finding("settings", "ok", "they fit together; `clausewatch config show` prints them")


def _mail_fits(settings: Settings) -> Iterator[tuple[str, str]]:
    if settings.mail != "smtp":
        return
    if settings.smtp_user and not settings.smtp_password.get_secret_value():
        yield "smtp_user has no password", "set CLAUSEWATCH_SMTP_PASSWORD in the environment"
    if (settings.smtp_port == 465) != (settings.smtp_security == "tls"):
        do = "465 speaks tls, 587 and 25 starttls"
        yield f"smtp_port {settings.smtp_port} with smtp_security: {settings.smtp_security}", do
    if parseaddr(settings.mail_from)[1].endswith("@example.com"):
        yield "mails come from example.com", "set mail_from to an address of the house"


def _ports_fit(settings: Settings) -> Iterator[tuple[str, str]]:
    if settings.metrics_port and settings.metrics_port == settings.up_port:
        yield "metrics_port and up_port are the same", "choose another metrics_port"


def coverage(settings: Settings) -> Iterator[Finding]:
    """How many clauses that the profile judges by binding standards the source connects, and what would add most."""
    binding = {one["code"] for one in standards_known(settings) if one["mode"] == "binding"}
    lines = [
        line
        for standard in coverage_of(settings, settings.source)["standards"]
        if standard["code"] in binding
        for section in standard["sections"]
        for line in section["clauses"]
    ]
    on = cards_on(settings)
    found, lacking = _connected([line for line in lines if line["id"] in on])
    said = f"{found} of {', '.join(sorted(binding))} that profile {settings.profile} judges are connected"
    if len(on) < len(lines) and settings.profile != "all":
        said += f"; by profile all {_connected(lines)[0]}"
    alone = Counter(missing[0] for missing in lacking if len(missing) == 1)
    if not lacking:
        yield Finding("coverage", "ok", said)
        return
    entity, more = min(alone.items(), key=lambda one: (-one[1], one[0]), default=("", 0))
    cheapest = f"cheapest next: {entity} (+{more}); " if entity else ""
    do = f"{cheapest}`clausewatch crm check {settings.source}` says which"
    yield Finding("coverage", "warn" if found.startswith("0 ") else "ok", said, do)


def _connected(lines: list[dict[str, Any]]) -> tuple[str, list[list[str]]]:
    """How many of these clauses are connected, in words; and what each of the others lacks."""
    judged = sum(line["state"] == JUDGED for line in lines)
    lacking = [line["missing"] for line in lines if line["state"] == UNCONNECTED]
    return f"{judged} of {judged + len(lacking)} clauses", lacking


def people(settings: Settings) -> Iterator[Finding]:
    """Roles that ladders name: held by somebody present, who has an address."""
    listed = load_people(settings.people)
    try:
        with open_store(settings.store_url.get_secret_value(), settings.store_wait_s) as store:
            known = people_known(settings, store, Path(settings.source).stem)
    except ClausewatchError:
        known = listed  # the store's own line says it
    yield from _empty(settings, known)
    if any(one.email for one in known.persons.values() if one.id not in _MAILBOXES):
        yield from _without_address(settings, known)
    else:
        yield Finding("people", "ok", "addresses of staff are known after the first audit")
    yield Finding("people", "ok", f"{settings.people}: {_counted(listed)}")


def _counted(listed: People) -> str:
    """Persons, and beside them the mailboxes that are nobody's own."""
    boxes = [box for box in _MAILBOXES if box in listed.persons]
    persons = len(listed.persons) - len(boxes)
    said = f"{persons} {'person' if persons == 1 else 'persons'}"
    return f"{said}, {len(boxes)} {'mailbox' if len(boxes) == 1 else 'mailboxes'}" if boxes else said


def _empty(settings: Settings, known: People) -> Iterator[Finding]:
    for role in known.vacancies(instant_of(now())):
        if role == "engineer":
            do = f"name one under `addresses: {{engineer: ...}}` in {settings.people}"
            yield Finding("people", "warn", "nobody hears of a failed run", do)
        else:
            kind = "addresses" if role == "duty_list" else "roles"
            do = f"name somebody under `{kind}:` in {settings.people}, and who stands in"
            yield Finding("people", "warn", f"nobody present is {role}", do)


def _without_address(settings: Settings, known: People) -> Iterator[Finding]:
    at = instant_of(now())
    for role in NEEDED_ROLES:
        held = (one.person_id for one in known.roles.get(role, ()) if one.when.holds(at))
        person = known.person(next(held, "engineer"))
        if not person.email:
            do = f"write `{person.printed}: {{email: ...}}` under `people:` in {settings.people}"
            yield Finding("people", "warn", f"{role} {person.printed} has no address", do)


def fonts(_settings: Settings) -> Iterator[Finding]:
    """The Chinese font of the PDF."""
    yield Finding("fonts", "ok", f"{FONT} in {font_folder().name}/")


def disk(settings: Settings) -> Iterator[Finding]:
    """Room under out/ and state/ for the runs to come."""
    size = _last_run(settings.out) or _USUAL
    for folder in (settings.out, settings.state):
        there = next(one for one in (folder, *folder.resolve().parents) if one.exists())
        free = shutil.disk_usage(there).free
        state = "bad" if free < _FEW * size else "warn" if free < _ENOUGH * size else "ok"
        do = f"make room, or lower keep_snapshots_days: a run takes {_mb(size)}" if state != "ok" else ""
        yield Finding("disk", state, f"{folder}/ has {_mb(free)} free, room for {free // size:,} runs", do)


def _mb(size: int) -> str:
    return f"{-(-size // _MB):,} MB"


def _last_run(out: Path) -> int:
    """Bytes of the newest run's folder; 0 where there is none."""
    newest = max(out.glob(f"*/{MANIFEST}"), key=lambda path: path.stat().st_mtime, default=None)
    return sum(path.stat().st_size for path in newest.parent.rglob("*") if path.is_file()) if newest else 0
