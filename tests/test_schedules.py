"""What runs by itself and when: cron and calendar together, against slow oracles and the scheduler's own word."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from prefect.server.schemas.schedules import CronSchedule

from audits.calendars import CalendarTooShort, DayKind, WorkingCalendar
from audits.errors import WrongUse
from audits.instants import DAY, HOUR, MINUTE, instant_of, moment_of
from config.calendars import FOLDER, load_calendar
from config.cron import parse_cron
from config.due import On, PeriodUnit, Rule, due_between, is_due, periods_of, why_not
from config.schedules import HOME, SCHEMA, load_schedules, schema_text
from config.settings import Settings, load_settings
from tests.flow_house import change
from tests.house import ROOT

CHINA = load_calendar(FOLDER / "cn.yaml")
SHANGHAI = ZoneInfo("Asia/Shanghai")
WORKED = {DayKind.WORKING, DayKind.MAKE_UP, DayKind.COMPANY_WORKING}
ON: tuple[On, ...] = (
    "every day",
    "working days",
    "first working day of the week",
    "first working day of the month",
    "first working day of the quarter",
)
ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago")
CRONS = ("0 2 * * *", "30 2 * * *", "*/5 * * * *", "15 0-4 * * 1-5", "0 9 1,15 * *", "59 23 * * sun")


def rule(on: On = "every day", cron: str = "0 9 * * *", zone: str = "Asia/Shanghai") -> Rule:
    return Rule(parse_cron(cron), zone, on, CHINA)


def at(text: str) -> int:
    return instant_of(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI))


def days(on: On, first: str, last: str) -> list[str]:
    found = due_between(rule(on), at(first), at(last))
    return [f"{moment_of(one).astimezone(SHANGHAI):%m-%d}" for one in found.instants]


# Cron and zone


@example("*/5 * * * *", "America/Santiago", datetime(2025, 9, 4), 76)  # midnight itself is left out
@given(
    cron=st.sampled_from(CRONS),
    zone=st.sampled_from(ZONES),
    begin=st.datetimes(datetime(2025, 1, 1), datetime(2026, 12, 1)),
    hours=st.integers(0, 80),
)
@examples(max_examples=80)
def test_every_instant_is_the_schedulers_own_also_where_clocks_are_changed(
    cron: str, zone: str, begin: datetime, hours: int
) -> None:
    start = begin.replace(tzinfo=UTC)
    end = start + timedelta(hours=hours)
    found = due_between(rule(cron=cron, zone=zone), instant_of(start), instant_of(end)).instants
    told = CronSchedule(cron=cron, timezone=zone)._get_dates_generator(n=999, start=start, end=end)
    theirs = {instant_of(datetime.fromisoformat(one.isoformat())) for one in told}
    assert set(found) == theirs - {instant_of(end)}
    assert found == sorted(found)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("cron", ["30 2 * * *", "*/30 * * * *", "15 0-4 * * *"])
def test_the_nights_of_the_clock_change_are_the_schedulers(zone: str, cron: str) -> None:
    info, one = ZoneInfo(zone), date(2025, 12, 31)
    for _ in range(365):
        one += timedelta(days=1)
        noon = datetime(one.year, one.month, one.day, 12, tzinfo=UTC)
        if noon.astimezone(info).utcoffset() == (noon + timedelta(days=1)).astimezone(info).utcoffset():
            continue
        found = due_between(
            rule(cron=cron, zone=zone), instant_of(noon), instant_of(noon + timedelta(days=1))
        )
        told = CronSchedule(cron=cron, timezone=zone)._get_dates_generator(
            n=999, start=noon, end=noon + timedelta(days=1)
        )
        theirs = {instant_of(datetime.fromisoformat(each.isoformat())) for each in told}
        assert set(found.instants) == theirs - {instant_of(noon + timedelta(days=1))}, one


# Our calendar's days


def first_of(on: On, day: date) -> date:
    if on.endswith("week"):
        return day - timedelta(days=day.weekday())
    return day.replace(day=1, month=day.month if on.endswith("month") else (day.month - 1) // 3 * 3 + 1)


def slowly(on: On, day: date) -> bool | None:
    """Day by day, as a person reads a calendar on the wall."""
    kinds = [CHINA.kind(day)]
    if on == "every day":
        return True
    if on.startswith("first"):
        kinds = [
            CHINA.kind(first_of(on, day) + timedelta(days=n))
            for n in range((day - first_of(on, day)).days + 1)
        ]
    if any(kind in WORKED for kind in kinds[:-1]):
        return False
    if DayKind.UNKNOWN in kinds:
        return None
    return kinds[-1] in WORKED


@given(
    on=st.sampled_from(ON),
    cron=st.sampled_from(CRONS),
    zone=st.sampled_from(ZONES),
    start=st.integers(
        instant_of(datetime(2022, 12, 20, tzinfo=UTC)), instant_of(datetime(2027, 1, 9, tzinfo=UTC))
    ),
    hours=st.integers(0, 300),
    cut=st.integers(0, 300),
)
@examples(max_examples=80)
def test_due_instants_are_those_of_a_slow_look_at_every_minute_and_windows_fit_without_a_gap(
    on: On, cron: str, zone: str, start: int, hours: int, cut: int
) -> None:
    end = start + hours * HOUR
    found = due_between(rule(on, cron, zone), start, end)
    every = due_between(rule("every day", cron, zone), start, end).instants
    expected, unknown = [], None
    for one in every:
        day = moment_of(one).astimezone(ZoneInfo(zone)).date()
        says = slowly(on, day)
        if says is None:
            unknown = day
            break
        expected += [one] if says else []
    assert found == (expected, unknown)
    middle = min(start + cut * HOUR, end)
    if unknown is None:
        halves = [due_between(rule(on, cron, zone), *span) for span in ((start, middle), (middle, end))]
        assert halves[0].instants + halves[1].instants == found.instants


def test_a_window_takes_its_first_instant_and_leaves_its_last() -> None:
    nine = at("2026-11-02T09:00")
    assert due_between(rule(), nine, nine + DAY).instants == [nine]
    assert due_between(rule(), nine - DAY, nine).instants == [nine - DAY]
    assert due_between(rule(), nine + 1, nine + 1).instants == []


def test_holidays_rest_and_make_up_days_work() -> None:
    # Mid-Autumn 25-27 September, National Day 1-7 October; worked: Sunday 20 September, Saturday 10 October.
    worked = ["09-18", "09-20", "09-21", "09-22", "09-23", "09-24", "09-28", "09-29"]
    assert days("working days", "2026-09-18", "2026-09-30") == worked
    assert days("first working day of the month", "2026-09-01", "2026-11-30") == ["09-01", "10-08", "11-02"]
    assert days("first working day of the quarter", "2026-01-01", "2026-12-31") == ["01-04", "04-01", "07-01", "10-08"]  # fmt: skip
    # The week of Spring Festival has no working day at all.
    assert days("first working day of the week", "2026-02-08", "2026-03-01") == ["02-09", "02-24"]


def test_why_a_day_is_not_due_is_said_in_words() -> None:
    assert why_not(rule("working days"), date(2026, 10, 1)).zh == "国庆节"  # type: ignore[union-attr]
    assert why_not(rule("working days"), date(2026, 11, 1)).en == "weekend"  # type: ignore[union-attr]
    said = why_not(rule("first working day of the month"), date(2026, 11, 3))
    assert said is not None
    assert (said.zh, said.en) == ("不是本月第一个工作日", "not the first working day of the month")
    assert why_not(rule("working days"), date(2026, 10, 10)) is None


def test_beyond_the_calendar_nothing_is_guessed() -> None:
    ahead = due_between(rule("working days"), at("2026-12-30"), at("2027-01-10"))
    assert [f"{moment_of(one).astimezone(SHANGHAI):%m-%d}" for one in ahead.instants] == ["12-30", "12-31"]
    assert ahead.unknown == date(2027, 1, 1)
    with pytest.raises(CalendarTooShort, match="2027-01-04 is a working day is not known") as error:
        why_not(rule("working days"), date(2027, 1, 4))
    assert "calendar import" in error.value.do
    assert len(due_between(rule(), at("2026-12-30"), at("2027-01-10")).instants) == 11  # every day needs none


@pytest.mark.parametrize(
    ("on", "unit", "due", "joined", "apart"),
    [
        ("every day", "month", "2026-11-01", "2026-10", ["2026-10"]),
        ("every day", "month", "2026-11-02", "2026-11", ["2026-11"]),
        ("working days", "day", "2026-11-02", "2026-10-30..2026-11-01", ["2026-10-30", "2026-10-31", "2026-11-01"]),
        ("working days", "month", "2026-11-02", "2026-10..2026-11", ["2026-10", "2026-11"]),
        ("first working day of the week", "week", "2026-11-02", "2026-W44", ["2026-W44"]),
        ("first working day of the week", "week", "2026-02-24", "2026-W07..2026-W08", ["2026-W07", "2026-W08"]),
        ("first working day of the month", "month", "2026-10-08", "2026-09", ["2026-09"]),
        ("first working day of the quarter", "quarter", "2026-10-08", "2026-Q3", ["2026-Q3"]),
    ],
)  # fmt: skip
def test_a_run_is_for_every_unit_since_the_due_day_before(
    on: On, unit: PeriodUnit, due: str, joined: str, apart: list[str]
) -> None:
    instant = at(f"{due}T09:00")
    assert is_due(rule(on), date.fromisoformat(due))
    assert periods_of(rule(on), unit, instant, joined=True) == (joined,)
    assert list(periods_of(rule(on), unit, instant, joined=False)) == apart


@pytest.mark.parametrize("on", ["working days", "every day"])
def test_every_day_counts_in_one_daily_report(on: On) -> None:
    whole = due_between(rule(on), at("2026-01-05"), at("2026-12-31")).instants
    told = [day for due in whole for day in periods_of(rule(on), "day", due, joined=False)]
    assert told == sorted(set(told))
    assert len(told) == (date.fromisoformat(told[-1]) - date.fromisoformat(told[0])).days + 1


# The file


def test_the_file_that_comes_with_the_product_is_read() -> None:
    found = load_schedules(Settings(source="demo", schedules=ROOT / "config" / "schedules.yaml"))
    assert list(found.by_name) == ["nightly", "housekeeping", "weekly", "monthly", "watch", "mailing"]  # fmt: skip
    assert found.by_name["nightly"].source == "demo"
    assert found.by_name["mailing"].source == ""
    assert found.by_name["weekly"].parameters == {"report": "weekly", "source": "demo"}
    # The daily and the quarterly report are off in reports.yaml: nobody misses them.
    assert not {"daily", "quarterly"} & found.by_name.keys()
    assert {one.rule.zone for one in found.by_name.values()} == {"Asia/Shanghai"}
    assert found.late_after == 30 * MINUTE


def test_the_committed_schema_is_the_grammar() -> None:
    assert (HOME / SCHEMA).read_text(encoding="utf-8") == schema_text()


def schedules(folder: Path, *pairs: tuple[str, str]) -> Settings:
    path = folder / "schedules.yaml"
    path.write_text((ROOT / "config" / "schedules.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    return Settings(schedules=change(path, *pairs))


@pytest.mark.parametrize(
    ("old", "new", "said", "line"),
    [
        ('cron: "0 2 * * *"', "cron: every night", "nightly: 'every night' is no cron", 12),
        ('cron: "0 2 * * *"', 'cron: "0 2 * * *", zone: Asia/Peking', "unknown time zone 'Asia/Peking'", 12),
        ('cron: "0 2 * * *"', 'cron: "0 2 * * *", one: 1', "there is no key `one`", 12),
        ("on: working days", "on: workdays", "schedules.daily.on", 16),
        (", report: daily", "", "flow report has no report", 15),
        (", report: daily", ", report: daily, period: day", "takes no period", 16),
        ("{flow: audit,", "{flow: audits,", "schedules.nightly.flow", 12),
        ("  nightly:", "  Nightly run:", "'Nightly run' is no name", 11),
        ("schema: 1", "schema: 2", "schema", 7),
    ],
)
def test_what_is_wrong_is_said_with_its_line(
    tmp_path: Path, old: str, new: str, said: str, line: int
) -> None:
    with pytest.raises(WrongUse) as error:
        load_schedules(schedules(tmp_path, (old, new)))
    assert said in error.value.found
    assert error.value.where.endswith(f"schedules.yaml:{line}")
    assert error.value.do


def test_a_schedule_that_is_off_is_not_expected(tmp_path: Path) -> None:
    found = load_schedules(schedules(tmp_path, ("report: weekly}", "report: weekly, off: true}")))
    assert "weekly" not in found.by_name
    assert "monthly" in found.by_name


def test_settings_of_before_say_where_they_went(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("clausewatch.yaml").write_text('nightly: "0 3 * * *"\n', encoding="utf-8")
    with pytest.raises(WrongUse, match="there is no setting nightly any more") as error:
        load_settings()
    assert "config/schedules.yaml" in error.value.do
    Path("clausewatch.yaml").unlink()
    monkeypatch.setenv("CLAUSEWATCH_MAILING", "0 0 1 1 *")
    with pytest.raises(WrongUse, match="there is no setting mailing any more"):
        load_settings()


def test_a_calendar_of_ones_own_decides() -> None:
    house = WorkingCalendar(
        "X", "Asia/Shanghai", date(2026, 1, 1), date(2026, 12, 31), weekend=frozenset({4, 5})
    )
    sunday = Rule(parse_cron("0 9 * * *"), "Asia/Shanghai", "working days", house)
    assert is_due(sunday, date(2026, 11, 1))
    assert not is_due(sunday, date(2026, 10, 30))
