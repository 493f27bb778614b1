"""A store is made, brought up to date or refused as it is opened, and every refusal says what to do."""

import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError

from audits.errors import WrongUse
from audits.instants import instant_of
from tasks.store import (
    LeaseHeld,
    Store,
    StoreBusy,
    StoreFull,
    StoreNewer,
    StoreUnreachable,
    StoreUnreadable,
    migrate,
    open_store,
)
from tasks.store.engine import open_engine
from tasks.store.schema import METADATA, REVISION, REVISION_TABLE
from tests.life_oracle import Row
from tests.servers.databases import Database
from tests.servers.postgres import run_sql
from tests.store_fixtures import store, url
from tests.store_world import BEGIN, SOURCE, STANDARDS, Clock, audit

__all__ = ["store", "url"]
ROWS = [Row(n) for n in range(200)]


def test_opening_again_changes_nothing(url: str) -> None:
    with open_store(url) as store:
        audit(store, "r1", 100, [Row(1)])
    with open_store(url) as store:
        assert len(store.findings(SOURCE, STANDARDS)) == 1


def test_the_tables_are_those_the_code_speaks_of(store: Store) -> None:
    with store._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": REVISION_TABLE})
        assert compare_metadata(context, METADATA) == []


def test_the_newest_migration_is_the_one_the_code_expects() -> None:
    assert ScriptDirectory(str(migrate._SCRIPTS)).get_heads() == [REVISION]


def test_an_up_to_date_store_opens_without_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    open_store(url).close()
    code = f"import sys; from tasks.store import open_store; open_store({url!r}); print('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_store_of_the_first_revision_is_upgraded_with_what_it_knows(url: str) -> None:
    first = open_engine(url, 5)
    with first.begin() as connection:
        migrate.upgrade(connection, None, "", to="r0001")
        for statement in FIRST_REVISION:
            connection.exec_driver_sql(statement)
    first.dispose()
    with open_store(url) as store:
        assert revision(store) == REVISION
        assert store.findings(SOURCE, STANDARDS)["open_since"].astype("int64").tolist() == [100]
        assert store.findings(SOURCE, STANDARDS)["label"].tolist() == ["T-1"]
        assert store.events(SOURCE, STANDARDS)["kind"].tolist() == ["opened"]
        assert store.last_committed(SOURCE, STANDARDS) == 100
        with pytest.raises(LeaseHeld, match="old run"), store.lease(SOURCE, "new", Clock(), wait_s=0):
            pass
        later = Clock(BEGIN + timedelta(hours=1))
        assert audit(store, "new", 200, [Row(1, over=True)], later)
        assert store.events(SOURCE, STANDARDS)["kind"].tolist() == ["opened", "cleared"]
        # What stood there before the chain began is its first batch.
        assert store.trail_head(SOURCE).batch == 2
        assert store.trail_faults(SOURCE) == []


def test_names_of_a_store_of_the_third_revision_are_known_from_the_beginning(url: str) -> None:
    earlier = open_engine(url, 5)
    with earlier.begin() as connection:
        migrate.upgrade(connection, None, "", to="r0003")
        for key, name, erased in (("E1", "李四", "NULL"), ("E2", "", "5")):
            connection.exec_driver_sql(
                f"INSERT INTO directory VALUES ('demo', 'staff', '{key}', '', '{name}', '', '', {erased})"
            )
    earlier.dispose()
    with open_store(url) as store:
        assert store.directory(SOURCE, 0)["name"].tolist() == ["李四", ""]
        assert store.erased(SOURCE) == [("staff", "E2")]
        assert store.names_known(SOURCE) == 0


def test_a_store_of_the_second_revision_keeps_since_when_its_findings_are_open(url: str) -> None:
    earlier = open_engine(url, 5)
    with earlier.begin() as connection:
        migrate.upgrade(connection, None, "", to="r0002")
        for statement in (*FIRST_REVISION[:3], *REOPENED):
            connection.exec_driver_sql(statement)
    earlier.dispose()
    with open_store(url) as store:
        found = store.findings(SOURCE, STANDARDS)
        assert found["open_since"].astype("int64").tolist() == [300]
        assert len(store.events(SOURCE, STANDARDS)) == 3
        store.go(SOURCE, "pilot", BEGIN, person="E1028", why="first trial")
        assert store.trail_head(SOURCE).batch == 2
        assert store.trail_faults(SOURCE) == []


#: What happened to the first finding later, in the second revision.
REOPENED = (
    "INSERT INTO events VALUES ('demo', 'ECS', '0000000000000001', 2, 200, 'r2', 'cleared', 'open', 'cleared', '')",
    "INSERT INTO events VALUES ('demo', 'ECS', '0000000000000001', 3, 300, 'r3', 'reopened', 'cleared', 'open', '')",
)
#: A store as the first revision left it: one run, one open finding, and the lease of a run that died.
FIRST_REVISION = (
    "INSERT INTO runs VALUES ('old run', 'demo', 'ECS', 100, '2026-10', 'committed', 1, 2, NULL, '', '', '')",
    """INSERT INTO findings VALUES ('demo', 'ECS', '0000000000000001', 'C-1', 'case:T-1', '1', 'T-1', '', 'open',
    '', 1, 100, 100, 10, 50, NULL, 'OPEN_LATE', '', 't1', 'u1', 'breached')""",
    "INSERT INTO events VALUES ('demo', 'ECS', '0000000000000001', 1, 100, 'old run', 'opened', '', 'open', '')",
    f"INSERT INTO leases VALUES ('demo', 'old run', {instant_of(BEGIN + timedelta(minutes=5))})",
)


def revision(store: Store) -> str | None:
    with store._engine.connect() as connection:
        return migrate.revision_of(connection)


def test_a_store_that_a_newer_version_wrote_is_refused_and_left_alone(url: str) -> None:
    with open_store(url) as store, store._engine.begin() as connection:
        connection.execute(text(f"UPDATE {REVISION_TABLE} SET version_num = 'r9999'"))
    with pytest.raises(StoreNewer, match=f"schema is r9999, this Clausewatch knows it up to {REVISION}"):
        open_store(url)


def test_a_migration_that_fails_half_way_leaves_nothing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no")

    with monkeypatch.context() as patch:
        patch.setattr("alembic.operations.Operations.execute", broken)
        with pytest.raises(RuntimeError):
            open_store(url)
    engine = create_engine(url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()
    open_store(url).close()


def test_many_may_open_an_empty_store_at_once(url: str) -> None:
    errors: list[BaseException] = []
    ready = threading.Barrier(6)

    def enter() -> None:
        try:
            ready.wait()
            open_store(url, wait_s=20).close()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test tells
            errors.append(error)

    threads = [threading.Thread(target=enter) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with open_store(url) as store:
        assert audit(store, "r1", 100, [Row(1)])


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "folder" / "a.db"
    with open_store(f"sqlite:///{file}") as store:
        audit(store, "r1", 100, [Row(1)])
        assert {stat.S_IMODE(one.stat().st_mode) for one in file.parent.iterdir()} == {0o600}


@pytest.mark.parametrize("url", ["", "nonsense", "sqlite://", "sqlite:///:memory:", "mysql+pymysql://h/d"])
def test_an_address_that_cannot_hold_a_store_is_wrong_use(url: str) -> None:
    with pytest.raises(WrongUse, match="sqlite:///"):
        open_store(url)


def test_a_file_that_is_something_else_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "report.pdf"
    file.write_bytes(b"%PDF-1.7 something else entirely" * 100)
    before = file.read_bytes()
    with pytest.raises(StoreUnreadable, match=r"not a store.*report\.pdf"):
        open_store(f"sqlite:///{file}")
    assert file.read_bytes() == before


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnreachable, match=r"file/a\.db"):
        open_store(f"sqlite:///{tmp_path}/file/a.db")


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    with pytest.raises(StoreUnreachable, match=r"user:\*\*\*@127\.0\.0\.1:1/store") as caught:
        open_store("postgresql://user:hidden@127.0.0.1:1/store")
    assert "hidden" not in str(caught.value)


def test_a_refused_login_and_a_missing_database_are_named(postgres_database: Database) -> None:
    refused = postgres_database.url.replace("only-on-loopback", "wrong")
    missing = postgres_database.url.replace(postgres_database.name, "nowhere")
    for address, found in ((refused, "password authentication failed"), (missing, "does not exist")):
        with pytest.raises(StoreUnreachable, match=found) as caught:
            open_store(address)
        assert "wrong@" not in str(caught.value)


def test_a_role_that_may_only_read_is_refused(postgres_database: Database, postgres_reader: Database) -> None:
    with pytest.raises(StoreUnreachable, match="may not do this"):
        open_store(postgres_reader.url)
    open_store(postgres_database.url).close()
    with open_store(postgres_reader.url) as store, pytest.raises(StoreUnreachable, match="may not do this"):
        audit(store, "r1", 100, [Row(1)])


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Somebody else writes and does not end."""
    engine = create_engine(url)
    with engine.connect() as connection:
        statement = "LOCK TABLE leases, runs IN ACCESS EXCLUSIVE MODE"
        if connection.dialect.name == "sqlite":
            connection.connection.driver_connection.isolation_level = None  # type: ignore[union-attr]
            statement = "BEGIN IMMEDIATE"
        connection.exec_driver_sql(statement)
        try:
            yield
        finally:
            connection.rollback()
    engine.dispose()


def test_a_locked_store_is_said_to_be_locked(url: str) -> None:
    with open_store(url, wait_s=1) as store:
        with locked(url), pytest.raises(StoreBusy, match="run again"):
            audit(store, "r1", 100, [Row(1)])
        assert audit(store, "r1", 100, [Row(1)])


def test_a_run_waits_for_a_lease_even_while_the_store_is_locked(url: str) -> None:
    with open_store(url, wait_s=1) as store:
        somebody = locked(url)
        somebody.__enter__()
        pauses: list[float] = []

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            somebody.__exit__(None, None, None)

        with store.lease(SOURCE, "r1", Clock(), pause=pause):
            assert len(pauses) == 1


def nothing_is_half_written(store: Store) -> None:
    """The run that failed began, and nothing of it is known; then there is room again."""
    assert store.runs(SOURCE)["state"].tolist() == ["started"]
    assert store.findings(SOURCE, STANDARDS).empty
    assert store.events(SOURCE, STANDARDS).empty
    assert store.notices(SOURCE).empty
    assert store.pending_mails() == []
    assert store.counts(SOURCE, STANDARDS).empty


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    with open_store(url) as store:
        pages = []

        def shrink(connection: sqlite3.Connection, *_: object) -> None:
            pages.append(connection.execute("PRAGMA max_page_count = 45").fetchone()[0])

        event.listen(store._engine, "checkout", shrink)
        with pytest.raises(StoreFull, match=r"disk that holds the store is full.*a\.db"):
            audit(store, "r1", 100, ROWS)
        event.remove(store._engine, "checkout", shrink)
        assert pages[0] == 45
        nothing_is_half_written(store)
    with open_store(url) as store:
        assert audit(store, "r1", 100, ROWS)
        assert len(store.findings(SOURCE, STANDARDS)) == len(store.pending_mails()) == 200


def limited(url: str, size: int) -> str:
    """What a process prints that audits with files limited to this size."""
    code = f"""
import resource
from audits.errors import ClausewatchError
from tasks.store import open_store
from tests.store_world import audit
from tests.life_oracle import Row
with open_store({url!r}) as store:
    resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))
    try:
        audit(store, "r1", 100, [Row(n) for n in range(200)])
    except ClausewatchError as error:
        print(type(error).__name__, error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


def test_a_file_that_may_not_grow_leaves_nothing_half_written(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    open_store(url).close()
    size = (tmp_path / "a.db").stat().st_size
    assert limited(url, size + 40_000).startswith("StoreFull")
    with open_store(url) as store:
        nothing_is_half_written(store)
        assert audit(store, "r1", 100, ROWS)


def test_a_server_without_room_leaves_nothing_half_written(postgres_database: Database) -> None:
    full = (
        "BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END"
    )
    with open_store(postgres_database.url) as store:
        run_sql(
            postgres_database,
            f"CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ {full} $$",
            "CREATE TRIGGER full_disk BEFORE INSERT ON notices EXECUTE FUNCTION full_disk()",
        )
        with pytest.raises(StoreFull, match="no room left"):
            audit(store, "r1", 100, [Row(1)])
        nothing_is_half_written(store)
        run_sql(postgres_database, "DROP TRIGGER full_disk ON notices")
        assert audit(store, "r1", 100, [Row(1)])


def test_a_connection_that_broke_is_said_so_and_the_next_one_works(postgres_database: Database) -> None:
    with open_store(postgres_database.url) as store:
        kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'clausewatch'"
        opened = store._write()
        connection = opened.__enter__()
        run_sql(postgres_database, kill)
        with pytest.raises(DBAPIError) as broke:
            connection.execute(text("SELECT 1"))
        with pytest.raises(StoreUnreachable, match="run again"):
            opened.__exit__(type(broke.value), broke.value, None)
        assert audit(store, "r1", 100, [Row(1)])


def test_an_error_never_shows_what_was_written(store: Store) -> None:
    statement = text("INSERT INTO nowhere VALUES (:address)").bindparams(address="e0014@demo.example")
    with store._write() as connection, pytest.raises(DBAPIError) as caught:
        connection.execute(statement)
    assert "nowhere" in str(caught.value)
    assert "e0014@demo.example" not in str(caught.value)
