"""`clausewatch init` on a folder of exports: files by name and headers, the house's own words ready to fill in."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audits.errors import WrongUse
from config.mapping import load_mapping
from flows.cli import run
from tasks.crm import extract
from tasks.crm.proposing import propose_folder
from tests.export_files import Rows, write_book, write_parquet, write_text

NOW = datetime(2026, 10, 9, tzinfo=UTC)
CASES: Rows = [
    [
        "工单编号",
        "客户",
        "处理人",
        "工单类型",
        "来源",
        "进线时间",
        "首次响应时间",
        "结单时间",
        "状态",
        "描述",
    ],
    [
        "G1",
        "恒泰",
        "E1",
        "咨询",
        "电话",
        "2026-09-01 09:00",
        "2026-09-01 09:05",
        "2026-09-01 10:00",
        "已关闭",
        "秘密",
    ],
    ["G2", "恒泰", "E1", "备件", "抖音", "2026-09-02 09:00", None, None, "搁置", "打给王 13800001111"],
]
STAFF: Rows = [["工号", "姓名", "岗位", "邮箱"], ["E1", "李娜", "班长", "li.na@example.com"]]
SURVEYS: Rows = [
    ["问卷编号", "工单编号", "发送时间", "评价时间", "评分"],
    ["S1", "G1", "2026-09-01 11:00", None, "5"],
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as a helpdesk's night job leaves it: a workbook with a title, a CSV of GB18030, a Parquet."""
    made = tmp_path / "nightly"
    made.mkdir()
    write_book(made / "工单_20260930_1800.xlsx", {"Sheet1": [["九月工单"], *CASES, ["合计", 2]]})
    write_text(made / "员工_20260930_1800.csv", STAFF, "gb18030")
    write_parquet(made / "满意度_20260930_1800.parquet", SURVEYS)
    write_text(made / "进货_20260930_1800.csv", [["物料", "数量"], ["螺丝", "5"]])
    return made


def test_files_are_taken_for_what_their_names_and_headers_say(folder: Path) -> None:
    found = propose_folder(folder, "mine")
    assert found.tables == {
        "staff": "员工_20260930_1800.csv",
        "case": "工单_20260930_1800.xlsx Sheet1",
        "survey": "满意度_20260930_1800.parquet",
    }
    assert "# Not taken for anything: 进货_20260930_1800.csv" in found.text


def test_the_proposal_loads_and_reads_the_files(folder: Path, tmp_path: Path) -> None:
    text = propose_folder(folder, "mine").text.replace('# "备件": ?', '"备件": technical_support')
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    facts = extract(load_mapping(tmp_path / "mine.yaml", {}), now=NOW).facts
    case = facts.frames["case"].set_index("case_no")
    assert list(case["service_type"]) == ["consultation", "technical_support"]
    assert str(case.loc["G1", "received_at"]) == "2026-09-01 01:00:00+00:00"
    assert str(case.loc["G1", "closed_at"]) == "2026-09-01 02:00:00+00:00"
    assert list(case["assignee_id"]) == ["E1", "E1"]
    assert facts.entities["case"].unmapped == {"channel": {"抖音": 1}, "is_closed": {"搁置": 1}}
    assert len(facts.frames["survey"]) == 1


def test_a_header_that_only_this_house_prints_is_proposed_by_name(folder: Path) -> None:
    assert 'received_at: "进线时间"' in propose_folder(folder, "mine").text


def test_the_instant_of_the_extract_is_read_from_the_names_where_all_tell_it(folder: Path) -> None:
    assert "extracted_at: file name" in propose_folder(folder, "mine").text
    (folder / "员工_20260930_1800.csv").rename(folder / "员工.csv")
    assert "extracted_at: newest" in propose_folder(folder, "mine").text


def test_words_known_everywhere_are_filled_in_and_the_houses_own_wait(folder: Path) -> None:
    found = propose_folder(folder, "mine")
    lines = [line.strip() for line in found.text.splitlines()]
    assert '"咨询": "consultation"   # 1 rows' in lines
    assert [line for line in lines if line.startswith("# ") and ": ?" in line] == [
        '# "班长": ?   # 1 rows',
        '# "抖音": ?   # 1 rows',
        '# "备件": ?   # 1 rows',
        '# "搁置": ?   # 1 rows',
    ]
    assert found.open_values == 4


def test_nothing_of_the_records_but_codes_stands_in_the_file(folder: Path) -> None:
    text = propose_folder(folder, "mine").text
    assert not [word for word in ("李娜", "example.com", "恒泰", "秘密", "13800001111") if word in text]


def test_two_sheets_of_one_workbook_are_told_apart(tmp_path: Path) -> None:
    write_book(tmp_path / "九月.xlsx", {"工单": CASES, "调查": SURVEYS})
    text = propose_folder(tmp_path, "mine").text
    assert 'sheet: "工单"' in text
    assert 'sheet: "调查"' in text


def test_a_file_that_cannot_be_read_is_named_and_the_rest_proposed(folder: Path) -> None:
    (folder / "员工_20260930_1800.csv").write_bytes(b"")
    text = propose_folder(folder, "mine").text
    assert "# Cannot be read: 员工_20260930_1800.csv: the file is empty" in text


def test_a_folder_without_cases_is_refused_with_what_is_lacking(tmp_path: Path) -> None:
    write_text(tmp_path / "工单.csv", [["工单编号", "状态"], ["G1", "已关闭"]])
    with pytest.raises(WrongUse, match="received_at"):
        propose_folder(tmp_path, "mine")


def test_the_command_takes_a_folder(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["init", "nightly", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["file"], told["open_values"]) == ("nightly.yaml", 4)
    assert load_mapping(tmp_path / "nightly.yaml", {}).file.source == "nightly"
