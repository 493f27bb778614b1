"""What `deploy/` gives to whoever installs: units that name real commands, and roles that see only their own."""

import subprocess
from collections.abc import Iterator
from configparser import ConfigParser
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import httpx
import psycopg
import pytest
import typer

from flows.cli import app
from tasks.store import open_store
from tests.servers import postgres, prefect_server
from tests.servers.databases import Database

DEPLOY: Final = Path(__file__).parents[1] / "deploy"
UNITS: Final = sorted(DEPLOY.glob("*.service"))
#: What every unit does without.
CLOSED: Final = {
    "UMask": "0077",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
}


class _Unit(ConfigParser):
    def optionxform(self, optionstr: str) -> str:
        return optionstr


def unit(path: Path) -> ConfigParser:
    read = _Unit(interpolation=None)
    read.read_string(path.read_text("utf-8"))
    return read


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_starts_a_command_that_there_is(path: Path) -> None:
    known: Any = typer.main.get_command(app)
    service = unit(path)["Service"]
    for key in ("ExecStart", "ExecStartPre"):
        program, *words = service.get(key, "/.venv/bin/clausewatch up").split()
        assert Path(program).parent.as_posix().endswith("/.venv/bin")
        if Path(program).name == "clausewatch":
            assert words[0] in known.commands
        else:
            assert words[:2] in (["server", "start"], ["worker", "start"])


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_is_a_guest_with_the_least(path: Path) -> None:
    service = unit(path)["Service"]
    assert {key: service.get(key) for key in CLOSED} == CLOSED
    folders = {"/opt/clausewatch/out", "/opt/clausewatch/state"}
    assert set(service["ReadWritePaths"].split()) <= folders
    assert service["User"] == "clausewatch"


def test_the_example_of_an_environment_holds_no_secret_and_names_real_settings() -> None:
    from config.settings import PREFIX, Settings

    lines = (DEPLOY / "environment.example").read_text("utf-8").splitlines()
    given = dict(
        line.lstrip("#").split("=", 1) for line in lines if "=" in line and not line.startswith("# ")
    )
    ours = {name.removeprefix(PREFIX).lower() for name in given if name.startswith(PREFIX)}
    assert ours <= set(Settings.model_fields), "settings that there are"
    secrets = [value for name, value in given.items() if "PASSWORD" in name or "KEY" in name or "@" in value]
    assert secrets
    assert all("CHANGE-ME" in value for value in secrets)


@pytest.fixture(scope="module")
def databases() -> Iterator[tuple[Database, Database]]:
    """The store's and Prefect's, as `deploy/postgresql.sql` makes them."""
    if not postgres.postgres_programs("pg_trgm"):
        pytest.skip("Debian's postgresql is not installed")
    with postgres.postgres_server("pg_trgm") as server:
        psql = postgres.postgres_programs("pg_trgm")[0] / "psql"
        secrets = ["-v", "store_password=store'secret", "-v", "prefect_password=prefectsecret"]
        made = subprocess.run(
            [psql, "-X", "-q", *secrets, "-f", DEPLOY / "postgresql.sql", server.dsn],
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stderr
        store = replace(server, name="clausewatch", user="clausewatch", password="store'secret")
        prefect = replace(
            server, name="clausewatch_prefect", user="clausewatch_prefect", password="prefectsecret"
        )
        yield store, prefect


def test_the_store_opens_in_its_own_database_and_nobody_looks_into_anothers(
    databases: tuple[Database, Database],
) -> None:
    store, prefect = databases
    open_store(store.url).close()
    for role, other in ((store, prefect), (prefect, store)):
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(replace(role, name=other.name).dsn)
        with closing(psycopg.connect(role.dsn)) as own:
            rights = own.execute(
                "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
            assert rights == (False, False, False)


def test_prefects_server_keeps_its_runs_there(databases: tuple[Database, Database], tmp_path: Path) -> None:
    _, prefect = databases
    with prefect_server.prefect_server(tmp_path, prefect.url.replace("+psycopg", "+asyncpg")) as api:
        made = httpx.post(f"{api}/work_pools/", json={"name": "clausewatch", "type": "process"}, timeout=20)
        assert made.status_code == 201, made.text
    with closing(psycopg.connect(prefect.dsn)) as own:
        assert own.execute("SELECT name FROM work_pool").fetchall() == [("clausewatch",)]
