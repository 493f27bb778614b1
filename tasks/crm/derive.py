"""Fields and rows that no column holds: found in a CRM's history, or as the earliest of several columns.

Every derived stamp says where it came from (law 13). What the history cannot tell is a hole with its reason,
never a guess.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from audits.model import MODEL
from audits.words import NAT, Reason
from config.mapping.model import Change, Derive, Evidence, ValueAt
from tasks.crm import casts
from tasks.crm.boundary import ORIGINS, Rows, named, stamp_series
from tasks.crm.decoders import Changes, matching
from tasks.crm.stamps import Flags, Holes, Ints

#: What evidence says -> where the stamp came from (``__from``), and which proof of a response it is.
_ORIGIN: Final = {"bot": "message"}
_PROOF: Final = {"column": "stamp", "history": "status_change", "bound": ""}


@dataclass(frozen=True)
class Found:
    """A derived column of stamps.

    Args:
        us: int64[n], ``NAT`` where it did not happen or is a hole.
        hole: a ``Reason`` code or 0, a row.
        says: place in ``words`` of what each stamp came from, -1 = none.
        words: the origins, in the mapping's words.
    """

    us: Ints
    hole: Holes
    says: npt.NDArray[np.int8]
    words: tuple[str, ...]


def stamp(each: Derive, rows: Rows, log: Changes | None) -> Found | None:
    """The stamps of one derived field; None where only ``typed_at`` is derived.

    Args:
        each: how (exactly one kind).
        rows: the entity after the boundary.
        log: changes of its records.
    """
    count = len(rows.frame)
    if each.first_of is not None:
        return _first_of(each.first_of, rows, log)
    if log is None:
        return None
    if each.first_change is not None:
        return _from_history(_first(matching(log, each.first_change), count))
    if each.last_change is not None:
        return _from_history(_last(matching(log, each.last_change), count))
    if each.since_last_reopening is not None:
        return _since_last_reopening(each.since_last_reopening, log, count)
    return None


def _first(found: Changes, count: int) -> Ints:
    us = np.full(count, NAT, dtype=np.int64)
    us[found.row[::-1]] = found.when[::-1]  # the earliest is written last, and stays
    return us


def _last(found: Changes, count: int) -> Ints:
    us = np.full(count, NAT, dtype=np.int64)
    us[found.row] = found.when
    return us


def _from_history(us: Ints) -> Found:
    says = np.where(us == NAT, -1, 0).astype(np.int8)
    return Found(us, np.zeros(len(us), dtype=np.int16), says, ("history",))


def _since_last_reopening(pattern: Change, log: Changes, count: int) -> Found:
    """First entry into the values after the record last left them; null while it is outside.

    Where the history begins with the record already inside, it does not say since when: a hole.
    """
    here = matching(log, Change(change=pattern.change))
    inside = _is_in(here.new, pattern.to)
    fresh = np.append(True, here.row[1:] != here.row[:-1])[: len(here.row)]
    before = np.append(False, inside[:-1])[: len(here.row)] & ~fresh
    entry = np.where(inside & ~before, np.arange(len(inside)), -1)
    entry = np.maximum.accumulate(entry) if len(entry) else entry
    last = np.full(count, -1, dtype=np.int64)
    last[here.row] = np.arange(len(here.row))
    rows = np.flatnonzero(last >= 0)
    rows = rows[inside[last[rows]]]
    at = entry[last[rows]]
    unknown = _is_in(here.old, pattern.to)[at] & fresh[at]
    us = np.full(count, NAT, dtype=np.int64)
    us[rows[~unknown]] = here.when[at[~unknown]]
    found = _from_history(us)
    found.hole[rows[unknown]] = Reason.BEFORE_SINCE
    return found


def _first_of(evidence: list[Evidence], rows: Rows, log: Changes | None) -> Found:
    """The earliest of several; one that cannot be read might have been earlier, so it makes a hole."""
    count = len(rows.frame)
    us = np.full((len(evidence), count), np.iinfo(np.int64).max, dtype=np.int64)
    holes = np.zeros((len(evidence), count), dtype=np.int16)
    for at, each in enumerate(evidence):
        if each.column is not None:
            stamps, holes[at] = column(rows, each.column)
        else:
            stamps = _first(matching(log, each), count) if log is not None else np.full(count, NAT)
        us[at] = np.where(stamps == NAT, us[at], stamps)
    says = us.argmin(axis=0).astype(np.int8)
    best, hole = us.min(axis=0), np.take_along_axis(holes, says[None, :].astype(np.intp), axis=0)[0]
    hole = np.where((holes == Reason.UNREADABLE).any(axis=0), np.int16(Reason.UNREADABLE), hole)
    nothing = (best == np.iinfo(np.int64).max) | (hole == Reason.UNREADABLE)
    says[nothing] = -1
    return Found(np.where(nothing, NAT, best), hole, says, tuple(each.says for each in evidence))


def column(rows: Rows, name: str) -> tuple[Ints, Holes]:
    """Stamps and holes of a column of the SELECT, canonical or extra."""
    frame = rows.frame if name in rows.frame.columns else rows.extras
    us = frame[name].to_numpy(dtype="datetime64[us]").view(np.int64)
    hole = f"{name}__hole"
    if hole not in frame.columns:
        return us, np.zeros(len(us), dtype=np.int16)
    return us, frame[hole].to_numpy(dtype=np.int16, na_value=0)


def put_stamp(rows: Rows, entity: str, name: str, found: Found) -> Rows:
    """The entity with a derived stamp, its origin, and for first responses the proof it is."""
    made: dict[str, Any] = {name: stamp_series(found.us)}
    if found.hole.any():
        made[f"{name}__hole"] = pd.Series(pd.arrays.IntegerArray(found.hole, found.hole == 0))
    made[f"{name}__from"] = _worded(found, ORIGINS, lambda word: _ORIGIN.get(word, word))
    if (entity, name) == ("case", "first_response_at"):
        proofs = MODEL["case"].fields["first_response_evidence"].values
        made["first_response_evidence"] = _worded(found, proofs, lambda word: _PROOF.get(word, word))
    return _with(rows, entity, made)


def _worded(found: Found, values: tuple[str, ...], meaning: Callable[[str], str]) -> "pd.Series[Any]":
    places = [values.index(meaning(word)) if meaning(word) in values else -1 for word in found.words]
    codes = np.array([*places, -1], dtype=np.int8)[found.says]
    return pd.Series(pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(list(values))))


def typed(rows: Rows, entity: str, name: str, pattern: Change, log: Changes) -> Rows:
    """The entity with ``name__typed``: when the present value was entered."""
    return _with(
        rows, entity, {f"{name}__typed": stamp_series(_last(matching(log, pattern), len(rows.frame)))}
    )


def value_at(
    each: ValueAt,
    rows: Rows,
    log: Changes,
    log_since: int | None,
    labels: Mapping[str, str],
) -> tuple[pa.Array, Flags]:
    """Text of the value a logged field had at an instant of the record, and the rows the log is too young for."""
    instant, _ = column(rows, each.at)
    here = matching(log, Change(change=each.change))
    count = len(instant)
    before, after = np.full(count, -1, dtype=np.int64), np.full(count, -1, dtype=np.int64)
    past = here.when <= instant[here.row]
    before[here.row[past]] = np.flatnonzero(past)
    after[here.row[~past][::-1]] = np.flatnonzero(~past)[::-1]
    now = renamed(pa.array(rows.extras[each.now]).cast(pa.large_string()), labels)
    said = pc.if_else(
        pa.array(before >= 0),
        here.new.take(pa.array(before, mask=before < 0)),
        pc.if_else(pa.array(after >= 0), here.old.take(pa.array(after, mask=after < 0)), now),
    )
    said = pc.if_else(pa.array(instant != NAT), said, pa.scalar(None, pa.large_string()))
    young = (instant != NAT) & (instant < log_since) if log_since is not None else np.zeros(count, dtype=bool)
    return said, young


def renamed(text: pa.Array, labels: Mapping[str, str]) -> pa.Array:
    """Keys as labels; what is a label already, or nothing known, stays."""
    coded = text.dictionary_encode()
    return pa.array([labels.get(v, v) for v in coded.dictionary.to_pylist()], pa.large_string()).take(
        coded.indices
    )


def put_value(
    rows: Rows, entity: str, name: str, text: pa.Array, young: Flags, mapped: Mapping[str, str | None] | None
) -> Rows:
    """The entity with a derived value, cast like a column of the SELECT."""
    known = MODEL[entity].fields[name]
    match known.type:
        case "enum":
            found = casts.choices(text, known.values, mapped)
        case "bool":
            found = casts.truths(text, mapped)
        case _:
            found = casts.words(text)
    hole = np.where(young, np.int16(Reason.BEFORE_SINCE), found.hole).astype(np.int16)
    made: dict[str, Any] = {name: found.values.mask(young)}
    if hole.any():
        made[f"{name}__hole"] = pd.Series(pd.arrays.IntegerArray(hole, hole == 0))
    rows = _with(rows, entity, made)
    if not found.unmapped:
        return rows
    unmapped = rows.facts.unmapped | {name: named(found.unmapped)}
    return replace(rows, facts=replace(rows.facts, unmapped=unmapped))


def _with(rows: Rows, entity: str, made: Mapping[str, Any]) -> Rows:
    """The entity with more columns, in the model's order, and the promise that they are given."""
    frame = rows.frame.assign(**made)
    names = [n for f in MODEL[entity].fields for n in (f, f"{f}__hole", f"{f}__from", f"{f}__typed")]
    frame = frame[[n for n in names if n in frame.columns]]
    given = rows.facts.provided | {name for name in made if "__" not in name}
    return replace(rows, frame=frame, facts=replace(rows.facts, provided=frozenset(given)))


def _is_in(text: pa.Array, words: list[str]) -> Flags:
    return np.array(pc.is_in(text, value_set=pa.array(words, pa.large_string())), dtype=bool)
