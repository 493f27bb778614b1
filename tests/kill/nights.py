"""A night of the audit in a process of its own, which can be killed at any line of the store.

The processes are forked from one that has imported everything, so that each costs a tenth of a second; they
are real processes, and what kills them is SIGKILL. Production code has no hooks for it: the driver counts
the lines that Python traces.
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from types import FrameType
from typing import Any, Final

import alembic.operations
import alembic.runtime.migration
import alembic.script
import psycopg
import sqlalchemy.dialects.postgresql.psycopg
import sqlalchemy.dialects.sqlite.pysqlite

import tasks.store
from config.clock import now as real_clock
from tasks.store import Store, open_store
from tests.life_oracle import Row
from tests.store_world import Clock, audit

_WATCHED: Final = {str(file) for file in Path(tasks.store.__file__).parent.rglob("*.py")} | {__file__}
#: Imported here, before processes are forked, and not by each of them.
_WARM: Final = (
    alembic.operations,
    alembic.runtime.migration,
    alembic.script,
    psycopg,
    sqlalchemy.dialects.postgresql.psycopg,
    sqlalchemy.dialects.sqlite.pysqlite,
)


@dataclass(frozen=True)
class Night:
    """What one process does: audit, then send what waits.

    Args:
        ledger: file of the pretended mail server; a line is its 250 after DATA.
        at: what the clock says; None reads the real one.
    """

    url: str
    ledger: str
    run: str
    as_of: int
    rows: tuple[Row, ...]
    at: datetime | None = None

    @property
    def clock(self) -> Any:
        return real_clock if self.at is None else Clock(self.at)


def spend(night: Night) -> None:
    """The whole night."""
    with open_store(night.url, wait_s=20) as store:
        store.recover_mails(night.clock())
        audit(store, night.run, night.as_of, night.rows, night.clock)
        send(store, night)
        store.finish_run(night.run, "finished", night.clock())


def send(store: Store, night: Night) -> None:
    """Send what waits, as the outbox wants it."""
    for mail in store.pending_mails(night.clock()):
        if store.claim(mail.mail, night.clock()) and store.sending(mail.mail, night.clock()):
            deliver(night.ledger, mail.message_id)
            store.settle(mail.mail, "sent", night.clock())


def deliver(ledger: str, message_id: str) -> None:
    """The server takes a mail: one line, on disk before it answers."""
    handle = os.open(ledger, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(handle, f"{message_id}\n".encode())
    os.fsync(handle)
    os.close(handle)


def delivered(ledger: str) -> list[str]:
    """Message-IDs that the server took, in order."""
    return Path(ledger).read_text().splitlines() if Path(ledger).exists() else []


class Tracer:
    """Counts the lines of the store (and of sending) that run; at the given one the process is killed."""

    def __init__(self, die_at: int | None = None) -> None:
        self.lines: list[tuple[str, int]] = []
        self._left = die_at

    def __call__(self, frame: FrameType, event: str, _: object) -> "Tracer | None":
        if frame.f_code.co_filename not in _WATCHED:
            return None
        if event == "line":
            self.lines.append((frame.f_code.co_filename, frame.f_lineno))
            if len(self.lines) == self._left:
                os.kill(os.getpid(), signal.SIGKILL)
        return self


@contextmanager
def traced(die_at: int | None = None) -> Iterator[Tracer]:
    """Trace what happens inside."""
    tracer = Tracer(die_at)
    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        yield tracer
    finally:
        sys.settrace(before)


def _die(night: Night, die_at: int | None) -> None:
    with traced(die_at):
        spend(night)


def processes() -> ForkServerContext:
    """Where processes come from: forked from one that imported this file."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def start(night: Night, die_at: int | None = None) -> ForkServerProcess:
    """The night in a process of its own, killed at that line (None: it lives)."""
    target, arguments = (spend, (night,)) if die_at is None else (_die, (night, die_at))
    process = processes().Process(target=target, args=arguments, daemon=True)
    process.start()
    return process
