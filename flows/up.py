"""``clausewatch up``: Prefect's server, its UI and the nightly audit on one machine, until stopped."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from audits.errors import ClausewatchError
from config.settings import Settings

_WAIT_S: Final = 120


class ServerDidNotStart(ClausewatchError):
    """Prefect's server did not answer in time."""


@contextmanager
def server(port: int, log: Path) -> Iterator[str]:
    """Prefect's server and UI on loopback; gives its API's address, and stops it at the end.

    Raises:
        ServerDidNotStart: it ended, or did not answer within two minutes.
    """
    api = f"http://127.0.0.1:{port}/api"
    told = {
        "PREFECT_SERVER_API_HOST": "127.0.0.1",
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_API_URL": api,
    }
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with (
        log.open("ab") as out,
        subprocess.Popen(  # noqa: S603  # our own interpreter
            command, env={**os.environ, **told}, stdout=out, stderr=out
        ) as process,
    ):
        try:
            _wait(api, process, log)
            yield api
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(api: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(_WAIT_S * 2):
        if process.poll() is not None:
            raise ServerDidNotStart(
                "Prefect's server ended at once", str(log), "read the log; is the port taken?"
            )
        try:
            with urllib.request.urlopen(f"{api}/health", timeout=2):  # noqa: S310  # our own loopback address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise ServerDidNotStart("Prefect's server did not answer in two minutes", str(log), "read the log")


def serve_nightly(settings: Settings, zone: str, cron: str | None = None) -> None:
    """Serve the nightly audit by its cron until the process is stopped.

    Stopping does not pause the schedule, and one run at a time is served: what was missed is caught up in
    order.
    """
    from prefect.client.schemas.schedules import CronSchedule

    from flows.nightly_audit import nightly_audit

    schedule: Any = CronSchedule(cron=cron or settings.nightly, timezone=zone)
    nightly_audit.serve(
        name="nightly",
        schedules=[schedule],
        pause_on_shutdown=False,
        limit=1,
        tags=["clausewatch"],
        print_starting_message=False,
    )
