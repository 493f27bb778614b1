"""Whether a declared cursor would find what is new; declared and checked, never read by.

An incremental read is right only where every change of a row raises its cursor and no row ever goes. No CRM
that we know keeps that promise in all its ways of writing, and a snapshot does not hold what a mapping derives
from. So each read is whole; what the declared cursor would have missed is counted, for whoever wants to rely
on it elsewhere (a landing of our own, a copy).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from audits.facts import Violation
from audits.words import NAT
from config.mapping.days import as_span
from config.mapping.policies import Cursor
from tasks.crm import derive
from tasks.crm.boundary import Rows
from tasks.crm.stamps import Flags, Ints

_EXAMPLES: Final = 5


@dataclass(frozen=True)
class Seen:
    """The cursor of each row of an entity, as one extract saw it.

    Args:
        keys: ids, in the frame's order.
        at: int64, the id or the microseconds of each row, ``NAT`` where there is none.
        newest: the greatest of them, None without rows.
    """

    keys: pa.Array
    at: Ints
    newest: int | None


def seen(entity: str, rows: Rows, cursor: Cursor, no_later_than: int) -> tuple[Seen, list[Violation]]:
    """The cursors of an entity's rows, and the rows that have none: no read by it would ever find them.

    Args:
        rows: the entity after the boundary.
        cursor: what the mapping declares (not ``full``).
        no_later_than: the present instant; a cursor from the future would hide what comes before it.
    """
    keys, column = pa.array(rows.frame["id"]), cursor.column or ""
    at = derive.column(rows, column)[0].copy() if cursor.kind == "timestamp" else _numbers(rows, column)
    bad = at == NAT
    if cursor.kind == "timestamp":
        bad |= at > no_later_than
    else:
        bad |= pd.Series(at).duplicated(keep=False).to_numpy()
    newest = int(at[~bad].max()) if (~bad).any() else None
    return Seen(keys, at, newest), _told(entity, column, bad, keys)


def _numbers(rows: Rows, column: str) -> Ints:
    text = pa.array(rows.extras[column]).cast(pa.large_string())
    whole = pc.fill_null(pc.match_substring_regex(text, r"^\d{1,18}$"), fill_value=False)
    kept = pc.if_else(whole, text, pa.scalar(None, pa.large_string()))
    return np.array(pc.fill_null(pc.cast(kept, pa.int64()), NAT).to_numpy(zero_copy_only=False), np.int64)


def missed(
    entity: str, cursor: Cursor, before: tuple[pd.DataFrame, Seen], after: tuple[pd.DataFrame, Seen]
) -> list[Violation]:
    """Rows that differ between two whole extracts and that a read by the cursor would not have brought.

    Args:
        entity: canonical name.
        cursor: what the mapping declares (not ``full``).
        before, after: frame and cursors of the earlier and the later extract.
    """
    (old, known), (new, now) = before, after
    vanished = ~_held(known.keys, now.keys)
    told = _told(entity, cursor.column or "", vanished, known.keys)
    if known.newest is not None:
        begins = known.newest - as_span(cursor.overlap) if cursor.kind == "timestamp" else known.newest + 1
        told += _told(entity, cursor.column or "", _changed(old, new) & (now.at < begins), now.keys)
    return told


def _changed(old: pd.DataFrame, new: pd.DataFrame) -> Flags:
    """Rows of ``new`` that ``old`` does not have, or has otherwise."""
    before = old.set_index("id").reindex(new["id"])
    differs = ~new["id"].isin(old["id"]).to_numpy()
    for name in (set(old.columns) | set(new.columns)) - {"id"}:
        if name not in old.columns or name not in new.columns:
            column = new[name] if name in new.columns else before[name]
            differs |= column.notna().to_numpy()
            continue
        one, other = before[name].reset_index(drop=True), new[name]
        same = (one == other).fillna(False).to_numpy(dtype=bool) | (one.isna() & other.isna()).to_numpy()
        differs |= ~same
    return differs


def _held(keys: pa.Array, by: pa.Array) -> Flags:
    return np.asarray(pc.is_in(keys, value_set=by).to_numpy(zero_copy_only=False), dtype=bool)


def _told(entity: str, column: str, rows: Flags, keys: pa.Array) -> list[Violation]:
    if not rows.any():
        return []
    examples = keys.take(pa.array(np.flatnonzero(rows)[:_EXAMPLES])).to_pylist()
    return [Violation(entity, column, "cursor", int(rows.sum()), tuple(examples))]
