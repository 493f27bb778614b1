"""The guide of a register: how to fill it, and for each sheet what each column wants, with two examples."""

from typing import Any

from audits.model import MODEL, Field
from tasks.crm.register_look import DUTY, INK, INK2, LINE, WASH, Look
from tasks.crm.register_words import ADVICE, EXAMPLES, GUIDE, HOW, NO, YES, columns, label, must_be_filled

_HEADS = {
    "zh": ("列", "另一语言列名", "必填", "怎么填", "示例一", "示例二"),
    "en": ("column", "Chinese header", "needed", "how", "example 1", "example 2"),
}
_TITLE = {"zh": "怎样填写这份登记簿", "en": "How to fill this register"}


def write_guide(book: Any, look: Look, entities: list[str], lang: str) -> None:
    """Add the guide sheet for these entities; it is never read as data."""
    sheet = book.add_worksheet(GUIDE[lang])
    sheet.hide_gridlines(2)
    for at, width in enumerate((20, 22, 7, 44, 28, 28)):
        sheet.set_column(at, at, width)
    sheet.set_default_row(17)
    sheet.set_row(0, 30)
    sheet.write_string(0, 0, _TITLE[lang], look.format(font_size=16, bold=True))
    row = 1
    for number, lines in enumerate(ADVICE, start=1):
        sheet.write_string(row, 0, f"{number}. {lines[lang == 'en']}", look.format(font_color=INK2))
        row += 1
    for entity in entities:
        row = _entity(sheet, look, entity, lang, row + 1)
    sheet.protect()
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _entity(sheet: Any, look: Look, entity: str, lang: str, row: int) -> int:
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
    for field in columns(entity):
        for at, (text, color) in enumerate(_line(entity, field, lang)):
            style = look.format(font_color=color, bottom=4, bottom_color=LINE, text_wrap=True, bold=at == 0)
            sheet.write_string(row, at, text, style)
        row += 1
    return row


def _line(entity: str, field: Field, lang: str) -> list[tuple[str, str]]:
    """The cells of one column's line: text and colour."""
    names = (field.zh, field.en) if lang == "zh" else (field.en, field.zh)
    needed = "*" if must_be_filled(entity, field.name) else ""
    shown = [_shown(entity, field, example.get(field.name), lang) for example in EXAMPLES[entity]]
    how = _how(entity, field, lang)
    return [(names[0], INK), (names[1], INK2), (needed, DUTY), (how, INK2), *((text, INK) for text in shown)]


def _how(entity: str, field: Field, lang: str) -> str:
    how = HOW[field.type][lang == "en"]
    if field.type != "enum":
        return how
    words = [label(entity, field.name, value, lang) for value in field.values]
    return f"{how}：{'、'.join(words)}" if lang == "zh" else f"{how}: {', '.join(words)}"


def _shown(entity: str, field: Field, value: object, lang: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return (YES if value else NO)[lang == "en"]
    return label(entity, field.name, str(value), lang) if field.type == "enum" else str(value)
