"""The SELECT of a proposed entity: its own table, those that share its key, and the labels of its codes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tasks.crm.proposing.schema import Table
from tasks.crm.proposing.scoring import Candidate, Choice, parent
from tasks.crm.proposing.vocabulary import called, fits, vocabulary

#: Codes whose key is worth nothing to a reader: their label is selected instead.
_LABELLED: Final = ("service_type", "channel", "is_closed", "role", "industry")
Quote = Callable[[str], str]


@dataclass(frozen=True)
class Select:
    """A SELECT and, for each of its columns, where it comes from (``table.column``)."""

    sql: str
    origins: dict[str, str]


def compose(
    candidate: Candidate,
    tables: Mapping[str, Table],
    quote: Quote,
    also: Mapping[str, str] | None = None,
) -> Select:
    """The SELECT of a candidate.

    Args:
        candidate: the table and its columns.
        tables: the schema.
        quote: writes a name as the database wants it.
        also: further names -> field whose column they repeat (``status_now`` -> ``is_closed``).
    """
    joins = _Joins(tables, quote, tables[candidate.table])
    shown, origins = [], {}
    of = candidate.choices
    given = of | {name: of[field] for name, field in (also or {}).items() if field in of}
    for name, choice in given.items():
        label = _label(choice, tables) if name in _LABELLED or name in (also or {}) else None
        column = joins.labelled(choice, label) if label else joins.column(choice)
        shown.append(f"{column} AS {name}")
        origins[name] = f"{choice.place.table}.{choice.place.column.name}"
    where = [
        condition
        for condition in (joins.deleted(place) for place in _markers(candidate, tables))
        if condition
    ]
    lines = [
        "SELECT " + ",\n       ".join(shown),
        *joins.lines,
        *([f"WHERE {' AND '.join(where)}"] if where else []),
    ]
    return Select("\n".join(lines), origins)


class _Joins:
    """FROM and JOINs as columns ask for them."""

    def __init__(self, tables: Mapping[str, Table], quote: Quote, own: Table) -> None:
        self._tables, self._quote, self._own = tables, quote, own
        self._chain = [own]
        self._labels = 0
        self.lines = [f"FROM {quote(own.name)} t0"]

    def column(self, choice: Choice) -> str:
        return f"{self._reach(choice.place.step)}.{self._quote(choice.place.column.name)}"

    def labelled(self, choice: Choice, label: tuple[str, str, str]) -> str:
        table, key, name = label
        self._labels += 1
        alias, column, quote = f"l{self._labels}", self.column(choice), self._quote
        self.lines.append(f"LEFT JOIN {quote(table)} {alias} ON {alias}.{quote(key)} = {column}")
        return f"{alias}.{quote(name)}"

    def deleted(self, marker: tuple[int, str, str]) -> str:
        step, name, kind = marker
        column = f"{self._reach(step)}.{self._quote(name)}"
        if kind in ("instant", "day"):
            return f"{column} IS NULL"
        if kind == "truth":
            return f"NOT COALESCE({column}, FALSE)"
        return f"COALESCE({column}, 0) = 0" if kind == "whole" else ""

    def _reach(self, step: int) -> str:
        """The alias of a table so many keys away, joined when first asked for."""
        quote = self._quote
        while len(self._chain) <= step:
            below = self._chain[-1]
            above = parent(below, self._tables)
            if above is None or below.key is None:
                break
            to = below.columns[below.key].to
            here = f"t{len(self._chain)}"
            key = quote(to[1] if to else "")
            self.lines.append(
                f"JOIN {quote(above.name)} {here} ON {here}.{key} = t{len(self._chain) - 1}.{quote(below.key)}"
            )
            self._chain.append(above)
        return f"t{step}"


def _label(choice: Choice, tables: Mapping[str, Table]) -> tuple[str, str, str] | None:
    """(table, key, name) of the names behind a key."""
    to = choice.place.column.to
    table = tables.get(to[0]) if to else None
    if to is None or table is None:
        return None
    best = max(table.columns, key=lambda name: fits(name, vocabulary().label))
    return (to[0], to[1], best) if fits(best, vocabulary().label) else None


def _markers(candidate: Candidate, tables: Mapping[str, Table]) -> list[tuple[int, str, str]]:
    """Soft-delete columns of the entity's table and of those that share its key."""
    found: list[tuple[int, str, str]] = []
    table, step = tables.get(candidate.table), 0
    while table is not None and step < 5:
        found += [
            (step, column.name, column.kind)
            for column in table.columns.values()
            if called(column.name, vocabulary().deleted)
        ]
        table, step = parent(table, tables), step + 1
    return found
