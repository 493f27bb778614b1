"""The ledger of expected runs in the store: laid, begun by one, settled, noticed once."""

import subprocess
import sys
from datetime import timedelta

import pytest

from audits.instants import HOUR, MINUTE, instant_of
from tasks.store import MailRow, Store, open_store
from tasks.store.expected import Change, Key
from tests.store_fixtures import store, url
from tests.store_world import BEGIN

__all__ = ["store", "url"]
DUE = instant_of(BEGIN)
KEYS = [Key("nightly", "demo", DUE + n * HOUR, "2026-10") for n in range(3)]


def lay(store: Store, keys: list[Key] = KEYS, start: int = DUE, text: str = "audit") -> None:
    store.expected.lay("nightly", text, start, DUE + 3 * HOUR, [(key, "audit") for key in keys])


def states(store: Store) -> list[str]:
    return [row.state for row in store.expected.rows()]


def letter(name: str) -> tuple[str, MailRow]:
    return "demo", MailRow(name, "engineer", "runs", "a@x.test", ("b@x.test",), f"<{name}@x.test>", b"text")


def test_rows_are_laid_before_they_run_and_laying_again_changes_nothing(store: Store) -> None:
    lay(store)
    assert store.expected.laid() == {"nightly": (DUE + 3 * HOUR, "audit")}
    store.expected.begin(KEYS[:1], BEGIN, "flow-run")
    store.expected.settle(KEYS[:1], "done", BEGIN + timedelta(minutes=2))
    lay(store)
    assert states(store) == ["done", "expected", "expected"]
    done = store.expected.rows(["done"])[0]
    assert (done.key, done.flow, done.run, done.attempts) == (KEYS[0], "audit", "flow-run", 1)
    assert (done.began_at, done.ended_at) == (DUE, DUE + 2 * MINUTE)


def test_a_changed_schedule_takes_back_what_lies_ahead_and_one_that_is_gone_what_is_owed(
    store: Store,
) -> None:
    lay(store)
    store.expected.begin(KEYS[:1], BEGIN)
    lay(store, [], DUE + 2 * HOUR, "other")
    assert [row.key for row in store.expected.rows()] == KEYS[:2]
    store.expected.forget("nightly")
    assert states(store) == ["started"]
    assert store.expected.laid() == {}


def test_one_process_begins_a_row_and_no_other_settles_it(store: Store, url: str) -> None:
    lay(store)
    with open_store(url) as other:
        assert other.expected.begin(KEYS[:2], BEGIN) == KEYS[:2]
        assert store.expected.begin(KEYS, BEGIN) == KEYS[2:]
        store.expected.settle(KEYS, "done", BEGIN)
        assert states(store) == ["started", "started", "done"]
        other.expected.settle(KEYS, "failed", BEGIN, "disk full")
    assert [row.noted for row in store.expected.rows(["failed"])] == ["disk full", "disk full"]


def test_who_dies_is_seen(store: Store, url: str) -> None:
    lay(store)
    code = (
        "from tasks.store import open_store; from tasks.store.expected import Key; import os;"
        f"s = open_store({url!r}); print(len(s.expected.begin([Key{tuple(KEYS[0])!r}], {DUE})), flush=True);"
        "os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("1\n", -9)
    assert [row.dead for row in store.expected.rows()] == [True, False, False]
    store.expected.begin(KEYS[1:2], BEGIN)
    assert [row.dead for row in store.expected.rows()] == [True, False, False]


def test_what_is_noticed_is_noticed_once_together_with_its_letter(store: Store, url: str) -> None:
    lay(store)
    changes = [Change(row, "late", alarm="late") for row in store.expected.rows(until=DUE + HOUR)]
    with open_store(url) as other:
        assert store.expected.notice(changes, [letter("one")], BEGIN)
        assert not other.expected.notice(changes, [letter("two")], BEGIN)
    assert states(store) == ["late", "late", "expected"]
    assert {row.alarm for row in store.expected.rows(["late"])} == {"late"}
    waiting = store.pending_mails()
    assert [(mail.mail, mail.kind, mail.source) for mail in waiting] == [("one", "runs", "demo")]


@pytest.mark.parametrize("owed", ["expected", "late"])
def test_a_row_that_is_late_is_still_owed(store: Store, owed: str) -> None:
    lay(store, KEYS[:1])
    if owed == "late":
        store.expected.notice([Change(store.expected.rows()[0], "late", alarm="late")], [], BEGIN)
    assert store.expected.begin(KEYS[:1], BEGIN) == KEYS[:1]
    assert store.expected.begin(KEYS[:1], BEGIN) == []


def test_old_rows_of_frequent_flows_are_taken_away_when_they_are_done(store: Store) -> None:
    lay(store)
    store.expected.begin(KEYS[:2], BEGIN)
    store.expected.settle(KEYS[:1], "done", BEGIN)
    assert store.expected.prune(["watch"], BEGIN + timedelta(days=9)) == 0
    assert store.expected.prune(["audit"], BEGIN + timedelta(days=9)) == 1
    assert states(store) == ["started", "expected"]
