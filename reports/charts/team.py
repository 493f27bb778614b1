"""Is a team different, given its work: a dot with its exact interval, and a plum tick where it was expected."""

from typing import Final

from reports.charts.pen import Pen, nice_step
from reports.view.base import View

_WHOLE: Final = 10_000


def _scale(teams: View) -> tuple[int, int]:
    """Step and end of the axis in ten-thousandths: from zero to the end of the longest interval."""
    top = max([row["high"] for row in teams["rows"]] + [100])
    step = int(nice_step(top, 6))
    return step, -(-top // step) * step


def _at(value: int, end: int, pen: Pen, width: float) -> float:
    edge = pen.size * 1.2
    return edge + (width - 2 * edge) * value / end


def team_axis(pen: Pen, teams: View, width: float) -> str:
    """The head of the column: per cent from zero."""
    pen = pen.fresh()
    step, end = _scale(teams)
    height = pen.size * 1.5
    for value in range(0, end + 1, step):
        whole, part = divmod(value, 100)
        said = f"{whole}%" if not part else f"{whole}.{part:02d}".rstrip("0") + "%"
        pen.text(_at(value, end, pen, width), height - pen.size * 0.35, said)
    return pen.picture(width, height, teams["axis"], "team")


def team(pen: Pen, teams: View, row: View, width: float, height: float) -> str:
    """One team's line on that axis."""
    pen = pen.fresh()
    step, end = _scale(teams)
    for value in range(0, end + 1, step):
        x = _at(value, end, pen, width)
        pen.line(x, 0, x, height, "hair")
    middle = height / 2
    low, high = (_at(row[key], end, pen, width) for key in ("low", "high"))
    pen.line(low, middle, high, middle, "ink", 1.4)
    if row["compared"]:
        expected = _at(row["expected_share"], end, pen, width)
        pen.line(expected, height * 0.16, expected, height * 0.84, "duty", 2.2)
    radius = height * 0.15
    pen.dot(_at(row["share"], end, pen, width), middle, radius, "fact", hollow=not row["compared"])
    return pen.picture(width, height, row["alt"], "team")
