"""Registers: what a person types is read for what it says, or named by its cell."""

import re
import tracemalloc
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from audits.errors import WrongUse
from audits.model import MODEL
from tasks.crm.register_words import ENTITIES, EXAMPLES, LABELS, columns, values_by_label
from tasks.crm.registers import KINDS, RegisterError, new_register, read_register, write_register
from tests.registers_typed import book

ZONE = "Asia/Shanghai"
HERE = ZoneInfo(ZONE)


def read_one(
    tmp_path: Path, entity: str, head: Sequence[object], *rows: Sequence[object]
) -> list[dict[str, object]]:
    frame = read_register(book(tmp_path / "r.xlsx", **{entity: [head, *rows]}), ZONE)[entity]
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]


def problems(tmp_path: Path, entity: str, head: Sequence[object], *rows: Sequence[object]) -> list[str]:
    with pytest.raises(RegisterError) as caught:
        read_one(tmp_path, entity, head, *rows)
    return [str(problem) for problem in caught.value.problems]


# --- a new register ------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_new_register_reads_back_as_empty_tables_with_every_column(tmp_path: Path, lang: str) -> None:
    frames = read_register(new_register(list(KINDS), tmp_path / "new.xlsx", lang), ZONE)
    assert set(frames) == set(ENTITIES)
    for entity, frame in frames.items():
        assert len(frame) == 0
        assert {f.name for f in columns(entity)} <= set(frame.columns)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_examples_of_the_guide_can_be_typed_as_they_stand(tmp_path: Path, lang: str) -> None:
    frames = read_register(write_register(tmp_path / "r.xlsx", EXAMPLES, lang), ZONE)
    assert {entity: len(frame) for entity, frame in frames.items()} == dict.fromkeys(EXAMPLES, 2)
    first = frames["acceptance"].iloc[0]
    assert first["id"] == first["code"] == "YS-2609-001"
    assert first["applied_at"] == datetime(2026, 9, 1, 10, 30, tzinfo=HERE)
    assert first["has_checklist"] is True
    assert frames["qa_check"]["result"].tolist() == ["fail", "pass"]
    assert frames["acceptance_item"]["tested_by"].tolist() == ["client", "client"]


def test_the_same_register_is_the_same_bytes(tmp_path: Path) -> None:
    one = new_register(["acceptance"], tmp_path / "one.xlsx").read_bytes()
    assert one == new_register(["acceptance"], tmp_path / "two.xlsx").read_bytes()


def test_only_the_header_is_locked_and_it_stays_when_sorting_and_filtering(tmp_path: Path) -> None:
    sheet = load_workbook(new_register(["acceptance"], tmp_path / "new.xlsx"))["验收"]
    assert sheet.protection.sheet
    assert not sheet.protection.sort  # false = allowed
    assert not sheet.protection.autoFilter
    assert not sheet.protection.insertRows
    assert not sheet.protection.deleteRows
    assert all(cell.protection.locked for cell in sheet[1])
    assert all(not sheet.column_dimensions[c].protection.locked for c in ("A", "G", "P"))
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref is not None
    assert sheet.print_title_rows == "$1:$1"


def test_lists_and_stamps_are_checked_while_one_types(tmp_path: Path) -> None:
    sheet = load_workbook(new_register(["qa_check"], tmp_path / "new.xlsx", "zh"))["QA检查"]
    checks = {str(v.sqref).split(":")[0]: v for v in sheet.data_validations.dataValidation}
    assert checks["H2"].formula1 == '"合格,不合格"'
    assert checks["E2"].type == "date"
    assert checks["F2"].type == "whole"
    assert checks["A2"].type == "custom"  # a number stands once


def test_every_list_value_a_register_can_hold_has_both_labels() -> None:
    lists = [(e, f) for e in ENTITIES for f in MODEL[e].fields.values() if f.type == "enum"]
    for entity, field in lists:
        assert set(LABELS[f"{entity}.{field.name}"]) == set(field.values)
        assert len(values_by_label(entity, field)) >= 2 * len(field.values)


def test_a_register_that_exists_is_never_written_over(tmp_path: Path) -> None:
    path = new_register(["acceptance"], tmp_path / "new.xlsx")
    before = path.read_bytes()
    with pytest.raises(WrongUse, match="may be filled"):
        new_register(["acceptance"], path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("kinds", "name", "lang"),
    [(["x"], "r.xlsx", "zh"), ([], "r.xlsx", "zh"), (["task"], "r.csv", "zh"), (["task"], "r.xlsx", "de")],
)
def test_a_register_nobody_could_use_is_refused_and_nothing_is_left(
    tmp_path: Path, kinds: list[str], name: str, lang: str
) -> None:
    with pytest.raises(WrongUse):
        new_register(kinds, tmp_path / name, lang)
    assert list(tmp_path.iterdir()) == []


# --- what a cell says ----------------------------------------------------------------------------------

QA = ["检查键", "交付物", "检查时刻", "检查项数", "结论"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026/9/1 9:05", datetime(2026, 9, 1, 9, 5, tzinfo=HERE)),
        ("2026-09-01T09:05:30", datetime(2026, 9, 1, 9, 5, 30, tzinfo=HERE)),
        ("2026.9.1 09:05:30.25", datetime(2026, 9, 1, 9, 5, 30, 250_000, tzinfo=HERE)),
        ("２０２６年９月１日 ９：０５", datetime(2026, 9, 1, 9, 5, tzinfo=HERE)),
        ("2026年9月1日9时5分", datetime(2026, 9, 1, 9, 5, tzinfo=HERE)),
        ("2026-09-01 01:05Z", datetime(2026, 9, 1, 9, 5, tzinfo=HERE)),
        ("2026-09-01 03:05 +02:00", datetime(2026, 9, 1, 9, 5, tzinfo=HERE)),
        ("2026/9/1", date(2026, 9, 1)),
        ("2026年9月1日", date(2026, 9, 1)),
        ("20260901", date(2026, 9, 1)),
        (20260901, date(2026, 9, 1)),
        (46266, date(2026, 9, 1)),
        (46266.375, datetime(2026, 9, 1, 9, 0, tzinfo=HERE)),
        ("46266.375", datetime(2026, 9, 1, 9, 0, tzinfo=HERE)),
        (datetime(2026, 9, 1, 9, 5), datetime(2026, 9, 1, 9, 5, tzinfo=HERE)),
        (datetime(2026, 9, 1), datetime(2026, 9, 1, 0, 0, tzinfo=HERE)),  # its cell shows hours: midnight
        (date(2026, 9, 1), date(2026, 9, 1)),
        ("   ", None),
    ],
)
def test_a_stamp_is_read_however_it_is_typed(tmp_path: Path, typed: object, meant: object) -> None:
    [row] = read_one(tmp_path, "qa_check", QA, ["Q1", "D1", typed, 10, "合格"])
    assert row["checked_at"] == meant
    assert type(row["checked_at"]) is type(meant)


@pytest.mark.parametrize(
    "typed",
    [
        "2026-13-01",
        "2026-02-30 09:00",
        "昨天",
        "2026-09-01 24:00",
        "2026-09-01 9:60",
        5,
        1e9,
        True,
        "2026-09",
        "#N/A",
    ],
)
def test_what_is_no_date_is_named_by_its_cell(tmp_path: Path, typed: object) -> None:
    [found] = problems(tmp_path, "qa_check", QA, ["Q1", "D1", typed, 10, "合格"])
    assert found.startswith("r.xlsx qa_check!C2: ")


def test_an_hour_that_never_was_or_came_twice_asks_for_its_offset(tmp_path: Path) -> None:
    path = book(
        tmp_path / "r.xlsx",
        qa_check=[
            QA,
            ["Q1", "D1", "2026-03-29 02:30", 1, "pass"],
            ["Q2", "D1", "2026-10-25 02:30", 1, "pass"],
        ],
    )
    with pytest.raises(RegisterError) as caught:
        read_register(path, "Europe/Berlin")
    first, second = caught.value.problems
    assert "was skipped" in first.found
    assert "came twice" in second.found


@pytest.mark.parametrize(
    ("typed", "meant"), [(5, 5), (5.0, 5), ("５", 5), ("1,204", 1204), (" 7 ", 7), (None, None)]
)
def test_a_whole_number_is_read_however_it_is_typed(tmp_path: Path, typed: object, meant: object) -> None:
    [row] = read_one(tmp_path, "qa_check", QA, ["Q1", "D1", None, typed, None])
    assert row["items_total"] == meant


@pytest.mark.parametrize("typed", [5.5, "five", "1,2", True, "NaN", "1e400000"])
def test_what_is_no_whole_number_is_named_by_its_cell(tmp_path: Path, typed: object) -> None:
    [found] = problems(tmp_path, "qa_check", QA, ["Q1", "D1", None, typed, None])
    assert found.startswith("r.xlsx qa_check!D2: ")


@pytest.mark.parametrize(
    ("typed", "shown_as", "meant"),
    [
        (10.004, "General", "10.004"), (49.999999, "General", "49.999999"), (29.999999999999996, "General", "30"),
        (60, "General", "60"), ("60%", "General", "60"), ("６０．５％", "General", "60.5"), (0.6, "0%", "60.0"), (60.1 - 50.1, "0", "10"),
    ],
)  # fmt: skip
def test_a_figure_is_what_the_sheet_shows_to_fifteen_digits(
    tmp_path: Path, typed: object, shown_as: str, meant: str
) -> None:
    path = book(
        tmp_path / "r.xlsx", deviation=[["id", "detected_at", "planned_pct"], ["P1", "2026-09-01", typed]]
    )
    made = load_workbook(path)
    made["deviation"]["C2"].number_format = shown_as
    made.save(path)
    assert read_register(path, ZONE)["deviation"]["planned_pct"].tolist() == [Decimal(meant)]


@pytest.mark.parametrize("typed", ["合格", "pass", "PASS", " pass ", "Ｐａｓｓ"])
def test_a_list_value_may_be_chinese_english_or_canonical(tmp_path: Path, typed: str) -> None:
    [row] = read_one(tmp_path, "qa_check", QA, ["Q1", "D1", None, 1, typed])
    assert row["result"] == "pass"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("是", True), ("否", False), ("Yes", True), ("n", False), ("√", True), (1, True), (0, False),
        (True, True), (None, None),
    ],
)  # fmt: skip
def test_yes_and_no_have_many_words(tmp_path: Path, typed: object, meant: object) -> None:
    head = ["acceptance_id", "id", "passed"]
    [row] = read_one(tmp_path, "acceptance_item", head, ["A1", "I1", typed])
    assert row["passed"] is meant


def test_keys_are_text_without_outer_space_and_full_width_signs(tmp_path: Path) -> None:
    rows = read_one(tmp_path, "qa_check", QA, [1001, " Ｄ－１ ", None, 1, None], ["007", 12.0, None, 1, None])
    assert [(r["id"], r["deliverable_id"]) for r in rows] == [("1001", "D-1"), ("007", "12")]


def test_text_that_looks_like_a_formula_is_text(tmp_path: Path) -> None:
    rows = [
        {"id": "I1", "acceptance_id": "A1", "title": "=1+1", "plan_text": "+86 10"},
        {"id": "I2", "acceptance_id": "A1", "title": "@cmd"},
    ]
    frame = read_register(write_register(tmp_path / "r.xlsx", {"acceptance_item": rows}), ZONE)[
        "acceptance_item"
    ]
    assert frame["title"].tolist() == ["=1+1", "@cmd"]
    assert frame["plan_text"].tolist() == ["+86 10", None]


def test_a_formula_gives_its_last_result_and_without_one_is_named(tmp_path: Path) -> None:
    [found] = problems(tmp_path, "qa_check", QA, ["Q1", "D1", None, "=1+2", None])
    assert found == "r.xlsx qa_check!D2: a formula without a result; paste its value instead"


# --- sheets, headers, rows -----------------------------------------------------------------------------


def test_all_wrong_cells_are_told_at_once_and_nothing_is_taken(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["A-1", "2026-13-01", "maybe"],
        [None, "2026-10-01 09:00", "是"],
        ["A-1", "x", "否"],
    ]
    found = problems(tmp_path, "acceptance", ["验收编号", "提交申请时刻", "有验收清单"], *rows)
    assert [re.sub(r":.*", "", where) for where in found] == [
        "r.xlsx acceptance!B2", "r.xlsx acceptance!C2", "r.xlsx acceptance!A3",
        "r.xlsx acceptance!B4", "r.xlsx acceptance!A4",
    ]  # fmt: skip
    assert "2026-13-01 is not a date" in found[0]
    assert "stands already at r.xlsx acceptance!A2" in found[4]


@pytest.mark.parametrize(
    "title",
    [
        "acceptance",
        "验收",
        "Acceptance",
        "验收 2026-09",
        "验收-9月",
        "验收（9月）",
        "acceptance (2)",
        "acceptance_2",
    ],
)
def test_a_sheet_is_known_by_its_name_in_either_language(tmp_path: Path, title: str) -> None:
    frames = read_register(book(tmp_path / "r.xlsx", **{title: [["验收编号"], ["A-1"]]}), ZONE)
    assert frames["acceptance"]["id"].tolist() == ["A-1"]


def test_acceptance_items_are_not_taken_for_acceptances(tmp_path: Path) -> None:
    head = ["id", "acceptance_id"]
    for title in ("acceptance item", "acceptance_item", "验收项"):
        assert set(read_register(book(tmp_path / "r.xlsx", **{title: [head, ["I", "A"]]}), ZONE)) == {
            "acceptance_item"
        }


def test_two_sheets_of_one_entity_in_two_workbooks_are_joined(tmp_path: Path) -> None:
    book(tmp_path / "a.xlsx", 验收=[["验收编号", "签署人"], ["A-1", "王"]])
    book(tmp_path / "b.xlsx", acceptance=[["signed by", "acceptance number"], [None, "A-2"]])
    frame = read_register(tmp_path, ZONE)["acceptance"]
    assert frame["id"].tolist() == ["A-1", "A-2"]
    assert frame["signed_by"].tolist() == ["王", None]


def test_a_column_that_only_one_of_two_joined_sheets_has_is_asked_for(tmp_path: Path) -> None:
    book(tmp_path / "a.xlsx", 验收=[["验收编号", "签署人"], ["A-1", "王"]])
    book(tmp_path / "b.xlsx", 验收=[["验收编号"], ["A-2"]])
    with pytest.raises(RegisterError, match=r"b.xlsx 验收!1:1: the column 签署人 / signed_by is missing"):
        read_register(tmp_path, ZONE)


def test_a_number_used_in_two_workbooks_is_named_with_both_places(tmp_path: Path) -> None:
    book(tmp_path / "a.xlsx", 验收=[["验收编号"], ["A-1"]])
    book(tmp_path / "b.xlsx", 验收=[["验收编号"], ["A-1"]])
    with pytest.raises(RegisterError, match=r"b.xlsx 验收!A2: A-1 stands already at a.xlsx 验收!A2"):
        read_register(tmp_path, ZONE)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (["验收编号", "提交申请日期"], "did you mean 提交申请时刻 / applied_at"),
        (["验收编号", "验收编号"], "stands twice"),
        (["提交申请时刻"], "the column 验收编号 / code is missing"),
        (["验收编号", None], "a value under no header"),
    ],
)
def test_a_wrong_header_is_named(tmp_path: Path, head: list[object], said: str) -> None:
    found = problems(tmp_path, "acceptance", head, ["A-1", "2026-09-01"])
    assert said in "\n".join(found)


def test_columns_and_sheets_of_ones_own_are_left_alone(tmp_path: Path) -> None:
    path = book(
        tmp_path / "r.xlsx",
        验收=[["验收编号", "备注：自用", "note 2"], ["A-1", "x", "y"]],
        **{"#草稿": [["?"]], "Sheet1": []},
    )
    assert list(read_register(path, ZONE)["acceptance"].columns) == ["id", "code"]


def test_a_strange_sheet_is_said_aloud(tmp_path: Path) -> None:
    with pytest.raises(RegisterError, match="Sheet1: this sheet is none of"):
        read_register(book(tmp_path / "r.xlsx", Sheet1=[["a"], [1]]), ZONE)


def test_merged_cells_are_named(tmp_path: Path) -> None:
    path = book(tmp_path / "r.xlsx", 验收=[["验收编号", "签署人"], ["A-1", "x"], ["A-2", None]])
    made = load_workbook(path)
    made["验收"].merge_cells("B2:B3")
    made.save(path)
    with pytest.raises(RegisterError, match=r"验收!B2:B3: merged cells"):
        read_register(path, ZONE)


def test_blank_rows_are_no_records(tmp_path: Path) -> None:
    rows = read_one(
        tmp_path, "acceptance", ["验收编号", "签署人"], ["A-1", None], [None, "  "], ["A-2", None]
    )
    assert [row["id"] for row in rows] == ["A-1", "A-2"]


def test_a_stray_cell_a_million_rows_below_costs_nothing(tmp_path: Path) -> None:
    path = book(tmp_path / "r.xlsx", 验收=[["验收编号", "签署人"], ["A-1", "x"]])
    made = load_workbook(path)
    made["验收"]["B1048576"] = " "
    made.save(path)
    tracemalloc.start()
    assert read_register(path, ZONE)["acceptance"]["id"].tolist() == ["A-1"]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000


def test_own_deliveries_cannot_be_typed_into_a_register(tmp_path: Path) -> None:
    head = ["id", "case_id", "target_role", "origin"]
    assert "origin" in problems(tmp_path, "escalation", head, ["E1", "T1", "主管", "delivery_ledger"])[0]
    [row] = read_one(tmp_path, "escalation", head[:3], ["E1", "T1", "主管"])
    assert row["origin"] == "crm"


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x03\x04 broken"])
def test_a_file_that_is_no_workbook_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "r.xlsx").write_bytes(content)
    with pytest.raises(RegisterError, match="cannot be opened"):
        read_register(tmp_path, ZONE)


def test_an_empty_or_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(RegisterError, match="no workbook"):
        read_register(tmp_path, ZONE)
    with pytest.raises(RegisterError, match="no such folder"):
        read_register(tmp_path / "none", ZONE)


def test_excels_own_lock_file_is_no_register(tmp_path: Path) -> None:
    new_register(["follow_up"], tmp_path / "r.xlsx")
    (tmp_path / "~$r.xlsx").write_bytes(b"lock")
    assert set(read_register(tmp_path, ZONE)) == {"follow_up"}


@settings(deadline=None, max_examples=30)  # each writes a workbook
@given(
    moment=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda d: d.replace(microsecond=0))
)
def test_every_second_survives_writing_and_reading(
    tmp_path_factory: pytest.TempPathFactory, moment: datetime
) -> None:
    path = tmp_path_factory.mktemp("r") / "r.xlsx"
    write_register(path, {"follow_up": [{"id": "H", "opened_at": moment}]})
    assert read_register(path, ZONE)["follow_up"]["opened_at"].tolist() == [moment.replace(tzinfo=HERE)]
