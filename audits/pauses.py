"""Recorded pauses, cleaned once, and what they take away from a count (reading pauses).

A pause counts only where a reading grants it; whether it does is decided elsewhere. Here overlapping
pauses of one record are joined, so that no moment is taken away twice, and a pause that has not ended by
`as_of` is kept open: its clock stands still and its due instant is not known yet (law 1).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audits.instants import NAT, Instants

#: A clock's reading at each instant: microseconds counted since some fixed point.
Reading = Callable[[Instants], Instants]


@dataclass(frozen=True)
class Pauses:
    """Disjoint pauses, sorted by record and start; get them from `joined`.

    Attributes:
        row: position of the record each pause belongs to.
        start, end: instants; the end of an open pause is the `as_of` it was seen at.
        open: whether it had not ended by then.
        ignored: how many given pauses had no start, or an end before their start.
    """

    row: NDArray[np.int64]
    start: Instants
    end: Instants
    open: NDArray[np.bool_]
    ignored: int


class Extension(NamedTuple):
    """What pauses add to a budget before it is used up, one entry a record."""

    by: NDArray[np.int64]
    open: NDArray[np.bool_]


def joined(row: NDArray[np.int64], start: Instants, end: Instants, as_of: int) -> Pauses:
    """Clean and join pauses as known at `as_of`.

    A pause that starts after `as_of` has not happened; one that ends after it, or has no end, is open.

    Args:
        row: position of the record of each pause, in any order.
        start, end: instants, NAT for null.
        as_of: the instant of judgement.
    """
    is_open = (end == NAT) | (end > as_of)
    end = np.where(is_open, as_of, end)
    sound = (start != NAT) & (start <= np.where(is_open, start, end))
    kept = sound & (start <= as_of)
    ignored = int((~sound).sum())
    row, start, end, is_open = row[kept], start[kept], end[kept], is_open[kept]
    order = np.lexsort((start, row))
    row, start, end, is_open = row[order], start[order], end[order], is_open[order]
    heads = _first_of_each_union(row, start, end)
    if not len(heads):
        return Pauses(row, start, end, is_open, ignored)
    return Pauses(
        row[heads],
        start[heads],
        np.maximum.reduceat(end, heads),
        np.logical_or.reduceat(is_open, heads),
        ignored,
    )


def _first_of_each_union(row: NDArray[np.int64], start: Instants, end: Instants) -> NDArray[np.int64]:
    """Positions at which a union of touching pauses begins, in sorted input.

    Ends are replaced by their ranks, so that row and end fit one integer whose running maximum is the
    latest end so far within the row.
    """
    if not len(row):
        return np.zeros(0, dtype=np.int64)
    ends, rank = np.unique(end, return_inverse=True)
    latest = np.maximum.accumulate(row * len(ends) + rank) % len(ends)
    begins = np.ones(len(row), dtype=bool)
    begins[1:] = (row[1:] != row[:-1]) | (start[1:] > ends[latest[:-1]])
    return np.flatnonzero(begins)


def paused_between(pauses: Pauses, reading: Reading, start: Instants, end: Instants) -> NDArray[np.int64]:
    """Counted microseconds between `start` and `end` that fall into pauses, one entry a record."""
    begin = np.clip(pauses.start, start[pauses.row], end[pauses.row])
    finish = np.clip(pauses.end, start[pauses.row], end[pauses.row])
    taken = np.zeros(len(start), dtype=np.int64)
    np.add.at(taken, pauses.row, reading(finish) - reading(begin))
    return taken


def budget_shift(pauses: Pauses, reading: Reading, start: Instants, budget: NDArray[np.int64]) -> Extension:
    """How much longer a budget lasts because of the pauses that begin before it is used up.

    Before pause k the clock has counted its reading at the pause's start, less that at the record's start
    and less the pauses before it; a pause that begins when the budget is already used up adds nothing.
    """
    origin = start[pauses.row]
    begin = reading(np.maximum(pauses.start, origin))
    length = reading(np.maximum(pauses.end, origin)) - begin
    before = np.cumsum(length) - length
    first = np.searchsorted(pauses.row, pauses.row, side="left")
    counted = begin - reading(origin) - (before - before[first])
    takes = counted < budget[pauses.row]
    by = np.zeros(len(start), dtype=np.int64)
    np.add.at(by, pauses.row[takes], length[takes])
    stands = np.zeros(len(start), dtype=bool)
    stands[pauses.row[takes & pauses.open]] = True
    return Extension(by, stands)
