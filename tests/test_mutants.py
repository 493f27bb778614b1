"""How mutants are drawn and counted: the same draw for the same seed, and no score that was not shown."""

from collections import Counter

import pandas as pd
import pytest

from benchmarks import mutants

ORIGIN = """
def asked(limit):
    if limit < 0:
        raise WrongUse(f"{limit} is too low", "--limit", "ask for more")
    return limit + 1
"""


def whole() -> pd.DataFrame:
    sizes = {"audits.big": 900, "audits.middle": 99, "audits.tiny": 2}
    rows = [(f"{module}.x_f__mutmut_{n}", module) for module, size in sizes.items() for n in range(size)]
    return pd.DataFrame(rows, columns=["key", "stratum"])


def test_a_sample_follows_the_sizes_of_the_modules_and_looks_at_a_few_of_the_small_ones() -> None:
    rows = mutants.drawn(whole(), 50, "1")
    assert Counter(rows.loc[rows["counted"], "stratum"]) == {"audits.big": 45, "audits.middle": 5}
    assert Counter(rows.loc[~rows["counted"], "stratum"]) == {"audits.tiny": 2}
    assert rows["key"].is_unique


def test_one_seed_draws_one_sample() -> None:
    first, again, other = (set(mutants.drawn(whole(), 50, seed)["key"]) for seed in ("1", "1", "2"))
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ("ask for more", "XXask for moreXX", True),
        ('"--limit", ', "None, ", True),
        ("limit < 0", "limit <= 0", False),
        ("limit + 1", "limit - 1", False),
        ('raise WrongUse(f"{limit} is too low", "--limit", "ask for more")', "raise None", False),
    ],
)
def test_only_what_an_error_says_is_set_aside(before: str, after: str, text: bool) -> None:
    assert before in ORIGIN
    assert mutants.only_text(ORIGIN.replace(before, after), ORIGIN) is text


@pytest.mark.parametrize(
    ("killed", "survived", "no_tests", "said"),
    [
        (59, 0, 0, "met"),
        (190, 10, 0, "met"),
        (19, 1, 0, "not shown"),
        (190, 5, 5, "met"),
        (150, 0, 50, "not met"),
    ],
)
def test_a_score_says_what_its_sample_shows(killed: int, survived: int, no_tests: int, said: str) -> None:
    seen = Counter({"killed": killed, "survived": survived, "no tests": no_tests, "text": 7, "same": 3})
    line = mutants.score(seen)
    assert line.startswith(f"{killed} of {killed + survived + no_tests} killed")
    assert line.endswith(f"85 %: {said}")


def test_nothing_run_has_no_score() -> None:
    assert mutants.score(Counter({"not run": 9})) == "nothing was run"
