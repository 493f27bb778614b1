"""``python -m benchmarks``: measure, print, and at full size write docs/performance.md."""

import argparse
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks import business_time, cluster, extraction, page, reports, verdicts
from benchmarks.load import CASES, write_load
from config.clock import now


def main() -> None:
    """Measure what was asked for."""
    given = _arguments()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for name in [given.only] if given.only else list(_MEASURES):
            full = given.cases == CASES and given.rounds >= _ROUNDS.get(name, 5)
            load = os.getloadavg()[0]
            print(f"{name}: load {load:.1f}", flush=True)
            parts = _MEASURES[name](given.cases, given.rounds, Path(folder))
            parts = [*parts, page.machine(now().date(), (load, os.getloadavg()[0]))]
            print("\n\n".join(["", *parts, ""]), flush=True)
            if full:
                page.put(page.PAGE, name, parts)
            print(
                f"written to {page.PAGE.name}"
                if full
                else "not written: that takes a million cases and all rounds"
            )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--cases", type=int, default=CASES, help="cases, timestamps and rows (default: %(default)s)"
    )
    parser.add_argument(
        "--rounds", type=int, default=5, help="runs of each side, in turn (default: %(default)s)"
    )
    parser.add_argument("--only", choices=list(_MEASURES), help="one measurement alone")
    return parser.parse_args()


def _told(line: str) -> None:
    print(line, flush=True)


def _verdicts(cases: int, rounds: int, folder: Path) -> list[str]:
    _told(f"  writing {cases:,} cases and what belongs to them")
    write_load(folder / "load", cases)
    return page.of_verdicts(verdicts.measure(folder / "load", rounds, _told))


def _business_time(cases: int, rounds: int, _folder: Path) -> list[str]:
    return page.of_business_time(business_time.measure(rounds, cases))


def _extraction(cases: int, rounds: int, folder: Path) -> list[str]:
    return page.of_extraction(extraction.measure(cases, rounds, folder, _told))


def _cluster(cases: int, rounds: int, folder: Path) -> list[str]:
    load = folder / "load"
    if not load.exists():
        _told(f"  writing {cases:,} cases and what belongs to them")
        write_load(load, cases)
    return page.of_cluster(cases, cluster.measure(load, folder, min(rounds, _ROUNDS["many-machines"]), _told))


def _reports(_cases: int, rounds: int, folder: Path) -> list[str]:
    return page.of_reports(*reports.measure(rounds, folder, _told))


#: Rounds that are enough where five would take too long.
_ROUNDS: Final = {"many-machines": 3}
_MEASURES: dict[str, Callable[[int, int, Path], list[str]]] = {
    "verdicts": _verdicts,
    "business-time": _business_time,
    "extraction": _extraction,
    "reports": _reports,
    "many-machines": _cluster,
}

if __name__ == "__main__":
    main()
