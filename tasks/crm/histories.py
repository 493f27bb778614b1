"""The history of an entity's records, from the CRM's own log or from our earlier extracts, ready to derive from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from audits.facts import Violation
from audits.words import NAT
from config.mapping import Mapping as CrmMapping
from config.mapping.days import as_span
from config.mapping.model import ChangeLog
from tasks.crm import derive
from tasks.crm.boundary import Rows
from tasks.crm.changes import (
    Changes,
    begun,
    ends_elsewhere,
    first_unknown,
    labelled,
    renamed,
    told_apart,
    with_first,
)
from tasks.crm.decoders import decode
from tasks.crm.own_extracts import changes_of, remembered
from tasks.crm.reading import Reader
from tasks.crm.stamps import Ints


@dataclass
class History:
    """Changes of an entity's records, and what it took to read them.

    Args:
        changes: in the order they happened.
        labels: field -> {key: label}.
        since: microseconds since which anything is known (our own extracts), None where the mapping says it.
        violations: what was found.
    """

    changes: Changes
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    since: int | None = None
    violations: list[Violation] = field(default_factory=list)


def history(
    mapping: CrmMapping,
    reader: Reader,
    entity: str,
    rows: Rows,
    seen_at: int,
    *,
    binned: pa.Array,
    keep: bool,
) -> History:
    """Read one change log, decode it, name its values and actors, and begin it where the mapping asks for that.

    Args:
        rows: the entity after the boundary.
        seen_at: the instant at which its rows were read, for our own extracts.
        binned: keys of its records in the CRM's bin; their entries are passed over.
        keep: whether our own extracts remember this one.
    """
    log = mapping.file.change_logs[entity]
    keys = pa.array(rows.frame["id"]).cast(pa.large_string())
    if log.decoder == "snapshots":
        found = _own(log, entity, rows, keys, seen_at, keep=keep)
    else:
        where, file = mapping.where("change_logs", entity, "select"), mapping.file
        given = reader.log(entity)
        changes, violations = decode(entity, given, log, keys, file.stamps, file.zone, where, binned)
        found = History(changes, violations=violations)
    _name(found, log, reader, entity, keys)
    if log.decoder != "snapshots":
        _begin(found, log, entity, rows, keys)
        found.violations += first_unknown(entity, found.changes, keys)
    return found


def _own(log: ChangeLog, entity: str, rows: Rows, keys: pa.Array, seen_at: int, *, keep: bool) -> History:
    """What differed between our own extracts."""
    values = {name: _text(rows, column) for column, name in log.fields.items()}
    diary = remembered(Path(log.folder or ""), entity, keys, values, seen_at, keep=keep)
    created = _created(log, rows)
    return History(changes_of(diary, keys, created), since=int(diary.instants[0]))


def _name(found: History, log: ChangeLog, reader: Reader, entity: str, keys: pa.Array) -> None:
    """Labels for keys and kinds for actors, as the CRM has them."""
    for name in log.labels:
        found.labels[name] = reader.labels(entity, name)
        found.changes, lost = labelled(entity, found.changes, name, found.labels[name], keys)
        found.violations += lost
    if log.actors is not None:
        found.changes, lost = told_apart(entity, found.changes, reader.actors(entity), keys)
        found.violations += lost


def _begin(found: History, log: ChangeLog, entity: str, rows: Rows, keys: pa.Array) -> None:
    """The first entry of each record."""
    if log.creation is None:
        return
    created, alone = _created(log, rows), log.decoder == "new_value_only"
    if alone:
        first = {name: _value(found.labels, rows, name, c) for name, c in log.creation.first.items()}
        found.changes = with_first(found.changes, created, first, as_span(log.creation.tolerance))
    for name, column in log.creation.now.items():
        now = _value(found.labels, rows, name, column)
        if alone:
            found.changes, ends = ends_elsewhere(entity, found.changes, name, now, keys)
            found.violations += ends
        found.changes = begun(found.changes, name, created, now)


def _created(log: ChangeLog, rows: Rows) -> Ints:
    if log.creation is None:
        return np.full(len(rows.frame), NAT)
    return derive.column(rows, log.creation.at)[0]


def _value(labels: Mapping[str, Mapping[str, str]], rows: Rows, name: str, column: str) -> pa.Array:
    """A column of the record's SELECT that holds a value of a logged field, as the log names it."""
    return renamed(_text(rows, column), labels.get(name, {}))


def _text(rows: Rows, column: str) -> pa.Array:
    return pa.array(rows.extras[column]).cast(pa.large_string())
