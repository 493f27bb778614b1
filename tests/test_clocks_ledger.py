"""The minute ledger: it reads like the mock, and it always adds up."""

from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.clocks import ElapsedClock, OpeningHours
from audits.errors import WrongUse
from audits.instants import DAY, HOUR, MINUTE, NAT, instant_of, moment_of
from audits.ledger import LedgerRow, Pause, ledger
from audits.pauses import joined
from audits.shifts import Shift, Week
from audits.words import Words
from config.calendars import FOLDER, load_calendar, load_hours
from tests.test_clocks import HOURS, clocks, column, instants

SHANGHAI = ZoneInfo("Asia/Shanghai")
CN = load_calendar(FOLDER / "cn.yaml")
FILED = load_hours(FOLDER / "hours.yaml", {"CN": CN})
OFFICE = FILED["office"]
WAITING = Words("等待客户", "waiting for the customer")


def at(text: str) -> int:
    return instant_of(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI))


def told(rows: list[LedgerRow], lang: str = "zh") -> list[tuple[str, int, int, str]]:
    """Rows as a report prints them, in minutes."""
    return [
        (
            "–".join(f"{moment_of(edge).astimezone(SHANGHAI):%m-%d %H:%M}" for edge in (row.start, row.end)),
            row.counted_us // MINUTE,
            row.uncounted_us // MINUTE,
            row.say(lang),
        )
        for row in rows
    ]


def test_the_ledger_reads_like_the_mock() -> None:
    pause = Pause(at("2026-10-10 09:35"), at("2026-10-10 10:50"), WAITING)
    rows = ledger(at("2026-10-09 16:10"), at("2026-10-10 13:11"), OFFICE, [pause], 240 * MINUTE)
    assert told(rows) == [
        ("10-09 16:10–10-09 18:00", 110, 0, "营业时间"),
        ("10-09 18:00–10-10 09:00", 0, 900, "夜间停业"),
        ("10-10 09:00–10-10 09:35", 35, 0, "营业时间；周六为调休上班日"),
        ("10-10 09:35–10-10 10:50", 0, 75, "等待客户"),
        ("10-10 10:50–10-10 12:25", 95, 0, "营业时间；至此满 240 分"),
        ("10-10 12:25–10-10 13:11", 46, 0, "营业时间；超时"),
    ]
    assert told(rows, "en")[2][3] == "opening hours; this Saturday is a make-up working day"
    assert [row.late for row in rows] == [False] * 5 + [True]
    assert sum(row.counted_us + row.uncounted_us for row in rows) == 1261 * MINUTE


def test_by_the_words_every_minute_counts() -> None:
    rows = ledger(at("2026-10-09 16:10"), at("2026-10-10 13:11"), ElapsedClock(), (), 240 * MINUTE)
    assert told(rows) == [
        ("10-09 16:10–10-09 20:10", 240, 0, "自然时间；至此满 240 分"),
        ("10-09 20:10–10-10 13:11", 1021, 0, "自然时间；超时"),
    ]


def test_a_holiday_is_named_in_one_row() -> None:
    rows = ledger(at("2026-09-30 17:00"), at("2026-10-08 10:00"), OFFICE)
    assert [row[3] for row in told(rows)] == ["营业时间", "国庆节放假", "营业时间"]
    assert told(rows, "en")[1] == ("09-30 18:00–10-08 09:00", 0, 7 * 1440 + 900, "National Day holiday")


@pytest.mark.parametrize(
    ("start", "end", "why"),
    [
        ("2026-10-17 12:00", "2026-10-18 12:00", "周末"),
        ("2026-10-12 07:00", "2026-10-12 08:00", "夜间停业"),
        ("2026-10-12 20:00", "2026-10-12 21:00", "夜间停业"),
        ("2027-03-01 12:00", "2027-03-01 13:00", "节假日安排尚未录入"),
        ("2026-12-31 20:00", "2026-12-31 21:00", "夜间停业"),
    ],
)
def test_closed_time_says_why(start: str, end: str, why: str) -> None:
    assert [row[3] for row in told(ledger(at(start), at(end), OFFICE))] == [why]


def test_the_break_between_shifts_is_not_called_night() -> None:
    rows = ledger(at("2026-10-12 11:00"), at("2026-10-12 14:00"), FILED["night-desk"])
    assert [row[3] for row in told(rows)] == ["营业时间", "班次之间停业", "营业时间"]


def test_a_weekday_without_shifts_is_named() -> None:
    four_days = OpeningHours(
        "4", "Asia/Shanghai", Week({day: (Shift(9 * HOUR, 18 * HOUR),) for day in range(4)})
    )
    rows = ledger(at("2026-10-15 12:00"), at("2026-10-19 12:00"), four_days)
    assert [row[3] for row in told(rows)] == ["营业时间", "当日无班次", "营业时间"]
    on_friday = ledger(at("2026-10-16 10:00"), at("2026-10-16 16:00"), four_days)
    assert [row[3] for row in told(on_friday)] == ["当日无班次"]


def test_company_days_give_their_own_reason() -> None:
    from config.calendars import calendar_of

    company = (
        "schema: 1\ncalendar: CN\ndays_off: [{date: 2026-10-16, zh: 厂庆, en: anniversary}]\n"
        "working_days: [{date: 2026-10-17, zh: 盘点, en: stocktaking}]\n"
    )
    house = calendar_of(
        (FOLDER / "cn.yaml").read_text(encoding="utf-8"), "cn.yaml", (company, "company.yaml")
    )
    hours = OpeningHours("h", "Asia/Shanghai", OFFICE.week, house)
    rows = ledger(at("2026-10-15 17:00"), at("2026-10-17 10:00"), hours)
    assert [row[3] for row in told(rows)] == ["营业时间", "厂庆", "营业时间；盘点"]


def test_a_limit_reached_exactly_at_closing_is_said_there() -> None:
    rows = ledger(at("2026-10-12 14:00"), at("2026-10-13 09:30"), OFFICE, (), 4 * HOUR)
    assert [(row.say("en"), row.late) for row in rows] == [
        ("opening hours; 240 minutes reached", False),
        ("closed for the night", True),
        ("opening hours; late", True),
    ]


def test_under_an_open_pause_nothing_is_late() -> None:
    pause = Pause(at("2026-10-12 10:00"), NAT, WAITING)
    rows = ledger(at("2026-10-12 09:00"), at("2026-10-13 12:00"), OFFICE, [pause], 2 * HOUR)
    assert [(row.say("zh"), row.late) for row in rows] == [
        ("营业时间", False),
        ("等待客户", False),
        ("夜间停业", False),
        ("等待客户", False),
    ]


@pytest.mark.parametrize(("start", "end"), [(5, 4), (NAT, 4), (5, NAT)])
def test_a_ledger_needs_both_ends_in_order(start: int, end: int) -> None:
    with pytest.raises(WrongUse, match="a start and an end"):
        ledger(start, end, OFFICE)


def test_a_ledger_of_no_time_is_empty() -> None:
    assert ledger(at("2026-10-12 09:00"), at("2026-10-12 09:00"), OFFICE) == []


@given(st.sampled_from(sorted(HOURS)), st.data())
@settings(max_examples=100, deadline=None)
def test_counted_and_uncounted_add_up_to_the_microsecond(name: str, data: st.DataObject) -> None:
    clock, oracle = clocks(name)
    start, end = sorted(data.draw(st.tuples(instants(oracle), instants(oracle))))
    cuts = [
        (begin, begin + data.draw(st.integers(0, 20 * HOUR)))
        for begin in data.draw(st.lists(instants(oracle), max_size=3))
    ]
    limit = data.draw(st.none() | st.integers(1, 20 * HOUR))
    rows = ledger(start, end, clock, [Pause(*cut, WAITING) for cut in cuts], limit)

    assert [row.end for row in rows[:-1]] == [row.start for row in rows[1:]]
    assert all((row.counted_us, row.uncounted_us).count(0) == 1 for row in rows)
    assert sum(row.counted_us + row.uncounted_us for row in rows) == end - start
    pauses = joined(
        column(*[0] * len(cuts)), column(*(a for a, _ in cuts)), column(*(b for _, b in cuts)), end + 30 * DAY
    )
    counted = sum(row.counted_us for row in rows)
    assert counted == clock.open_between(column(start), column(end), pauses)[0]
    assert all(one.why != other.why or one.late != other.late for one, other in pairwise(rows))
    if limit is not None:
        before = sum(row.counted_us for row in rows if not row.late)
        assert before == min(counted, limit)
