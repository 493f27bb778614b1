"""Working days against a count by hand, day by day."""

from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.calendars import (
    CalendarTooShort,
    Contradiction,
    DayKind,
    WorkingCalendar,
    due_by_calendar,
)
from audits.errors import WrongUse
from audits.instants import DAY, FAR, NAT, day_number, instant_of, moment_of
from audits.words import Words
from audits.zones import zone
from config.calendars import FOLDER, load_calendar
from tests import slow_calendar as slow

CN = load_calendar(FOLDER / "cn.yaml")
SHANGHAI = ZoneInfo("Asia/Shanghai")
CASES = yaml.safe_load(
    (Path(__file__).parent / "cases/calendar_working_days.yaml").read_text(encoding="utf-8")
)
ZONES = (
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "Pacific/Auckland",
    "Asia/Kathmandu",
    "Africa/Cairo",
)
NAME = Words("节", "feast")

#: Every day of the year 2026 may be a holiday; every weekend day may be made up.
DATES = st.dates(date(2026, 1, 1), date(2026, 12, 31))
INSTANTS = st.datetimes(datetime(2026, 2, 1), datetime(2026, 11, 1)).map(
    lambda at: instant_of(at.replace(tzinfo=UTC))
)


def column(*instants: int) -> np.ndarray:
    return np.array(instants, dtype=np.int64)


def at(text: str, info: ZoneInfo = SHANGHAI) -> int:
    return instant_of(datetime.fromisoformat(text).replace(tzinfo=info))


def calendar(
    zone_name: str, holidays: AbstractSet[date] = frozenset(), make_up: AbstractSet[date] = frozenset()
) -> WorkingCalendar:
    made_up = {day for day in make_up - holidays if day.weekday() >= 5}
    span = (date(2026, 1, 1), date(2026, 12, 31))
    return WorkingCalendar("T", zone_name, *span, dict.fromkeys(holidays, NAME), dict.fromkeys(made_up, NAME))


def worked_in(calendar: WorkingCalendar) -> slow.Worked:
    """The rule said again, from the lists alone."""
    return lambda day: day in calendar.make_up or (day.weekday() < 5 and day not in calendar.holidays)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_working_days_fall_due_as_the_officer_counts_them(case: dict[str, Any]) -> None:
    due = CN.working_days_due(column(at(case["start"])), case["days"])
    last = at(f"{case['due']} 00:00") + DAY - 1
    assert [int(part[0]) for part in due] == [last, last, last]


@given(
    st.sampled_from(ZONES),
    st.sets(DATES, max_size=40),
    st.sets(DATES, max_size=40),
    st.lists(INSTANTS, min_size=1, max_size=5),
    st.integers(0, 12),
)
@settings(max_examples=150, deadline=None)
def test_due_is_the_last_microsecond_of_the_nth_day_found_by_walking(
    zone_name: str, holidays: set[date], make_up: set[date], starts: list[int], n: int
) -> None:
    subject = calendar(zone_name, holidays, make_up)
    worked = worked_in(subject)
    days = {start: slow.due_day(slow.local(start, zone_name).date(), n, worked) for start in starts}
    starts = [start for start in starts if days[start].year == 2026]
    due = subject.working_days_due(column(NAT, *starts), n)
    assert due.due.tolist() == [NAT, *(slow.due(start, n, worked, zone_name) for start in starts)]
    assert due.earliest.tolist() == due.latest.tolist() == due.due.tolist()


@given(st.sampled_from(ZONES), st.sets(DATES, max_size=40), st.sets(DATES, max_size=40), INSTANTS, INSTANTS)
@settings(max_examples=150, deadline=None)
def test_days_between_are_counted_like_day_numbers(
    zone_name: str, holidays: set[date], make_up: set[date], start: int, end: int
) -> None:
    subject = calendar(zone_name, holidays, make_up)
    found = subject.working_days_between(column(start, NAT, start), column(end, end, NAT))
    assert found.tolist() == [slow.between(start, end, worked_in(subject), zone_name), NAT, NAT]


@given(st.sampled_from(ZONES), INSTANTS, st.integers(0, 20))
@settings(max_examples=60, deadline=None)
def test_the_due_instant_is_day_n_and_the_next_microsecond_is_not_before_it(
    zone_name: str, start: int, n: int
) -> None:
    subject = calendar(zone_name)
    due = int(subject.working_days_due(column(start), n).due[0])
    days = subject.working_days_between(column(start, start), column(due, due + 1))
    assert days[0] == n
    assert slow.local(due + 1, zone_name).date() > slow.local(due, zone_name).date()


@pytest.mark.parametrize("zone_name", [*ZONES, "America/Sao_Paulo", "America/Havana", "Australia/Lord_Howe"])
def test_local_days_begin_when_the_clock_first_shows_them(zone_name: str) -> None:
    starts = zone(zone_name).day_starts
    for day in (date(2016, 1, 1) + timedelta(days=step) for step in range(366 * 4)):
        assert starts[day_number(day)] == slow.midnight(day, zone_name), day


def test_a_day_that_a_zone_skipped_has_no_instants() -> None:
    """Samoa went from 29 to 31 December 2011."""
    apia, skipped = zone("Pacific/Apia"), day_number(date(2011, 12, 30))
    assert apia.day_starts[skipped] == apia.day_starts[skipped + 1]
    days = apia.days(column(*(int(apia.day_starts[skipped]) + step for step in (-1, 0))))
    assert days.tolist() == [skipped - 1, skipped + 1]


def test_instants_nobody_can_place_have_no_day() -> None:
    assert (
        zone("Asia/Shanghai").days(column(NAT, FAR, at("1969-12-31 12:00"), at("2100-01-01 12:00"))).tolist()
        == [-1] * 4
    )


def test_a_year_that_no_table_reaches_is_never_certain() -> None:
    far = at("9999-12-31 23:00")
    due = CN.working_days_due(column(far), 5)
    assert [int(part[0]) for part in due] == [NAT, far, FAR]


def test_only_days_of_the_table_can_be_called_working() -> None:
    days = np.array([day_number(date(2026, 10, 10)), day_number(date(2026, 10, 11))], dtype=np.int64)
    assert CN.is_working(days).tolist() == [True, False]
    with pytest.raises(CalendarTooShort, match="import the holidays of 2027"):
        CN.is_working(np.array([day_number(date(2027, 1, 4))], dtype=np.int64))


def test_a_count_is_said_aloud_with_what_was_skipped_and_why() -> None:
    aloud = CN.days_aloud(at("2026-10-03 10:00"), 5)
    assert [(f"{day.day:%m-%d}", day.number, day.kind.value) for day in aloud] == [
        *((f"10-0{day}", None, "holiday") for day in (4, 5, 6, 7)),
        ("10-08", 1, "working"),
        ("10-09", 2, "working"),
        ("10-10", 3, "make_up"),
        ("10-11", None, "weekend"),
        ("10-12", 4, "working"),
        ("10-13", 5, "working"),
    ]
    assert aloud[0].name == Words("国庆节", "National Day")


def test_a_count_that_leaves_the_table_says_so_and_stops() -> None:
    last = CN.days_aloud(at("2026-12-30 10:00"), 5)[-1]
    assert (last.day, last.number, last.kind) == (date(2027, 1, 1), None, DayKind.UNKNOWN)


def test_days_aloud_need_a_day_to_start_from() -> None:
    with pytest.raises(WrongUse, match="null"):
        CN.days_aloud(NAT, 5)


def test_the_company_may_close_and_work_on_days_of_its_own() -> None:
    closed, worked = date(2026, 10, 9), date(2026, 10, 11)
    house = WorkingCalendar(
        *("CN", "Asia/Shanghai", CN.known_from, CN.known_through, CN.holidays, CN.make_up),
        company_off={closed: Words("厂庆", "anniversary")},
        company_working={worked: Words("盘点", "stocktaking")},
    )
    aloud = {day.day: (day.number, day.kind) for day in house.days_aloud(at("2026-10-08 10:00"), 2)}
    assert aloud == {
        closed: (None, DayKind.COMPANY_OFF),
        date(2026, 10, 10): (1, DayKind.MAKE_UP),
        worked: (2, DayKind.COMPANY_WORKING),
    }
    assert house.name(closed) == Words("厂庆", "anniversary")


def test_each_record_is_counted_by_its_own_calendar() -> None:
    berlin = calendar("Europe/Berlin", {date(2026, 10, 12)})
    starts = column(*[at("2026-10-09 16:00")] * 3)
    due = due_by_calendar(np.array([1, 0, -1]), [CN, berlin], starts, 1)
    assert [moment_of(int(each)).isoformat() for each in due.due[:2]] == [
        "2026-10-13T21:59:59.999999+00:00",
        "2026-10-10T15:59:59.999999+00:00",
    ]
    assert (due.due[2], due.earliest[2], due.latest[2]) == (NAT, starts[2], FAR)


def test_a_weekend_need_not_be_saturday_and_sunday() -> None:
    gulf = WorkingCalendar(
        *("AE", "Asia/Dubai", date(2026, 1, 1), date(2026, 12, 31)), weekend=frozenset({4, 5})
    )
    due = gulf.working_days_due(column(at("2026-10-08 10:00", ZoneInfo("Asia/Dubai"))), 1).due
    assert moment_of(int(due[0])).astimezone(ZoneInfo("Asia/Dubai")).date() == date(2026, 10, 11)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"holidays": {date(2026, 10, 10): NAME}, "make_up": {date(2026, 10, 10): NAME}},
            "both a holiday and",
        ),
        ({"make_up": {date(2026, 10, 12): NAME}}, "worked anyway"),
        ({"holidays": {date(2027, 1, 1): NAME}}, "outside known_from"),
        ({"company_off": {date(2026, 10, 17): NAME}}, "free anyway"),
        ({"company_working": {date(2026, 10, 16): NAME}}, "worked anyway"),
        (
            {"company_off": {date(2026, 10, 16): NAME}, "company_working": {date(2026, 10, 16): NAME}},
            "off and on",
        ),
    ],
)
def test_a_calendar_that_contradicts_itself_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(Contradiction, match=message):
        WorkingCalendar("T", "Asia/Shanghai", date(2026, 1, 1), date(2026, 12, 31), **wrong)


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(WrongUse, match="Asia/Shangai"):
        zone("Asia/Shangai")


def test_a_negative_count_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="-1"):
        CN.working_days_due(column(0), -1)
