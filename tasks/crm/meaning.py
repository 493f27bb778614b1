"""What a mapping means for the boundary and for deriving, entity by entity."""

from collections.abc import Iterator, Mapping
from typing import Any

from audits.model import MODEL
from config.mapping import Mapping as CrmMapping
from config.mapping.days import as_instant
from config.mapping.model import Derive, EntityMap
from tasks.crm.boundary import How


def how(mapping: CrmMapping, entity: str) -> How:
    """The boundary's instructions for one entity."""
    file, each = mapping.file, mapping.file.entities[entity]
    default = "naive local" if each.select is None else file.stamps
    return How(
        zone=file.zone,
        stamps=each.stamps if isinstance(each.stamps, str) else default,
        by_field=each.stamps if isinstance(each.stamps, dict) else {},
        since={name: as_instant(day, file.zone) for name, day in each.since.items()},
        complete_since=promise(mapping, each.complete_since),
        precision=each.precision,
        values=each.values,
        extra=_extra(mapping, entity),
        derived=frozenset(_derived(mapping, entity)),
        where=mapping.where("entities", entity, "select"),
    )


def promise(mapping: CrmMapping, day: str | None) -> int | None:
    """A day of the mapping in microseconds; None where nothing is promised."""
    return None if day is None else as_instant(day, mapping.file.zone)


def _derived(mapping: CrmMapping, entity: str) -> Iterator[str]:
    for key, each in mapping.file.derive.items():
        name, _, target = key.partition(".")
        if name == entity and target and each.kinds:
            yield target


def _extra(mapping: CrmMapping, entity: str) -> dict[str, str]:
    """Columns of the SELECT that only feed what the mapping makes of them: ``ts``, or ``code`` for raw text."""
    extra: dict[str, str] = {}
    for key, each in mapping.file.derive.items():
        if key.partition(".")[0] == entity:
            for evidence in each.first_of or []:
                extra |= {evidence.column: "ts"} if evidence.column else {}
            if each.value_at is not None:
                extra |= {each.value_at.at: "ts", each.value_at.now: "code"}
    log = mapping.file.change_logs.get(entity)
    if log is not None:
        extra |= dict.fromkeys(log.fields if log.decoder == "snapshots" else (), "code")
        if log.creation is not None:
            values = (*log.creation.now.values(), *log.creation.first.values())
            extra |= {log.creation.at: "ts"} | dict.fromkeys(values, "code")
    extra |= _of_policies(mapping.file.entities[entity])
    fields = MODEL[entity].fields
    return {name: kind for name, kind in extra.items() if kind == "code" or name not in fields}


def _of_policies(each: EntityMap) -> dict[str, str]:
    """Columns that say what is in the bin, void, new, or a second source."""
    extra = dict.fromkeys((agreement.column for agreement in each.agrees_with.values()), "ts")
    if each.deleted is not None:
        extra[each.deleted] = "code"
    if each.cursor is not None and each.cursor.column is not None:
        extra[each.cursor.column] = "ts" if each.cursor.kind == "timestamp" else "code"
    return extra | dict.fromkeys((when.column for when in each.void.values()), "code")


def check_words(
    mapping: CrmMapping, key: str, each: Derive, labels: Mapping[tuple[str, str], Mapping[str, str]]
) -> None:
    """Refuse a value that the CRM's own labels do not know: it would never match, silently.

    Raises:
        MappingError: the value, and what the CRM has.
    """
    for log, change, words in _words_used(key, each):
        known = set(labels[log, change].values()) if (log, change) in labels else set(words)
        for word in words:
            if word not in known:
                do = f"it has: {', '.join(sorted(known))}"
                raise mapping.error(f"the CRM has no {change} `{word}`", do, "derive", key)


def _words_used(key: str, each: Derive) -> Iterator[tuple[str, str, list[str]]]:
    """Every (log, field, values) that an entry of ``derive`` compares with."""
    entity = key.partition(".")[0]
    patterns: list[tuple[str, Any]] = [
        (entity, evidence) for evidence in each.first_of or [] if evidence.change
    ]
    for pattern in (each.first_change, each.last_change, each.since_last_reopening, each.typed_at):
        patterns += [(entity, pattern)] if pattern else []
    for log, kinds in (each.from_changes or {}).items():
        patterns += [(log, pattern) for pattern in kinds.values()]
    for log, pattern in patterns:
        yield log, pattern.change, [*pattern.to, *pattern.from_]
    for log, interval in (each.intervals or {}).items():
        yield log, interval.change, list(interval.while_)
