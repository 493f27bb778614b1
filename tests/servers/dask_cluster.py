"""A private Dask scheduler on loopback, and workers that are processes of their own and can be killed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from distributed import Client

from tests.servers.processes import LOOPBACK, answers, free_port, running

_DASK = [sys.executable, "-m", "dask"]


@contextmanager
def dask_scheduler(folder: Path) -> Iterator[str]:
    """The address (`tcp://127.0.0.1:PORT`) of a scheduler without workers."""
    folder.mkdir(exist_ok=True)
    port = free_port()
    argv = [*_DASK, "scheduler", "--host", LOOPBACK, "--port", str(port), "--no-dashboard"]
    with running(argv, lambda: answers(port), folder=folder, env=dict(os.environ)):
        yield f"tcp://{LOOPBACK}:{port}"


@contextmanager
def dask_worker(scheduler: str, folder: Path) -> "Iterator[subprocess.Popen[bytes]]":
    """One worker of one thread, from when the scheduler knows it; nobody starts it again when it is killed."""
    folder.mkdir(exist_ok=True)
    options = ["--host", LOOPBACK, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--name", folder.name]
    argv = [*_DASK, "worker", scheduler, *options, "--local-directory", str(folder)]

    def known() -> bool:
        with Client(scheduler, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            workers = client.scheduler_info(n_workers=-1)["workers"].values()
            return folder.name in {worker["name"] for worker in workers}

    with running(argv, known, folder=folder, env=dict(os.environ)) as process:
        yield process
