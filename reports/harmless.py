"""Text of a CRM as it may be shown: nothing in it commands a page, a terminal, a mail or a reader's eye.

Data files (JSON, Parquet, CSV, the sheets' cells) keep every character; whatever people look at goes
through here.
"""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final

#: Characters of a name or number in a list, and of a text anywhere else.
NAME_LENGTH: Final = 48
TEXT_LENGTH: Final = 1_000
#: Keys under which a view holds them.
_NAMED: Final = frozenset({"label", "customer", "holder", "manager", "team", "code", "who"})
#: Line breaks of every kind, and tabs.
_BLANKS: Final = (*range(0x09, 0x0E), 0x85, 0x2028, 0x2029)
#: What a terminal or a renderer obeys: controls, orders about the direction of writing, marks that mails
#: use for themselves, and what no XML may hold.
_ORDERS: Final = (*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A),
                  *range(0xE000, 0xE004), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF)  # fmt: skip
#: What nobody sees; the joiners of emoji and of Indic and Persian script are not among them.
_UNSEEN: Final = (0x061C, 0x180E, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF)
_TABLE: Final[dict[int, str | None]] = {
    **dict.fromkeys(_ORDERS, "\ufffd"),
    **dict.fromkeys(_BLANKS, " "),
    **dict.fromkeys(_UNSEEN),
}


def printable(text: str, most: int = TEXT_LENGTH) -> str:
    """The text as one line that obeys nobody but its reader.

    Tabs and line breaks become blanks, unseen characters go, and what a terminal or renderer would obey is
    shown as ``\\ufffd``. Longer than ``most`` characters, it is cut and says so by an ellipsis.
    """
    if len(text) > most:
        text = text[: most - 1] + "…"
    return text if text.isascii() and text.isprintable() else text.translate(_TABLE)


def names(texts: Iterable[str]) -> list[str]:
    """A column of names or numbers, each short enough for a line."""
    every = list(texts)
    shown = {text: printable(text, NAME_LENGTH) for text in set(every)}
    return [shown[text] for text in every]


def harmless(value: Any, most: int = TEXT_LENGTH) -> Any:
    """The same document with every text ``printable``: dicts, lists, tuples and dataclasses alike."""
    if type(value) is str:
        return printable(value, most)
    if isinstance(value, dict):
        return {key: harmless(below, NAME_LENGTH if key in _NAMED else most) for key, below in value.items()}
    if isinstance(value, list):
        return [harmless(below, most) for below in value]
    if isinstance(value, tuple):
        parts = [harmless(one, most) for one in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    if is_dataclass(value) and not isinstance(value, type):
        told = {one.name: harmless(getattr(value, one.name), most) for one in fields(value)}
        return replace(value, **told)
    return value
