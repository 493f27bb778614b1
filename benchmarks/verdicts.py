"""Verdicts from Parquet: ours against DuckDB by hand. As a module: one side, or the proof, in one process."""

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

BEGAN = time.perf_counter()

from benchmarks.measuring import Run, fresh, in_turn, say, timed

#: At most so many times as long as DuckDB by hand.
TARGET: Final = 2.0
SIDES: Final = ("ours", "duckdb")


def measure(folder: Path, rounds: int, told: Callable[[str], None]) -> dict[str, list[Run]]:
    """Prove that both sides say the same, then time them in turn.

    Args:
        folder: the load.
        rounds: runs of each side.
        told: progress.

    Raises:
        SystemExit: they do not say the same, or one changed its mind between two runs.
    """
    proof = fresh("benchmarks.verdicts", "proof", str(folder))
    told(
        f"  the same on both sides: {proof.said['obligations']:,} obligations, {proof.said['findings']:,} findings"
    )
    sides: dict[str, Callable[[], Run]] = {
        side: partial(fresh, "benchmarks.verdicts", side, str(folder)) for side in SIDES
    }
    runs = in_turn(sides, rounds, told)
    for side, each in runs.items():
        if any(run.said != proof.said for run in each):
            raise SystemExit(f"{side} did not say the same in every run: {[run.said for run in each]}")
    return runs


def main(side: str, folder: Path) -> None:
    """Measure one side in this process, or prove that both say the same."""
    work = {"ours": _ours, "duckdb": _by_hand, "proof": _proof}[side](folder)
    say(timed(BEGAN, work))


def _ours(folder: Path) -> Callable[[], dict[str, int]]:
    from benchmarks import ours

    rules = ours.rules()
    return lambda: ours.run(folder, rules).checksum()


def _by_hand(folder: Path) -> Callable[[], dict[str, int]]:
    from benchmarks.by_hand import ByHand

    by_hand = ByHand(folder)
    return lambda: by_hand.run().checksum()


def _proof(folder: Path) -> Callable[[], dict[str, int]]:
    from benchmarks import ours
    from benchmarks.by_hand import ByHand
    from benchmarks.outputs import compare

    mine, other = ours.run(folder, ours.rules()), ByHand(folder).run()
    compare(mine, other)
    return mine.checksum


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
