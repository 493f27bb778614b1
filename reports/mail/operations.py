"""Mails for officer and engineer: data gaps and obstacles, a run that failed."""

from typing import Final

from reports.mail.blocks import Block, Cell, Facts, Foot, Page, Rich, Row, Sentence, State, Table, Todo
from reports.mail.contexts import Gap, Operations, RunFailed
from reports.mail.phrases import why_you
from reports.mail.saying import Voice

#: Clauses of a gap that a mail names; the report names them all.
_NAMED: Final = 4


def operations(found: Operations, voice: Voice) -> Page:
    """What keeps duties unjudged and notices untold; nobody's breach."""
    counts = (("gaps", len(found.gaps)), ("alerts", len(found.alerts)))
    parts = voice.say("mail.daily.join").join(
        voice.say(f"mail.operations.{name}", n=n) for name, n in counts if n
    )
    blocks: list[Block] = [
        State(voice.say("mail.operations.state", parts=parts)),
        Sentence(Rich(voice.say("mail.operations.sentence"))),
    ]
    if found.gaps:
        blocks.append(_gaps(found, voice))
    if found.alerts:
        blocks.append(_alerts(found, voice))
    foot = voice.say("mail.foot.mail", mail=found.mail, as_of=voice.as_of_said())
    blocks += [why_you(voice, found.reader, None), Foot((voice.say("mail.operations.foot"), foot))]
    subject = voice.say("mail.operations.subject", day=found.day[5:], parts=parts)
    return Page(voice.lang, subject, voice.say("mail.operations.sentence"), tuple(blocks))


def _gaps(found: Operations, voice: Voice) -> Table:
    heads = tuple(
        voice.say(f"mail.operations.gap.{name}") for name in ("field", "reason", "records", "duties")
    )
    rows = tuple(
        Row(
            (
                Cell(gap.field, bold=True),
                Cell(voice.say.or_else(f"reason.{gap.reason}", gap.reason), below=_where(gap, voice)),
                Cell(f"{gap.records:,}" if gap.records else "–"),
                Cell(f"{gap.duties:,}" if gap.duties else "–"),
            )
        )
        for gap in found.gaps
    )
    return Table(voice.say("mail.operations.gap.title"), "", heads, rows, right=frozenset({2, 3}))


def _where(gap: Gap, voice: Voice) -> str:
    """Some of the records, and the clauses that are left unjudged."""
    said = [voice.say("gaps.examples", examples=", ".join(gap.examples))] if gap.examples else []
    first, more = ", ".join(gap.clauses[:_NAMED]), len(gap.clauses) - _NAMED
    if more > 0:
        said.append(voice.say("gaps.clauses_some", clauses=first, n=more))
    elif first:
        said.append(voice.say("gaps.clauses", clauses=first))
    return " · ".join(said)


def _alerts(found: Operations, voice: Voice) -> Table:
    heads = (voice.say("mail.operations.alert.what"), voice.say("mail.operations.alert.do"))
    rows = []
    for kind, what in found.alerts:
        named = "away" if what.startswith("away:") else kind
        rows.append(
            Row(
                (
                    Cell(voice.say(f"mail.alert.{named}", what=_what(what, voice)), bold=True),
                    Cell(voice.say(f"mail.alert.{named}.do")),
                )
            )
        )
    return Table(voice.say("mail.operations.alert.title"), "", heads, tuple(rows))


def _what(what: str, voice: Voice) -> str:
    """A role by its name, a step by whose it is, a person by his number."""
    step, _, whose = what.partition(":")
    if step == "away":
        return whose
    if voice.say.has(f"mail.step_of.{step}"):
        return voice.say(f"mail.step_of.{step}", whose=whose)
    return voice.say.or_else(f"mail.role.{step}", what)


def failed(found: RunFailed, voice: Voice) -> Page:
    """A run that did not complete: found, where, what to do."""
    rows = [(voice.say("mail.failed.step"), found.step), (voice.say("mail.failed.where"), found.where)]
    if found.run:
        rows.append((voice.say("mail.failed.run"), found.run))
    foot = voice.say("mail.foot.instant", as_of=voice.as_of_said())
    blocks: tuple[Block, ...] = (
        State(voice.say("mail.failed.state", source=found.source), mark=True),
        Sentence(Rich(found.found)),
        Todo(voice.say("mail.failed.do"), (Rich(found.do),)),
        Facts(voice.say("mail.facts.title"), tuple((label, text) for label, text in rows if text)),
        Foot((voice.say("mail.failed.foot"), foot)),
    )
    subject = voice.say("mail.failed.subject", source=found.source, step=found.step)
    return Page(voice.lang, subject, voice.say("mail.failed.preview"), blocks)
