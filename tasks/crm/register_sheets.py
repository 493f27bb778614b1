"""Write a register: sheets a person can fill without a manual, and would hand over without shame.

One header row (large in the reader's language, small in the other), locked, so that sorting and filtering
leave it alone; every other cell is free. Lists drop down, dates and figures are checked while one types,
and a guide with examples stands behind the sheets. The same content gives the same bytes.
"""

import math
import os
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.exceptions import FileCreateError  # type: ignore[import-untyped]

from audits.errors import ClausewatchError, WrongUse
from audits.model import MODEL, Field
from tasks.crm.register_guide import write_guide
from tasks.crm.register_look import DAY, DUTY, INK2, MINUTE, SECOND, Look, width_of
from tasks.crm.register_words import ENTITIES, KINDS, NO, YES, columns, label, must_be_filled

#: Rows that are checked while one types; more may be filled.
CHECKED_ROWS: Final = 5000
#: Characters that stay readable across one printed page.
PAGE_WIDTH: Final = 165
#: Records of one entity: field -> value (naive local ``datetime``, ``date``, number, truth, word, text).
Rows = Sequence[Mapping[str, object]]

_NOTE: Final = Field("note", "text", "备注", "note")
_TYPING: Final = {
    "date": ("请填日期时间，如 2026-09-01 09:05", "A date and time, e.g. 2026-09-01 09:05"),
    "whole": ("请填整数", "A whole number"),
    "decimal": ("请填数字，如 85.5", "A number, e.g. 85.5"),
    "list": ("请从下拉列表中选", "Choose from the list"),
    "custom": ("编号已用过，每条记录一个编号", "This number is taken; one number a record"),
}


def new_register(kinds: list[str], path: Path, lang: str = "zh") -> Path:
    """Write an empty register with the sheets of these kinds (``KINDS``, or single entities).

    Args:
        kinds: e.g. ``["acceptance", "deliverable"]``; each entity gets its sheet once.
        path: the workbook, ``.xlsx``; it must not exist, for it might be filled.
        lang: ``zh`` or ``en``, the language in large.

    Raises:
        WrongUse: unknown kind or language, another suffix, or a file of that name.
    """
    entities: dict[str, Rows] = {}
    for kind in kinds:
        if kind not in KINDS and kind not in ENTITIES:
            raise WrongUse(f"no register is of kind {kind!r}", "", f"known are: {', '.join(KINDS)}")
        entities |= dict.fromkeys(KINDS.get(kind, (kind,)), ())
    if not entities:
        raise WrongUse("no kind was named", "", f"name one or more of: {', '.join(KINDS)}")
    if path.exists():
        raise WrongUse("a file of this name exists and may be filled", str(path), "choose another name")
    return write_register(path, entities, lang)


def write_register(path: Path, rows: Mapping[str, Rows], lang: str = "zh") -> Path:
    """Write a register that holds these records, a sheet an entity; replaces the file as a whole.

    Raises:
        WrongUse: another language or suffix.
        ClausewatchError: the disk is full, or the folder may not be written.
        KeyError: an entity or field the model does not know.
    """
    if lang not in ("zh", "en"):
        raise WrongUse(f"no register is written in {lang!r}", "", "choose zh or en")
    if path.suffix.lower() != ".xlsx":
        raise WrongUse("a register is an XLSX workbook", str(path), "end the name with .xlsx")
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        _write(half, rows, lang)
        half.replace(path)
    except FileCreateError as error:
        found = f"the register cannot be written: {getattr(error.args[0], 'strerror', error)}"
        raise ClausewatchError(found, str(path), "make room, or choose another folder") from error
    finally:
        half.unlink(missing_ok=True)
    return path


def _write(path: Path, rows: Mapping[str, Rows], lang: str) -> None:
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    names = "、".join(MODEL[e].zh for e in rows) if lang == "zh" else ", ".join(MODEL[e].en for e in rows)
    title = f"登记簿：{names}" if lang == "zh" else f"Register: {names}"
    book.set_properties({"title": title, "author": "Clausewatch", "created": datetime(2026, 1, 1)})  # noqa: DTZ001
    look = Look(book)
    for entity, records in rows.items():
        _Sheet(book, look, entity, lang).write(records)
    write_guide(book, look, list(rows), lang)
    book.close()


class _Sheet:
    """One sheet being written: header, checks, rows."""

    def __init__(self, book: Any, look: Look, entity: str, lang: str) -> None:
        self.entity, self.lang, self.look = entity, lang, look
        self.fields, self.width = columns(entity), 28.0
        self.sheet = book.add_worksheet(MODEL[entity].en if lang == "en" else MODEL[entity].zh)

    def write(self, records: Rows) -> None:
        for at, field in enumerate(self.fields):
            self._column(at, field, [record.get(field.name) for record in records])
        for number, record in enumerate(records, start=1):
            self._row(number, record)
        self._note_column(len(records))
        self._manners()

    def _column(self, at: int, field: Field, values: list[object]) -> None:
        big, small = self._names(field)
        star = " *" if must_be_filled(self.entity, field.name) else ""
        seconds = any(isinstance(v, datetime) and v.second for v in values)
        width = width_of(field, f"{big}{star}\n{small}", seconds=seconds)
        self.sheet.set_column(at, at, width, self.look.cell(field))
        self.width += width
        self._header(at, field, star)
        check = self._check(at, field)
        if check:
            self.sheet.data_validation(1, at, CHECKED_ROWS, at, check)

    def _header(self, at: int, field: Field, star: str) -> None:
        big, small = self._names(field)
        runs = [self.look.words(bold=True), big]
        runs += [self.look.words(color=DUTY, bold=True), star] if star else []
        runs += [self.look.words(size=8, color=INK2), f"\n{small}"]
        self.sheet.write_rich_string(0, at, *runs, self.look.head(field))

    def _check(self, at: int, field: Field) -> dict[str, object] | None:
        """What the sheet itself refuses while one types; reading checks again."""
        check: dict[str, object]
        if field.type in ("ts", "date"):
            check = {"validate": "date", "criteria": "between"}
            check |= {"minimum": date(1990, 1, 1), "maximum": date(2099, 12, 31)}
        elif field.type == "int":
            check = {"validate": "integer", "criteria": ">=", "value": 0}
        elif field.type == "decimal":
            check = {"validate": "decimal", "criteria": "between", "minimum": -1000, "maximum": 1000}
        elif field.type == "bool":
            check = {"validate": "list", "source": [self._truth(True), self._truth(False)]}
        elif field.type == "enum":
            words = [label(self.entity, field.name, value, self.lang) for value in field.values]
            check = {"validate": "list", "source": words}
        elif at == 0:
            check = {"validate": "custom", "value": f"=COUNTIF($A$2:$A${CHECKED_ROWS + 1},$A2)=1"}
        else:
            return None
        kind = {"integer": "whole"}.get(str(check["validate"]), str(check["validate"]))
        return check | {"error_message": _TYPING[kind][self.lang == "en"], "error_title": field.zh[:32]}

    def _row(self, number: int, record: Mapping[str, object]) -> None:
        unknown = set(record) - {field.name for field in self.fields}
        if unknown:
            raise KeyError(f"{self.entity} has no column {', '.join(sorted(unknown))}")
        for at, field in enumerate(self.fields):
            self._cell(number, at, field, record.get(field.name))

    def _cell(self, number: int, at: int, field: Field, value: object) -> None:
        if value is None:
            self.sheet.write_blank(number, at, None, self.look.cell(field, filled=True))
        elif isinstance(value, datetime):
            shown_as = SECOND if value.second or value.microsecond else MINUTE
            self.sheet.write_datetime(number, at, value, self.look.cell(field, shown_as, filled=True))
        elif isinstance(value, date):
            self.sheet.write_datetime(number, at, value, self.look.cell(field, DAY, filled=True))
        elif isinstance(value, bool):
            self.sheet.write_string(number, at, self._truth(value), self.look.cell(field, filled=True))
        elif isinstance(value, int | float | Decimal):
            self.sheet.write_number(number, at, value, self.look.cell(field, filled=True))
        else:
            word = (
                label(self.entity, field.name, str(value), self.lang) if field.type == "enum" else str(value)
            )
            self.sheet.write_string(number, at, word, self.look.cell(field, filled=True))

    def _truth(self, value: bool) -> str:
        return (YES if value else NO)[self.lang == "en"]

    def _names(self, field: Field) -> tuple[str, str]:
        return (field.zh, field.en) if self.lang == "zh" else (field.en, field.zh)

    def _note_column(self, rows: int) -> None:
        """A column of the people's own, so that nobody needs to add one."""
        at = len(self.fields)
        self.sheet.set_column(at, at, 28, self.look.cell(_NOTE))
        self._header(at, _NOTE, "")
        for number in range(1, rows + 1):
            self.sheet.write_blank(number, at, None, self.look.cell(_NOTE, filled=True))

    def _manners(self) -> None:
        """Frozen, filtered, printable, and locked in the header row only."""
        sheet, last = self.sheet, len(self.fields)
        sheet.set_row(0, 36)
        sheet.set_default_row(19)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, CHECKED_ROWS, last)
        sheet.protect("", {"sort": True, "autofilter": True, "format_cells": True, "format_columns": True}
                      | {"format_rows": True, "insert_rows": True, "delete_rows": True})  # fmt: skip
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.set_margins(0.4, 0.4, 0.6, 0.6)
        sheet.fit_to_pages(math.ceil(self.width / PAGE_WIDTH), 0)
        sheet.repeat_rows(0)
        sheet.repeat_columns(0)
        sheet.set_footer("&L&8&A&R&8&P / &N")
        sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{CHECKED_ROWS}"})
