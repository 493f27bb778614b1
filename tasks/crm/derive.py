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
from config.mapping.days import as_span
from config.mapping.model import Change, Derive, Evidence, ValueAt
from tasks.crm import casts
from tasks.crm.boundary import ORIGINS, Rows, in_model_order, named, stamp_series
from tasks.crm.changes import (
    ALREADY,
    UNKNOWN,
    Changes,
    is_in,
    matching,
    of_field,
    perhaps_matching,
    renamed,
)
from tasks.crm.stamps import Flags, Holes, Ints

#: Which proof of a response each evidence is, where its word is another.
_PROOF: Final = {"column": "stamp", "history": "status_change", "bound": ""}
_FAR: Final = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Found:
    """A derived column of stamps.

    Args:
        us: int64[n], ``NAT`` where it did not happen or is a hole.
        hole: a ``Reason`` code or 0, a row.
        says: place in ``words`` of what each stamp came from, -1 = none.
        words: the origins, in the mapping's words.
        after: int64[n], ``NAT`` where the stamp is exact; else it happened after this and by ``us``.
    """

    us: Ints
    hole: Holes
    says: npt.NDArray[np.int8]
    words: tuple[str, ...]
    after: Ints


def stamp(each: Derive, rows: Rows, log: Changes | None) -> Found | None:
    """The stamps of one derived field; None where only ``typed_at`` is derived.

    Args:
        each: how (exactly one kind).
        rows: the entity after the boundary.
        log: changes of its records.
    """
    count = len(rows.frame)
    if each.first_of is not None:
        return first_of([e for e in each.first_of if e.says != "bot"], rows, log)
    if log is None:
        return None
    if each.first_change is not None:
        return _first(log, each.first_change, count)
    if each.last_change is not None:
        return _last(log, each.last_change, count)
    if each.since_last_reopening is not None:
        return _since_last_reopening(each.since_last_reopening, log, count)
    return None


def by_bots(each: Derive, rows: Rows, log: Changes | None) -> Found | None:
    """The earliest evidence that says it came from a bot: kept, but no response; None where there is none."""
    evidence = [e for e in each.first_of or [] if e.says == "bot"]
    return first_of(evidence, rows, log) if evidence else None


def _first(log: Changes, pattern: Change | Evidence, count: int) -> Found:
    """The first change that fits; one that may have fitted before it, unseen, makes a hole."""
    here = matching(log, pattern)
    at = np.full(count, -1, dtype=np.int64)
    at[here.row[::-1]] = np.arange(len(here.row))[::-1]  # the earliest is written last, and stays
    found = _from_history(here, at, log.lost)
    already, unknown = perhaps_matching(log, pattern)
    return _unsure(found, np.concatenate([already, unknown]))


def _last(log: Changes, pattern: Change, count: int) -> Found:
    """The last change that fits; where none is seen, one before the history began may have."""
    here = matching(log, pattern)
    at = np.full(count, -1, dtype=np.int64)
    at[here.row] = np.arange(len(here.row))
    found = _from_history(here, at, log.lost)
    unseen = np.concatenate(perhaps_matching(log, pattern))
    return _unsure(found, unseen[at[unseen] < 0])


def _from_history(here: Changes, at: Ints, lost: Holes) -> Found:
    """Stamps of the changes at these places (-1 = none); records with unreadable entries are holes."""
    us, after = np.full(len(at), NAT), np.full(len(at), NAT)
    known = at >= 0
    us[known], after[known] = here.when[at[known]], here.after[at[known]]
    says = np.where(after != NAT, 1, np.where(known, 0, -1)).astype(np.int8)
    found = Found(us, np.zeros(len(at), dtype=np.int16), says, ("history", "bound"), after)
    return _holed(found, np.flatnonzero(lost), lost[lost > 0])


def _unsure(found: Found, rows: Ints) -> Found:
    """The history does not reach back far enough to tell."""
    fresh = rows[found.hole[rows] == 0]
    return _holed(found, fresh, np.full(len(fresh), Reason.BEFORE_SINCE, dtype=np.int16))


def _holed(found: Found, rows: "npt.NDArray[np.intp] | Ints", why: Holes) -> Found:
    found.us[rows], found.after[rows], found.says[rows], found.hole[rows] = NAT, NAT, -1, why
    return found


def _since_last_reopening(pattern: Change, log: Changes, count: int) -> Found:
    """First entry into the values after the record last left them; null while it is outside.

    Where the history begins with the record already inside, it does not say since when: a hole.
    """
    here = of_field(log, pattern.change)
    inside = is_in(here.new, pattern.to)
    fresh = np.append(True, here.row[1:] != here.row[:-1])[: len(here.row)]
    before = np.append(False, inside[:-1])[: len(here.row)] & ~fresh
    entry = np.where(inside & ~before, np.arange(len(inside)), -1)
    entry = np.maximum.accumulate(entry) if len(entry) else entry
    last = np.full(count, -1, dtype=np.int64)
    last[here.row] = np.arange(len(here.row))
    rows = np.flatnonzero(last >= 0)
    rows = rows[inside[last[rows]]]
    at = np.full(count, -1, dtype=np.int64)
    at[rows] = entry[last[rows]]
    found = _from_history(here, at, log.lost)
    began_inside = is_in(here.old, pattern.to) | (here.after == ALREADY) | _unknown(here)
    return _unsure(found, rows[(began_inside & fresh)[at[rows]]])


def _unknown(here: Changes) -> Flags:
    """Entries with an old value that nobody knows; one of a record new to us began with that value."""
    return np.asarray(is_in(here.old, [UNKNOWN]) & (here.after == NAT), dtype=bool)


def first_of(evidence: list[Evidence], rows: Rows, log: Changes | None) -> Found:
    """The earliest of several; one that cannot be read might have been earlier, so it makes a hole."""
    count, kinds = len(rows.frame), len(evidence)
    until = np.full((kinds + 1, count), _FAR, dtype=np.int64)
    since, holes = until.copy(), np.zeros((kinds + 1, count), dtype=np.int16)
    for at, each in enumerate(evidence):
        found = _evidence(each, rows, log, count)
        known = found.us != NAT
        until[at] = np.where(known, found.us, _FAR)
        since[at] = np.where(known, np.where(found.after == NAT, found.us, found.after), _FAR)
        holes[at] = found.hole
    says, lowest = until.argmin(axis=0).astype(np.int8), since.min(axis=0)
    best, hole = until.min(axis=0), np.take_along_axis(holes, says[None, :].astype(np.intp), axis=0)[0]
    blind = (until == _FAR) & (holes > 0)  # a hole without value: it might have been the first
    hole = np.where(blind.any(axis=0), holes[blind.argmax(axis=0), np.arange(count)], hole)
    nothing = (best == _FAR) | blind.any(axis=0)
    says[lowest < best] = kinds
    says[nothing] = -1
    after = np.where((lowest < best) & ~nothing, lowest, NAT)
    words = (*(each.says for each in evidence), "bound")
    return Found(np.where(nothing, NAT, best), hole, says, words, after)


def _evidence(each: Evidence, rows: Rows, log: Changes | None, count: int) -> Found:
    """The stamps of one evidence."""
    if each.column is None and log is not None:
        return _first(log, each, count)
    us, hole = np.full(count, NAT), np.zeros(count, dtype=np.int16)
    if each.column is not None:
        us, hole = column(rows, each.column)
    return Found(us, hole, np.where(us == NAT, -1, 0).astype(np.int8), (each.says,), np.full(count, NAT))


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
    made[f"{name}__from"] = _worded(found, ORIGINS, lambda word: word)
    if (found.after != NAT).any():
        made[f"{name}__after"] = stamp_series(found.after)
    if (entity, name) == ("case", "first_response_at"):
        proofs = MODEL["case"].fields["first_response_evidence"].values
        made["first_response_evidence"] = _worded(found, proofs, lambda word: _PROOF.get(word, word))
    return with_columns(rows, entity, made)


def _worded(found: Found, values: tuple[str, ...], meaning: Callable[[str], str]) -> "pd.Series[Any]":
    places = [values.index(meaning(word)) if meaning(word) in values else -1 for word in found.words]
    codes = np.array([*places, -1], dtype=np.int8)[found.says]
    return pd.Series(pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(list(values))))


def typed(rows: Rows, entity: str, name: str, pattern: Change, log: Changes) -> Rows:
    """The entity with ``name__typed``: when the present value was entered."""
    found = _last(log, pattern, len(rows.frame))
    return with_columns(rows, entity, {f"{name}__typed": stamp_series(found.us)})


def value_at(
    each: ValueAt,
    rows: Rows,
    log: Changes,
    log_since: int | None,
    labels: Mapping[str, str],
) -> tuple[pa.Array, Holes]:
    """Text of the value a logged field had at an instant of the record, and why that is not known.

    A change within the mapping's tolerance after the instant belongs to it: logs are written a moment later.
    """
    instant, _ = column(rows, each.at)
    here = of_field(log, each.change)
    count = len(instant)
    before, after = np.full(count, -1, dtype=np.int64), np.full(count, -1, dtype=np.int64)
    look = instant[here.row]
    past = here.when <= np.where(look == NAT, NAT, look + as_span(each.tolerance))
    before[here.row[past]] = np.flatnonzero(past)
    after[here.row[~past][::-1]] = np.flatnonzero(~past)[::-1]
    now = renamed(pa.array(rows.extras[each.now]).cast(pa.large_string()), labels)
    said = pc.if_else(
        pa.array(before >= 0),
        here.new.take(pa.array(before, mask=before < 0)),
        pc.if_else(pa.array(after >= 0), here.old.take(pa.array(after, mask=after < 0)), now),
    )
    hole = log.lost.copy()
    hole[is_in(said, [UNKNOWN])] = Reason.BEFORE_SINCE
    between = here.bound & ~past & (here.after < look)  # seen only later: before or after the instant
    hole[here.row[between]] = np.where(
        hole[here.row[between]] == 0, Reason.ONLY_BOUND, hole[here.row[between]]
    )
    if log_since is not None:
        hole[instant < log_since] = Reason.BEFORE_SINCE
    hole[instant == NAT] = 0
    known = (instant != NAT) & (hole == 0)
    return pc.if_else(pa.array(known), said, pa.scalar(None, pa.large_string())), hole


def put_value(
    rows: Rows, entity: str, name: str, text: pa.Array, unsure: Holes, mapped: Mapping[str, str | None] | None
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
    hole = np.where(unsure > 0, unsure, found.hole).astype(np.int16)
    made: dict[str, Any] = {name: found.values}
    if hole.any():
        made[f"{name}__hole"] = pd.Series(pd.arrays.IntegerArray(hole, hole == 0))
    rows = with_columns(rows, entity, made)
    if not found.unmapped:
        return rows
    unmapped = rows.facts.unmapped | {name: named(found.unmapped)}
    return replace(rows, facts=replace(rows.facts, unmapped=unmapped))


def with_columns(rows: Rows, entity: str, made: Mapping[str, Any]) -> Rows:
    """The entity with more columns, in the model's order, and the promise that they are given."""
    frame = in_model_order(entity, rows.frame.assign(**made))
    given = rows.facts.provided | {name for name in made if "__" not in name}
    return replace(rows, frame=frame, facts=replace(rows.facts, provided=frozenset(given)))
