"""What every sheet of the workbook has: formats, a head that stays, a filter, and a page that prints."""

from collections.abc import Container, Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from unicodedata import east_asian_width

from reports.theme import LIGHT

#: xlsxwriter carries no types.
Worksheet = Any
#: A sheet's cells: text, number, percentage (a share of 1), day or instant; None leaves the cell empty.
Cell = str | int | float | date | None
_PERCENT: Final = "0.0%"
#: Characters that a cell holds; Excel takes no more.
CELL: Final = 32_767
_A4: Final = 9
#: Points of one line of text, and of the highest row that Excel knows.
_LINE: Final = 15
_HIGHEST: Final = 409
#: Characters that a page across can hold and be read.
_WIDE: Final = 170
_NONE: Final[frozenset[int]] = frozenset()


class Table(NamedTuple):
    """A sheet that is one table.

    Args:
        name: of the sheet.
        heads: of the columns.
        rows: each as wide as the heads.
        widths: of the columns, in characters.
        percents: columns that are shares of 1.
        decimals: columns of numbers with two decimals.
        held: so many columns stay in sight on the left.
    """

    name: str
    heads: list[str]
    rows: Iterable[list[Cell]]
    widths: list[int]
    percents: frozenset[int] = _NONE
    decimals: frozenset[int] = _NONE
    held: int = 0


class Book:
    """A workbook under way: its formats, and how a table is laid on a sheet.

    Args:
        book: xlsxwriter's workbook.
        foot: what stands at the foot of every printed page.
    """

    def __init__(self, book: Any, foot: str) -> None:
        self.book = book
        self.foot = foot.replace("&", "&&")
        font = {"font_name": "Noto Sans CJK SC", "font_size": 10, "valign": "top"}
        head = {"bold": True, "bottom": 1, "font_color": LIGHT["ink2"], "bg_color": LIGHT["wash"]}
        self.line = book.add_format({**font, "indent": 1})  # text in one line
        self.text = book.add_format({**font, "text_wrap": True, "indent": 1})
        self.head = book.add_format({**font, **head, "valign": "bottom", "text_wrap": True, "indent": 1})
        self.head_right = book.add_format(
            {**font, **head, "valign": "bottom", "text_wrap": True, "align": "right"}
        )
        self.left = book.add_format({**font, "num_format": "#,##0", "align": "left", "indent": 1})
        self.number = book.add_format({**font, "num_format": "#,##0"})
        self.decimal = book.add_format({**font, "num_format": "#,##0.00"})
        self.percent = book.add_format({**font, "num_format": _PERCENT})
        self.day = book.add_format({**font, "num_format": "yyyy-mm-dd", "align": "left", "indent": 1})
        self.stamp = book.add_format(
            {**font, "num_format": "yyyy-mm-dd hh:mm:ss", "align": "left", "indent": 1}
        )
        self.title = book.add_format({**font, "bold": True, "font_size": 14})

    def sheet(self, name: str, widths: Sequence[int], held: tuple[int, int] = (0, 0)) -> Worksheet:
        """A new sheet with these widths of columns, in characters; ``held`` rows and columns stay in sight.

        It prints on as few pages side by side as can be read, what is held again on each of them.
        """
        sheet = self.book.add_worksheet(name)
        for i, width in enumerate(widths):
            sheet.set_column(i, i, width)
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        sheet.fit_to_pages(-(-sum(widths) // _WIDE), 0)
        sheet.set_footer(f"&L&8{self.foot}&C&8&A&R&8&P / &N")
        if any(held):
            sheet.freeze_panes(*held)
        if held[0]:
            sheet.repeat_rows(0, held[0] - 1)
        if held[1]:
            sheet.repeat_columns(0, held[1] - 1)
        return sheet

    def heads(
        self,
        sheet: Worksheet,
        row: int,
        heads: Sequence[str],
        widths: Sequence[int],
        numbers: Container[int] = (),
    ) -> None:
        """A line of heads; those of ``numbers`` stand to the right as what is below them."""
        self._room(sheet, row, heads, widths)
        for column, text in enumerate(heads):
            sheet.write_string(row, column, text, self.head_right if column in numbers else self.head)

    def cell(self, sheet: Worksheet, row: int, column: int, value: Cell, look: Any = None) -> None:
        """One cell; text is always text, never a formula, link or number."""
        if value is None or value == "":
            return
        if isinstance(value, str):
            sheet.write_string(row, column, fitting(value), self.text)
        elif isinstance(value, datetime):
            sheet.write_datetime(row, column, value, self.stamp)
        elif isinstance(value, date):
            sheet.write_datetime(row, column, value, self.day)
        else:
            sheet.write_number(row, column, value, look or self.number)

    def table(self, table: Table) -> None:
        """A sheet that is one table: frozen head, filter, one row a line."""
        sheet = self.sheet(table.name, table.widths, (1, table.held))
        rows = list(table.rows)
        numbers = {i for row in rows for i, cell in enumerate(row) if _is_number(cell)}
        self.heads(sheet, 0, table.heads, table.widths, numbers)
        looks = dict.fromkeys(table.percents, self.percent) | dict.fromkeys(table.decimals, self.decimal)
        for line, row in enumerate(rows, 1):
            self._room(sheet, line, row, table.widths)
            for column, value in enumerate(row):
                self.cell(sheet, line, column, value, looks.get(column))
        sheet.autofilter(0, 0, max(len(rows), 1), len(table.heads) - 1)

    def _room(self, sheet: Worksheet, line: int, row: Sequence[Cell], widths: Sequence[int]) -> None:
        """As much height as the longest text of a row takes; not every program finds it by itself."""
        texts = [(cell, width) for cell, width in zip(row, widths, strict=False) if isinstance(cell, str)]
        deep = max((-(-9 * across(text[:CELL]) // (10 * width - 10)) for text, width in texts), default=1)
        if deep > 1:
            sheet.set_row(line, min(_LINE * deep, _HIGHEST))

    def lines(
        self,
        sheet: Worksheet,
        row: int,
        lines: Iterable[tuple[Cell, ...]],
        widths: Sequence[int],
        look: Any = None,
    ) -> int:
        """Lines of cells from ``row`` on; returns the first free row."""
        for line in lines:
            self._room(sheet, row, line, widths)
            for column, value in enumerate(line):
                self.cell(sheet, row, column, value, look)
            row += 1
        return row


def across(text: str) -> int:
    """How many columns of a terminal or sheet a text takes: characters of East Asia take two."""
    return len(text) + sum(east_asian_width(one) in "WF" for one in text if not one.isascii())


def _is_number(value: Cell) -> bool:
    return isinstance(value, (int, float))


def fitting(text: str) -> str:
    """The text as long as a cell can hold it."""
    return text if len(text) <= CELL else text[: CELL - 1] + "…"
