"""The bytes of a mail, made once: they go into the outbox, and exactly they are sent."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import quote

from emails.exc import BadHeaderError
from emails.message import Message

from audits.errors import ClausewatchError

#: One plain address: no display name, no list, nothing that could end a header.
_ADDRESS: Final = re.compile(r"[^\s<>,;:\"@()\\\x00-\x1f\x7f]+@[^\s<>,;:\"@()\\\x00-\x1f\x7f]+")


@dataclass(frozen=True)
class Sender:
    """Whom mails come from.

    Args:
        address: plain address; its domain also makes Message-ID and List-Id.
        name: what mail programs show.
    """

    address: str
    name: str = "Clausewatch"

    @property
    def domain(self) -> str:
        """The part after the @."""
        return self.address.rpartition("@")[2]


@dataclass(frozen=True)
class Attachment:
    """A file that comes with a mail; ``mime`` "" is guessed from the name."""

    name: str
    content: bytes
    mime: str = ""


@dataclass(frozen=True)
class Composed:
    """A mail as it is stored and sent; ``message_id`` stays the same on any resend a person orders."""

    message_id: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    content: bytes


class BadMail(ClausewatchError):
    """A mail cannot be written: a wrong address, or a line break in a header."""


def compose(
    envelope: str,
    sender: Sender,
    recipient: str,
    subject: str,
    text: str,
    html: str,
    date: datetime,
    attachments: Sequence[Attachment] = (),
    thread: str = "",
) -> Composed:
    """Write one mail.

    Args:
        envelope: id of the envelope; makes the Message-ID, so that the same envelope has always the same.
        recipient: plain address.
        text, html: the same facts twice.
        date: zone-aware, what the header says.
        thread: id of the envelope that told of its matter first, so that programs show them together.

    Raises:
        BadMail: no plain address, or a header with a line break.
    """
    _check(sender.address, "sender")
    _check(recipient, "recipient")
    message_id = f"<{envelope}@{sender.domain}>"
    message = Message(
        subject=subject,
        mail_from=(sender.name, sender.address),
        mail_to=recipient,
        text=text,
        html=html,
        date=format_datetime(date),
        message_id=message_id,
        headers={**_headers(sender), **_threaded(thread, sender)},
    )
    for one in attachments:
        message.attach(**_part(one))
    try:
        content = message.as_bytes()
    except BadHeaderError as error:
        raise BadMail(
            "a header holds a line break", f"mail {envelope}", "remove it from the CRM's code or number"
        ) from error
    return Composed(message_id, sender.address, (recipient,), subject, content)


def _part(one: Attachment) -> dict[str, Any]:
    """A file under its own name, as RFC 2231 writes it; older programs read the encoded name of its type."""
    shown = f"attachment; filename*=UTF-8''{quote(one.name, safe='')}"
    made = {"filename": one.name, "data": one.content, "headers": {"content-disposition": shown}}
    return {**made, "mime_type": one.mime} if one.mime else made


def _headers(sender: Sender) -> dict[str, str]:
    """What keeps holiday notices and robots from answering, and lets people sort."""
    return {
        "Auto-Submitted": "auto-generated",
        "Precedence": "bulk",
        "X-Auto-Response-Suppress": "All",
        "List-Id": f"Clausewatch <clausewatch.{sender.domain}>",
    }


def _threaded(thread: str, sender: Sender) -> dict[str, str]:
    """A later mail of a matter answers its first one."""
    first = f"<{thread}@{sender.domain}>"
    return {"In-Reply-To": first, "References": first} if thread else {}


def is_plain(address: str) -> bool:
    """Whether it is one plain address, nothing before or after it."""
    return _ADDRESS.fullmatch(address) is not None


def _check(address: str, whose: str) -> None:
    if not is_plain(address):
        raise BadMail(
            f"{address!r} is no plain e-mail address", f"{whose} of a mail", "correct config/people.yaml"
        )
