"""Owed once: whatever the order of runs, crashes, the clock and the server's moods, the ledger is exactly this.

A world of audits and senders is played step by step on a real store. A process that dies leaves its claim
and its lease behind under a name that no living process has.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.mail.outbox import send_pending
from tasks.mail.transport import Delivery
from tasks.store import OutboxMail, Store, open_store
from tests.life_oracle import Life, Row, tell
from tests.store_fixtures import store, url
from tests.store_world import BEGIN, SOURCE, Clock, audit, notice_of

__all__ = ["store", "url"]
Mood = Literal[
    "takes", "puts off", "refuses", "hangs up before", "hangs up after", "dies before", "dies after"
]
MOODS: tuple[Mood, ...] = (
    "takes", "puts off", "refuses", "hangs up before", "hangs up after", "dies before", "dies after",
)  # fmt: skip


class _Died(BaseException):
    """The process is gone here: nothing after this line happens."""


@dataclass
class Server:
    """A mail server with moods, one for each mail it is called for; in the end it is well again.

    ``took`` holds what it took responsibility for, whether or not the answer arrived.
    """

    moods: list[Mood] = field(default_factory=list)
    took: list[str] = field(default_factory=list)

    def deliver(self, mail: OutboxMail, before_content: Callable[[], None]) -> Delivery:
        mood = self.moods.pop(0) if self.moods else "takes"
        if mood == "dies before":
            raise _Died
        if mood == "hangs up before":
            return Delivery.same(mail.recipients, "failed", 421, "bye", "hung up")
        before_content()
        if mood == "puts off":
            return Delivery.same(mail.recipients, "failed", 451, "later")
        if mood == "refuses":
            return Delivery.same(mail.recipients, "refused", 550, "unknown")
        self.took.append(mail.message_id)
        if mood == "dies after":
            raise _Died
        if mood == "hangs up after":
            return Delivery.same(mail.recipients, "unknown", 0, "no answer", "hung up")
        return Delivery.same(mail.recipients, "sent", 250, "taken")

    def close(self) -> None:
        pass


@dataclass(frozen=True)
class Audit:
    """One audit: what it sees, as of when, and whether its process dies before the commit."""

    as_of: int
    rows: tuple[Row, ...]
    dies: bool


@dataclass(frozen=True)
class Sending:
    """One emptying of the outbox, and what the server does with the mails that come."""

    moods: tuple[Mood, ...]


@dataclass(frozen=True)
class Passing:
    """The clock goes on by so many seconds, or back."""

    seconds: int


SEEN = st.lists(
    st.builds(Row, st.integers(1, 4), verdict=st.sampled_from(["breached", "breached", "met"]), over=st.booleans()),
    max_size=4, unique_by=lambda row: row.duty,
).map(tuple)  # fmt: skip
STEPS = st.lists(
    st.one_of(
        st.builds(Audit, st.integers(100, 110), SEEN, st.booleans()),
        st.builds(Sending, st.lists(st.sampled_from(MOODS), max_size=4).map(tuple)),
        st.builds(Passing, st.sampled_from([-30, 1, 400, 20_000])),
    ),
    max_size=12,
)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store to be copied: making its tables takes longest."""
    path = tmp_path_factory.mktemp("store") / "empty.db"
    open_store(f"sqlite:///{path}").close()
    return path


@contextmanager
def mortal(store: Store) -> Iterator[None]:
    """What happens inside is done by a process that is gone when it dies."""
    ours = store.process
    host, _, _, _ = ours.split(":")
    store.process = f"{host}:1:1:gone"
    with suppress(_Died):
        yield
    store.process = ours


def play(store: Store, server: Server, clock: Clock, number: int, step: Audit | Sending | Passing) -> bool:
    """Do one step; whether it was an audit that was committed."""
    if isinstance(step, Passing):
        clock.pass_(step.seconds)
        return False
    if isinstance(step, Sending):
        server.moods = list(step.moods)
        dies = any(mood.startswith("dies") for mood in step.moods)
        with mortal(store) if dies else nullcontext():
            send_pending(store, server, clock, SOURCE)
        server.moods = []
        return False
    if step.dies:
        with mortal(store), store.lease(SOURCE, f"r{number}", clock):
            raise _Died
        return False
    return audit(store, f"r{number}", step.as_of, step.rows, clock)  # one older than the last commits nothing


def owed_after(audits: Sequence[Audit]) -> set[str]:
    """The notices owed by these audits in this order: one for each finding that ever stood open."""
    known: dict[str, Life] = {}
    owed = set()
    for one in audits:
        known = tell(known, list(one.rows), one.as_of, None)
        owed |= {notice_of(name).notice for name, life in known.items() if life.state == "open"}
    return owed


@given(STEPS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_ledger_holds_exactly_what_is_owed_and_nothing_leaves_twice(
    empty: Path, steps: list[Audit | Sending | Passing]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = shutil.copy(empty, Path(folder) / "store.db")
        with open_store(f"sqlite:///{path}") as store:
            server, clock = Server(), Clock(BEGIN)
            done = [
                step
                for number, step in enumerate(steps)
                if play(store, server, clock, number, step) and isinstance(step, Audit)
            ]
            for _ in range(12):  # the server is well again, and time passes
                clock.pass_(timedelta(hours=5).total_seconds())
                send_pending(store, server, clock, SOURCE)
            ledger = store.notices(SOURCE)

    assert set(ledger["notice"]) == owed_after(done)
    assert not ledger["notice"].duplicated().any()
    assert len(server.took) == len(set(server.took)), "a mail was taken twice"
    told = {notice_of(row["finding"]).envelope: row["mail_state"] for row in ledger.to_dict("records")}
    for envelope, state in told.items():
        taken = f"<{envelope}@demo.example>" in server.took
        assert state in {"sent", "unknown", "refused"}, "nothing is left lying"
        assert taken or state != "sent", "sent is said only of what was taken"
        assert not taken or state != "refused"
    assert set(server.took) <= {f"<{envelope}@demo.example>" for envelope in told}


# ---- on both databases --------------------------------------------------------------------------------
def states(store: Store) -> dict[str, int]:
    """How many notices are in which state."""
    return {str(state): int(n) for state, n in store.notices(SOURCE)["mail_state"].value_counts().items()}


def test_ten_runs_of_one_audit_owe_and_send_what_one_does(store: Store) -> None:
    server, clock, rows = Server(), Clock(BEGIN), (Row(1), Row(2), Row(3, over=True))
    for number in range(10):
        audit(store, f"r{number}", 100, rows, clock)
        send_pending(store, server, clock, SOURCE)
    assert len(server.took) == len(set(server.took)) == 2
    assert states(store) == {"sent": 2}


def test_a_server_that_is_down_for_a_day_gets_every_mail_afterwards_and_once(store: Store) -> None:
    server, clock = Server(), Clock(BEGIN)
    audit(store, "r1", 100, tuple(Row(n) for n in range(1, 8)), clock)
    for _ in range(24):
        server.moods = ["hangs up before"] * 50
        send_pending(store, server, clock, SOURCE)
        clock.pass_(3600)
    assert server.took == []
    assert "sent" not in states(store)
    server.moods = []
    for _ in range(8):
        clock.pass_(3600)
        send_pending(store, server, clock, SOURCE)
    assert len(server.took) == len(set(server.took)) == 7
    assert states(store) == {"sent": 7}
