"""Phrases that several mails share: what a matter is called, why the reader gets it, tables of matters."""

import csv
import io
from collections.abc import Iterable, Sequence

from audits.instants import HOUR, MINUTE, NAT
from reports.mail.blocks import Annex, Cell, Passage, Row, Table
from reports.mail.contexts import Item, Reader
from reports.mail.saying import Voice

#: Rows of a table of matters that a mail shows; the rest stands in its annex.
SHOWN = 10


def capital(text: str) -> str:
    """With a capital letter at its beginning."""
    return text[:1].upper() + text[1:]


def length(voice: Voice, us: int) -> str:
    """``5 分钟``, ``5 minutes``; from an hour on as in a sentence."""
    return voice.say("mail.minutes", n=us // MINUTE) if us < HOUR else voice.length(us)


def matter_name(voice: Voice, item: Item) -> str:
    """Customer's code, kind and number: what subjects call a matter."""
    parts = (item.customer, voice.say(f"mail.kind.{item.kind}"), item.label)
    return " ".join(part for part in parts if part)


def why_you(voice: Voice, reader: Reader, item: Item | None) -> Passage:
    """By which rule and step the reader gets this, and who would get it in his place."""
    found, parts = reader.addressee, []
    kind = item.kind if item else "other"
    above = ("mail.why.above",) if reader.above else ()
    keys = (*above, f"mail.why.{found.role}.{kind}", f"mail.why.{found.role}")
    parts.append(voice.first(*keys)(kinds=voice.say(f"mail.kinds.{kind}")))
    parts.append(_via(voice, reader, item))
    if reader.absent:
        parts.append(
            voice.say(f"mail.why.for_{'deputy' if found.as_deputy else 'manager'}", absent=reader.absent)
        )
    if found.role not in ("duty_list", "engineer"):
        parts.append(voice.say("mail.why.sole"))
    if reader.deputy:
        parts.append(voice.say("mail.why.deputy", deputy=reader.deputy))
    return Passage(voice.say("mail.why.title"), _sentences(voice, parts))


def _via(voice: Voice, reader: Reader, item: Item | None) -> str:
    """The step that found the reader; a role of its own needs no word."""
    step, role = reader.addressee.via, reader.addressee.role
    if step == role or reader.absent or item is None:
        return ""
    if step == "team_supervisor" and not item.holder:
        step = "team_supervisor.unassigned"
    return voice.say(f"mail.via.{step}", holder=item.holder, team=item.team)


def _sentences(voice: Voice, parts: Iterable[str]) -> str:
    return ("" if voice.lang == "zh" else " ").join(part for part in parts if part)


def matter_table(
    voice: Voice,
    groups: Sequence[tuple[str, Sequence[Item]]],
    marked: frozenset[str] = frozenset(),
    *,
    ahead: bool = False,
) -> Table:
    """Matters by group, each with number, customer, clause, due day and holder.

    Args:
        groups: heading ("" for none) and matters; of long groups the first are shown.
        marked: findings of which a mail of their own went out today.
        ahead: they fall due yet, so the hour stands there and nothing is red.
    """
    rows: list[Row] = []
    for heading, items in groups:
        if heading and items:
            rows.append(Row((Cell(heading), Cell(str(len(items)))), group=True))
        shown = items if len(items) <= SHOWN else items[: SHOWN - 1]
        rows += [_matter_row(voice, item, item.finding in marked, ahead) for item in shown]
        if len(shown) < len(items):
            rows.append(Row((Cell(voice.say("mail.more", n=len(items) - len(shown))),), wide=True))
    heads = tuple(voice.say(f"mail.head.{name}") for name in ("matter", "clause", "due", "holder"))
    return Table("", "", heads, tuple(rows), right=frozenset({2, 3}))


def _matter_row(voice: Voice, item: Item, marked: bool, ahead: bool) -> Row:
    note = voice.say("mail.digest.apart") if marked else ""
    nobody = "–" if item.subject.startswith("cohort:") else voice.say("mail.fact.nobody")
    holder = item.holder or nobody
    said = voice.stamp if ahead else voice.short
    due = said(item.due) if item.due != NAT else "–"
    title = item.card.title.in_(voice.lang)
    return Row(
        (
            Cell(item.label, beside=item.customer, bold=True),
            Cell(title, note),
            Cell(due, red=not ahead),
            Cell(holder),
        )
    )


def too_many(groups: Iterable[Sequence[Item]]) -> bool:
    """Whether a mail shows less than all of them."""
    return any(len(items) > SHOWN for items in groups)


def matter_annex(voice: Voice, name: str, items: Iterable[Item]) -> Annex:
    """Every matter as CSV."""
    heads = voice.say("mail.csv.head").split("|")
    rows = [
        [
            item.finding,
            item.label,
            item.customer,
            item.card.id,
            item.card.title.in_(voice.lang),
            voice.stamp(item.due),
            voice.say("mail.yes" if item.is_open else "mail.no"),
            item.holder,
            item.team,
        ]
        for item in items
    ]
    return Annex(f"findings-{name}.csv", _csv([heads, *rows]))


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    """CSV that spreadsheets open as text: what looks like a formula gets an apostrophe before it."""
    out = io.StringIO(newline="")
    guarded = ([f"'{cell}" if cell[:1] in tuple("=+-@\t\r") else cell for cell in row] for row in rows)
    csv.writer(out).writerows(guarded)
    return out.getvalue().encode("utf-8-sig")
