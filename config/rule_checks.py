"""What the names on a card refer to: entities, fields, values, readings; and which words its check takes.

The grammar (``config.rule_files``) says how a card is written; here it is held against the canonical model,
the views and the readings. Everything is a pure function from a card to its problems.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from audits.cards import Reading
from audits.context import BASE, columns_of
from audits.judge import KINDS
from audits.model import MODEL
from config.rule_files import CardBlock

Place = tuple[str | int, ...]

#: Words that a check or function must have, and others that it may have.
TAKES: Final[dict[str, tuple[str, str]]] = {
    "deadline": ("of from to limit", "bounded_by only_begun"),
    "completeness": ("of from fields", "limit contains done only_begun"),
    "sequence": ("of from steps", "required limit in_time"),
    "threshold": ("of from part whole once limit", ""),
    "rate": ("of by counts limit", "without window"),
    "overtime": ("of where evidence roles", ""),
    "formal_acceptance": ("of from limit", ""),
    "rectification": ("of from limit", ""),
    "checked_before_delivery": ("of from", ""),
    "special_visit": ("of by counts below", "without window"),
    "supervisor_steps_in": ("of from limit", ""),
    "graded": ("of from", ""),
}
#: Types of column that a word may name.
_NAMES: Final = {
    "from": ("ts",), "to": ("ts",), "bounded_by": ("ts",), "by": ("ts",), "once": ("ts",), "done": ("ts",),
    "steps": ("ts",), "required": ("ts",), "part": ("int",), "whole": ("int",), "without": ("bool",),
    "fields": (),
}  # fmt: skip
_FREE: Final = frozenset(
    "id place title check function audit decides profile where needs absence_of tells severity obligation_key "
    "readings trial auditable".split()
)
#: Checks whose limit is a share.
_SHARES: Final = frozenset({"rate", "threshold"})


@dataclass(frozen=True)
class Problem:
    """Something wrong at a place of a card: what was found, and what to do."""

    place: Place
    found: str
    do: str


def problems(card: CardBlock, readings: Mapping[str, Reading]) -> Iterator[Problem]:
    """Everything that is wrong with one card, in the order in which a person would mend it."""
    yield from _names(card, readings)
    if card.auditable != "auto":
        return
    kind = card.function or card.check
    if not card.function and card.check not in KINDS:
        yield Problem(("check",), f"a {card.check} card needs a function", "name one in `function:`")
        return
    yield from _words(card, kind)
    columns = columns_of(card.of)
    if not columns:
        yield Problem(("of",), f"the model has no entity {card.of!r}", _close(card.of, [*MODEL, *BASE]))
        return
    yield from _columns(card, columns, readings)
    yield from _filter(card, columns)
    yield from _limits(card)


def _names(card: CardBlock, readings: Mapping[str, Reading]) -> Iterator[Problem]:
    """Entities, fields and readings that the card lists."""
    for at, need in enumerate(card.needs):
        for name in need.split("|"):
            entity, _, field = name.partition(".")
            if entity not in MODEL or field not in MODEL[entity].fields:
                yield Problem(("needs", at), f"the model has no {name}", _field_hint(entity, field))
    for at, entity in enumerate(card.absence_of):
        if entity not in MODEL:
            yield Problem(("absence_of", at), f"the model has no entity {entity!r}", _close(entity, MODEL))
    for at, name in enumerate(card.readings):
        if name not in readings:
            yield Problem(("readings", at), f"there is no reading {name!r}", _close(name, readings))
    if card.decides and card.audit is None:
        yield Problem(("decides",), "the card decides an audit and names none", "say which in `audit:`")


def _words(card: CardBlock, kind: str) -> Iterator[Problem]:
    """Words that are missing, and words that the check does not know."""
    given = {("from" if name == "from_" else name) for name in card.model_fields_set}
    must, may = (set(words.split()) for words in TAKES[kind])
    for name in sorted(must - given):
        yield Problem((), f"a {kind} card needs `{name}`", f"add `{name}:`")
    for name in sorted(given - must - may - _FREE):
        known = ", ".join(sorted(must | may))
        yield Problem((name,), f"a {kind} card has no `{name}`", f"it takes {known}")


def _columns(card: CardBlock, columns: dict[str, str], readings: Mapping[str, Reading]) -> Iterator[Problem]:
    """Words that name columns of the view."""
    for word, types in _NAMES.items():
        value = getattr(card, "from_" if word == "from" else word)
        for at, name in enumerate([value] if isinstance(value, str) else value or []):
            place = (word,) if isinstance(value, str) else (word, at)
            for column in _chosen(name, readings) if word == "from" else [name]:
                if column not in columns:
                    yield Problem(place, f"{card.of} has no field {column!r}", _close(column, columns))
                elif types and columns[column] not in types:
                    yield Problem(place, f"{card.of}.{column} is no {types[0]}", "name another field")
    yield from _counts(card, columns)
    if card.window is not None and card.window not in readings:
        yield Problem(("window",), f"there is no reading {card.window!r}", _close(card.window, readings))
    roles = MODEL["escalation"].fields["target_role"].values
    for role in (card.roles or "").split():
        if role not in roles:
            yield Problem(("roles",), f"there is no role {role!r}", f"choose among {', '.join(roles)}")


def _chosen(name: str, readings: Mapping[str, Reading]) -> list[str]:
    """A column, or with ``reading NAME`` the columns that its options name."""
    reading = readings.get(name.removeprefix("reading ")) if name.startswith("reading ") else None
    return [name] if reading is None else [str(option.value) for option in reading.options]


def _counts(card: CardBlock, columns: dict[str, str]) -> Iterator[Problem]:
    """``counts``: a stamp, or ``field=value`` of a list."""
    if card.counts is None:
        return
    name, equals, wanted = card.counts.partition("=")
    if name not in columns:
        yield Problem(("counts",), f"{card.of} has no field {name!r}", _close(name, columns))
    elif not equals and columns[name] != "ts":
        yield Problem(("counts",), f"{card.of}.{name} is no ts", f"write `{name}=value`")
    elif equals and wanted not in MODEL[BASE.get(card.of, card.of)].fields[name].values:
        yield Problem(("counts",), f"{card.of}.{name} has no value {wanted!r}", "see audits/model.py")


def _filter(card: CardBlock, columns: dict[str, str]) -> Iterator[Problem]:
    """Fields and values of ``where``."""
    for name, wanted in card.where.items():
        field = MODEL[BASE.get(card.of, card.of)].fields.get(name)
        if name not in columns:
            yield Problem(("where", name), f"{card.of} has no field {name!r}", _close(name, columns))
        elif columns[name] == "enum" and field is not None and wanted not in field.values:
            do = f"choose among {', '.join(field.values)}"
            yield Problem(("where", name), f"{card.of}.{name} has no value {wanted!r}", do)
        elif columns[name] == "int" and not isinstance(wanted, int):
            yield Problem(("where", name), f"{wanted!r} is no number", "write a whole number")
        elif columns[name] not in {"enum", "int"}:
            yield Problem(
                ("where", name), f"{card.of}.{name} is a {columns[name]}", "filter by a list or a number"
            )


def _limits(card: CardBlock) -> Iterator[Problem]:
    """One unit throughout, and the one that the check compares."""
    units = {text.split(" ", 1)[1] for text in (card.limit or {}).values()}
    kinds = {"%" if unit == "%" else "days" if unit == "working days" else "time" for unit in units}
    if len(kinds) > 1:
        found = f"the limits of one card contradict each other: {', '.join(sorted(units))}"
        yield Problem(("limit",), found, "keep one unit")
    elif kinds and ("%" in kinds) != (card.check in _SHARES):
        found = f"a {card.check} card cannot have a limit in {units.pop()}"
        yield Problem(("limit",), found, "write 95 %, or 15 min, 2 h, 5 working days")
    if card.below is not None and not card.below.endswith("%"):
        yield Problem(("below",), f"{card.below!r} is no share", "write 60 %")


def _field_hint(entity: str, field: str) -> str:
    if entity not in MODEL:
        return _close(entity, MODEL)
    return _close(field, MODEL[entity].fields)


def _close(name: str, known: Mapping[str, object] | list[str]) -> str:
    """The nearest word that exists, else all of them."""
    found = get_close_matches(name, list(known), n=1)
    return f"did you mean {found[0]!r}?" if found else f"known are {', '.join(known)}"
