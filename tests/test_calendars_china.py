"""The table of China agrees with two public packages that know it, on every single day (law 7)."""

from datetime import date, timedelta

import chinese_calendar
import holidays
import numpy as np
import pytest

from audits.instants import day_number
from config.calendars import FOLDER, describe, load_calendar, summary

CN = load_calendar(FOLDER / "cn.yaml")
YEARS = range(CN.known_from.year, CN.known_through.year + 1)
OTHER = holidays.country_holidays("CN", years=YEARS)


@pytest.mark.parametrize("year", YEARS)
def test_both_packages_agree_with_the_table_on_every_day(year: int) -> None:
    days = [
        date(year, 1, 1) + timedelta(days=step)
        for step in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)
    ]
    ours = CN.is_working(np.array([day_number(day) for day in days], dtype=np.int64)).tolist()
    assert ours == [chinese_calendar.is_workday(day) for day in days]
    assert ours == [OTHER.is_working_day(day) for day in days]


@pytest.mark.parametrize(
    ("year", "working", "make_up"), [(2023, 249, 7), (2024, 251, 8), (2025, 248, 5), (2026, 248, 6)]
)
def test_each_year_has_its_working_and_make_up_days(year: int, working: int, make_up: int) -> None:
    found = summary(describe(CN, str(year)))
    assert (found.working, found.make_up, found.unknown) == (working, make_up, 0)


def test_every_day_off_during_the_week_carries_the_name_the_package_gives() -> None:
    """A double feast carries both names; a package names each of its days after one of them."""
    for day, name in CN.holidays.items():
        _, english = chinese_calendar.get_holiday_detail(day)
        assert english is not None
        assert english.lower() in name.en.lower(), day


def test_the_table_says_where_it_comes_from_and_how_far_it_goes() -> None:
    assert (CN.id, CN.version, CN.known_through) == ("CN", "2026.1", date(2026, 12, 31))
    assert CN.source is not None
    assert "国务院办公厅" in CN.source.zh
