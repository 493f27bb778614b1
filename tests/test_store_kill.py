"""Killing a run at any point loses nothing and doubles nothing: real processes, real databases, SIGKILL."""

import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from tasks.store import Store, open_store
from tests.kill.nights import Night, deliver, delivered, send, spend, start, traced
from tests.life_oracle import Row
from tests.servers.databases import Database
from tests.servers.postgres import run_sql
from tests.store_fixtures import BOTH
from tests.store_world import BEGIN, SOURCE, STANDARDS

pytestmark = pytest.mark.slow
ROWS = (Row(1), Row(2), Row(3, over=True))
#: How many lines of the store a process is killed at, spread over those that run in a night.
POINTS = 26
#: ... and every line of these.
SENDING = {
    (one.__code__.co_filename, line) for one in (send, deliver) for _, _, line in one.__code__.co_lines()
}


def batched(points: list[int], size: int) -> Iterator[list[int]]:
    """So many at a time."""
    return (points[start : start + size] for start in range(0, len(points), size))


NewNight = Callable[[], Night]


@pytest.fixture(params=BOTH)
def night(request: pytest.FixtureRequest, tmp_path: Path) -> NewNight:
    """Makes a first night on an empty store of its own each time."""
    database: Database | None = None
    if request.param == "postgresql":
        database = request.getfixturevalue("postgres_database")

    def new() -> Night:
        new.count += 1  # type: ignore[attr-defined]
        name = f"night_{new.count}"  # type: ignore[attr-defined]
        url = f"sqlite:///{tmp_path}/{name}.db"
        if database is not None:
            run_sql(database, f"CREATE SCHEMA {name}")
            url = f"{database.url}?options={quote(f'-c search_path={name}')}"
        return Night(url, str(tmp_path / f"{name}.ledger"), "first", 100, ROWS, BEGIN)

    new.count = 0  # type: ignore[attr-defined]
    return new


def again(night: Night) -> Night:
    """The same audit run again at once: nobody waits for a process that is gone from this host."""
    return replace(night, run="again", at=BEGIN + timedelta(seconds=1))


def lives(store: Store) -> dict[str, pd.DataFrame]:
    """What must not depend on who died where."""
    return {
        "findings": store.findings(SOURCE, STANDARDS).sort_values("finding", ignore_index=True),
        "events": store.events(SOURCE, STANDARDS).drop(columns="run"),
        "notices": store.notices(SOURCE)
        .drop(columns=["mail_state", "settled_at"])
        .sort_values("notice", ignore_index=True),
    }


def kill_points(night: Night) -> list[int]:
    """Line events of a night: first visits of lines, spread evenly, and every line of the sending."""
    with traced() as tracer:
        spend(night)
    first: dict[tuple[str, int], int] = {}
    for number, line in enumerate(tracer.lines, start=1):
        first.setdefault(line, number)
    seen = list(first.values())
    spread = [seen[step * (len(seen) - 1) // (POINTS - 1)] for step in range(POINTS)]
    return sorted({*spread, *(number for line, number in first.items() if line in SENDING)})


def settled_well(store: Store, night: Night) -> str:
    """Every mail was sent once, or may have been and is not sent again; which of both it is."""
    notices = store.notices(SOURCE)
    states = dict(zip(notices["envelope"], notices["mail_state"], strict=True))
    took = delivered(night.ledger)
    assert len(took) == len(set(took)), "a mail was sent twice"
    for envelope, state in states.items():
        sent = f"<{envelope}@demo.example>" in took
        assert state in ("sent", "unknown")
        assert sent or state == "unknown", "a mail was never sent and nobody knows"
    assert len(took) <= len(states)
    unknown = list(states.values()).count("unknown")
    assert unknown <= 1, "only the mail that was being sent may be unknown"
    return "unknown" if unknown else "sent"


def made_good(killed: Night, expected: dict[str, pd.DataFrame]) -> str:
    """The next night leaves exactly what a whole one leaves; what became of the mails."""
    spend(again(killed))
    with open_store(killed.url) as store:
        runs = store.runs(SOURCE).dropna(subset="committed_at")["run"]
        assert sorted(store.counts(SOURCE, STANDARDS)["run"]) == sorted(runs)
        found = lives(store)
        for name, frame in expected.items():
            assert_frame_equal(found[name], frame)
        return settled_well(store, killed)


def test_a_night_killed_anywhere_is_made_good_by_the_next_one(night: NewNight) -> None:
    whole = night()
    points = kill_points(whole)
    with open_store(whole.url) as store:
        expected = lives(store)
        assert len(delivered(whole.ledger)) == 2
    assert len(points) >= 30
    fates = []
    for some in batched(points, 4):
        nights = [night() for _ in some]
        processes = [start(one, point) for one, point in zip(nights, some, strict=True)]
        for process in processes:
            process.join(120)
            assert process.exitcode == -signal.SIGKILL
        fates += [made_good(killed, expected) for killed in nights]
    assert set(fates) == {"sent", "unknown"}, "the points must lie on both sides of DATA"


def test_a_night_killed_by_the_clock_is_made_good_too(night: NewNight) -> None:
    """Between two lines as well: inside a COPY, an fsync, a commit."""
    whole = night()
    spend(whole)
    with open_store(whole.url) as store:
        expected = lives(store)
    for delay in range(8):
        killed = night()
        process = start(killed)
        time.sleep(0.03 * delay)
        process.kill()
        process.join(120)
        made_good(killed, expected)


def test_nights_that_run_at_once_add_up_to_one(night: NewNight) -> None:
    whole = night()
    spend(whole)
    with open_store(whole.url) as store:
        expected = lives(store)
    shared = night()
    together = [start(replace(shared, run=f"run {n}", at=None)) for n in range(4)]
    for process in together:
        process.join(120)
    assert [process.exitcode for process in together] == [0, 0, 0, 0]
    with open_store(shared.url) as store:
        assert settled_well(store, shared) == "sent"
        for name, frame in expected.items():
            assert_frame_equal(lives(store)[name], frame)
        assert store.runs(SOURCE)["state"].tolist() == ["finished"] * 4


def test_many_senders_send_every_mail_once(night: NewNight) -> None:
    shared = replace(night(), rows=tuple(Row(n) for n in range(24)), at=None)
    together = [start(replace(shared, run=f"run {n}")) for n in range(4)]
    for process in together:
        process.join(120)
    assert len(delivered(shared.ledger)) == len(set(delivered(shared.ledger))) == 24
