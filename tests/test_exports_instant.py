"""An extract has an instant of its own, never now; several exports of one entity keep their order in time."""

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from audits.words import Reason
from config.mapping import MappingError
from config.mapping.exports import stamp_in
from tasks.crm import Extract
from tasks.crm.exports import ExportError
from tests.export_files import CASES, STAFF, read, write_text

HEADER: list[object] = ["工单编号", "受理时间", "首次响应时间"]
SURVEYS = '\n  survey: {from: files, file: "调查*"}\n'
PATTERN = "_%Y%m%d_%H%M"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "in"
    made.mkdir()
    return made


def put(folder: Path, name: str, *rows: list[object], header: list[object] = HEADER) -> None:
    write_text(folder / name, [header, *rows])


def instant(taken: Extract) -> str:
    return pd.Timestamp(taken.facts.extracted_at * 1000, tz="Asia/Shanghai").strftime("%Y-%m-%d %H:%M:%S")


def test_a_declared_instant_is_the_extracts_own(folder: Path) -> None:
    put(folder, "工单.csv", ["1", "2026-09-01 09:05", ""])
    assert instant(read(folder, at="2026-09-30T18:00+08:00")) == "2026-09-30 18:00:00"


def test_the_newest_stamp_is_the_extracts_own_where_nothing_tells_better(folder: Path) -> None:
    put(folder, "工单.csv", ["1", "2026-09-01 09:05", "2026-09-02 10:00"], ["2", "2026-09-01 10:05", ""])
    assert instant(read(folder)) == "2026-09-02 10:00:00"


def test_the_name_of_the_file_tells_the_instant(folder: Path) -> None:
    put(folder, "工单_20260930_1800.csv", ["1", "2026-09-01 09:05", ""])
    assert instant(read(folder, at="file name", pattern=PATTERN)) == "2026-09-30 18:00:00"


def test_a_day_in_the_name_reaches_to_the_days_newest_stamp(folder: Path) -> None:
    put(folder, "工单_20260930.csv", ["1", "2026-09-30 09:05", ""], ["2", "2026-10-01 09:05", ""])
    assert instant(read(folder, at="file name", pattern="_%Y%m%d")) == "2026-09-30 09:05:00"
    put(folder, "工单_20260930.csv", ["1", "2026-09-29 09:05", ""])
    assert instant(read(folder, at="file name", pattern="_%Y%m%d")) == "2026-09-30 00:00:00"


def test_the_oldest_entity_bounds_the_extract_but_lists_do_not(folder: Path) -> None:
    put(folder, "工单_20260930_1800.csv", ["1", "2026-09-01 09:05", ""])
    put(folder, "调查_20260930_1200.csv", ["S1", "2026-09-02 09:05"], header=["调查编号", "发送时间"])
    put(folder, "人员_20260101_0000.csv", ["E1", "王强"], header=["工号", "姓名"])
    entities = CASES + SURVEYS + STAFF
    assert instant(read(folder, entities, at="file name", pattern=PATTERN)) == "2026-09-30 12:00:00"
    (folder / "人员_20260101_0000.csv").rename(folder / "人员.csv")
    assert instant(read(folder, entities, at="file name", pattern=PATTERN)) == "2026-09-30 12:00:00"


def test_of_two_folders_the_older_bounds_the_extract(folder: Path) -> None:
    put(folder, "工单_20260930_1800.csv", ["1", "2026-09-01 09:05", ""])
    other = folder.parent / "other"
    other.mkdir()
    put(other, "调查_20260929_0800.csv", ["S1", "2026-09-02 09:05"], header=["调查编号", "发送时间"])
    surveys = SURVEYS.replace("files", "others")
    more = f'\n  others: {{exports: {other}, taken_at: "{PATTERN}"}}'
    taken = read(folder, CASES + surveys, at="file name", pattern=PATTERN, more=more)
    assert instant(taken) == "2026-09-29 08:00:00"


def test_a_name_without_instant_and_one_from_the_future_are_refused(folder: Path) -> None:
    put(folder, "工单.csv", ["1", "2026-09-01 09:05", ""])
    with pytest.raises(ExportError, match="does not tell when it was exported"):
        read(folder, at="file name", pattern=PATTERN)
    (folder / "工单.csv").rename(folder / "工单_20270101_0000.csv")
    with pytest.raises(ExportError, match="lies ahead"):
        read(folder, at="file name", pattern=PATTERN)


def test_no_stamp_at_all_is_refused_rather_than_taken_as_now(folder: Path) -> None:
    put(folder, "人员.csv", ["E1", "王强"], header=["工号", "姓名"])
    with pytest.raises(MappingError, match="no stamp that could tell"):
        read(folder, STAFF)
    with pytest.raises(MappingError, match="no export was found whose name tells"):
        read(folder, CASES, at="file name", pattern=PATTERN)


def test_monthly_exports_are_one_entity(folder: Path) -> None:
    put(folder, "工单_202608.csv", ["1", "2026-08-01 09:05", "2026-08-01 09:06"])
    put(folder, "工单_202609.csv", ["2", "2026-09-01 09:05", ""])
    taken = read(folder, at="2026-09-30T18:00+08:00")
    frame = taken.facts.frames["case"]
    assert frame["id"].tolist() == ["1", "2"]
    assert "first_response_at__hole" not in frame  # one instant for all files: a blank is a fact
    assert taken.counts["case"] == 2


def test_of_one_record_in_two_exports_the_newer_counts_and_that_is_told(folder: Path) -> None:
    put(
        folder,
        "工单_20260831_1800.csv",
        ["1", "2026-08-31 09:05", ""],
        ["2", "2026-08-30 09:05", "2026-08-30 09:06"],
    )
    put(folder, "工单_20260930_1800.csv", ["1", "2026-08-31 09:05", "2026-09-01 10:00"])
    taken = read(folder, at="file name", pattern=PATTERN)
    frame = taken.facts.frames["case"]
    assert frame["first_response_at"].dt.strftime("%d %H:%M").tolist() == ["01 02:00", "30 01:06"]
    assert "case: 1 row of older exports also in a newer one, which counts (1)" in taken.remarks
    assert not taken.facts.violations


def test_without_names_the_newest_stamp_orders_the_exports(folder: Path) -> None:
    put(folder, "工单a.csv", ["1", "2026-08-31 09:05", "2026-09-01 10:00"])
    put(folder, "工单b.csv", ["1", "2026-08-31 09:05", ""])
    assert read(folder).facts.frames["case"]["first_response_at"].notna().all()


def test_a_blank_in_an_older_export_is_a_hole_for_it_may_have_happened_since(folder: Path) -> None:
    put(
        folder,
        "工单_20260831_1800.csv",
        ["1", "2026-08-31 09:05", ""],
        ["2", "2026-08-30 09:05", "2026-08-30 09:06"],
    )
    put(folder, "工单_20260930_1800.csv", ["3", "2026-09-30 09:05", ""])
    taken = read(folder, at="file name", pattern=PATTERN)
    holes = taken.facts.frames["case"]["first_response_at__hole"].fillna(0).tolist()
    assert holes == [Reason.OLD_EXPORT, 0, 0]
    told = "case: 2 records known only from older exports (工单_20260831_1800.csv); blanks there are no data"
    assert told in taken.remarks


def test_a_column_that_only_some_exports_have_is_a_hole_in_the_others(folder: Path) -> None:
    put(folder, "工单1.csv", ["1", "2026-08-31 09:05", ""])
    put(folder, "工单2.csv", ["2", "2026-08-31 09:05"], header=HEADER[:2])
    frame = read(folder, at="2026-09-30T18:00+08:00").facts.frames["case"]
    assert frame["first_response_at__hole"].fillna(0).tolist() == [0, Reason.FIELD_NOT_PROVIDED]


def test_the_same_number_twice_in_one_export_is_a_violation(folder: Path) -> None:
    put(folder, "工单.csv", ["1", "2026-08-31 09:05", ""], ["1", "2026-08-31 09:06", ""])
    taken = read(folder)
    assert [(v.rule, v.count, v.examples) for v in taken.facts.violations] == [("duplicate", 1, ("1",))]


@pytest.mark.parametrize("pattern", ["_%Y%m", "_%Y%m%d_%M", "_%Y%m%d_%Y", "%Q", "none"])
def test_a_pattern_that_can_tell_no_instant_is_refused(folder: Path, pattern: str) -> None:
    put(folder, "工单.csv", ["1", "2026-08-31 09:05", ""])
    with pytest.raises(MappingError, match="finds no instant in a file name"):
        read(folder, at="file name", pattern=pattern)


def test_a_pattern_is_found_anywhere_in_a_name() -> None:
    day = datetime(2026, 9, 30, 10, 5, tzinfo=UTC)
    assert stamp_in("报表 2026-09-30 18.05 (1).csv", "%Y-%m-%d %H.%M", "Asia/Shanghai") == (day, True)
    assert stamp_in("报表 2026-13-30 18.05.csv", "%Y-%m-%d %H.%M", "Asia/Shanghai") is None
    assert stamp_in("report.csv", "%Y-%m-%d", "Asia/Shanghai") is None


def test_file_name_needs_its_pattern(folder: Path) -> None:
    put(folder, "工单.csv", ["1", "2026-08-31 09:05", ""])
    with pytest.raises(MappingError, match="needs `taken_at`"):
        read(folder, at="file name")
