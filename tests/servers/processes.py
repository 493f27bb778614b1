"""Starting a server process and being sure that it is gone afterwards.

Every server gets a folder that its user can reach, a port of its own on loopback and a log. It dies with
the test run, even when that run is killed: the kernel sends it the stop signal when its parent goes away.
"""

import ctypes
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

LOOPBACK = "127.0.0.1"
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)
#: This process's own ports: below those that the kernel gives to whoever asks for any, and not the next process's.
_EACH_HAS = 50
_FIRST = 20_000 + os.getpid() % 240 * _EACH_HAS
_PORTS = itertools.cycle(range(_FIRST, _FIRST + _EACH_HAS))


def free_port() -> int:
    """A port on loopback that nobody listens on, nor is likely to before our server does.

    Raises:
        RuntimeError: all of this process's ports are taken.
    """
    for port in itertools.islice(_PORTS, _EACH_HAS):
        with socket.socket() as probe, suppress(OSError):
            probe.bind((LOOPBACK, port))
            return port
    message = "none of this process's ports is free"
    raise RuntimeError(message)


def answers(port: int) -> bool:
    """Whether something accepts connections on this port of loopback."""
    with suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
        return True
    return False


def server_user() -> str | None:
    """Whom database servers run as: they refuse root, so root lends them `nobody`; None: ourselves."""
    return "nobody" if os.geteuid() == 0 else None


@contextmanager
def server_folder(name: str) -> Iterator[Path]:
    """A folder that the server's user owns and can reach, removed at the end."""
    user = server_user()
    # A private TMPDIR of root is closed to `nobody`; /tmp is open to all.
    folder = Path(tempfile.mkdtemp(prefix=f"clausewatch-{name}-", dir="/tmp" if user else None))
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run_as(user: str | None, argv: Sequence[str | Path], cwd: Path) -> None:
    """Run one preparing command as that user and raise with its output when it fails."""
    group = pwd.getpwnam(user).pw_gid if user else None
    done = subprocess.run(
        argv,
        cwd=cwd,
        env=_environment(cwd),
        user=user,
        group=group,
        extra_groups=[] if user else None,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        message = f"{argv[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        raise RuntimeError(message)


@contextmanager
def running(
    argv: Sequence[str | Path],
    ready: Callable[[], bool],
    *,
    folder: Path,
    user: str | None = None,
    env: Mapping[str, str] | None = None,
    stop: signal.Signals = signal.SIGTERM,
    seconds: int = 180,
) -> Iterator[subprocess.Popen[bytes]]:
    """The server process, from the moment it is ready; its log is `folder/server.log`.

    Args:
        argv: the command.
        ready: asked again and again until it says True.
        folder: working folder; the user must be able to reach it.
        user: whom to run as; None: ourselves.
        env: the whole environment; None: a bare one.
        stop: the signal that ends this server without waiting for its clients.
        seconds: how long it may take to become ready.

    Raises:
        RuntimeError: it ended or was not ready in time; the end of its log stands in the message.
    """
    log = folder / "server.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            argv,
            cwd=folder,
            env=env or _environment(folder),
            user=user,
            group=pwd.getpwnam(user).pw_gid if user else None,
            extra_groups=[] if user else None,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: _LIBC.prctl(_PR_SET_PDEATHSIG, int(stop)),  # noqa: PLW1509 - no lock is taken in it
        )
    try:
        _wait_until(ready, process, log, seconds)
        yield process
    finally:
        end(process, stop)


def end(process: subprocess.Popen[bytes], stop: signal.Signals = signal.SIGTERM) -> None:
    """Stop the process and whatever it started, by force when it does not go, and reap it."""
    for sign in (stop, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=20)
            break


def _wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, seconds: int) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        ended = process.poll() is not None
        if ended or time.monotonic() > deadline:
            state = f"ended with {process.returncode}" if ended else f"was not ready after {seconds} s"
            tail = log.read_text(errors="replace")[-3000:]
            message = f"{process.args!r} {state}; the end of its log:\n{tail}"
            raise RuntimeError(message)
        time.sleep(0.05)


def _environment(folder: Path) -> dict[str, str]:
    return {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C", "HOME": str(folder)}
