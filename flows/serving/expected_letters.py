"""Letters about expected runs: to engineer and officer, through the outbox, in any mode of the source."""

from collections.abc import Sequence
from datetime import datetime
from os import environ
from typing import Final

from audits.errors import ClausewatchError
from audits.instants import instant_of
from audits.notices import digest
from audits.people import Person
from config.clock import now
from config.mapping import load_mapping
from config.people import engineer_of
from config.schedules import Schedules
from config.settings import Settings
from flows.auditing.alarm import officers
from flows.auditing.posting import open_transport, sender_of
from flows.serving.expecting import RESUMED, Line, lines
from reports.mail.render import write
from reports.mail.runs import page
from reports.mail.saying import Voice
from reports.runs import RunsMissing
from reports.words import language
from tasks.mail.message import compose
from tasks.mail.outbox import send_pending
from tasks.store import MailRow, Store
from tasks.store.expected import Change

#: Kind of these mails in the outbox.
KIND: Final = "runs"


def letters(
    settings: Settings, store: Store, schedules: Schedules, changes: Sequence[Change], at: datetime
) -> list[tuple[str, MailRow]]:
    """One letter a reader about all that is said aloud of these changes; none where nobody has an address."""
    told = lines(changes)
    if not told:
        return []
    source = _source(settings)
    readers = [engineer_of(settings.people), *officers(settings, store, source)]
    rows = {
        reader.email: _letter(settings, schedules, told, changes, reader, at)
        for reader in readers
        if reader.email
    }
    return [(source, row) for row in rows.values()]


def send_letters(settings: Settings, store: Store) -> None:
    """Send what waits of them; what cannot go now goes when somebody looks round next."""
    source = _source(settings)
    if store.waiting_mails(now(), source, KIND):
        transport = open_transport(settings, settings.out / "failed" / "notices")
        send_pending(store, transport, now, source, KIND)


def _source(settings: Settings) -> str:
    """The source's own name, under which the officer's address is known; the mapping's while it cannot be read."""
    try:
        return load_mapping(settings.source, dict(environ)).file.source
    except (ClausewatchError, OSError):
        return settings.source


def _letter(
    settings: Settings,
    schedules: Schedules,
    told: Sequence[Line],
    changes: Sequence[Change],
    reader: Person,
    at: datetime,
) -> MailRow:
    keys = "|".join(f"{one.alarm} {' '.join(map(str, one.row.key))}" for one in changes if one.alarm)
    envelope = digest(f"{KIND}|{reader.id}|{keys}")
    voice = Voice(language(reader.lang or settings.lang), schedules.calendar.zone_name, instant_of(at))
    body = write(page([missing(one) for one in told], voice))
    made = compose(envelope, sender_of(settings), reader.email, body.subject, body.text, body.html, at)
    return MailRow(
        envelope, reader.id, KIND, made.sender, made.recipients, made.message_id, made.content
    )  # fmt: skip


def missing(line: Line) -> RunsMissing:
    """A line with what follows."""
    follows = "resumes" if line.flow in RESUMED else "over"
    if line.owed:
        follows = line.flow if line.flow in ("audit", "report") else "once"
    return RunsMissing(
        line.schedule,
        line.source,
        line.alarm,
        line.first,
        line.last,
        line.n,
        line.periods,
        follows,
        line.found,
    )
