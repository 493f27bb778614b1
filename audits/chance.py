"""What counts may say of each other: more than chance or not, decided in integers.

A rate over a whole population is counted, and its verdict knows no doubt (law 12). Whether a rate has *moved*
since the last period, or a team is *different* given its work, is another question: there chance has its say.
"""

from functools import lru_cache
from typing import Final

#: Shares are bounded in whole numbers of these.
TEN_THOUSANDTHS: Final = 10_000
#: One side's risk of a two-sided 95 % interval is one in so many.
_ONE_IN: Final = 40
#: 1.96 squared, in ten-thousandths.
_Z_SQUARED: Final = 38_416
#: Under so many on either side nothing is said.
FEW: Final = 20
#: Weights smaller than one in so many of the largest are nothing.
_SCALE: Final = 1 << 80


def moved(k: int, n: int, k_before: int, n_before: int) -> str:
    """``up``, ``down`` or ``same`` (within chance: two proportions, 1.96); ``few`` under 20 on a side."""
    if min(n, n_before) < FEW:
        return "few"
    apart, whole, hits = k * n_before - k_before * n, n + n_before, k + k_before
    if TEN_THOUSANDTHS * apart**2 * whole <= _Z_SQUARED * hits * (whole - hits) * n * n_before:
        return "same"
    return "up" if apart > 0 else "down"


@lru_cache(maxsize=4096)
def exact_interval(k: int, n: int) -> tuple[int, int]:
    """The exact (Clopper-Pearson) 95 % interval of ``k`` of ``n``, in ten-thousandths, rounded outwards.

    Raises:
        ValueError: the counts are impossible.
    """
    if not 0 <= k <= n:
        raise ValueError(f"{k} of {n}: impossible counts")
    if n == 0:
        return 0, TEN_THOUSANDTHS
    return _lower(k, n), TEN_THOUSANDTHS - _lower(n - k, n)


def _lower(k: int, n: int) -> int:
    """The largest share at which ``k`` or more would be less likely than the risk."""
    if k == 0:
        return 0
    low, high = 0, TEN_THOUSANDTHS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _rarely(k, n, middle) else (low, middle)
    return low


def _rarely(k: int, n: int, share: int) -> bool:
    """Whether ``k`` or more of ``n`` come with at most the risk, when each comes with ``share``.

    Binomial weights are summed outwards from the largest, as integers of a fixed scale: no float, no power
    that vanishes, and the same on every machine.
    """
    rest, top = TEN_THOUSANDTHS - share, min(n, (n + 1) * share // TEN_THOUSANDTHS)
    total = _SCALE
    tail = _SCALE if top >= k else 0
    weight, i = _SCALE, top
    while i < n and weight:
        weight = weight * (n - i) * share // ((i + 1) * rest)
        i += 1
        total += weight
        tail += weight if i >= k else 0
    weight, i = _SCALE, top
    while i > 0 and weight:
        weight = weight * i * rest // ((n - i + 1) * share)
        i -= 1
        total += weight
        tail += weight if i >= k else 0
    return tail * _ONE_IN <= total
