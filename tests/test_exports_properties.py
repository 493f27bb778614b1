"""Whatever a table holds, its CSV in GBK, its workbook and its Parquet file read back to the same frame."""

import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from audits.facts import Facts
from tests.export_files import CASES, Rows, read, write_book, write_parquet, write_text

FORMS = ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y年%m月%d日 %H:%M:%S", "%Y%m%d%H%M%S", "%Y-%m-%d")
HEADER: list[object] = [
    "工单编号",
    "客户编号",
    "处理人",
    "服务类型",
    "受理时间",
    "首次响应时间",
    "是否关闭",
    "备注",
]
moments = st.datetimes(datetime(2026, 8, 1), datetime(2026, 10, 1)).map(
    lambda each: each.replace(microsecond=0)
)
stamps = st.builds(lambda moment, form: moment.strftime(form), moments, st.sampled_from(FORMS))
words = st.text("甲乙丙ab1２ -（）,;|\"'，、\n\t　", max_size=8)
rows = st.tuples(
    st.one_of(words, st.sampled_from(["K-1", "００7", "12.0", ""])),
    st.one_of(words, st.just("王强")),
    st.sampled_from(["咨询", "投诉", "技术支持", "ＡＢ", "", "-", "无"]),
    stamps,
    st.one_of(
        stamps, st.sampled_from(["", "-", "未知", "1/2/2026", "46266.378472222219", "2026/9/1 下午 3:05"])
    ),
    st.sampled_from(["是", "否", "", "√", "?"]),
    words,
)


WRITERS: dict[str, Callable[[Path, Rows], object]] = {
    "工单.csv": lambda path, table: write_text(path, table, "gb18030"),
    "工单.txt": lambda path, table: write_text(path, table, "utf-8-sig", "\t"),
    "工单.xlsx": lambda path, table: write_book(path, {"a": table}),
    "工单.parquet": write_parquet,
}


def facts_of(table: Rows) -> Iterator[Facts]:
    """The same table read back from each way of writing it."""
    for name, write in WRITERS.items():
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "in"
            folder.mkdir()
            write(folder / name, table)
            yield read(folder, CASES, at="2026-10-08T18:00+08:00").facts


@settings(max_examples=25)
@given(st.lists(rows, min_size=1, max_size=8))
def test_every_way_of_writing_a_table_gives_the_same_facts(table: list[tuple[str, ...]]) -> None:
    cells: list[list[object]] = [[f"GD-{number}", *row] for number, row in enumerate(table)]
    first, *others = facts_of([HEADER, *cells])
    for each in others:
        assert_frame_equal(each.frames["case"], first.frames["case"])
        assert (each.violations, each.entities) == (first.violations, first.entities)


def test_a_moment_of_a_workbook_is_the_moment_that_its_text_is(tmp_path: Path) -> None:
    moments = [datetime(2026, 9, 1) + timedelta(seconds=61 * n) for n in range(1, 700)]
    made = {}
    for name, cells in (("text", [f"{m:%Y-%m-%d %H:%M:%S}" for m in moments]), ("date", moments)):
        folder = tmp_path / name
        folder.mkdir()
        table: Rows = [["工单编号", "受理时间"], *([f"{n:03}", cell] for n, cell in enumerate(cells))]
        write_book(folder / "工单.xlsx", {"a": table}, {1: "yyyy-mm-dd hh:mm:ss"} if name == "date" else None)
        made[name] = read(folder, at="2026-10-08T18:00+08:00").facts.frames["case"]
    assert_frame_equal(made["date"], made["text"])
