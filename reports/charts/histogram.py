"""How close to the limit: tenths of a limit up to twice the limit, and what took longer still."""

from typing import Final

from reports.charts.pen import Pen
from reports.view.base import View

#: Bins of the results, and those that lie inside the limit.
_BINS: Final = 21
_INSIDE: Final = 10
#: Columns of the drawing: the bins and a gap before the last, which has no end.
_COLUMNS: Final = 22


def histogram(pen: Pen, cell: View, name: str, width: float, height: float) -> str:
    """One limit: the deciding clock as bars, the other as an outline, the limit as a plum line.

    Args:
        cell: from ``reports.view.times``.
        name: a name of its own on the page.
        width, height: of the drawing.
    """
    pen = pen.fresh()
    top, floor = pen.size * 1.5, height - pen.size * 1.45
    column = width / _COLUMNS
    late = pen.hatch(f"late-{name}", "breached_fill", "breached_pale", 3.2 * pen.thin)
    if cell["ticks"]:
        _ticks(pen, cell, top, floor, column)
    else:
        _bars(pen, cell, late, top, floor, column)
    pen.line(0, floor, width - 2 * column, floor, "ink2")
    pen.line(width - column, floor, width, floor, "ink2")
    at = _INSIDE * column
    pen.line(at, pen.size * 0.2, at, floor, "duty", 2)
    pen.text(at + pen.size * 0.4, pen.size, cell["limit"], "duty", "start", strong=True)
    base = height - pen.size * 0.3
    pen.text(0, base, "0", anchor="start")
    pen.text(at / 2, base, cell["half"])
    pen.text(at, base, cell["at_limit"])
    pen.text(width, base, "> 2×", anchor="end")
    return pen.picture(width, height, cell["alt"], "hist")


def _left(place: int, column: float) -> float:
    return (place if place < _BINS - 1 else place + 1) * column


def _bars(pen: Pen, cell: View, late: str, top: float, floor: float, column: float) -> None:
    highest = max(max(clock["bins"]) for clock in cell["clocks"]) or 1
    own, other = cell["clocks"][0]["bins"], cell["clocks"][1]["bins"]
    gap = column * 0.08
    for place, n in enumerate(own):
        tall = max((floor - top) * n / highest, 1.5 * pen.thin) if n else 0
        if n and place < _INSIDE:
            pen.rect(_left(place, column) + gap, floor - tall, column - 2 * gap, tall, "fact", 0.66)
        elif n:
            pen.rect(_left(place, column) + gap, floor - tall, column - 2 * gap, tall, late)
    levels = [floor - (floor - top) * n / highest for n in other]
    outline = [
        (x, levels[i]) for i in range(_BINS - 1) for x in (_left(i, column), _left(i, column) + column)
    ]
    pen.path([(0, floor), *outline, (outline[-1][0], floor)], "ink2", 1.2)
    if other[-1]:
        left = _left(_BINS - 1, column)
        last = [(left, floor), (left, levels[-1]), (left + column, levels[-1]), (left + column, floor)]
        pen.path(last, "ink2", 1.2)


def _ticks(pen: Pen, cell: View, top: float, floor: float, column: float) -> None:
    """Few duties have no shape: each is a tick, the other clock's a row of short ones below."""
    middle = floor - (floor - top) * 0.34
    for clock, low, high in (
        (cell["clocks"][0], middle - 3, top + 6),
        (cell["clocks"][1], floor, middle + 5),
    ):
        for one in clock["thousandths"]:
            at = _left(_BINS - 1, column) + column / 2 if one > 2000 else one * _INSIDE * column / 1000
            colour = "ink2" if not clock["deciding"] else "breached_fill" if one > 1000 else "fact"
            pen.line(at, high, at, low, colour, 2 if clock["deciding"] else 1.2)
