"""Periods: half-open, in their zone, each instant in exactly one."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.errors import WrongUse
from audits.instants import DAY, HOUR, NAT, instant_of, moment_of
from audits.periods import Period, Unit, months_of, parse, period_of

SHANGHAI = "Asia/Shanghai"
ZONES = (SHANGHAI, "Europe/Berlin", "America/New_York", "Pacific/Auckland")
INSTANTS = st.datetimes(datetime(1971, 1, 5), datetime(2098, 6, 1)).map(
    lambda at: instant_of(at.replace(tzinfo=UTC))
)


def column(*instants: int) -> np.ndarray:
    return np.array(instants, dtype=np.int64)


@pytest.mark.parametrize(
    ("text", "first", "last", "zh", "en"),
    [
        ("2026-10", "2026-10-01", "2026-10-31", "2026 年 10 月", "October 2026"),
        ("2026-02", "2026-02-01", "2026-02-28", "2026 年 2 月", "February 2026"),
        ("2026-Q4", "2026-10-01", "2026-12-31", "2026 年第 4 季度", "Q4 2026"),
        ("2026", "2026-01-01", "2026-12-31", "2026 年", "2026"),
        ("2026-10-05", "2026-10-05", "2026-10-05", "2026 年 10 月 5 日", "5 October 2026"),
        ("2026-W41", "2026-10-05", "2026-10-11", "2026 年第 41 周", "week 41 of 2026"),
        ("2026-W53", "2026-12-28", "2027-01-03", "2026 年第 53 周", "week 53 of 2026"),
        ("2026-W01", "2025-12-29", "2026-01-04", "2026 年第 1 周", "week 1 of 2026"),
        (
            "2026-08..2026-10",
            "2026-08-01",
            "2026-10-31",
            "2026 年 8 月至2026 年 10 月",
            "August 2026 to October 2026",
        ),
        (
            " 2026-09-28 .. 2026-10-12 ",
            "2026-09-28",
            "2026-10-12",
            None,
            "28 September 2026 to 12 October 2026",
        ),
        ("2026-09-15..2026-10", "2026-09-15", "2026-10-31", None, "15 September 2026 to 31 October 2026"),
    ],
)
def test_a_period_is_what_a_person_means(text: str, first: str, last: str, zh: str | None, en: str) -> None:
    period = parse(text, SHANGHAI)
    assert (period.first_day.isoformat(), period.last_day.isoformat()) == (first, last)
    assert period.label.en == en
    assert zh is None or period.label.zh == zh
    assert parse(period.key, SHANGHAI) == period


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("October", "is not a period"),
        ("", "is not a period"),
        ("2026-10-", "is not a period"),
        ("2026-1", "is not a period"),
        ("２０２６", "is not a period"),
        ("2026-10..", "is not a period"),
        ("2026-13", "months 1 to 12"),
        ("2026-Q5", "quarters 1 to 4"),
        ("2026-Q0", "quarters 1 to 4"),
        ("2026-02-29", "does not exist"),
        ("2025-W53", "does not exist"),
        ("2026-10..2026-09", "ends before it begins"),
        ("1969", "outside 1971-2099"),
        ("2100-01", "outside 1971-2099"),
    ],
)
def test_nonsense_is_refused_with_what_to_write(text: str, message: str) -> None:
    with pytest.raises(WrongUse, match=message):
        parse(text, SHANGHAI)


def test_an_unknown_zone_is_refused_at_once() -> None:
    with pytest.raises(WrongUse, match="unknown time zone"):
        parse("2026-10", "China/Shanghai")


def test_the_first_microsecond_is_inside_and_the_one_after_the_last_is_not() -> None:
    october = parse("2026-10", SHANGHAI)
    assert moment_of(october.start).astimezone(ZoneInfo(SHANGHAI)).isoformat() == "2026-10-01T00:00:00+08:00"
    edges = column(october.start - 1, october.start, october.last, october.end, NAT)
    assert october.contains(edges).tolist() == [False, True, True, False, False]


def test_a_period_is_closed_from_its_end_on() -> None:
    october = parse("2026-10", SHANGHAI)
    assert [october.closed(as_of) for as_of in (october.last, october.end)] == [False, True]


@pytest.mark.parametrize(("text", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-26", 24)])
def test_days_are_as_long_as_the_clock_makes_them(text: str, hours: int) -> None:
    day = parse(text, "Europe/Berlin")
    assert day.end - day.start == hours * HOUR


@given(INSTANTS, st.sampled_from(list(Unit)), st.sampled_from(ZONES))
@settings(max_examples=200, deadline=None)
def test_each_instant_lies_in_exactly_one_period_of_a_unit(instant: int, unit: Unit, zone_name: str) -> None:
    period = period_of(instant, unit, zone_name)
    neighbours = (period.previous, period, period.next)
    assert [bool(each.contains(column(instant))[0]) for each in neighbours] == [False, True, False]
    assert (period.previous.end, period.next.start) == (period.start, period.end)
    local = moment_of(instant).astimezone(ZoneInfo(zone_name)).date()
    assert period.first_day <= local <= period.last_day
    assert parse(period.key, zone_name) == period


@given(INSTANTS, st.integers(1, 30), st.sampled_from(list(Unit)))
@settings(max_examples=100, deadline=None)
def test_the_neighbours_of_a_run_have_its_length(instant: int, count: int, unit: Unit) -> None:
    first = period_of(instant, unit, SHANGHAI)
    run = Period(unit, first.first, count, SHANGHAI)
    if run.next.last_day.year < 2099 and run.previous.first_day.year > 1970:
        assert run.previous.next == run == run.next.previous
        assert run.previous.last_day.toordinal() + 1 == run.first_day.toordinal()
        assert parse(run.key, SHANGHAI) == run


@given(st.lists(INSTANTS, min_size=1, max_size=5), st.sampled_from(ZONES))
@settings(max_examples=100, deadline=None)
def test_months_are_the_local_ones(instants: list[int], zone_name: str) -> None:
    local = [moment_of(instant).astimezone(ZoneInfo(zone_name)) for instant in instants]
    expected = [day.year * 100 + day.month for day in local]
    assert months_of(column(NAT, *instants), zone_name).tolist() == [0, *expected]


@pytest.mark.parametrize(
    "neighbour", [parse("2099", SHANGHAI).next, parse("1971", SHANGHAI).previous.previous]
)
def test_a_neighbour_beyond_the_tables_has_no_instants(neighbour: Period) -> None:
    with pytest.raises(WrongUse, match="leaves the years"):
        _ = neighbour.start, neighbour.end


def test_no_period_holds_null() -> None:
    with pytest.raises(WrongUse, match="null"):
        period_of(NAT, Unit.MONTH, SHANGHAI)


def test_the_last_day_of_the_table_is_still_a_day() -> None:
    period = parse("2099-12-31", SHANGHAI)
    assert (period.last_day, period.end - period.start) == (date(2099, 12, 31), DAY)
