"""The CRM's guest: what the session and the role may do, and what is said when the CRM will not answer."""

import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from config.mapping import Mapping, MappingError, load_mapping
from tasks.crm import extract
from tasks.crm.guard import Refused, write_privileges
from tasks.crm.privileges import has_roles
from tasks.crm.refusals import CrmError, Refusal, said_by
from tasks.crm.sources import open_engine, open_source
from tests.servers import mariadb, postgres
from tests.servers.databases import Database
from tests.servers.processes import free_port

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
SELECT = "SELECT id, number AS case_no, made AS received_at FROM tickets"
TABLE = "CREATE TABLE tickets (id INTEGER PRIMARY KEY, number VARCHAR(20), made VARCHAR(30))"
ROW = "INSERT INTO tickets VALUES (1, 'T-1', '2026-09-01 08:00:00')"
SLOW = pytest.mark.slow
EVERYWHERE = ["sqlite", pytest.param("postgres", marks=SLOW), pytest.param("mariadb", marks=SLOW)]


def mapping_for(folder: Path, url: str, select: str = SELECT, settings: str = "") -> Mapping:
    path = folder / "guest.yaml"
    path.write_text(
        "schema: 1\nsource: guest\ntitle: {zh: 客, en: Guest}\nzone: Asia/Shanghai\n"
        f"connections: {{crm: {{url: '${{GUEST_URL}}'{settings}}}}}\n"
        f"entities:\n  case:\n    from: crm\n    select: |\n      {select}\n",
        encoding="utf-8",
    )
    return load_mapping(path, {"GUEST_URL": url})


@pytest.fixture(params=EVERYWHERE)
def owner(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a CRM of one table, seen by its owner, who may write."""
    if request.param == "sqlite":
        path = tmp_path / "crm.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(TABLE)
            connection.execute(ROW)
            connection.commit()
        return f"sqlite:///{path}"
    database: Database = request.getfixturevalue(f"{request.param}_database")
    {"postgres": postgres, "mariadb": mariadb}[request.param].run_sql(database, TABLE, ROW)
    return database.url


WRITES = [
    "INSERT INTO tickets VALUES (2, 'T-2', NULL)",
    "UPDATE tickets SET number = 'x'",
    "DELETE FROM tickets",
    "CREATE TABLE other (a INTEGER)",
    "DROP TABLE tickets",
]


@pytest.mark.parametrize("write", WRITES)
def test_the_session_itself_refuses_to_write_even_for_the_owner(
    owner: str, tmp_path: Path, write: str
) -> None:
    source = open_source(mapping_for(tmp_path, owner), "crm")
    with closing(source), pytest.raises(Refusal):
        source.read(write, {})
    found = extract(mapping_for(tmp_path, owner), now=NOW).facts.frames["case"]
    assert found["case_no"].tolist() == ["T-1"]


def test_a_write_in_a_mapping_never_reaches_the_crm(owner: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="INTO") as refused:
        extract(mapping_for(tmp_path, owner, "SELECT id INTO other FROM tickets"), now=NOW)
    assert "guest.yaml:9" in refused.value.where


def test_all_selects_of_a_run_see_the_state_at_its_beginning(owner: str, tmp_path: Path) -> None:
    if owner.startswith("sqlite"):  # a reader of a rollback journal would make the writer wait: use the log
        with closing(sqlite3.connect(owner.removeprefix("sqlite:///"))) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
    source = open_source(mapping_for(tmp_path, owner), "crm")
    with closing(source):
        with create_engine(owner, poolclass=NullPool).begin() as writer:
            writer.exec_driver_sql("INSERT INTO tickets VALUES (2, 'T-2', NULL)")
        assert source.read(SELECT, {}).num_rows == 1
    with closing(open_source(mapping_for(tmp_path, owner), "crm")) as later:
        assert later.read(SELECT, {}).num_rows == 2


@pytest.mark.parametrize(
    ("select", "named"),
    [("SELECT id, no_such AS received_at FROM tickets", "no_such"), ("SELECT id FROM nowhere", "nowhere")],
)
def test_a_missing_table_or_column_is_named_with_entity_and_line(
    owner: str, tmp_path: Path, select: str, named: str
) -> None:
    with pytest.raises(CrmError, match=named) as error:
        extract(mapping_for(tmp_path, owner, select), now=NOW)
    assert error.value.kind == "missing"
    assert error.value.where.startswith("entities.case, ")
    assert error.value.where.endswith("guest.yaml:9")
    assert "only-on-loopback" not in f"{error.value}{error.value!r}"


def test_a_select_that_takes_too_long_is_given_up(owner: str, tmp_path: Path) -> None:
    endless = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900000000) "
        "SELECT COUNT(*) AS id, MAX(i) AS case_no, MIN(i) AS received_at FROM n"
    )
    if owner.startswith("mariadb"):  # it stops a recursion of its own accord
        many = ", ".join(f"information_schema.columns c{at}" for at in range(4))
        endless = f"SELECT COUNT(*) AS id, 1 AS received_at FROM {many}"
    with pytest.raises(CrmError) as error:
        extract(mapping_for(tmp_path, owner, endless, ", statement_timeout: 1"), now=NOW)
    assert error.value.kind == "slow"
    assert "statement_timeout" in error.value.do


@SLOW
@pytest.mark.parametrize("kind", ["postgres", "mariadb"])
def test_a_refused_login_says_so_without_the_password(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    wrong = replace(request.getfixturevalue(f"{kind}_database"), password="p@ss:w/rd-17")
    with pytest.raises(CrmError) as error:
        extract(mapping_for(tmp_path, wrong.url), now=NOW)
    assert error.value.kind == "login"
    assert "environment" in error.value.do
    told = f"{error.value}{error.value!r}{error.value.__cause__!r}"
    assert not any(secret in told for secret in ("p@ss", "w/rd-17", "p%40ss"))


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_a_crm_that_is_down_is_said_to_be_down(scheme: str, tmp_path: Path) -> None:
    with pytest.raises(CrmError) as error:
        extract(mapping_for(tmp_path, f"{scheme}://reader:s3cret@127.0.0.1:{free_port()}/crm"), now=NOW)
    assert error.value.kind == "down"
    assert "s3cret" not in str(error.value)
    assert "guest.yaml:5" in error.value.where


@contextmanager
def silent_server() -> Iterator[int]:
    """A port that accepts and never says a word."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_a_crm_that_never_answers_is_given_up(scheme: str, tmp_path: Path) -> None:
    with silent_server() as port:
        url = f"{scheme}://reader:s3cret@127.0.0.1:{port}/crm"
        mapping = mapping_for(tmp_path, url, settings=", connect_timeout: 2")
        with pytest.raises(CrmError) as error:
            extract(mapping, now=NOW)
    assert error.value.kind == "down"


def test_a_file_that_is_missing_or_no_database_is_named(tmp_path: Path) -> None:
    with pytest.raises(CrmError, match="there is no file"):
        extract(mapping_for(tmp_path, f"sqlite:///{tmp_path}/none.db"), now=NOW)
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "text.db").write_text("this is no database, it is only a longer text" * 50)
    with pytest.raises(CrmError, match="not a database"):
        extract(mapping_for(tmp_path, f"sqlite:///{tmp_path}/text.db"), now=NOW)


@pytest.mark.parametrize("url", ["oracle://a:b@c/d", "not a url"])
def test_a_database_we_cannot_read_is_refused_by_name(url: str, tmp_path: Path) -> None:
    with pytest.raises(MappingError) as error:
        extract(mapping_for(tmp_path, url), now=NOW)
    assert "guest.yaml:5" in error.value.where
    assert "a:b" not in str(error.value)


@SLOW
def test_a_postgres_session_is_read_only_by_its_default_and_by_its_transaction(
    postgres_database: Database, tmp_path: Path
) -> None:
    words = ("default_transaction_read_only", "transaction_read_only", "transaction_isolation", "TimeZone")
    asked = ", ".join(f"current_setting('{word}') AS a{at}" for at, word in enumerate(words))
    with closing(open_source(mapping_for(tmp_path, postgres_database.url), "crm")) as source:
        assert list(source.read(f"SELECT {asked}", {}).to_pylist()[0].values()) == [
            "on",
            "on",
            "repeatable read",
            "UTC",
        ]


@SLOW
def test_a_mariadb_session_is_read_only_and_speaks_utc(mariadb_database: Database, tmp_path: Path) -> None:
    asked = "SELECT @@session.tx_read_only AS a, @@session.time_zone AS b, @@session.max_statement_time AS c"
    with closing(open_source(mapping_for(tmp_path, mariadb_database.url), "crm")) as source:
        assert list(source.read(asked, {}).to_pylist()[0].values()) == [1, "+00:00", 600.0]


def test_sqlite_neither_attaches_files_nor_loads_extensions(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "crm.db")) as connection:
        connection.execute(TABLE)
    url = f"sqlite:///{tmp_path}/crm.db"
    with closing(open_source(mapping_for(tmp_path, url), "crm")) as source:
        for statement in (
            f"ATTACH '{tmp_path}/other.db' AS other",
            "PRAGMA query_only = OFF",
            "SELECT load_extension('x')",
            "CREATE TEMP TABLE t (a)",
            "VACUUM INTO 'copy.db'",
        ):
            with pytest.raises(Refusal):
                source.read(statement, {})
    assert not (tmp_path / "other.db").exists()


def test_sqlite_has_no_roles_to_prove_anything_by(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "crm.db")) as connection:
        connection.execute(TABLE)
    engine = open_engine(mapping_for(tmp_path, f"sqlite:///{tmp_path}/crm.db"), "crm")
    assert not has_roles(engine)
    assert write_privileges(engine) == []


def proven(database: Database) -> list[str]:
    return write_privileges(create_engine(database.url, poolclass=NullPool))


@SLOW
def test_postgres_proves_that_a_reader_cannot_write(
    postgres_database: Database, postgres_reader: Database
) -> None:
    postgres.run_sql(postgres_database, TABLE)
    assert proven(postgres_reader) == []


@SLOW
@pytest.mark.parametrize(
    ("grant", "told"),
    [
        ("GRANT INSERT ON tickets TO {role}", ["INSERT on public.tickets"]),
        ("GRANT UPDATE (number) ON tickets TO {role}", ["UPDATE on public.tickets"]),
        ("GRANT DELETE ON tickets TO PUBLIC", ["DELETE on public.tickets"]),
        ("GRANT TRUNCATE ON tickets TO {role}", ["TRUNCATE on public.tickets"]),
        ("GRANT CREATE ON SCHEMA public TO {role}", ["CREATE in schema public"]),
        ("GRANT CREATE ON DATABASE {database} TO {role}", ["CREATE in database {database}"]),
        ("GRANT USAGE ON SEQUENCE numbers TO {role}", ["UPDATE on sequence public.numbers"]),
        ("ALTER ROLE {role} CREATEROLE", ["role {role}: CREATEROLE"]),
        ("ALTER ROLE {role} SUPERUSER", ["role {role}: SUPERUSER"]),
        ("GRANT pg_write_all_data TO {role}", ["role pg_write_all_data: writes by its nature"]),
    ],
)
def test_postgres_names_every_way_to_write(
    postgres_database: Database, postgres_reader: Database, grant: str, told: list[str]
) -> None:
    names = {"role": postgres_reader.user, "database": postgres_database.name}
    postgres.run_sql(postgres_database, TABLE, "CREATE SEQUENCE numbers", grant.format(**names))
    found = proven(postgres_reader)
    assert set(found) >= {line.format(**names) for line in told}


@SLOW
def test_postgres_looks_through_roles_that_are_not_inherited(
    postgres_database: Database, postgres_reader: Database
) -> None:
    postgres.run_sql(
        postgres_database,
        TABLE,
        f"CREATE ROLE writers_{postgres_database.name}",
        f"GRANT INSERT ON tickets TO writers_{postgres_database.name}",
        f"ALTER ROLE {postgres_reader.user} NOINHERIT",
        f"GRANT writers_{postgres_database.name} TO {postgres_reader.user}",
    )
    assert proven(postgres_reader) == ["INSERT on public.tickets"]


@SLOW
def test_mariadb_proves_that_a_reader_cannot_write(
    mariadb_database: Database, mariadb_reader: Database
) -> None:
    mariadb.run_sql(mariadb_database, TABLE)
    assert proven(mariadb_reader) == []


@SLOW
@pytest.mark.parametrize(
    ("grant", "told"),
    [
        ("GRANT INSERT ON {database}.tickets TO '{user}'@'%'", "INSERT on {database}.tickets"),
        (
            "GRANT UPDATE (number) ON {database}.tickets TO '{user}'@'%'",
            "UPDATE on {database}.tickets",
        ),
        ("GRANT CREATE, DROP ON {database}.* TO '{user}'@'%'", "DROP on {database}.*"),
        ("GRANT FILE ON *.* TO '{user}'@'%'", "FILE on *.*"),
    ],
)
def test_mariadb_names_every_way_to_write(
    mariadb_database: Database, mariadb_reader: Database, grant: str, told: str
) -> None:
    names = {"user": mariadb_reader.user, "database": mariadb_database.name}
    mariadb.run_sql(mariadb_database, TABLE, grant.format(**names))
    assert told.format(**names) in proven(mariadb_reader)


@SLOW
def test_mariadb_looks_through_roles(mariadb_database: Database, mariadb_reader: Database) -> None:
    role = f"writers_{mariadb_database.name}"
    mariadb.run_sql(
        mariadb_database,
        TABLE,
        f"CREATE ROLE {role}",
        f"GRANT INSERT, UPDATE (number) ON {mariadb_database.name}.tickets TO {role}",
        f"CREATE ROLE inner_{role}",
        f"GRANT DELETE ON {mariadb_database.name}.tickets TO inner_{role}",
        f"GRANT inner_{role} TO {role}",
        f"GRANT {role} TO '{mariadb_reader.user}'@'%'",
    )
    try:
        found = proven(mariadb_reader)
    finally:
        mariadb.run_sql(mariadb_database, f"DROP ROLE {role}", f"DROP ROLE inner_{role}")
    place = f"{mariadb_database.name}.tickets (through role {role})"
    assert found == [f"DELETE on {place}", f"INSERT on {place}", f"UPDATE on {place}"]


@pytest.mark.parametrize("form", ["p@ss w/rd", "p%40ss%20w%2Frd", "p%40ss+w%2Frd"])
def test_a_password_is_masked_however_a_driver_repeats_it(form: str) -> None:
    url = make_url("postgresql://reader:p%40ss%20w%2Frd@db/crm?sslpassword=other-one")
    said = said_by(
        Exception(f"cannot use {form} at\n postgresql://x:{form}@db, other-one\nQuery was: SELECT 1"), url
    )
    assert form not in said
    assert said.startswith("cannot use *** at postgresql://x:***@db, ***")
    assert "SELECT" not in said
