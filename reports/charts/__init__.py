"""Charts as SVG, drawn from the view: one drawing for page and print, so that both show the same marks.

A drawing takes no figure of its own: positions come from integers of the results, texts from the view. It is an
image with its figures in its label, and a table with the same figures stands beside it.
"""

from reports.charts.histogram import histogram
from reports.charts.pen import Pen, for_page, for_paper
from reports.charts.team import team, team_axis
from reports.charts.trend import trend

__all__ = ["Pen", "for_page", "for_paper", "histogram", "team", "team_axis", "trend"]
