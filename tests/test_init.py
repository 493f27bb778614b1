"""`clausewatch init` on databases nobody has mapped: what it proposes loads, extracts, and holds no one's data."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from audits.errors import WrongUse
from config.mapping import Mapping as CrmMapping
from config.mapping import load_mapping
from flows.cli import run
from tasks.crm import extract
from tasks.crm.proposing import propose
from tasks.crm.proposing.codes import SHOWN
from tasks.crm.proposing.files import name_for
from tasks.crm.proposing.vocabulary import fits, hint, parts
from tests.servers import mariadb, postgres
from tests.servers.databases import Database

NOW = datetime(2026, 11, 1, tzinfo=UTC)
TABLES = """
CREATE TABLE people (id INTEGER PRIMARY KEY, login VARCHAR(20), full_name VARCHAR(50), email VARCHAR(50), job_title VARCHAR(30));
CREATE TABLE clients (id INTEGER PRIMARY KEY, name VARCHAR(50), industry VARCHAR(30));
CREATE TABLE ticket_status (id INTEGER PRIMARY KEY, name VARCHAR(20));
CREATE TABLE tickets (id INTEGER PRIMARY KEY, ticket_no VARCHAR(20), subject VARCHAR(100), client_id INTEGER REFERENCES clients (id),
  assignee_id INTEGER REFERENCES people (id), ticket_type VARCHAR(30), status_id INTEGER REFERENCES ticket_status (id),
  created_at {stamp}, created_by INTEGER, updated_at {stamp}, closed_at {stamp}, deleted {truth});
CREATE TABLE ticket_comments (id INTEGER PRIMARY KEY, ticket_id INTEGER, created_at {stamp}, status VARCHAR(10));
CREATE TABLE ticket_log (id INTEGER PRIMARY KEY, ticket_id INTEGER, changed_at {stamp}, changed_by INTEGER, field_name VARCHAR(20),
  old_value VARCHAR(50), new_value VARCHAR(50));
INSERT INTO people VALUES (1, 'li', 'Li Na', 'li@example.com', 'Agent'), (2, 'wu', 'Wu Gang', 'wu@example.com', 'Supervisor');
INSERT INTO clients VALUES (1, 'Heng Tai', 'Electronics');
INSERT INTO ticket_status VALUES (1, 'New'), (2, 'Closed');
INSERT INTO tickets VALUES
  (1, 'T-1', 'call Wang at 13800001111', 1, 1, 'Question', 2, '2026-10-12 01:00:00', 1, '2026-10-13 00:00:00',
   '2026-10-12 03:00:00', {false}),
  (2, 'T-2', 'x', 1, 2, 'Complaint', 1, '2026-10-13 01:00:00', 1, '2026-10-13 01:00:00', NULL, {false}),
  (3, 'T-3', 'x', NULL, NULL, 'Question', 1, '2026-10-14 01:00:00', 1, '2026-10-14 01:00:00', NULL, {true});
INSERT INTO ticket_log VALUES (1, 1, '2026-10-12 03:00:00', 1, 'status', 'New', 'Closed'),
  (2, 2, '2026-10-13 01:10:00', 1, 'assignee', '1', '2');
"""
WORDS = {
    "sqlite": {"stamp": "TIMESTAMP", "truth": "BOOLEAN", "true": "1", "false": "0"},
    "postgres": {"stamp": "TIMESTAMP", "truth": "BOOLEAN", "true": "TRUE", "false": "FALSE"},
    "mariadb": {"stamp": "DATETIME(6)", "truth": "BOOLEAN", "true": "TRUE", "false": "FALSE"},
}


def sqlite_with(path: Path, script: str) -> str:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def helpdesk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """One home-made helpdesk, on each database in turn."""
    script = TABLES.format(**WORDS[request.param])
    if request.param == "sqlite":
        yield sqlite_with(tmp_path / "helpdesk.db", script)
        return
    database = request.getfixturevalue(f"{request.param}_database")
    run_sql = postgres.run_sql if request.param == "postgres" else mariadb.run_sql
    run_sql(database, *filter(str.strip, script.split(";\n")))
    yield request.getfixturevalue(f"{request.param}_reader").url


def mapped(text: str, folder: Path, url: str) -> CrmMapping:
    """The proposed file, loaded by our own loader, its address from the environment."""
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return load_mapping(path, {"CLAUSEWATCH_MINE_URL": url})


def filled(text: str, **meanings: str) -> str:
    """The file as a person finishes it: `# "Question": ?` becomes `"Question": consultation`."""
    for value, meaning in meanings.items():
        assert f'# "{value}": ?' in text
        text = text.replace(f'# "{value}": ?', f'"{value}": {meaning}')
    return text


def test_the_proposal_loads_and_finds_cases_staff_customers_and_history(
    helpdesk: str, tmp_path: Path
) -> None:
    found = propose(make_url(helpdesk), "mine")
    assert found.tables == {
        "case": "tickets",
        "staff": "people",
        "customer": "clients",
        "history": "ticket_log",
    }
    file = mapped(found.text, tmp_path, helpdesk).file
    assert file.change_logs["case"].fields == {"status": "status", "assignee": "owner"}


def test_the_finished_proposal_extracts_receipt_closing_type_status_and_assignee(
    helpdesk: str, tmp_path: Path
) -> None:
    text = filled(
        propose(make_url(helpdesk), "mine").text,
        Question="consultation", Complaint="complaint", Closed='"true"', New='"false"', Agent="frontline_agent",
    )  # fmt: skip
    facts = extract(mapped(text, tmp_path, helpdesk), now=NOW).facts
    case = facts.frames["case"].set_index("case_no")
    assert list(case.index) == ["T-1", "T-2"]
    assert list(case["service_type"]) == ["consultation", "complaint"]
    assert list(case["is_closed"]) == [True, False]
    assert list(case["assignee_id"]) == ["1", "2"]
    assert str(case.loc["T-1", "received_at"]) == "2026-10-12 01:00:00+00:00"
    assert str(case.loc["T-1", "closed_at"]) == "2026-10-12 03:00:00+00:00"
    assert facts.entities["staff"].unmapped == {"role": {"Supervisor": 1}}


def test_a_value_left_open_is_counted_as_unmapped_and_stops_nothing(helpdesk: str, tmp_path: Path) -> None:
    facts = extract(mapped(propose(make_url(helpdesk), "mine").text, tmp_path, helpdesk), now=NOW).facts
    assert facts.entities["case"].unmapped["service_type"] == {"Question": 1, "Complaint": 1}


def test_no_name_address_or_free_text_of_a_row_stands_in_the_file(helpdesk: str) -> None:
    text = propose(make_url(helpdesk), "mine").text
    assert not [
        word for word in ("Li Na", "Wu Gang", "example.com", "Heng Tai", "13800001111") if word in text
    ]


def test_every_value_of_type_and_status_is_listed_with_its_count_ready_to_fill(tmp_path: Path) -> None:
    url = sqlite_with(tmp_path / "a.db", TABLES.format(**WORDS["sqlite"]))
    lines = [line.strip() for line in propose(make_url(url), "mine").text.splitlines()]
    assert '# "Question": ?   # 1 rows, perhaps consultation' in lines
    assert '# "Closed": ?   # 1 rows, perhaps true' in lines


def test_tables_not_chosen_are_named_with_their_points(tmp_path: Path) -> None:
    more = "CREATE TABLE requests (id INTEGER PRIMARY KEY, created_at TIMESTAMP, status VARCHAR(9), category VARCHAR(9));"
    url = sqlite_with(tmp_path / "a.db", TABLES.format(**WORDS["sqlite"]) + more)
    assert "# Not chosen: requests: 1" in propose(make_url(url), "mine").text


CASES = """CREATE TABLE cases (id INTEGER PRIMARY KEY, type VARCHAR(99), created_at {kind}, closed_at {kind});
INSERT INTO cases VALUES {rows};"""
CHINESE = """
CREATE TABLE "客户档案" ("客户编号" VARCHAR(20) PRIMARY KEY, "客户名称" VARCHAR(80), "行业" VARCHAR(40));
CREATE TABLE "员工" ("工号" VARCHAR(20) PRIMARY KEY, "姓名" VARCHAR(40), "岗位" VARCHAR(20));
CREATE TABLE "服务工单" ("工单编号" VARCHAR(20) PRIMARY KEY, "客户编号" VARCHAR(20), "工单类型" VARCHAR(20), "状态" VARCHAR(20),
  "经办人" VARCHAR(20), "受理时间" DATETIME, "首次响应时间" DATETIME, "解决时间" DATETIME, "关闭时间" DATETIME, "备注" TEXT);
CREATE TABLE "满意度调查" (id INTEGER PRIMARY KEY, "工单编号" VARCHAR(20), "发送时间" DATETIME, "回复时间" DATETIME, "评分" INTEGER);
INSERT INTO "服务工单" VALUES ('G1', 'K1', '咨询', '已关闭', 'E1', '2026-10-12 09:00:00', NULL, NULL, '2026-10-12 11:00:00', '密')
"""


def test_tables_and_columns_in_chinese_are_found_too(tmp_path: Path) -> None:
    url = sqlite_with(tmp_path / "a.db", CHINESE)
    found = propose(make_url(url), "mine")
    assert found.tables == {
        "case": "服务工单",
        "staff": "员工",
        "customer": "客户档案",
        "survey": "满意度调查",
    }
    case = extract(mapped(found.text, tmp_path, url), now=NOW).facts.frames["case"]
    names = {"case_no", "customer_id", "assignee_id", "service_type", "received_at", "first_response_at",
             "resolved_at", "closed_at", "is_closed"}  # fmt: skip
    assert names <= set(case.columns)


def test_more_than_fifty_values_are_cut_and_said_so(tmp_path: Path) -> None:
    rows = ", ".join(f"({n}, 'kind {n}', '2026-10-01', NULL)" for n in range(SHOWN + 7))
    script = CASES.format(kind="DATETIME", rows=rows)
    text = propose(make_url(sqlite_with(tmp_path / "a.db", script)), "mine").text
    assert text.count('# "kind ') == SHOWN
    assert "# ... and 7 more values" in text


@pytest.mark.parametrize("value", ["wang@example.com", "call 13800001111", "x" * 61])
def test_a_code_column_that_holds_people_or_prose_is_not_listed(value: str, tmp_path: Path) -> None:
    rows = f"(1, '{value}', '2026-10-01', NULL), (2, 'harmless', '2026-10-02', NULL)"
    script = CASES.format(kind="DATETIME", rows=rows)
    text = propose(make_url(sqlite_with(tmp_path / "a.db", script)), "mine").text
    assert value not in text
    assert "harmless" not in text
    assert "none of the CRM's own is listed" in text


def test_stamps_kept_as_whole_numbers_are_read_as_seconds_or_milliseconds(tmp_path: Path) -> None:
    script = CASES.format(kind="BIGINT", rows="(1, 'a', 1788249600, 1788249600000)")
    url = sqlite_with(tmp_path / "a.db", script)
    case = extract(mapped(propose(make_url(url), "mine").text, tmp_path, url), now=NOW).facts.frames["case"]
    assert str(case["received_at"][0]) == str(case["closed_at"][0]) == "2026-09-01 08:00:00+00:00"


def test_a_database_without_cases_is_told_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    sqlite_with(tmp_path / "a.db", "CREATE TABLE invoices (id INTEGER PRIMARY KEY, paid_at DATETIME);")
    assert run(["init", "a.db"]) == 2
    assert "no table looks like one of cases" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["a.db"]


def test_a_file_that_is_there_is_never_overwritten_unless_forced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    sqlite_with(tmp_path / "desk.db", TABLES.format(**WORDS["sqlite"]))
    (tmp_path / "desk.yaml").write_text("mine", encoding="utf-8")
    assert run(["init", "desk.db"]) == 2
    assert (tmp_path / "desk.yaml").read_text(encoding="utf-8") == "mine"
    assert run(["init", "desk.db", "--force"]) == 0
    assert load_mapping(tmp_path / "desk.yaml", {}).file.source == "desk"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["desk.db", "desk.yaml"]


def test_a_password_never_reaches_the_file_nor_the_terminal(
    postgres_database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DESK_URL", postgres_database.url)
    postgres.run_sql(postgres_database, *filter(str.strip, TABLES.format(**WORDS["postgres"]).split(";\n")))
    assert postgres_database.password
    assert run(["init", "DESK_URL", "--name", "desk"]) == 0
    said = capsys.readouterr()
    text = (tmp_path / "desk.yaml").read_text(encoding="utf-8")
    assert postgres_database.password not in text + said.out + said.err
    assert "${DESK_URL}" in text


def test_a_name_that_looks_like_markup_is_printed_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    sqlite_with(
        tmp_path / "desk.db",
        CASES.format(kind="DATETIME", rows="(1, 'a', '2026-10-01', NULL)").replace("cases", '"cases [/]"'),
    )
    assert run(["init", "desk.db"]) == 0
    assert "cases [/]" in capsys.readouterr().out


@pytest.mark.parametrize("place", ["nothing-here", "oracle://somewhere/db", "http://example.com"])
def test_what_is_no_database_is_refused_with_what_to_do(
    place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["init", place]) == 2
    assert "postgresql://" in " ".join(capsys.readouterr().err.split())


def test_an_empty_database_says_that_the_role_may_see_no_tables(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="no tables"):
        propose(make_url(sqlite_with(tmp_path / "a.db", "VACUUM")), "mine")


def test_names_are_taken_apart_alike_however_they_are_spelt() -> None:
    assert parts("createdAt") == parts("created_at") == parts("Created At") == ("created", "at")
    assert parts("tickets_ticket") == ("ticket",)
    assert fits("closed_by", ("closed at", "closed"), ("by",)) == 0
    assert fits("受理时间", ("受理时间",)) > fits("首次受理时间", ("受理时间",)) > 0


def test_a_hint_is_given_only_where_one_meaning_fits() -> None:
    assert hint("service_type", "投诉") == "complaint"
    assert hint("service_type", "technical complaint") == ""
    assert hint("is_closed", "reopened") == "false"


@pytest.mark.parametrize(("given", "name"), [("Help Desk", "help_desk"), ("9x", "crm_9x"), ("客服", "crm")])
def test_a_source_is_named_after_its_database(given: str, name: str) -> None:
    assert name_for(given) == name


@pytest.mark.parametrize("product", ["espocrm", "suitecrm", "frappe_helpdesk", "request_tracker"])
def test_a_known_product_is_recognised_and_its_mapping_offered_with_the_values_seen(
    product: str, tmp_path: Path
) -> None:
    script = (Path(__file__).with_name("crm_schemas") / f"{product}.sql").read_text(encoding="utf-8")
    url = sqlite_with(tmp_path / "a.db", script)
    found = propose(make_url(url), "mine")
    file = mapped(found.text, tmp_path, url).file
    assert (found.product, file.source, file.connections["crm"].default) == (product, "mine", url)
    assert '#   "Spare parts": ?   1 rows' in found.text.splitlines()
    assert extract(mapped(found.text, tmp_path, url), now=NOW).facts.entities["case"].unmapped


@pytest.mark.parametrize(("product", "table"), [("espocrm", "case"), ("suitecrm", "cases")])
def test_taken_for_strangers_espocrm_and_suitecrm_still_give_usable_cases(
    product: str, table: str, tmp_path: Path
) -> None:
    script = (Path(__file__).with_name("crm_schemas") / f"{product}.sql").read_text(encoding="utf-8")
    url = sqlite_with(tmp_path / "a.db", script)
    found = propose(make_url(url), "mine", from_scratch=True)
    case = extract(mapped(found.text, tmp_path, url), now=NOW).facts.frames["case"]
    assert found.tables["case"] == table
    assert len(case) == 12  # without the bin
    assert {"case_no", "customer_id", "assignee_id", "service_type", "received_at", "is_closed"} <= set(
        case.columns
    )
    assert case["received_at"].notna().all()


def test_tables_named_like_words_of_sql_are_quoted_as_the_database_wants(
    mariadb_database: Database, tmp_path: Path
) -> None:
    script = (Path(__file__).with_name("crm_schemas") / "espocrm.sql").read_text(encoding="utf-8")
    more = "ALTER TABLE `case` ADD COLUMN `closed 100%` DATETIME"
    mariadb.run_sql(mariadb_database, *filter(str.strip, script.split(";\n")), more)
    found = propose(make_url(mariadb_database.url), "mine", from_scratch=True)
    case = extract(mapped(found.text, tmp_path, mariadb_database.url), now=NOW).facts.frames["case"]
    assert found.tables["case"] == "case"
    assert len(case) == 12
    assert "closed_at" in case.columns


def test_a_reference_to_several_kinds_of_records_is_pointed_out(tmp_path: Path) -> None:
    script = (Path(__file__).with_name("crm_schemas") / "suitecrm.sql").read_text(encoding="utf-8")
    text = propose(make_url(sqlite_with(tmp_path / "a.db", script)), "mine", from_scratch=True).text
    assert "# parent_id refers to several kinds of records: keep those of cases, by parent_type." in text


def test_a_table_the_role_may_not_read_is_left_out_and_the_visit_goes_on(
    postgres_database: Database, tmp_path: Path
) -> None:
    postgres.run_sql(postgres_database, *filter(str.strip, TABLES.format(**WORDS["postgres"]).split(";\n")))
    with postgres.postgres_reader(postgres_database) as reader:
        postgres.run_sql(postgres_database, f"REVOKE SELECT ON ticket_log, people FROM {reader.user}")
        found = propose(make_url(reader.url), "mine")
        assert found.tables == {"case": "tickets", "customer": "clients"}
        assert extract(mapped(found.text, tmp_path, reader.url), now=NOW).facts.frames["case"].shape[0] == 2


#: Signs that stand for something in SQL, YAML, drivers or terminals, among plain ones.
odd = st.text(st.sampled_from("ab工 %:#$'\"`\\?{}[]-\n\u2028\x07é[/]"), min_size=1, max_size=8)


@settings(max_examples=30)
@given(table=odd, columns=st.lists(odd, min_size=2, max_size=2, unique_by=str.casefold), value=odd)
def test_whatever_things_are_called_the_file_loads_and_the_cases_are_read(
    table: str, columns: list[str], value: str
) -> None:
    def name(word: str, kind: str) -> str:
        return '"' + f"{kind} {word}".replace('"', '""') + '"'

    own, kind, status = name(table, "ticket"), name(columns[0], "type"), name(columns[1], "status")
    with TemporaryDirectory() as place:
        folder = Path(place)
        url = sqlite_with(
            folder / "a.db",
            f"CREATE TABLE {own} (id INTEGER PRIMARY KEY, {kind} TEXT, {status} TEXT, owner TEXT, created_at DATETIME)",
        )
        with closing(sqlite3.connect(folder / "a.db")) as connection:
            connection.execute(
                f"INSERT INTO {own} VALUES (1, ?, 'open', 'li', '2026-10-01 00:00:00')", (value,)
            )
            connection.commit()
        if not (f"ticket {table}".isprintable() and "\\" not in table):
            with pytest.raises(WrongUse):
                propose(make_url(url), "mine")
            return
        found = propose(make_url(url), "mine")
        case = extract(mapped(found.text, folder, url), now=NOW).facts.frames["case"]
        assert list(case["id"]) == ["1"]
        load_mapping(folder / "mine.yaml", {})


def test_a_value_that_is_canonical_already_is_filled_in(tmp_path: Path) -> None:
    tables = """
CREATE TABLE tickets (id INTEGER PRIMARY KEY, number VARCHAR(9), status VARCHAR(9), channel VARCHAR(9), created_at TIMESTAMP);
INSERT INTO tickets VALUES (1, 'T-1', 'New', 'email', '2026-10-12 01:00:00'), (2, 'T-2', 'New', 'Mail', '2026-10-12 01:00:00');
"""
    found = propose(make_url(sqlite_with(tmp_path / "a.db", tables)), "mine")
    lines = [line.strip() for line in found.text.splitlines()]
    assert '"email": "email"   # 1 rows' in lines
    assert any(line.startswith('# "Mail": ?') for line in lines)
    assert mapped(found.text, tmp_path, "").file.entities["case"].values["channel"] == {"email": "email"}
