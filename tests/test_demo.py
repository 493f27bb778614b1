"""The demo: the same on every machine and database, plausible, and planted exactly as its answer key assumes."""

import hashlib
import os
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from openpyxl import load_workbook
from pandas.testing import assert_frame_equal

from audits.errors import ClausewatchError, WrongUse
from audits.words import Reason
from config.mapping import load_mapping
from tasks.crm import Extract, extract
from tasks.crm.registers import read_register
from tasks.demo import AS_OF, DemoPaths, build_demo
from tasks.demo.people import AGENTS, GROUPS, address
from tasks.demo.planted import planted
from tasks.demo.world import world
from tests.demo.answers import all_answers, answers
from tests.servers.databases import Database

LATER = datetime(2026, 11, 20, tzinfo=UTC)
LIMITS = {"一般咨询": (15, 120), "技术支持": (30, 240), "投诉": (10, 1440), "紧急故障": (5, 60)}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A working folder in which the demo lies where its mapping looks for it."""
    folder, before = tmp_path_factory.mktemp("demo"), Path.cwd()
    os.chdir(folder)
    yield folder
    os.chdir(before)


@pytest.fixture(scope="module")
def demo(home: Path) -> DemoPaths:
    return build_demo(Path("state/demo"))


@pytest.fixture(scope="module")
def taken(demo: DemoPaths) -> Extract:
    return extract(load_mapping("demo", {}), now=LATER)


def ask(demo: DemoPaths, sql: str, *values: object) -> list[Any]:
    with closing(sqlite3.connect(demo.crm_url.removeprefix("sqlite:///"))) as database:
        return database.execute(sql, values).fetchall()


# --- the same everywhere -------------------------------------------------------------------------------


def test_the_demo_is_the_same_rows_on_every_machine() -> None:
    made = world()
    digest = hashlib.sha256(repr((sorted(made.tables.items()), sorted(made.registers.items()))).encode())
    assert digest.hexdigest() == "375ff0708940bb8ed91cf709f34881f4298dfcae2bacbff104c760e72ec364d9"


def test_another_seed_changes_ordinary_records_only() -> None:
    one, two = world(), world(seed=89)
    assert one.tables["tickets"] != two.tables["tickets"]
    for book, sheets in one.registers.items():
        for entity, rows in sheets.items():
            key = "code" if "code" in rows[0] else "id"
            planted_rows = [row for row in rows if _is_planted(str(row[key]))]
            assert planted_rows == [r for r in two.registers[book][entity] if _is_planted(str(r[key]))]


def _is_planted(number: str) -> bool:
    return any(
        number.startswith(start)
        for start in ("YS-2610-5", "YS-2610-6", "YS-2610-7", "JF-2610-9", "QA-2610-9")
    )


def test_building_twice_gives_the_same_bytes_and_leaves_nothing_half_done(tmp_path: Path) -> None:
    def files() -> dict[str, bytes]:
        return {str(p.relative_to(tmp_path)): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}

    build_demo(tmp_path)
    before = files()
    (tmp_path / "registers" / "own.txt").write_text("mine")
    build_demo(tmp_path)
    assert files() == before | {"registers/own.txt": b"mine"}
    assert set(before) == {
        "crm.db",
        *(
            f"registers/{n}.xlsx"
            for n in ("acceptance", "cooperation", "deliverables", "execution", "learning", "proposals")
        ),
    }


def test_a_database_that_refuses_is_named_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(ClausewatchError) as caught:
        build_demo(tmp_path, "postgresql+psycopg://demo:secret@127.0.0.1:9/none")
    assert "secret" not in str(caught.value)
    assert "127.0.0.1:9" in str(caught.value)


@pytest.mark.parametrize("url", ["nonsense", "fax://somewhere/else"])
def test_a_url_that_is_none_is_wrong_use(tmp_path: Path, url: str) -> None:
    with pytest.raises(WrongUse):
        build_demo(tmp_path, url)


# --- through the mapping -------------------------------------------------------------------------------


def test_the_mapping_reads_the_demo_without_a_violation_but_the_planted_one(taken: Extract) -> None:
    assert [(v.entity, v.field, v.rule, v.count) for v in taken.facts.violations] == [
        ("case", "service_type", "value", 1),
    ]
    assert taken.facts.entities["case"].unmapped["service_type"] == {"商务合作": 1}
    assert taken.facts.extracted_at == int(datetime.fromisoformat(AS_OF).timestamp()) * 1_000_000


def test_nothing_was_known_after_the_extract(taken: Extract) -> None:
    at = datetime.fromisoformat(AS_OF).astimezone(UTC)
    promised = {("commitment", "due_at"), ("improvement", "due_at"), ("notification", "promised_eta")}
    late = [
        (entity, name)
        for entity, frame in taken.facts.frames.items()
        for name in frame.columns
        if "datetime64[us, UTC]" in str(frame[name].dtype) and (frame[name] > at).any()
    ]
    assert set(late) <= promised


def test_the_weeks_around_national_day_look_like_a_house_at_work(taken: Extract) -> None:
    cases = taken.facts.frames["case"]
    october = cases[
        (cases["received_at"] >= "2026-09-30 16:00Z") & (cases["received_at"] < "2026-10-31 16:00Z")
    ]
    assert 450 <= len(october) <= 600
    assert set(cases["service_type"].dropna()) == set(cases["service_type"].cat.categories)
    by_day = october["received_at"].dt.tz_convert("Asia/Shanghai").dt.day.value_counts()
    assert (
        by_day[[1, 2, 3, 4, 5, 6, 7]].max() < 12 < by_day[10]
    )  # the holiday is quiet, the make-up Saturday is not
    hours = october["received_at"].dt.tz_convert("Asia/Shanghai").dt.hour
    assert 0 < (hours < 8).sum() < len(october) // 10
    assert len(taken.facts.frames["customer"]) == 40
    assert len(taken.facts.frames["staff"]) == len(AGENTS)
    assert len(taken.facts.frames["team"]) == len(GROUPS) == 4


def test_the_people_the_standard_names_are_on_the_staff(taken: Extract) -> None:
    roles = Counter(taken.facts.frames["staff"]["role"].astype(str))
    for role in ("general_manager", "service_manager", "duty_supervisor", "team_lead", "compliance_officer"):
        assert roles[role] == 1
    assert roles["supervisor"] == 3
    assert address("E1001") in set(taken.directory["email"].dropna())
    assert taken.directory["email"].dropna().str.endswith("example.com").all()


@pytest.mark.parametrize("server", ["postgres_database", "mariadb_database"])
def test_the_demo_reads_the_same_from_every_database(
    server: str, taken: Extract, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    database: Database = request.getfixturevalue(server)
    build_demo(tmp_path, database.url)
    build_demo(tmp_path, database.url)  # again into what stands there
    other = extract(load_mapping("demo", {"CLAUSEWATCH_CRM_URL": database.url}), now=LATER)
    assert set(other.facts.frames) == set(taken.facts.frames)
    for entity, frame in taken.facts.frames.items():
        assert_frame_equal(other.facts.frames[entity], frame, obj=f"{entity} on {server}")
    assert other.facts.entities == taken.facts.entities


def test_only_the_demos_own_tables_are_replaced(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'other.db'}"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE mine (id INTEGER)"))
    build_demo(tmp_path, url)
    with engine.connect() as connection:
        assert "mine" in sa.inspect(connection).get_table_names()
    engine.dispose()


# --- planted as intended -------------------------------------------------------------------------------


def microseconds(text: str) -> int:
    return (datetime.fromisoformat(text) - datetime(2026, 1, 1)) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("number", "over"),
    [("9001", 0), ("9002", 1_000_000), ("9003", 0), ("9004", 1), ("9005", 0), ("9006", 1_000_000), ("9007", 0), ("9008", 1_000_000)],
)  # fmt: skip
def test_the_edges_of_the_eight_limits_stand_in_the_crm_to_the_microsecond(
    demo: DemoPaths, number: str, over: int
) -> None:
    [(key, category, came)] = ask(
        demo, "SELECT id, category, reported_at FROM tickets WHERE ticket_no = ?", f"T2610-{number}"
    )
    [(answered,)] = ask(
        demo,
        "SELECT min(at) FROM (SELECT sent_at AS at FROM messages WHERE ticket_id = ?1 AND direction = 'out' "
        "UNION ALL SELECT started_at FROM calls WHERE ticket_id = ?1)",
        key,
    )
    [(solved,)] = ask(
        demo, "SELECT changed_at FROM ticket_changes WHERE ticket_id = ? AND new_value = 'solved'", key
    )
    for done, limit in zip((answered, solved), LIMITS[category], strict=True):
        assert microseconds(done) - microseconds(came) == limit * 60_000_000 + over


def test_ordinary_tickets_keep_clear_of_every_edge(taken: Extract) -> None:
    cases = taken.facts.frames["case"]
    cases = cases[cases["case_no"].str.slice(6).astype(int) < 9000]
    limits = {
        "consultation": (15, 120),
        "technical_support": (30, 240),
        "complaint": (10, 1440),
        "emergency_fault": (5, 60),
    }
    for kind, (answer, solve) in limits.items():
        mine = cases[cases["service_type"] == kind]
        for done, limit in (("first_response_at", answer), ("resolved_at", solve)):
            off = (mine[done] - mine["received_at"]).dt.total_seconds() - 60 * limit
            assert off.abs().min() > 1


@pytest.mark.parametrize(
    ("number", "field", "stored"),
    [
        ("T2610-9031", "category", None),
        ("T2610-9032", "category", "商务合作"),
        ("T2610-9033", "category", "技术支持"),
        ("T2610-9018", "agent_id", None),
        ("T2610-9043", "closing_reason", "duplicate"),
        ("T2610-9044", "closing_reason", "test"),
        ("T2610-9045", "closing_reason", "spam"),
        ("T2611-9015", "status", "new"),
        ("T2610-9017", "status", "open"),
    ],
)
def test_a_planted_ticket_stands_in_the_crm_as_planned(
    demo: DemoPaths, number: str, field: str, stored: object
) -> None:
    assert ask(demo, f"SELECT {field} FROM tickets WHERE ticket_no = ?", number) == [(stored,)]


def test_a_merged_ticket_names_the_one_that_goes_on(demo: DemoPaths) -> None:
    [(into,)] = ask(demo, "SELECT merged_into_id FROM tickets WHERE ticket_no = 'T2610-9041'")
    assert ask(demo, "SELECT ticket_no, reported_at FROM tickets WHERE id = ?", into) == [
        ("T2610-9042", "2026-10-13 02:00:00.000000")
    ]


def test_the_mapping_gives_planted_tickets_their_meaning(taken: Extract) -> None:
    case: dict[str, Any] = {str(r["case_no"]): r for r in taken.facts.frames["case"].to_dict("records")}
    assert case["T2610-9033"]["service_type_at_receipt"] == "consultation"
    assert case["T2610-9032"]["service_type__hole"] == Reason.UNMAPPED_VALUE
    assert str(case["T2610-9024"]["bot_response_at"]) == "2026-10-14 06:00:20+00:00"
    assert str(case["T2610-9024"]["first_response_at"]) == "2026-10-14 06:22:00+00:00"
    for number in ("T2610-9021", "T2610-9023", "T2610-9025"):
        assert pd.isna(case[number]["first_response_at"])
    assert str(case["T2610-9062"]["first_response_at__typed"]) == "2026-10-17 10:00:00+00:00"
    assert case["T2610-9055"]["resolved_at"] == case["T2610-9055"]["closed_at"] - timedelta(minutes=30)
    events = taken.facts.frames["case_event"]
    reopened = events[events["kind"] == "reopened"]
    numbers = taken.facts.frames["case"].set_index("id")["case_no"]
    assert sorted(numbers[reopened["case_id"]]) == [
        "T2609-9051", "T2610-9052", "T2610-9053", "T2610-9054", "T2610-9055",
    ]  # fmt: skip


def cells(demo: DemoPaths, book: str, sheet: str, number: str) -> dict[str, object]:
    rows = load_workbook(demo.registers / book)[sheet].iter_rows(values_only=True)
    heads = [str(head).split("\n", maxsplit=1)[0].rstrip(" *") for head in next(rows)]
    return next(dict(zip(heads, row, strict=True)) for row in rows if row[0] == number)


@pytest.mark.parametrize(
    ("book", "sheet", "number", "column", "typed"),
    [
        ("acceptance.xlsx", "验收", "YS-2610-51", "提交申请时刻", datetime(2026, 10, 3, 10, 0)),
        ("acceptance.xlsx", "验收", "YS-2610-51", "签署确认时刻", datetime(2026, 10, 13, 23, 59, 59)),
        ("acceptance.xlsx", "验收", "YS-2610-52", "提交申请时刻", datetime(2026, 9, 30, 16, 0)),
        ("acceptance.xlsx", "验收", "YS-2610-52", "签署确认时刻", datetime(2026, 10, 14)),
        ("acceptance.xlsx", "验收", "YS-2610-64", "签署确认时刻", None),
        ("acceptance.xlsx", "验收", "YS-2610-56", "自检完成时刻", None),
        ("acceptance.xlsx", "验收", "YS-2610-58", "有验收清单", "否"),
        ("acceptance.xlsx", "验收项", "YS-2610-57-3", "合格", None),
        ("acceptance.xlsx", "验收项", "YS-2610-60-2", "测试方", "我方人员"),
        ("acceptance.xlsx", "验收项", "YS-2610-61-2", "整改计划", None),
        ("deliverables.xlsx", "QA检查", "QA-2610-901-1", "合格项数", 37),
        ("deliverables.xlsx", "QA检查", "QA-2610-909-1", "检查项数", 0),
        ("deliverables.xlsx", "QA检查", "QA-2610-910-1", "检查项数", None),
        ("deliverables.xlsx", "交付物", "JF-2610-912", "交付时刻", None),
        ("execution.xlsx", "偏差", "PC-2610-04", "实际进度%", 49.996),
        ("execution.xlsx", "偏差", "PC-2610-06", "实际进度%", 49.999999),
        ("execution.xlsx", "偏差", "PC-2610-17", "登记级别", None),
    ],
)
def test_a_planted_cell_stands_in_its_register_as_planned(
    demo: DemoPaths, book: str, sheet: str, number: str, column: str, typed: object
) -> None:
    assert cells(demo, book, sheet, number)[column] == typed


def test_a_day_alone_stays_a_day_and_midnight_an_instant(demo: DemoPaths) -> None:
    acceptance = read_register(demo.registers, "Asia/Shanghai")["acceptance"].set_index("id")
    assert type(acceptance.loc["YS-2610-70", "confirmed_at"]).__name__ == "date"
    assert str(acceptance.loc["YS-2610-52", "confirmed_at"]) == "2026-10-14 00:00:00+08:00"


@pytest.mark.parametrize(
    ("month", "returned", "sent"),
    [("06", 12, 20), ("07", 11, 20), ("08", 13, 22), ("09", 33, 41), ("10", 36, 47)],
)
def test_the_return_cohorts_are_as_planned(demo: DemoPaths, month: str, returned: int, sent: int) -> None:
    rows = ask(
        demo,
        "SELECT sent_at, returned_at FROM surveys WHERE kind = '验收' AND bounced_at IS NULL "
        "AND strftime('%m', sent_at, '+8 hours') = ?",
        month,
    )
    window = timedelta(days=14)
    inside = [r for s, r in rows if r and datetime.fromisoformat(r) - datetime.fromisoformat(s) <= window]
    assert (len(inside), len(rows)) == (returned, sent)


def test_september_has_an_answer_on_the_last_instant_of_the_window_and_one_a_day_late(
    demo: DemoPaths,
) -> None:
    rows = ask(
        demo,
        "SELECT sent_at, returned_at FROM surveys WHERE returned_at IS NOT NULL AND sent_at LIKE '2026-09%'",
    )
    waits = [datetime.fromisoformat(r) - datetime.fromisoformat(s) for s, r in rows]
    assert waits.count(timedelta(days=14)) == 1
    assert waits.count(timedelta(days=15)) == 1


@pytest.mark.parametrize(("month", "passed", "made"), [(9, 19, 20), (10, 60, 64)])
def test_the_first_rounds_of_the_months_are_as_planned(
    demo: DemoPaths, month: int, passed: int, made: int
) -> None:
    checks = read_register(demo.registers, "Asia/Shanghai")["qa_check"]
    first = [
        r
        for r, n, at in zip(checks["result"], checks["round"], checks["checked_at"], strict=True)
        if n == 1 and at.month == month
    ]
    assert (first.count("pass"), len(first)) == (passed, made)


# --- the key -------------------------------------------------------------------------------------------


def test_every_planted_record_has_its_answers() -> None:
    made = world()
    acceptances = [str(r["code"]) for r in made.registers["acceptance.xlsx"]["acceptance"]]
    deliverables = [str(r["code"]) for r in made.registers["deliverables.xlsx"]["deliverable"]]
    deviations = [str(r["id"]) for r in made.registers["execution.xlsx"]["deviation"]]
    answered = {
        part: {a.record for a in answers(part)} for part in ("cases", "acceptances", "quality", "deviations")
    }
    assert answered["cases"] == {story.no for story in planted()}
    assert answered["acceptances"] == {n for n in acceptances if int(n[-2:]) > 50}
    assert answered["quality"] >= {n for n in deliverables if int(n[-3:]) > 900}
    assert answered["deviations"] == {n for n in deviations if int(n[-2:]) < 50}


def test_the_key_uses_words_the_engine_knows() -> None:
    verdicts = {"met", "breached", "pending", "not_applicable", "no_data", "silent"}
    for answer in all_answers():
        assert answer.verdict in verdicts
        assert answer.reasons <= {reason.name for reason in Reason}
