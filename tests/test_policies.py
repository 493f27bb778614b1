"""Bins, void cases, circles of merges, second sources and cursors: nothing is left out or disbelieved unsaid."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.errors import ClausewatchError
from audits.facts import Violation
from audits.words import Reason
from config.mapping import load_mapping
from config.mapping.policies import Cursor
from tasks.crm import Extract, extract, snapshot
from tasks.crm.boundary import How, cast_rows
from tasks.crm.columns import columns
from tasks.crm.cursors import missed
from tasks.crm.policies import without_circles
from tests.servers import postgres

UNTIMED = settings(deadline=None, max_examples=50)
NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
TABLES = """
CREATE TABLE tickets (id INTEGER, status VARCHAR(20), account VARCHAR(9), parent INTEGER, gone {truth}, made {stamp},
  solved {stamp}, changed {stamp});
INSERT INTO tickets VALUES
  (1, 'Open', 'K-1', NULL, {false}, '2026-09-01 01:00:00', '2026-09-01 09:00:00', '2026-09-01 09:00:00'),
  (2, 'Duplicate', 'K-1', NULL, {false}, '2026-09-01 02:00:00', '2026-09-01 09:00:00', '2026-09-02 09:00:00'),
  (3, 'Open', 'K-0', NULL, {false}, '2026-09-01 03:00:00', NULL, '2026-09-03 09:00:00'),
  (4, 'Spam', 'K-0', NULL, {false}, '2026-09-01 04:00:00', NULL, '2026-09-04 09:00:00'),
  (5, 'Closed', 'K-1', 1, {false}, '2026-09-01 05:00:00', '2026-09-01 08:59:00', '2026-09-05 09:00:00'),
  (6, 'Open', 'K-1', 6, {false}, '2026-09-01 06:00:00', NULL, NULL),
  (7, 'Open', 'K-1', NULL, {true}, '2026-09-01 07:00:00', NULL, '2026-09-01 09:00:00'),
  (8, 'Open', NULL, NULL, NULL, '2026-09-01 08:00:00', NULL, '2030-01-01 00:00:00');
CREATE TABLE log (id INTEGER, ticket INTEGER, at {stamp}, new VARCHAR(20), old VARCHAR(20));
INSERT INTO log VALUES (1, 1, '2026-09-01 09:02:00', 'Closed', 'Open'), (2, 2, '2026-09-01 09:06:00', 'Closed', 'Open'),
  (3, 7, '2026-09-01 10:00:00', 'Closed', 'Open'), (4, 99, '2026-09-01 10:00:00', 'Closed', 'Open'),
  (5, 5, '2026-09-01 09:00:00', 'Closed', 'Open')
"""
MAPPING = """
schema: 1
source: policies
title: {zh: 甲, en: Policies}
zone: Asia/Shanghai
stamps: naive utc
connections: {crm: {url: "${POLICIES}"}}
entities:
  case:
    from: crm
    select: >
      SELECT id, made AS received_at, parent AS merged_into_id, account, status, gone, changed, solved FROM tickets
    deleted: gone
    cursor: {kind: timestamp, column: changed, overlap: 2 h}
    agrees_with: {resolved_at: {column: solved, tolerance: 5 min}}
    void:
      merged: {column: merged_into_id}
      duplicate: {column: status, is: [Duplicate]}
      spam: {column: status, is: [Spam]}
      test: {column: account, is: [K-0]}
change_logs:
  case:
    from: crm
    select: SELECT id, ticket AS record, at, 'status' AS field, old, new FROM log
    decoder: columns
    fields: {status: status}
derive:
  case.resolved_at: {first_change: {change: status, to: [Closed]}}
  case_event: {from_changes: {case: {resolved: {change: status, to: [Closed]}}}}
"""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def crm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        with closing(sqlite3.connect(tmp_path / "crm.db")) as connection:
            connection.executescript(TABLES.format(stamp="TEXT", truth="INTEGER", true=1, false=0))
        yield f"sqlite:///{tmp_path}/crm.db"
        return
    text = TABLES.format(stamp="TIMESTAMPTZ", truth="BOOLEAN", true="TRUE", false="FALSE")
    postgres.run_sql(request.getfixturevalue("postgres_database"), *text.split(";"))
    yield request.getfixturevalue("postgres_reader").url


def read(crm: str, folder: Path, mapping: str = MAPPING) -> Extract:
    (folder / "policies.yaml").write_text(mapping, encoding="utf-8")
    return extract(load_mapping(folder / "policies.yaml", {"POLICIES": crm}), now=NOW)


def told(taken: Extract) -> dict[tuple[str, str], tuple[int, tuple[str, ...]]]:
    return {(v.field, v.rule): (v.count, v.examples) for v in taken.facts.violations}


def test_every_policy_counts_and_names_what_it_touched(crm: str, tmp_path: Path) -> None:
    taken = read(crm, tmp_path)
    case = taken.facts.frames["case"].set_index("id")
    assert case.index.tolist() == ["1", "2", "3", "4", "5", "6", "8"], "a blank mark is no bin"
    found = {key: None if pd.isna(v) else v for key, v in case["void_reason"].astype(object).items()}
    assert found == {
        "1": None,
        "2": "duplicate",
        "3": "test",
        "4": "spam",
        "5": "merged",
        "6": None,
        "8": None,
    }
    assert taken.facts.provides("case", "void_reason")
    violations = told(taken)
    assert violations["gone", "deleted"] == (1, ("7",))
    assert violations["change log", "reference"] == (1, ("99",)), (
        "entries of the bin's records are passed over"
    )
    assert violations["merged_into_id", "value"] == (1, ("6",))
    assert violations["changed", "cursor"] == (2, ("6", "8")), "one has none, one lies in the future"
    assert violations["resolved_at", "disagree"] == (1, ("2",))


def test_two_sources_too_far_apart_are_a_hole_and_both_are_kept(crm: str, tmp_path: Path) -> None:
    facts = read(crm, tmp_path).facts
    case = facts.frames["case"].set_index("id")
    assert case["resolved_at"].notna().tolist() == [True, False, False, False, True, False, False]
    assert case.loc["2", "resolved_at__hole"] == Reason.SOURCES_DISAGREE
    assert case.loc["2", "resolved_at__said"] == pd.Timestamp("2026-09-01 09:06", tz="UTC")
    assert case.loc["2", "resolved_at__other"] == pd.Timestamp("2026-09-01 09:00", tz="UTC")
    assert case["resolved_at__said"].notna().sum() == 1
    snapshot.write(tmp_path / "kept", facts, {}, facts.extracted_at)
    back = snapshot.read(tmp_path / "kept").facts
    pd.testing.assert_frame_equal(facts.frames["case"], back.frames["case"])
    assert facts.violations == back.violations


def test_a_case_merged_into_itself_is_in_doubt_and_not_gone(crm: str, tmp_path: Path) -> None:
    case = read(crm, tmp_path).facts.frames["case"].set_index("id")
    assert case["merged_into_id"].isna()["6"]
    assert case.loc["6", "void_reason__hole"] == Reason.UNREADABLE
    assert case.loc["5", "merged_into_id"] == "1"


@pytest.mark.parametrize(
    ("was", "becomes", "found"),
    [
        ("account, status,", "account, status, account AS void_reason,", "void_reason is given twice"),
        ("gone, changed", "changed", "lacks the column `gone`"),
        ("account, status, gone", "status, gone", "lacks the column `account`"),
        ("{resolved_at: {column: solved", "{closed_at: {column: solved", "there is no closed_at to compare"),
    ],
)
def test_a_policy_without_its_column_is_an_error(tmp_path: Path, was: str, becomes: str, found: str) -> None:
    with closing(sqlite3.connect(tmp_path / "crm.db")) as connection:
        connection.executescript(TABLES.format(stamp="TEXT", truth="INTEGER", true=1, false=0))
    assert was in MAPPING
    with pytest.raises(ClausewatchError, match=found):
        read(f"sqlite:///{tmp_path}/crm.db", tmp_path, MAPPING.replace(was, becomes, 1))


@UNTIMED
@given(st.lists(st.one_of(st.none(), st.integers(0, 7), st.just(99)), max_size=8))
def test_merges_that_never_end_are_found_by_walking_too(goes: list[int | None]) -> None:
    def ends(at: int) -> bool:
        for _ in range(len(goes) + 1):
            into = goes[at]
            if into is None or into >= len(goes):
                return True
            at = into
        return False

    raw = pd.DataFrame(
        {"id": [str(at) for at in range(len(goes))], "received_at": "2026-09-01 01:00:00",
         "merged_into_id": pd.array([None if to is None else str(to) for to in goes], dtype="str")}
    )  # fmt: skip
    found = without_circles(cast_rows("case", columns(raw), How("Asia/Shanghai")))
    lost = [str(at) for at in range(len(goes)) if not ends(at)]
    holes = found.frame.get("merged_into_id__hole", pd.Series(dtype="Int16"))
    assert found.frame["id"][holes.notna().to_numpy()].tolist() == lost if lost else not holes.notna().any()
    kept = [None if to is None or str(at) in lost else str(to) for at, to in enumerate(goes)]
    assert [None if pd.isna(v) else v for v in found.frame["merged_into_id"]] == kept


def agreed(tmp_path: Path, own: str | None, other: str | None, tolerance: str) -> pd.Series:
    with closing(sqlite3.connect(tmp_path / "two.db")) as connection:
        connection.executescript("DROP TABLE IF EXISTS t; CREATE TABLE t (one TEXT, two TEXT)")
        connection.execute("INSERT INTO t VALUES (?, ?)", (own, other))
        connection.commit()
    text = f"""
schema: 1
source: two
title: {{zh: 甲, en: Two}}
zone: Asia/Shanghai
connections: {{crm: {{url: "sqlite:///{tmp_path}/two.db"}}}}
entities:
  case:
    from: crm
    select: SELECT 1 AS id, '2026-01-01' AS received_at, one AS resolved_at, two FROM t
    agrees_with: {{resolved_at: {{column: two, tolerance: {tolerance}}}}}
"""
    (tmp_path / "two.yaml").write_text(text, encoding="utf-8")
    return extract(load_mapping(tmp_path / "two.yaml", {}), now=NOW).facts.frames["case"].iloc[0]


@pytest.mark.parametrize(
    ("own", "other", "tolerance", "agree"),
    [
        ("2026-09-01 01:00:00", "2026-09-01 01:05:00", "5 min", True),
        ("2026-09-01 01:05:00.000001", "2026-09-01 01:00:00", "5 min", False),
        ("2026-09-01 01:00:00", "2026-09-01 01:05:00.000001", "5 min", False),
        ("2026-09-01 01:00:00", None, "0 s", True),
        (None, "2026-09-01 01:00:00", "0 s", True),
        ("soon", "2026-09-01 01:00:00", "0 s", True),
        ("2026-09-01", "2026-09-01 12:00:00", "0 s", True),
        ("2026-09-01", "2026-09-02 12:00:00", "2 h", False),
    ],
)
def test_what_agrees_within_the_tolerance_stays(
    tmp_path: Path, own: str | None, other: str | None, tolerance: str, agree: bool
) -> None:
    row: Any = agreed(tmp_path, own, other, tolerance)
    assert (row.get("resolved_at__hole") == Reason.SOURCES_DISAGREE) is not agree or pd.isna(
        row.get("resolved_at__hole")
    )
    assert ("resolved_at__said" in row) is not agree
    if agree and own not in (None, "soon"):
        assert row["resolved_at"] is not pd.NaT


def seen_twice(tmp_path: Path, change: str, cursor: str) -> list[Violation]:
    """What a cursor would have missed between two extracts with a change in between."""
    with closing(sqlite3.connect(tmp_path / "crm.db")) as connection:
        connection.executescript(TABLES.format(stamp="TEXT", truth="INTEGER", true=1, false=0))
        connection.executescript("DELETE FROM tickets WHERE id IN (6, 8)")
    mapping = MAPPING.replace("{kind: timestamp, column: changed, overlap: 2 h}", cursor)
    mapping = mapping if "changed" in cursor else mapping.replace("gone, changed", "gone")
    one = read(f"sqlite:///{tmp_path}/crm.db", tmp_path, mapping)
    with closing(sqlite3.connect(tmp_path / "crm.db")) as connection:
        connection.executescript(change)
    two = read(f"sqlite:///{tmp_path}/crm.db", tmp_path, mapping)
    declared = load_mapping(tmp_path / "policies.yaml", {}).file.entities["case"].cursor
    assert isinstance(declared, Cursor)
    before, after = ((t.facts.frames["case"], t.cursors["case"]) for t in (one, two))
    return missed("case", declared, before, after)


@pytest.mark.parametrize(
    ("change", "count"),
    [
        ("UPDATE tickets SET solved = '2026-09-06', status = 'Spam', changed = '2026-09-06 10:00:00' WHERE id = 1", 0),
        ("UPDATE tickets SET status = 'Spam' WHERE id = 1", 1),
        ("UPDATE tickets SET status = 'Spam', changed = '2026-09-05 07:00:00' WHERE id = 1", 0),
        ("UPDATE tickets SET status = 'Spam', changed = '2026-09-05 06:59:59' WHERE id = 1", 1),
        ("DELETE FROM tickets WHERE id = 1", 1),
        ("INSERT INTO tickets VALUES (9, 'Open', 'K-1', NULL, 0, '2026-09-01', NULL, '2026-09-01 09:00:00')", 1),
        ("SELECT 1", 0),
    ],
)  # fmt: skip
def test_a_cursor_that_would_have_missed_a_change_is_found_out(
    tmp_path: Path, change: str, count: int
) -> None:
    found = seen_twice(tmp_path, change, "{kind: timestamp, column: changed, overlap: 2 h}")
    assert sum(v.count for v in found) == count
    assert {v.rule for v in found} <= {"cursor"}


def test_a_rising_id_finds_new_rows_and_no_changed_ones(tmp_path: Path) -> None:
    change = (
        "INSERT INTO tickets VALUES (9, 'Open', 'K-1', NULL, 0, '2026-09-01', NULL, NULL);"
        "UPDATE tickets SET status = 'Spam' WHERE id = 1"
    )
    found = seen_twice(tmp_path, change, "{kind: id, column: id}")
    assert [(v.rule, v.examples) for v in found] == [("cursor", ("1",))]
