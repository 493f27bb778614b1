"""One sheet of an exported file as rows of text, however the file was written."""

from dataclasses import dataclass, field

from openpyxl.utils import get_column_letter

#: A row as it stands in the file: text, or None where the cell is not there.
Row = list[str | None]


@dataclass(frozen=True)
class Sheet:
    """Rows of one sheet; row 1 is ``rows[0]``, blank rows included, so that numbers are those of a spreadsheet.

    Args:
        file: the file's name.
        title: the sheet's name; "" for text files.
        rows: cells as text.
        how: what the file turned out to be, e.g. ``GB18030, separated by commas``.
        even: whether every record must have as many cells as the header (text files: a break tells of a
            line end inside a value).
        merged: vertical merges as (top row, bottom row, left column, right column), from 1.
    """

    file: str
    title: str
    rows: list[Row]
    how: str = ""
    even: bool = False
    merged: tuple[tuple[int, int, int, int], ...] = field(default=(), repr=False)

    @property
    def name(self) -> str:
        """File and sheet, as people say it."""
        return f"{self.file} {self.title}".strip()

    def cell(self, row: int, column: int) -> str:
        """``file sheet!D17`` of a row (from 1) and a column (from 0)."""
        return place(self.file, self.title, row, column)


def counted(number: int, what: str) -> str:
    """``1 row``, ``1,204 rows``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def place(file: str, title: str, row: int, column: int) -> str:
    """``file sheet!D17``; a text file has no sheet but opens as one."""
    cell = f"{get_column_letter(column + 1)}{row}"
    return f"{file} {title}!{cell}" if title else f"{file} {cell}"
