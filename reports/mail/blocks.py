"""What a mail is made of: a few kinds of blocks, each written twice, as HTML and as plain text.

Every mail is a list of blocks in the order people read: state, sentence, bar or day strip, what to do, what
counts as acknowledged, facts, why you, numbers and instant. Both parts are made of the same blocks, so that
they say the same.
"""

from dataclasses import dataclass, field
from typing import ClassVar, Final

from markupsafe import Markup, escape

#: Marks around words, from the private use area, and the tags they become.
_MARKS: Final = {
    "\ue000": '<b style="font-weight:600;white-space:nowrap">',
    "\ue001": "</b>",
    "\ue002": '<span style="white-space:nowrap">',
    "\ue003": "</span>",
}


class Rich(str):
    """A text some words of which stand out: ``plain`` without marks, ``html`` escaped and with ``<b>``.

    Numbers of cases are not broken at their hyphens.
    """

    __slots__ = ()

    @property
    def plain(self) -> str:
        """Without marks."""
        return "".join(sign for sign in self if sign not in _MARKS)

    @property
    def html(self) -> Markup:
        """Escaped; what stands out is bold."""
        text = str(escape(str(self)))
        for mark, tag in _MARKS.items():
            text = text.replace(mark, tag)
        return Markup(text)  # noqa: S704 - escaped just above; the marks are ours


def bold(text: str) -> str:
    """The words marked to stand out inside a ``Rich``."""
    return f"\ue000{Rich(text).plain}\ue001"


def whole(text: str) -> str:
    """The words marked to stay on one line inside a ``Rich``."""
    return f"\ue002{Rich(text).plain}\ue003"


@dataclass(frozen=True)
class State:
    """The first line, in words; with ``mark`` a red square with a cross stands before it."""

    kind: ClassVar = "state"
    text: str
    mark: bool = False


@dataclass(frozen=True)
class Sentence:
    """What happened, in one sentence."""

    kind: ClassVar = "sentence"
    text: Rich


@dataclass(frozen=True)
class Bar:
    """Counted time against its limit.

    Args:
        inside, beyond: share of the bar's width up to the limit, and past it, in per mille.
        used, limit: what stands at the blue part and at the limit.
    """

    kind: ClassVar = "bar"
    inside: int
    beyond: int
    used: str
    limit: str


@dataclass(frozen=True)
class DayCell:
    """One day of a strip: date, number in the count, weekday or more; ``mark`` is "", make_up or late."""

    date: str
    number: str
    note: str
    mark: str = ""


@dataclass(frozen=True)
class Days:
    """Working days counted aloud, and what was skipped."""

    kind: ClassVar = "days"
    cells: tuple[DayCell, ...]
    skipped: str


@dataclass(frozen=True)
class Todo:
    """What the reader is asked to do, in order."""

    kind: ClassVar = "todo"
    title: str
    items: tuple[Rich, ...]


@dataclass(frozen=True)
class Ack:
    """What counts as acknowledged."""

    kind: ClassVar = "ack"
    title: str
    text: str


@dataclass(frozen=True)
class Facts:
    """Label and value, a row each."""

    kind: ClassVar = "facts"
    title: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Passage:
    """A titled passage, such as why the reader gets this."""

    kind: ClassVar = "passage"
    title: str
    text: str


@dataclass(frozen=True)
class Sums:
    """An equation in words: figure, word and sign before it; ``red`` sets off what is new."""

    kind: ClassVar = "sums"
    terms: tuple[tuple[str, str, str, bool], ...]


@dataclass(frozen=True)
class Cell:
    """A cell: text, something smaller below or beside it, red or bold."""

    text: str
    below: str = ""
    beside: str = ""
    red: bool = False
    bold: bool = False


@dataclass(frozen=True)
class Row:
    """A row of a table; ``group`` rows head the following ones, ``wide`` rows are one cell."""

    cells: tuple[Cell, ...]
    group: bool = False
    wide: bool = False


@dataclass(frozen=True)
class Table:
    """A table; ``right`` holds the positions of columns set to the right, ``whole`` those that are not broken."""

    kind: ClassVar = "table"
    title: str
    note: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    right: frozenset[int] = frozenset()
    whole: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Bar100:
    """A rate from 0 to 100: stretches of (width in hundredths of a per cent, filled), ticks where limits stand."""

    stretches: tuple[tuple[int, bool], ...]
    ticks: tuple[int, ...]


@dataclass(frozen=True)
class Tile:
    """One of the four audits: its word with shape and colour, one figure, then a small table and sentences.

    Args:
        state: colour token of the word.
        shape: the sign before the word.
        k, of, what: the figure; ``bad`` sets it in red.
        heads, rows: of the small table; ``right`` are columns of figures.
        decides: cells (row, column) that decide, underlined in plum; of these ``red`` are late.
        deciding: the word for them in plain text.
        lines: sentences below.
        dashed: nothing is connected: the rule above is broken.
    """

    kind: ClassVar = "tile"
    number: str
    name: str
    state: str
    shape: str
    word: str
    k: str = ""
    of: str = ""
    what: str = ""
    bad: bool = False
    bar: Bar100 | None = None
    heads: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    right: frozenset[int] = frozenset()
    decides: frozenset[tuple[int, int]] = frozenset()
    red: frozenset[tuple[int, int]] = frozenset()
    deciding: str = ""
    lines: tuple[Rich, ...] = ()
    dashed: bool = False


@dataclass(frozen=True)
class Note:
    """A line that starts with bold words."""

    kind: ClassVar = "note"
    title: str
    text: Rich


@dataclass(frozen=True)
class Foot:
    """Small print: what this mail is, numbers, instant."""

    kind: ClassVar = "foot"
    lines: tuple[str, ...]


Block = State | Sentence | Bar | Days | Todo | Ack | Facts | Passage | Sums | Table | Tile | Note | Foot


@dataclass(frozen=True)
class Annex:
    """A file that comes with the mail."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Page:
    """A whole mail before it is written.

    Args:
        lang: ``zh`` or ``en``.
        subject: holds the customer's code, never a name.
        preview: the line mail programs show beside the subject.
        blocks: in the order of reading.
        annexes: files that come with it.
    """

    lang: str
    subject: str
    preview: str
    blocks: tuple[Block, ...]
    annexes: tuple[Annex, ...] = ()
