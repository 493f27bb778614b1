"""Which table could hold an entity, and which column a field: names, kinds and declared references, added up.

A column scores by its name (``vocabulary``), 30 more for a fitting kind of instant, 40 more for a declared
reference to the table of the entity meant; a kind that cannot hold the field is out. A table scores by its
name, by the weight of each field found in it, 80 more when a chosen table refers to it, 60 less for a word
that names a side table, 20 less when it is empty. What scores below 100, or lacks what the entity cannot do
without, is not proposed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tasks.crm.proposing.schema import Column, Kind, Table
from tasks.crm.proposing.vocabulary import EntityWords, FieldWords, fits, vocabulary

#: Without these an entity is of no use.
NEEDED: Final[dict[str, tuple[str, ...]]] = {
    "case": ("id", "received_at"),
    "staff": ("id",),
    "customer": ("id",),
    "survey": ("id",),
    "interaction": ("id", "started_at"),
    "history": ("record", "at", "field", "old", "new"),
}
#: Fields that tell an entity from another one; at least one must be there.
TELLING: Final[dict[str, tuple[str, ...]]] = {
    "case": ("is_closed", "service_type", "assignee_id", "closed_at"),
    "staff": ("staff_no", "name", "email"),
    "customer": ("name", "industry", "code"),
    "survey": ("case_id", "customer_id"),
    "interaction": ("case_id",),
    "history": ("record",),
}
ENOUGH: Final = 100
_COLUMN_ENOUGH: Final = 40
_DECLARED, _RIGHT_KIND, _REFERRED, _BESIDE, _EMPTY = 40, 30, 80, 60, 20
_STAMPS: Final = ("received_at", "assigned_at", "first_response_at", "resolved_at", "closed_at", "sent_at",
                  "responded_at", "started_at", "ended_at", "created_at", "at")  # fmt: skip
_CODES: Final = ("channel", "service_type", "is_closed", "direction", "role", "field")


@dataclass(frozen=True)
class Place:
    """A column as an entity's SELECT reaches it: in its own table, or in one whose key it shares.

    Args:
        table: the table that has the column.
        column: the column.
        step: 0 for the entity's own table, 1 for the one its key refers to, and so on.
    """

    table: str
    column: Column
    step: int


@dataclass(frozen=True)
class Choice:
    """A column for a field, its score, and the next best ones."""

    field: str
    place: Place
    score: int
    others: tuple[Place, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """A table that could hold an entity: its score, the columns found in it, and why it scores so."""

    entity: str
    table: str
    score: int
    choices: dict[str, Choice]
    why: str


def candidates(
    entity: str,
    tables: Mapping[str, Table],
    chosen: Mapping[str, str],
    referred: frozenset[str],
    rows: Mapping[str, int],
) -> list[Candidate]:
    """Tables that could hold an entity, best first.

    Args:
        entity: ``case``, ``staff``, ``customer``, ``survey``, ``interaction`` or ``history``.
        tables: the schema.
        chosen: entities already placed -> their tables.
        referred: tables that a chosen table refers to where this entity is meant.
        rows: rows of those tables that were counted.
    """
    words = vocabulary().entities[entity]
    taken = set(chosen.values())
    found = [
        _candidate(entity, table, tables, words, chosen, referred, rows)
        for table in tables.values()
        if table.name not in taken
    ]
    return sorted((c for c in found if c is not None), key=lambda c: (-c.score, c.table))


def _candidate(
    entity: str,
    table: Table,
    tables: Mapping[str, Table],
    words: EntityWords,
    chosen: Mapping[str, str],
    referred: frozenset[str],
    rows: Mapping[str, int],
) -> Candidate | None:
    choices = choose(table, tables, words.fields, chosen)
    if any(name not in choices for name in NEEDED[entity]) or not set(TELLING[entity]) & set(choices):
        return None
    name = fits(table.name, words.tables)
    parts = {
        "name": name,
        "columns": sum(words.fields[field].weight for field in choices),
        "referred to": _REFERRED * (table.name in referred),
        "side table": -_BESIDE * bool(name < ENOUGH and fits(table.name, _side_words(entity))),
        "empty": -_EMPTY * (rows.get(table.name) == 0),
    }
    score = sum(parts.values())
    why = ", ".join(f"{part} {points:+d}" for part, points in parts.items() if points)
    return Candidate(entity, table.name, score, choices, why) if score >= ENOUGH else None


def _side_words(entity: str) -> tuple[str, ...]:
    own = " ".join(vocabulary().entities[entity].tables)
    return tuple(word for word in vocabulary().beside if word not in own)


def choose(
    table: Table,
    tables: Mapping[str, Table],
    fields: Mapping[str, FieldWords],
    chosen: Mapping[str, str],
) -> dict[str, Choice]:
    """A column for each field that has a fitting one; each column serves one field, the best pairs go first."""
    places = list(reachable(table, tables))
    ranked = sorted(
        (
            (-score, place.step, position, name)
            for name, words in fields.items()
            for position, place in enumerate(places)
            if (score := _score(name, words, place, table, chosen)) >= _COLUMN_ENOUGH
        ),
    )
    found: dict[str, Choice] = {}
    used: set[int] = set()
    others: dict[str, list[Place]] = {}
    for score, _, position, name in ranked:
        if name in found:
            others.setdefault(name, []).append(places[position])
        elif position not in used or name == "id":
            used |= set() if name == "id" else {position}  # a printed number may be the key too
            found[name] = Choice(name, places[position], -score)
    return {
        name: Choice(name, found[name].place, found[name].score, tuple(others.get(name, ())[:3]))
        for name in fields
        if name in found
    }


def reachable(table: Table, tables: Mapping[str, Table]) -> Iterator[Place]:
    """Columns of a table, then of the table whose key its own key refers to, and so on."""
    step, seen = 0, {table.name}
    while True:
        yield from (Place(table.name, column, step) for column in table.columns.values())
        above = parent(table, tables)
        if above is None or above.name in seen:
            return
        seen.add(above.name)
        table, step = above, step + 1


def parent(table: Table, tables: Mapping[str, Table]) -> Table | None:
    """The table that begins this one's records: its key refers to that one's key."""
    to = table.columns[table.key].to if table.key else None
    above = tables.get(to[0]) if to else None
    return above if above is not None and to is not None and above.key in (None, to[1]) else None


def _score(name: str, words: FieldWords, place: Place, table: Table, chosen: Mapping[str, str]) -> int:
    column = place.column
    if name == "id" and place.step == 0 and column.name == table.key:
        return 1000  # a declared key is never guessed
    if name == "id" and (table.key is not None or place.step):
        return 0
    kind = _kind_points(name, column.kind, bool(words.to))
    fit = fits(column.name, words.words, words.avoid)
    if kind is None or (place.step and column.to is not None and column.name == table.key):
        return 0
    to = column.to[0] if column.to else ""
    if words.to and to and chosen.get(words.to, to) != to:
        return 0
    declared = bool(words.to and to and chosen.get(words.to) == to)
    return fit + kind + _DECLARED * declared if fit else 0


def _kind_points(name: str, kind: Kind, refers: bool) -> int | None:
    """Points for what the column can hold; None where it cannot hold the field."""
    if name in _STAMPS:
        return {"instant": _RIGHT_KIND, "day": 5, "truth": None}.get(kind, 0)
    if kind in ("instant", "day") or (kind == "truth" and name != "is_closed"):
        return None
    if name in _CODES or refers:
        return -10 if kind == "prose" else 0
    return 0
