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
from config.mapping.days import as_instant
from config.mapping.model import Derive
from tasks.crm import derive, derive_rows
from tasks.crm.boundary import DIRECTORY, Rows, cast_rows, dangling, newest_stamp
from tasks.crm.changes import Changes
from tasks.crm.columns import as_text
from tasks.crm.cursors import Seen, seen
from tasks.crm.exports import Exports
from tasks.crm.exports.taking import instant_of_exports, resolved
from tasks.crm.histories import history
from tasks.crm.meaning import check_words, how, promise
from tasks.crm.policies import agreed, voided, without_bin, without_circles
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
        cursors: entity -> the cursor of each row, where the mapping declares one (``cursors.missed``).
    """

    facts: Facts
    directory: pd.DataFrame
    durations: dict[str, float]
    counts: dict[str, int]
    newest: dict[str, int | None]
    remarks: tuple[str, ...] = ()
    cursors: dict[str, Seen] = field(default_factory=dict)


@dataclass
class _Work:
    """An extraction under way."""

    mapping: CrmMapping
    rows: dict[str, Rows] = field(default_factory=dict)
    logs: dict[str, Changes] = field(default_factory=dict)
    labels: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)
    directory: list[pd.DataFrame] = field(default_factory=list)
    binned: dict[str, pa.Array] = field(default_factory=dict)
    cursors: dict[str, Seen] = field(default_factory=dict)
    seen_since: dict[str, int | None] = field(default_factory=dict)

    def keys(self, entity: str) -> pa.Array:
        """Ids of an entity's frame, in its order."""
        return pa.array(self.rows[entity].frame["id"]).cast(pa.large_string())


def extract(
    mapping: CrmMapping, *, now: datetime, progress: Progress | None = None, remember: bool = True
) -> Extract:
    """Read a source once, and give back all that an audit may know of it.

    Facts stamped after ``extracted_at`` are left in: judging masks them by its ``as_of``.

    Args:
        mapping: the source's mapping.
        now: the present instant, zone-aware.
        progress: told after each SELECT or sheet.
        remember: whether our own extracts (decoder ``snapshots``) keep what this one sees; a look that is no
            run, such as a check of the mapping, keeps nothing.

    Raises:
        MappingError, Refused, BoundaryError: the mapping is wrong; file and line are named.
        CrmError: the CRM is down, slow, refuses the login, or lacks what is selected.
        RegisterError, ExportError: cells that cannot be read.
    """
    if now.tzinfo is None:
        raise WrongUse(f"the instant {now} has no zone", do="give one with an offset, such as ...+08:00")
    work = _Work(mapping)
    now = _landed(mapping, now, progress)
    instant = _us(now)
    with Reader(mapping, progress, instant) as reader:
        for entity in mapping.file.entities:
            _take(work, reader, entity)
        work.violations += reader.violations
        _take_exported(work, reader)
        for entity in mapping.file.change_logs:
            if entity in work.rows:
                _take_log(work, reader, entity, instant, keep=remember)
    _take_cursors(work, instant)
    for makes_rows in (False, True):  # second sources see the SELECT's own rows, all their fields derived
        for key, each in mapping.file.derive.items():
            if each.makes_rows == makes_rows:
                _derive(work, key, each)
        if not makes_rows:
            _agree(work)
    facts = _facts(work, instant, reader.exports)
    newest = {entity: newest_stamp(frame, facts.extracted_at) for entity, frame in facts.frames.items()}
    remarks = tuple(remark for each in reader.exports.values() for remark in each.remarks)
    directory = _directory(work.directory)
    return Extract(facts, directory, reader.durations, reader.counts, newest, remarks, work.cursors)


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
    """Read one entity and place it; an exported one waits until all lists are known that its names refer to."""
    given = reader.entity(entity)
    if given is not None:
        exported = work.mapping.file.connections[work.mapping.file.entities[entity].from_].exports
        if exported is None:
            given = _place(work, entity, given)
        if entity in _NAMED:
            work.directory.append(_directory_rows(entity, given))


def _take_exported(work: _Work, reader: Reader) -> None:
    """Give names their keys, and place what came from exports."""
    for entity, given, violations in resolved(reader.exports, work.directory):
        _place(work, entity, given)
        work.violations += violations
    for each in reader.exports.values():
        each.tell({entity: rows.violations for entity, rows in work.rows.items()})


def _place(work: _Work, entity: str, given: dict[str, pa.Array]) -> dict[str, pa.Array]:
    """Leave out what is in the CRM's bin, cast the rest, and say which cases are void; the columns that stay."""
    each = work.mapping.file.entities[entity]
    if each.deleted is not None:
        given, work.binned[entity], told = without_bin(entity, given, each.deleted)
        work.violations += told
    rows = cast_rows(entity, given, how(work.mapping, entity))
    if entity == "case":
        _refuse_void(work, rows)
        rows = without_circles(rows)
        rows = voided(rows, each.void) if each.void else rows
    work.rows[entity] = rows
    return given


def _refuse_void(work: _Work, rows: Rows) -> None:
    if work.mapping.file.entities["case"].void and "void_reason" in rows.frame:
        do = "leave it out of the SELECT, or `void` out of the mapping"
        raise work.mapping.error("case.void_reason is given twice", do, "entities", "case", "void")


def _take_log(work: _Work, reader: Reader, entity: str, now: int, *, keep: bool) -> None:
    """Read one entity's history."""
    own = work.mapping.file.change_logs[entity].decoder == "snapshots"
    seen_at = _extracted_at(work.mapping, now, {}, reader.exports) if own else now
    binned = work.binned.get(entity, pa.array([], pa.large_string()))
    found = history(work.mapping, reader, entity, work.rows[entity], seen_at, binned=binned, keep=keep)
    work.logs[entity], work.seen_since[entity] = found.changes, found.since
    work.labels |= {(entity, name): labels for name, labels in found.labels.items()}
    work.violations += found.violations


def _take_cursors(work: _Work, now: int) -> None:
    """Where the mapping declares how to find what is new, see whether each row has it."""
    for entity, rows in work.rows.items():
        each = work.mapping.file.entities.get(entity)
        if each is not None and each.cursor is not None and each.cursor.kind != "full":
            work.cursors[entity], told = seen(entity, rows, each.cursor, now)
            work.violations += told


def _agree(work: _Work) -> None:
    """Hold stamps against their second sources."""
    for entity, each in work.mapping.file.entities.items():
        for name, agreement in each.agrees_with.items():
            rows = work.rows.get(entity)
            if rows is None:
                continue
            for given in (name, agreement.column):
                if given not in rows.frame and given not in rows.extras:
                    path = ("entities", entity, "agrees_with", name)
                    do = "select both, or derive the field"
                    raise work.mapping.error(f"there is no {given} to compare", do, *path)
            work.rows[entity] = agreed(rows, entity, name, agreement)


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
    since = _since(work, entity, log_map.since(_change_of(each)) if log_map else None)
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
    if each.kinds and _change_of(each) and since is not None:
        rows = replace(rows, facts=replace(rows.facts, since={name: since} | rows.facts.since))
    return rows


def _since(work: _Work, entity: str, promised: str | None) -> int | None:
    """Since when the history is known: as promised, or since our own first extract."""
    seen = work.seen_since.get(entity)
    return seen if seen is not None else promise(work.mapping, promised)


def _change_of(each: Derive) -> str:
    """The logged field that a derived one is read from."""
    patterns = (each.first_change, each.last_change, each.since_last_reopening, each.value_at, each.typed_at)
    logged = [evidence.change for evidence in each.first_of or [] if evidence.change]
    return next(iter([*logged, *(pattern.change for pattern in patterns if pattern is not None)]), "")


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
