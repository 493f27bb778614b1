"""Registers beside a CRM: people and records by number or name, each by its cell; a sheet that is not there."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from audits.facts import Violation
from audits.words import Reason
from config.mapping import load_mapping
from tasks.crm.extraction import Extract, extract
from tasks.crm.registers import RegisterError

NOW = datetime(2026, 10, 1, tzinfo=UTC)
STAFF = [(7, "E1012", "周敏"), (8, "E1013", "李娜"), (9, "E1014", "李娜"), (1012, "E7", "王磊")]
CUSTOMERS = [(23, "K-10023", "华星商贸（上海）"), (31, "K-10031", "晨光电子")]
MAPPING = """
schema: 1
source: house
title: {{zh: 试, en: trial}}
zone: Asia/Shanghai
connections:
  crm: {{url: "sqlite:///{folder}/crm.db"}}
  registers: {{folder: {folder}/registers}}
entities:
  follow_up: {{from: registers, complete_since: 2026-01-01}}
  task: {{from: registers}}
  review: {{from: registers}}
  meeting: {{from: registers}}
  customer: {{from: crm, select: "SELECT id, code, name FROM customer"}}
  staff: {{from: crm, select: "SELECT id, staff_no, name FROM staff"}}
  case: {{from: crm, select: "SELECT id, case_no, received_at FROM ticket"}}
"""


def taken(folder: Path, **sheets: list[list[object]]) -> Extract:
    """What is read where these sheets stand in the folder of registers."""
    with closing(sqlite3.connect(folder / "crm.db")) as crm:
        crm.execute("CREATE TABLE staff (id, staff_no, name)")
        crm.executemany("INSERT INTO staff VALUES (?, ?, ?)", STAFF)
        crm.execute("CREATE TABLE customer (id, code, name)")
        crm.executemany("INSERT INTO customer VALUES (?, ?, ?)", CUSTOMERS)
        crm.execute("CREATE TABLE ticket (id, case_no, received_at)")
        crm.execute("INSERT INTO ticket VALUES (501, 'GD-1', '2026-09-01 01:00:00')")
        crm.commit()
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    (folder / "registers").mkdir()
    book.save(folder / "registers" / "r.xlsx")
    (folder / "house.yaml").write_text(MAPPING.format(folder=folder), encoding="utf-8")
    return extract(load_mapping(folder / "house.yaml", {}), now=NOW)


VISITS: list[object] = ["回访编号", "客户", "负责人", "工单"]


def test_people_customers_and_cases_go_by_key_number_or_name(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["H1", "23", "7", 501],
        ["H2", "K-10031", "E1012", "GD-1"],
        ["H3", "华星商贸(上海)", " 周 敏", None],
        ["H4", "晨光电子", "周敏（E1012）", None],
        ["H5", None, None, None],
    ]
    frame = taken(tmp_path, 回访=[VISITS, *rows]).facts.frames["follow_up"].set_index("id")
    assert frame["customer_id"].fillna("").tolist() == ["23", "31", "23", "31", ""]
    assert frame["owner_id"].fillna("").tolist() == ["7", "7", "7", "7", ""]
    assert frame["case_id"].fillna("").tolist() == ["501", "501", "", "", ""]


def test_a_name_that_two_bear_is_refused_by_its_cell(tmp_path: Path) -> None:
    rows: list[list[object]] = [["H1", None, "周敏", None], ["H2", None, "李娜", None]]
    with pytest.raises(RegisterError) as caught:
        taken(tmp_path, 回访=[VISITS, *rows])
    [problem] = caught.value.problems
    assert problem.where == "r.xlsx 回访!C3"
    assert "2 人员 / staff go by that (8, 9); write the number" in problem.found


def test_several_people_stand_in_one_cell_and_each_is_looked_up(tmp_path: Path) -> None:
    rows: list[list[object]] = [["T1", "周敏、E1013"], ["T2", "王磊"], ["T3", "周敏；李娜"]]
    with pytest.raises(RegisterError, match=r"r.xlsx 任务!B4: 2 人员"):
        taken(tmp_path, 任务=[["任务编号", "负责R"], *rows])


def test_a_list_of_people_becomes_a_list_of_keys(tmp_path: Path) -> None:
    rows: list[list[object]] = [["T1", "周敏、E1013"], ["T2", "王磊"], ["T3", None]]
    frame = taken(tmp_path, 任务=[["任务编号", "负责R"], *rows]).facts.frames["task"]
    assert frame["responsible_ids"].fillna("").tolist() == ["7|8", "1012", ""]


def test_a_name_of_nobody_is_a_hole_and_counted_and_a_strange_number_stays(tmp_path: Path) -> None:
    rows: list[list[object]] = [["H1", None, "孙悟空", None], ["H2", None, "E9999", None]]
    facts = taken(tmp_path, 回访=[VISITS, *rows]).facts
    frame = facts.frames["follow_up"]
    assert frame["owner_id"].fillna("").tolist() == ["", "E9999"]
    assert frame["owner_id__hole"].fillna(0).tolist() == [Reason.REF_MISSING, 0]
    told = [v for v in facts.violations if v.entity == "follow_up"]
    assert told == [
        Violation("follow_up", "owner_id", "reference", 1, ("H1",)),
        Violation("follow_up", "owner_id", "reference", 1, ("H2",)),
    ]
    assert "孙悟空" not in str(facts.violations)


def test_no_name_of_whoever_came_to_a_meeting_stands_in_a_frame(tmp_path: Path) -> None:
    rows: list[list[object]] = [["HY-1", "周敏、LX-031"], ["HY-2", "周敏、客户方赵总"]]
    facts = taken(tmp_path, 会议=[["会议编号", "参加者"], *rows]).facts
    assert facts.frames["meeting"]["participants"].fillna("").tolist() == ["7|LX-031", ""]
    assert Violation("meeting", "participants", "reference", 1, ("HY-2",)) in facts.violations


def test_a_name_that_no_list_explains_leads_nowhere_and_a_key_stays(tmp_path: Path) -> None:
    rows: list[list[object]] = [["HY-1", "服务二组"], ["HY-2", "G-02"]]
    facts = taken(tmp_path, 会议=[["会议编号", "班组"], *rows]).facts
    assert facts.frames["meeting"]["team_id"].fillna("").tolist() == ["", "G-02"]
    assert Violation("meeting", "team_id", "reference", 1, ("HY-1",)) in facts.violations


def test_a_key_that_is_somebody_elses_number_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.test_registers_people.STAFF", [(7, "8", "周敏"), (8, "9", "李娜")])
    with pytest.raises(RegisterError, match=r"回访!C2: 2 人员 / staff go by that \(7, 8\)"):
        taken(tmp_path, 回访=[VISITS, ["H1", None, "8", None]])


def test_a_register_that_is_mapped_but_not_there_is_said(tmp_path: Path) -> None:
    facts = taken(tmp_path, 回访=[VISITS, ["H1", None, None, None]]).facts
    assert "review" not in facts.frames
    missing = [v for v in facts.violations if v.rule == "not_there"]
    assert missing == [
        Violation("task", "id", "not_there", 1, ("registers",)),
        Violation("review", "id", "not_there", 1, ("registers",)),
        Violation("meeting", "id", "not_there", 1, ("registers",)),
    ]


def test_an_empty_sheet_is_there(tmp_path: Path) -> None:
    heads: dict[str, list[list[object]]] = {
        "任务": [["任务编号"]],
        "评审": [["评审编号"]],
        "会议": [["会议编号"]],
    }
    facts = taken(tmp_path, 回访=[VISITS], **heads).facts
    assert {"follow_up", "task", "review"} <= set(facts.frames)
    assert not [v for v in facts.violations if v.rule == "not_there"]
