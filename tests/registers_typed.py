"""Registers as people type them, for the tests that read them back."""

from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook


def book(path: Path, **sheets: Sequence[Sequence[object]]) -> Path:
    """A workbook as a person would make it: the first row of each sheet is its header."""
    made = Workbook()
    made.remove(made.worksheets[0])
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    made.save(path)
    return path
