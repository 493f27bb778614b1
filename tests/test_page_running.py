"""The pages "connect your CRM" and "running", done as they say, one after the other, in one house on a real PostgreSQL.

What each command took stands in the test's output and among its properties.
"""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import psycopg
import pymysql
import pytest
from sqlalchemy import create_engine

from tasks.crm.privileges import write_privileges
from tests.flow_house import each_day_far_from_now
from tests.house import ROOT
from tests.pages import Took, blocks, follow
from tests.servers.databases import Database
from tests.servers.postgres import fresh_postgres_database
from tests.servers.processes import free_port

CONNECT = ROOT / "docs" / "connect.md"
RUNNING = ROOT / "docs" / "running.md"
HELPDESK = ROOT / "tests" / "pages_helpdesk.sql"
READER = "clausewatch_reader"
PASSWORD = "choose-one"


def statements(text: str) -> list[str]:
    return [part.strip() for part in text.split(";\n") if part.strip()]


def on_postgres(database: Database, text: str) -> None:
    with closing(psycopg.connect(database.dsn, autocommit=True)) as connection:
        for statement in statements(text):
            connection.execute(statement.encode())


class Followed(NamedTuple):
    """A house that was connected as the page says, the environment of its commands, and what they took."""

    folder: Path
    env: Mapping[str, str]
    took: list[Took]


@pytest.fixture(scope="module")
def helpdesk(postgres_server: Database) -> Iterator[Database]:
    with fresh_postgres_database(postgres_server) as database:
        on_postgres(database, HELPDESK.read_text(encoding="utf-8"))
        yield database
        on_postgres(database, f"DROP OWNED BY {READER};\nDROP ROLE {READER};\n")


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a newcomer has it; only that no report falls due, and is withheld, while the page is followed."""
    folder = tmp_path_factory.mktemp("srv") / "clausewatch"
    shutil.copytree(ROOT / "config", folder / "config", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "clausewatch.yaml", folder)
    schedules = folder / "config" / "schedules.yaml"
    far = rf'\1"{each_day_far_from_now()}"'
    text, reports = re.subn(r'(flow: report, cron: )"[^"]*"', far, schedules.read_text(encoding="utf-8"))
    assert reports
    schedules.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def connected(helpdesk: Database, installation: Path) -> Followed:
    def sql(name: str, text: str) -> None:
        if name == "postgresql":
            on_postgres(helpdesk, text)

    env = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    env |= {
        "HELPDESK_URL": replace(helpdesk, user=READER, password=PASSWORD).dsn,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}",
        "PREFECT_HOME": str(installation / "prefect"),
        "CLAUSEWATCH_UP_PORT": str(free_port()),
        "COLUMNS": "120",
    }
    return Followed(installation, env, follow(CONNECT, installation, env, sql))


def test_a_crm_is_connected_as_the_page_says(
    connected: Followed, record_property: Callable[[str, object], None]
) -> None:
    for one in connected.took:
        record_property(one.command, round(one.seconds, 1))

    assert len(connected.took) >= 9


def test_a_house_runs_by_itself_is_kept_and_restored_as_the_page_says(
    connected: Followed, record_property: Callable[[str, object], None]
) -> None:
    took = follow(RUNNING, connected.folder, connected.env, lambda name, text: None)
    for one in took:
        record_property(one.command, round(one.seconds, 1))

    assert len(took) >= 15


@contextmanager
def mariadb_role(database: Database) -> Iterator[Database]:
    """The page's role for MySQL and MariaDB, made by the server's owner."""
    text = next(block.text for block in blocks(CONNECT) if block.what == "mariadb")
    with closing(
        pymysql.connect(
            host=database.host, port=database.port, user=database.user, password=database.password,
            database=database.name, autocommit=True,
        )
    ) as connection, connection.cursor() as cursor:  # fmt: skip
        for statement in statements(HELPDESK.read_text(encoding="utf-8")) + statements(text):
            cursor.execute(statement)
        yield replace(database, user=READER, password=PASSWORD)
        cursor.execute(f"DROP USER '{READER}'@'127.0.0.1'")


def test_the_role_of_mysql_and_mariadb_reads_and_cannot_write(mariadb_database: Database) -> None:
    with mariadb_role(mariadb_database) as role:
        engine = create_engine(role.url)
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM tickets").scalar_one() == 8
        assert write_privileges(engine) == []
        engine.dispose()
