"""What the checks look at: an entity's rows with the columns derived from its neighbours.

A view keeps positions into its base table, so that keys and codes (text) are touched only for rows
that are reported. Its columns go by the canonical field's name; a derived one replaces the raw one,
so that a card can say ``to: case.first_response_at`` and get what counts as a response.
"""

from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from audits.model import MODEL
from audits.tables import Codes, Ints, Table
from audits.words import NAT, Reason

Bools = npt.NDArray[np.bool_]
Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass
class View:
    """Rows to judge.

    Args:
        name: entity the cards speak of (``case``, ``matter``, ``acceptance`` ...).
        base: table that holds keys, codes and raw columns.
        pos: row of ``base`` for each row of the view.
        stamps: derived instants by field name, NAT = null.
        holes: derived hole codes by field name.
        codes: derived small integers by name (-1 = null), e.g. a deviation's level.
        numbers: derived integers by name, NAT = null.
        closed: the record is over.
        void: reason code for records that are not judged (merged, test ...), 0 for the others.
        begun: rows whose record had begun by ``as_of``; None where the stamp a card starts from says it.
        blame: derived name -> canonical ``entity.field`` a hole in it is blamed on.
        occurrence: key of the event that made the duty, "" where there is one duty per record.
        owner: field of ``base`` that names who is answerable.
        texts: derived keys and codes by name, null where there are none.
        coarses: derived stamps without a time of day.
        kinds: type of each column that a card derives, as ``audits.model`` names types (and ``count``).
        enums: listed values of a derived enum; of ``values`` the bits of its number stand for them.
    """

    name: str
    base: Table
    pos: Ints
    stamps: dict[str, Ints] = field(default_factory=dict)
    holes: dict[str, Codes] = field(default_factory=dict)
    codes: dict[str, npt.NDArray[np.int16]] = field(default_factory=dict)
    numbers: dict[str, Ints] = field(default_factory=dict)
    closed: Bools | None = None
    void: Codes | None = None
    begun: Bools | None = None
    blame: dict[str, str] = field(default_factory=dict)
    occurrence: npt.NDArray[np.object_] | None = None
    owner: str = "assignee_id"
    texts: dict[str, pd.Series] = field(default_factory=dict)
    coarses: dict[str, Bools] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    enums: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """A view of all rows in their order shares the columns of its table."""
        self._all = len(self.pos) == len(self.base) and bool(
            np.array_equal(self.pos, np.arange(len(self.pos)))
        )

    def __len__(self) -> int:
        return len(self.pos)

    def _of(self, column: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
        """The view's rows of a column of its table."""
        return column if self._all else column[self.pos]

    def ts(self, name: str) -> Ints:
        """Instants up to ``as_of``; derived ones first."""
        return self.stamps[name] if name in self.stamps else self._of(self.base.ts(name))

    def has_begun(self, born: str) -> Bools:
        """Rows that began by ``as_of``; one whose stamp lies later has not happened yet (law 1)."""
        begun = ~self._of(self.base.future(born)) if self.begun is None else self.begun
        return np.asarray(begun | (self.ts(born) != NAT))

    def source(self, name: str) -> str:
        """The canonical ``entity.field`` that a column stands for."""
        return self.blame.get(name, f"{self.base.name}.{name}")

    def hole(self, name: str) -> Codes:
        """Hole codes; a field the mapping does not give is a hole in every row."""
        if name in self.holes:
            return self.holes[name]
        if name in self.stamps or name in self.codes or name in self.numbers or name in self.texts:
            return self._of(self.base.hole(name))
        if not self.base.has(name):
            return np.full(len(self), Reason.FIELD_NOT_PROVIDED, np.int16)
        return self._of(self.base.hole(name))

    def timed_hole(self, name: str, coarse_is_enough: bool) -> Codes:
        """Holes of a stamp; one without a time of day is a hole only for hours and minutes.

        Derived holes say themselves where a derived stamp is too coarse.
        """
        holes = self.hole(name)
        if coarse_is_enough:
            coarse = holes == Reason.STAMP_TOO_COARSE
            return np.where(coarse, 0, holes).astype(np.int16) if coarse.any() else holes
        if name in self.holes and name not in self.coarses:
            return holes
        coarse = self.coarse(name)
        if not coarse.any():
            return holes
        given = self.ts(name) != NAT
        return np.where((holes == 0) & coarse & given, Reason.STAMP_TOO_COARSE, holes).astype(np.int16)

    def after(self, name: str) -> Ints:
        """Where a stamp is only a bound, the instant after which it happened; NAT where it is exact.

        A derived stamp beside bound ones came from elsewhere: since when is not known.
        """
        column = f"{name}__after"
        if column not in self.base.frame.columns:
            return np.full(len(self), NAT, np.int64)
        own = self._of(self.base.ts(name))
        derived = (self.ts(name) != own) & (self.ts(name) != NAT)
        return np.where(derived, NAT + 1, self._of(self.base.raw_ts(column)))

    def coarse(self, name: str) -> Bools:
        """Rows whose stamp has no time of day."""
        if name in self.coarses:
            return self.coarses[name]
        if name in self.stamps and not self.base.has(name):
            return np.zeros(len(self), bool)
        return self._of(self.base.coarse(name))

    def code(self, name: str) -> npt.NDArray[np.int16]:
        """Enum or derived codes, -1 where null."""
        return self.codes[name] if name in self.codes else self._of(self.base.enum(name))

    def flag(self, name: str) -> npt.NDArray[np.int16]:
        """1, 0, or -1 where null."""
        return self.codes[name] if name in self.codes else self._of(self.base.flag(name))

    def number(self, name: str) -> Ints:
        """Integers, NAT where null."""
        return self.numbers[name] if name in self.numbers else self._of(self.base.number(name))

    def text(self, name: str) -> pd.Series:
        """Keys and codes, null where there are none."""
        return self.texts[name] if name in self.texts else self.base.text(name).iloc[self.pos]

    def type_of(self, name: str) -> str:
        """Type of a column, as ``audits.model`` names types."""
        if name in self.kinds:
            return self.kinds[name]
        field = MODEL[self.base.name].fields.get(name) if self.base.name in MODEL else None
        if name in self.stamps:
            return "ts"
        if name in self.numbers:
            return "int"
        return field.type if field is not None else "int"

    def values(self, name: str) -> tuple[str, ...]:
        """Values of an enum, in the order of its codes."""
        return self.enums[name] if name in self.enums else MODEL[self.base.name].fields[name].values

    def is_closed(self) -> Bools:
        """Whether each record is over."""
        return self.closed if self.closed is not None else np.zeros(len(self), bool)
