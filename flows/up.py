"""``clausewatch up``: Prefect's server, its UI and the nightly audit on one machine, until stopped."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final, cast

from audits.errors import ClausewatchError
from config.schedules import Schedules

_WAIT_S: Final = 120


class ServerDidNotStart(ClausewatchError):
    """Prefect's server did not answer in time."""


def api_of(port: int) -> str:
    """Address of the server's API; it must stand in the environment before Prefect is imported."""
    return f"http://127.0.0.1:{port}/api"


def refuse_taken(port: int) -> None:
    """Say at once what the server would say only in its log.

    Raises:
        ServerDidNotStart: somebody listens on this port already.
    """
    with socket.socket() as knock:
        if knock.connect_ex(("127.0.0.1", port)) == 0:
            do = "choose another --port, or stop what listens there; perhaps it is `clausewatch up` itself"
            raise ServerDidNotStart(f"the port {port} is taken", f"127.0.0.1:{port}", do)


@contextmanager
def server(port: int, log: Path) -> Iterator[None]:
    """Prefect's server and UI on loopback, from when it answers to the end.

    The server is out of the terminal's reach: Ctrl-C stops what is served first, and then the server. A
    service manager's SIGTERM does the same.

    Raises:
        ServerDidNotStart: it ended, or did not answer within two minutes.
    """
    api = api_of(port)
    told = {
        "PREFECT_SERVER_API_HOST": "127.0.0.1",
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_API_URL": api,
    }
    log.parent.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts background jobs without it
    signal.signal(signal.SIGTERM, _interrupt)
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with (
        log.open("ab") as out,
        subprocess.Popen(  # noqa: S603  # our own interpreter
            command, env={**os.environ, **told}, stdout=out, stderr=out, start_new_session=True
        ) as process,
    ):
        try:
            _wait(api, process, log)
            yield
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    os.kill(os.getpid(), signal.SIGINT)


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


def serve_all(schedules: Schedules) -> None:
    """Serve every schedule until the process is stopped.

    Stopping does not pause the schedules, and one run at a time is served: what was missed is caught up in
    order.
    """
    from prefect.client.schemas.schedules import CronSchedule
    from prefect.runner import Runner

    from flows.served import FLOWS

    runner = Runner(pause_on_shutdown=False, limit=1)
    runner.handle_sigterm = _interrupt  # type: ignore[method-assign]  # its own ends in the middle of things
    for name, one in schedules.by_name.items():
        if one.flow in FLOWS:
            schedule = CronSchedule(cron=one.cron, timezone=one.rule.zone)
            made = FLOWS[one.flow].to_deployment(name, schedules=[schedule], tags=["clausewatch"])
            # Away from a running loop it is never the coroutine that its type allows for.
            runner.add_deployment(cast("Any", made))
    asyncio.run(runner.start())
