"""A folder of exports is read as a database is: every encoding, layout and slip that people's files have."""

import sqlite3
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from audits.words import Reason
from tasks.crm.exports import ExportError
from tests.export_files import CASES, STAFF, read, write_book, write_parquet, write_text

Table = list[list[object]]

HEADER: list[object] = ["工单编号", "客户编号", "服务类型", "受理时间", "首次响应时间"]
ROWS: Table = [
    HEADER,
    ["GD-1", "K-1", "咨询", "2026/9/1 9:05", "2026-09-01 09:15:00"],
    ["GD-2", "K-2", "投诉", "2026年9月2日 下午2:30", None],
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "in"
    made.mkdir()
    return made


def cases(folder: Path, entities: str = CASES) -> pd.DataFrame:
    return read(folder, entities).facts.frames["case"]


def problems(folder: Path, entities: str = CASES) -> list[str]:
    with pytest.raises(ExportError) as error:
        read(folder, entities)
    return [str(each) for each in error.value.problems]


def expected() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": pd.Series(["GD-1", "GD-2"], dtype="str"),
            "case_no": pd.Series(["GD-1", "GD-2"], dtype="str"),
            "customer_id": pd.Series(["K-1", "K-2"], dtype="str"),
            "received_at": pd.to_datetime(["2026-09-01T01:05Z", "2026-09-02T06:30Z"]).as_unit("us"),
            "first_response_at": pd.to_datetime(["2026-09-01T01:15Z", ""]).as_unit("us"),
        }
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"], ids=["commas", "semicolons", "tabs"])
def test_text_is_read_in_every_usual_encoding_and_with_every_usual_separator(
    folder: Path, encoding: str, separator: str
) -> None:
    write_text(folder / "工单.csv", ROWS, encoding, separator)
    found = cases(folder)
    assert_frame_equal(found[list(expected().columns)], expected())
    assert found["service_type"].tolist() == ["consultation", "complaint"]


def test_workbooks_and_parquet_say_the_same_as_text(folder: Path) -> None:
    write_text(folder / "工单.csv", ROWS, "gbk")
    as_text = cases(folder)
    (folder / "工单.csv").unlink()
    write_book(folder / "工单.xlsx", {"Sheet1": ROWS})
    assert_frame_equal(cases(folder), as_text)
    (folder / "工单.xlsx").unlink()
    write_parquet(folder / "工单.parquet", ROWS)
    assert_frame_equal(cases(folder), as_text)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xc3\x28\x80,\xff\xfe\xfd\n\x80\x80", "neither UTF-8 nor GB18030"),
        (
            "客戶編號,受理時間,處理人,備註說明\n甲乙丙丁戊己庚辛,壬癸\n".encode("big5"),
            "neither UTF-8 nor GB18030",
        ),
        (
            "工单编号,受理时间\nGD-1,2026-09-01 09:05,备注备注备注".encode() + b"\xff\n",
            "damaged UTF-8 in line 2",
        ),
        ("Número,Recibido\nGD-1,José Peñá,señor añil\n".encode("latin-1"), "neither UTF-8 nor GB18030"),
        (b"\x00\x01\x02 abc", "zero bytes"),
        (b"", "the file is empty"),
        (b"\xd0\xcf\x11\xe0 old", ".xls of the old kind"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "a web page"),
        (b"PK\x03\x04 torn", "cannot be opened as a workbook"),
        (b"PAR1 torn", "no whole Parquet file"),
        ('工单编号,受理时间\nGD-1,"2026-09-01\nGD-2,x\n'.encode(), "a quote is not closed"),
    ],
    ids=["bytes", "big5", "damaged", "latin1", "zero", "empty", "xls", "html", "zip", "parquet", "quote"],
)
def test_a_file_that_cannot_be_read_is_named_with_what_to_do(folder: Path, content: bytes, said: str) -> None:
    (folder / "工单.csv").write_bytes(content)
    found = problems(folder)
    assert len(found) == 1
    assert found[0].startswith("工单.csv")
    assert said in found[0]


def test_titles_above_and_totals_below_are_left_out_and_told(folder: Path) -> None:
    rows: Table = [
        ["九月工单明细表"],
        ["导出人：张三", None, "共两条"],
        [],
        *ROWS,
        ["合计", None, 2],
        [],
        ["制表人：李四"],
    ]
    write_book(folder / "工单.xlsx", {"明细": rows})
    taken = read(folder)
    assert len(taken.facts.frames["case"]) == 2
    assert not taken.facts.violations
    said = "\n".join(taken.remarks)
    assert "工单.xlsx 明细: 2 title rows above the header in row 4" in said
    assert "1 total row left out (row 7: 合计)" in said
    assert "1 note row left out (row 9: 制表人)" in said
    assert "李四" not in said


@pytest.mark.parametrize(
    "word", ["合计", "总计：2", "Total", "Grand total 2", "共 2 条记录", "小计", "2 records"]
)
def test_a_total_is_known_by_its_word(folder: Path, word: str) -> None:
    write_text(folder / "工单.csv", [*ROWS, [word, None, None, None, None]])
    assert len(cases(folder)) == 2


def test_a_header_repeated_on_each_page_is_no_record(folder: Path) -> None:
    write_text(folder / "工单.csv", [*ROWS[:2], HEADER, *ROWS[2:]])
    taken = read(folder)
    assert taken.facts.frames["case"]["id"].tolist() == ["GD-1", "GD-2"]
    assert "工单.csv: 1 repeated header row left out (row 3: 工单编号)" in taken.remarks


def test_typed_columns_of_parquet_are_taken_as_they_are(folder: Path) -> None:
    frame = pd.DataFrame(
        {
            "工单编号": [7, 8],
            "处理人": [1_234_567_890_123_456.0, None],
            "受理时间": pd.to_datetime(["2026-09-01 09:05:00.00", "2026-09-02 09:05:00.25"]),
            "解决时间": pd.to_datetime(["2026-09-01T02:05Z", "2026-09-02T02:05Z"]),
            "关闭时间": [46266.5, None],
            "是否关闭": [True, False],
        }
    )
    frame.to_parquet(folder / "工单.parquet")
    found = cases(folder)
    assert found["id"].tolist() == ["7", "8"]
    assert found["assignee_id"].tolist()[0] == "1234567890123456"
    assert found["received_at"].tolist()[1] == pd.Timestamp("2026-09-02T01:05:00.25Z")
    assert found["resolved_at"].tolist()[0] == pd.Timestamp("2026-09-01T02:05Z")
    assert found["closed_at"].tolist()[0] == pd.Timestamp("2026-09-01T04:00Z")
    assert found["is_closed"].tolist() == [True, False]


def test_a_case_that_speaks_of_totals_is_no_total(folder: Path) -> None:
    header = ["标题", *HEADER]
    rows: Table = [header, ["Total", *ROWS[1]], ["合计不对", *ROWS[2]]]
    write_text(folder / "工单.csv", rows)
    assert len(cases(folder)) == 2


def test_a_house_names_headers_of_its_own(folder: Path) -> None:
    rows: Table = [
        ["流水", "进线", "收到", "创建时间"],
        ["7", "咨询", "2026-09-01 09:05", "2026-09-01 09:06"],
    ]
    write_text(folder / "工单.csv", rows)
    house = (
        CASES
        + "    columns: {id: 流水, service_type: [业务, 进线], received_at: 收到, recorded_at: 创建时间}\n"
    )
    found = cases(folder, house)
    assert found[["id", "service_type"]].astype(str).values.tolist() == [["7", "consultation"]]
    assert found["recorded_at"].notna().all()


def test_a_header_that_the_mapping_names_must_be_there(folder: Path) -> None:
    write_text(folder / "工单.csv", ROWS)
    found = problems(folder, CASES + "    columns: {closed_at: 结单}\n")
    assert len(found) == 1
    has = "工单编号, 客户编号, 服务类型, 受理时间, 首次响应时间"
    assert found[0].startswith(f"工单.csv: no column `结单`; row 1 has: {has}; name the right header")


def test_a_column_left_out_by_the_mapping_is_not_provided(folder: Path) -> None:
    write_text(folder / "工单.csv", ROWS)
    facts = read(folder, CASES + "    columns: {first_response_at: null}\n").facts
    assert "first_response_at" not in facts.entities["case"].provided


def test_a_missing_required_column_is_named_in_both_tongues(folder: Path) -> None:
    write_text(folder / "工单.csv", [["工单编号", "来的时候"], ["1", "2026-09-01"]])
    assert "no column for 受理时刻 / received_at; row 1 has: 工单编号, 来的时候" in problems(folder)[0]


def test_without_a_known_header_no_row_is_shown_for_it_could_be_a_record(folder: Path) -> None:
    write_text(folder / "工单.csv", [["张三", "13800000000"], ["李四", "13900000000"]])
    assert problems(folder) == [
        "工单.csv: no known header in the first 40 rows; say `header_row`, or name the headers under `columns`"
    ]


def test_a_header_that_stands_twice_is_refused_where_it_is_used(folder: Path) -> None:
    rows: Table = [
        [*HEADER, "备注", "备注", "受理 时间"],
        *([*row, "a", "b", "2026-01-01"] for row in ROWS[1:]),
    ]
    write_text(folder / "工单.csv", rows)
    found = problems(folder)
    assert len(found) == 1
    assert found[0].startswith("工单.csv H1: the header '受理 时间' stands already at 工单.csv D1")


def test_a_row_that_a_line_end_tore_apart_is_named_and_nothing_is_taken(folder: Path) -> None:
    text = "工单编号,标题,受理时间\nGD-1,好的,2026-09-01 09:05\nGD-2,第一行\n第二行,2026-09-02 09:05\n"
    (folder / "工单.csv").write_text(text, encoding="utf-8")
    found = problems(folder)
    assert [line.partition(":")[0] for line in found] == ["工单.csv row 3", "工单.csv row 4"]
    assert "2 cells where the header has 3" in found[0]


def test_line_ends_and_separators_inside_quotes_are_parts_of_the_value(folder: Path) -> None:
    rows: Table = [["工单编号", "标题", "受理时间"], ["GD-1", '一,二\n"三"', "2026-09-01 09:05"]]
    write_text(folder / "工单.csv", rows)
    assert cases(folder)["received_at"].notna().all()


def test_errors_of_the_spreadsheet_are_refused_by_cell(folder: Path) -> None:
    rows: Table = [*ROWS, ["GD-3", "K-1", "#N/A", "########", None]]
    write_text(folder / "工单.csv", rows)
    found = problems(folder)
    assert [line.partition(":")[0] for line in found] == ["工单.csv C4", "工单.csv D4"]


def test_numbers_that_excel_has_shortened_are_refused(folder: Path) -> None:
    write_text(folder / "工单.csv", [*ROWS, ["2.02609E+14", "K-1", "咨询", "2026-09-03 09:05", None]])
    assert "A4: 2.02609E+14: Excel has shortened this number" in problems(folder)[0]


def test_formulas_without_results_and_cells_merged_downwards_are_named(folder: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "明细"
    for row in ROWS:
        sheet.append(row)
    sheet["E3"] = "=D3+1/24"
    sheet.merge_cells("B2:B3")
    book.save(folder / "工单.xlsx")
    found = "\n".join(problems(folder))
    assert "工单.xlsx 明细!E3: a formula without a result" in found
    assert "工单.xlsx 明细!B2:B3: merged cells" in found


def test_a_wrong_extent_written_into_a_workbook_hides_no_row(folder: Path) -> None:
    from zipfile import ZipFile

    write_book(folder / "made.xlsx", {"a": ROWS})
    with ZipFile(folder / "made.xlsx") as old, ZipFile(folder / "工单.xlsx", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'<dimension ref="A1:E3"/>', b'<dimension ref="A1"/>'))
    assert len(cases(folder)) == 2


def test_cells_of_a_workbook_keep_their_kind(folder: Path) -> None:
    moment, day = datetime(2026, 9, 1, 9, 5), date(2026, 9, 3)
    rows: Table = [["工单号", "受理时间", "关闭时间", "解决时间"], [1001.0, moment, day, 46266.5]]
    write_book(folder / "工单.xlsx", {"a": rows}, {1: "yyyy-mm-dd hh:mm", 2: "yyyy-mm-dd"})
    found = cases(folder).iloc[0]
    assert found["id"] == "1001"
    assert found["received_at"] == pd.Timestamp("2026-09-01T01:05Z")
    assert found["closed_at"] == pd.Timestamp("2026-09-02T16:00Z")
    assert found["closed_at__hole"] == Reason.STAMP_TOO_COARSE
    assert found["resolved_at"] == pd.Timestamp("2026-09-01T04:00Z")


def test_the_sheet_is_the_one_that_fits_or_the_one_that_is_named(folder: Path) -> None:
    other: Table = [["合同", "金额"], ["a", 1]]
    write_book(folder / "工单.xlsx", {"说明": other, "九月": ROWS})
    assert len(cases(folder)) == 2
    write_book(folder / "工单.xlsx", {"八月": ROWS, "九月": ROWS})
    assert "several sheets could hold case (八月, 九月)" in problems(folder)[0]
    assert len(cases(folder, CASES + "    sheet: 九月\n")) == 2
    assert "no sheet is named 十月; it has: 八月, 九月" in problems(folder, CASES + "    sheet: 十月\n")[0]


def test_the_header_row_may_be_told(folder: Path) -> None:
    write_text(folder / "工单.csv", [HEADER, ["a", "b", "c", "d", "e"], *ROWS])
    assert len(cases(folder, CASES + "    header_row: 3\n")) == 2


def test_all_that_is_wrong_is_told_at_once(folder: Path) -> None:
    write_text(folder / "工单1.csv", [["工单编号"], ["1"]])
    (folder / "工单2.csv").write_bytes(b"\x00")
    assert [line.partition(":")[0] for line in problems(folder)] == ["工单1.csv", "工单2.csv"]


def test_a_folder_that_is_missing_or_bare_is_told(folder: Path) -> None:
    (folder / "~$工单.xlsx").write_bytes(b"lock")
    assert "no export" in problems(folder)[0]
    assert "no such folder" in problems(folder / "gone")[0]


def test_an_entity_without_file_is_unconnected_and_that_is_said(folder: Path) -> None:
    write_text(folder / "工单.csv", ROWS)
    taken = read(folder, CASES + STAFF)
    assert "staff" not in taken.facts.frames
    assert "no file for staff (人员*)" in taken.remarks


def test_a_file_that_no_entity_claims_is_told(folder: Path) -> None:
    write_text(folder / "工单.csv", ROWS)
    write_text(folder / "合同.csv", ROWS)
    assert "1 file of no entity: 合同.csv" in read(folder).remarks


def test_values_that_the_boundary_cannot_take_are_told_by_cell(folder: Path) -> None:
    write_text(folder / "工单.csv", [*ROWS, ["GD-3", "K-1", "别的", "1/9/2026 9:05", None]])
    taken = read(folder)
    assert taken.facts.entities["case"].unmapped == {"service_type": {"别的": 1}}
    said = "\n".join(taken.remarks)
    assert "case.received_at: 1 not read, first 工单.csv D4" in said
    assert "case.service_type: 1 not read, first 工单.csv C4" in said


def test_a_status_may_say_closed_and_void_at_once_and_a_bin_is_left_out(folder: Path) -> None:
    header = ["工单编号", "受理时间", "状态", "删除"]
    day = "2026-09-01 09:05"
    rows: Table = [["1", day, "已关闭", ""], ["2", day, "已合并", ""], ["3", day, "处理中", "是"]]
    write_text(folder / "工单.csv", [header, *rows])
    house = CASES.replace("values: {", "values: {is_closed: {已关闭: true, 已合并: true, 处理中: false}, ")
    house += "    columns: {is_closed: 状态, status: 状态, gone: 删除}\n    deleted: gone\n"
    facts = read(folder, house + "    void: {merged: {column: status, is: [已合并]}}\n").facts
    frame = facts.frames["case"]
    assert frame["id"].tolist() == ["1", "2"]
    assert frame["is_closed"].tolist() == [True, True]
    assert frame["void_reason"].astype("str").tolist()[1] == "merged"
    assert [v.rule for v in facts.violations] == ["deleted"]


def test_what_was_answered_first_may_be_derived_from_two_columns(folder: Path) -> None:
    header = ["工单编号", "受理时间", "首次通话", "首次邮件"]
    write_text(folder / "工单.csv", [header, ["1", "2026/9/1 9:05", "2026/9/1 9:30", "2026年9月1日 9:20"]])
    house = (
        CASES
        + "    columns: {call: 首次通话, mail: 首次邮件}\nderive:\n  case.first_response_at:\n    first_of:\n"
    )
    house += "      - {column: call, says: call}\n      - {column: mail, says: message}\n"
    found = cases(folder, house).iloc[0]
    assert found["first_response_at"] == pd.Timestamp("2026-09-01T01:20Z")
    assert found["first_response_at__from"] == "message"


def test_instants_stored_as_epochs_are_no_days_of_excel(folder: Path) -> None:
    write_text(folder / "工单.csv", [["工单编号", "受理时间"], ["1", "1788224700"], ["2", "46266"]])
    found = cases(folder, CASES + "    stamps: epoch s\n")
    assert found["received_at"].tolist()[0] == pd.Timestamp("2026-09-01T01:05Z")
    assert found["received_at"].tolist()[1] == pd.Timestamp("1970-01-01T12:51:06Z")


def test_headers_without_records_are_an_entity_without_rows(folder: Path) -> None:
    write_text(folder / "工单.csv", [HEADER])
    facts = read(folder, at="2026-09-30T18:00+08:00").facts
    assert len(facts.frames["case"]) == 0
    assert "first_response_at" in facts.entities["case"].provided


def test_names_are_found_in_lists_of_another_connection(folder: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "crm.db")) as crm:
        crm.execute("CREATE TABLE people (no TEXT, name TEXT)")
        crm.execute("INSERT INTO people VALUES ('E1', '王强'), ('E2', '李娜')")
        crm.commit()
    write_text(folder / "工单.csv", [["工单编号", "受理时间", "处理人"], ["1", "2026-09-01 09:05", "李娜"]])
    staff = '\n  staff: {from: crm, select: "SELECT no AS id, name FROM people"}\n'
    found = read(folder, CASES + staff, more=f'\n  crm: {{url: "sqlite:///{tmp_path / "crm.db"}"}}')
    assert found.facts.frames["case"]["assignee_id"].tolist() == ["E2"]


def test_a_mapping_for_a_database_may_not_name_files(tmp_path: Path) -> None:
    from config.mapping import MappingError, load_mapping

    text = "schema: 1\nsource: a\ntitle: {zh: a, en: a}\nzone: Asia/Shanghai\n"
    text += "connections: {crm: {url: 'sqlite:///x'}, files: {exports: x}}\nentities:\n"
    text += "  case: {from: crm, select: SELECT 1, file: a}\n  staff: {from: files, select: SELECT 1}\n"
    text += "  team: {from: files, file: t, columns: {nam: x}}\n"
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(MappingError) as error:
        load_mapping(tmp_path / "a.yaml", {})
    said = "\n".join(found for found, _, _ in error.value.problems)
    for part in (
        "an export was taken at some time, not now",
        "`file` belongs to a folder of exports",
        "`files` is a folder, not a database",
        "the `file` is missing",
        "`nam` is no field of team",
    ):
        assert part in said


def test_the_folder_may_come_from_the_environment(folder: Path) -> None:
    from config.mapping import load_mapping
    from tasks.crm.exports import folder_of

    assert folder_of(load_mapping("exports", {}), "files") == Path("state/exports")
    given = load_mapping("exports", {"CLAUSEWATCH_EXPORTS": str(folder)})
    assert folder_of(given, "files") == folder
