"""Reports as they lie in the folder of runs: which there are, and which one is meant."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from audits.errors import ClausewatchError, WrongUse
from audits.instants import instant_of
from audits.periods import parse
from reports.archive.verify_report import content_hash

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Kept:
    """A report that lies in its folder, complete: ``manifest.json`` is written last."""

    folder: Path

    @cached_property
    def results(self) -> dict[str, Any]:
        """``results.json``."""
        return self.read("results.json")

    @cached_property
    def life(self) -> dict[str, Any]:
        """``life.json``."""
        return self.read("life.json")

    @cached_property
    def sums(self) -> dict[str, str]:
        """File -> sha256, as the report was sealed."""
        said: dict[str, str] = self.read(MANIFEST)["files"]
        return said

    @property
    def as_of(self) -> int:
        """The instant it was judged at, microseconds."""
        return instant_of(datetime.fromisoformat(self.results["as_of"]))

    def read(self, name: str) -> dict[str, Any]:
        """A JSON file of the folder.

        Raises:
            ClausewatchError: it is missing, or no JSON.
        """
        path = self.folder / name
        try:
            said: dict[str, Any] = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            do = f"clausewatch verify {self.folder} tells what else was changed; restore it from a copy"
            raise ClausewatchError("a file of the report is missing or damaged", str(path), do) from error
        return said


def kept(out: Path) -> Iterator[Kept]:
    """Every complete report under the folder of runs."""
    return (Kept(path.parent) for path in sorted(out.glob(f"*/{MANIFEST}")) if _is_report(path.parent))


def _is_report(folder: Path) -> bool:
    return (folder / "results.json").exists() and (folder / "life.json").exists()


def choose(out: Path, period: str, source: str = "", as_of: datetime | None = None) -> Kept:
    """The newest report of a period, or the newest that was judged not later than ``as_of``.

    Raises:
        WrongUse: there is none, or several sources have one.
    """
    _known_form(period)
    every = list(kept(out))
    found = [one for one in every if _is_of(one, period, source)]
    if as_of is not None:
        found = [one for one in found if one.as_of <= instant_of(as_of)]
    if not found:
        raise _nothing(out, every, period, source, as_of)
    sources = sorted({one.results["source"] for one in found})
    if len(sources) > 1:
        raise WrongUse(
            f"{len(sources)} sources have a report of {period}: {', '.join(sources)}", "--source", "name one"
        )
    return max(found, key=lambda one: one.as_of)


def _known_form(period: str) -> None:
    """WrongUse where no report could have this period, before any folder is searched."""
    try:
        parse(period, "UTC")
    except WrongUse as error:
        raise WrongUse(error.found, error.where or "--period", error.do) from None


def _is_of(one: Kept, period: str, source: str) -> bool:
    key = parse(period, one.results["zone"]).key
    return one.results["period"]["key"] == key and source in ("", one.results["source"])


def _nothing(out: Path, every: list[Kept], period: str, source: str, as_of: datetime | None) -> WrongUse:
    there = sorted({f"{one.results['source']} {one.results['period']['key']}" for one in every})
    until = f" judged until {as_of.isoformat()}" if as_of else ""
    found = f"no report of {' '.join(filter(None, (source, period)))}{until} is kept"
    again = f"clausewatch audit --period {period}{f' --source {source}' if source else ''}"
    have = f"kept are: {', '.join(there)}; " if there else ""
    return WrongUse(found, str(out), f"{have}make one with `{again}`")


def snapshot_of(one: Kept, out: Path) -> Path:
    """The snapshot a report was judged from: its own, or another run's that holds the same.

    Raises:
        ClausewatchError: it lies nowhere (its time was over, or somebody took it away).
    """
    named = one.results["snapshot"]["hash"]
    for place in (*sorted(one.folder.glob("snapshot*")), *sorted(out.glob("*/snapshot*"))):
        path = place / MANIFEST
        if path.exists() and content_hash(json.loads(path.read_bytes())["files"]) == named:
            return place
    raise ClausewatchError(
        f"the snapshot {named[:12]} of this report is no longer kept", str(one.folder),
        "put it back from a copy: without it a report cannot be written again, only its files compared "
        f"(clausewatch verify {one.folder})",
    )  # fmt: skip
