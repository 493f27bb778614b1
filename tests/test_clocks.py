"""Opening hours against a clock that is looked at every minute."""

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.calendars import WorkingCalendar
from audits.clocks import ElapsedClock, OpeningHours, due_at_close
from audits.errors import WrongUse
from audits.instants import DAY, FAR, HOUR, MINUTE, NAT, instant_of
from audits.shifts import Shift, Week
from audits.words import Words
from config.calendars import FOLDER, load_calendar
from tests import slow_calendar as slow

CN = load_calendar(FOLDER / "cn.yaml")
NAME = Words("节", "feast")
ELAPSED = ElapsedClock()


def column(*instants: int) -> np.ndarray:
    return np.array(instants, dtype=np.int64)


def at(text: str, zone_name: str = "Asia/Shanghai") -> int:
    return instant_of(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone_name)))


def western(zone_name: str) -> WorkingCalendar:
    """A calendar with a holiday beside each change of the clocks of 2026, and one worked Saturday."""
    holidays = (date(2026, 3, 9), date(2026, 3, 27), date(2026, 4, 3), date(2026, 10, 26), date(2026, 10, 30))
    span = (date(2026, 1, 1), date(2026, 12, 31))
    return WorkingCalendar(
        "W",
        zone_name,
        *span,
        dict.fromkeys(holidays, NAME),
        {date(2026, 3, 28): NAME, date(2026, 10, 24): NAME},
    )


class Desk(NamedTuple):
    """A desk's hours in minutes after midnight, and the days over which it is watched.

    With `make_up` it is open on working days (and with these shifts on made-up ones), without on all days.
    """

    zone: str
    days: range
    shifts: list[tuple[int, int]]
    make_up: list[tuple[int, int]] | None
    first: date
    last: date


SPLIT = [(480, 720), (780, 1020), (1320, 1800)]
WEEK, FIVE = range(7), range(5)
NATIONAL_DAY = (date(2026, 9, 24), date(2026, 10, 16))
HOURS = {
    "office over National Day": Desk("Asia/Shanghai", FIVE, [(540, 1080)], [(540, 1080)], *NATIONAL_DAY),
    "around the clock on working days": Desk("Asia/Shanghai", FIVE, [(0, 1440)], [(0, 1440)], *NATIONAL_DAY),
    "two shifts and a night in Berlin, spring": Desk(
        "Europe/Berlin", FIVE, SPLIT, [(600, 840)], date(2026, 3, 20), date(2026, 4, 10)
    ),
    "two shifts and a night in Berlin, autumn": Desk(
        "Europe/Berlin", FIVE, SPLIT, [(600, 840)], date(2026, 10, 18), date(2026, 11, 6)
    ),
    "nights in New York, spring": Desk(
        "America/New_York", WEEK, [(1320, 1800)], None, date(2026, 3, 3), date(2026, 3, 16)
    ),
    "nights in New York, autumn, edges inside the doubled hour": Desk(
        "America/New_York", WEEK, [(90, 105), (1410, 1530)], None, date(2026, 10, 27), date(2026, 11, 8)
    ),
    "a shift inside the hour that is skipped": Desk(
        "Europe/Berlin", WEEK, [(135, 165), (600, 660)], None, date(2026, 3, 24), date(2026, 4, 4)
    ),
    "a long night over two short shifts": Desk(
        "Asia/Shanghai", WEEK, [(480, 540), (600, 660), (1320, 2160)], None, *NATIONAL_DAY
    ),
    "around the clock through midnight": Desk(
        "America/New_York", WEEK, [(0, 1440)], None, date(2026, 3, 3), date(2026, 3, 14)
    ),
    "half an hour of daylight saving": Desk(
        "Australia/Lord_Howe", WEEK, [(60, 150), (540, 1020)], None, date(2026, 3, 30), date(2026, 4, 10)
    ),
}


@lru_cache
def clocks(name: str) -> tuple[OpeningHours, slow.SlowHours]:
    """The compiled hours and the slow ones, said twice from the same sentence."""
    desk = HOURS[name]
    calendar = CN if desk.zone == "Asia/Shanghai" else western(desk.zone)
    shifts, made_up = (tuple(Shift(a * MINUTE, b * MINUTE) for a, b in each or []) for each in desk[2:4])
    week = Week(dict.fromkeys(desk.days, shifts), made_up)
    fast = OpeningHours(name, desk.zone, week, None if desk.make_up is None else calendar)

    def worked(day: date) -> bool:
        plain = day.weekday() < 5 and day not in calendar.holidays
        return desk.make_up is None or day in calendar.make_up or plain

    said = dict.fromkeys(desk.days, desk.shifts)
    weekend = () if desk.make_up is None else (5, 6)
    return fast, slow.SlowHours(desk.zone, said, worked, desk.first, desk.last, desk.make_up or [], weekend)


@st.composite
def instants(draw: st.DrawFn, oracle: slow.SlowHours) -> int:
    """An instant in the window: anywhere, on a minute, at an edge of the shifts, or a microsecond beside one."""
    minutes = len(oracle.open) - 3 * 24 * 60
    minute = draw(st.integers(24 * 60, minutes))
    kind = draw(st.sampled_from(["any", "minute", "edge"]))
    if kind == "edge":
        while minute < minutes and oracle.open[minute] == oracle.open[minute - 1]:
            minute += 1
    offset = draw(st.integers(0, MINUTE - 1)) if kind == "any" else draw(st.integers(-1, 1))
    return oracle.begin + minute * MINUTE + offset


@given(st.sampled_from(sorted(HOURS)), st.data())
@settings(max_examples=120, deadline=None)
def test_open_time_is_what_a_watch_would_count(name: str, data: st.DataObject) -> None:
    fast, oracle = clocks(name)
    start, end = sorted(data.draw(st.tuples(instants(oracle), instants(oracle))))
    found = fast.open_between(column(start, NAT, start), column(end, end, NAT))
    assert found.tolist() == [oracle.counted(start, end), NAT, NAT]


@given(st.sampled_from(sorted(HOURS)), st.data())
@settings(max_examples=120, deadline=None)
def test_a_budget_is_used_up_when_the_watch_says_so(name: str, data: st.DataObject) -> None:
    fast, oracle = clocks(name)
    start = data.draw(instants(oracle))
    budget = data.draw(
        st.integers(0, 30 * 60).map(lambda minutes: minutes * MINUTE) | st.integers(0, 30 * HOUR)
    )
    expected = oracle.due(start, budget)
    if expected is not None:
        due = fast.due_after(column(start, NAT), budget)
        assert [part.tolist() for part in due] == [[expected, NAT]] * 3


@given(st.sampled_from(sorted(HOURS)), st.data())
@settings(max_examples=100, deadline=None)
def test_less_means_before_more_means_after_and_at_the_limit_the_instant_decides(
    name: str, data: st.DataObject
) -> None:
    fast, oracle = clocks(name)
    start, budget = data.draw(instants(oracle)), data.draw(st.integers(1, 12 * HOUR))
    due = fast.due_after(column(start), budget).due
    assert fast.open_between(column(start), due).tolist() == [budget]
    assert fast.open_between(column(start), due - 1)[0] < budget
    done = column(data.draw(instants(oracle)))
    counted = int(fast.open_between(column(start), done)[0])
    if counted != NAT:
        assert (counted < budget) <= (done[0] < due[0])
        assert (counted > budget) <= (done[0] > due[0])


@given(st.sampled_from(sorted(HOURS)), st.data())
@settings(max_examples=60, deadline=None)
def test_open_time_adds_up_over_any_cut(name: str, data: st.DataObject) -> None:
    fast, oracle = clocks(name)
    first, cut, last = sorted(data.draw(st.tuples(*[instants(oracle)] * 3)))
    parts = fast.open_between(column(first, cut, first), column(cut, last, last))
    assert parts[0] + parts[1] == parts[2]


OFFICE = clocks("office over National Day")[0]


@pytest.mark.parametrize(
    ("start", "budget", "due"),
    [
        ("2026-10-09 14:00", 4 * HOUR, "2026-10-09 18:00"),  # ends at closing: due then, not next morning
        ("2026-10-09 14:00", 4 * HOUR + 1, "2026-10-10 09:00:00.000001"),  # the make-up Saturday
        ("2026-10-09 18:00", 1, "2026-10-10 09:00:00.000001"),  # begins exactly at closing
        ("2026-10-09 09:00", 9 * HOUR, "2026-10-09 18:00"),  # begins exactly at opening
        ("2026-10-09 07:00", 60 * MINUTE, "2026-10-09 10:00"),  # begins before opening
        ("2026-10-03 12:00", 9 * HOUR, "2026-10-08 18:00"),  # begins on a holiday
        ("2026-10-03 12:00", 0, "2026-10-03 12:00"),  # nothing to wait for
        ("2026-10-10 17:00", 2 * HOUR, "2026-10-12 10:00"),  # Sunday is closed
    ],
)
def test_edges_of_the_office_day(start: str, budget: int, due: str) -> None:
    assert OFFICE.due_after(column(at(start)), budget).due.tolist() == [at(due)]


def test_each_record_may_have_its_own_budget() -> None:
    starts = column(at("2026-10-09 14:00"), at("2026-10-09 14:00"), NAT)
    due = OFFICE.due_after(starts, column(HOUR, 5 * HOUR, HOUR)).due
    assert due.tolist() == [at("2026-10-09 15:00"), at("2026-10-10 10:00"), NAT]


def test_an_end_before_its_start_is_a_hole_on_both_clocks() -> None:
    start, end = column(at("2026-10-09 14:00")), column(at("2026-10-09 13:59"))
    assert OFFICE.open_between(start, end).tolist() == [NAT]
    assert ELAPSED.open_between(start, end).tolist() == [NAT]


def test_a_shift_of_friday_night_is_fridays_even_into_a_holiday() -> None:
    nights = clocks("two shifts and a night in Berlin, spring")[0]
    thursday = column(at("2026-04-02 23:00", "Europe/Berlin"))  # Good Friday follows
    assert nights.due_after(thursday, 7 * HOUR).due.tolist() == [at("2026-04-03 06:00", "Europe/Berlin")]


def test_a_day_of_23_hours_and_one_of_25_are_counted_as_they_are() -> None:
    always = clocks("around the clock through midnight")[0]
    for day, next_day, hours in (("2026-03-08", "2026-03-09", 23), ("2026-11-01", "2026-11-02", 25)):
        start, end = (column(at(f"{each} 00:00", "America/New_York")) for each in (day, next_day))
        assert always.open_between(start, end).tolist() == [hours * HOUR]
        assert always.due_after(start, hours * HOUR).due.tolist() == end.tolist()


def test_elapsed_time_is_the_plain_difference() -> None:
    starts = column(at("2026-10-09 14:00"), NAT)
    assert [part.tolist() for part in ELAPSED.due_after(starts, 4 * HOUR)] == [
        [at("2026-10-09 18:00"), NAT]
    ] * 3
    assert ELAPSED.open_between(starts, starts + 5).tolist() == [5, NAT]


def test_the_close_of_business_ends_the_last_day_where_that_reading_is_signed() -> None:
    friday, always = column(at("2026-10-09 10:00")), clocks("around the clock on working days")[0]
    assert due_at_close(CN, friday, 1, OFFICE).due.tolist() == [at("2026-10-10 18:00")]
    assert due_at_close(CN, friday, 1, always).due.tolist() == CN.working_days_due(friday, 1).due.tolist()
    sunday = column(at("2026-10-11 10:00"), NAT)
    assert due_at_close(CN, sunday, 0, OFFICE).due.tolist() == [at("2026-10-11 23:59:59.999999"), NAT]


def test_stamps_from_the_ends_of_time_do_no_harm() -> None:
    wild = column(at("1969-12-31 12:00"), at("9999-12-31 12:00"), -(60 * 10**15), NAT)
    due = OFFICE.due_after(wild, HOUR)
    assert due.due.tolist() == [NAT] * 4
    assert due.earliest[1:].tolist() == wild[1:].tolist()
    assert due.latest.tolist() == [FAR, FAR, FAR, NAT]


@pytest.mark.parametrize(
    ("shifts", "message"),
    [
        ((Shift(9 * HOUR, 13 * HOUR), Shift(12 * HOUR, 18 * HOUR)), "09:00-13:00 and 12:00-18:00 overlap"),
        ((Shift(9 * HOUR, 9 * HOUR),), "more than 0"),
        ((Shift(9 * HOUR, 34 * HOUR),), "at most 24 hours"),
        ((Shift(DAY, DAY + HOUR),), "begins on its day"),
        ((), "never be open"),
    ],
)
def test_shifts_that_make_no_sense_are_refused(shifts: tuple[Shift, ...], message: str) -> None:
    with pytest.raises(WrongUse, match=message):
        OpeningHours("T", "Asia/Shanghai", Week({0: shifts}))


def test_a_negative_budget_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="negative"):
        ELAPSED.due_after(column(0), -1)


def test_a_million_rows_are_counted_without_a_loop_over_them() -> None:
    """Columns in, columns out: the answer for many is the answer for each."""
    rng = np.random.default_rng(7)
    starts = rng.integers(at("2023-02-01"), at("2026-11-01"), 100_000)
    budgets = rng.integers(0, 40 * HOUR, 100_000)
    due = OFFICE.due_after(starts, budgets).due
    assert (OFFICE.open_between(starts, due) == budgets).all()
    some = rng.integers(0, 100_000, 50)
    assert [OFFICE.due_after(starts[[row]], budgets[[row]]).due[0] for row in some] == due[some].tolist()


def test_instants_need_a_zone() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        instant_of(datetime(2026, 10, 9))
    assert instant_of(datetime(1970, 1, 1, 0, 0, 0, 1, tzinfo=UTC)) == 1
