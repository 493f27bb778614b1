"""Mail bodies: what a notice says, in Chinese and English, as text and HTML with the same facts."""

from reports.mail.contexts import Context
from reports.mail.render import MailBody, render

__all__ = ["Context", "MailBody", "render"]
