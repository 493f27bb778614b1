"""Charts for the printed report: the same drawings in points, in light colours and the report's own font."""

from reports.charts import for_paper, histogram, team, team_axis, trend
from reports.view import View

#: Widths in points: a quarter of the page's column, all of it, half of it, and that of a team's line.
_QUARTER, _WHOLE, _HALF, _LINE = 118, 516, 250, 150


def pictures(view: View, font: str) -> dict[str, str]:
    """Name -> SVG of everything that the view lets one draw."""
    pen = for_paper(font)
    cells = [cell for act in view["times"]["acts"] for cell in act["cells"]]
    made = {f"times-{cell['id']}": histogram(pen, cell, cell["id"], _QUARTER, 62) for cell in cells}
    for place, series in enumerate(view["trend"]["series"]):
        width, height = (_WHOLE, 118) if place == 0 else (_HALF, 96)
        made[f"trend-{series['id']}"] = trend(pen, series, series["id"], width, height)
    if mix := view["team_mix"]:
        made["team-axis"] = team_axis(pen, mix, _LINE)
        drawn = [row for row in mix["rows"] if row["drawn"]]
        made |= {f"team-{place}": team(pen, mix, row, _LINE, 14) for place, row in enumerate(drawn)}
    return made
