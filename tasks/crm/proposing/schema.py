"""A CRM's tables as its catalogues tell them: names, kinds and keys of columns, never a row."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.engine.reflection import ObjectKind
from sqlalchemy.exc import SAWarning

#: What a column can hold, as far as its declared type tells.
Kind = Literal["instant", "day", "whole", "truth", "word", "prose", "other"]
_LONG_WORD: Final = 255
_KINDS: Final[tuple[tuple[type[Any], Kind], ...]] = (
    (sa.DateTime, "instant"),
    (sa.Date, "day"),
    (sa.Boolean, "truth"),
    (sa.Integer, "whole"),
    (sa.Enum, "word"),
    (sa.Uuid, "word"),
    (sa.Text, "prose"),
    (sa.String, "word"),
    (sa.JSON, "prose"),
)


@dataclass(frozen=True)
class Column:
    """One column.

    Args:
        name: as the database spells it.
        kind: what it can hold.
        to: (table, column) it refers to by a declared foreign key.
    """

    name: str
    kind: Kind
    to: tuple[str, str] | None = None


@dataclass(frozen=True)
class Table:
    """One table, view or sheet.

    Args:
        name: as the database spells it.
        columns: by name, in the table's order.
        key: its primary key, where that is one column.
    """

    name: str
    columns: dict[str, Column] = field(default_factory=dict)
    key: str | None = None


def read_schema(engine: Engine) -> dict[str, Table]:
    """Every table and view of the database's default schema, by name.

    Raises:
        DBAPIError: the catalogues cannot be read.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # of types it does not know: those are of no kind here
        look = sa.inspect(engine)
        columns = look.get_multi_columns(kind=ObjectKind.ANY)
        keys: dict[Any, Any] = dict(look.get_multi_pk_constraint())
        links: dict[Any, Any] = dict(look.get_multi_foreign_keys())
    found = {}
    for place in sorted((each for each in columns if _sayable(each[1])), key=lambda each: each[1]):
        to = _links(links.get(place, []))
        named = [c for c in columns[place] if _sayable(c["name"])]
        made = {c["name"]: Column(c["name"], _kind(c["type"]), to.get(c["name"])) for c in named}
        key = keys[place]["constrained_columns"] if keys.get(place) else []
        found[place[1]] = Table(place[1], made, key[0] if len(key) == 1 and key[0] in made else None)
    return found


def _sayable(name: str) -> bool:
    """Whether a name can stand in a mapping: in one line, and without what databases read differently."""
    return bool(name.strip()) and name.isprintable() and "\\" not in name


def _links(constraints: Any) -> dict[str, tuple[str, str]]:
    """Column -> what it refers to, of foreign keys of one column."""
    return {
        each["constrained_columns"][0]: (each["referred_table"], each["referred_columns"][0])
        for each in constraints
        if len(each["constrained_columns"]) == 1 and each["referred_columns"]
    }


def _kind(declared: Any) -> Kind:
    if type(declared).__name__ == "TINYINT" and getattr(declared, "display_width", None) == 1:
        return "truth"
    found: Kind = next((kind for known, kind in _KINDS if isinstance(declared, known)), "other")
    if found == "word" and (getattr(declared, "length", None) or 0) > _LONG_WORD:
        return "prose"
    return found


def without_case(tables: Mapping[str, Table]) -> dict[str, Table]:
    """The tables under lower-case names, for looking a product's tables up whatever the database made of them."""
    return {name.lower(): table for name, table in tables.items()}
