"""Telling a process that died from one that is slow, so that nobody waits for the dead.

Only this host is asked; what runs elsewhere is taken for alive until its lease or claim runs out. A wrong
guess does no harm: whoever is taken for dead finds that out before it writes or sends anything.
"""

import os
import socket
from contextlib import suppress
from pathlib import Path
from secrets import token_hex


def own_name() -> str:
    """Name of this process: host, number, start (numbers are used again), and a token of this store."""
    pid = os.getpid()
    return f"{socket.gethostname()}:{pid}:{_start(pid)}:{token_hex(4)}"


def is_dead(name: str) -> bool:
    """Whether the process of that name ran on this host and is gone."""
    host, _, rest = name.rpartition(":")[0].partition(":")
    pid, _, start = rest.partition(":")
    return host == socket.gethostname() and start not in ("", "?", _start(int(pid)))


def _start(pid: int) -> str:
    """When the process began, in the kernel's ticks; "" when it is gone, "?" where nobody can tell."""
    if not Path("/proc/self/stat").exists():
        return "?"
    with suppress(OSError):
        told = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        # A process that ended and was not fetched by its parent still has an entry.
        return "" if told[0] in "ZX" else told[19]
    return ""
