"""Charts for the page, each at the width of its place; on phones a trend is drawn again, not made smaller."""

from markupsafe import Markup

from reports.charts import for_page, histogram, team, team_axis, trend
from reports.view import View


class Drawing:
    """What the templates draw with."""

    def __init__(self) -> None:
        self._pen = for_page()

    def histogram(self, cell: View) -> Markup:
        """The times of one limit, a quarter of the column wide."""
        return Markup(histogram(self._pen, cell, cell["id"], 241, 112))  # noqa: S704 - every text is escaped

    def trend(self, series: View, whole: bool) -> Markup:
        """A series over the column, or over half of it."""
        width, height = (1048, 240) if whole else (510, 190)
        return Markup(trend(self._pen, series, series["id"], width, height))  # noqa: S704

    def trend_narrow(self, series: View) -> Markup:
        """The same for a phone."""
        return Markup(trend(self._pen, series, f"{series['id']}-narrow", 328, 230))  # noqa: S704

    def team_axis(self, teams: View) -> Markup:
        """The scale above the teams."""
        return Markup(team_axis(self._pen, teams, 320))  # noqa: S704

    def team(self, teams: View, row: View) -> Markup:
        """One team on it."""
        return Markup(team(self._pen, teams, row, 320, 32))  # noqa: S704
