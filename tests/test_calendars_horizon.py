"""Beyond the table: the bounds hold whatever the state may yet declare (reading calendar_horizon)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.calendars import WorkingCalendar
from audits.clocks import OpeningHours, due_at_close
from audits.instants import DAY, FAR, HOUR, NAT, instant_of, moment_of
from audits.pauses import joined
from audits.shifts import Shift, Week
from audits.words import Words
from config.calendars import FOLDER, load_calendar
from tests import slow_calendar as slow

CN = load_calendar(FOLDER / "cn.yaml")
ZONE = "Asia/Shanghai"
NAME = Words("节", "feast")
OFFICE = Week({day: (Shift(9 * HOUR, 18 * HOUR),) for day in range(5)}, (Shift(9 * HOUR, 18 * HOUR),))
NIGHT = Week({day: (Shift(8 * HOUR, 12 * HOUR), Shift(20 * HOUR, 28 * HOUR)) for day in range(4)})


def column(*instants: int) -> np.ndarray:
    return np.array(instants, dtype=np.int64)


def at(text: str) -> int:
    return instant_of(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)))


@st.composite
def declared(draw: st.DrawFn) -> WorkingCalendar:
    """A year 2027 as the state might declare it: up to ten days off a month and any weekend made up."""
    off, on = dict(CN.holidays), dict(CN.make_up)
    for month in range(1, 13):
        days = [date(2027, month, 1) + timedelta(days=step) for step in range(28)]
        weekdays = [day for day in days if day.weekday() < 5]
        first = draw(st.integers(0, 9)) if draw(st.booleans()) else 0
        run = weekdays[first : first + draw(st.integers(0, 10))]
        off |= dict.fromkeys(run, NAME)
        on |= dict.fromkeys(draw(st.sets(st.sampled_from([day for day in days if day.weekday() >= 5]))), NAME)
    return WorkingCalendar("CN", ZONE, CN.known_from, date(2027, 12, 31), off, on)


STARTS = st.lists(
    st.datetimes(datetime(2026, 12, 15), datetime(2027, 6, 1)).map(
        lambda start: instant_of(start.replace(tzinfo=UTC))
    ),
    min_size=1,
    max_size=6,
)


@given(declared(), STARTS, st.integers(1, 25))
@settings(max_examples=120, deadline=None)
def test_the_true_due_instant_of_working_days_lies_between_the_bounds(
    later: WorkingCalendar, starts: list[int], n: int
) -> None:
    guess, truth = (known.working_days_due(column(*starts), n) for known in (CN, later))
    assert (guess.earliest <= truth.due).all()
    assert (truth.due <= guess.latest).all()
    certain = guess.due != NAT
    assert (guess.due[certain] == truth.due[certain]).all()


@given(declared(), STARTS, st.sampled_from([OFFICE, NIGHT]), st.integers(1, 60 * HOUR), st.data())
@settings(max_examples=120, deadline=None)
def test_the_true_due_instant_of_opening_hours_lies_between_the_bounds(
    later: WorkingCalendar, starts: list[int], week: Week, budget: int, data: st.DataObject
) -> None:
    lengths = data.draw(st.lists(st.integers(0, 400 * HOUR), min_size=len(starts), max_size=len(starts)))
    begins = column(*starts) + 3 * HOUR
    pauses = joined(np.arange(len(starts)), begins, begins + column(*lengths), 2**61)
    guess, truth = (
        OpeningHours("T", ZONE, week, known).due_after(column(*starts), budget, pauses)
        for known in (CN, later)
    )
    known = truth.due != NAT
    assert (guess.earliest <= truth.due)[known].all()
    assert (truth.due <= guess.latest)[known].all()
    certain = guess.due != NAT
    assert (guess.due[certain] == truth.due[certain]).all()


@pytest.mark.parametrize(
    ("start", "week", "budget"),
    [
        # Egypt puts its clocks forward on Friday 24 April 2026: that day has 23 hours.
        ("2026-04-20 23:59:59", {day: (Shift(0, DAY),) for day in range(5)}, 96 * HOUR),
        # The night of the last known day runs into the early shift of the first unknown one.
        ("2026-03-31 22:00", {day: (Shift(7 * HOUR, 12 * HOUR), Shift(22 * HOUR, 34 * HOUR)) for day in range(5)}, 17 * HOUR),
    ],
)  # fmt: skip
def test_hours_that_are_not_there_are_not_promised(
    start: str, week: dict[int, tuple[Shift, ...]], budget: int
) -> None:
    """With a calendar that loses no day at all, the latest bound still leaves out what may be missing."""
    short, whole = (
        WorkingCalendar("EG", "Africa/Cairo", date(2026, 1, 1), last, month_days_off=0)
        for last in (date(2026, 3, 31), date(2026, 12, 31))
    )
    at_start = column(instant_of(datetime.fromisoformat(start).replace(tzinfo=ZoneInfo("Africa/Cairo"))))
    guess, truth = (
        OpeningHours("T", "Africa/Cairo", Week(week), known).due_after(at_start, budget)
        for known in (short, whole)
    )
    assert guess.due.tolist() == [NAT]
    assert guess.earliest[0] <= truth.due[0] <= guess.latest[0] < FAR


def test_the_earliest_takes_every_unknown_day_for_a_working_day() -> None:
    due = CN.working_days_due(column(at("2026-12-28 10:00")), 5)
    assert due.due.tolist() == [NAT]
    assert moment_of(int(due.earliest[0]) + 1).astimezone(ZoneInfo(ZONE)).date() == date(2027, 1, 3)
    assert due.latest[0] < at("2027-01-31 00:00")


def test_no_known_month_breaks_the_rule_of_the_latest_bound() -> None:
    off = [day for day in CN.holidays if day.weekday() < 5]
    months = {(day.year, day.month) for day in off}
    most = max(sum((day.year, day.month) == month for day in off) for month in months)
    assert most == 6
    assert most < CN.month_days_off


def test_days_before_the_table_are_as_unknown_as_those_after_it() -> None:
    due = CN.working_days_due(column(at("2022-12-20 10:00"), at("2022-12-31 23:00")), 5)
    assert due.due[0] == NAT
    assert due.earliest[0] < due.latest[0]
    assert due.due[1] == slow.due(at("2022-12-31 23:00"), 5, _worked, ZONE)


def test_a_count_over_the_horizon_is_null() -> None:
    found = CN.working_days_between(column(at("2026-12-30 10:00")), column(at("2027-01-04 10:00")))
    assert found.tolist() == [NAT]


def test_open_time_over_the_horizon_is_null() -> None:
    office = OpeningHours("office", ZONE, OFFICE, CN)
    starts, ends = (
        column(at("2026-12-31 10:00"), at("2026-12-31 10:00")),
        column(at("2027-01-01"), at("2027-01-01 00:01")),
    )
    assert office.open_between(starts, ends).tolist() == [8 * HOUR, NAT]


def test_the_night_before_the_first_known_day_is_not_known() -> None:
    from_april = WorkingCalendar("T", ZONE, date(2026, 4, 1), date(2026, 12, 31))
    nights = OpeningHours("T", ZONE, NIGHT, from_april)
    starts = column(at("2026-04-01 02:00"), at("2026-04-01 04:00"))
    assert nights.open_between(starts, starts + HOUR).tolist() == [NAT, 0]
    assert nights.due_after(starts, HOUR).due.tolist() == [NAT, at("2026-04-01 09:00")]


def test_around_the_clock_has_no_horizon() -> None:
    always = OpeningHours("hotline", ZONE, Week({day: (Shift(0, 24 * HOUR),) for day in range(7)}))
    start = at("2031-05-01 12:34")
    assert always.due_after(column(start), 5 * HOUR).due.tolist() == [start + 5 * HOUR]


def test_hours_without_a_sure_day_have_no_latest_bound() -> None:
    friday = OpeningHours("fri", ZONE, Week({4: (Shift(9 * HOUR, 10 * HOUR),)}), CN)
    due = friday.due_after(column(at("2027-03-01 10:00")), 2 * HOUR)
    assert (due.due[0], due.latest[0]) == (NAT, FAR)
    assert due.earliest[0] == at("2027-03-12 10:00")


@given(declared(), STARTS, st.integers(1, 10))
@settings(max_examples=40, deadline=None)
def test_the_close_of_business_is_bounded_too(later: WorkingCalendar, starts: list[int], n: int) -> None:
    guess, truth = (
        due_at_close(known, column(*starts), n, OpeningHours("office", ZONE, OFFICE, known))
        for known in (CN, later)
    )
    assert (guess.earliest <= truth.due).all()
    assert (truth.due <= guess.latest).all()


def _worked(day: date) -> bool:
    return day in CN.make_up or (day.weekday() < 5 and day not in CN.holidays)
