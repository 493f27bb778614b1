"""A whole audit of a folder of exports: the verdicts of planted cases, at the instant that the file's name tells."""

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from audits.errors import WrongUse
from config.settings import load_settings
from flows.auditing.plain import audit_plainly
from flows.auditing.request import AuditRequest, request_of
from flows.auditing.run import AuditRun
from tests.export_files import write_book, write_text
from tests.house import House

STAFF = [
    ["工号", "姓名", "邮箱", "岗位", "主管"],
    *(
        [f"E10{n:02}", f"员工{n}", f"e10{n:02}@example.com", "客服专员", "张总"]
        for n in (2, 3, 5, 7, 8, 24, 28)
    ),
    ["E1001", "张总", "boss@example.com", "总经理", ""],
    ["E1031", "王强", "wang1@example.com", "客服专员", "员工3"],
    ["E1032", "王强", "wang2@example.com", "客服专员", "员工3"],
]
HEADER: list[object] = [
    *("工单编号", "客户名称", "处理人", "服务类型", "受理时间", "首次响应时间", "解决时间", "状态", "优先级"),
]
#: number -> cells, and what response and solution of the case must be judged as.
CASES: dict[str, tuple[list[object], str, str]] = {
    "GD-01": (
        ["咨询", "2026/9/7 9:05", "2026-09-07 09:20:00", "2026-09-07 10:00"],
        "MET IN_TIME",
        "MET IN_TIME",
    ),
    "GD-02": (
        ["咨询", "2026年9月7日 上午9:05", "2026/9/7 9:20:01", "2026/9/7 12:00"],
        "BREACHED LATE",
        "BREACHED LATE",
    ),
    "GD-03": (
        ["咨询", "2026-09-08", "2026-09-08", "-"],
        "NO_DATA STAMP_TOO_COARSE",
        "NO_DATA STAMP_TOO_COARSE",
    ),
    "GD-04": (["投诉", "2026-09-30 17:55", "", ""], "PENDING INSIDE", "PENDING INSIDE"),
    "GD-05": (["投诉", "2026-09-30 10:00", "2026-09-30 18:30", ""], "BREACHED OPEN_LATE", "PENDING INSIDE"),
    "GD-06": (["技术支持", "1/9/2026 9:05", "", ""], "NO_DATA UNREADABLE", "NO_DATA UNREADABLE"),
}


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> AuditRun:
    """One audit with the shipped mapping, all tests look at it."""
    folder = tmp_path_factory.mktemp("house")
    house = House(folder)
    exports = folder / "exports"
    exports.mkdir()
    rows = [
        [
            number,
            "恒泰电子",
            "王强" if number == "GD-01" else "员工5",
            *cells,
            "已关闭" if cells[3] else "处理中",
            "高",
        ]
        for number, (cells, _, _) in CASES.items()
    ]
    table: list[list[object]] = [
        ["九月工单"],
        ["导出时间 2026-09-30 18:00"],
        HEADER,
        *rows,
        ["合计", None, len(rows)],
    ]
    write_book(exports / "工单_20260930_1800.xlsx", {"明细": table})
    write_text(exports / "人员.csv", STAFF, "gbk")
    write_text(exports / "客户.csv", [["客户编号", "客户名称"], ["K-1", "恒泰电子"]], "utf-8-sig")
    with pytest.MonkeyPatch.context() as patch:
        house.enter(patch)
        patch.setenv("CLAUSEWATCH_EXPORTS", str(exports))
        run = audit_plainly(AuditRequest(source="exports", period="2026-09"), load_settings())
        run.close()
        run.folder = folder / run.folder
    return run


def verdicts(run: AuditRun, act: str) -> dict[str, str]:
    """Case -> verdict and reason of one act's limit."""
    rows: list[dict[str, Any]] = pq.read_table(run.folder / "verdicts.parquet").to_pylist()
    return {
        row["record"]: f"{row['verdict']} {row['reason']}".upper()
        for row in rows
        if row["clause"].startswith(f"ECS-1.3-{act}-")
    }


def test_planted_cases_are_judged_right(audited: AuditRun) -> None:
    assert verdicts(audited, "RESPONSE") == {number: said for number, (_, said, _) in CASES.items()}
    assert verdicts(audited, "RESOLVE") == {number: said for number, (_, _, said) in CASES.items()}


def test_the_audit_stands_at_the_extracts_instant_and_says_so(audited: AuditRun) -> None:
    assert audited.results["as_of"] == "2026-09-30T18:00:00+08:00"
    assert "exported 2026-09-30 18:00 +0800" in audited.done[0].said
    assert "工单_20260930_1800.xlsx 明细: 2 title rows above the header in row 3" in audited.remarks


def test_no_audit_looks_later_than_the_extract(audited: AuditRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(audited.folder.parent.parent)
    monkeypatch.setenv("CLAUSEWATCH_EXPORTS", "exports")
    later = request_of(source="exports", period="2026-09", as_of="2026-09-30T18:00:01+08:00")
    with pytest.raises(WrongUse, match="later than the extract"):
        audit_plainly(later, load_settings())


def test_neither_results_nor_snapshot_hold_a_name(audited: AuditRun) -> None:
    for path in [audited.folder / "results.json", *Path(audited.snapshot_folder).rglob("facts.json")]:
        assert "王强" not in path.read_text(encoding="utf-8")
