"""Exported workbooks: the cells of their sheets as text, dates as dates, and what a reader would miss.

A formula without a result and cells merged downwards would read as blanks, and a blank is a fact: both are
told by their place.
"""

import io
import re
import warnings
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils import column_index_from_string
from openpyxl.utils.exceptions import InvalidFileException

from tasks.crm.exports.errors import Problem, Unreadable
from tasks.crm.exports.sheets import Sheet
from tasks.crm.register_cells import shows_hours
from tasks.unpacking import too_large

_OLD: Final = b"\xd0\xcf\x11\xe0"
_FORMULA: Final = re.compile(
    rb'<c r="([A-Z]+\d+)"[^>]*>\s*<f(?:\s[^>]*)?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>'
)
_MERGE: Final = re.compile(rb'<mergeCell ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')
_LONG_NUMBER: Final = 10**15  # beyond it Excel has replaced digits by zeros
_NAMED: Final = 5


def read_workbook(file: str, content: bytes, problems: list[Problem]) -> Iterator[Sheet]:
    """Every sheet of a workbook that holds anything.

    Args:
        file: its name.
        content: its bytes.
        problems: formulas without results are added.

    Raises:
        Unreadable: it is no workbook, of the old kind, locked by a password, or would fill the memory.
    """
    if content.startswith(_OLD):
        raise Unreadable("an .xls of the old kind, or a workbook with a password; save it anew as .xlsx")
    if said := too_large(content):
        raise Unreadable(said)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions of other programs; no cell is lost
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            for sheet in book.worksheets:
                yield from _sheet(file, content, sheet, problems)
            book.close()
    except (BadZipFile, InvalidFileException, KeyError, OSError, ValueError, TypeError) as error:
        raise Unreadable(
            f"cannot be opened as a workbook ({type(error).__name__}); save it anew as .xlsx"
        ) from error


def _sheet(file: str, content: bytes, sheet: Any, problems: list[Problem]) -> Iterator[Sheet]:
    sheet.reset_dimensions()  # many programs write a wrong extent, and rows beyond it would be lost
    rows = [[_text(cell) for cell in row] for row in sheet.iter_rows()]
    while rows and not any(rows[-1]):
        rows.pop()
    if not rows:
        return
    raw = _raw(content, sheet)
    without = [match[1].decode() for match in _FORMULA.finditer(raw)]
    if without:
        more = f" and {len(without) - _NAMED} more" if len(without) > _NAMED else ""
        what = "a formula without a result; open the file in Excel, save it, and export again"
        problems.append(Problem(f"{file} {sheet.title}!{', '.join(without[:_NAMED])}{more}", what))
    yield Sheet(file, sheet.title, rows, "XLSX", merged=tuple(_merges(raw)))


def _raw(content: bytes, sheet: Any) -> bytes:
    """The sheet's own XML: openpyxl tells neither of merges nor of missing results when it only reads."""
    with ZipFile(io.BytesIO(content)) as parts:
        return parts.read(sheet._worksheet_path.removeprefix("/"))  # noqa: SLF001 - there is no other way


def _merges(raw: bytes) -> Iterator[tuple[int, int, int, int]]:
    for left, top, right, bottom in _MERGE.findall(raw):
        if top != bottom:
            columns = (column_index_from_string(name.decode()) for name in (left, right))
            yield int(top), int(bottom), *columns  # type: ignore[misc]


def _text(cell: object) -> str | None:
    """One cell as text: a day without hours as a bare day, figures as the sheet holds them."""
    value = getattr(cell, "value", None)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        bare = value.time() == time.min and not shows_hours(getattr(cell, "number_format", "") or "")
        return value.date().isoformat() if bare else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if not isinstance(value, int | float):
        return str(value)
    per_cent = "%" in (getattr(cell, "number_format", "") or "")
    return f"{Decimal(format(value, '.15g')) * 100:f}%" if per_cent else _figure(value)


def _figure(value: float) -> str:
    """A number of Excel's has 15 digits; more were lost when it was typed, and are marked as such."""
    if abs(value) >= _LONG_NUMBER:
        return format(value, ".14E")
    return str(int(value)) if float(value).is_integer() else format(value, ".15g")
