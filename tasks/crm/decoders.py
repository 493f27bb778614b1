"""A CRM's own history, in whatever shape it keeps it, as one list of changes: who changed what, when, from, to."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audits.errors import ClausewatchError
from audits.facts import Violation
from audits.words import NAT, Reason
from config.mapping.model import ChangeLog
from tasks.crm.changes import UNKNOWN, Changes, counted, flags, in_order, is_in, really_changed, renamed
from tasks.crm.columns import as_text
from tasks.crm.stamps import CLOCK, Flags, Ints, Stamps, instants

#: Columns each decoder takes; those in brackets of the documentation are optional.
COLUMNS: Final = {
    "columns": ({"record", "at", "field", "old", "new"}, {"id", "actor"}),
    "json_changes": ({"record", "at", "value"}, {"id", "actor", "type"}),
    "new_value_only": ({"record", "at", "field", "new"}, {"id", "actor"}),
}
_LABEL: Final = r'^\[\s*"(?:[^"\\]|\\.)*"'


@dataclass(frozen=True)
class _Raw:
    """Columns of a log with one change a row, before anything is sorted or named.

    Args:
        record: whose change it is.
        at: when, and why that cannot be read.
        columns: the rest, by name.
        broken: records of entries that could not be taken apart.
    """

    record: pa.Array
    at: Stamps
    columns: dict[str, pa.Array]
    broken: pa.Array


def decode(
    entity: str,
    given: Mapping[str, pa.Array],
    log: ChangeLog,
    keys: pa.Array,
    stamps: str,
    zone: str,
    where: str,
    binned: pa.Array | None = None,
) -> tuple[Changes, list[Violation]]:
    """A log's rows as changes of the records in ``keys``.

    Args:
        entity: whose records these are.
        given: the log's columns.
        log: the mapping's block (decoder and field names).
        keys: ids of the entity's frame, in its order.
        stamps, zone: form of the log's instants.
        where: file and line, for errors.
        binned: keys of records in the CRM's bin, whose entries are passed over.

    Returns:
        The changes, and what had to be left out: entries without record, without readable instant, of
        unknown records, unreadable JSON. Records with such entries are marked in ``lost``.

    Raises:
        ClausewatchError: a column the decoder needs is missing.
    """
    _check(given, log, where)
    violations: list[Violation] = []
    raw = _flat(entity, given, log, stamps, zone, violations)
    known = _known(entity, raw, keys, binned, violations)
    lost = np.zeros(len(keys), dtype=np.int16)
    bad = (known >= 0) & (raw.at.hole > 0)
    lost[known[bad]] = raw.at.hole[bad]
    lost[_places(raw.broken, keys)] = Reason.UNREADABLE
    good = (known >= 0) & ~bad
    text = {name: as_text(raw.columns[name]).filter(pa.array(good)) for name in raw.columns}
    nothing = pa.nulls(int(good.sum()), pa.large_string())
    found = Changes(
        known[good], raw.at.us[good], np.full(len(nothing), NAT), text["field"], text["actor"], nothing,
        text.get("old", nothing), text["new"], text["id"], lost,
    )  # fmt: skip
    sequence = _sequence(text["id"])
    if log.order == "id" and not _numbered(text["id"]):
        raise ClausewatchError("the ids of the change log are no numbers", where, "say `order: at`")
    if log.decoder == "new_value_only":
        found, backwards = _with_previous(found, sequence, by_id=log.order == "id")
        violations += counted(entity, "order", backwards, keys.take(pa.array(found.row)))
    return really_changed(in_order(found, sequence)), violations


def _check(given: Mapping[str, pa.Array], log: ChangeLog, where: str) -> None:
    needed, optional = COLUMNS[log.decoder]
    if log.order == "id":
        needed, optional = needed | {"id"}, optional - {"id"}
    for name in sorted(needed - set(given)):
        raise ClausewatchError(
            f"the change log lacks the column `{name}`", where, f"`{log.decoder}` needs it"
        )
    for name in sorted(set(given) - needed - optional):
        wanted = ", ".join(sorted(needed | optional))
        raise ClausewatchError(f"the change log has a column `{name}` too many", where, f"it takes {wanted}")


def _with_previous(found: Changes, sequence: Ints, *, by_id: bool) -> tuple[Changes, Flags]:
    """Each entry with the value of the one before it (``UNKNOWN`` before the first), and what runs backwards.

    Args:
        found: entries in any order, without old values.
        sequence: the log's own order.
        by_id: whether that decides; else the instant does, and the log's order only among equals.
    """
    field = found.field.dictionary_encode().indices.to_numpy(zero_copy_only=False)
    order = np.lexsort((sequence, field, found.row) if by_id else (sequence, found.when, field, found.row))
    row, kind, when = found.row[order], field[order], found.when[order]
    follows = np.append(False, (row[1:] == row[:-1]) & (kind[1:] == kind[:-1]))[: len(row)]
    before = np.append(0, order[:-1])[: len(order)]
    place = np.zeros(len(order), dtype=np.int64)
    place[order] = before
    first = np.ones(len(order), dtype=bool)
    first[order] = ~follows
    old = pc.if_else(pa.array(first), pa.scalar(UNKNOWN, pa.large_string()), found.new.take(pa.array(place)))
    backwards = np.zeros(len(order), dtype=bool)
    backwards[order] = follows & np.append(False, when[1:] < when[:-1])[: len(when)]
    return replace(found, old=old), backwards


def _flat(
    entity: str,
    given: Mapping[str, pa.Array],
    log: ChangeLog,
    stamps: str,
    zone: str,
    violations: list[Violation],
) -> _Raw:
    """One change a row, of the fields the mapping names."""
    record = as_text(given["record"])
    found = instants(given["at"], log.stamps or stamps, zone)
    nothing = pa.nulls(len(record), pa.large_string())
    sides = {"id": given.get("id", nothing), "actor": given.get("actor", nothing)}
    broken = record[:0]
    if log.decoder == "json_changes":
        places, parts, broken = _unpacked(entity, record, as_text(given["value"]), log, violations)
    else:
        places = np.flatnonzero(is_in(as_text(given["field"]), list(log.fields)))
        names = [name for name in ("field", "old", "new") if name in given]
        parts = {name: given[name].take(pa.array(places)) for name in names}
    taken = {name: column.take(pa.array(places)) for name, column in sides.items()}
    parts["field"] = renamed(as_text(parts["field"]), log.fields)
    record = record.take(pa.array(places))
    at = Stamps(found.us[places], found.hole[places], found.zone[places])
    violations += counted(entity, "type", (at.hole > 0) & (at.zone == 0), record)
    for code, rule in enumerate(CLOCK[1:], 1):
        violations += counted(entity, rule, at.zone == code, record)
    return _Raw(record, at, taken | parts, broken)


def _unpacked(
    entity: str, record: pa.Array, value: pa.Array, log: ChangeLog, violations: list[Violation]
) -> tuple[npt.NDArray[np.intp], dict[str, pa.Array], pa.Array]:
    """The changes inside JSON entries: each distinct entry is read once, those that name no field not at all.

    What a list says of itself (``[label, ...]``, different in every record) is cut off first.
    """
    places = np.flatnonzero(_mentions(value, list(log.fields)))
    coded = pc.replace_substring_regex(value.take(pa.array(places)), _LABEL, "[null").dictionary_encode()
    entries, broken = _parsed(coded.dictionary.to_pylist())
    codes = coded.indices.to_numpy(zero_copy_only=False)
    unread = record.take(pa.array(places)).filter(pa.array(broken[codes]))
    violations += counted(entity, "type", np.ones(len(unread), dtype=bool), unread)
    inside = [list(_changes(entry, log.fields)) for entry in entries]
    counts = np.array([len(changes) for changes in inside], dtype=np.int64)
    field, old, new = (
        zip(*(c for changes in inside for c in changes), strict=True) if counts.any() else ((),) * 3
    )
    at = _ranges((np.cumsum(counts) - counts)[codes], counts[codes])
    parts = {
        name: pa.array(texts, pa.large_string()).take(pa.array(at))
        for name, texts in (("field", field), ("old", old), ("new", new))
    }
    return np.repeat(places, counts[codes]), parts, unread


def _ranges(starts: Ints, counts: Ints) -> Ints:
    """``starts[0], starts[0] + 1, ...`` (``counts[0]`` of them), then the same from ``starts[1]`` on."""
    ends = np.cumsum(counts)
    turns = np.arange(ends[-1] if len(ends) else 0, dtype=np.int64)
    return np.asarray(turns + np.repeat(starts - (ends - counts), counts), dtype=np.int64)


def _mentions(value: pa.Array, fields: list[str]) -> Flags:
    """Entries whose text names one of the fields at all (a name JSON may have escaped is looked for in all)."""
    if not all(name.isascii() for name in fields):
        return flags(value.is_valid())
    return flags(pc.match_substring_regex(value, "|".join(re.escape(name) for name in fields)))


def _parsed(words: list[str]) -> tuple[list[Any], Flags]:
    """All entries at once; one by one only when one of them is broken."""
    broken = np.zeros(len(words), dtype=bool)
    try:
        entries = json.loads(f"[{','.join(words)}]")
        if len(entries) == len(words):
            return entries, broken
    except json.JSONDecodeError:
        pass
    entries = []
    for at, word in enumerate(words):
        try:
            entries.append(json.loads(word))
        except json.JSONDecodeError:
            entries.append(None)
            broken[at] = True
    return entries, broken


def _changes(entry: Any, fields: Mapping[str, str]) -> Iterator[tuple[str, str | None, str | None]]:
    """``[label, [field, old, new] | [field, new], ...]`` or ``{"changed": [[field, old, new], ...]}``."""
    listed = entry.get("changed") if isinstance(entry, dict) else entry
    for change in listed if isinstance(listed, list) else ():
        if isinstance(change, list) and len(change) in (2, 3) and str(change[0]) in fields:
            old, new = change[1:] if len(change) == 3 else (None, change[1])
            yield str(change[0]), _word(old), _word(new)


def _word(value: Any) -> str | None:
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _known(
    entity: str, raw: _Raw, keys: pa.Array, binned: pa.Array | None, violations: list[Violation]
) -> Ints:
    """Place of each change's record in the frame; -1 where it cannot be placed, which is counted."""
    place = _places(raw.record, keys, nulls=True)
    strange = flags(raw.record.is_valid()) & (place < 0)
    if binned is not None and len(binned):
        strange &= ~flags(pc.is_in(raw.record, value_set=binned))
    violations += counted(entity, "required", flags(raw.record.is_null()), raw.record)
    violations += counted(entity, "reference", strange, raw.record)
    return place


def _places(records: pa.Array, keys: pa.Array, *, nulls: bool = False) -> Ints:
    """Places of records in the frame; those of none left out, or -1 with ``nulls``."""
    found = pc.fill_null(pc.index_in(records, value_set=keys), -1).to_numpy(zero_copy_only=False)
    place = np.array(found, dtype=np.int64)
    return place if nulls else place[place >= 0]


def _sequence(key: pa.Array) -> Ints:
    """The log's own order among changes of one instant: by numeric key, else as the rows came."""
    if len(key) and _numbered(key):
        return np.array(pc.cast(key, pa.int64()).to_numpy(zero_copy_only=False))
    return np.arange(len(key), dtype=np.int64)


def _numbered(key: pa.Array) -> bool:
    """Whether every key is a whole number."""
    whole = pc.fill_null(pc.match_substring_regex(key, r"^\d{1,18}$"), fill_value=False)
    return not len(key) or bool(pc.all(whole).as_py())
