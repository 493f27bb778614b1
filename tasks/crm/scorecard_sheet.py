"""The scorecard a person fills: drawn contacts and one line a clause, laid out as a register workbook.

What was drawn is locked; verdict, assessor, date and remarks are free and stand out while they are blank.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from audits.model import MODEL, Field
from tasks.crm.register_look import DAY, DUTY, INK2, LINE, SECOND, WASH, Look, columns_of
from tasks.crm.register_words import GUIDE, columns, label, must_be_filled

#: Rows above the header: what this is, and what to do.
ABOVE: Final = 2
_TODO: Final = "#fbf6e6"
_TINTS: Final = {"met": "#e4f1e8", "breached": "#fae5e2", "not_observable": "#eceef1"}
_OWN: Final = {
    "contact": ("抽中的记录", "what was drawn"),
    "at": ("发生于", "took place"),
    "how": ("方式", "by"),
    "duty": ("应做到", "what is asked"),
    "scored_on": ("评分日期", "scored on"),
    "remark": ("备注", "note"),
}
_WIDTHS: Final = {
    "contact": 18.0,
    "at": 18.0,
    "how": 12.0,
    "duty": 46.0,
    "scored_on": 13.0,
    "remark": 34.0,
    "sampled_at": 20.0,
    "clause_id": 30.0,
    "id": 20.0,
    "scorecard_id": 17.0,
}
#: Columns in their order; those of ours stand as register sheets have them.
LAYOUT: Final = {
    "scorecard_item": ("id", "contact", "at", "how", "clause_id", "duty", "verdict", "remark", "scorecard_id"),
    "scorecard": (
        "id", "interaction_id", "case_id", "contact", "at", "how", "staff_id", "assessor_id", "scored_on",
        "remark", "sampled_at",
    ),
}  # fmt: skip
#: Columns that people fill.
FREE: Final = frozenset({"verdict", "assessor_id", "scored_on", "remark"})
_WANTED: Final = frozenset({"verdict", "assessor_id", "scored_on"})


@dataclass(frozen=True)
class Sheets:
    """What a scorecard says above its rows, and the guide behind them: texts by language."""

    title: Mapping[str, str]
    hint: Mapping[str, str]
    guide: Mapping[str, Sequence[str]]


class ScoreSheet:
    """Writes one of the two sheets: ``scorecard_item`` (one line a clause) or ``scorecard`` (one a contact)."""

    def __init__(self, book: Any, look: Look, entity: str, lang: str) -> None:
        self.entity, self.lang, self.look = entity, lang, look
        self.fields = {field.name: field for field in columns(entity)}
        self.sheet = book.add_worksheet(MODEL[entity].en if lang == "en" else MODEL[entity].zh)
        self._book = book

    def write(self, said: Sheets, rows: Sequence[Mapping[str, object]]) -> None:
        """Title, header and rows; ``rows`` give a value by column of ``LAYOUT``."""
        title, hint = (text[self.lang] for text in (said.title, said.hint))
        self.sheet.set_row(0, 28)
        self.sheet.write_string(0, 0, title, self.look.format(font_size=14, bold=True))
        self.sheet.write_string(1, 0, hint, self.look.format(font_color=INK2))
        for at, name in enumerate(LAYOUT[self.entity]):
            self._column(at, name, len(rows))
        for number, row in enumerate(rows, start=ABOVE + 1):
            for at, name in enumerate(LAYOUT[self.entity]):
                self._cell(number, at, name, row.get(name))
        self._manners(len(rows))

    def _column(self, at: int, name: str, rows: int) -> None:
        big, small = self._names(name)
        field = self.fields.get(name)
        star = " *" if field and must_be_filled(self.entity, name) else ""
        self.sheet.set_column(at, at, _WIDTHS.get(name) or max(14.0, columns_of(big) + 4))
        runs = [self.look.words(bold=True), big]
        runs += [self.look.words(color=DUTY, bold=True), star] if star else []
        runs += [self.look.words(size=8, color=INK2), f"\n{small}"]
        self.sheet.write_rich_string(ABOVE, at, *runs, self._head(free=name in FREE))
        first, last = ABOVE + 1, ABOVE + max(rows, 1)
        if name == "verdict":
            self._verdicts(at, first, last)
        if name == "scored_on":
            check = {"validate": "date", "criteria": "between"}
            bounds = {"minimum": date(2000, 1, 1), "maximum": date(2099, 12, 31)}
            self.sheet.data_validation(first, at, last, at, check | bounds)
        if name in _WANTED:
            todo = self._book.add_format({"bg_color": _TODO})
            self.sheet.conditional_format(first, at, last, at, {"type": "blanks", "format": todo})

    def _verdicts(self, at: int, first: int, last: int) -> None:
        """A list to choose from, each word with its tint."""
        values = self.fields["verdict"].values
        said = {value: label(self.entity, "verdict", value, self.lang) for value in values}
        asked = {"zh": "请从下拉列表中选", "en": "Choose from the list"}[self.lang]
        check = {"validate": "list", "source": list(said.values()), "error_message": asked}
        self.sheet.data_validation(first, at, last, at, check)
        for value, word in said.items():
            tint = self._book.add_format({"bg_color": _TINTS[value]})
            rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": tint}
            self.sheet.conditional_format(first, at, last, at, rule)

    def _cell(self, row: int, at: int, name: str, value: object) -> None:
        free = name in FREE
        rule: dict[str, object] = {"bottom": 1, "bottom_color": LINE, "locked": not free, "align": "left"}
        if not free and name not in ("duty", "contact", "at"):
            rule["font_color"] = INK2
        shown = SECOND if isinstance(value, datetime) else DAY if name == "scored_on" else "@"
        look = self.look.format(num_format=shown, text_wrap=name in ("duty", "remark"), **rule)
        if value is None:
            self.sheet.write_blank(row, at, None, look)
        elif isinstance(value, datetime):
            self.sheet.write_datetime(row, at, value, look)
        else:
            self.sheet.write_string(row, at, str(value), look)

    def _head(self, *, free: bool) -> object:
        color = _TODO if free else WASH
        return self.look.format(bg_color=color, bottom=2, bottom_color=INK2, text_wrap=True, locked=True)

    def _names(self, name: str) -> tuple[str, str]:
        if name in _OWN:
            zh, en = _OWN[name]
        else:
            field: Field = self.fields[name]
            zh, en = field.zh, field.en
        return (zh, en) if self.lang == "zh" else (en, zh)

    def _manners(self, rows: int) -> None:
        """Frozen, filtered, printable; only what people fill can be typed into."""
        sheet, last = self.sheet, len(LAYOUT[self.entity]) - 1
        sheet.set_row(ABOVE, 36)
        sheet.freeze_panes(ABOVE + 1, 1)
        sheet.autofilter(ABOVE, 0, ABOVE + rows, last)
        sheet.protect(
            "", {"autofilter": True, "format_cells": True, "format_columns": True, "format_rows": True}
        )
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.set_margins(0.4, 0.4, 0.6, 0.6)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(ABOVE)
        sheet.set_footer("&L&8&A&R&8&P / &N")
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        sheet.hide_gridlines(2)


def write_guide(book: Any, look: Look, said: Sheets, lang: str) -> None:
    """How to fill it, in one language; never read as data."""
    sheet = book.add_worksheet(GUIDE[lang])
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 118)
    sheet.set_row(0, 30)
    sheet.write_string(0, 0, said.title[lang], look.format(font_size=14, bold=True))
    for number, line in enumerate(said.guide[lang], start=1):
        sheet.set_row(number, 34)
        sheet.write_string(number, 0, f"{number}. {line}", look.format(text_wrap=True))
    sheet.protect()
