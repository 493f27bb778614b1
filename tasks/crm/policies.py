"""What a mapping says of whole records: which are in the CRM's bin, which are void, which stamps have a rival.

Nothing is left out, voided or disbelieved unsaid: each policy counts its records and names the first of them.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from audits.facts import Violation
from audits.model import MODEL
from audits.words import DAY, NAT, Reason
from config.mapping.days import as_span
from config.mapping.policies import Agreement, VoidReason, VoidWhen
from tasks.crm import casts, derive
from tasks.crm.boundary import Rows, stamp_series
from tasks.crm.changes import is_in
from tasks.crm.columns import as_text
from tasks.crm.stamps import Flags, Ints

_EXAMPLES: Final = 5
_INTO: Final = "merged_into_id"
_VOID: Final = "void_reason"


def without_bin(
    entity: str, given: Mapping[str, pa.Array], column: str
) -> tuple[dict[str, pa.Array], pa.Array, list[Violation]]:
    """An entity's raw columns without the records in the CRM's bin.

    A blank mark means that the record is not there; one that cannot be read leaves it in, and is counted.

    Returns:
        The columns, the keys of what was left out, and how many that were.
    """
    if column not in given or "id" not in given:
        return dict(given), pa.array([], pa.large_string()), []  # the boundary names what is missing
    marked, keys = casts.truths(given[column], None), as_text(given["id"])
    binned = marked.values.fillna(False).to_numpy(dtype=bool)  # pandas takes it so
    told = _counted(entity, column, "deleted", binned, keys)
    told += _counted(entity, column, "type", marked.hole > 0, keys)
    if not binned.any():
        return dict(given), keys[:0], told
    stay = pa.array(~binned)
    kept = {name: values.filter(stay) for name, values in given.items()}
    return kept, keys.filter(pa.array(binned)), told


def voided(rows: Rows, policies: Mapping[VoidReason, VoidWhen]) -> Rows:
    """Cases with the reason why they are not judged: the first policy whose column has one of its values."""
    values = MODEL["case"].fields[_VOID].values
    codes = np.full(len(rows.frame), -1, dtype=np.int8)
    for reason, when in policies.items():
        text = pa.array(rows.extras[when.column]).cast(pa.large_string())
        fits = _fits(text, when.is_)
        if reason == "merged" and when.column == _INTO:
            fits &= rows.frame[_INTO].notna().to_numpy()
        codes[(codes < 0) & fits] = values.index(reason)
    reasons = pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(list(values)))
    made: dict[str, Any] = {_VOID: pd.Series(reasons)}
    if f"{_INTO}__hole" in rows.frame:
        hole = rows.frame[f"{_INTO}__hole"].to_numpy(dtype=np.int16, na_value=0)
        hole = np.where(codes < 0, hole, 0).astype(np.int16)
        made[f"{_VOID}__hole"] = pd.Series(pd.arrays.IntegerArray(hole, hole == 0))
    return derive.with_columns(rows, "case", made)


def _fits(text: pa.Array, words: list[str]) -> Flags:
    if not words:
        return np.asarray(text.is_valid().to_numpy(zero_copy_only=False), dtype=bool)
    return is_in(text, words)


def without_circles(rows: Rows) -> Rows:
    """Cases merged into themselves, or in a circle, go nowhere: where they went is a hole, and counted.

    Left as they are, nobody would judge any of them.
    """
    if _INTO not in rows.frame:
        return rows
    keys, into = pa.array(rows.frame["id"]), pa.array(rows.frame[_INTO])
    goes = pd.Index(rows.frame["id"]).get_indexer(pd.Index(rows.frame[_INTO].fillna("")))
    goes[np.asarray(into.is_null())] = -1
    lost = _never_ends(np.asarray(goes, dtype=np.int64))
    if not lost.any():
        return rows
    hole = np.where(lost, np.int16(Reason.UNREADABLE), np.int16(0)).astype(np.int16)
    made = {
        _INTO: rows.frame[_INTO].mask(lost),
        f"{_INTO}__hole": pd.Series(pd.arrays.IntegerArray(hole, hole == 0)),
    }
    told = _counted("case", _INTO, "value", lost, keys)
    return replace(derive.with_columns(rows, "case", made), violations=(*rows.violations, *told))


def _never_ends(goes: Ints) -> Flags:
    """Rows from which following ``goes`` (-1 = here) never comes to an end."""
    here = np.arange(len(goes), dtype=np.int64)
    at = np.where(goes < 0, here, goes)
    for _ in range(max(1, len(goes)).bit_length() + 1):
        at = at[at]  # twice as far each time
    return np.asarray(goes[at] >= 0, dtype=bool)


def agreed(rows: Rows, entity: str, name: str, with_: Agreement) -> Rows:
    """The entity with a stamp held against its second source; where they lie too far apart neither is believed.

    Both stay for display in ``name__said`` and ``name__other``. A source that says nothing contradicts nothing;
    a day without time agrees with any instant of it.
    """
    said, other = _span(rows, name), _span(rows, with_.column)
    apart = np.maximum(said[0] - other[1], other[0] - said[1])
    both = (said[1] != NAT) & (other[1] != NAT)
    odd = both & (np.where(both, apart, 0) > as_span(with_.tolerance))
    if not odd.any():
        return rows
    own, _ = derive.column(rows, name)
    rival, _ = derive.column(rows, with_.column)
    hole = rows.frame.get(f"{name}__hole", pd.Series(pd.NA, index=rows.frame.index, dtype="Int16"))
    made: dict[str, Any] = {
        name: stamp_series(np.where(odd, NAT, own)),
        f"{name}__hole": hole.mask(odd, int(Reason.SOURCES_DISAGREE)),
        f"{name}__said": stamp_series(np.where(odd, own, NAT)),
        f"{name}__other": stamp_series(np.where(odd, rival, NAT)),
    }
    if f"{name}__after" in rows.frame:
        made[f"{name}__after"] = rows.frame[f"{name}__after"].mask(odd)
    told = _counted(entity, name, "disagree", odd, pa.array(rows.frame["id"]))
    return replace(derive.with_columns(rows, entity, made), violations=(*rows.violations, *told))


def _span(rows: Rows, name: str) -> tuple[Ints, Ints]:
    """The first and last instant a stamp may mean; a day means all of it, a bound one all since the one before."""
    us, hole = derive.column(rows, name)
    first, last = us.copy(), us.copy()
    day = (us != NAT) & (hole == Reason.STAMP_TOO_COARSE)
    last[day] += DAY - 1
    if f"{name}__after" in rows.frame:
        after, _ = derive.column(rows, f"{name}__after")
        first = np.where(after != NAT, after, first)
    return first, last


def _counted(entity: str, name: str, rule: str, rows: Flags, keys: pa.Array) -> list[Violation]:
    if not rows.any():
        return []
    examples = keys.take(pa.array(np.flatnonzero(rows)[:_EXAMPLES])).to_pylist()
    return [Violation(entity, name, rule, int(rows.sum()), tuple(key for key in examples if key))]
