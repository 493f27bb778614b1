"""One sheet of a register being written: its header, its checks, its rows and its manners."""

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from audits.model import MODEL, Field
from tasks.crm.register_look import DAY, DUTY, INK2, MINUTE, SECOND, Look, columns_of, width_of
from tasks.crm.register_words import LISTS, NO, YES, key_of, label, must_be_filled, shown

#: Rows that are checked while one types; more may be filled.
CHECKED_ROWS: Final = 5000
#: Characters that stay readable across one printed page.
PAGE_WIDTH: Final = 165
#: A workbook holds no longer list beside a cell; longer ones stand on a sheet of their own.
_LONGEST_LIST: Final = 255
_LAST_COLUMN: Final = 16_383

_NOTE: Final = Field("note", "text", "备注", "note")
_TYPING: Final = {
    "date": ("请填日期时间，如 2026-09-01 09:05", "A date and time, e.g. 2026-09-01 09:05"),
    "integer": ("请填整数", "A whole number"),
    "decimal": ("请填数字，如 85.5", "A number, e.g. 85.5"),
    "list": ("请从下拉列表中选", "Choose from the list"),
    "custom": ("编号已用过，每条记录一个编号", "This number is taken; one number a record"),
}


class Lists:
    """Drop-down lists too long to stand beside a cell: columns of a hidden sheet."""

    def __init__(self) -> None:
        self._columns: list[list[str]] = []

    def source(self, words: list[str]) -> list[str] | str:
        """What a drop-down takes its words from: the words themselves, or their place on the hidden sheet."""
        if len(",".join(words)) <= _LONGEST_LIST:
            return words
        self._columns.append(words)
        at = chr(ord("A") + len(self._columns) - 1)
        return f"='{LISTS}'!${at}$1:${at}${len(words)}"

    def write(self, book: Any) -> None:
        """Add the hidden sheet, where any list is long."""
        if self._columns:
            sheet = book.add_worksheet(LISTS)
            for at, words in enumerate(self._columns):
                sheet.write_column(0, at, words)
            sheet.hide()


class SheetWriter:
    """Writes the sheet of one entity.

    Args:
        fields: entity -> its columns, for all sheets of the workbook; references to them drop down.
    """

    def __init__(
        self,
        book: Any,
        look: Look,
        lists: Lists,
        entity: str,
        lang: str,
        fields: Mapping[str, tuple[Field, ...]],
    ) -> None:
        self.entity, self.lang, self.look, self.lists = entity, lang, look, lists
        self.fields, self.together, self.width = fields[entity], frozenset(fields), 28.0
        self.sheet = book.add_worksheet(self._title(entity))

    def write(
        self, examples: Sequence[Mapping[str, object]], records: Sequence[Mapping[str, object]]
    ) -> None:
        """Write header, examples and records, then make the sheet pleasant."""
        rows = [*examples, *records]
        for at, field in enumerate(self.fields):
            self._column(at, field, [record.get(field.name) for record in rows], max(CHECKED_ROWS, len(rows)))
        for number, record in enumerate(rows, start=1):
            self._row(number, record, example=number <= len(examples))
        self._note_column(len(rows))
        self._manners(max(CHECKED_ROWS, len(rows)))

    def _title(self, entity: str) -> str:
        return MODEL[entity].en if self.lang == "en" else MODEL[entity].zh

    def _column(self, at: int, field: Field, values: list[object], last: int) -> None:
        big, small = self._names(field)
        star = " *" if must_be_filled(self.entity, field.name) else ""
        seconds = any(isinstance(v, datetime) and v.second for v in values)
        width = width_of(field, f"{big}{star}\n{small}", seconds=seconds)
        if field.name == key_of(self.entity):  # frozen, and what people look a record up by
            width = max(width, min(max(columns_of(str(v or "")) for v in [*values, ""]) + 3, 28))
        self.sheet.set_column(at, at, width, self.look.cell(field))
        self.width += width
        self._header(at, field, star)
        check = self._check(field, last)
        if check:
            said = _TYPING[str(check["validate"])][self.lang == "en"]
            self.sheet.data_validation(
                1, at, last, at, {"error_message": said, "error_title": big[:32]} | check
            )

    def _header(self, at: int, field: Field, star: str) -> None:
        big, small = self._names(field)
        runs = [self.look.words(bold=True), big]
        runs += [self.look.words(color=DUTY, bold=True), star] if star else []
        runs += [self.look.words(size=8, color=INK2), f"\n{small}"]
        self.sheet.write_rich_string(0, at, *runs, self.look.head(field))

    def _check(self, field: Field, last: int) -> dict[str, object] | None:
        """What the sheet itself refuses while one types; reading checks again."""
        if field.name == key_of(self.entity):
            return {"validate": "custom", "value": f"=COUNTIF($A$2:$A${last + 1},$A2)=1"}
        match field.type:
            case "ts" | "date":
                check: dict[str, object] = {"validate": "date", "criteria": "between"}
                return check | {"minimum": date(1990, 1, 1), "maximum": date(2099, 12, 31)}
            case "int":
                return {"validate": "integer", "criteria": ">=", "value": 0}
            case "decimal":
                most = 1000 if "%" in field.zh else 10**9
                return {"validate": "decimal", "criteria": "between", "minimum": -most, "maximum": most}
            case "bool":
                return {"validate": "list", "source": [self._truth(True), self._truth(False)]}
            case "enum":
                words = [label(self.entity, field.name, value, self.lang) for value in field.values]
                return {"validate": "list", "source": self.lists.source(words)}
            case "ref" if field.ref in self.together and field.ref != self.entity:
                numbers = f"='{self._title(field.ref)}'!$A$2:$A${CHECKED_ROWS + 1}"
                return {"validate": "list", "source": numbers, "show_error": False}  # it may stand elsewhere
        return None

    def _row(self, number: int, record: Mapping[str, object], *, example: bool) -> None:
        unknown = set(record) - {field.name for field in self.fields}
        if unknown:
            raise KeyError(f"{self.entity} has no column {', '.join(sorted(unknown))}")
        for at, field in enumerate(self.fields):
            self._cell(number, at, field, record.get(field.name), example=example)

    def _cell(self, number: int, at: int, field: Field, value: object, *, example: bool) -> None:
        def look(shown_as: str = "") -> object:
            return self.look.cell(field, shown_as, filled=True, example=example)

        if value is None:
            self.sheet.write_blank(number, at, None, look())
        elif isinstance(value, datetime):
            exact = SECOND if value.second or value.microsecond else MINUTE
            self.sheet.write_datetime(number, at, value, look(exact))
        elif isinstance(value, date):
            self.sheet.write_datetime(number, at, value, look(DAY))
        elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            self.sheet.write_number(number, at, value, look())
        elif field.type == "keys":
            self.sheet.write_string(number, at, str(value), look())
        else:
            self.sheet.write_string(number, at, shown(self.entity, field, value, self.lang), look())

    def _truth(self, value: bool) -> str:
        return (YES if value else NO)[self.lang == "en"]

    def _names(self, field: Field) -> tuple[str, str]:
        return (field.zh, field.en) if self.lang == "zh" else (field.en, field.zh)

    def _note_column(self, rows: int) -> None:
        """A column of the people's own, so that nobody needs to add one; what lies beyond it is free."""
        at = len(self.fields)
        self.sheet.set_column(at, at, 28, self.look.cell(_NOTE))
        self.sheet.set_column(at + 1, at + 1, None, self.look.cell(_NOTE))
        free = self.sheet.col_info[
            at + 1
        ]  # one for all: 16,000 of them, each made anew, take a quarter second
        self.sheet.col_info |= dict.fromkeys(range(at + 2, _LAST_COLUMN + 1), free)
        self._header(at, _NOTE, "")
        for number in range(1, rows + 1):
            self.sheet.write_blank(number, at, None, self.look.cell(_NOTE, filled=True))

    def _manners(self, last: int) -> None:
        """Frozen, filtered, printable, and locked in the header row only."""
        sheet = self.sheet
        sheet.set_row(0, 36)
        sheet.set_default_row(19)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, last, len(self.fields))
        free = ["sort", "autofilter", "format_cells", "format_columns", "format_rows"]
        free += ["insert_rows", "delete_rows", "insert_columns", "delete_columns"]
        sheet.protect("", dict.fromkeys(free, True))
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.set_margins(0.4, 0.4, 0.6, 0.6)
        sheet.fit_to_pages(math.ceil(self.width / PAGE_WIDTH), 0)
        sheet.repeat_rows(0)
        sheet.repeat_columns(0)
        sheet.set_footer("&L&8&A&R&8&P / &N")
        sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{last}"})
