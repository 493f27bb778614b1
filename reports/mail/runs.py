"""The letter about expected runs that were late, missed, broken off or failed: to engineer and officer."""

from collections.abc import Sequence

from reports.mail.blocks import Block, Cell, Foot, Page, Rich, Row, Sentence, State, Table, Todo
from reports.mail.saying import Voice
from reports.runs import RunsMissing


def page(missing: Sequence[RunsMissing], voice: Voice) -> Page:
    """All of them in one letter."""
    n = sum(one.n for one in missing)
    heads = tuple(voice.say(f"runs.head.{name}") for name in ("schedule", "what", "due", "next"))
    table = Table(voice.say("runs.title"), "", heads, tuple(_row(one, voice) for one in missing))
    sentence = Rich(voice.say("runs.sentence"))
    blocks: tuple[Block, ...] = (
        State(voice.say("runs.state", n=n), mark=True),
        Sentence(sentence),
        table,
        Todo(voice.say("runs.do.title"), (Rich(voice.say("runs.do")),)),
        Foot((voice.say("runs.foot"), voice.say("mail.foot.instant", as_of=voice.as_of_said()))),
    )
    names = ", ".join(dict.fromkeys(one.schedule for one in missing))
    return Page(voice.lang, voice.say("runs.subject", n=n, names=names), str(sentence), blocks)


def _row(one: RunsMissing, voice: Voice) -> Row:
    until = "" if one.first == one.last else f" – {voice.full(one.last)}"
    periods = ", ".join(one.periods)
    below = " · ".join(filter(None, (one.source, periods)))
    return Row(
        (
            Cell(one.schedule, below=below, bold=True),
            Cell(voice.say(f"runs.kind.{one.kind}", n=one.n), below=one.found),
            Cell(f"{voice.full(one.first)}{until}"),
            Cell(voice.say(f"runs.next.{one.follows}")),
        )
    )
