"""A new year enters the table whole, or the table stays as it was."""

import os
from datetime import date, timedelta
from pathlib import Path

import pytest

from audits.errors import WrongUse
from config.calendars import FOLDER, describe, import_year, load_calendar, plan_import, summary

OLD = (FOLDER / "cn.yaml").read_text(encoding="utf-8")

#: A made-up 2027, with the shape of a real one.
OFF = {
    "元旦": ("2027-01-01", "2027-01-03"),
    "春节": ("2027-02-05", "2027-02-12"),
    "清明节": ("2027-04-03", "2027-04-05"),
    "劳动节": ("2027-05-01", "2027-05-05"),
    "端午节": ("2027-06-09", "2027-06-09"),
    "国庆节、中秋节": ("2027-10-01", "2027-10-07"),
}
WORK = {"2027-01-31": "春节", "2027-02-14": "春节", "2027-05-08": "劳动节", "2027-10-09": "国庆节、中秋节"}


def lines() -> list[str]:
    rows = ["date,name,off|work"]
    for name, (first, last) in OFF.items():
        day = date.fromisoformat(first)
        while day <= date.fromisoformat(last):
            rows.append(f"{day},{name},off")
            day += timedelta(days=1)
    return [*rows, *(f"{day},{name},work" for day, name in WORK.items())]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "cn.yaml"
    path.write_text(OLD, encoding="utf-8")
    path.chmod(0o640)
    return path


@pytest.fixture
def notice(tmp_path: Path) -> Path:
    path = tmp_path / "2027.csv"
    path.write_text("\n".join(lines()), encoding="utf-8")
    return path


def test_a_year_is_added_and_everything_else_stays(table: Path, notice: Path) -> None:
    imported = import_year(notice, 2027, table)
    calendar = load_calendar(table)
    assert (imported.days_off, imported.working_days) == (27, 4)
    assert (calendar.version, calendar.known_through) == ("2027.1", date(2027, 12, 31))
    assert summary(describe(calendar, "2027"))[:4] == (365, 248, 117, 4)
    assert describe(calendar, "2023..2026") == describe(load_calendar(FOLDER / "cn.yaml"), "2023..2026")
    added = table.read_text(encoding="utf-8")
    assert added.startswith(OLD[: OLD.index("version:")])
    assert "  2027:\n" in added
    assert "{zh: 春节, en: Spring Festival, from: 2027-02-05, to: 2027-02-12}" in added
    assert table.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in table.parent.iterdir()) == ["2027.csv", "cn.yaml"]


def test_a_plan_writes_nothing(table: Path, notice: Path) -> None:
    assert plan_import(notice, 2027, table).calendar.version == "2027.1"
    assert table.read_text(encoding="utf-8") == OLD


def test_a_year_may_be_corrected_when_that_is_said(table: Path, notice: Path) -> None:
    import_year(notice, 2027, table)
    text = notice.read_text(encoding="utf-8").replace(
        "2027-10-09,国庆节、中秋节,work", "2027-09-26,国庆节、中秋节,work"
    )
    notice.write_text(text, encoding="utf-8")
    with pytest.raises(WrongUse, match="known already"):
        import_year(notice, 2027, table)
    import_year(notice, 2027, table, replace=True)
    calendar = load_calendar(table)
    assert calendar.version == "2027.2"
    assert {date(2027, 9, 26), date(2027, 10, 9)} & set(calendar.make_up) == {date(2027, 9, 26)}
    assert table.read_text(encoding="utf-8").count("  2027:\n") == 1


def test_an_older_year_may_be_corrected_in_its_place(table: Path, tmp_path: Path) -> None:
    calendar = load_calendar(table)
    rows = [f"{day},{name.zh},off" for day, name in calendar.holidays.items() if day.year == 2024]
    rows += [f"{day},{name.zh},work" for day, name in calendar.make_up.items() if day.year == 2024]
    notice = tmp_path / "2024.csv"
    notice.write_text("\n".join(rows), encoding="utf-8")
    corrected = import_year(notice, 2024, table, replace=True).calendar
    assert (corrected.holidays, corrected.make_up) == (calendar.holidays, calendar.make_up)
    assert corrected.version == "2026.2"
    assert [line for line in table.read_text(encoding="utf-8").splitlines() if line.startswith("  20")] == [
        "  2023:", "  2024:", "  2025:", "  2026:",
    ]  # fmt: skip


def test_yaml_and_spreadsheet_habits_are_read_too(table: Path, tmp_path: Path) -> None:
    as_yaml = tmp_path / "2027.yaml"
    days = (line.split(",") for line in lines()[1:])
    as_yaml.write_text(
        "days:\n" + "\n".join(f"  - {{date: {day}, name: {name}, kind: {kind}}}" for day, name, kind in days),
        encoding="utf-8",
    )
    as_csv = tmp_path / "excel.csv"
    habits = (
        "\r\n".join(lines())
        .replace("-0", "/")
        .replace("-", "/")
        .replace(",off", ",放假")
        .replace(",work", ",上班")
    )
    as_csv.write_text("\ufeff" + habits.replace("放假|上班", "off|work"), encoding="utf-8")
    first, second = (plan_import(path, 2027, table).calendar for path in (as_yaml, as_csv))
    assert (first.holidays, first.make_up) == (second.holidays, second.make_up)


@pytest.mark.parametrize(
    ("edit", "message", "line"),
    [
        (
            ("2027-10-09,国庆节、中秋节,work", "2027-10-03,国庆节、中秋节,work"),
            "as a day off and as a working day",
            32,
        ),
        (("2027-05-08,劳动节,work", "2027-01-31,春节,work"), "2027-01-31 stands twice", 31),
        (("2027-01-02,元旦,off", "2026-12-31,元旦,off"), "does not lie in 2027", 3),
        (("2027-10-09,国庆节、中秋节,work", "2027-10-11,国庆节、中秋节,work"), "no weekend day", 32),
        (("2027-01-01,元旦,off", "2027-02-30,元旦,off"), "'2027-02-30' is not a date", 2),
        (("2027-01-01,元旦,off", "1 Jan,元旦,off"), "'1 Jan' is not a date", 2),
        (("2027-01-01,元旦,off", "2027-01-01,元旦,rest"), "'rest' is neither off nor work", 2),
        (("2027-01-01,元旦,off", "2027-01-01,,off"), "has no name", 2),
        (("2027-01-01,元旦,off", "2027-01-01,新节,off"), "no English name is known for 新节", 2),
        (("2027-01-01,元旦,off", "2027-01-01,off"), "2 columns", 2),
    ],
)
def test_a_contradiction_is_named_by_line_and_nothing_is_written(
    table: Path, notice: Path, edit: tuple[str, str], message: str, line: int
) -> None:
    text = notice.read_text(encoding="utf-8")
    assert text.count(edit[0]) == 1
    notice.write_text(text.replace(*edit), encoding="utf-8")
    with pytest.raises(WrongUse, match=message) as caught:
        import_year(notice, 2027, table)
    assert caught.value.where == f"{notice}:{line}"
    assert table.read_text(encoding="utf-8") == OLD


def test_a_new_feast_may_bring_its_english_name(table: Path, notice: Path) -> None:
    text = notice.read_text(encoding="utf-8").replace("2027-01-01,元旦,off", "2027-01-01,新节,off,New Feast")
    notice.write_text(text, encoding="utf-8")
    name = plan_import(notice, 2027, table).calendar.name(date(2027, 1, 1))
    assert name is not None
    assert name.en == "New Feast"


def test_half_a_list_is_refused(table: Path, notice: Path) -> None:
    notice.write_text("\n".join(lines()[:12]), encoding="utf-8")
    with pytest.raises(WrongUse, match="only 11 days off for 2027; 2026 has 33"):
        import_year(notice, 2027, table)


def test_years_are_not_skipped(table: Path, notice: Path) -> None:
    with pytest.raises(WrongUse, match="the next year is 2027, not 2028"):
        import_year(notice, 2028, table)


def test_what_cannot_be_written_leaves_nothing_behind(
    table: Path, notice: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WrongUse, match="No space left"):
        import_year(notice, 2027, table)
    assert table.read_text(encoding="utf-8") == OLD
    assert sorted(path.name for path in table.parent.iterdir()) == ["2027.csv", "cn.yaml"]
