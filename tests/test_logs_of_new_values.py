"""Logs that tell only the new value: the one before comes from the entry before, or is unknown, never a guess."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.errors import ClausewatchError
from audits.words import NAT, Reason
from config.mapping import load_mapping
from config.mapping.model import ChangeLog, Derive
from tasks.crm import Extract, derive, extract
from tasks.crm.boundary import How, cast_rows
from tasks.crm.changes import UNKNOWN, Changes, begun, ends_elsewhere, first_unknown, told_apart, with_first
from tasks.crm.columns import columns
from tasks.crm.decoders import decode

UNTIMED = settings(deadline=None, max_examples=60)
NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
NAMES = ["a", "b", "c"]
KEYS = pa.array(NAMES, pa.large_string())
T0 = pd.Timestamp("2026-09-01").value // 1000
MINUTE = 60_000_000


def text(at: int) -> str:
    return str(pd.Timestamp((T0 + at * MINUTE) * 1000))


def entries(rows: list[tuple[int, str, int, str, str | None]], order: str) -> tuple[Changes, list[Any]]:
    """Rows of (id, record, minute, field, new)."""
    raw = pd.DataFrame(
        [(key, record, text(at), field, new) for key, record, at, field, new in rows],
        columns=["id", "record", "at", "field", "new"],
        dtype=object,
    )
    log = ChangeLog.model_validate(
        {"from": "crm", "select": "x", "decoder": "new_value_only", "order": order,
         "fields": {"status": "status", "owner": "owner"}}
    )  # fmt: skip
    return decode("case", columns(raw), log, KEYS, "naive utc", "Asia/Shanghai", "x:1")


def listed(found: Changes) -> list[tuple[Any, ...]]:
    at = ((found.when - T0) // MINUTE).tolist()
    sides = (found.field.to_pylist(), found.old.to_pylist(), found.new.to_pylist())
    return list(zip([NAMES[row] for row in found.row], at, *sides, strict=True))


ENTRIES = st.lists(
    st.tuples(
        st.sampled_from(NAMES), st.integers(0, 6), st.sampled_from(["status", "owner", "colour"]),
        st.sampled_from(["x", "y", "z", None]),
    ),
    max_size=14,
)  # fmt: skip


@UNTIMED
@given(ENTRIES, st.randoms(use_true_random=False), st.sampled_from(["id", "at"]), st.booleans())
def test_the_value_before_equals_a_walk_through_the_entries(
    given_entries: list[Any], shuffled: Any, order: str, tell_first: bool
) -> None:
    rows = [(number, *entry) for number, entry in enumerate(given_entries, 1)]
    shuffled.shuffle(rows)
    created: dict[str, int | None] = {"a": 2, "b": None, "c": 0}
    first = {"a": "x", "b": None, "c": "y"}
    expected: list[Any] = []
    state: dict[tuple[str, str], str | None] = {}
    for number, record, at, field, new in sorted(rows, key=lambda r: r[0] if order == "id" else (r[2], r[0])):
        if field == "colour":
            continue
        born = created[record]
        if (record, field) in state:
            old = state[record, field]
        elif born is not None and at <= born:
            old = None
        elif tell_first and field == "status" and first[record] is not None:
            old = first[record]
        else:
            old = UNKNOWN
        state[record, field] = new
        if old != new:
            expected.append((NAMES.index(record), at, number, (record, at, field, old, new)))
    instants = np.array([NAT if born is None else T0 + born * MINUTE for born in created.values()])
    firsts = {"status": pa.array([first[n] for n in NAMES], pa.large_string())} if tell_first else {}
    found = with_first(entries(rows, order)[0], instants, firsts, 0)
    assert listed(found) == [row for *_, row in sorted(expected)]


def test_an_entry_just_after_the_creation_is_the_creation() -> None:
    found, _ = entries(
        [(1, "a", 0, "status", "x"), (2, "a", 5, "status", "y"), (3, "b", 5, "status", "y")], "id"
    )
    found.when[:] += np.array([900_000, 0, 0])
    begins = np.array([T0, T0, NAT])
    settled = with_first(found, begins, {}, 1_000_000)
    assert listed(settled) == [
        ("a", 0, "status", None, "x"), ("a", 5, "status", "x", "y"), ("b", 5, "status", UNKNOWN, "y")
    ]  # fmt: skip
    assert [(v.rule, v.examples) for v in first_unknown("case", settled, KEYS)] == [("previous", ("b",))]
    whole = begun(settled, "status", begins, pa.array(["y", "y", "q"], pa.large_string()))
    assert listed(whole)[0] == ("a", 0, "status", None, "x"), "the log's own entry begins the record"


def test_a_record_that_never_changed_begins_with_its_present_value() -> None:
    found, _ = entries([(1, "a", 5, "status", "y")], "id")
    first = {"status": pa.array(["x", None, None], pa.large_string())}
    created = np.array([T0, T0, NAT])
    settled = with_first(found, created, first, 0)
    whole = begun(settled, "status", created, pa.array(["y", "z", "z"], pa.large_string()))
    assert listed(whole) == [
        ("a", 0, "status", None, "x"), ("a", 5, "status", "x", "y"), ("b", 0, "status", None, "z")
    ]  # fmt: skip


def test_what_hangs_on_an_unknown_old_value_is_a_hole() -> None:
    raw = pd.DataFrame({"id": NAMES, "received_at": text(0), "now": ["Closed", "Open", "New"]})
    rows = cast_rows("case", columns(raw), How("Asia/Shanghai", extra={"now": "code"}))
    log, _ = entries([(1, "a", 5, "status", "Closed"), (2, "b", 5, "status", "Open")], "id")

    def found(**each: Any) -> derive.Found:
        made = derive.stamp(Derive.model_validate(each), rows, log)
        assert made is not None
        return made

    hole = int(Reason.BEFORE_SINCE)
    resolved = found(since_last_reopening={"change": "status", "to": ["Closed", "Resolved"]})
    assert resolved.hole.tolist() == [hole, 0, 0], "it may have been resolved before it was closed"
    closed = found(first_change={"change": "status", "to": ["Closed"]})
    assert closed.hole.tolist() == [0, 0, 0]
    assert closed.us[0] == T0 + 5 * MINUTE
    reopened = found(last_change={"change": "status", "from": ["Closed"], "to": ["Open"]})
    assert reopened.hole.tolist() == [0, hole, 0]


def test_a_log_that_ends_elsewhere_than_today_is_not_built_upon() -> None:
    log, _ = entries([(1, "a", 5, "status", "Open"), (2, "b", 5, "status", "Closed")], "id")
    now = pa.array(["Closed", "Closed", "New"], pa.large_string())
    doubted, violations = ends_elsewhere("case", log, "status", now, KEYS)
    assert [(v.rule, v.count, v.examples) for v in violations] == [("present", 1, ("a",))]
    assert doubted.lost.tolist() == [Reason.ROW_MISSING, 0, 0]


def test_a_log_whose_instants_run_against_its_numbers_is_told() -> None:
    _, violations = entries([(1, "a", 5, "status", "x"), (2, "a", 3, "status", "y")], "id")
    assert [(v.rule, v.examples) for v in violations] == [("order", ("a",))]
    assert entries([(1, "a", 5, "status", "x"), (2, "a", 3, "status", "y")], "at")[1] == []


def test_an_order_by_keys_that_are_no_numbers_is_refused() -> None:
    with pytest.raises(ClausewatchError, match="are no numbers"):
        entries([("5f-3", "a", 5, "status", "x")], "id")  # type: ignore[list-item]


def test_actors_of_no_kind_are_counted() -> None:
    raw = pd.DataFrame(
        {"record": "a", "at": [text(1), text(2), text(3)], "actor": ["li", "flow", "who"], "field": "status",
         "old": ["x", "y", "z"], "new": ["y", "z", "x"]}
    )  # fmt: skip
    log = ChangeLog.model_validate(
        {"from": "crm", "select": "x", "decoder": "columns", "fields": {"status": "status"}}
    )
    found, _ = decode("case", columns(raw), log, KEYS, "naive utc", "Asia/Shanghai", "x:1")
    apart, violations = told_apart("case", found, {"li": "staff", "flow": "bot"}, KEYS)
    assert apart.who.to_pylist() == ["staff", "bot", None]
    assert [(v.rule, v.count) for v in violations] == [("actor", 1)]


ESPO = """
CREATE TABLE users (id TEXT, type TEXT);
INSERT INTO users VALUES ('li', 'regular'), ('anna', 'portal'), ('system', 'system');
CREATE TABLE cases (id TEXT, status TEXT, first_status TEXT, created TEXT);
INSERT INTO cases VALUES ('c1', 'Closed', 'New', '2026-09-01 01:00:00'), ('c2', 'New', 'New', '2026-09-01 02:00:00'),
  ('c3', 'Assigned', 'New', '2026-09-01 03:00:00');
CREATE TABLE note (number INTEGER, parent TEXT, value TEXT, by_whom TEXT, at TEXT);
INSERT INTO note VALUES
  (4, 'c1', 'Closed', 'li', '2026-09-01 05:00:00'), (3, 'c1', 'Assigned', 'anna', '2026-09-01 04:00:00'),
  (2, 'c1', 'Closed', 'system', '2026-09-01 03:00:00'), (1, 'c1', 'Assigned', 'li', '2026-09-01 02:00:00'),
  (5, 'c3', 'Assigned', 'system', '2026-09-01 03:10:00'), (6, 'c3', 'Pending', 'li', '2026-09-01 03:20:00'),
  (7, 'c3', 'Assigned', 'anna', '2026-09-01 03:30:00');
"""
MAPPING = """
schema: 1
source: espo
title: {zh: 甲, en: Espo}
zone: Asia/Shanghai
stamps: naive utc
connections: {crm: {url: "${ESPO}"}}
entities:
  case:
    from: crm
    select: >
      SELECT id, created AS received_at, status AS status_now, first_status, '2026-09-01 03:45' AS resolved_at__typed
      FROM cases
change_logs:
  case:
    from: crm
    select: SELECT number AS id, parent AS record, at, by_whom AS actor, 'status' AS field, value AS new FROM note
    decoder: new_value_only
    order: id
    fields: {status: status}
    actors:
      staff: SELECT id FROM users WHERE type = 'regular'
      customer: SELECT id FROM users WHERE type = 'portal'
      bot: [system]
    creation: {at: received_at, now: {status: status_now}, first: {status: first_status}}
    complete_since: {status: 2026-01-01}
derive:
  case.first_response_at:
    first_of:
      - {change: status, from: [New], by_kind: [staff], says: history}
      - {change: status, from: [New], by_kind: [bot], says: bot}
  case.resolved_at: {since_last_reopening: {change: status, to: [Closed]}}
  case.assigned_at: {first_change: {change: status, to: [Assigned], not_by_kind: [bot, customer]}}
  case_event:
    from_changes:
      case:
        resolved: {change: status, to: [Closed]}
        reopened: {change: status, from: [Closed], to: [Assigned], by_kind: [customer]}
"""


def read(folder: Path, mapping: str = MAPPING) -> Extract:
    with closing(sqlite3.connect(folder / "espo.db")) as connection:
        connection.executescript(ESPO)
    (folder / "espo.yaml").write_text(mapping, encoding="utf-8")
    return extract(load_mapping(folder / "espo.yaml", {"ESPO": f"sqlite:///{folder}/espo.db"}), now=NOW)


def test_a_log_of_notes_gives_responses_resolutions_and_reopenings_by_whom_they_are(tmp_path: Path) -> None:
    frames = read(tmp_path).facts.frames
    case = frames["case"].set_index("id")

    def at(field: str) -> list[str | None]:
        return [None if pd.isna(v) else f"{v:%H:%M}" for v in case[field]]

    assert at("first_response_at") == ["02:00", None, None]
    assert at("bot_response_at") == [None, None, "03:10"], "a bot's turn is kept, and is no response"
    assert at("resolved_at") == ["05:00", None, None]
    assert at("assigned_at") == ["02:00", None, None]
    assert frames["case_event"]["id"].tolist() == ["reopened:3", "resolved:2", "resolved:4"]


def test_a_response_that_only_history_proves_is_kept_since_the_history_is(tmp_path: Path) -> None:
    since = read(tmp_path).facts.entities["case"].since
    new_year = int(pd.Timestamp("2025-12-31 16:00").value // 1000)
    assert since["first_response_at"] == since["resolved_at"] == new_year


def test_when_a_derived_value_was_typed_may_be_selected(tmp_path: Path) -> None:
    case = read(tmp_path).facts.frames["case"]
    assert (case["resolved_at__typed"] == pd.Timestamp("2026-09-01 03:45", tz="UTC")).all()


@pytest.mark.parametrize(
    ("was", "becomes", "found"),
    [
        ("resolved_at__typed", "closed_at__typed", "neither selected nor derived"),
        ("resolved_at__typed", "resolved_at__from", "resolved_at__from is both selected and derived"),
        ("resolved_at__typed", "bot_response_at", "bot_response_at is given twice"),
        (
            "SELECT id FROM users WHERE type = 'portal'",
            "SELECT id, type FROM users",
            "customer has 2 columns",
        ),
    ],
)
def test_what_would_be_dropped_unsaid_is_an_error(tmp_path: Path, was: str, becomes: str, found: str) -> None:
    with pytest.raises(ClausewatchError, match=found):
        read(tmp_path, MAPPING.replace(was, becomes, 1))
