"""How mails leave this installation: into a folder, or to the mail server of the settings."""

from email.utils import parseaddr
from pathlib import Path

from audits.errors import WrongUse
from config.settings import Settings
from tasks.mail.eml import EmlFolder
from tasks.mail.message import Sender
from tasks.mail.smtp import Server, SmtpTransport
from tasks.mail.transport import Transport


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
    """
    if settings.mail == "eml":
        return EmlFolder(folder)
    server = Server(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_security,
        user=settings.smtp_user,
        password=settings.smtp_password.get_secret_value(),
        authority=settings.smtp_ca_file,
    )
    return SmtpTransport(server, allow)
