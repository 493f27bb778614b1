"""Samples: drawn so that anyone can draw them again, and answered only as far as they can answer.

A rate over a whole population is counted (law 12). A sample alone carries doubt, so it has three answers:
the target is *met*, it is *not met*, or the sample does *not show* which. Both are shown with a risk of at
most 5 % of being wrong, computed in whole numbers: 19 of 20 does not show 95 %, 59 of 59 does.

The answer is the exact binomial one. It stays on the safe side for what is really drawn: without putting
back, and spread over strata in proportion to their size, a share varies less than a binomial one does.
"""

from enum import StrEnum
from fractions import Fraction
from hashlib import sha256
from math import comb
from typing import Final

import numpy as np
import pandas as pd

from audits.errors import WrongUse

#: The risk of showing what is not so, on each side.
RISK: Final = Fraction(1, 20)
#: Bounds of an interval are whole numbers of these.
TEN_THOUSANDTHS: Final = 10_000


class Answer(StrEnum):
    """What a sample says of its target."""

    MET = "met"
    NOT_MET = "not_met"
    NOT_SHOWN = "not_shown"


def answer(met: int, n: int, target: Fraction, risk: Fraction = RISK) -> Answer:
    """Whether ``met`` of ``n`` drawn shows that at least ``target`` of the whole is met, or that less is.

    Raises:
        ValueError: the counts or the target are impossible.
    """
    _refuse(met, n, target)
    if _at_least(met, n, target) <= risk:
        return Answer.MET
    if _at_least(n - met, n, 1 - target) <= risk:
        return Answer.NOT_MET
    return Answer.NOT_SHOWN


def interval(met: int, n: int, risk: Fraction = RISK) -> tuple[int, int]:
    """The share of the whole that ``met`` of ``n`` leaves possible, in ten-thousandths, rounded outwards.

    Each side is wrong with at most ``risk``: of 59 of 59, ``(9504, 10000)``. Nothing drawn leaves all
    possible.
    """
    _refuse(met, n, Fraction(1))
    return _lower(met, n, risk), TEN_THOUSANDTHS - _lower(n - met, n, risk)


def _lower(met: int, n: int, risk: Fraction) -> int:
    """The largest share that so many would disprove as too low."""
    low, high = 0, TEN_THOUSANDTHS  # at `low` it is disproved or trivial, at `high` not
    if met == 0:
        return 0
    while high - low > 1:
        middle = (low + high) // 2
        disproved = _at_least(met, n, Fraction(middle, TEN_THOUSANDTHS)) <= risk
        low, high = (middle, high) if disproved else (low, middle)
    return low


def _at_least(k: int, n: int, share: Fraction) -> Fraction:
    """The chance of ``k`` or more of ``n`` when the whole has ``share``: exact."""
    yes, whole = share.numerator, share.denominator
    no = whole - yes
    total = sum(comb(n, i) * yes**i * no ** (n - i) for i in range(k, n + 1))
    return Fraction(total, whole**n)


def _refuse(met: int, n: int, target: Fraction) -> None:
    if not 0 <= met <= n or not 0 <= target <= 1:
        raise ValueError(f"{met} of {n} against {target}: counts or target are impossible")


def frame_hash(frame: pd.DataFrame) -> str:
    """sha256 over the frame to be drawn from: lines ``stratum<TAB>key``, sorted, UTF-8, LF.

    Args:
        frame: columns ``key`` and ``stratum``, both text; a key once.
    """
    lines = sorted(frame["stratum"].astype(str) + "\t" + frame["key"].astype(str))
    return sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def shares(sizes: "pd.Series[int]", size: int) -> "pd.Series[int]":
    """How many to draw from each stratum: in proportion, whole numbers, the largest remainders first.

    Args:
        sizes: records by stratum.
        size: how many to draw in all; all of them where there are fewer.
    """
    whole = int(sizes.sum())
    if size >= whole:
        return sizes.astype("int64")
    ordered = sizes.sort_index()
    exact = ordered.to_numpy(dtype=np.int64) * size
    drawn, rest = exact // whole, exact % whole
    first = np.lexsort((np.arange(len(rest)), -rest))[: size - int(drawn.sum())]
    drawn[first] += 1
    return pd.Series(drawn, index=ordered.index)


def draw(frame: pd.DataFrame, size: int, seed: str) -> pd.DataFrame:
    """Draw ``size`` records, in proportion to the strata.

    Within a stratum the records with the smallest sha256 of ``seed<TAB>stratum<TAB>key`` are taken: no
    generator of any library or version is needed to draw them again.

    Args:
        frame: columns ``key`` and ``stratum``, both text; a key once.
        size: how many; all of them where there are fewer.
        seed: any text, written down with the sample.

    Returns:
        The drawn rows of ``frame``, by stratum and in the order of drawing.

    Raises:
        WrongUse: a key stands twice, or ``size`` is below 1.
    """
    if size < 1:
        raise WrongUse(f"a sample of {size} is none", "--size", "ask for 1 or more")
    twice = frame.loc[frame["key"].duplicated(), "key"]
    if len(twice):
        raise WrongUse(
            f"the record {twice.iloc[0]} stands twice", "the frame of the sample", "draw each record once"
        )
    many = shares(frame.groupby("stratum", observed=True).size(), size)
    lots = [
        sha256(f"{seed}\t{stratum}\t{key}".encode()).hexdigest()
        for stratum, key in zip(frame["stratum"], frame["key"], strict=True)
    ]
    ordered = frame.assign(lot=lots).sort_values(["stratum", "lot"], kind="stable")
    place = ordered.groupby("stratum", observed=True).cumcount()
    taken = place.to_numpy() < many.reindex(ordered["stratum"]).to_numpy()
    return ordered.loc[taken].drop(columns="lot").reset_index(drop=True)
