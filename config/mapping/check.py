"""What a mapping says, held against the canonical model and against itself."""

import re
from collections.abc import Iterable, Iterator
from typing import Final
from zoneinfo import ZoneInfo

from audits.model import MODEL, Field
from config.mapping.days import as_instant
from config.mapping.exports import check_connection, check_entity, check_instant
from config.mapping.model import (
    Actors,
    Change,
    ChangeLog,
    Connection,
    Derive,
    EntityMap,
    Evidence,
    Interval,
    MappingFile,
    RowChange,
    ValueAt,
)
from config.mapping.problem import Problem, unknown

#: Entities whose rows a change log can give: column of the pattern's name, column of the instant.
ROWS: Final = {"case_event": ("kind", "at"), "escalation": ("target_role", "triggered_at")}
#: Stamps that may be known only to lie between two extracts: the checks that judge them take bounds.
BOUND_FIELDS: Final = frozenset({"case.first_response_at", "case.resolved_at", "case.closed_at"})
_PASSWORD = re.compile(r"://[^/@:]*:([^/@]+)@")


def check(file: MappingFile) -> list[Problem]:
    """Everything that is wrong with a mapping whose shape is right."""
    head = list(_head(file))
    if any(problem.path == ("zone",) for problem in head):
        return head  # no day can be read without a zone
    return [
        *head,
        *(p for name, each in file.connections.items() for p in _connection(name, each)),
        *(p for name, each in file.entities.items() for p in _entity(file, name, each)),
        *(p for name, each in file.change_logs.items() for p in _change_log(file, name, each)),
        *(p for key, each in file.derive.items() for p in _derive(file, key, each)),
    ]


def _head(file: MappingFile) -> Iterator[Problem]:
    try:
        ZoneInfo(file.zone)
    except (ValueError, OSError, KeyError):
        yield Problem(("zone",), f"`{file.zone}` is no time zone", "use an IANA name such as Asia/Shanghai")
        return
    yield from _zone(file.stamps, ("stamps",))
    yield from check_instant(file)
    if file.extracted_at not in ("now", "newest", "file name"):
        yield from _day(file, file.extracted_at, ("extracted_at",), "now, newest or an instant with offset")


def _zone(form: str | None, at: tuple[str | int, ...]) -> Iterator[Problem]:
    """The zone that a form of local stamps may name."""
    name = (form or "").removeprefix("naive local").strip() if (form or "").startswith("naive local") else ""
    try:
        if name:
            ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        yield Problem(at, f"`{name}` is no time zone", "use an IANA name such as Europe/Berlin")


def _connection(name: str, each: Connection) -> Iterator[Problem]:
    for key in ("url", "default"):
        value = getattr(each, key) or ""
        secret = _PASSWORD.search(value)
        if secret and "${" not in secret[1]:
            yield Problem(
                ("connections", name, key),
                "a password is written into the mapping",
                "take it from the environment: ${NAME}; mappings travel with every snapshot",
            )
    if "${" in (each.default or "") + (each.folder or ""):
        key = "default" if each.default else "folder"
        yield Problem(("connections", name, key), "${...} stands only in `url`", "write the plain value here")
    yield from check_connection(name, each)


def _entity(file: MappingFile, name: str, each: EntityMap) -> Iterator[Problem]:
    at = ("entities", name)
    if name not in MODEL:
        yield unknown(at, "canonical entity", name, MODEL)
        return
    yield from _source(file, each.from_, at, each.select)
    fields = MODEL[name].fields
    stamps = [f for f, field in fields.items() if field.type == "ts"]
    forms = each.stamps if isinstance(each.stamps, dict) else {}
    yield from _names(forms, (*at, "stamps"), name, [*stamps, *_second(each)])
    for field, form in forms.items():
        yield from _zone(form, (*at, "stamps", field))
    yield from _zone(each.stamps if isinstance(each.stamps, str) else None, (*at, "stamps"))
    yield from _names(each.agrees_with, (*at, "agrees_with"), name, stamps)
    if each.void and name != "case":
        yield Problem((*at, "void"), f"`{name}` has no void_reason", "only a case can be void")
    yield from check_entity(file, name, each)
    if (
        each.select is None
        and not each.file
        and (each.deleted or each.cursor or each.void or each.agrees_with)
    ):
        do = "leave `deleted`, `cursor`, `void` and `agrees_with` out: a register's columns are fixed"
        yield Problem(at, f"the sheet of `{name}` has no columns of its own", do)
    yield from _names(each.precision, (*at, "precision"), name, stamps)
    yield from _names(each.since, (*at, "since"), name, fields)
    for field, day in each.since.items():
        yield from _day(file, day, (*at, "since", field))
    if each.complete_since is not None:
        yield from _day(file, each.complete_since, (*at, "complete_since"))
    for field in each.values:
        yield from _values(name, field, each, (*at, "values", field))


def _second(each: EntityMap) -> list[str]:
    """Columns that are no canonical field but hold an instant."""
    return [agreement.column for agreement in each.agrees_with.values()]


def _source(
    file: MappingFile, connection: str, at: tuple[str | int, ...], select: str | None
) -> Iterator[Problem]:
    if connection not in file.connections:
        yield unknown((*at, "from"), "connection", connection, file.connections)
        return
    folder = file.connections[connection].url is None
    if folder and select is not None:
        do = "leave `select` out; its sheets and files are the source"
        yield Problem((*at, "select"), f"`{connection}` is a folder, not a database", do)
    if not folder and select is None:
        yield Problem(at, "the `select` is missing", f"give one SELECT for `{at[-1]}`")


def _values(name: str, field: str, each: EntityMap, at: tuple[str | int, ...]) -> Iterator[Problem]:
    known = MODEL[name].fields.get(field)
    if known is None or known.type not in ("enum", "bool", "keys"):
        kinds = [f for f, found in MODEL[name].fields.items() if found.type in ("enum", "bool", "keys")]
        yield unknown(at, f"list or truth of {name}", field, kinds)
        return
    words = ("true", "false") if known.type == "bool" else known.values
    for theirs, ours in each.values[field].items():
        if known.type != "keys" and ours is not None and ours not in words:
            yield unknown((*at, theirs), f"value of {name}.{field}", ours, words)


def _change_log(file: MappingFile, name: str, each: ChangeLog) -> Iterator[Problem]:
    at = ("change_logs", name)
    if name not in file.entities:
        yield Problem(at, f"there is no entity `{name}` whose changes these are", "add it under `entities`")
    if each.decoder == "snapshots":
        yield from _own_extracts(file, name, each, at)
    elif each.from_ is not None:
        yield from _source(file, each.from_, at, each.select)
    yield from _zone(each.stamps, (*at, "stamps"))
    used = list(each.fields.values())
    yield from _names(each.labels, (*at, "labels"), "the log", used)
    if each.creation is not None:
        yield from _names(each.creation.now, (*at, "creation", "now"), "the log", used)
        yield from _names(each.creation.first, (*at, "creation", "first"), "the log", used)
    promised = each.complete_since
    if isinstance(promised, dict):
        yield from _names(promised, (*at, "complete_since"), "the log", used)
        for field, day in promised.items():
            yield from _day(file, day, (*at, "complete_since", field))
    elif promised is not None:
        yield from _day(file, promised, (*at, "complete_since"))


def _own_extracts(file: MappingFile, name: str, each: ChangeLog, at: tuple[str, ...]) -> Iterator[Problem]:
    """What our own extracts need and cannot give: they have an instant of their own, and see no instants."""
    if each.complete_since is not None:
        do = "leave it out: they know the values since the first of them, and nothing between two"
        yield Problem((*at, "complete_since"), "our own extracts cannot promise to miss nothing", do)
    for key, derived in file.derive.items():
        if key.startswith(f"{name}.") and derived.reads_log and key not in BOUND_FIELDS:
            do = f"they can give: {', '.join(sorted(BOUND_FIELDS))}, and a value_at"
            yield Problem(("derive", key), f"our own extracts cannot give {key}: it would be a bound", do)
    if file.extracted_at == "newest":
        do = "say `extracted_at: now`, or the instant of the export"
        yield Problem(at, "the newest stamp is not the instant at which rows were seen", do)
    asks = bool(each.labels) or (each.actors is not None and _selects(each.actors))
    if asks and each.from_ is None:
        yield Problem(at, "`labels` and `actors` are SELECTs", "say `from` which connection they come")
    if each.from_ is not None and each.from_ not in file.connections:
        yield unknown((*at, "from"), "connection", each.from_, file.connections)


def _selects(actors: Actors) -> bool:
    return any(isinstance(kind, str) for kind in (actors.staff, actors.customer, actors.bot))


def _derive(file: MappingFile, key: str, each: Derive) -> Iterator[Problem]:
    at = ("derive", key)
    name, _, field = key.partition(".")
    if name not in MODEL:
        yield unknown(at, "canonical entity", name, MODEL)
    elif each.makes_rows:
        yield from _rows(file, key, each)
    elif field not in MODEL[name].fields:
        yield unknown(at, f"field of {name}", field, MODEL[name].fields)
    elif name not in file.entities:
        yield Problem(at, f"`{name}` has no SELECT, so its fields cannot be derived", "add it to `entities`")
    else:
        yield from _field(file, MODEL[name].fields[field], name, each, at)


def _field(
    file: MappingFile, field: Field, name: str, each: Derive, at: tuple[str | int, ...]
) -> Iterator[Problem]:
    if field.type != "ts" and each.kinds != ["value_at"]:
        yield Problem(at, f"{name}.{field.name} is no instant", "only `value_at` can derive it")
    for pattern, path in _patterns(each):
        if pattern.change is not None:
            yield from _change(file, name, pattern.change, (*at, *path))
            yield from _kinds(file, name, pattern, (*at, *path))
    for place, evidence in enumerate(each.first_of or []):
        if evidence.says == "bot" and (name, field.name) != ("case", "first_response_at"):
            path = (*at, "first_of", place, "says")
            yield Problem(path, "only a case's first response tells bots apart", "say what it proves")
    reopening = each.since_last_reopening
    if reopening is not None and (not reopening.to or _narrowed(reopening)):
        path = (*at, "since_last_reopening")
        yield Problem(path, "it takes `change` and `to`, and nothing else", "name the values that mean done")


def _narrowed(pattern: Change) -> bool:
    """Whether a pattern looks at more than the value changed to."""
    actors = (pattern.by, pattern.not_by, pattern.by_kind, pattern.not_by_kind)
    return bool(pattern.from_) or any(actors)


def _kinds(
    file: MappingFile, log: str, pattern: Change | Evidence | ValueAt, at: tuple[str | int, ...]
) -> Iterator[Problem]:
    """Kinds of actors that a pattern names are kinds that the log's ``actors`` tell apart."""
    if isinstance(pattern, ValueAt) or log not in file.change_logs:
        return
    actors = file.change_logs[log].actors
    for kind in (*pattern.by_kind, *pattern.not_by_kind):
        if actors is None or not getattr(actors, kind):
            do = f"name them: `change_logs: {{{log}: {{actors: {{{kind}: ...}}}}}}`"
            yield Problem(at, f"the change log of {log} does not say who is {kind}", do)


def _patterns(each: Derive) -> Iterator[tuple[Change | Evidence | ValueAt, tuple[str | int, ...]]]:
    for at, evidence in enumerate(each.first_of or []):
        yield evidence, ("first_of", at, "change")
    for kind in ("first_change", "last_change", "since_last_reopening", "value_at", "typed_at"):
        if getattr(each, kind) is not None:
            yield getattr(each, kind), (kind, "change")


def _rows(file: MappingFile, name: str, each: Derive) -> Iterator[Problem]:
    at: tuple[str | int, ...] = ("derive", name)
    if each.typed_at is not None:
        yield Problem((*at, "typed_at"), "`typed_at` belongs to a field", "write it under `entity.field`")
    if each.complete_since is not None:
        yield from _day(file, each.complete_since, (*at, "complete_since"))
    if each.intervals is not None:
        if name != "pause":
            yield Problem(at, f"intervals make pauses, not `{name}`", "write them under `pause`")
            return
        for log, interval in each.intervals.items():
            yield from _interval(file, log, interval, (*at, "intervals", log))
        return
    if name not in ROWS:
        yield Problem(at, f"changes cannot make rows of `{name}`", f"they can of: {', '.join(ROWS)}")
        return
    for log, kinds in (each.from_changes or {}).items():
        yield from _linked(file, name, log, (*at, "from_changes", log))
        for kind, pattern in kinds.items():
            yield from _row_change(file, name, log, kind, pattern)


def _linked(file: MappingFile, name: str, log: str, at: tuple[str | int, ...]) -> Iterator[Problem]:
    """Rows of an entity can come from a log only where they have a field that names its record."""
    if log not in file.change_logs:
        yield unknown(at, "change log", log, file.change_logs)
    elif file.change_logs[log].decoder == "snapshots":
        do = "derive fields instead; what lies between two extracts has no instant of its own"
        yield Problem(at, "our own extracts give no rows", do)
    elif f"{log}_id" not in MODEL[name].fields:
        yield Problem(at, f"`{name}` has no field {log}_id", "use the log of an entity it refers to")


def _row_change(file: MappingFile, name: str, log: str, kind: str, pattern: RowChange) -> Iterator[Problem]:
    at = ("derive", name, "from_changes", log, kind)
    words = MODEL[name].fields[ROWS[name][0]].values
    if kind not in words:
        yield unknown(at, f"value of {name}.{ROWS[name][0]}", kind, words)
    if log in file.change_logs:
        yield from _change(file, log, pattern.change, (*at, "change"))
        yield from _kinds(file, log, pattern, at)
    if pattern.becomes is not None:
        refs = [f for f, field in MODEL[name].fields.items() if field.ref == "staff"]
        yield from _names([pattern.becomes], (*at, "becomes"), name, refs)


def _interval(
    file: MappingFile, log: str, interval: Interval, at: tuple[str | int, ...]
) -> Iterator[Problem]:
    yield from _linked(file, "pause", log, at)
    if log in file.change_logs:
        yield from _change(file, log, interval.change, (*at, "change"))
    if isinstance(interval.while_, dict):
        words = MODEL["pause"].fields["reason"].values
        for value, reason in interval.while_.items():
            if reason not in words:
                yield unknown((*at, "while", value), "reason of a pause", reason, words)


def _change(file: MappingFile, log: str, name: str, at: tuple[str | int, ...]) -> Iterator[Problem]:
    if log not in file.change_logs:
        yield Problem(at, f"there is no change log of `{log}`", f"add it under `change_logs: {{{log}: ...}}`")
    elif name not in file.change_logs[log].fields.values():
        yield unknown(at, f"field of the change log of {log}", name, file.change_logs[log].fields.values())


def _names(
    given: Iterable[str], at: tuple[str | int, ...], owner: str, known: Iterable[str]
) -> Iterator[Problem]:
    words = list(known)
    for name in given:
        if name not in words:
            yield unknown((*at, name), f"field of {owner} here", name, words)


def _day(
    file: MappingFile, text: str, at: tuple[str | int, ...], wanted: str = "a day such as 2026-01-01"
) -> Iterator[Problem]:
    try:
        as_instant(text, file.zone)
    except (ValueError, OSError, KeyError):
        yield Problem(at, f"`{text}` is no day", f"write {wanted}")
