"""What `deploy/` gives to whoever installs: units that name real commands, and roles that see only their own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import psycopg
import pytest
import typer
import yaml

from audits.errors import WrongUse
from audits.instants import instant_of
from config.clock import now
from config.schedules import load_schedules
from config.settings import load_settings
from flows.cli import app
from flows.serving.deploying import POOL, prefect_yaml
from flows.serving.expected import lay, look_round
from flows.serving.minding import Minder, mind_deployed
from tasks.store import open_store
from tasks.store.expected import Key
from tests.flow_house import change, copy_house, each_day_far_from_now, goes_on, store_of
from tests.house import House
from tests.servers import postgres, prefect_server
from tests.servers.databases import Database

DEPLOY: Final = Path(__file__).parents[1] / "deploy"
UNITS: Final = sorted(DEPLOY.glob("*.service"))
#: One audit a day, and nothing that falls due while a test runs.
NIGHTLY: Final = f"""
schema: 1
schedules:
  nightly: {{flow: audit, cron: "{each_day_far_from_now()}"}}
"""
#: What every unit does without.
CLOSED: Final = {
    "UMask": "0077",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "PrivateDevices": "yes",
    "RestrictNamespaces": "yes",
    "ProtectHostname": "yes",
    "RemoveIPC": "yes",
    "RestrictRealtime": "yes",
    "SystemCallArchitectures": "native",
    "SystemCallFilter": "@system-service ~@privileged",
}
#: What `clausewatch` sets for itself; Prefect's and Dask's own programs take it from their unit.
QUIET: Final = {"DO_NOT_TRACK=1", "PREFECT_SERVER_ANALYTICS_ENABLED=false"}


def unit(path: Path) -> dict[str, dict[str, str]]:
    """Sections of a unit; what is said in several lines is joined by spaces."""
    sections: dict[str, dict[str, str]] = {}
    for line in path.read_text("utf-8").replace("\\\n", " ").splitlines():
        key, equals, value = line.partition("=")
        if line.startswith("["):
            said = sections.setdefault(line.strip("[]"), {})
        elif equals and not line.startswith("#"):
            said[key] = " ".join(filter(None, (said.get(key), value)))
    return sections


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_starts_a_command_that_there_is(path: Path) -> None:
    known: Any = typer.main.get_command(app)
    service = unit(path)["Service"]
    for key in ("ExecStart", "ExecStartPre"):
        program, *words = service.get(key, "/.venv/bin/clausewatch up").split()
        assert Path(program).parent.as_posix().endswith("/.venv/bin")
        if Path(program).name == "clausewatch":
            assert words[0] in known.commands
        elif Path(program).name == "prefect":
            assert words[:2] in (["server", "start"], ["worker", "start"])
        else:
            assert (Path(program).name, words[0]) in (("dask", "scheduler"), ("dask", "worker"))


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_is_a_guest_with_the_least(path: Path) -> None:
    service = unit(path)["Service"]
    assert {key: service.get(key) for key in CLOSED} == CLOSED
    folders = {"/opt/clausewatch/out", "/opt/clausewatch/state"}
    assert set(service["ReadWritePaths"].split()) <= folders
    assert service["User"] == "clausewatch"
    if path.stem != "clausewatch":
        assert set(service["Environment"].split()) >= QUIET, "nothing calls out"


def test_the_example_of_an_environment_holds_no_secret_and_names_real_settings() -> None:
    from pydantic import SecretStr

    from config.settings import PREFIX, Settings

    lines = (DEPLOY / "environment.example").read_text("utf-8").splitlines()
    given = dict(
        line.lstrip("#").split("=", 1) for line in lines if "=" in line and not line.startswith("# ")
    )
    ours = {name.removeprefix(PREFIX).lower() for name in given if name.startswith(PREFIX)}
    assert ours <= set(Settings.model_fields), "settings that there are"
    hidden = {name for name, field in Settings.model_fields.items() if field.annotation is SecretStr}
    assert ours >= hidden | {"log_format", "metrics_port", "cluster"}, "secrets, and what differs by machine"
    words = ("PASSWORD", "KEY", "WEBHOOK")
    secrets = [value for name, value in given.items() if "@" in value or any(word in name for word in words)]
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


@pytest.fixture(scope="module")
def server(databases: tuple[Database, Database], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Prefect's server as several machines use it, with a work pool."""
    url = databases[1].url.replace("+psycopg", "+asyncpg")
    with prefect_server.prefect_server(tmp_path_factory.mktemp("prefect"), url) as api:
        made = httpx.post(f"{api}/work_pools/", json={"name": POOL, "type": "process"}, timeout=20)
        assert made.status_code == 201, made.text
        yield api


@pytest.fixture
def house(
    databases: tuple[Database, Database],
    server: str,
    demo_built: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[House]:
    """An installation whose own file of settings says all but the secrets; nobody works in its folder."""
    (tmp_path / "home").mkdir()
    house = copy_house(demo_built, tmp_path / "home")
    goes_on(house)
    change(house.folder / "clausewatch.yaml", ("config/schedules.yaml", "schedules.yaml"))
    (house.folder / "schedules.yaml").write_text(NIGHTLY, encoding="utf-8")
    house.env["CLAUSEWATCH_STORE_URL"] = databases[0].url
    house.env |= {"CLAUSEWATCH_HOME": str(house.folder), "PREFECT_API_URL": server}
    house.enter(monkeypatch)
    with prefect_server.pointed_at(server):
        yield house


def prefect(house: House, *words: str, folder: Path) -> str:
    """What Prefect's own tool says, called in this folder."""
    command = [sys.executable, "-m", "prefect", "--no-prompt", *words]
    env = {**os.environ, **house.env}
    done = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_prefects_server_keeps_its_runs_there(databases: tuple[Database, Database], server: str) -> None:
    with closing(psycopg.connect(databases[1].dsn)) as own:
        assert own.execute("SELECT name FROM work_pool").fetchall() == [(POOL,)]


def test_prefects_server_takes_the_rule_for_runs_that_nobody_hears_of(server: str) -> None:
    rule = yaml.safe_load((DEPLOY / "lost-runs.yaml").read_text("utf-8"))
    made = httpx.post(f"{server}/automations/", json=rule, timeout=20)
    assert made.status_code == 201, made.text
    assert made.json()["actions"][0]["state"] == "CRASHED"
    beats = unit(DEPLOY / "clausewatch-worker.service")["Service"]["Environment"]
    assert "PREFECT_FLOWS_HEARTBEAT_FREQUENCY=30" in beats.split()


def test_a_worker_elsewhere_makes_good_for_the_night_that_nobody_served(
    house: House, server: str, tmp_path: Path
) -> None:
    settings = load_settings()
    schedules = load_schedules(settings)
    with pytest.raises(WrongUse, match="not deployed: nightly"):
        mind_deployed(settings, print)
    (house.folder / "prefect.yaml").write_text(prefect_yaml(schedules), encoding="utf-8")
    prefect(house, "deploy", "--all", folder=house.folder)
    with store_of(house) as store:
        lay(store, schedules, now() - timedelta(days=1))
    said: list[str] = []
    mind_deployed(settings, said.append)
    assert ["nightly" in line for line in said] == [True]
    (tmp_path / "worker").mkdir()
    told = prefect(house, "worker", "start", "--pool", POOL, "--run-once", folder=tmp_path / "worker")
    runs = httpx.post(
        f"{server}/flow_runs/filter", json={"flow_runs": {"tags": {"all_": ["catch-up"]}}}
    ).json()
    assert [run["state_type"] for run in runs] == ["COMPLETED"], told
    with store_of(house) as store:
        nights = store.expected.rows(schedule="nightly", until=now())
        assert {row.state for row in nights} <= {"done", "covered"}
        assert nights[-1].run == runs[0]["id"]
        assert list(store.runs("demo")["state"]) == ["finished"] * len({row.key.period for row in nights})
        assert len(store.findings("demo", "ECS"))
    assert [sorted(path.name for path in run.glob("report.*")) for run in house.runs]
    assert not list((tmp_path / "worker").iterdir())


def test_a_run_that_died_on_another_machine_is_noticed_by_what_prefect_knows_of_it(
    house: House, server: str
) -> None:
    settings = load_settings()
    schedules = load_schedules(settings)
    made = httpx.post(f"{server}/flows/", json={"name": "gone"}).json()
    crashed = {"flow_id": made["id"], "state": {"type": "CRASHED", "name": "Crashed"}}
    run = httpx.post(f"{server}/flow_runs/", json=crashed).json()["id"]
    with store_of(house) as store:
        store.process = "another-machine:1:1:x"
        key = Key("nightly", "demo", instant_of(now()), "2026-11")
        store.expected.add(key, "audit")
        assert store.expected.begin([key], now(), run) == [key]
        assert look_round(store, schedules, settings, now()) == []
    Minder(settings, {}, print).begin()
    with store_of(house) as store:
        (row,) = [row for row in store.expected.rows() if row.key == key]
    assert (row.state, row.alarm, row.noted) == ("late", "killed", "its process is gone")
