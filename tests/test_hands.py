"""Whose turn it is: one run at a time has a source in hand, whatever dies, on SQLite and on PostgreSQL."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime

import pytest

from tasks.store import Store, open_store
from tests.house import ROOT
from tests.store_fixtures import store, url
from tests.store_world import SOURCE, Clock

__all__ = ["store", "url"]
pytestmark = pytest.mark.slow
HELD = """
import sys, time
from config.clock import now
from tasks.store import open_store
with open_store(sys.argv[1]) as store, store.hands.asked("demo", "the audit begun at two", now) as other:
    print(f"held{other}", flush=True)
    time.sleep(600)
"""


def holder(store: Store, clock: Clock, source: str = SOURCE) -> str:
    """Who has a source in hand; "" for nobody, and then nobody has it afterwards."""
    with store.hands.asked(source, "the look", clock) as other:
        return other


def comes(look: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + 240
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_who_has_a_source_in_hand_is_told_to_whoever_asks(store: Store, url: str) -> None:
    clock = Clock()
    with open_store(url) as another, store.hands.asked(SOURCE, "the audit begun at two", clock) as other:
        assert other == ""
        assert holder(another, clock).startswith(f"the audit begun at two, process {os.getpid()} on ")
        assert holder(another, clock, "creme") == "", "each source has its own"
        with another.lease(SOURCE, "r1", clock, wait_s=0):
            """What a run commits under is another thing."""
    assert holder(store, clock) == ""


def test_a_process_that_was_killed_has_nothing_in_hand(store: Store, url: str) -> None:
    command = [sys.executable, "-c", HELD, url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        assert f"process {process.pid} on " in holder(store, Clock())
        process.kill()
    assert holder(store, Clock()) == ""


def test_what_another_machine_had_in_hand_is_free_once_nothing_was_heard_of_it_for_five_minutes(
    store: Store, url: str
) -> None:
    clock = Clock()
    with open_store(url) as far, ExitStack() as gone:
        far.process = "another-machine:1:1:x"
        gone.enter_context(far.hands.asked(SOURCE, "the audit begun at two", clock, every_s=3600))
        clock.pass_(300)
        assert "process 1 on another-machine" in holder(store, clock)
        clock.pass_(1)
        with store.hands.asked(SOURCE, "the look", clock) as other:
            assert other == ""
            gone.close()  # it wakes up and gives back what it has no more
            with open_store(url) as third:
                assert "the look" in holder(third, clock)


def test_who_works_for_long_says_that_he_lives_until_he_is_taken_for_hung(store: Store, url: str) -> None:
    clock, signs = Clock(), list[float]()

    def read() -> datetime:
        signs.append(clock().timestamp())
        return clock()

    def passes(seconds: float) -> None:
        clock.pass_(seconds)
        seen = len(signs)
        comes(lambda: len(signs) > seen + 1)  # the first of two is through

    with open_store(url) as far:
        far.process = "another-machine:1:1:x"
        with far.hands.asked(SOURCE, "the audit", read, every_s=0.005, longest_s=1000):
            for _ in range(3):
                passes(290)
                assert holder(store, clock)
            clock.pass_(290)  # the thousand seconds are over: no sign is given any more
            assert holder(store, clock)
            clock.pass_(290)
            assert holder(store, clock) == ""
