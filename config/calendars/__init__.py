"""Calendars and opening hours as files people edit: a state's table, a company's own days, shifts.

`cn.yaml` is the state's table, `company.yaml` what the house adds, `hours.yaml` when it is open. A new
year enters the table through `import_year`, never by half.
"""

from pathlib import Path
from typing import Final

from config.calendars.hours import hours_of, load_hours
from config.calendars.show import DayRow, Summary, describe, summary
from config.calendars.table import calendar_of, load_calendar
from config.calendars.years import ImportedYear, import_year, plan_import

#: Where the files live that come with the product.
FOLDER: Final = Path(__file__).resolve().parent

__all__ = [
    "FOLDER",
    "DayRow",
    "ImportedYear",
    "Summary",
    "calendar_of",
    "describe",
    "hours_of",
    "import_year",
    "load_calendar",
    "load_hours",
    "plan_import",
    "summary",
]
