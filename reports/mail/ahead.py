"""Mails before and after a breach: what falls due soon, and what was escalated and is over."""

from audits.instants import NAT
from reports.mail.blocks import Block, Cell, Foot, Page, Rich, Row, Sentence, State, Table, Todo
from reports.mail.contexts import Closing, DueSoon, Item
from reports.mail.matter import strip
from reports.mail.phrases import SHOWN, matter_annex, matter_name, matter_table, too_many, why_you
from reports.mail.saying import Voice


def page(found: DueSoon | Closing, voice: Voice) -> Page:
    """The mail before a breach, or the one after it."""
    return due_soon(found, voice) if isinstance(found, DueSoon) else closing(found, voice)


def due_soon(found: DueSoon, voice: Voice) -> Page:
    """What the reader holds and can still keep, the next one first."""
    items = sorted(found.items, key=lambda item: (item.due, item.label))
    lead, n = items[0], len(items)
    when = voice.moment(lead.due)
    blocks: list[Block | None] = [
        State(voice.say("mail.soon.state", n=n, when=voice.inside(when))),
        Sentence(Rich(_next(lead, voice))),
        strip(found.days, lead.anchor, voice),
        Todo(
            voice.say("mail.do.title"), (Rich(voice.say("mail.soon.do")), Rich(voice.say("mail.soon.cannot")))
        ),
        matter_table(voice, [("", items)], ahead=True),
        why_you(voice, found.reader, lead),
        Foot(
            (
                voice.say("mail.soon.foot"),
                voice.say("mail.foot.mail", mail=found.mail, as_of=voice.as_of_said()),
            )
        ),
    ]
    key = "mail.soon.subject.one" if n == 1 else "mail.soon.subject"
    first = _hour(lead.due, voice)
    customer = lead.customer or voice.say(f"mail.kind.{lead.kind}")
    subject = voice.say(key, customer=customer, n=n, more=n - 1, first=first, record=lead.label)
    annexes = (matter_annex(voice, found.mail, items),) if too_many([items]) else ()
    preview = voice.say("mail.soon.preview", when=voice.inside(when))
    return Page(voice.lang, subject, preview, tuple(filter(None, blocks)), annexes)


def _hour(due: int, voice: Voice) -> str:
    """``10:42`` today, else with its day."""
    return voice.clock(due) if voice.short(due) == voice.short(voice.as_of) else voice.stamp(due)


def _next(lead: Item, voice: Voice) -> str:
    whose = voice.say("mail.whose", customer=voice.b(lead.customer)) if lead.customer else ""
    kind = voice.say(f"mail.kind.{lead.kind}")
    return voice.say(
        "mail.soon.sentence",
        whose=whose,
        kind=kind,
        Kind=kind[:1].upper() + kind[1:],
        label=voice.b(lead.label),
        title=lead.card.title.in_(voice.lang),
        when=voice.inside(voice.b(voice.moment(lead.due))),
    )


def closing(found: Closing, voice: Voice) -> Page:
    """What is over, and how it ended."""
    items = sorted(found.items, key=lambda item: (item.due, item.label))
    matters = len({item.subject for item in items})
    blocks: tuple[Block, ...] = (
        State(voice.say("mail.closing.state", n=matters)),
        Sentence(Rich(voice.say("mail.closing.sentence", n=matters))),
        _ended(items, found.withdrawn, voice),
        why_you(voice, found.reader, items[0]),
        Foot(
            (
                voice.say("mail.closing.foot"),
                voice.say("mail.foot.mail", mail=found.mail, as_of=voice.as_of_said()),
            )
        ),
    )
    if matters == 1:
        subject = voice.say("mail.closing.subject.one", matter=matter_name(voice, items[0]))
    else:
        subject = voice.say("mail.closing.subject", n=matters)
    annexes = (matter_annex(voice, found.mail, items),) if too_many([items]) else ()
    return Page(voice.lang, subject, voice.say("mail.closing.preview"), blocks, annexes)


def _ended(items: list[Item], withdrawn: frozenset[str], voice: Voice) -> Table:
    heads = tuple(voice.say(f"mail.closing.head.{name}") for name in ("matter", "clause", "due", "ended"))
    shown = items if len(items) <= SHOWN else items[: SHOWN - 1]
    rows = [_end(item, item.finding in withdrawn, voice) for item in shown]
    if len(shown) < len(items):
        rows.append(Row((Cell(voice.say("mail.more", n=len(items) - len(shown))),), wide=True))
    return Table("", "", heads, tuple(rows), right=frozenset({2, 3}))


def _end(item: Item, withdrawn: bool, voice: Voice) -> Row:
    """When it was done; a record that was corrected, or closed without the deed, says so."""
    ended = voice.stamp(item.done) if item.done != NAT else voice.say("mail.closing.closed")
    if withdrawn:
        ended = voice.say("mail.closing.withdrawn")
    return Row(
        (
            Cell(item.label, beside=item.customer, bold=True),
            Cell(item.card.title.in_(voice.lang)),
            Cell(voice.stamp(item.due) if item.due != NAT else "–"),
            Cell(ended),
        )
    )
