"""Samples answer only what they can, and anyone can draw them again."""

from fractions import Fraction
from itertools import product

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audits.errors import WrongUse
from audits.samples import Answer, answer, draw, frame_hash, interval, shares

NINETY_FIVE = Fraction(95, 100)


def slow_chance(k: int, n: int, share: Fraction) -> Fraction:
    """The chance of ``k`` or more, by writing out every outcome of ``n`` draws."""
    total = Fraction(0)
    for outcome in product((True, False), repeat=n):
        if sum(outcome) >= k:
            chance = Fraction(1)
            for hit in outcome:
                chance *= share if hit else 1 - share
            total += chance
    return total


@pytest.mark.parametrize(
    ("met", "n", "said"),
    [
        (19, 20, Answer.NOT_SHOWN),
        (58, 58, Answer.NOT_SHOWN),
        (59, 59, Answer.MET),
        (92, 93, Answer.MET),
        (91, 92, Answer.NOT_SHOWN),
        (17, 20, Answer.NOT_SHOWN),
        (16, 20, Answer.NOT_MET),
        (0, 0, Answer.NOT_SHOWN),
    ],
)
def test_a_sample_shows_95_percent_only_when_chance_cannot_have_made_it(
    met: int, n: int, said: Answer
) -> None:
    assert answer(met, n, NINETY_FIVE) is said


def test_a_target_of_all_is_disproved_by_one_and_never_shown() -> None:
    assert answer(59, 60, Fraction(1)) is Answer.NOT_MET
    assert answer(60, 60, Fraction(1)) is Answer.NOT_SHOWN


def test_counts_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="impossible"):
        answer(3, 2, NINETY_FIVE)


def test_the_interval_ends_where_the_answer_turns() -> None:
    assert interval(59, 59) == (9504, 10_000)
    assert interval(58, 58)[0] < 9500
    assert interval(0, 0) == (0, 10_000)
    assert interval(0, 59) == (0, 496)


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 20))
def test_the_answer_is_that_of_writing_out_every_outcome(a: int, b: int, twentieths: int) -> None:
    met, n, target = min(a, b), max(a, b), Fraction(twentieths, 20)
    risk = Fraction(1, 20)
    if slow_chance(met, n, target) <= risk:
        expected = Answer.MET
    elif slow_chance(n - met, n, 1 - target) <= risk:
        expected = Answer.NOT_MET
    else:
        expected = Answer.NOT_SHOWN

    assert answer(met, n, target) is expected


@given(st.integers(0, 40), st.integers(0, 40))
def test_the_interval_holds_the_share_seen_and_every_target_outside_it_is_answered(a: int, b: int) -> None:
    met, n = min(a, b), max(a, b)
    low, high = interval(met, n)

    assert n == 0 or low * n <= met * 10_000 <= high * n
    if low:
        assert answer(met, n, Fraction(low, 10_000)) is Answer.MET
        assert answer(met, n, Fraction(low + 1, 10_000)) is not Answer.MET
    if high < 10_000:
        assert answer(met, n, Fraction(high, 10_000)) is Answer.NOT_MET
        assert answer(met, n, Fraction(high - 1, 10_000)) is not Answer.NOT_MET


# ---- drawing ------------------------------------------------------------------------------------------
def frame(**strata: int) -> pd.DataFrame:
    rows = [(f"{stratum}-{i:03d}", stratum) for stratum, n in strata.items() for i in range(n)]
    return pd.DataFrame(rows, columns=["key", "stratum"], dtype="str")


def test_the_same_seed_draws_the_same_whatever_the_order_of_the_frame() -> None:
    whole = frame(phone=50, chat=30, email=20)
    turned = whole.sample(frac=1, random_state=7).reset_index(drop=True)

    pd.testing.assert_frame_equal(draw(whole, 12, "2026-Q4"), draw(turned, 12, "2026-Q4"))
    assert frame_hash(whole) == frame_hash(turned)
    assert set(draw(whole, 12, "2027-Q1")["key"]) != set(draw(whole, 12, "2026-Q4")["key"])


def test_one_record_more_gives_another_frame() -> None:
    assert frame_hash(frame(phone=3)) != frame_hash(frame(phone=4))
    assert frame_hash(frame(phone=3)) != frame_hash(frame(chat=3))


def test_strata_are_drawn_from_in_proportion() -> None:
    drawn = draw(frame(phone=50, chat=30, email=20), 10, "x")

    assert drawn["stratum"].value_counts().to_dict() == {"phone": 5, "chat": 3, "email": 2}


def test_where_there_are_fewer_all_are_drawn() -> None:
    assert len(draw(frame(phone=3, chat=2), 30, "x")) == 5


@given(st.dictionaries(st.sampled_from("abcdefg"), st.integers(1, 60), min_size=1), st.integers(1, 90))
def test_shares_add_up_and_are_within_one_of_the_exact_proportion(strata: dict[str, int], size: int) -> None:
    sizes = pd.Series(strata)
    drawn = shares(sizes, size)
    whole = sum(strata.values())
    wanted = min(size, whole)

    assert int(drawn.sum()) == wanted
    for stratum, n in strata.items():
        assert 0 <= drawn[stratum] <= n
        assert abs(int(drawn[stratum]) * whole - n * wanted) < whole


def test_a_record_that_stands_twice_or_a_sample_of_none_is_refused() -> None:
    with pytest.raises(WrongUse, match="stands twice"):
        draw(pd.concat([frame(phone=2), frame(phone=1)]), 2, "x")
    with pytest.raises(WrongUse, match="is none"):
        draw(frame(phone=2), 0, "x")
