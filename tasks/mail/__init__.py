"""Mail: its bytes, the ways it goes out, and the outbox that is emptied."""

from tasks.mail.eml import EmlFolder
from tasks.mail.message import Attachment, BadMail, Composed, Sender, compose
from tasks.mail.outbox import Posted, send_pending
from tasks.mail.smtp import Server, SmtpTransport
from tasks.mail.transport import Delivery, Transport

__all__ = [
    "Attachment",
    "BadMail",
    "Composed",
    "Delivery",
    "EmlFolder",
    "Posted",
    "Sender",
    "Server",
    "SmtpTransport",
    "Transport",
    "compose",
    "send_pending",
]
