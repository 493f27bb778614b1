"""A CRM's own history, in whatever shape it keeps it, as one list of changes: who changed what, when, from, to."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audits.errors import ClausewatchError
from audits.facts import Violation
from config.mapping.model import ChangeLog
from tasks.crm.columns import as_text
from tasks.crm.stamps import Flags, Ints, instants

#: Columns each decoder takes; those in brackets of the documentation are optional.
COLUMNS: Final = {
    "columns": ({"record", "at", "field", "old", "new"}, {"id", "actor"}),
    "json_changes": ({"record", "at", "value"}, {"id", "actor", "type"}),
}
_FIELD: Final = "change log"
_LABEL: Final = r'^\[\s*"(?:[^"\\]|\\.)*"'


@dataclass(frozen=True)
class Changes:
    """Changes in the order they happened: by record, then instant, then the log's own order.

    Args:
        row: int64[n], the record's place in its entity's frame.
        when: int64[n], microseconds.
        field, actor, old, new: text of each change (null = empty).
        key: the log's own key, "" where it has none or the entry is synthetic.
    """

    row: Ints
    when: Ints
    field: pa.Array
    actor: pa.Array
    old: pa.Array
    new: pa.Array
    key: pa.Array

    def take(self, places: "npt.NDArray[np.intp] | Flags") -> "Changes":
        """Some of the changes, in the order given."""
        places = np.flatnonzero(places) if places.dtype == np.bool_ else places
        texts = [getattr(self, n).take(pa.array(places)) for n in ("field", "actor", "old", "new", "key")]
        return Changes(self.row[places], self.when[places], *texts)


@dataclass(frozen=True)
class _Raw:
    """Columns of a log with one change a row, before anything is sorted or named."""

    record: pa.Array
    at: Ints
    columns: dict[str, pa.Array]


def decode(
    entity: str,
    given: Mapping[str, pa.Array],
    log: ChangeLog,
    keys: pa.Array,
    stamps: str,
    zone: str,
    where: str,
) -> tuple[Changes, list[Violation]]:
    """A log's rows as changes of the records in ``keys``.

    Args:
        entity: whose records these are.
        given: the log's columns.
        log: the mapping's block (decoder and field names).
        keys: ids of the entity's frame, in its order.
        stamps, zone: form of the log's instants.
        where: file and line, for errors.

    Returns:
        The changes, and what had to be left out: entries without record, without readable instant, of
        unknown records, unreadable JSON.

    Raises:
        ClausewatchError: a column the decoder needs is missing.
    """
    _check(given, log.decoder, where)
    violations: list[Violation] = []
    raw = _flat(entity, given, log, stamps, zone, violations)
    known = _known(entity, raw, keys, violations)
    text = {name: as_text(raw.columns[name]).filter(pa.array(known >= 0)) for name in raw.columns}
    row, at = known[known >= 0], raw.at[known >= 0]
    order = np.lexsort((_sequence(text["id"]), at, row))
    found = Changes(row, at, text["field"], text["actor"], text["old"], text["new"], text["id"]).take(order)
    return found.take(_differs(found)), violations


def _check(given: Mapping[str, pa.Array], decoder: str, where: str) -> None:
    needed, optional = COLUMNS[decoder]
    for name in sorted(needed - set(given)):
        raise ClausewatchError(f"the change log lacks the column `{name}`", where, f"`{decoder}` needs it")
    for name in sorted(set(given) - needed - optional):
        wanted = ", ".join(sorted(needed | optional))
        raise ClausewatchError(f"the change log has a column `{name}` too many", where, f"it takes {wanted}")


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
    if log.decoder == "columns":
        places = np.flatnonzero(_is_in(as_text(given["field"]), list(log.fields)))
        parts = {name: given[name].take(pa.array(places)) for name in ("field", "old", "new")}
    else:
        places, parts = _unpacked(entity, record, as_text(given["value"]), log, violations)
    taken = {name: column.take(pa.array(places)) for name, column in sides.items()}
    parts["field"] = _renamed(as_text(parts["field"]), log.fields)
    unreadable = found.hole[places] > 0
    violations += _counted(entity, "type", unreadable, record.take(pa.array(places)))
    record = pc.if_else(pa.array(unreadable), pa.scalar("", pa.large_string()), record.take(pa.array(places)))
    return _Raw(record, found.us[places], taken | parts)


def _unpacked(
    entity: str, record: pa.Array, value: pa.Array, log: ChangeLog, violations: list[Violation]
) -> tuple[npt.NDArray[np.intp], dict[str, pa.Array]]:
    """The changes inside JSON entries: each distinct entry is read once, those that name no field not at all.

    What a list says of itself (``[label, ...]``, different in every record) is cut off first.
    """
    places = np.flatnonzero(_mentions(value, list(log.fields)))
    coded = pc.replace_substring_regex(value.take(pa.array(places)), _LABEL, "[null").dictionary_encode()
    entries, broken = _parsed(coded.dictionary.to_pylist())
    codes = coded.indices.to_numpy(zero_copy_only=False)
    violations += _counted(entity, "type", broken[codes], record.take(pa.array(places)))
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
    return np.repeat(places, counts[codes]), parts


def _ranges(starts: Ints, counts: Ints) -> Ints:
    """``starts[0], starts[0] + 1, ...`` (``counts[0]`` of them), then the same from ``starts[1]`` on."""
    ends = np.cumsum(counts)
    turns = np.arange(ends[-1] if len(ends) else 0, dtype=np.int64)
    return np.asarray(turns + np.repeat(starts - (ends - counts), counts), dtype=np.int64)


def _mentions(value: pa.Array, fields: list[str]) -> Flags:
    """Entries whose text names one of the fields at all (a name JSON may have escaped is looked for in all)."""
    if not all(name.isascii() for name in fields):
        return _flags(value.is_valid())
    return _flags(pc.match_substring_regex(value, "|".join(re.escape(name) for name in fields)))


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


def _known(entity: str, raw: _Raw, keys: pa.Array, violations: list[Violation]) -> Ints:
    """Place of each change's record in the frame; -1 where it cannot be placed (counted, but for unreadable ones)."""
    place = pc.index_in(raw.record, value_set=keys)
    violations += _counted(entity, "required", _flags(raw.record.is_null()), raw.record)
    named = _flags(pc.fill_null(pc.not_equal(raw.record, ""), fill_value=False))
    violations += _counted(entity, "reference", named & _flags(place.is_null()), raw.record)
    return np.array(pc.fill_null(place, -1).to_numpy(zero_copy_only=False), dtype=np.int64)


def _sequence(key: pa.Array) -> Ints:
    """The log's own order among changes of one instant: by numeric key, else as the rows came."""
    whole = pc.fill_null(pc.match_substring_regex(key, r"^\d{1,18}$"), fill_value=False)
    if len(key) and pc.all(whole).as_py():
        return np.array(pc.cast(key, pa.int64()).to_numpy(zero_copy_only=False))
    return np.arange(len(key), dtype=np.int64)


def _differs(found: Changes) -> Flags:
    """An entry that keeps its value is no change."""
    same = pc.fill_null(pc.equal(found.old, found.new), fill_value=False)
    return ~_flags(pc.or_(same, pc.and_(found.old.is_null(), found.new.is_null())))


def labelled(
    entity: str, found: Changes, field: str, labels: Mapping[str, str], keys: pa.Array
) -> tuple[Changes, list[Violation]]:
    """Keys of one field as labels; a key without label stays as it is, and is counted."""
    here = _is_in(found.field, [field])
    lost = np.zeros(len(here), dtype=bool)
    texts: dict[str, pa.Array] = {}
    for side in ("old", "new"):
        column = getattr(found, side)
        strange = here & _flags(column.is_valid()) & ~_is_in(column, [*labels, *labels.values()])
        lost |= strange
        texts[side] = pc.if_else(pa.array(here), _renamed(column, labels), column)
    records = keys.take(pa.array(found.row))
    violations = _counted(entity, "value", lost, records)
    return Changes(
        found.row, found.when, found.field, found.actor, texts["old"], texts["new"], found.key
    ), violations


def begun(found: Changes, field: str, created: Ints, now: pa.Array) -> Changes:
    """The changes with a first entry for each record: its value at creation.

    Args:
        found: changes of all fields.
        field: the field to begin.
        created: int64[records], instant of creation (``NAT`` = no entry).
        now: the present value of each record, for those that never changed.
    """
    here = found.take(_is_in(found.field, [field]))
    first = np.full(len(created), -1, dtype=np.int64)
    first[here.row[::-1]] = np.arange(len(here.row))[::-1]
    changed = first >= 0
    value = pc.if_else(pa.array(changed), here.old.take(pa.array(first, mask=~changed)), now)
    at = np.where(changed, np.minimum(created, here.when[first] if len(here.when) else created), created)
    rows = np.flatnonzero((created != np.iinfo(np.int64).min) & _flags(value.is_valid()))
    empty, names = pa.nulls(len(rows), pa.large_string()), pa.array([field] * len(rows), pa.large_string())
    head = Changes(rows, at[rows], names, empty, empty, value.take(pa.array(rows)), empty)
    return _merged(head, found)


def _merged(head: Changes, tail: Changes) -> Changes:
    """Both in one order; of one instant, those of ``head`` come first."""
    texts = [
        pa.concat_arrays([getattr(head, n), getattr(tail, n)])
        for n in ("field", "actor", "old", "new", "key")
    ]
    both = Changes(np.concatenate([head.row, tail.row]), np.concatenate([head.when, tail.when]), *texts)
    return both.take(np.lexsort((np.arange(len(both.row)), both.when, both.row)))


def matching(found: Changes, pattern: Any) -> Changes:
    """The changes a pattern of the mapping means (``change, to, from, by, not_by``)."""
    rows = _is_in(found.field, [pattern.change])
    for column, words in ((found.new, pattern.to), (found.old, pattern.from_), (found.actor, pattern.by)):
        rows &= _is_in(column, words) if words else True
    return found.take(rows & ~_is_in(found.actor, pattern.not_by))


def _renamed(column: pa.Array, names: Mapping[str, str]) -> pa.Array:
    """Each value under its other name; values without one stay."""
    coded = column.dictionary_encode()
    other = [names.get(value, value) for value in coded.dictionary.to_pylist()]
    return pa.array(other, pa.large_string()).take(coded.indices)


def _is_in(column: pa.Array, words: list[str]) -> Flags:
    if not words:
        return np.zeros(len(column), dtype=bool)
    return _flags(pc.is_in(column, value_set=pa.array(words, pa.large_string())))


def _counted(entity: str, rule: str, rows: Flags, records: pa.Array) -> list[Violation]:
    if not rows.any():
        return []
    examples = records.take(pa.array(np.flatnonzero(rows)[:5])).to_pylist()
    return [Violation(entity, _FIELD, rule, int(rows.sum()), tuple(e for e in examples if e))]


def _flags(column: pa.Array) -> Flags:
    return np.array(pc.fill_null(column, fill_value=False).to_numpy(zero_copy_only=False), dtype=bool)
