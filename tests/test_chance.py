"""More than chance or not: two proportions and the exact interval, in integers, against slow oracles."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.chance import exact_interval, moved
from audits.samples import interval


@st.composite
def two_counts(draw: st.DrawFn) -> tuple[int, int, int, int]:
    n, before = draw(st.integers(1, 5000)), draw(st.integers(1, 5000))
    return draw(st.integers(0, n)), n, draw(st.integers(0, before)), before


def slow_moved(k: int, n: int, k_before: int, n_before: int) -> str:
    if n < 20 or n_before < 20:
        return "few"
    share, together = Fraction(k, n) - Fraction(k_before, n_before), Fraction(k + k_before, n + n_before)
    spread = together * (1 - together) * (Fraction(1, n) + Fraction(1, n_before))
    if share**2 <= Fraction(196, 100) ** 2 * spread:
        return "same"
    return "up" if share > 0 else "down"


@given(two_counts())
def test_a_move_is_told_as_two_proportions_tell_it(counts: tuple[int, int, int, int]) -> None:
    assert moved(*counts) == slow_moved(*counts)


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((0, 19, 10, 100), "few"),
        ((0, 20, 0, 20), "same"),
        ((57, 720, 57, 720), "same"),
        ((100, 1000, 50, 1000), "up"),
        ((50, 1000, 100, 1000), "down"),
        ((20, 20, 0, 20), "up"),
    ],
)
def test_a_move_by_hand(counts: tuple[int, int, int, int], said: str) -> None:
    assert moved(*counts) == said


def test_the_interval_is_that_of_the_tables() -> None:
    assert exact_interval(10, 100) == (490, 1763)
    assert exact_interval(0, 20) == (0, 1685)
    assert exact_interval(20, 20) == (8315, 10_000)
    assert exact_interval(0, 0) == (0, 10_000)


@settings(max_examples=25)
@given(st.integers(1, 150).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_the_exact_binomial_one(counts: tuple[int, int]) -> None:
    assert exact_interval(*counts) == interval(*counts, Fraction(1, 40))


def test_the_interval_of_a_million_closes_in_on_its_rate() -> None:
    assert exact_interval(50_000, 1_000_000) == (495, 505)


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="3 of 2"):
        exact_interval(3, 2)
