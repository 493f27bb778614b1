"""Write a register: sheets a person can fill without a manual, and would hand over without shame.

One header row (large in the reader's language, small in the other), locked, so that sorting and filtering
leave it alone; every other cell is free. Lists drop down, dates and figures are checked while one types,
a new register shows two examples a sheet, and a guide in both
languages stands behind the sheets. The same content gives the same bytes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.exceptions import FileCreateError  # type: ignore[import-untyped]

from audits.errors import ClausewatchError, WrongUse
from audits.model import MODEL, Field
from config.whole import whole
from tasks.crm.register_guide import write_guide
from tasks.crm.register_look import Look
from tasks.crm.register_sheet import Lists, SheetWriter
from tasks.crm.register_words import (
    BY_NAME,
    ENTITIES,
    EXAMPLE,
    EXAMPLES,
    KINDS,
    columns,
    key_of,
    must_be_filled,
    shown,
)

#: Records of one entity: field -> value (naive local ``datetime``, ``date``, number, truth, word, text).
Rows = Sequence[Mapping[str, object]]


@dataclass(frozen=True)
class Sheets:
    """How the sheets of a register are made: with examples or not, with all columns or those in use."""

    examples: bool = False
    used: frozenset[str] | None = None

    def columns(self, entity: str) -> tuple[Field, ...]:
        """The columns of an entity's sheet."""
        return tuple(f for f in columns(entity) if self.used is None or self._kept(entity, f))

    def _kept(self, entity: str, field: Field) -> bool:
        belongs = field.ref not in ("", "document")
        return belongs or must_be_filled(entity, field.name) or f"{entity}.{field.name}" in (self.used or ())


def new_register(kinds: list[str], path: Path, lang: str = "zh", used: frozenset[str] | None = None) -> Path:
    """Write a register with the sheets of these kinds, empty but for two marked examples each (``KINDS``, or single entities).

    Args:
        kinds: e.g. ``["acceptance", "deliverable"]``; each entity gets its sheet once.
        path: the workbook, ``.xlsx``; it must not exist, for it might be filled.
        lang: ``zh`` or ``en``, the language in large.
        used: ``entity.field`` names that somebody reads; other columns are left out, but for numbers and
            whom or what a record belongs to. None: every column.

    Raises:
        WrongUse: unknown kind or language, another suffix, or a file of that name.
    """
    entities: dict[str, Rows] = {}
    for kind in kinds:
        if kind not in KINDS and kind not in ENTITIES:
            raise WrongUse(f"no register is of kind {kind!r}", "", f"known are: {', '.join(KINDS)}")
        entities |= dict.fromkeys(KINDS[kind].sheets if kind in KINDS else (kind,), ())
    if not entities:
        raise WrongUse("no kind was named", "", f"name one or more of: {', '.join(KINDS)}")
    if path.exists():
        raise WrongUse("a file of this name exists and may be filled", str(path), "choose another name")
    return _written(path, entities, lang, Sheets(examples=True, used=used))


def write_register(path: Path, rows: Mapping[str, Rows], lang: str = "zh") -> Path:
    """Write a register that holds these records, a sheet an entity; replaces the file as a whole.

    Raises:
        WrongUse: another language or suffix.
        ClausewatchError: the disk is full, or the folder may not be written.
        KeyError: an entity or field the model does not know.
    """
    return _written(path, rows, lang, Sheets())


def _written(path: Path, rows: Mapping[str, Rows], lang: str, sheets: "Sheets") -> Path:
    """The workbook, whole or not at all."""
    if lang not in ("zh", "en"):
        raise WrongUse(f"no register is written in {lang!r}", "", "choose zh or en")
    if path.suffix.lower() != ".xlsx":
        raise WrongUse("a register is an XLSX workbook", str(path), "end the name with .xlsx")
    try:
        with whole(path) as half:
            _write(half, rows, lang, sheets)
    except FileCreateError as error:
        found = f"the register cannot be written: {getattr(error.args[0], 'strerror', error)}"
        raise ClausewatchError(found, str(path), "make room, or choose another folder") from error
    return path


def _write(path: Path, rows: Mapping[str, Rows], lang: str, sheets: "Sheets") -> None:
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    book = xlsxwriter.Workbook(str(path), options)
    names = "、".join(MODEL[e].zh for e in rows) if lang == "zh" else ", ".join(MODEL[e].en for e in rows)
    title = f"登记簿：{names}" if lang == "zh" else f"Register: {names}"
    book.set_properties({"title": title, "author": "Clausewatch", "created": datetime(2026, 1, 1)})  # noqa: DTZ001
    look, lists = Look(book), Lists()
    fields = {entity: sheets.columns(entity) for entity in rows}
    for entity, records in rows.items():
        shown = _examples(entity, lang, fields) if sheets.examples else []
        SheetWriter(book, look, lists, entity, lang, fields).write(shown, records)
    for each in (lang, "en" if lang == "zh" else "zh"):
        write_guide(book, look, fields, each)
    lists.write(book)
    book.close()


def _examples(entity: str, lang: str, fields: Mapping[str, tuple[Field, ...]]) -> list[dict[str, object]]:
    """The examples of a sheet, marked by their number, as are the records of other sheets they point to."""
    kinds = {f.name: f for f in fields[entity]}
    marked = {name for name, f in kinds.items() if f.ref in fields and f.ref not in BY_NAME}
    marked.add(key_of(entity))
    return [
        {
            name: f"{EXAMPLE[lang]}-{value}"
            if name in marked
            else _as_typed(entity, kinds[name], value, lang)
            for name, value in example.items()
            if name in kinds
        }
        for example in EXAMPLES[entity]
    ]


def _as_typed(entity: str, field: Field, value: object, lang: str) -> object:
    if field.type == "ts":
        return datetime.fromisoformat(str(value))
    return shown(entity, field, value, lang) if field.type == "keys" else value
