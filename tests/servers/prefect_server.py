"""A private Prefect server: its own home, its own SQLite file, its own port, and no calls to the outside."""

import os
import shutil
import sqlite3
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from filelock import FileLock

from tests.servers.processes import LOOPBACK, free_port, running

_ROOT: Final = Path(__file__).resolve().parents[2]
#: A home after the first start of a server, kept for this version of Prefect.
_STARTED_ONCE: Final = _ROOT / ".cache" / f"prefect-{version('prefect')}"

#: Nothing leaves the machine (no telemetry, analytics, advertisements in the UI), and a slow first start of
#: an ephemeral server, when a test runs a flow without this one, is not a failure.
SETTINGS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
}


def furnish(home: Path) -> Path:
    """Give a home what the first start of a server leaves there: every table, and not a single run.

    That start takes a server five seconds of work; only tests of a new machine want it to. The home.
    """
    _STARTED_ONCE.parent.mkdir(exist_ok=True)
    with FileLock(f"{_STARTED_ONCE}.lock"):
        if not _STARTED_ONCE.exists():
            _start_once(_STARTED_ONCE)
    return shutil.copytree(_STARTED_ONCE, home, dirs_exist_ok=True)


def _start_once(kept: Path) -> None:
    with TemporaryDirectory(prefix="prefect-once-") as name:
        folder, made = Path(name), kept.with_suffix(".made")
        with _started(folder, ""):
            pass
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir()
        with closing(sqlite3.connect(folder / "prefect.db")) as database:
            database.execute("VACUUM INTO ?", (str(made / "prefect.db"),))
        shutil.copy(folder / "memo_store.toml", made)
        made.rename(kept)


@contextmanager
def prefect_server(folder: Path, database: str = "") -> Iterator[str]:
    """The API address (`http://127.0.0.1:PORT/api`) of a server that keeps everything in the folder.

    Args:
        folder: its home.
        database: async SQLAlchemy URL of the database it uses instead of an SQLite file in the folder.
    """
    if not database:
        furnish(folder)
    with _started(folder, database) as api:
        yield api


@contextmanager
def _started(folder: Path, database: str) -> Iterator[str]:
    port = free_port()
    api = f"http://{LOOPBACK}:{port}/api"
    argv = [sys.executable, "-m", "prefect", "server", "start", "--host", LOOPBACK, "--port", str(port)]
    with running(
        argv, lambda: _healthy(api), folder=folder, env=_environment(folder, port, database), seconds=180
    ):
        yield api


@contextmanager
def pointed_at(api: str) -> Iterator[None]:
    """This process works with that server meanwhile, and with none afterwards.

    What waits to be sent goes to the server of its time: before, to the one of an earlier test; at the end, to
    this one while it is there.
    """
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker
    from prefect.settings import PREFECT_API_URL, temporary_settings

    def drain() -> None:
        for worker in (APILogWorker, EventsWorker):
            worker.drain_all(timeout=20)

    drain()
    with temporary_settings({PREFECT_API_URL: api}):
        try:
            yield
        finally:
            drain()


def _environment(folder: Path, port: int, database: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    database = database or f"sqlite+aiosqlite:///{folder / 'prefect.db'}"
    return (
        kept
        | SETTINGS
        | {
            "PREFECT_HOME": str(folder),
            "PREFECT_API_DATABASE_CONNECTION_URL": database,
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": database,
            "PREFECT_API_URL": f"http://{LOOPBACK}:{port}/api",
            "PREFECT_SERVER_API_HOST": LOOPBACK,
            "PREFECT_SERVER_API_PORT": str(port),
        }
    )


def _healthy(api: str) -> bool:
    try:
        with urllib.request.urlopen(f"{api}/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
