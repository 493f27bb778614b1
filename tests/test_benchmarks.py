"""What is timed says the same as what it is timed against, and the page says what was measured."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from benchmarks import ours, page
from benchmarks.by_hand import ByHand
from benchmarks.load import sizes, write_load
from benchmarks.measuring import Run
from benchmarks.outputs import CLAUSES, Mismatch, Outputs, compare

_CASES = 3_000


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outputs, Outputs]:
    folder = tmp_path_factory.mktemp("load")
    write_load(folder, _CASES)
    return ours.run(folder, ours.rules()), ByHand(folder).run()


def test_ours_and_the_query_by_hand_agree_to_the_last_finding(sides: tuple[Outputs, Outputs]) -> None:
    mine, other = sides
    compare(mine, other)
    assert mine.checksum() == other.checksum()
    assert mine.findings.num_rows > _CASES // 3


def test_every_clause_and_every_verdict_occurs_in_the_load(sides: tuple[Outputs, Outputs]) -> None:
    mine, _ = sides
    assert {clause for clause, *_ in mine.counts} == set(CLAUSES)
    verdicts = {"met", "breached", "pending", "not_applicable", "no_data"}
    assert {verdict for _, _, verdict, _ in mine.counts} == verdicts
    assert any(verdict != other for _, _, verdict, other in mine.counts if other)
    limits = sum(n for (clause, *_), n in mine.counts.items() if clause.startswith("ECS-1.3-RESPONSE"))
    assert limits >= sizes(_CASES)["case"]


def test_one_count_that_differs_stops_the_benchmark(sides: tuple[Outputs, Outputs]) -> None:
    mine, other = sides
    key = next(iter(other.counts))
    wrong = replace(other, counts=other.counts | {key: other.counts[key] + 1})
    with pytest.raises(Mismatch, match=f"{key[0]}.*{key[1]}.*{key[2]}"):
        compare(mine, wrong)


def test_one_finding_that_differs_stops_the_benchmark(sides: tuple[Outputs, Outputs]) -> None:
    mine, other = sides
    due = other.findings["due"].to_pylist()
    due[7] += 1
    at = other.findings.schema.get_field_index("due")
    wrong = replace(other, findings=other.findings.set_column(at, "due", pa.array(due, pa.int64())))
    record = other.findings["record"][7].as_py()
    with pytest.raises(Mismatch, match=f"due is .*{record}"):
        compare(mine, wrong)
    with pytest.raises(Mismatch, match="findings"):
        compare(mine, replace(other, findings=other.findings.slice(1)))


def test_the_page_keeps_what_people_wrote_and_replaces_what_was_measured(tmp_path: Path) -> None:
    target = tmp_path / "performance.md"
    target.write_text(page.PAGE.read_text(encoding="utf-8"), encoding="utf-8")
    run = Run(wall=1.0, cpu=2.0, start=0.5, peak_mb=300.0, said={"obligations": 5, "findings": 2, "rows": 9})
    slow = replace(run, wall=2.5)
    page.put(target, "verdicts", page.of_verdicts({"ours": [slow], "duckdb": [run]}))
    page.put(target, "extraction", page.of_extraction({"psql": [run], "read": [run], "extract": [slow]}))
    text = target.read_text(encoding="utf-8")
    assert "| seconds, medians | **2.50** | 2.0 | **missed** |" in text
    assert "| read into Arrow columns | **1.00** | 1.00 | 1.00 | 1.3 | kept |" in text
    assert "## What makes it fast" in text
    page.put(target, "verdicts", page.of_verdicts({"ours": [run], "duckdb": [run]}))
    assert "**missed**" not in target.read_text(encoding="utf-8").partition("## Business time")[0]


def test_the_page_tells_what_workers_cost_beside_one_process() -> None:
    alone = Run(wall=1.0, cpu=2.0, start=0.5, peak_mb=300.0, said={"obligations": 5, "breached": 2})
    there = replace(alone, wall=3.0, said=alone.said | {"sent": 7_000_000, "worker_mb": 80.0})
    table, counts = page.of_cluster(9, {"whole": [alone], "parts": [alone], "one": [there], "two": [there]})
    assert "| one process | **1.00** | 2.00 |  | 300 |  | 0.5 |" in table
    assert "| 2 workers, 8 parts | **3.00** | 2.00 | 7 | 300 | 80 | 0.5 |" in table
    assert counts.startswith("5 obligations and 2 breaches")


def test_a_page_without_the_section_is_not_written(tmp_path: Path) -> None:
    target = tmp_path / "performance.md"
    target.write_text("# Speed\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="verdicts"):
        page.put(target, "verdicts", ["new"])
    assert target.read_text(encoding="utf-8") == "# Speed\n"
