"""From a context to the two parts of a mail: one page of blocks, written by two templates."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from reports.harmless import harmless, printable
from reports.mail import ahead, lists, matter, operations
from reports.mail.blocks import Annex, Page
from reports.mail.contexts import (
    Closing,
    Context,
    Daily,
    Digest,
    DueSoon,
    Incident,
    Matter,
    Operations,
)
from reports.mail.saying import Voice
from reports.theme import LIGHT
from reports.words import language

_TEMPLATES: Final = Path(__file__).resolve().parent / "templates"
#: Characters of a subject.
_SUBJECT: Final = 200
_SIGNS: Final = {
    "zh": {"colon": "：", "semicolon": "；", "comma": "，"},
    "en": {"colon": ": ", "semicolon": "; ", "comma": ", "},
}


@dataclass(frozen=True)
class MailBody:
    """A mail as words: subject, line beside it, plain text, HTML, and files that come with it."""

    subject: str
    text: str
    html: str
    annexes: tuple[Annex, ...] = ()


def render(context: Context, lang: str, *, zone: str, as_of: int) -> MailBody:
    """Write one mail.

    Args:
        context: what it is about.
        lang: language tag of its reader, ``zh``, ``zh-CN`` or ``en``.
        zone: IANA zone its instants are said in.
        as_of: instant it speaks from, microseconds.

    Raises:
        WrongUse: no mails in that language.
    """
    return write(page(harmless(context), Voice(language(lang), zone, as_of)))


def page(context: Context, voice: Voice) -> Page:
    """The blocks of a mail, in order."""
    match context:
        case Matter():
            return matter.page(context, voice)
        case DueSoon() | Closing():
            return ahead.page(context, voice)
        case Incident():
            return lists.incident(context, voice)
        case Digest():
            return lists.digest(context, voice)
        case Daily():
            return lists.daily(context, voice)
        case Operations():
            return operations.operations(context, voice)
    return operations.failed(context, voice)


def write(made: Page) -> MailBody:
    """Both parts of a page."""
    values = {"page": made, "c": LIGHT, **_SIGNS[made.lang]}
    text = _templates().get_template("mail.txt.j2").render(values)
    html = _templates().get_template("mail.html.j2").render(values)
    subject = printable(" ".join(made.subject.split()), _SUBJECT)  # no line break reaches a header
    return MailBody(subject, re.sub(r"\n{3,}", "\n\n", text).strip() + "\n", html, made.annexes)


@cache
def _templates() -> Environment:
    """HTML is escaped, plain text is not; an unknown name is an error."""
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(enabled_extensions=("html.j2",)),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
