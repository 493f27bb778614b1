"""Values in exports mean what they mean to the people who read them: dates, figures, names, marks for nothing."""

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from audits.words import Reason
from tasks.crm import Extract
from tasks.crm.exports.dates import usual
from tests.export_files import CASES, STAFF, read, write_book, write_text

DATES = [
    ("2026-09-01 09:05:00", "2026-09-01 09:05:00"),
    ("2026/9/1 9:05", "2026-09-01 09:05"),
    ("2026.9.1 9:5", "2026-09-01 09:05"),
    ("2026年9月1日 9:05", "2026-09-01 09:05"),
    ("2026年09月01日9时5分3秒", "2026-09-01 09:05:03"),
    ("2026年9月1日 9点", "2026-09-01 09:00"),
    ("2026-09-01 星期二 9:05", "2026-09-01 09:05"),
    ("２０２６／９／１　９：０５", "2026-09-01 09:05"),
    ("2026/9/1 上午 9:05", "2026-09-01 09:05"),
    ("2026/9/1 上午 12:05", "2026-09-01 00:05"),
    ("2026/9/1 下午 12:05", "2026-09-01 12:05"),
    ("2026年9月1日下午3:07:09", "2026-09-01 15:07:09"),
    ("2026-09-01 3:07 PM", "2026-09-01 15:07"),
    ("2026-09-01 12:00:00 AM", "2026-09-01 00:00:00"),
    ("2026-09-01 9:05 p.m.", "2026-09-01 21:05"),
    ("2026-09-01 中午 12:15", "2026-09-01 12:15"),
    ("2026-09-01 晚上 8:00", "2026-09-01 20:00"),
    ("20260901", "2026-09-01"),
    ("20260901 09:05", "2026-09-01 09:05"),
    ("20260901090507", "2026-09-01 09:05:07"),
    ("2026年9月1日", "2026-09-01"),
    ("46266", "2026-09-01"),
    ("46266.0", "2026-09-01"),
    ("46266.378472222219", "2026-09-01 09:05:00"),
    ("46266.37847", "2026-09-01 09:05:00"),
    ("46266.99999999", "2026-09-02 00:00:00"),
    ("2026-09-01T09:05:00.123+08:00", "2026-09-01T09:05:00.123+08:00"),
    # nobody can tell, or the text contradicts itself: it stays, and the boundary names it
    ("1/9/2026", "1/9/2026"),
    ("2026-09-01 上午 13:05", "2026-09-01 上午 13:05"),
    ("2026-09-01 晚上 12:00", "2026-09-01 晚上 12:00"),
    ("12", "12"),
    ("99999", "99999"),
]


@pytest.mark.parametrize(("written", "meant"), DATES)
def test_dates_are_read_as_people_write_them(written: str, meant: str) -> None:
    assert usual(pa.array([written, None], pa.large_string())).to_pylist() == [meant, None]


def test_one_odd_date_changes_none_of_its_neighbours() -> None:
    column = pa.array([written for written, _ in DATES], pa.large_string())
    assert usual(column).to_pylist() == [meant for _, meant in DATES]


def test_figures_that_are_epochs_are_no_days_of_excel() -> None:
    assert usual(pa.array(["46266"], pa.large_string()), serials=False).to_pylist() == ["46266"]


def taken(tmp_path: Path, rows: list[list[Any]], entities: str = CASES, staff: Any = None) -> Extract:
    folder = tmp_path / "in"
    folder.mkdir(exist_ok=True)
    write_text(folder / "工单.csv", rows)
    if staff:
        write_text(folder / "人员.csv", staff)
    return read(folder, entities)


def case(tmp_path: Path, entities: str = CASES, **cells: str) -> "pd.Series[Any]":
    rows = [["工单编号", "受理时间", *cells], ["GD-1", "2026-09-01 09:05", *cells.values()]]
    return taken(tmp_path, rows, entities).facts.frames["case"].iloc[0]


def test_a_day_alone_is_too_coarse_for_minutes_as_from_any_source(tmp_path: Path) -> None:
    found = case(tmp_path, 解决时间="2026/9/3")
    assert found["resolved_at"] == pd.Timestamp("2026-09-02T16:00Z")
    assert found["resolved_at__hole"] == Reason.STAMP_TOO_COARSE


def test_stamps_that_all_stand_at_midnight_are_days(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["工单编号", "受理时间", "解决时间"]]
    rows += [[str(n), f"2026-09-01 09:{n:02}", f"2026/9/{n} 0:00"] for n in range(1, 25)]
    found = taken(tmp_path, rows)
    assert (found.facts.frames["case"]["resolved_at__hole"] == Reason.STAMP_TOO_COARSE).all()
    assert "case.resolved_at: all 24 stamps stand at 00:00, so they are taken as days" in found.remarks
    rows[3][2] = "2026-09-03 00:01"
    found = taken(tmp_path, rows)
    assert "resolved_at__hole" not in found.facts.frames["case"]


@pytest.mark.parametrize(
    "mark", ["-", "--", "—", "/", "N/A", "NULL", "无", "（空）", " ", "\u00a0", "\u3000"]
)
def test_marks_for_nothing_are_blank_and_no_hole(tmp_path: Path, mark: str) -> None:
    found = case(tmp_path, 解决时间=mark, 处理人=mark, 服务类型=mark)
    assert pd.isna(found["resolved_at"])
    assert pd.isna(found["assignee_id"])
    assert pd.isna(found["service_type"])
    assert not [name for name in found.index if name.endswith("__hole")]


def test_what_says_unknown_is_not_blank(tmp_path: Path) -> None:
    assert case(tmp_path, 解决时间="未知")["resolved_at__hole"] == Reason.UNREADABLE


def test_a_value_map_may_give_a_mark_its_meaning(tmp_path: Path) -> None:
    house = CASES.replace("{咨询: consultation", "{无: complaint, 咨询: consultation")
    assert case(tmp_path, house, 服务类型="无")["service_type"] == "complaint"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1001.0", "1001"),
        ("'007", "007"),
        ('="007"', "007"),
        ("ＧＤ－７", "GD-7"),
        ("\u00a0K-1\u3000", "K-1"),
        ("\u200bK-1", "K-1"),
        ("1.10", "1.10"),
    ],
)
def test_numbers_of_records_are_kept_as_they_are_meant(tmp_path: Path, written: str, meant: str) -> None:
    assert case(tmp_path, 客户编号=written)["customer_id"] == meant


def test_lists_are_told_whatever_the_width_of_their_signs(tmp_path: Path) -> None:
    house = CASES.replace("{咨询:", "{咨询(热线)：电话: complaint, HELP: complaint, 咨询:")
    house = house.replace("咨询(热线)：电话", '"咨询(热线)"')
    assert case(tmp_path, house, 服务类型="咨询（热线）")["service_type"] == "complaint"
    assert case(tmp_path, house, 服务类型=" help")["service_type"] == "complaint"
    assert case(tmp_path, house, 服务类型="咨询")["service_type"] == "consultation"


def test_figures_as_text_are_figures(tmp_path: Path) -> None:
    qa = '\n  qa_check: {from: files, file: "质检*"}\n  task: {from: files, file: "任务*"}\n'
    folder = tmp_path / "in"
    folder.mkdir()
    header = ["质检编号", "交付物编号", "检查项数", "合格数", "结论"]
    rows = [
        ["Q1", "D1", "1,234", "'1234", "合格"],
        ["Q2", "D1", "１２", "12.0", "不合格"],
        ["Q3", "D1", "1,23", "x", "差"],
    ]
    write_text(folder / "质检.csv", [header, *rows])
    task = [
        ["任务编号", "计划进度(%)", "实际进度(%)", "计划完成时间"],
        ["T1", "85.5%", "60", "2026-09-01 09:00"],
    ]
    write_text(folder / "任务.csv", [*task, ["T2", "0.5", "1,000.25%", "2026-09-01 10:00"]])
    frames = read(folder, qa, at="2026-09-30T18:00+08:00").facts.frames
    checks, tasks = frames["qa_check"], frames["task"]
    assert checks["items_total"].tolist() == [1234, 12, pd.NA]
    assert checks["items_passed"].tolist() == [1234, 12, pd.NA]
    assert checks["items_total__hole"].tolist()[2] == Reason.UNREADABLE
    assert checks["result"].tolist()[:2] == ["pass", "fail"]
    assert checks["result__hole"].tolist()[2] == Reason.UNMAPPED_VALUE
    assert tasks["planned_pct"].tolist() == [85_500_000_000, 500_000_000]
    assert tasks["actual_pct"].tolist() == [60_000_000_000, 1_000_250_000_000]


def test_a_cell_that_shows_per_cent_means_what_it_shows(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    rows: list[list[object]] = [
        ["任务编号", "计划进度(%)", "实际进度(%)", "计划完成时间"],
        ["T1", 0.6, 60, "2026-09-01 09:00"],
    ]
    write_book(folder / "任务.xlsx", {"a": rows}, {1: "0%"})
    tasks = read(
        folder, '\n  task: {from: files, file: "任务*"}\n', at="2026-09-30T18:00+08:00"
    ).facts.frames["task"]
    assert tasks[["planned_pct", "actual_pct"]].values.tolist() == [[60_000_000_000, 60_000_000_000]]


def test_truths_are_read_as_in_registers(tmp_path: Path) -> None:
    for written, meant in (
        ("是", True),
        ("√", True),
        ("有", True),
        ("否", False),
        ("×", False),
        ("无", False),
    ):
        assert case(tmp_path, 是否关闭=written)["is_closed"] == meant


PEOPLE = [
    ["工号", "姓名", "邮箱", "主管"],
    ["E1", "王强", "wang@example.com", "李娜"],
    ["E2", "王 强", "", "E3"],
    ["E3", "李娜", "li.na@example.com", ""],
]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("李娜", "E3"),
        ("李　娜", "E3"),
        ("E1", "E1"),
        ("王强(E2)", "E2"),
        ("E2/王强", "E2"),
        ("LI.NA@example.com", "E3"),
    ],
)
def test_one_person_is_found_by_name_number_or_address(tmp_path: Path, written: str, meant: str) -> None:
    rows = [["工单编号", "受理时间", "处理人"], ["GD-1", "2026-09-01 09:05", written]]
    found = taken(tmp_path, rows, CASES + STAFF, PEOPLE)
    assert found.facts.frames["case"]["assignee_id"].tolist() == [meant]
    assert found.facts.frames["staff"]["manager_id"].tolist()[:2] == ["E3", "E3"]
    assert not found.facts.violations


def test_two_of_one_name_and_nobody_are_holes_told_by_number_and_place_never_by_name(tmp_path: Path) -> None:
    days = ["2026-09-01 09:05"]
    rows = [
        ["工单编号", "受理时间", "处理人"],
        ["GD-1", *days, "王强"],
        ["GD-2", *days, "赵六"],
        ["GD-3", *days, "E9"],
    ]
    found = taken(tmp_path, [*rows, ["GD-4", *days, "王强"]], CASES + STAFF, PEOPLE)
    frame = found.facts.frames["case"]
    assert frame["assignee_id"].isna().tolist() == [True, True, False, True]
    assert frame["assignee_id__hole"].tolist() == [Reason.NO_LINK, Reason.REF_MISSING, pd.NA, Reason.NO_LINK]
    told = [(v.rule, v.count, v.examples) for v in found.facts.violations]
    assert told == [("ambiguous", 2, ("E1 / E2",)), ("reference", 1, ("GD-2",)), ("reference", 1, ("GD-3",))]
    said = "\n".join(found.remarks)
    assert (
        "case.assignee_id: the name in 工单.csv C2 (2 rows) is borne by E1 and E2; write the number" in said
    )
    assert "case.assignee_id: the name in 工单.csv C3 (1 row) is nobody's in the list of staff" in said
    assert "赵六" not in said + str(found.facts.violations) + frame.to_csv()


def test_without_a_list_names_are_holes_and_numbers_are_kept(tmp_path: Path) -> None:
    day = "2026-09-01 09:05"
    rows = [
        ["工单编号", "受理时间", "处理人"],
        ["GD-1", day, "王强"],
        ["GD-2", day, "E9"],
        ["GD-3", day, "a1@example.com"],
    ]
    found = taken(tmp_path, rows)
    assert found.facts.frames["case"]["assignee_id"].fillna("").tolist() == ["", "E9", ""]
    assert "case.assignee_id: names in 2 rows, and there is no list of staff" in "\n".join(found.remarks)
