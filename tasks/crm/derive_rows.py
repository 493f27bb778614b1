"""Rows that a CRM's history gives where no table holds them: events, escalations, pauses."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from audits.facts import EntityFacts
from audits.model import MODEL
from audits.words import NAT, Reason
from config.mapping.check import ROWS
from config.mapping.model import Interval, RowChange
from tasks.crm import casts
from tasks.crm.boundary import ORIGINS, Rows, in_model_order, stamp_series
from tasks.crm.changes import Changes, matching, of_field, renamed


def rows_from_changes(
    entity: str, log_name: str, patterns: Mapping[str, RowChange], log: Changes, keys: pa.Array
) -> pd.DataFrame:
    """One row of ``entity`` for each change that fits one of the patterns (name -> pattern)."""
    kind_field, at_field = ROWS[entity]
    parts = [_row_part(entity, log_name, kind, pattern, log, keys) for kind, pattern in patterns.items()]
    frame = pd.concat(parts, ignore_index=True)
    fields = MODEL[entity].fields
    frame[kind_field] = frame[kind_field].astype(pd.CategoricalDtype(list(fields[kind_field].values)))
    if "origin" in fields:
        origins = pd.CategoricalDtype(list(fields["origin"].values))
        frame["origin"] = pd.Series(["crm"] * len(frame), dtype=origins)
    frame[f"{at_field}__from"] = pd.Series(["history"] * len(frame), dtype=pd.CategoricalDtype(list(ORIGINS)))
    return _ordered(entity, frame)


def _row_part(
    entity: str, log_name: str, kind: str, pattern: RowChange, log: Changes, keys: pa.Array
) -> pd.DataFrame:
    kind_field, at_field = ROWS[entity]
    found = matching(log, pattern)
    records = keys.take(pa.array(found.row))
    made: dict[str, Any] = {
        "id": _words(_row_ids(kind, records, found)),
        f"{log_name}_id": _words(records),
        kind_field: kind,
        at_field: stamp_series(found.when),
    }
    if "actor_id" in MODEL[entity].fields:
        made["actor_id"] = _words(found.actor)
    if pattern.becomes is not None:
        made[pattern.becomes] = _words(found.new)
    return pd.DataFrame(made, index=pd.RangeIndex(len(found.row)))


def _row_ids(kind: str, records: pa.Array, found: Changes) -> pa.Array:
    """Keys that a correction of a date does not change: the log's own key where it has one."""
    own = pc.binary_join_element_wise(_wide(kind), found.key, _wide(":"))
    by_place = _numbered(pc.binary_join_element_wise(_wide(kind), records, _wide(":")))
    return pc.if_else(found.key.is_valid(), own, by_place)


def _numbered(names: pa.Array) -> pa.Array:
    """Names with the number of their turn behind them: ``resolved:7:1``, ``resolved:7:2``."""
    turn = pd.Series(names.to_pylist(), dtype="str")
    turns = (turn.groupby(turn).cumcount() + 1).astype("str")
    return pc.binary_join_element_wise(names, pa.array(turns).cast(pa.large_string()), _wide(":"))


def intervals(log_name: str, each: Interval, log: Changes, keys: pa.Array) -> pd.DataFrame:
    """One pause for each stretch during which the field had one of the values; open where it still has."""
    here = of_field(log, each.change)
    words = list(each.while_)
    inside = np.array(pc.is_in(here.new, value_set=pa.array(words, pa.large_string())), dtype=bool)
    follows = np.append(here.row[1:] == here.row[:-1], False)[: len(here.row)]
    until = np.append(here.when[1:], NAT)[: len(here.when)]
    begun = here.take(inside)
    ended = np.where(follows, until, NAT)[inside]
    records = keys.take(pa.array(begun.row))
    reasons = MODEL["pause"].fields["reason"].values
    named = renamed(begun.new, each.while_) if isinstance(each.while_, dict) else pa.nulls(len(begun.row))
    made: dict[str, Any] = {
        "id": _words(_row_ids(each.change, records, begun)),
        f"{log_name}_id": _words(records),
        "began_at": stamp_series(begun.when),
        "ended_at": stamp_series(ended),
    }
    if isinstance(each.while_, dict):
        made["reason"] = casts.choices(named, reasons, None).values
    return _ordered("pause", pd.DataFrame(made, index=pd.RangeIndex(len(begun.row))))


def joined(
    entity: str, selected: Rows | None, derived: list[pd.DataFrame], complete_since: int | None
) -> Rows:
    """Rows of a SELECT and derived ones as one entity; a field that only some of them have is a hole in the rest."""
    frames = ([selected.frame] if selected else []) + derived
    given = [{name for name in frame.columns if "__" not in name} for frame in frames]
    frames = [_filled(frame, set().union(*given) - has) for frame, has in zip(frames, given, strict=True)]
    frame = _ordered(entity, pd.concat(frames, ignore_index=True))
    facts = selected.facts if selected else EntityFacts(frozenset())
    since = facts.complete_since if complete_since is None else complete_since
    facts = replace(facts, provided=frozenset(set().union(*given)), complete_since=since)
    return Rows(frame, pd.DataFrame(), facts, selected.violations if selected else ())


def _filled(frame: pd.DataFrame, missing: set[str]) -> pd.DataFrame:
    hole = pd.Series(np.full(len(frame), Reason.FIELD_NOT_PROVIDED), index=frame.index, dtype="Int16")
    return frame.assign(**{f"{name}__hole": hole for name in sorted(missing)})


def _ordered(entity: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Columns in the model's order and rows in key order; categories survive joining."""
    return in_model_order(entity, frame).sort_values("id", kind="stable", ignore_index=True)


def _words(text: pa.Array) -> "pd.Series[Any]":
    return pd.Series(pd.arrays.ArrowStringArray(text.cast(pa.large_string())), dtype="str")


def _wide(word: str) -> pa.Scalar:
    return pa.scalar(word, pa.large_string())
