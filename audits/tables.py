"""Canonical frames as plain numpy columns, seen as of one instant.

A fact stamped after ``as_of`` has not happened yet (law 1): ``Table.ts`` shows it as null.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from audits.facts import EntityFacts, Facts
from audits.keys import KeyIndex
from audits.model import MODEL
from audits.words import NAT, Reason

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int16]
Bools = npt.NDArray[np.bool_]

#: Code of a null in an enum or boolean column.
NULL: Final = -1
#: Hole code of a value that is no hole.
NO_HOLE: Final = 0
_PRECISION_US: Final = {"us": 0, "second": 1_000_000, "minute": 60_000_000, "date": 86_400_000_000}


class Table:
    """One entity's rows as columns; each column is made once, kept and shared: nobody writes into it.

    Args:
        name: entity, canonical or derived.
        frame: rows as ``audits.model`` says; may carry derived columns in the same dtypes.
        facts: what the source promises of it.
        as_of: instant in microseconds from which later stamps are not seen.
    """

    def __init__(self, name: str, frame: pd.DataFrame, facts: EntityFacts, as_of: int) -> None:
        self.name, self.frame, self.facts, self.as_of = name, frame, facts, as_of
        self._columns: dict[str, npt.NDArray[np.generic]] = {}

    def __getstate__(self) -> dict[str, object]:
        """What travels to another process: the frame, not the columns that are made of it again."""
        return {**self.__dict__, "_columns": {}}

    def __len__(self) -> int:
        return len(self.frame)

    def has(self, field: str) -> bool:
        """Whether the source gives this field (or it was derived)."""
        return field in self.frame.columns and field in self.facts.provided

    def raw_ts(self, field: str) -> Ints:
        """Instants as stored, future ones included; all NAT when the field is not given."""
        return self._once(f"raw:{field}", lambda: self._read_ts(field)).view(np.int64)

    def ts(self, field: str) -> Ints:
        """Instants up to ``as_of``; NAT where null or later."""
        return self._once(f"ts:{field}", lambda: self._past(self.raw_ts(field))).view(np.int64)

    def future(self, field: str) -> Bools:
        """Rows whose stamp lies after ``as_of``."""
        return self._once(f"future:{field}", lambda: np.asarray(self.raw_ts(field) > self.as_of)).view(
            np.bool_
        )

    def enum(self, field: str) -> Codes:
        """Positions in the model's list of values, ``NULL`` where null."""
        return self._once(f"enum:{field}", lambda: self._read_enum(field)).view(np.int16)

    def flag(self, field: str) -> Codes:
        """1 true, 0 false, ``NULL`` null or not given."""
        return self._once(f"flag:{field}", lambda: self._read_flag(field)).view(np.int16)

    def number(self, field: str) -> Ints:
        """Integers (counts, lengths, billionths); NAT where null or not given."""
        return self._once(f"number:{field}", lambda: self._read_number(field)).view(np.int64)

    def hole(self, field: str) -> Codes:
        """Why the value is a hole (a ``Reason`` code), ``NO_HOLE`` where it is not."""
        return self._once(f"hole:{field}", lambda: self._read_hole(field)).view(np.int16)

    def text(self, field: str) -> pd.Series:
        """Keys and codes as a ``str`` series; all null when not given."""
        if field in self.frame.columns:
            return self.frame[field]
        return pd.Series(pd.NA, index=self.frame.index, dtype="str", name=field)

    def coarse(self, field: str) -> Bools:
        """Rows whose stamp has a date but no time."""
        return self._once(f"coarse:{field}", lambda: self._read_coarse(field)).view(np.bool_)

    def unread(self, field: str) -> Bools:
        """Rows whose stamp could not be read at all; a date without a time could."""
        holes = self.hole(field)
        return np.asarray((holes != NO_HOLE) & (holes != Reason.STAMP_TOO_COARSE))

    def unit(self, field: str) -> int:
        """Microseconds of the field's smallest step; 0 when stamps are exact."""
        return _PRECISION_US[self.facts.precision.get(field, "us")]

    def _once(self, key: str, make: Callable[[], npt.NDArray[np.generic]]) -> npt.NDArray[np.generic]:
        if key not in self._columns:
            column = make()
            column.setflags(write=False)
            self._columns[key] = column
        return self._columns[key]

    def _past(self, stamps: Ints) -> Ints:
        later = stamps > self.as_of
        return np.where(later, NAT, stamps) if later.any() else stamps

    def _read_ts(self, field: str) -> Ints:
        if field not in self.frame.columns:
            return np.full(len(self), NAT, dtype=np.int64)
        series = self.frame[field]
        if series.dtype == np.int64:
            return series.to_numpy()
        return series.to_numpy(dtype="datetime64[us]").view(np.int64)

    def _read_enum(self, field: str) -> Codes:
        if field not in self.frame.columns:
            return np.full(len(self), NULL, dtype=np.int16)
        values = MODEL[self.name].fields[field].values
        cast = self.frame[field].astype(pd.CategoricalDtype(list(values)))
        return cast.cat.codes.to_numpy().astype(np.int16)

    def _read_flag(self, field: str) -> Codes:
        if field not in self.frame.columns:
            return np.full(len(self), NULL, dtype=np.int16)
        return np.asarray(self.frame[field].astype("boolean").astype("Int16").fillna(NULL), dtype=np.int16)

    def _read_number(self, field: str) -> Ints:
        if field not in self.frame.columns:
            return np.full(len(self), NAT, dtype=np.int64)
        return np.asarray(self.frame[field].astype("Int64").fillna(NAT), dtype=np.int64)

    def _read_hole(self, field: str) -> Codes:
        name = f"{field}__hole"
        if name not in self.frame.columns:
            return self._once("no holes", lambda: np.zeros(len(self), np.int16)).view(np.int16)
        return np.asarray(self.frame[name].astype("Int16").fillna(NO_HOLE), dtype=np.int16)

    def _read_coarse(self, field: str) -> Bools:
        if self.facts.precision.get(field) == "date":
            return np.ones(len(self), dtype=bool)
        return np.asarray(self.hole(field) == Reason.STAMP_TOO_COARSE)


class Tables:
    """Every entity of a run, as of one instant; entities the source does not give are absent."""

    def __init__(self, facts: Facts, as_of: int) -> None:
        self.facts, self.as_of = facts, as_of
        self._tables: dict[str, Table] = {}
        self._ids: dict[str, KeyIndex] = {}
        self._links: dict[tuple[str, str, str], Ints] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._tables or name in self.facts.frames

    def __getitem__(self, name: str) -> Table:
        if name not in self._tables:
            self._tables[name] = Table(name, self.facts.frames[name], self.facts.entities[name], self.as_of)
        return self._tables[name]

    def add(self, table: Table) -> Table:
        """Keep a derived table under its name."""
        self._tables[table.name] = table
        return table

    def has(self, entity: str, field: str) -> bool:
        """Whether the source gives this field."""
        return entity in self and self[entity].has(field)

    def link(self, entity: str, field: str, parent: str) -> Ints:
        """Row of ``parent`` that each row of ``entity`` names in ``field``, -1 for none or an unknown one."""
        key = (entity, field, parent)
        if key not in self._links:
            if parent not in self._ids:
                self._ids[parent] = KeyIndex(self[parent].text("id"))
            child = self[entity].frame
            none = np.full(len(child), -1, np.int64)
            self._links[key] = self._ids[parent].find(child[field]) if field in child.columns else none
        return self._links[key]

    def promised(self, entity: str, since: Ints) -> Bools:
        """Where a missing row of ``entity`` proves absence for what began at ``since`` (law 4)."""
        promise = self[entity].facts.complete_since if entity in self else None
        return np.zeros(len(since), dtype=bool) if promise is None else np.asarray(since >= promise)


@dataclass(frozen=True)
class Groups:
    """Rows by the group they belong to.

    Args:
        order: rows, group by group.
        first: where each group begins in ``order``; one entry more than there are groups.
    """

    order: Ints
    first: Ints

    @classmethod
    def of(cls, group: Ints, size: int) -> "Groups":
        """Rows of groups 0..size-1, in their own order within a group; group -1 is left out."""
        order = np.argsort(group, kind="stable")
        counts = np.bincount(group[group >= 0], minlength=size)
        return cls(order[len(order) - counts.sum() :], np.append(0, np.cumsum(counts)))

    def members(self, wanted: Ints) -> tuple[Ints, Ints]:
        """Every row of each wanted group: place in ``wanted``, and row."""
        counts = self.first[wanted + 1] - self.first[wanted]
        some = np.flatnonzero(counts)
        counts = counts[some]
        before = np.cumsum(counts) - counts
        row = np.arange(counts.sum()) + np.repeat(self.first[wanted[some]] - before, counts)
        return np.repeat(some, counts), self.order[row]


def positions(keys: pd.Series, index: pd.Series) -> Ints:
    """Row of each key in ``index`` (unique ids), -1 where null or unknown."""
    return KeyIndex(index).find(keys)


def first_by(group: Ints, at: Ints, size: int) -> Ints:
    """Earliest instant of each group 0..size-1; NAT for a group without one. Group -1 is left out."""
    return _reduce(np.minimum, group, at, size, np.iinfo(np.int64).max)


def last_by(group: Ints, at: Ints, size: int) -> Ints:
    """Latest instant of each group 0..size-1; NAT for a group without one."""
    return _reduce(np.maximum, group, at, size, NAT)


def _reduce(how: np.ufunc, group: Ints, at: Ints, size: int, empty: int) -> Ints:
    out = np.full(size, empty, dtype=np.int64)
    use = (group >= 0) & (at != NAT)
    how.at(out, group[use], at[use])
    return np.where(out == empty, NAT, out)
