"""Pauses against the same watch, and what an unfinished pause leaves open."""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.clocks import ElapsedClock
from audits.instants import FAR, HOUR, MINUTE, NAT, instant_of
from audits.pauses import Pauses, joined
from tests import slow_calendar as slow
from tests.test_clocks import HOURS, OFFICE, clocks, column, instants

ELAPSED = ElapsedClock()
LATER = 2**61


def at(text: str) -> int:
    return instant_of(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai")))


def rows(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int64)


def of(pauses: list[tuple[int, int, int]]) -> Pauses:
    """Pauses of (row, start, end), all over by now."""
    row, start, end = (rows(*(pause[part] for pause in pauses)) for part in range(3))
    return joined(row, start, end, LATER)


@st.composite
def pause_lists(draw: st.DrawFn, oracle: slow.SlowHours, records: int) -> list[tuple[int, int, int]]:
    """Up to six pauses of any record, overlapping as they like, some of no length."""
    one = st.tuples(st.integers(0, records - 1), instants(oracle), st.integers(0, 20 * HOUR))
    return [(row, start, start + length) for row, start, length in draw(st.lists(one, max_size=6))]


@given(st.sampled_from(sorted(HOURS)), st.data())
@settings(max_examples=120, deadline=None)
def test_time_in_pauses_is_not_counted_and_never_taken_away_twice(name: str, data: st.DataObject) -> None:
    fast, oracle = clocks(name)
    pair = st.tuples(instants(oracle), instants(oracle))
    spans = [(min(drawn), max(drawn)) for drawn in (data.draw(pair) for _ in range(2))]
    given_pauses = data.draw(pause_lists(oracle, 2))
    pauses = of(given_pauses)
    starts, ends = (rows(*(span[part] for span in spans)) for part in range(2))
    own = [[(pause[1], pause[2]) for pause in given_pauses if pause[0] == row] for row in range(2)]
    assert fast.open_between(starts, ends, pauses).tolist() == [
        oracle.counted(start, end, cuts) for (start, end), cuts in zip(spans, own, strict=True)
    ]


@given(st.sampled_from(sorted(HOURS)), st.data())
@settings(max_examples=120, deadline=None)
def test_a_paused_budget_is_used_up_when_the_watch_says_so(name: str, data: st.DataObject) -> None:
    fast, oracle = clocks(name)
    starts = [data.draw(instants(oracle)) for _ in range(2)]
    budget = data.draw(st.integers(0, 12 * 60).map(lambda minutes: minutes * MINUTE))
    given_pauses = data.draw(pause_lists(oracle, 2))
    pauses = of(given_pauses)
    due = fast.due_after(rows(*starts), budget, pauses).due
    for row, start in enumerate(starts):
        expected = oracle.due(
            start, budget, [(pause[1], pause[2]) for pause in given_pauses if pause[0] == row]
        )
        if expected is not None:
            assert due[row] == expected


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 50), st.integers(0, 20)), max_size=12))
@settings(max_examples=150, deadline=None)
def test_joined_pauses_cover_the_same_moments_once(given_pauses: list[tuple[int, int, int]]) -> None:
    found = of([(row, start, start + length) for row, start, length in given_pauses])
    moments = {(row, at) for row, start, length in given_pauses for at in range(start, start + length)}
    covered = [
        (row, at)
        for row, start, end in zip(found.row.tolist(), found.start.tolist(), found.end.tolist(), strict=True)
        for at in range(start, end)
    ]
    assert len(covered) == len(set(covered))
    assert set(covered) == moments


@given(
    st.integers(0, 100),
    st.integers(0, 60),
    st.lists(st.tuples(st.integers(0, 150), st.integers(0, 30)), max_size=4),
)
@settings(max_examples=150, deadline=None)
def test_elapsed_time_stops_in_pauses_like_any_clock(
    start: int, budget: int, cuts: list[tuple[int, int]]
) -> None:
    pauses = of([(0, begin, begin + length) for begin, length in cuts])
    paused = {moment for a, n in cuts for moment in range(a, a + n)}
    due, left = start, budget
    while left:
        left -= due not in paused
        due += 1
    assert ELAPSED.due_after(rows(start), budget, pauses).due.tolist() == [due]
    assert ELAPSED.open_between(rows(start), rows(due), pauses).tolist() == [budget]


def test_the_mock_case_stands_still_while_waiting_for_the_customer() -> None:
    start, end = column(at("2026-10-09 16:10")), column(at("2026-10-10 13:11"))
    pauses = joined(rows(0), column(at("2026-10-10 09:35")), column(at("2026-10-10 10:50")), LATER)
    assert OFFICE.open_between(start, end, pauses).tolist() == [286 * MINUTE]
    assert OFFICE.due_after(start, 240 * MINUTE, pauses).due.tolist() == [at("2026-10-10 12:25")]


def test_a_pause_that_begins_when_the_budget_is_used_up_changes_nothing() -> None:
    start, due = column(at("2026-10-09 14:00")), at("2026-10-09 18:00")
    pauses = joined(rows(0), column(due), column(due + HOUR), LATER)
    assert OFFICE.due_after(start, 4 * HOUR, pauses).due.tolist() == [due]
    before = joined(rows(0), column(due - 1), column(due + HOUR), LATER)
    assert OFFICE.due_after(start, 4 * HOUR, before).due.tolist() == [at("2026-10-10 09:00:00.000001")]


def test_the_pauses_of_one_record_say_nothing_about_another() -> None:
    starts = column(*[at("2026-10-09 09:00")] * 3)
    pauses = of(
        [
            (0, at("2026-10-09 10:00"), at("2026-10-09 17:00")),
            (1, at("2026-10-09 12:00"), at("2026-10-09 17:00")),
            (2, at("2026-10-09 10:00"), at("2026-10-09 11:00")),
        ]
    )
    expected = column(at("2026-10-09 18:00"), at("2026-10-09 11:00"), at("2026-10-09 12:00"))
    for clock in (OFFICE, ELAPSED):
        assert clock.due_after(starts, 2 * HOUR, pauses).due.tolist() == expected.tolist()


def test_under_an_open_pause_the_due_instant_is_ahead_and_unknown() -> None:
    start, as_of = column(at("2026-10-09 14:00"), at("2026-10-09 14:00")), at("2026-10-10 12:00")
    pauses = joined(rows(0), column(at("2026-10-09 15:00")), column(NAT), as_of)
    for clock, resumed in ((OFFICE, at("2026-10-10 15:00")), (ELAPSED, at("2026-10-10 15:00"))):
        due = clock.due_after(start, 4 * HOUR, pauses)
        assert (due.due[0], due.earliest[0], due.latest[0]) == (NAT, resumed, FAR)
        assert due.due[1] == at("2026-10-09 18:00")


def test_an_open_pause_after_the_budget_is_used_up_saves_nobody() -> None:
    start, as_of = column(at("2026-10-09 09:00")), at("2026-10-10 12:00")
    pauses = joined(rows(0), column(at("2026-10-09 15:00")), column(NAT), as_of)
    assert OFFICE.due_after(start, 4 * HOUR, pauses).due.tolist() == [at("2026-10-09 13:00")]


def test_what_is_stamped_after_as_of_has_not_happened() -> None:
    as_of = at("2026-10-09 16:00")
    pauses = joined(
        rows(0, 0),
        column(at("2026-10-09 15:00"), at("2026-10-09 17:00")),
        column(at("2026-10-12 15:00"), NAT),
        as_of,
    )
    assert (pauses.start.tolist(), pauses.end.tolist()) == ([at("2026-10-09 15:00")], [as_of])
    assert pauses.open.tolist() == [True]


def test_pauses_without_a_start_or_running_backwards_are_counted_apart() -> None:
    pauses = joined(rows(0, 0, 1), column(NAT, 50, 10), column(20, 40, 20), LATER)
    assert (pauses.row.tolist(), pauses.ignored) == ([1], 2)
