"""Calendar, company and hours files: what they say is what is counted, and slips are named by line."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from audits.calendars import DayKind
from audits.errors import WrongUse
from audits.instants import HOUR, instant_of
from audits.shifts import Shift
from config.calendars import FOLDER, describe, load_calendar, load_hours, summary

CN_TEXT = (FOLDER / "cn.yaml").read_text(encoding="utf-8")
HOURS_TEXT = (FOLDER / "hours.yaml").read_text(encoding="utf-8")
CN = load_calendar(FOLDER / "cn.yaml", FOLDER / "company.yaml")
COMPANY = "schema: 1\ncalendar: CN\ndays_off:\n  - {date: 2026-10-16, zh: 厂庆, en: anniversary}\nworking_days: []\n"
OFFICE = '    shifts:\n      Mon-Fri: ["09:00-18:00"]'

Edit = tuple[str, str]


def at(text: str) -> int:
    return instant_of(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai")))


def refused(read: Callable[[], object]) -> tuple[str, str]:
    """What was found, and in which line."""
    with pytest.raises(WrongUse) as caught:
        read()
    assert caught.value.do
    return caught.value.found, caught.value.where.rpartition(":")[2]


def line_of(text: str, part: str) -> str:
    return str(next(number for number, line in enumerate(text.splitlines(), 1) if part in line))


def test_the_files_that_come_with_the_product_load() -> None:
    hours = load_hours(FOLDER / "hours.yaml", {"CN": CN})
    assert list(hours) == ["office", "hotline", "night-desk"]
    assert hours["office"].week.shifts[4] == (Shift(9 * HOUR, 18 * HOUR),)
    assert hours["hotline"].calendar is None
    assert hours["night-desk"].week.shifts[0][2] == Shift(22 * HOUR, 30 * HOUR)


def test_a_company_day_off_moves_the_due_day(tmp_path: Path) -> None:
    company = tmp_path / "company.yaml"
    company.write_text(COMPANY, encoding="utf-8")
    house = load_calendar(FOLDER / "cn.yaml", company)
    start = np.array([at("2026-10-15 10:00")], dtype=np.int64)
    due = [int(calendar.working_days_due(start, 1).due[0]) + 1 for calendar in (CN, house)]
    assert due == [at("2026-10-17 00:00"), at("2026-10-20 00:00")]


@pytest.mark.parametrize(
    ("edit", "message", "line"),
    [
        (("zone: Asia/Shanghai", "zone: Asia/Shangai"), "unknown time zone", "zone:"),
        (("known_through: 2026-12-31", "known_through: 2027-12-31"), "must be 2026-12-31", "known_through:"),
        (("known_from: 2023-01-01", "known_from: 2022-01-01"), "must be 2023-01-01", "known_from:"),
        (("known_from: 2023-01-01", "known_from: 2023"), "is not a date such as", "known_from:"),
        (("date: 2026-10-10", "date: 2026-10-32"), "2026.working_days.5.date", "2026-10-32"),
        (("date: 2026-10-10", "date: 2026-10-12"), "2026-10-12: a make-up working day on", "2026-10-12"),
        (("date: 2026-10-10", "date: 2026-10-03"), "2026-10-03: both a holiday and", "date: 2026-10-03"),
        (("date: 2026-10-10", "date: 2025-10-18"), "does not lie in 2026", "date: 2025-10-18"),
        (("date: 2026-10-10", "date: 2026-09-20"), "2026-09-20 stands twice", None),
        (
            ("from: 2026-10-01, to: 2026-10-07", "from: 2026-10-07, to: 2026-10-01"),
            "ends before",
            "from: 2026-10-07",
        ),
        (("from: 2026-10-01", "form: 2026-10-01"), "from: Field required", "form: 2026"),
        (("\n  2024:", "\n  2022:"), "years must follow each other", "years:"),
        (("\n  2024:", "\n  2023:"), "stands twice", None),
        (("weekend: [Sat, Sun]", "weekend: [Saturday]"), "weekend", "weekend:"),
        (("version: ", "edition: x\nversion: "), "edition: Extra inputs", "edition:"),
        (("schema: 1", "schema: 2"), "schema", "schema:"),
        (("years:", "years: ["), "", None),
    ],
)
def test_a_slip_in_the_table_is_named_with_its_line(
    tmp_path: Path, edit: Edit, message: str, line: str | None
) -> None:
    assert CN_TEXT.count(edit[0]) == 1
    path = tmp_path / "cn.yaml"
    path.write_text(CN_TEXT.replace(*edit), encoding="utf-8")
    found, where = refused(lambda: load_calendar(path))
    assert message in found
    assert where.isdigit()
    if line:
        assert where == line_of(path.read_text(encoding="utf-8"), line)


@pytest.mark.parametrize(
    ("edit", "message", "line"),
    [
        (("calendar: CN", "calendar: DE"), "for calendar DE, not CN", "2"),
        (("2026-10-16", "2026-10-17"), "free anyway", "4"),
        (("2026-10-16", "2027-10-18"), "outside known_from", "4"),
        (("working_days: []", "working_days: [{date: 2026-10-16, zh: 班, en: work}]"), "off and on", "5"),
        (("working_days: []", "working_days: [{date: 2026-10-15, zh: 班, en: work}]"), "worked anyway", "5"),
        ((", en: anniversary", ""), "en: Field required", "4"),
    ],
)
def test_a_slip_in_the_company_file_is_named_with_its_line(
    tmp_path: Path, edit: Edit, message: str, line: str
) -> None:
    path = tmp_path / "company.yaml"
    path.write_text(COMPANY.replace(*edit), encoding="utf-8")
    found, where = refused(lambda: load_calendar(FOLDER / "cn.yaml", path))
    assert message in found
    assert where == line


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (('Mon-Fri: ["09:00-18:00"]', 'Mon-Fri: ["9-18"]'), "'9-18' is not a shift"),
        (('Mon-Fri: ["09:00-18:00"]', 'Mon-Fri: ["09:00-25:00"]'), "is not a shift"),
        (('Mon-Fri: ["09:00-18:00"]', 'Mon-Fri: ["09:00-09:00"]'), "begins and ends at once"),
        (('Mon-Fri: ["09:00-18:00"]', 'Mon-Fri: ["09:00-13:00", "12:00-18:00"]'), "overlap"),
        (('Mon-Fri: ["09:00-18:00"]', 'Fri-Mon: ["09:00-18:00"]'), "runs backwards"),
        (('Mon-Fri: ["09:00-18:00"]', 'Weekdays: ["09:00-18:00"]'), "names no weekdays"),
        (('Mon-Fri: ["09:00-18:00"]', 'Mon-Fri: ["09:00-18:00"]\n      Tue: []'), "Tue has its shifts twice"),
        ((f"    calendar: CN\n{OFFICE}", OFFICE), "need a calendar"),
        ((f"    calendar: CN\n{OFFICE}", f"    calendar: DE\n{OFFICE}"), "no calendar DE; known: CN"),
        (("days: all_days", "days: all_days\n    calendar: CN"), "neither a calendar"),
        (("id: hotline", "id: office"), "stand twice"),
        (("id: hotline\n    zone: Asia/Shanghai", "id: hotline\n    zone: Nowhere"), "unknown time zone"),
        (('Mon-Sun: ["00:00-24:00"]', "Mon-Sun: []"), "never be open"),
    ],
)
def test_a_slip_in_the_hours_is_named_with_its_line(tmp_path: Path, edit: Edit, message: str) -> None:
    assert HOURS_TEXT.count(edit[0]) == 1
    path = tmp_path / "hours.yaml"
    path.write_text(HOURS_TEXT.replace(*edit), encoding="utf-8")
    found, where = refused(lambda: load_hours(path, {"CN": CN}))
    assert message in found
    changed = path.read_text(encoding="utf-8").splitlines()
    same = next(
        at
        for at, pair in enumerate(zip(changed, HOURS_TEXT.splitlines(), strict=False))
        if pair[0] != pair[1]
    )
    assert abs(int(where) - 1 - same) <= 3


def test_a_file_that_is_not_there_or_not_text_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="no such file"):
        load_calendar(tmp_path / "none.yaml")
    path = tmp_path / "gbk.yaml"
    path.write_bytes("国庆节".encode("gbk"))
    with pytest.raises(WrongUse, match="UTF-8"):
        load_calendar(path)


def test_a_month_is_shown_day_by_day() -> None:
    rows = describe(CN, "2026-10")
    assert len(rows) == 31
    tenth = rows[9]
    assert (tenth.day, tenth.kind, tenth.working, tenth.number) == (
        date(2026, 10, 10),
        DayKind.MAKE_UP,
        True,
        3,
    )
    assert (rows[0].kind, rows[0].number, rows[0].name.zh if rows[0].name else None) == (
        DayKind.HOLIDAY,
        None,
        "国庆节",
    )
    assert summary(rows)[:4] == (31, 18, 13, 1)


def test_a_year_beyond_the_table_is_shown_as_unknown() -> None:
    rows = describe(CN, "2027")
    assert {row.working for row in rows} == {None}
    assert summary(rows).unknown == 365
