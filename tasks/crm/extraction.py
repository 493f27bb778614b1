"""From a mapping to facts: every SELECT read in one state of the CRM, cast at the boundary, derived, counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

import pandas as pd
import pyarrow as pa

from audits.errors import WrongUse
from audits.facts import Facts, Violation
from config.mapping import Mapping as CrmMapping
from config.mapping.days import as_instant, as_span
from config.mapping.model import Derive
from tasks.crm import derive, derive_rows
from tasks.crm.boundary import DIRECTORY, Rows, cast_rows, dangling, newest_stamp
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
from tasks.crm.columns import as_text
from tasks.crm.decoders import decode
from tasks.crm.exports import Exports
from tasks.crm.exports.taking import instant_of_exports, resolved
from tasks.crm.meaning import check_words, how, promise
from tasks.crm.reading import Progress, Reader

#: Entities whose names and addresses go to the directory, and the column of their printed number.
_NAMED: Final = {"customer": "code", "staff": "staff_no", "team": "code"}
#: Where a bot's answer is kept.
BOTS: Final = "bot_response_at"
_DIRECTORY_COLUMNS: Final = ("entity", "id", "code", *DIRECTORY)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Extract:
    """What one extraction gives.

    Args:
        facts: canonical frames and promises.
        directory: text for mails and rendering (entity, id, code, name, email, phone); never in a snapshot.
        durations: what was read -> seconds.
        counts: entity, or ``log of <entity>`` -> rows as read.
        newest: entity -> its newest instant up to ``facts.extracted_at`` in microseconds, None where it has none.
        remarks: what was left out of exports, and where values stand that could not be taken.
    """

    facts: Facts
    directory: pd.DataFrame
    durations: dict[str, float]
    counts: dict[str, int]
    newest: dict[str, int | None]
    remarks: tuple[str, ...] = ()


@dataclass
class _Work:
    """An extraction under way."""

    mapping: CrmMapping
    rows: dict[str, Rows] = field(default_factory=dict)
    logs: dict[str, Changes] = field(default_factory=dict)
    labels: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)
    directory: list[pd.DataFrame] = field(default_factory=list)

    def keys(self, entity: str) -> pa.Array:
        """Ids of an entity's frame, in its order."""
        return pa.array(self.rows[entity].frame["id"]).cast(pa.large_string())


def extract(mapping: CrmMapping, *, now: datetime, progress: Progress | None = None) -> Extract:
    """Read a source once, and give back all that an audit may know of it.

    Facts stamped after ``extracted_at`` are left in: judging masks them by its ``as_of``.

    Args:
        mapping: the source's mapping.
        now: the present instant, zone-aware.
        progress: told after each SELECT or sheet.

    Raises:
        MappingError, Refused, BoundaryError: the mapping is wrong; file and line are named.
        CrmError: the CRM is down, slow, refuses the login, or lacks what is selected.
        RegisterError, ExportError: cells that cannot be read.
    """
    if now.tzinfo is None:
        raise WrongUse(f"the instant {now} has no zone", do="give one with an offset, such as ...+08:00")
    work = _Work(mapping)
    now = _landed(mapping, now, progress)
    with Reader(mapping, progress, _us(now)) as reader:
        for entity in mapping.file.entities:
            _take(work, reader, entity)
        _take_exported(work, reader)
        for entity in mapping.file.change_logs:
            if entity in work.rows:
                _take_log(work, reader, entity)
    for key, each in mapping.file.derive.items():
        _derive(work, key, each)
    facts = _facts(work, _us(now), reader.exports)
    newest = {entity: newest_stamp(frame, facts.extracted_at) for entity, frame in facts.frames.items()}
    remarks = tuple(remark for each in reader.exports.values() for remark in each.remarks)
    return Extract(facts, _directory(work.directory), reader.durations, reader.counts, newest, remarks)


def _landed(mapping: CrmMapping, now: datetime, progress: Progress | None) -> datetime:
    """The present instant; where an API's records land first, the one up to which they are complete."""
    if not any(each.landing for each in mapping.file.connections.values()):
        return now
    from tasks.crm.rest import land_all  # noqa: PLC0415  # an optional extra, and slow to import

    return min(now, land_all(mapping, now, progress) or now)


def _facts(work: _Work, now: int, exports: Mapping[str, Exports]) -> Facts:
    frames = {entity: work.rows[entity].frame for entity in sorted(work.rows)}
    violations = [v for entity in frames for v in work.rows[entity].violations]
    return Facts(
        source=work.mapping.file.source,
        zone=work.mapping.file.zone,
        extracted_at=_extracted_at(work.mapping, now, frames, exports),
        frames=frames,
        entities={entity: work.rows[entity].facts for entity in frames},
        violations=(*violations, *work.violations, *dangling(frames)),
    )


def _us(instant: datetime) -> int:
    since = instant.astimezone(UTC) - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _extracted_at(
    mapping: CrmMapping, now: int, frames: Mapping[str, pd.DataFrame], exports: Mapping[str, Exports]
) -> int:
    """The extract's own instant: no audit may look later."""
    said = mapping.file.extracted_at
    if said == "now":
        return now
    if said == "newest":
        found = [stamp for frame in frames.values() if (stamp := newest_stamp(frame, now)) is not None]
        if not found and exports:
            do = "write extracted_at: file name, or the instant itself"
            raise mapping.error("there is no stamp that could tell when it was exported", do, "extracted_at")
        return max(found, default=now)
    if said == "file name":
        return instant_of_exports(mapping, exports)
    instant = as_instant(said, mapping.file.zone)
    if instant > now:
        raise mapping.error(f"the extract's instant {said} lies in the future", "correct it", "extracted_at")
    return instant


def _take(work: _Work, reader: Reader, entity: str) -> None:
    """Read one entity and cast it; an exported one waits until all lists are known that its names refer to."""
    given = reader.entity(entity)
    if given is not None:
        exported = work.mapping.file.connections[work.mapping.file.entities[entity].from_].exports
        if exported is None:
            work.rows[entity] = cast_rows(entity, given, how(work.mapping, entity))
        if entity in _NAMED:
            work.directory.append(_directory_rows(entity, given))


def _take_exported(work: _Work, reader: Reader) -> None:
    """Give names their keys, and cast what came from exports."""
    for entity, given, violations in resolved(reader.exports, work.directory):
        work.rows[entity] = cast_rows(entity, given, how(work.mapping, entity))
        work.violations += violations
    for each in reader.exports.values():
        each.tell({entity: rows.violations for entity, rows in work.rows.items()})


def _take_log(work: _Work, reader: Reader, entity: str) -> None:
    """Read one change log, decode it, name its values and actors, and begin it where the mapping asks for that."""
    mapping, log, keys = work.mapping, work.mapping.file.change_logs[entity], work.keys(entity)
    where = mapping.where("change_logs", entity, "select")
    given = reader.log(entity)
    changes, violations = decode(entity, given, log, keys, mapping.file.stamps, mapping.file.zone, where)
    changes = _named(work, reader, entity, changes)
    if log.creation is not None:
        created, _ = derive.column(work.rows[entity], log.creation.at)
        if log.decoder == "new_value_only":
            first = {name: _column(work, entity, name, column) for name, column in log.creation.first.items()}
            changes = with_first(changes, created, first, as_span(log.creation.tolerance))
        for name, column in log.creation.now.items():
            now = _column(work, entity, name, column)
            if log.decoder == "new_value_only":
                changes, ends = ends_elsewhere(entity, changes, name, now, keys)
                violations += ends
            changes = begun(changes, name, created, now)
    violations += first_unknown(entity, changes, keys)
    work.logs[entity] = changes
    work.violations += violations


def _named(work: _Work, reader: Reader, entity: str, changes: Changes) -> Changes:
    """Labels for keys and kinds for actors, as the CRM has them."""
    log, keys = work.mapping.file.change_logs[entity], work.keys(entity)
    for name in log.labels:
        work.labels[entity, name] = reader.labels(entity, name)
        changes, lost = labelled(entity, changes, name, work.labels[entity, name], keys)
        work.violations += lost
    if log.actors is not None:
        changes, lost = told_apart(entity, changes, reader.actors(entity), keys)
        work.violations += lost
    return changes


def _column(work: _Work, entity: str, name: str, column: str) -> pa.Array:
    """A column of the record's SELECT that holds a value of a logged field, as the log names it."""
    text = pa.array(work.rows[entity].extras[column]).cast(pa.large_string())
    return renamed(text, work.labels.get((entity, name), {}))


def _derive(work: _Work, key: str, each: Derive) -> None:
    """Apply one entry of ``derive``."""
    check_words(work.mapping, key, each, work.labels)
    entity, _, name = key.partition(".")
    if each.makes_rows:
        _derive_rows(work, entity, each)
    elif entity in work.rows:
        _refuse_both(work, key, entity, name, each)
        work.rows[entity] = _derive_field(work, entity, name, each)


def _derive_rows(work: _Work, entity: str, each: Derive) -> None:
    parts = [
        derive_rows.rows_from_changes(entity, log, patterns, work.logs[log], work.keys(log))
        for log, patterns in (each.from_changes or {}).items()
        if log in work.logs
    ]
    parts += [
        derive_rows.intervals(log, interval, work.logs[log], work.keys(log))
        for log, interval in (each.intervals or {}).items()
        if log in work.logs
    ]
    if parts:
        since = promise(work.mapping, each.complete_since)
        work.rows[entity] = derive_rows.joined(entity, work.rows.get(entity), parts, since)


def _refuse_both(work: _Work, key: str, entity: str, name: str, each: Derive) -> None:
    there = work.rows[entity].frame.columns
    used = [evidence.column for evidence in each.first_of or []]
    if each.kinds and name in there and name not in used:
        do = f"leave it out of one; to weigh both, name it as evidence: {{column: {name}, says: column}}"
        raise work.mapping.error(f"{key} is both selected and derived", do, "derive", key)
    if any(evidence.says == "bot" for evidence in each.first_of or []) and BOTS in there:
        do = f"evidence that says bot goes there: leave {BOTS} out of the SELECT and of `derive`"
        raise work.mapping.error(f"{entity}.{BOTS} is given twice", do, "derive", key)
    if each.typed_at is not None and f"{name}__typed" in there:
        do = "leave it out of the SELECT, or `typed_at` out of `derive`"
        raise work.mapping.error(f"{name}__typed is both selected and derived", do, "derive", key)
    if each.kinds and f"{name}__from" in there:
        do = "leave it out of the SELECT: what is derived says itself where it came from"
        raise work.mapping.error(f"{name}__from is both selected and derived", do, "derive", key)


def _derive_field(work: _Work, entity: str, name: str, each: Derive) -> Rows:
    rows, log = work.rows[entity], work.logs.get(entity)
    log_map = work.mapping.file.change_logs.get(entity)
    since = promise(work.mapping, log_map.since(_change_of(each)) if log_map else None)
    found = derive.stamp(each, rows, log)
    if found is not None:
        rows = derive.put_stamp(rows, entity, name, found)
    robots = derive.by_bots(each, rows, log)
    if robots is not None:
        rows = derive.put_stamp(rows, entity, BOTS, robots)
    if log is not None and each.value_at is not None:
        labels = work.labels.get((entity, each.value_at.change), {})
        text, unsure = derive.value_at(each.value_at, rows, log, since, labels)
        values = work.mapping.file.entities[entity].values
        mapped = values.get(name, values.get(each.value_at.now))
        rows = derive.put_value(rows, entity, name, text, unsure, mapped)
    if log is not None and each.typed_at is not None:
        rows = derive.typed(rows, entity, name, each.typed_at, log)
    if each.kinds and each.first_of is None and since is not None:
        rows = replace(rows, facts=replace(rows.facts, since={name: since} | rows.facts.since))
    return rows


def _change_of(each: Derive) -> str:
    """The logged field that a derived one is read from."""
    patterns = (each.first_change, each.last_change, each.since_last_reopening, each.value_at, each.typed_at)
    return next((pattern.change for pattern in patterns if pattern is not None), "")


def _directory_rows(entity: str, given: Mapping[str, pa.Array]) -> pd.DataFrame:
    """Names and addresses of one entity's records, as text."""
    of = {"id": "id", "code": _NAMED[entity]} | {name: name for name in DIRECTORY}
    rows = len(given["id"])
    made = {
        name: pd.Series(as_text(given[column]).to_pylist() if column in given else [None] * rows, dtype="str")
        for name, column in of.items()
    }
    frame = pd.DataFrame({"entity": pd.Series([entity] * rows, dtype="str"), **made})
    return frame.dropna(subset=["id"]).drop_duplicates("id")


def _directory(parts: list[pd.DataFrame]) -> pd.DataFrame:
    empty = pd.DataFrame({name: pd.Series(dtype="str") for name in _DIRECTORY_COLUMNS})
    return pd.concat([empty, *parts], ignore_index=True).sort_values(["entity", "id"], ignore_index=True)
