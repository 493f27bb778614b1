"""A private MariaDB from Debian's package; it is the one database that no PyPI package carries."""

import itertools
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pymysql

from tests.servers.databases import Database
from tests.servers.processes import LOOPBACK, free_port, run_as, running, server_folder, server_user

NOT_INSTALLED = "MariaDB is not installed (Debian package mariadb-server-core)"
_PASSWORD = "only-on-loopback"
_numbers = itertools.count(1)


def mariadb_program() -> Path | None:
    """The server's program, or None where MariaDB is not installed."""
    found = shutil.which("mariadbd", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    return Path(found) if found else None


@contextmanager
def mariadb_server() -> Iterator[Database]:
    """A running server, seen by a user with every right; no binary log, no durability.

    Raises:
        RuntimeError: MariaDB is not installed.
    """
    program = mariadb_program()
    if program is None:
        raise RuntimeError(NOT_INSTALLED)
    user, port = server_user(), free_port()
    with server_folder("mariadb") as folder:
        _create_data(folder, user)
        server = Database("mariadb", LOOPBACK, port, "mysql", "clausewatch", _PASSWORD)
        argv = [str(program), *_settings(folder, port)]
        with running(argv, lambda: _accepts_logins(server), folder=folder, user=user):
            yield server


@contextmanager
def fresh_mariadb_database(server: Database) -> Iterator[Database]:
    """An empty utf8mb4 database, dropped at the end."""
    name = f"test_{next(_numbers)}"
    run_sql(server, f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    try:
        yield replace(server, name=name)
    finally:
        run_sql(server, f"DROP DATABASE {name}")


@contextmanager
def mariadb_reader(database: Database) -> Iterator[Database]:
    """The same database seen by a user who may only read it."""
    user = f"{database.name}_reader_{next(_numbers)}"
    run_sql(
        database,
        f"CREATE USER '{user}'@'%' IDENTIFIED BY '{_PASSWORD}'",
        f"GRANT SELECT ON {database.name}.* TO '{user}'@'%'",
    )
    try:
        yield replace(database, user=user)
    finally:
        run_sql(database, f"DROP USER '{user}'@'%'")


def run_sql(database: Database, *statements: str) -> None:
    """Run each statement by itself, committed at once."""
    connection = pymysql.connect(
        host=database.host,
        port=database.port,
        user=database.user,
        password=database.password,
        database=database.name,
        autocommit=True,
    )
    with closing(connection), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _create_data(folder: Path, user: str | None) -> None:
    grant = folder / "grant.sql"
    grant.write_text(
        f"CREATE USER 'clausewatch'@'%' IDENTIFIED BY '{_PASSWORD}';\n"
        "GRANT ALL PRIVILEGES ON *.* TO 'clausewatch'@'%' WITH GRANT OPTION;\n"
    )
    grant.chmod(0o644)  # the folder itself is closed to everybody else
    install = ["mariadb-install-db", "--no-defaults", f"--datadir={folder / 'data'}", "--skip-test-db"]
    run_as(user, [*install, "--auth-root-authentication-method=normal", "--skip-name-resolve"], folder)


def _settings(folder: Path, port: int) -> list[str]:
    return [
        "--no-defaults",
        f"--datadir={folder / 'data'}",
        f"--init-file={folder / 'grant.sql'}",
        f"--bind-address={LOOPBACK}",
        f"--port={port}",
        f"--socket={folder / 'socket'}",
        f"--pid-file={folder / 'pid'}",
        f"--tmpdir={folder}",
        "--skip-name-resolve",
        "--skip-log-bin",
        "--innodb-flush-log-at-trx-commit=0",
        "--innodb-fast-shutdown=2",
        "--character-set-server=utf8mb4",
        "--default-time-zone=+00:00",
    ]


def _accepts_logins(server: Database) -> bool:
    try:
        run_sql(server, "SELECT 1")
    except pymysql.OperationalError:
        return False
    return True
