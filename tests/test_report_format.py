"""Figures, instants and lengths of time are written one way, exactly."""

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audits.words import DAY, HOUR, MINUTE, SECOND
from reports import format as fmt

SHANGHAI = "Asia/Shanghai"


def test_counts_have_commas_and_a_true_minus() -> None:
    assert [fmt.count(n) for n in (0, 12904, -1519)] == ["0", "12,904", "−1,519"]
    assert [fmt.signed(n) for n in (452, -519, 0)] == ["+ 452", "− 519", "0"]


def test_a_rate_just_below_its_limit_never_reads_as_reached() -> None:
    assert fmt.rate(60, 64, (95,)) == "93.8%"
    assert fmt.rate(2374, 2500, (95,)) == "94.96%"
    assert fmt.rate(2374, 2500) == "95.0%"
    assert fmt.rate(0, 0) == "–"


@given(st.integers(1, 10**7), st.data(), st.integers(1, 100))
def test_a_printed_rate_is_on_the_same_side_of_its_limit_as_the_integers(
    n: int, data: st.DataObject, limit: int
) -> None:
    k = data.draw(st.integers(0, n))
    shown = Fraction(fmt.rate(k, n, (limit,)).rstrip("%"))
    assert (shown >= limit) == (100 * k >= limit * n)
    assert abs(shown - Fraction(100 * k, n)) <= Fraction(1, 20)


@given(st.integers(0, 10**6), st.integers(1, 100))
def test_need_is_the_least_count_that_is_enough(n: int, percent: int) -> None:
    need = fmt.need(n, percent)
    assert 100 * need >= percent * n
    assert need == 0 or 100 * (need - 1) < percent * n


@pytest.mark.parametrize(
    ("us", "zh", "en", "zh_open", "en_open"),
    [
        (0, "0 分", "0 min", "营业 0 分", "0 open min"),
        (SECOND - 1, "不到 1 秒", "under 1 s", "营业 不到 1 秒", "under 1 open s"),
        (47 * SECOND, "47 秒", "47 s", "营业 47 秒", "47 open s"),
        (46 * MINUTE + 59 * SECOND, "46 分", "46 min", "营业 46 分", "46 open min"),
        (9 * HOUR + 30 * MINUTE, "9:30", "9:30", "营业 9:30", "9:30 open h"),
        (3 * DAY + 14 * HOUR + 40 * MINUTE, "3 天 14:40", "3 d 14:40", "营业 86:40", "86:40 open h"),
    ],
)
def test_a_length_in_opening_hours_says_so_and_makes_no_days(
    us: int, zh: str, en: str, zh_open: str, en_open: str
) -> None:
    assert [fmt.duration(us, lang) for lang in ("zh", "en")] == [zh, en]
    assert [fmt.duration(us, lang, open_hours=True) for lang in ("zh", "en")] == [zh_open, en_open]


def test_inside_a_sentence_a_length_is_spoken() -> None:
    assert fmt.spoken(17 * HOUR + MINUTE, "zh") == "17 小时 01 分"
    assert fmt.spoken(DAY + HOUR, "en") == "1 d 1 h 00 min"
    assert fmt.spoken(46 * MINUTE, "en") == "46 min"


def test_the_last_microsecond_of_a_day_is_24_00_of_that_day() -> None:
    near = fmt.Near("2026-10-01T00:00:00+08:00", "2026-11-02T02:00:00+08:00")
    assert fmt.instant("2026-10-26T23:59:59.999999+08:00", SHANGHAI, near) == "10-26 24:00"
    assert fmt.instant("2026-10-26T23:59:59+08:00", SHANGHAI, near) == "10-26 23:59"


def test_an_instant_outside_the_period_writes_its_year() -> None:
    near = fmt.Near("2026-10-01T00:00:00+08:00", "2026-11-02T02:00:00+08:00")
    assert fmt.instant("2026-09-30T12:25:00+08:00", SHANGHAI, near) == "2026-09-30 12:25"
    assert fmt.instant(datetime(2026, 10, 10, 4, 25, tzinfo=UTC), SHANGHAI, near) == "10-10 12:25"
    assert fmt.day(date(2025, 1, 1), SHANGHAI, near) == "2025-01-01"


def test_microseconds_and_texts_are_the_same_instant() -> None:
    at = datetime(2026, 10, 10, 4, 25, 7, tzinfo=UTC)
    us = int(at.timestamp()) * SECOND
    assert {fmt.instant(one, SHANGHAI, seconds=True) for one in (at, us, at.isoformat())} == {
        "2026-10-10 12:25:07"
    }


@pytest.mark.parametrize(
    ("key", "zh", "en", "short"),
    [
        ("2026-10", "2026 年 10 月", "October 2026", "10 月"),
        ("2026-Q4", "2026 年第 4 季度", "Q4 2026", "2026 年第 4 季度"),
        ("2026", "2026 年", "2026", "2026 年"),
        (
            "2026-10-05..2026-10-11",
            "2026 年 10 月 5 日至 2026 年 10 月 11 日",
            "5 October 2026 to 11 October 2026",
            "10 月 5 日至 10 月 11 日",
        ),
        ("2026-W41", "2026 年第 41 周", "week 41 of 2026", "第 41 周"),
        ("2026-10-05", "2026 年 10 月 5 日", "5 October 2026", "10 月 5 日"),
        ("some key", "some key", "some key", "some key"),
    ],
)
def test_a_period_has_its_name(key: str, zh: str, en: str, short: str) -> None:
    assert (fmt.period(key, "zh"), fmt.period(key, "en"), fmt.period_short(key, "zh")) == (zh, en, short)


def test_limits_offsets_and_lists() -> None:
    assert [fmt.limit(15 * MINUTE, "us", "zh"), fmt.limit(4 * HOUR, "us", "en")] == ["15 分", "4 h"]
    assert [fmt.limit(1, "working_days", "en"), fmt.limit(5, "working_days", "zh")] == [
        "1 working day",
        "5 个工作日",
    ]
    assert [fmt.offset("2026-11-02T02:00:00+08:00"), fmt.offset("2026-11-02T02:00:00-03:30")] == [
        "UTC+8",
        "UTC−3:30",
    ]
    assert [fmt.joined(["a", "b", "c"], "en"), fmt.joined(["甲", "乙"], "zh"), fmt.joined(["a"], "en")] == [
        "a, b and c",
        "甲、乙",
        "a",
    ]
