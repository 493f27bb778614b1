"""The guide of a register: how to fill it, and for each sheet what each column wants, with two examples."""

import math
from collections.abc import Mapping
from typing import Any, Final

from audits.model import MODEL, Field
from tasks.crm.register_look import DUTY, INK, INK2, LINE, WASH, Look, columns_of
from tasks.crm.register_words import ADVICE, EXAMPLES, GUIDE, how, must_be_filled, shown

_HEADS = {
    "zh": ("列", "另一语言列名", "必填", "怎么填", "示例一", "示例二"),
    "en": ("column", "Chinese header", "needed", "how", "example 1", "example 2"),
}
_WIDTHS: Final = (20, 22, 8, 52, 28, 28)
_LINE_HEIGHT: Final = 15
_TITLE = {"zh": "怎样填写这份登记簿", "en": "How to fill this register"}


def write_guide(book: Any, look: Look, fields: Mapping[str, tuple[Field, ...]], lang: str) -> None:
    """Add the guide sheet for these entities and their columns; it is never read as data."""
    sheet = book.add_worksheet(GUIDE[lang])
    sheet.hide_gridlines(2)
    for at, width in enumerate(_WIDTHS):
        sheet.set_column(at, at, width)
    sheet.set_default_row(17)
    sheet.set_row(0, 30)
    sheet.write_string(0, 0, _TITLE[lang], look.format(font_size=16, bold=True))
    row = 1
    for number, lines in enumerate(ADVICE, start=1):
        sheet.write_string(row, 0, f"{number}. {lines[lang == 'en']}", look.format(font_color=INK2))
        row += 1
    for entity, columns in fields.items():
        row = _entity(sheet, look, entity, columns, lang, row + 1)
    sheet.protect()
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _entity(sheet: Any, look: Look, entity: str, columns: tuple[Field, ...], lang: str, row: int) -> int:
    """One table a sheet; returns the row after it."""
    known = MODEL[entity]
    big, small = (known.zh, known.en) if lang == "zh" else (known.en, known.zh)
    sheet.set_row(row, 24)
    title = (look.words(size=13, bold=True), big, look.words(size=9, color=INK2), f"   {small}")
    sheet.write_rich_string(row, 0, *title, look.format())
    for at, word in enumerate(_HEADS[lang]):
        sheet.write_string(
            row + 1, at, word, look.format(bold=True, bg_color=WASH, bottom=1, bottom_color=INK2)
        )
    row += 2
    for field in columns:
        line = _line(entity, field, lang)
        sheet.set_row(row, _height([text for text, _ in line]))
        for at, (text, color) in enumerate(line):
            style = look.format(font_color=color, bottom=4, bottom_color=LINE, text_wrap=True, bold=at == 0)
            sheet.write_string(row, at, text, style)
        row += 1
    return row


def _height(texts: list[str]) -> int:
    """Room for the longest cell of a line, wrapped."""
    lines = [math.ceil(columns_of(text) * 0.95 / width) for text, width in zip(texts, _WIDTHS, strict=True)]
    return _LINE_HEIGHT * max(1, *lines) + 3


def _line(entity: str, field: Field, lang: str) -> list[tuple[str, str]]:
    """The cells of one column's line: text and colour."""
    names = (field.zh, field.en) if lang == "zh" else (field.en, field.zh)
    needed = "*" if must_be_filled(entity, field.name) else ""
    examples = [shown(entity, field, example.get(field.name), lang) for example in EXAMPLES[entity]]
    told = [(names[0], INK), (names[1], INK2), (needed, DUTY), (how(entity, field, lang), INK2)]
    return told + [(text, INK) for text in examples]
