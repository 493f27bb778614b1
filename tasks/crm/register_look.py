"""How a register looks: the formats of a workbook, and how wide its columns are."""

import unicodedata
from typing import Any, Final

from audits.model import Field

#: Colours shared with report and mail: ink on paper, plum for what is demanded.
INK, INK2, LINE, WASH, DUTY = "#1b2026", "#525b66", "#d7dce2", "#f5f6f8", "#7a3e8c"
#: What is there only to show how: still readable on white (4.5 to 1).
FAINT: Final = "#6b7480"

FONT: Final = "Microsoft YaHei"
DAY, MINUTE, SECOND = "yyyy-mm-dd", "yyyy-mm-dd hh:mm", "yyyy-mm-dd hh:mm:ss"

_WIDTHS: Final = {
    "ts": 17.0,
    "date": 12.0,
    "text": 26.0,
    "enum": 13.0,
    "bool": 9.0,
    "id": 17.0,
    "code": 15.0,
    "keys": 24.0,
    "ref": 14.0,
}
_FORMATS: Final = {"ts": MINUTE, "date": DAY, "int": "0", "decimal": "General", "bool": "General"}


class Look:
    """The formats of one workbook, made once each."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, object], ...], object] = {}

    def format(self, **properties: object) -> object:
        """A format with our font; the same properties give the same format."""
        full = {"font_name": FONT, "font_size": 10, "font_color": INK, "valign": "vcenter"} | properties
        key = tuple(sorted(full.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(full)
        return self._made[key]

    def head(self, field: Field) -> object:
        """A header cell: locked, washed, a firm rule beneath; over figures it stands right like them."""
        return self.format(
            bg_color=WASH, bottom=2, bottom_color=INK2, text_wrap=True, locked=True, **_side(field)
        )

    def words(self, *, size: float = 10, color: str = INK, bold: bool = False) -> object:
        """A run of characters inside a header."""
        return self.format(font_size=size, font_color=color, bold=bold)

    def cell(
        self, field: Field, shown_as: str = "", *, filled: bool = False, example: bool = False
    ) -> object:
        """A free cell of that type; a filled row has a hairline beneath, an example is faint and slanted."""
        rule: dict[str, object] = {"bottom": 1, "bottom_color": LINE} if filled else {}
        rule |= {"italic": True, "font_color": FAINT} if example else {}
        return self.format(num_format=shown_as or format_of(field), locked=False, **_side(field), **rule)


def _side(field: Field) -> dict[str, object]:
    """Figures stand right, a little off the next column."""
    return {"align": "right", "indent": 1} if field.type in ("int", "decimal") else {"align": "left"}


def format_of(field: Field) -> str:
    """Number format of a type; keys and text are ``@`` so that 007 stays 007."""
    return _FORMATS.get(field.type, "@")


def width_of(field: Field, header: str, *, seconds: bool = False) -> float:
    """Column width in characters: room for the type's values and for every line of the header."""
    lines = [columns_of(line) * (1.1 if at == 0 else 0.92) + 3 for at, line in enumerate(header.split("\n"))]
    body = 20.0 if seconds else _WIDTHS.get(field.type, 11.0)
    return round(min(max(body, *lines), 40), 1)


def columns_of(text: str) -> int:
    """Columns a text takes: Chinese signs take two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
