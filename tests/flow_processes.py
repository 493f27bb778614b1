"""Processes of an installation, found by the Prefect home in their environment, whoever started them."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from tests.house import House


def processes_of(house: House) -> list[int]:
    """Every process that works for this house."""
    wanted = f"PREFECT_HOME={house.env['PREFECT_HOME']}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # gone meanwhile
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return found


def gone(house: House, seconds: float) -> bool:
    """Whether all of them end by themselves in this time."""
    deadline = time.monotonic() + seconds
    while processes_of(house) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not processes_of(house)


def reap(house: House) -> None:
    """End what is left: a server that lost its client lives on."""
    for pid in processes_of(house):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    gone(house, 20)
