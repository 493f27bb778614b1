"""How mails leave this installation: into a folder, or to the mail server of the settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parseaddr
from pathlib import Path
from typing import Final

from audits.errors import WrongUse
from audits.people import People
from config.clock import now
from config.people import load_people
from config.settings import Settings
from tasks.mail.eml import EmlFolder
from tasks.mail.message import Sender
from tasks.mail.outbox import Posted, send_pending
from tasks.mail.smtp import Server, SmtpTransport, knock
from tasks.mail.transport import Transport
from tasks.store import Store, open_store

#: Kinds of mails to officer and engineer alone: why a report was not sent, which runs did not come.
_ALARMS: Final = ("withheld", "runs")
#: States of mails that are still to go; those that somebody who died had claimed are among them.
_WAITING: Final = ("pending", "claimed", "sending")


def sender_of(settings: Settings) -> Sender:
    """Whom mails come from."""
    name, address = parseaddr(settings.mail_from)
    if not address:
        raise WrongUse(f"{settings.mail_from!r} is no sender", "mail_from", "write `Name <address@house>`")
    return Sender(address, name or "Clausewatch")


def open_transport(settings: Settings, folder: Path, allow: frozenset[str] | None = None) -> Transport:
    """A transport for one run.

    Args:
        settings: what kind, and where the server is.
        folder: where ``.eml`` files go.
        allow: addresses a pilot may mail; None lets all through.

    Raises:
        WrongUse: the settings of the mail server cannot be used.
    """
    if settings.mail == "eml":
        return EmlFolder(folder)
    server = server_of(settings)
    with _authority_read(settings):
        return SmtpTransport(server, allow)


def server_of(settings: Settings, timeout: float = 30) -> Server:
    """The mail server of the settings.

    Raises:
        WrongUse: a password would travel in the clear.
    """
    return Server(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_security,
        user=settings.smtp_user,
        password=settings.smtp_password.get_secret_value(),
        timeout=timeout,
        authority=settings.smtp_ca_file,
    )


def reach(settings: Settings) -> str:
    """Talk to the mail server without sending anything; what went wrong, or "".

    Raises:
        WrongUse: the settings of the mail server cannot be used.
    """
    server = server_of(settings, timeout=10)
    with _authority_read(settings):
        return knock(server)


@contextmanager
def _authority_read(settings: Settings) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WrongUse(
            f"the mail server's authority cannot be read: {error.strerror or error}",
            f"smtp_ca_file {settings.smtp_ca_file}",
            "give the path of a PEM file, or leave it out to trust the system's",
        ) from error


def post(settings: Settings, store: Store, source: str, folder: Path) -> Posted:
    """Send what waits in the outbox for one source and may go now, as far as its mode lets it.

    Alarms go to officer and engineer in any mode, also where a pilot's allow-list does not name them.
    """
    mode = store.source_state(source).mode
    told = Posted()
    for kind in _ALARMS:
        if store.waiting_mails(now(), source, kind):
            alarms = send_pending(store, open_transport(settings, folder), now, source, kind)
            told.outcomes += alarms.outcomes
            told.put_off += alarms.put_off
            told.trouble = alarms.trouble
        if told.trouble:
            return told
    if mode == "preview":
        return told
    allow = None if mode == "live" else people_known(settings, store, source).allow
    sent = send_pending(store, open_transport(settings, folder, allow), now, source)
    sent.outcomes += told.outcomes
    sent.put_off += told.put_off
    return sent


def people_known(settings: Settings, store: Store, source: str) -> People:
    """The house's people with the addresses that the last audit read."""
    directory = store.directory(source)
    staff = directory[directory["entity"] == "staff"].rename(columns={"code": "staff_no"})
    return load_people(settings.people, staff[["id", "staff_no"]], directory=directory)


def post_all(settings: Settings) -> dict[str, Posted]:
    """Send what waits for any source, for opening hours or for a server in trouble; by source."""
    with open_store(settings.store_url.get_secret_value(), settings.store_wait_s) as store:
        states = store.mail_states()
        sources = sorted({source for source, state, _ in states if state in _WAITING})
        folder = settings.out / "later" / "notices"
        told = {source: post(settings, store, source, folder) for source in sources}
    return {source: posted for source, posted in told.items() if posted != Posted()}
