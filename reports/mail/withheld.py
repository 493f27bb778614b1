"""The word to officer and engineer that a report was not sent: what was found, and what to do in which order."""

from dataclasses import dataclass, field

from audits.words import Words
from reports import format as fmt
from reports.mail.blocks import Block, Facts, Foot, Page, Rich, Sentence, State, Todo
from reports.mail.render import MailBody, write
from reports.mail.saying import Voice
from reports.words import language


@dataclass(frozen=True)
class Withheld:
    """A report that its readers do not get.

    Args:
        title, period, source: what it is of; the period by its key.
        mail: id of the envelope.
        why: code of the reason: ``no_snapshot``, ``behind``, ``stale``, ``preview``, ``books``, ``nobody``
            or ``failed``.
        values: what the sentence about the reason names.
        found: the sentence itself where the reason has none of its own.
        where: file, field or closing sum.
        steps: what to do: key and value of each step.
        folder: where files were written; "" where none were.
        readers: whom the report was for.
    """

    title: Words
    period: str
    source: str
    mail: str
    why: str
    values: dict[str, object] = field(default_factory=dict)
    found: str = ""
    where: str = ""
    steps: tuple[tuple[str, str], ...] = ()
    folder: str = ""
    readers: tuple[str, ...] = ()


def withheld_mail(found: Withheld, lang: str, *, zone: str, as_of: int) -> MailBody:
    """The mail in ``zh`` or ``en``.

    Args:
        zone: IANA zone its instants are said in.
        as_of: instant it speaks from, microseconds.
    """
    return write(page(found, Voice(language(lang), zone, as_of)))


def page(found: Withheld, voice: Voice) -> Page:
    """The blocks of the mail, in the order people read."""
    say, lang = voice.say, voice.lang
    title = found.title.zh if lang == "zh" else found.title.en
    period, why = fmt.period(found.period, lang), say(f"withheld.why.{found.why}")
    said = found.found or say(f"withheld.found.{found.why}", **found.values)
    steps = tuple(Rich(say(f"withheld.do.{key}", code=value, folder=value)) for key, value in found.steps)
    foot = say("mail.foot.mail", mail=found.mail, as_of=voice.as_of_said())
    blocks: tuple[Block, ...] = (
        State(say("withheld.state", title=title, period=period), mark=True),
        Sentence(Rich(said)),
        Todo(say("withheld.do"), steps),
        Facts(say("withheld.facts"), _facts(found, why, voice)),
        Foot((say("withheld.foot"), *(() if found.why == "preview" else (say("withheld.owed"),)), foot)),
    )
    subject = say("withheld.subject", title=title, period=found.period, why=why)
    return Page(lang, subject, said, blocks)


def _facts(found: Withheld, why: str, voice: Voice) -> tuple[tuple[str, str], ...]:
    say = voice.say
    roles = [say.or_else(f"pack.role.{who}", say.or_else(f"mail.role.{who}", who)) for who in found.readers]
    rows = (
        ("report", why),
        ("source", found.source),
        ("where", found.where),
        ("readers", fmt.joined(roles, voice.lang)),
        ("folder", found.folder),
    )
    return tuple((say(f"withheld.{key}"), text) for key, text in rows if text)
