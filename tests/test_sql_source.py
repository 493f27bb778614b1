"""One small CRM in SQLite, PostgreSQL and MariaDB: the same mapping must give the same facts from all three."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from audits.errors import WrongUse
from audits.words import Reason
from config.mapping import load_mapping
from tasks.crm import Extract, extract
from tests.servers import mariadb, postgres

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
TABLES = """
CREATE TABLE accounts (id INTEGER PRIMARY KEY, number VARCHAR(20), name VARCHAR(50), branch VARCHAR(50), phone VARCHAR(30));
CREATE TABLE staff (login VARCHAR(20) PRIMARY KEY, name VARCHAR(50), email VARCHAR(50), role VARCHAR(20), started DATE);
CREATE TABLE tickets (id INTEGER PRIMARY KEY, number VARCHAR(20), account_id INTEGER, owner VARCHAR(20), kind VARCHAR(20),
  status_id INTEGER, created {stamp}, typed {stamp}, deleted {truth}, share NUMERIC(12, 6));
CREATE TABLE statuses (id INTEGER PRIMARY KEY, name VARCHAR(20));
CREATE TABLE calls (ticket_id INTEGER, started {stamp}, outgoing {truth});
CREATE TABLE mails (ticket_id INTEGER, sent {stamp});
CREATE TABLE ticket_log (id INTEGER PRIMARY KEY, ticket_id INTEGER, at {stamp}, who VARCHAR(20), field VARCHAR(20),
  old_value VARCHAR(20), new_value VARCHAR(20));
INSERT INTO accounts VALUES (1, 'K-1', '恒泰电子', '电子', '021-5555 1234'), (2, 'K-2', NULL, 'n/a', NULL);
INSERT INTO staff VALUES ('li', '李娜', 'li.na@example.com', 'agent', '2024-03-01'), ('wang', '王强', NULL, 'boss', NULL);
INSERT INTO statuses VALUES (1, 'New'), (2, 'Waiting'), (3, 'Resolved'), (4, 'Closed'), (5, 'Open');
INSERT INTO tickets VALUES
  (1, 'T-1', 1, 'li', '咨询', 4, '2026-09-01 01:00:00', '2026-09-01 01:00:07', {false}, 10.004000),
  (2, 'T-2', 2, 'li', '投诉', 5, '2026-09-02 02:00:00.250000', NULL, {false}, NULL),
  (3, 'T-3', 9, 'wang', '别的', 1, '2026-09-03 03:00:00', NULL, {false}, 0.000001),
  (10, 'T-10', NULL, NULL, NULL, 1, '2026-09-04 04:00:00', NULL, {false}, -2),
  (11, 'T-11', 1, 'li', '咨询', 1, '2026-09-04 04:00:00', NULL, {true}, 1);
INSERT INTO calls VALUES (1, '2026-09-01 01:10:00', {true}), (1, '2026-09-01 01:02:00', {false}),
  (2, '2026-09-02 02:30:00', {true});
INSERT INTO mails VALUES (1, '2026-09-01 01:05:00'), (3, '2026-09-03 03:01:00');
INSERT INTO ticket_log VALUES
  (1, 1, '2026-09-01 02:00:00', 'li', 'status', '1', '2'), (2, 1, '2026-09-01 03:00:00', 'li', 'status', '2', '3'),
  (3, 1, '2026-09-01 04:00:00', 'robot', 'status', '3', '4'), (4, 2, '2026-09-02 05:00:00', 'li', 'status', '1', '3'),
  (5, 2, '2026-09-03 05:00:00', 'li', 'status', '3', '5'), (6, 2, '2026-09-02 06:00:00', 'wang', 'kind', '咨询', '投诉'),
  (7, 1, '2026-09-01 01:30:00', 'wang', 'owner', 'wang', 'li'), (8, 1, '2026-09-01 01:30:00', 'li', 'colour', 'a', 'b'),
  (9, 77, '2026-09-01 01:30:00', 'li', 'status', '1', '2'), (10, 3, '2026-09-03 04:00:00', 'li', 'owner', 'li', 'li')
"""
MAPPING = """
schema: 1
source: small
title: {zh: 小系统, en: Small CRM}
zone: Asia/Shanghai
stamps: naive utc
parameters: {kept_from: "2026-09-01", hidden: "T-99%"}
connections: {crm: {url: "${SMALL_CRM}"}}
entities:
  customer: {from: crm, select: "SELECT id, number AS code, name, branch AS industry, phone FROM accounts"}
  staff:
    from: crm
    select: SELECT login AS id, login AS staff_no, name, email, role, started AS active_from FROM staff
    values: {role: {agent: frontline_agent, boss: supervisor}}
  case:
    from: crm
    select: |
      SELECT t.id, t.number AS case_no, t.account_id AS customer_id, t.owner AS assignee_id, t.kind AS service_type,
             t.created AS received_at, t.typed AS received_at__typed, t.typed AS recorded_at, t.status_id AS status_now,
             t.kind AS kind_now,
             (SELECT MIN(c.started) FROM calls c WHERE c.ticket_id = t.id AND c.outgoing) AS first_call,
             (SELECT MIN(m.sent) FROM mails m WHERE m.ticket_id = t.id) AS first_mail
      FROM tickets t WHERE NOT t.deleted AND t.created >= :kept_from AND t.number NOT LIKE :hidden -- not the trash
    complete_since: 2026-09-01
    values: {service_type: {咨询: consultation, 投诉: complaint}}
  checkpoint:
    from: crm
    select: "SELECT id, share AS completion_rate, created AS performed_at FROM tickets WHERE NOT deleted"
    precision: {performed_at: date}
change_logs:
  case:
    from: crm
    select: SELECT id, ticket_id AS record, at, who AS actor, field, old_value AS old, new_value AS new FROM ticket_log
    decoder: columns
    fields: {status: status, owner: owner, kind: kind}
    labels: {status: "SELECT id, name FROM statuses"}
    creation: {at: received_at, now: {status: status_now, kind: kind_now}}
    complete_since: 2026-08-01
derive:
  case.first_response_at: {first_of: [{column: first_call, says: call}, {column: first_mail, says: message}]}
  case.resolved_at: {since_last_reopening: {change: status, to: [Resolved, Closed]}}
  case.closed_at: {last_change: {change: status, to: [Closed]}}
  case.assigned_at: {first_change: {change: owner}}
  case.service_type_at_receipt: {value_at: {change: kind, at: received_at, now: service_type}}
  case_event:
    from_changes:
      case:
        resolved: {change: status, to: [Resolved], not_by: [robot]}
        reopened: {change: status, from: [Resolved, Closed], to: [Open]}
        assigned: {change: owner}
  pause: {intervals: {case: {change: status, while: {Waiting: customer}}}}
"""


def sqlite_crm(folder: Path) -> str:
    path = folder / "crm.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(TABLES.format(stamp="TEXT", truth="INTEGER", true=1, false=0))
        connection.commit()
    return f"sqlite:///{path}"


def statements(stamp: str) -> list[str]:
    text = TABLES.format(stamp=stamp, truth="BOOLEAN", true="TRUE", false="FALSE")
    return [statement for statement in text.split(";") if statement.strip()]


SLOW = pytest.mark.slow


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=SLOW), pytest.param("mariadb", marks=SLOW)])
def crm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of the small CRM, seen by a role that may only read."""
    if request.param == "sqlite":
        yield sqlite_crm(tmp_path)
        return
    database = request.getfixturevalue(f"{request.param}_database")
    run_sql = {"postgres": postgres.run_sql, "mariadb": mariadb.run_sql}[request.param]
    run_sql(database, *statements({"postgres": "TIMESTAMPTZ", "mariadb": "DATETIME(6)"}[request.param]))
    yield request.getfixturevalue(f"{request.param}_reader").url


def read(crm: str, folder: Path, text: str = MAPPING) -> Extract:
    path = folder / "small.yaml"
    path.write_text(text, encoding="utf-8")
    return extract(load_mapping(path, {"SMALL_CRM": crm}), now=NOW)


def at(text: str) -> pd.Timestamp:
    return pd.Timestamp(text, tz="UTC")


def test_every_database_gives_the_same_cases(crm: str, tmp_path: Path) -> None:
    facts = read(crm, tmp_path).facts
    case: Any = facts.frames["case"].set_index("id")
    assert list(case.index) == ["1", "10", "2", "3"]
    assert case.loc["2", "received_at"] == at("2026-09-02 02:00:00.25")
    assert case["service_type"].astype(object).where(case["service_type"].notna(), None).tolist() == [
        "consultation", None, "complaint", None,
    ]  # fmt: skip
    assert case.loc["3", "service_type__hole"] == Reason.UNMAPPED_VALUE
    assert facts.entities["case"].unmapped["service_type"] == {"别的": 1}
    assert case.loc["1", "received_at__typed"] == at("2026-09-01 01:00:07")
    assert pd.isna(case.loc["10", "customer_id"])


def test_every_database_gives_the_same_derived_stamps(crm: str, tmp_path: Path) -> None:
    case: Any = read(crm, tmp_path).facts.frames["case"].set_index("id")
    assert case.loc["1", ["first_response_at", "first_response_at__from", "first_response_evidence"]].tolist() == [
        at("2026-09-01 01:05"), "message", "message",
    ]  # fmt: skip
    assert case.loc["2", "first_response_at__from"] == "call"
    assert pd.isna(case.loc["10", "first_response_at"])
    assert case.loc["1", "resolved_at"] == at("2026-09-01 03:00")
    assert pd.isna(case.loc["2", "resolved_at"]), "it was reopened"
    assert case.loc["1", "closed_at"] == at("2026-09-01 04:00")
    assert case.loc["2", "service_type_at_receipt"] == "consultation"
    assert case.loc["1", "service_type_at_receipt"] == "consultation"


def test_every_database_gives_the_same_events_and_pauses(crm: str, tmp_path: Path) -> None:
    frames = read(crm, tmp_path).facts.frames
    events = frames["case_event"]
    assert events[["id", "case_id", "kind"]].to_numpy().tolist() == [
        ["assigned:7", "1", "assigned"],
        ["reopened:5", "2", "reopened"],
        ["resolved:2", "1", "resolved"],
        ["resolved:4", "2", "resolved"],
    ]
    pause = frames["pause"].iloc[0]
    assert (pause.began_at, pause.ended_at, pause.reason) == (
        at("2026-09-01 02:00"), at("2026-09-01 03:00"), "customer",
    )  # fmt: skip


def test_every_database_gives_exact_decimals_dates_and_coarse_days(crm: str, tmp_path: Path) -> None:
    frames = read(crm, tmp_path).facts.frames
    checkpoint = frames["checkpoint"].set_index("id")
    assert checkpoint["completion_rate"].dropna().to_dict() == {
        "1": 10_004_000_000,
        "10": -2 * 10**9,
        "3": 1_000,
    }
    assert checkpoint.loc["1", "performed_at"] == at("2026-08-31 16:00"), "the local day's midnight"
    assert set(checkpoint["performed_at__hole"]) == {Reason.STAMP_TOO_COARSE}
    assert frames["staff"]["active_from"].tolist() == [pd.Timestamp("2024-03-01"), pd.NaT]


def test_names_and_addresses_stay_in_the_directory(crm: str, tmp_path: Path) -> None:
    found = read(crm, tmp_path)
    known: Any = found.directory.set_index(["entity", "id"])
    assert known.loc[("staff", "li"), ["code", "name", "email"]].tolist() == [
        "li",
        "李娜",
        "li.na@example.com",
    ]
    assert known.loc[("customer", "1"), "phone"] == "021-5555 1234"
    assert found.facts.frames["customer"]["name"].tolist() == [4, pd.NA]
    assert found.facts.frames["customer"]["industry"].tolist() == [2, -1]
    assert "phone" not in found.facts.frames["customer"].columns


def test_what_broke_is_counted_and_named(crm: str, tmp_path: Path) -> None:
    broken = {
        (v.entity, v.field, v.rule): (v.count, v.examples) for v in read(crm, tmp_path).facts.violations
    }
    assert broken == {
        ("case", "service_type", "value"): (1, ("3",)),
        ("case", "customer_id", "reference"): (1, ("3",)),
        ("case", "change log", "reference"): (1, ("77",)),
    }


def test_what_was_read_is_counted_and_dated(crm: str, tmp_path: Path) -> None:
    found = read(crm, tmp_path)
    assert found.counts == {"customer": 2, "staff": 2, "case": 4, "checkpoint": 4, "log of case": 10}
    assert set(found.durations) == set(found.counts)
    assert found.newest["case"] == at("2026-09-04 04:00").value // 1000
    assert found.newest["customer"] is None
    assert found.facts.extracted_at == at("2026-10-01 12:00").value // 1000


@pytest.mark.slow
def test_all_three_databases_agree_in_every_cell(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    mine = read(sqlite_crm(tmp_path), tmp_path)
    for kind, stamp, run_sql in (
        ("postgres", "TIMESTAMPTZ", postgres.run_sql),
        ("mariadb", "DATETIME(6)", mariadb.run_sql),
    ):
        run_sql(request.getfixturevalue(f"{kind}_database"), *statements(stamp))
        theirs = read(request.getfixturevalue(f"{kind}_reader").url, tmp_path)
        assert list(theirs.facts.frames) == list(mine.facts.frames)
        for entity, frame in mine.facts.frames.items():
            assert_frame_equal(theirs.facts.frames[entity], frame)
        assert theirs.facts.entities == mine.facts.entities
        assert_frame_equal(theirs.directory, mine.directory)


def test_a_naive_instant_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(MAPPING, encoding="utf-8")
    with pytest.raises(WrongUse, match="has no zone"):
        extract(load_mapping(path, {}), now=datetime(2026, 10, 1, 12))


def test_whoever_waits_is_told_after_each_read(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(MAPPING, encoding="utf-8")
    told: list[tuple[str, int]] = []
    mapping = load_mapping(path, {"SMALL_CRM": sqlite_crm(tmp_path)})
    extract(mapping, now=NOW, progress=lambda name, rows: told.append((name, rows)))
    assert told == [("customer", 2), ("staff", 2), ("case", 4), ("checkpoint", 4), ("log of case", 10)]
