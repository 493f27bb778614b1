"""``clausewatch up``: Prefect's server, its UI and every schedule on one machine, until stopped."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, cast

from audits.errors import ClausewatchError
from config.clock import now
from config.schedules import Schedules
from config.settings import Settings

if TYPE_CHECKING:
    from prefect.runner import Runner

    from flows.serving.ended import Ended
    from flows.serving.minding import Minder

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


def serve_all(schedules: Schedules, settings: Settings, say: Callable[[str], None], ui: str) -> None:
    """Serve every schedule and mind the ledger of expected runs, until the process is stopped.

    Stopping does not pause the schedules, and one run at a time is served, in the order in which they fell due.

    Args:
        say: is told what the ledger noticed, which runs have ended, and in the end how many.
        ui: address of Prefect's UI.
    """
    from prefect.client.schemas.schedules import CronSchedule
    from prefect.runner import Runner
    from prefect.types.entrypoint import EntrypointType

    from flows.run_alarm import ALARM, alarm
    from flows.served import FLOWS
    from flows.serving.ended import Ended
    from flows.serving.minding import Minder

    runner = Runner(pause_on_shutdown=False, limit=1)
    runner.handle_sigterm = _interrupt  # type: ignore[method-assign]  # its own ends in the middle of things
    served = {}
    for name, one in schedules.by_name.items():
        made = FLOWS[one.flow].to_deployment(
            name,
            schedules=[CronSchedule(cron=one.cron, timezone=one.rule.zone)],
            parameters=one.parameters,
            tags=["clausewatch"],
            entrypoint_type=EntrypointType.MODULE_PATH,
        )
        # Away from a running loop neither is ever the coroutine that its type allows for.
        served[name] = cast("Any", runner.add_deployment(cast("Any", made)))
    raised = alarm.to_deployment(ALARM, tags=[ALARM], entrypoint_type=EntrypointType.MODULE_PATH)
    runner.add_deployment(cast("Any", raised))
    _automate(schedules, settings, say)
    minder = Minder(settings, served, say)
    minder.begin()
    ended = Ended(ui, say)
    try:
        asyncio.run(_until_stopped(runner, minder, ended))
    finally:
        ended.look()
        say(ended.closing())


def _automate(schedules: Schedules, settings: Settings, say: Callable[[str], None]) -> None:
    """What the server itself is to tell; where that fails, the schedules are served all the same."""
    from httpx import HTTPError
    from prefect.exceptions import PrefectException

    from flows.serving.automations import apply

    try:
        for line in apply(settings, timedelta(microseconds=schedules.late_after)):
            if not line.startswith("same"):
                say(f"automation {line}")
    except (HTTPError, PrefectException, ClausewatchError) as error:
        why = error if isinstance(error, ClausewatchError) else type(error).__name__
        say(f"the automations could not be made: {why}; what is served is not touched")


def speaker(log_format: str) -> Callable[[str], None]:
    """Prints a line of ours: as it is, or as an object with ``at``, ``level`` and ``message``."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    if log_format == "text":
        return lambda line: console.print(line, soft_wrap=True)

    def as_json(line: str) -> None:
        said = {"at": now().isoformat(), "level": "INFO", "message": Text.from_markup(line).plain}
        sys.stdout.write(json.dumps(said, ensure_ascii=False) + "\n")
        sys.stdout.flush()

    return as_json


async def _until_stopped(runner: "Runner", minder: "Minder", ended: "Ended") -> None:
    async with asyncio.TaskGroup() as all_three:
        all_three.create_task(runner.start())
        all_three.create_task(minder.mind())
        all_three.create_task(ended.tell())
