"""How things are usually called: the words of ``vocabulary.yaml``, and how well a name fits them.

A name scores 100 when it is the word, 60 when it contains it, less 1 for each place the word stands later in
its list, less 40 for a doubtful word (``~``); nothing when it contains a word of ``not``.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

_FILE: Final = Path(__file__).with_name("vocabulary.yaml")
EXACT: Final = 100
CONTAINS: Final = 60
_LATER: Final = 1
_DOUBTFUL: Final = 40
_PARTS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")


@dataclass(frozen=True)
class FieldWords:
    """What a field is called, what it is not, whom it refers to, and what finding it is worth to a table."""

    words: tuple[str, ...]
    avoid: tuple[str, ...]
    to: str
    weight: int


@dataclass(frozen=True)
class EntityWords:
    """What an entity's tables and fields are called."""

    tables: tuple[str, ...]
    fields: dict[str, FieldWords]


@dataclass(frozen=True)
class Vocabulary:
    """The whole file."""

    entities: dict[str, EntityWords]
    beside: tuple[str, ...]
    deleted: tuple[str, ...]
    label: tuple[str, ...]
    hints: dict[str, dict[str, tuple[str, ...]]]


@cache
def vocabulary() -> Vocabulary:
    """The shipped words, read once."""
    given: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    rest = {"beside", "deleted", "label", "hints"}
    hints = {
        field: {value: tuple(words) for value, words in by.items()} for field, by in given["hints"].items()
    }
    return Vocabulary(
        {name: _entity(given[name]) for name in given if name not in rest},
        tuple(given["beside"].split()),
        tuple(given["deleted"]),
        tuple(given["label"]),
        hints,
    )


def _entity(given: dict[str, Any]) -> EntityWords:
    fields = {
        name: FieldWords(tuple(each["words"]), tuple(each.get("not", ())), each.get("to", ""), each["weight"])
        for name, each in given["fields"].items()
    }
    return EntityWords(tuple(given["tables"]), fields)


@cache
def parts(name: str) -> tuple[str, ...]:
    """A name as its words: ``tickets_ticket`` is (ticket,), ``createdAt`` is (created, at)."""
    found: list[str] = []
    for part in _PARTS.findall(name):
        word = _singular(part.lower())
        found += [] if found and found[-1] == word else [word]
    return tuple(found)


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return (
        word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3 else word
    )


def fits(name: str, words: tuple[str, ...], avoid: tuple[str, ...] = ()) -> int:
    """How well a name fits the best of some words: 0 to 100."""
    if any(_within(word, name) for word in avoid):
        return 0
    return max((_fit(name, word, place) for place, word in enumerate(words)), default=0)


def called(name: str, words: tuple[str, ...]) -> bool:
    """Whether a name is one of some words."""
    return any(parts(name) == parts(word) for word in words)


def _fit(name: str, word: str, place: int) -> int:
    plain = word.lstrip("~")
    base = EXACT if _meant(name) == _meant(plain) else CONTAINS if _within(plain, name) else 0
    return max(0, base - _LATER * place - _DOUBTFUL * word.startswith("~")) if base else 0


def _meant(name: str) -> tuple[str, ...]:
    """The parts without a closing ``id``: a key is called after what it names."""
    found = parts(name)
    return found[:-1] if len(found) > 1 and found[-1] == "id" else found


def _within(word: str, name: str) -> bool:
    """Whether a name has the word's parts in a row; a Chinese word may stand inside another."""
    if not word.isascii():
        return word in name
    wanted, given = parts(word), parts(name)
    return any(given[at : at + len(wanted)] == wanted for at in range(len(given) - len(wanted) + 1))


def hint(field: str, value: str) -> str:
    """What a value of a list probably means, in canonical words; "" where nothing speaks for one meaning."""
    known = vocabulary().hints.get(field, {})
    found = [ours for ours, words in known.items() if any(_hints(word, value) for word in words)]
    return found[0] if len(found) == 1 else ""


def _hints(word: str, value: str) -> bool:
    return word in value if not word.isascii() else word in parts(value)
