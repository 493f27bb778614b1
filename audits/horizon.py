"""What is certain beyond the end of a holiday table (reading calendar_horizon).

The earliest possible due instant takes every unknown day for a working day: a make-up weekend may yet be
declared. The latest rests on one stated rule: weekends are off, and in no month are more than
`month_days_off` other days off. Ten is generous: in China no month of 2023-2026 has more than six. The
state may put those days anywhere, so the worst case after a given day is that they all come first.
"""

import numpy as np
from numpy.typing import NDArray

from audits.instants import LAST_DAY

#: Weekdays that count at all, and how many of them a month may lose.
Rule = tuple[frozenset[int], int]


def sure_days(
    day: int, until: int, states: NDArray[np.int8], weekdays: NDArray[np.int64], rule: Rule
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which of the days `day` + 1 .. `until` are working whatever the state declares.

    Returns:
        Two masks over those days: known working days, and unknown days left after the worst case.
    """
    span = slice(day + 1, until + 1)
    counting, month_days_off = rule
    candidate = (states[span] < 0) & np.isin(weekdays[span], sorted(counting))
    numbers = np.arange(day + 1, until + 1).astype("datetime64[D]").astype("datetime64[M]")
    months = (numbers - numbers[0]).astype(np.int64)
    seen = np.cumsum(candidate)
    first_of_month = np.searchsorted(months, months, side="left")
    seen_in_month: NDArray[np.int64] = seen - np.where(first_of_month > 0, seen[first_of_month - 1], 0)
    return states[span] == 1, candidate & (seen_in_month > month_days_off)


def reach(day: int, sure_days_needed: int, rule: Rule) -> int:
    """A day by which so many sure days have passed: whole months, each of which keeps enough."""
    counting, month_days_off = rule
    kept = 4 * len(counting) - month_days_off
    if kept <= 0:
        return min(day + 1, LAST_DAY - 1)
    return min(day + 31 * (sure_days_needed // kept + 3), LAST_DAY - 1)


def latest_days(
    days: NDArray[np.int64], n: int, states: NDArray[np.int8], weekdays: NDArray[np.int64], rule: Rule
) -> NDArray[np.int64]:
    """The latest day that can turn out to be the n-th working day after each day; -1: no bound."""
    distinct, position = np.unique(days, return_inverse=True)
    latest = np.full(len(distinct), -1, dtype=np.int64)
    for row, day in enumerate(distinct.tolist()):
        until = reach(day, n, rule)
        if until <= day:
            continue
        known, unknown = sure_days(day, until, states, weekdays, rule)
        counted = np.flatnonzero(known | unknown)
        if len(counted) >= n:
            latest[row] = day + 1 + counted[n - 1]
    return latest[position]
