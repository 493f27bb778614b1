"""What a card derives from linked rows, read from its words: dotted names, lists of stamps and ``with``.

``customer_id.tier`` is the field of the record that a reference names. Every such name becomes one column of
the card's view; what is wrong with it is a problem at its place in the card.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final

from audits.cards import Column, Rows, Wanted
from audits.context import BASE, columns_of
from audits.model import MODEL
from config.rule_files import CardBlock, Filter, RowsBlock, WithBlock

Place = tuple[str | int, ...]

#: Words that name one column, and words that name several.
NAMES: Final = (
    "from", "to", "due", "bounded_by", "by", "once", "done", "part", "whole", "without", "field", "equals",
    "figure", "joined", "left", "counts", "shown_from", "among",
)  # fmt: skip
LISTS: Final = ("steps", "required", "fields")
_FILTERS: Final = ("where", "unless", "must", "allowed", "forbidden")


@dataclass(frozen=True)
class Problem:
    """Something wrong at a place of a card: what was found, and what to do."""

    place: Place
    found: str
    do: str


@dataclass
class Derived:
    """Columns of a card by name, the types they have, and what was wrong with them."""

    columns: dict[str, Column] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def base_of(of: str) -> str:
    """The entity that a view stands on."""
    return BASE.get(of, of)


def word_of(card: CardBlock, word: str) -> Any:
    """What a card says at a word; names that Python keeps for itself have an underline."""
    return getattr(card, {"from": "from_", "with": "with_"}.get(word, word))


def close(name: str, known: Mapping[str, object] | list[str]) -> str:
    """The nearest word that exists, else all of them."""
    found = get_close_matches(name, list(known), n=1)
    return f"did you mean {found[0]!r}?" if found else f"known are {', '.join(known)}"


def derive(card: CardBlock) -> Derived:
    """Every column that a card derives, in the order in which they can be made."""
    out = Derived()
    for place, name in _dotted(card):
        _path(out, base_of(card.of), place, name)
    for name, block in card.with_.items():
        _linked(out, card, name, block)
    for word, take in (("from", "else"), ("due", "else"), ("to", "earliest")):
        names = word_of(card, word)
        if isinstance(names, list):
            _several(out, card, (word,), joined(take, names), (take, names))
    return out


def joined(take: str, names: list[str]) -> str:
    """What a list of stamps is called."""
    return " else ".join(names) if take == "else" else f"{take} of {', '.join(names)}"


def _dotted(card: CardBlock) -> Iterator[tuple[Place, str]]:
    """Every name with a dot, and its place."""
    for word in (*NAMES, *LISTS):
        value = word_of(card, word)
        for at, whole in enumerate([value] if isinstance(value, str) else value or []):
            place = (word,) if isinstance(value, str) else (word, at)
            for name in whole.partition("=")[0].split("|"):
                if "." in name and not whole.startswith("reading "):
                    yield place, name
    for word in _FILTERS:
        yield from (((word, name), name) for name in word_of(card, word) or {} if "." in name)
    for at, one in enumerate(card.either):
        yield from (((("either", at, name)), name) for name in one if "." in name)
    if card.map is not None and "." in card.map.by:
        yield ("map", "by"), card.map.by
    for name, block in card.with_.items():
        ours = next(iter(block.on.values())) if isinstance(block.on, dict) else ""
        own = (ours, block.after, block.before, *block.differs.values())
        yield from ((("with", name), one) for one in own if "." in one)


def _path(out: Derived, entity: str, place: Place, name: str) -> None:
    kind = path_type(entity, name)
    if isinstance(kind, Problem):
        out.problems.append(Problem(place, kind.found, kind.do))
        return
    out.columns[name] = Column("path", tuple(name.split(".")))
    out.types[name] = "ts" if kind == "date" else kind


def path_type(entity: str, name: str) -> "str | Problem":
    """Type of the field at the end of a path, or what is wrong with the path."""
    *hops, last = name.split(".")
    for hop in hops:
        found = MODEL[entity].fields.get(hop) if entity in MODEL else None
        if found is None or not found.ref:
            refs = [f.name for f in MODEL[entity].fields.values() if f.ref] if entity in MODEL else []
            return Problem(
                (), f"{entity}.{hop} names no record", close(hop, refs) if refs else "drop the dot"
            )
        entity = found.ref
    if last not in MODEL[entity].fields:
        return Problem((), f"{entity} has no field {last!r}", close(last, MODEL[entity].fields))
    return MODEL[entity].fields[last].type


def _several(out: Derived, card: CardBlock, place: Place, name: str, said: tuple[str, list[str]]) -> None:
    take, names = said
    known = {**columns_of(card.of), **out.types}
    for one in names:
        if known.get(one) not in ("ts", "date"):
            out.problems.append(Problem(place, f"{card.of} has no stamp {one!r}", close(one, known)))
    out.columns[name], out.types[name] = Column(take, tuple(names)), "ts"


def _linked(out: Derived, card: CardBlock, name: str, block: WithBlock) -> None:
    place: Place = ("with", name)
    for take, names in (("else", block.either), ("earliest", block.earliest), ("latest", block.latest)):
        if names is not None:
            _several(out, card, place, name, (take, names))
            return
    take = next(way for way in ("first", "last", "count", "values") if getattr(block, way) is not None)
    said = str(getattr(block, take))
    entity = said if take == "count" else block.of
    if entity not in MODEL:
        out.problems.append(Problem(place, f"the model has no entity {entity!r}", close(entity, MODEL)))
        return
    fields = MODEL[entity].fields
    wanted = "enum" if take == "values" else "ts"
    if take != "count" and (said not in fields or fields[said].type != wanted):
        do = close(said, [f.name for f in fields.values() if f.type == wanted])
        out.problems.append(Problem(place, f"{entity} has no {wanted} {said!r}", do))
        return
    known = {**columns_of(card.of), **out.types}
    at = block.at or (said if take in ("first", "last") else "")
    out.problems += [Problem(place, *wrong) for wrong in _window_problems(card, block, entity, at, known)]
    on = link(base_of(card.of), entity, block.on, known)
    if isinstance(on, Problem):
        out.problems.append(Problem(place, on.found, on.do))
        return
    where, inner = filters(out, place, entity, block.where, tuple(block.differs))
    out.columns[name] = Column(
        take, of=entity, name="" if take == "count" else said, at=at, on=on, where=where, after=block.after,
        before=block.before, differs=block.differs, inner=inner,
    )  # fmt: skip
    out.types[name] = {"count": "count", "values": "values"}.get(take, "ts")


def _window_problems(
    card: CardBlock, block: WithBlock, entity: str, at: str, known: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """What is wrong with the window of linked rows, and with the fields of the record they are held against."""
    fields = MODEL[entity].fields
    for one in (block.after, block.before):
        if one and known.get(one) != "ts":
            yield f"{card.of} has no stamp {one!r}", close(one, known)
    for one in block.differs.values():
        if one not in known:
            yield f"{card.of} has no field {one!r}", close(one, known)
    if at and (at not in fields or fields[at].type != "ts"):
        yield f"{entity} has no stamp {at!r}", close(at, fields)
    if (block.after or block.before) and not at:
        yield "a window needs the rows' own stamp", "add `at:`"


def link(
    ours: str, theirs: str, on: str | dict[str, str] | None, known: Mapping[str, str]
) -> tuple[str, str] | Problem:
    """How linked rows name the record: their field and the record's (``id`` for a reference to it)."""
    fields = MODEL[theirs].fields
    if on is None:
        fit = [f.name for f in fields.values() if f.ref == ours]
        if len(fit) != 1:
            return Problem(
                (), f"{theirs} names its {ours} by {', '.join(fit) or 'nothing'}", "say it in `on:`"
            )
        return fit[0], "id"
    their, our = next(iter(on.items())) if isinstance(on, dict) else (on, "")
    if their not in fields:
        return Problem((), f"{theirs} has no field {their!r}", close(their, fields))
    if not our:
        our = "id" if fields[their].ref == ours else their
    if our != "id" and our not in known:
        return Problem((), f"{ours} has no field {our!r}", "write `on: {their field: our field}`")
    return their, our


def filters(
    out: Derived, place: Place, entity: str, where: Filter, more: tuple[str, ...] = ()
) -> tuple[dict[str, Wanted], dict[str, Column]]:
    """A filter of linked rows, and the columns that its dotted names need."""
    inner = Derived()
    for name in (*where, *more):
        if "." in name:
            _path(inner, entity, (*place, "where", name), name)
    types = {name: f.type for name, f in MODEL[entity].fields.items()} | inner.types
    strange = [name for name in more if "." not in name and name not in types]
    out.problems += [
        Problem(place, f"{entity} has no field {name!r}", close(name, types)) for name in strange
    ]
    out.problems += inner.problems
    out.problems += [
        Problem((*place, *problem.place), problem.found, problem.do)
        for problem in filter_problems(entity, types, inner.columns, "where", where)
    ]
    return wanted(where), inner.columns


def wanted(where: Filter) -> dict[str, Wanted]:
    """A filter in the words of the engine."""
    return {
        name: tuple(_word(one) for one in value) if isinstance(value, list) else _word(value)
        for name, value in where.items()
    }


def _word(value: str | int | bool) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def filter_problems(
    entity: str, types: Mapping[str, str], columns: Mapping[str, Column], word: str, where: Filter
) -> Iterator[Problem]:
    """Fields that are not there, and values that no list has."""
    for name, value in where.items():
        if name not in types:
            yield Problem((word, name), f"{entity} has no field {name!r}", close(name, types))
            continue
        for one in value if isinstance(value, list) else [value]:
            yield from _value_problems(entity, types[name], columns, (word, name), one)


def _value_problems(
    entity: str, kind: str, columns: Mapping[str, Column], place: tuple[str, str], value: str | int | bool
) -> Iterator[Problem]:
    name = place[1]
    if value in ("filled", "blank"):
        return
    if kind == "enum":
        listed = enum_values(entity, name, columns)
        if value not in listed:
            yield Problem(
                place, f"{entity}.{name} has no value {value!r}", f"choose among {', '.join(listed)}"
            )
    elif kind == "bool" and not isinstance(value, bool):
        yield Problem(place, f"{value!r} is neither true nor false", "write true, false, filled or blank")
    elif kind in ("int", "count", "decimal") and (isinstance(value, bool) or not isinstance(value, int)):
        yield Problem(place, f"{value!r} is no number", "write a whole number")
    elif kind == "keys" and isinstance(value, int) and not isinstance(value, bool):
        return  # how many keys the list has
    elif kind in ("ts", "date", "text", "keys", "values"):
        yield Problem(place, f"{entity}.{name} is a {kind}", "ask for filled or blank")


def enum_values(entity: str, name: str, columns: Mapping[str, Column]) -> tuple[str, ...]:
    """Values of an enum column, of the entity itself or at the end of a path."""
    if name not in columns or columns[name].take != "path":
        return MODEL[entity].fields[name].values if name in MODEL[entity].fields else ()
    for hop in columns[name].names[:-1]:
        entity = MODEL[entity].fields[hop].ref
    return MODEL[entity].fields[columns[name].names[-1]].values


def rows_of(out: Derived, card: CardBlock, word: str, blocks: list[RowsBlock]) -> tuple[Rows, ...]:
    """The rows that a rhythm counts; ``on`` is left out for the house."""
    found = []
    for at, block in enumerate(blocks):
        place: Place = (word, at)
        if block.of not in MODEL:
            out.problems.append(
                Problem((*place, "of"), f"the model has no entity {block.of!r}", close(block.of, MODEL))
            )
            continue
        fields = MODEL[block.of].fields
        for key, name in (("at", block.at), ("until", block.until)):
            if name and (name not in fields or fields[name].type not in ("ts", "date")):
                out.problems.append(
                    Problem((*place, key), f"{block.of} has no stamp {name!r}", close(name, fields))
                )
        if not block.at and not block.standing:
            out.problems.append(
                Problem(place, "rows of a period need their stamp", "add `at:`, or `standing: true`")
            )
        if block.today and not block.standing:
            out.problems.append(
                Problem(
                    (*place, "today"), "only rows that stand are known as of today", "add `standing: true`"
                )
            )
        on: tuple[str, str] | Problem = ("", "")
        if card.of != "house" and not (word == "when" and block.on is None):
            on = _along(block.on) or link(
                base_of(card.of), block.of, block.on, {**columns_of(card.of), **out.types}
            )
        if isinstance(on, Problem):
            out.problems.append(Problem(place, on.found, on.do))
            continue
        where, inner = filters(out, place, block.of, block.where, (on[0],) if "." in on[0] else ())
        found.append(Rows(block.of, block.at, block.until, block.standing, block.today, on, where, inner))
    return tuple(found)


def _along(on: str | dict[str, str] | None) -> tuple[str, str] | None:
    """Rows that name the record along references: ``{service_file_id.customer_id: id}``."""
    their, our = next(iter(on.items())) if isinstance(on, dict) else ("", "")
    return (their, our) if "." in their and our == "id" else None
