"""What was told and done is bound into a chain: whoever changes, removes or cuts off a batch is named."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.acts import Act
from tasks.store import ActRow, Fault, Head, Store, open_store
from tasks.store.trail import lines
from tests.life_oracle import Row
from tests.store_fixtures import url
from tests.store_world import BEGIN, SOURCE, STANDARDS, audit

__all__ = ["url"]
KEY = b"a key that lies outside the store"
Damage = Callable[..., None]


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """A store with a chain of five: three runs, an order of two acts, a source let live."""
    with open_store(url, wait_s=5, key=lambda: KEY) as opened:
        audit(opened, "r1", 100, [Row(1), Row(2)])
        orders = [
            Act("", kind, 150, "E1028", finding=Row(1).finding) for kind in ("acknowledged", "disputed")
        ]
        opened.note_acts(SOURCE, [ActRow(act, "said\tso") for act in orders], BEGIN)
        audit(opened, "r2", 200, [Row(1), Row(2, over=True)])
        opened.go(SOURCE, "live", BEGIN, 60, person="E1028", why="trial is over")
        audit(opened, "r3", 300, [Row(1), Row(2, over=True)])
        yield opened


@pytest.fixture
def damage(store: Store) -> Damage:
    """Change the tables as somebody would who owns the database."""

    def change(*statements: str) -> None:
        with store._engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                for table in ("events", "acts", "batches"):
                    for act in ("update", "delete"):
                        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_no_{act}")
            else:
                connection.exec_driver_sql("SET session_replication_role = replica")
            for statement in statements:
                connection.exec_driver_sql(statement)

    return change


def said(faults: list[Fault]) -> list[tuple[int, str]]:
    return [(fault.batch, fault.what) for fault in faults]


def test_a_chain_nobody_touched_is_whole(store: Store) -> None:
    assert store.trail_faults(SOURCE) == []
    head = store.trail_head(SOURCE)
    assert head.batch == 5
    assert store.trail_faults(SOURCE, [("the report", head), ("by hand", Head(3, ""))]) == []
    assert store.known_sources() == [SOURCE]
    assert store.trail_head("creme") == Head(0, "")


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE events SET detail = '{}' WHERE run = 'r1' AND n = 1", [(1, "changed")]),
        ("UPDATE events SET as_of = 99 WHERE run = 'r2'", [(3, "changed")]),
        ("DELETE FROM events WHERE run = 'r2'", [(3, "changed")]),
        ("UPDATE acts SET why = 'said so' WHERE kind = 'disputed'", [(2, "changed")]),
        ("UPDATE acts SET person = 'E1001' WHERE kind = 'live'", [(4, "changed")]),
        ("DELETE FROM acts WHERE kind = 'acknowledged'", [(2, "changed")]),
        ("UPDATE batches SET at = at + 1 WHERE n = 4", [(4, "changed")]),
        ("DELETE FROM batches WHERE n = 4", [(4, "removed"), (4, "outside")]),
        ("DELETE FROM batches WHERE n = 5", [(4, "cut")]),
    ],
)
def test_what_was_changed_removed_or_cut_off_is_named(
    store: Store, damage: Damage, statement: str, expected: list[tuple[int, str]]
) -> None:
    damage(statement)
    assert said(store.trail_faults(SOURCE)) == expected


def test_a_row_that_was_slipped_in_is_named(store: Store, damage: Damage) -> None:
    damage(
        "INSERT INTO events (source, standards, finding, n, as_of, run, kind, was, state, detail) "
        "VALUES ('demo', 'ECS', 'f', 1, 100, 'r0', 'cleared', 'open', 'cleared', '{}')"
    )
    assert said(store.trail_faults(SOURCE)) == [(5, "outside")]


def test_a_tail_that_was_cut_off_with_its_run_is_betrayed_by_a_printed_head(
    store: Store, damage: Damage
) -> None:
    printed = store.trail_head(SOURCE)
    damage(
        "DELETE FROM batches WHERE n = 5",
        "DELETE FROM counts WHERE run = 'r3'",
        "DELETE FROM runs WHERE run = 'r3'",
        "DELETE FROM events WHERE run = 'r3'",
    )
    assert store.trail_faults(SOURCE) == []
    assert said(store.trail_faults(SOURCE, [("out/r3/life.json", printed)])) == [(5, "cut")]
    audit(store, "r4", 400, [Row(1)])
    assert said(store.trail_faults(SOURCE, [("out/r3/life.json", printed)])) == [(5, "changed")]


def test_a_chain_written_with_another_key_cannot_be_proved(store: Store, url: str) -> None:
    with open_store(url, key=lambda: b"another") as other:
        faults = other.trail_faults(SOURCE)
        assert said(faults) == [(n, "key") for n in range(1, 6)]
        assert "cannot be proved" in faults[0].said
        audit(other, "r4", 400, [Row(1)])
    assert said(store.trail_faults(SOURCE)) == [(6, "key")]


def test_sources_have_chains_of_their_own(store: Store) -> None:
    store.go("creme", "pilot", BEGIN)
    assert store.trail_head("creme").batch == 1
    assert store.trail_head(SOURCE).batch == 5


def test_a_run_that_is_committed_twice_is_one_batch(store: Store) -> None:
    with store.lease(SOURCE, "r3", lambda: BEGIN):
        from audits.findings import no_events, no_findings
        from audits.life import Changes

        assert store.commit("r3", SOURCE, STANDARDS, 300, Changes(no_findings(), no_events()), now=BEGIN)
    assert store.trail_head(SOURCE).batch == 5


_TEXTS = st.text(alphabet="a\\\t\r\nnt客", max_size=4)


@given(st.lists(st.tuples(_TEXTS, _TEXTS), max_size=4), st.lists(st.tuples(_TEXTS, _TEXTS), max_size=4))
@settings(max_examples=150, deadline=None)
def test_no_two_lists_of_rows_are_spelled_alike(
    one: list[tuple[str, str]], other: list[tuple[str, str]]
) -> None:
    def spelled(rows: list[tuple[str, str]]) -> bytes:
        frame = pd.DataFrame(rows, columns=["a", "b"]).astype("str")
        return lines(frame, {"a": "str", "b": "str"})

    assert (spelled(one) == spelled(other)) == (one == other)


def test_the_key_is_not_in_the_store(store: Store, url: str, tmp_path: Path) -> None:
    if url.startswith("sqlite"):
        content = b"".join(path.read_bytes() for path in (tmp_path / "state").iterdir())
        assert KEY not in content
        assert KEY.hex().encode() not in content
