"""The page "connect your CRM", done as it says on a real PostgreSQL; its other role on a real MariaDB."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pymysql
import pytest
from sqlalchemy import create_engine

from tasks.crm.privileges import write_privileges
from tests.house import ROOT
from tests.pages import blocks, follow
from tests.servers.databases import Database

PAGE = ROOT / "docs" / "connect.md"
HELPDESK = ROOT / "tests" / "pages_helpdesk.sql"
READER = "clausewatch_reader"
PASSWORD = "choose-one"


def statements(text: str) -> list[str]:
    return [part.strip() for part in text.split(";\n") if part.strip()]


def on_postgres(database: Database, text: str) -> None:
    with closing(psycopg.connect(database.dsn, autocommit=True)) as connection:
        for statement in statements(text):
            connection.execute(statement.encode())


@pytest.fixture
def helpdesk(postgres_database: Database) -> Iterator[Database]:
    on_postgres(postgres_database, HELPDESK.read_text(encoding="utf-8"))
    yield postgres_database
    on_postgres(postgres_database, f"DROP OWNED BY {READER};\nDROP ROLE {READER};\n")


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    """A folder as a newcomer has it."""
    shutil.copytree(ROOT / "config", tmp_path / "config", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "clausewatch.yaml", tmp_path)
    return tmp_path


def test_the_page_does_what_it_says_on_postgresql(helpdesk: Database, installation: Path) -> None:
    def sql(name: str, text: str) -> None:
        if name == "postgresql":
            on_postgres(helpdesk, text)

    env = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    env |= {
        "HELPDESK_URL": replace(helpdesk, user=READER, password=PASSWORD).dsn,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}",
        "PREFECT_HOME": str(installation / "prefect"),
        "COLUMNS": "120",
    }

    assert follow(PAGE, installation, env, sql) >= 9


@contextmanager
def mariadb_role(database: Database) -> Iterator[Database]:
    """The page's role for MySQL and MariaDB, made by the server's owner."""
    text = next(block.text for block in blocks(PAGE) if block.what == "mariadb")
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
