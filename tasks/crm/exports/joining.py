"""Several exports of one entity made one: the newest word on a record counts, and old words are known as old.

An older export says what was so when it was taken. A blank in it is no fact of today: it becomes a hole,
unless the mapping declares one instant for all files.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audits.facts import Violation
from audits.model import MODEL
from audits.words import Reason
from tasks.crm.columns import as_text, plain, stacked
from tasks.crm.exports.layout import Table
from tasks.crm.exports.sheets import counted, place

_EXAMPLES: Final = 3
_TOLD: Final = ("type", "zone", "gap", "fold", "value", "required")


@dataclass(frozen=True)
class Part:
    """One table with its columns as they are spelled for the boundary.

    Args:
        table: where it came from.
        given: column -> values.
        taken_at: instant of its export in microseconds.
    """

    table: Table
    given: dict[str, pa.Array]
    taken_at: int


@dataclass(frozen=True)
class Read:
    """All records of one entity from its exports.

    Args:
        entity: canonical name.
        given: column -> values, for the boundary.
        parts: the tables, newest first.
        part: row -> its table.
        number: row -> its row number there.
        taken_at: instant of the newest.
        remarks: what was done with the rows, in words.
    """

    entity: str
    given: dict[str, pa.Array]
    parts: tuple[Part, ...]
    part: Any
    number: Any
    taken_at: int
    remarks: tuple[str, ...]

    def place(self, column: str, row: int) -> str:
        """``file sheet!D17`` of a column's cell in a row of ``given``."""
        table = self.parts[self.part[row]].table
        return place(table.file, table.title, int(self.number[row]), table.at.get(column, table.at["id"]))

    def told(self, violations: Sequence[Violation]) -> list[str]:
        """Where the first values stand that the boundary could not take."""
        keys = as_text(self.given["id"])
        lines = []
        for each in violations:
            if each.rule in _TOLD and each.examples:
                rows = [
                    pc.index(keys, pa.scalar(key, keys.type)).as_py() for key in each.examples[:_EXAMPLES]
                ]
                cells = ", ".join(self.place(each.field, row) for row in rows if row >= 0)
                what = "blank" if each.rule == "required" else "not read"
                lines.append(f"{self.entity}.{each.field}: {each.count:,} {what}, first {cells}")
        return lines


def join(entity: str, parts: Sequence[Part], *, one_instant: bool) -> Read:
    """One entity's tables as one.

    Args:
        entity: canonical name.
        parts: in any order.
        one_instant: all files tell of the same instant, whatever their own says.
    """
    newest = sorted(parts, key=lambda part: (part.taken_at, part.table.name), reverse=True)
    kept, remarks = _kept(entity, newest)
    names = list(dict.fromkeys(name for part in newest for name in part.given))
    last = newest[0].taken_at
    given: dict[str, pa.Array] = {}
    for name in names:
        chunks = [_chunk(part, name, rows) for part, rows in zip(newest, kept, strict=True)]
        given[name] = plain(stacked(chunks))
        if name in MODEL[entity].fields:
            aged = [not one_instant and part.taken_at < last for part in newest]
            given |= _holes(entity, name, newest, chunks, aged)
    remarks += _old(entity, newest, kept, last) if not one_instant else []
    part = np.concatenate([np.full(len(rows), at) for at, rows in enumerate(kept)])
    number = np.concatenate([each.table.numbers[rows] for each, rows in zip(newest, kept, strict=True)])
    return Read(entity, given, tuple(newest), part, number, last, tuple(remarks))


def _kept(entity: str, newest: Sequence[Part]) -> tuple[list[Any], list[str]]:
    """Rows of each table that no newer one has."""
    seen = pa.array([], pa.large_string())
    kept, replaced, examples = [], 0, []
    for part in newest:
        keys = as_text(part.given["id"])
        again = np.array(
            pc.is_in(keys, value_set=seen, skip_nulls=True).to_numpy(zero_copy_only=False), dtype=bool
        )
        kept.append(np.flatnonzero(~again))
        replaced += int(again.sum())
        examples += keys.filter(pa.array(again)).to_pylist()[:_EXAMPLES]
        seen = pa.concat_arrays([seen, keys.filter(keys.is_valid())])
    if not replaced:
        return kept, []
    named = ", ".join(examples[:_EXAMPLES])
    return kept, [
        f"{entity}: {counted(replaced, 'row')} of older exports also in a newer one, which counts ({named})"
    ]


def _chunk(part: Part, name: str, rows: Any) -> pa.Array:
    column = part.given.get(name)
    return pa.nulls(len(rows)) if column is None else column.take(pa.array(rows))


def _holes(
    entity: str, name: str, parts: Sequence[Part], chunks: Sequence[pa.Array], aged: Sequence[bool]
) -> Mapping[str, pa.Array]:
    """What a table without the column, or an older one, does not say."""
    known = MODEL[entity].fields[name]
    codes = [np.zeros(len(chunk), dtype=np.int16) for chunk in chunks]
    for at, (part, chunk) in enumerate(zip(parts, chunks, strict=True)):
        if name not in part.given:
            codes[at][:] = Reason.FIELD_NOT_PROVIDED
        elif aged[at] and known.type == "ts" and not known.required:
            codes[at][np.array(chunk.is_null())] = Reason.OLD_EXPORT
    joined = np.concatenate(codes) if codes else np.zeros(0, dtype=np.int16)
    return {f"{name}__hole": pa.array(joined)} if joined.any() else {}


def _old(entity: str, parts: Sequence[Part], kept: Sequence[Any], last: int) -> list[str]:
    """Say which records are known only as they were."""
    old = [(p, rows) for p, rows in zip(parts, kept, strict=True) if p.taken_at < last and len(rows)]
    if not old:
        return []
    files = ", ".join(dict.fromkeys(part.table.file for part, _ in old))
    count = sum(len(rows) for _, rows in old)
    return [
        f"{entity}: {counted(count, 'record')} known only from older exports ({files}); blanks there are no data"
    ]
