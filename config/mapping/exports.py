"""The grammar's part for folders of exports: files instead of SELECTs, headers instead of column names.

``aliases.yaml`` beside this file knows the headers that helpdesks usually print, Chinese and English, by
canonical field; a mapping adds its house's own under ``columns``.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import yaml

from audits.model import MODEL
from config.mapping.model import Connection, EntityMap, MappingFile
from config.mapping.problem import Problem, unknown

ALIASES: Final = Path(__file__).with_name("aliases.yaml")
#: Entities that are lists of who and what there is: an old list drags no extract back.
LISTS: Final = ("customer", "staff", "team")
#: The printed number of an entity, which is its key where an export has no other.
NUMBERS: Final = {
    "case": "case_no",
    "customer": "code",
    "staff": "staff_no",
    "team": "code",
    "service_file": "file_no",
    "deliverable": "code",
    "acceptance": "code",
}
#: Columns beside the canonical ones that a mapping may take for the directory.
DIRECTORY: Final = ("name", "email", "phone")

_PARTS: Final = {"%Y": r"(?P<Y>20\d\d)", **{f"%{c}": rf"(?P<{c}>\d\d)" for c in "mdHMS"}}
_KEYS: Final = ("file", "sheet", "header_row", "columns")


def squeezed(header: str) -> str:
    """A header as it is compared: no case, no space, no underscore, no full-width signs, no mark of duty."""
    plain = unicodedata.normalize("NFKC", header).lower()
    return re.sub(r"[\s_\u200b\ufeff]+", "", plain).strip("*")


@lru_cache(maxsize=1)
def aliases() -> dict[str, dict[str, tuple[str, ...]]]:
    """entity -> field -> headers that mean it, the likeliest first, squeezed; the model's own names come last.

    A header means one field: what the table gives to a field is no longer another's own name.
    """
    said = yaml.safe_load(ALIASES.read_text(encoding="utf-8"))
    return {entity: _words(entity, said.get(entity, {})) for entity in MODEL}


def _words(entity: str, said: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    found = {name: tuple(dict.fromkeys(squeezed(word) for word in words)) for name, words in said.items()}
    taken = {word for words in found.values() for word in words}
    for name, field in MODEL[entity].fields.items():
        own = [squeezed(word) for word in (name, field.zh, field.en)]
        found[name] = found.get(name, ()) + tuple(word for word in dict.fromkeys(own) if word not in taken)
        taken |= set(own)
    return found


@lru_cache(maxsize=16)
def stamp_pattern(text: str) -> "re.Pattern[str]":
    """What finds an export's instant in its file's name, from a text such as ``_%Y%m%d_%H%M``.

    Raises:
        ValueError: year, month and day are not all there, or a part is unknown or stands twice.
    """
    parts = re.split(r"(%.)", text)
    used = [part for part in parts if part.startswith("%")]
    order = ["%Y", "%m", "%d", "%H", "%M", "%S"]
    if sorted(used) != sorted(order[: max(3, len(used))]) or len(used) > len(order):
        raise ValueError("it takes %Y, %m and %d, then perhaps %H, %M and %S, each once")
    return re.compile("".join(_PARTS.get(part, re.escape(part)) for part in parts))


def stamp_in(name: str, pattern: str, zone: str) -> tuple[datetime, bool] | None:
    """The instant a file's name tells, and whether it has a time of day (else: the day's first instant).

    None where the name does not tell one. Of an hour that came twice, the first is meant.
    """
    found = stamp_pattern(pattern).search(unicodedata.normalize("NFC", name))
    if found is None:
        return None
    parts = {key: int(value) for key, value in found.groupdict().items()}
    try:
        day = datetime(parts["Y"], parts["m"], parts["d"], tzinfo=ZoneInfo(zone))
        return day.replace(hour=parts.get("H", 0), minute=parts.get("M", 0), second=parts.get("S", 0)), (
            "H" in parts
        )
    except ValueError:
        return None


def check_instant(file: MappingFile) -> Iterator[Problem]:
    """An export was not taken now: its instant is declared, in the file's name, or the newest stamp."""
    exported = [name for name, each in file.connections.items() if each.exports is not None]
    used = [name for name, each in file.entities.items() if each.from_ in exported]
    if used and file.extracted_at == "now":
        do = "write extracted_at: file name (with `taken_at`), newest, or an instant such as 2026-09-30T18:00+08:00"
        yield Problem(("extracted_at",), "an export was taken at some time, not now", do)
    if file.extracted_at == "file name" and not used:
        do = "it is for folders of exports; write now, newest or an instant"
        yield Problem(("extracted_at",), "no entity comes from exports whose file name could tell", do)
    for name in exported if file.extracted_at == "file name" else ():
        if file.connections[name].taken_at is None:
            do = "say how names tell it, for example taken_at: _%Y%m%d_%H%M"
            yield Problem(("connections", name), "`extracted_at: file name` needs `taken_at`", do)


def check_connection(name: str, each: Connection) -> Iterator[Problem]:
    """The pattern of the file names is one."""
    if each.taken_at is not None:
        try:
            stamp_pattern(each.taken_at)
        except ValueError as error:
            do = f"{error}, for example _%Y%m%d_%H%M"
            yield Problem(
                ("connections", name, "taken_at"), f"`{each.taken_at}` finds no instant in a file name", do
            )


def check_entity(file: MappingFile, name: str, each: EntityMap) -> Iterator[Problem]:
    """An entity of a folder of exports says `file`, and its columns are fields; others say none of that."""
    at = ("entities", name)
    connection = file.connections.get(each.from_)
    if connection is None:
        return
    if connection.exports is None:
        for key in _KEYS:
            if getattr(each, key):
                do = "use it with a connection that has `exports: FOLDER`"
                yield Problem((*at, key), f"`{key}` belongs to a folder of exports", do)
        return
    if not each.files:
        yield Problem(
            at, "the `file` is missing", f'say which files hold it, for example file: "{name}*.xlsx"'
        )
    known = [*MODEL[name].fields, *DIRECTORY, *extra_columns(file, name)]
    known += [f"{f}__typed" for f, field in MODEL[name].fields.items() if field.type == "ts"]
    for field in each.columns:
        if field not in known:
            yield unknown((*at, "columns", field), f"field of {name}", field, known)


def extra_columns(file: MappingFile, name: str) -> list[str]:
    """Columns that are no canonical field but that the mapping uses elsewhere: in ``derive``, ``void`` ..."""
    each, log = file.entities[name], file.change_logs.get(name)
    found = [when.column for when in each.void.values()]
    found += [second.column for second in each.agrees_with.values()]
    found += [each.deleted or "", (each.cursor.column if each.cursor else None) or ""]
    if log is not None and log.creation is not None:
        found += [log.creation.at, *log.creation.now.values(), *log.creation.first.values()]
    for key, derived in file.derive.items():
        if key.partition(".")[0] == name:
            found += [evidence.column or "" for evidence in derived.first_of or []]
            found += [derived.value_at.at, derived.value_at.now] if derived.value_at else []
    return [column for column in dict.fromkeys(found) if column and column not in MODEL[name].fields]
