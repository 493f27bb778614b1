"""A history of our own: what differed between extracts, bound by two instants and never claimed for one."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.calendars import Due
from audits.checks.deadline import deadline
from audits.checks.outcome import Outcome
from audits.errors import ClausewatchError
from audits.facts import EntityFacts
from audits.tables import Table
from audits.views import View
from audits.words import NAT, Reason, Verdict
from config.mapping import load_mapping
from tasks.crm import Extract, extract, snapshot
from tasks.crm.changes import ALREADY, UNKNOWN, Changes
from tasks.crm.own_extracts import Diary, changes_of, remembered

UNTIMED = settings(deadline=None, max_examples=25)
T0 = pd.Timestamp("2026-09-01").value // 1000
HOUR = 3_600_000_000
FIELDS = ("status", "owner")
#: One extract: record -> its values; a record may be missing.
Seen = dict[str, tuple[str | None, str | None]]
VALUES = st.sampled_from(["x", "y", None])
EXTRACTS = st.lists(
    st.dictionaries(st.sampled_from(["a", "b", "c"]), st.tuples(VALUES, VALUES)), min_size=1, max_size=6
)


def keep(folder: Path, at: int, seen: Seen, *, write: bool = True) -> Diary:
    keys = pa.array(sorted(seen), pa.large_string())
    values = {
        name: pa.array([seen[key][place] for key in sorted(seen)], pa.large_string())
        for place, name in enumerate(FIELDS)
    }
    return remembered(folder, "case", keys, values, T0 + at * HOUR, keep=write)


def listed(found: Changes, keys: list[str]) -> list[tuple[Any, ...]]:
    sides = (found.field.to_pylist(), found.old.to_pylist(), found.new.to_pylist())
    rows = [keys[row] for row in found.row]
    return sorted(
        zip(rows, found.when.tolist(), found.after.tolist(), *sides, strict=True),
        key=lambda r: (*r[:2], r[3]),
    )


def walked(extracts: list[Seen], created: dict[str, int | None]) -> list[tuple[Any, ...]]:
    """The same, by looking at whole extracts one after the other."""
    found: list[tuple[Any, ...]] = []
    for key in sorted(extracts[-1]):
        for place, name in enumerate(FIELDS):
            last: tuple[str | None, int] | None = None
            for at, seen in enumerate(extracts):
                if key not in seen:
                    continue
                value, when = seen[key][place], T0 + at * HOUR
                if last is None:
                    born = created[key]
                    fresh = at > 0 and born is not None and when - HOUR < born < when
                    found.append((key, when, born if fresh else ALREADY, name, UNKNOWN, value))
                elif value != last[0]:
                    found.append((key, when, T0 + last[1] * HOUR, name, last[0], value))
                last = (value, at)
    return sorted(found, key=lambda r: (*r[:2], r[3]))


@UNTIMED
@given(EXTRACTS, st.lists(st.one_of(st.none(), st.integers(-1, 12)), min_size=3, max_size=3), st.booleans())
def test_differences_kept_one_by_one_equal_whole_extracts_laid_side_by_side(
    extracts: list[Seen], births: list[int | None], write_last: bool
) -> None:
    created = {
        key: None if at is None else T0 + at * HOUR // 2 for key, at in zip("abc", births, strict=True)
    }
    with TemporaryDirectory() as folder:
        for at, seen in enumerate(extracts[:-1]):
            keep(Path(folder), at, seen)
        diary = keep(Path(folder), len(extracts) - 1, extracts[-1], write=write_last)
        files = len(list(Path(folder).glob("case/*.parquet")))
    keys = sorted(extracts[-1])
    born = np.array([NAT if created[key] is None else created[key] for key in keys], dtype=np.int64)
    found = changes_of(diary, pa.array(keys, pa.large_string()), born)
    assert listed(found, keys) == walked(extracts, created)
    assert files == len(extracts) - (not write_last)


def test_an_extract_taken_twice_or_from_an_earlier_instant_changes_nothing(tmp_path: Path) -> None:
    keep(tmp_path, 0, {"a": ("x", None)})
    keep(tmp_path, 5, {"a": ("y", None)})
    before = {path.name: path.read_bytes() for path in tmp_path.glob("case/*.parquet")}
    keep(tmp_path, 5, {"a": ("z", None)})
    early = keep(tmp_path, 3, {"a": ("x", None)})
    assert {path.name: path.read_bytes() for path in tmp_path.glob("case/*.parquet")} == before
    assert early.instants.tolist() == [T0, T0 + 3 * HOUR], "it does not know what came later"


def test_nothing_half_written_stays_and_a_lost_file_is_told(tmp_path: Path) -> None:
    for at, value in enumerate("xyz"):
        keep(tmp_path, at, {"a": (value, None)})
    files = sorted(tmp_path.glob("case/*.parquet"))
    assert [path.name for path in sorted(tmp_path.glob("case/*")) if path.suffix == ".new"] == []
    files[1].unlink()
    with pytest.raises(ClausewatchError, match="own extracts is missing"):
        keep(tmp_path, 9, {"a": ("x", None)})
    files[2].unlink()
    files[0].write_bytes(b"PAR1 and no more")
    with pytest.raises(ClausewatchError, match="own extracts is broken"):
        keep(tmp_path, 9, {"a": ("x", None)})


MAPPING = """
schema: 1
source: plain
title: {zh: 甲, en: Plain}
zone: Asia/Shanghai
stamps: naive utc
connections: {crm: {url: "${PLAIN}"}}
entities:
  case:
    from: crm
    select: SELECT id, created AS received_at, status AS status_now, owner AS owner_now, called FROM cases
change_logs:
  case:
    decoder: snapshots
    folder: "%s"
    fields: {status_now: status, owner_now: owner}
    creation: {at: received_at}
    from: crm
    labels: {status: "SELECT id, name FROM statuses"}
derive:
  case.first_response_at:
    first_of: [{column: called, says: call}, {change: status, to: [Open], says: history}]
  case.resolved_at: {since_last_reopening: {change: status, to: [Closed]}}
  case.closed_at: {last_change: {change: status, to: [Closed]}}
  case.service_type_at_receipt: {value_at: {change: owner, at: received_at, now: owner_now}}
"""


class Crm:
    """A CRM without history, and one extract of it after the other."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.url = folder, f"sqlite:///{folder}/plain.db"
        self.run("CREATE TABLE cases (id TEXT, created TEXT, status INT, owner TEXT, called TEXT)")
        self.run("CREATE TABLE statuses (id INT, name TEXT)")
        self.run("INSERT INTO statuses VALUES (1, 'New'), (2, 'Open'), (3, 'Closed')")

    def run(self, sql: str) -> None:
        with closing(sqlite3.connect(self.folder / "plain.db")) as connection:
            connection.executescript(sql)

    def taken(self, day: int, *, remember: bool = True) -> Extract:
        path = self.folder / "plain.yaml"
        path.write_text(MAPPING % (self.folder / "seen"), encoding="utf-8")
        now = datetime(2026, 9, day, 18, tzinfo=UTC)
        return extract(load_mapping(path, {"PLAIN": self.url}), now=now, remember=remember)


@pytest.fixture
def crm(tmp_path: Path) -> Crm:
    made = Crm(tmp_path)
    made.run("INSERT INTO cases VALUES ('old', '2026-08-30 01:00:00', 3, 'li', NULL), "
             "('two', '2026-09-01 01:00:00', 1, 'li', '2026-09-04 12:00:00')")  # fmt: skip
    made.taken(1)
    made.run("UPDATE cases SET status = 3 WHERE id = 'two'; "
             "INSERT INTO cases VALUES ('new', '2026-09-02 03:00:00', 3, 'wang', NULL)")  # fmt: skip
    made.taken(2)
    made.run("UPDATE cases SET status = 2, owner = 'wang' WHERE id = 'two'")
    return made


def shown(frame: pd.DataFrame, name: str) -> list[Any]:
    return [None if pd.isna(v) else f"{v:%d %H}" if isinstance(v, datetime) else v for v in frame[name]]


def test_a_change_is_told_by_the_extracts_it_lies_between(crm: Crm) -> None:
    case = crm.taken(3).facts.frames["case"].set_index("id").loc[["new", "old", "two"]]
    assert shown(case, "resolved_at") == ["02 18", None, None]
    assert shown(case, "resolved_at__from") == ["bound", None, None]
    assert shown(case, "resolved_at__after") == ["02 03", None, None], "not before it was created"
    assert shown(case, "resolved_at__hole") == [None, int(Reason.BEFORE_SINCE), None], (
        "the first knows no past"
    )
    assert shown(case, "closed_at") == ["02 18", None, "02 18"]
    assert shown(case, "closed_at__after") == ["02 03", None, "01 18"]


def test_an_exact_stamp_and_a_bound_change_meet_as_what_is_known_of_the_earlier(crm: Crm) -> None:
    crm.run("UPDATE cases SET status = 2, called = '2026-09-03 12:00:00' WHERE id = 'new'")
    case = crm.taken(3).facts.frames["case"].set_index("id").loc[["new", "old", "two"]]
    assert shown(case, "first_response_at") == ["03 12", None, None]
    assert shown(case, "first_response_at__after") == ["02 18", None, None]
    assert shown(case, "first_response_at__from") == ["bound", None, None]
    assert shown(case, "first_response_at__hole") == [None, *[int(Reason.BEFORE_SINCE)] * 2], (
        "answered unseen?"
    )


def test_a_value_at_an_instant_nobody_looked_is_a_hole(crm: Crm) -> None:
    case = crm.taken(3).facts.frames["case"].set_index("id").loc[["new", "old", "two"]]
    assert set(shown(case, "service_type_at_receipt__hole")) <= {Reason.BEFORE_SINCE, Reason.ONLY_BOUND}


def test_a_look_that_is_no_run_keeps_nothing_and_sees_the_same(crm: Crm) -> None:
    looked = crm.taken(3, remember=False).facts
    assert len(list((crm.folder / "seen" / "case").glob("*.parquet"))) == 2
    ran = crm.taken(3).facts
    assert len(list((crm.folder / "seen" / "case").glob("*.parquet"))) == 3
    for entity, frame in ran.frames.items():
        pd.testing.assert_frame_equal(frame, looked.frames[entity])


def test_bounds_survive_in_the_snapshot(crm: Crm, tmp_path: Path) -> None:
    facts = crm.taken(3).facts
    snapshot.write(tmp_path / "kept", facts, {}, facts.extracted_at)
    back = snapshot.read(tmp_path / "kept").facts
    for entity, frame in facts.frames.items():
        pd.testing.assert_frame_equal(frame, back.frames[entity])


@UNTIMED
@given(st.integers(0, 8), st.integers(0, 8), st.integers(0, 8), st.integers(0, 8))
def test_what_lies_between_two_extracts_is_judged_when_every_instant_between_says_the_same(
    start: int, due: int, after: int, long: int
) -> None:
    def judged(end: int, end_after: int) -> Outcome:
        one, no = np.array([True]), np.array([False])
        at, hole = np.array([due], dtype=np.int64), np.zeros(1, np.int16)
        return deadline(
            np.array([start]), np.array([end]), Due(at, at, at), 99, start_hole=hole, end_hole=hole, closed=no,
            bound=np.array([NAT]), before_since=no, absence_proves=one, end_after=np.array([end_after]),
        )  # fmt: skip

    after, by = max(start, after), max(start, after) + 1 + long
    exact = {int(judged(at, NAT).verdict[0]) for at in range(after + 1, by + 1)}
    found = judged(by, after)
    assert found.verdict[0] == (exact.pop() if len(exact) == 1 else Verdict.NO_DATA)
    if found.verdict[0] == Verdict.NO_DATA:
        assert found.reason[0] == Reason.ONLY_BOUND


def test_a_stamp_from_elsewhere_beside_bound_ones_is_a_bound_too() -> None:
    frame = pd.DataFrame(
        {"id": ["a", "b", "c"], "resolved_at": pd.to_datetime(["2026-09-02", "2026-09-02", "2026-09-02"], utc=True),
         "resolved_at__after": pd.to_datetime(["2026-09-01", "NaT", "NaT"], utc=True)}
    )  # fmt: skip
    base = Table("case", frame, EntityFacts(frozenset(["id", "resolved_at"])), T0 + 99 * 24 * HOUR)
    view = View("case", base, np.arange(3))
    assert view.after("resolved_at").tolist() == [T0, NAT, NAT]
    view.stamps["resolved_at"] = base.ts("resolved_at") - np.array([0, 0, HOUR])
    assert view.after("resolved_at").tolist() == [T0, NAT, NAT + 1]
    assert view.after("received_at").tolist() == [NAT] * 3


def test_two_runs_at_once_take_turns(crm: Crm) -> None:
    later = datetime(2026, 9, 3, 18, tzinfo=UTC) + timedelta(seconds=1)
    mapping = load_mapping(crm.folder / "plain.yaml", {"PLAIN": crm.url})
    first, second = crm.taken(3).facts, extract(mapping, now=later).facts
    pd.testing.assert_frame_equal(first.frames["case"], second.frames["case"])
