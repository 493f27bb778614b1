"""The manifest of a run's folder says of each file that is gone when it went, and why; its hash stays.

``manifest.json`` holds ``files`` (path -> sha256, of those that are gone too) and, where something is gone,
``expired`` and ``erased``: path -> the day it went. The mark is written before the file goes, so that a process
that dies between the two leaves a file too many, never one that is missing without a word.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, Literal

from audits.errors import ClausewatchError

FILE: Final = "manifest.json"
Why = Literal["expired", "erased"]


def home_of(path: Path, top: Path) -> Path | None:
    """The folder below ``top`` whose manifest covers a file; None where there is none."""
    for folder in path.parents:
        if folder == top:
            return None
        if (
            (folder / FILE).is_file()
            and folder.name != "snapshot"
            and not folder.name.startswith("snapshot-")
        ):
            return folder
    return None


def read(folder: Path) -> dict[str, Any]:
    """What a folder's manifest says.

    Raises:
        ClausewatchError: it cannot be read.
    """
    try:
        said = json.loads((folder / FILE).read_text(encoding="utf-8"))
        if isinstance(said, dict) and isinstance(said.get("files"), dict):
            return said
    except (OSError, ValueError):
        pass
    do = "render the report again (`clausewatch report`), or put the file back from a copy"
    raise ClausewatchError(
        "the manifest of a run cannot be read; nothing beside it was removed", str(folder / FILE), do
    )


def mark(folder: Path, paths: Iterable[Path], why: Why, day: str) -> None:
    """Say in a folder's manifest that these files go; what is said already stays."""
    said = read(folder)
    names = [path.relative_to(folder).as_posix() for path in paths]
    gone = {name: day for name in names if name in said["files"]}
    said[why] = {**gone, **said.get(why, {})}
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, indent=1) + "\n"
    unfinished = folder / f".unfinished-{FILE}"
    with unfinished.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.replace(folder / FILE)


def remove(paths: Iterable[Path], top: Path, why: Why, day: str) -> int:
    """Remove files below ``top``, each marked in its manifest first; how many went."""
    homes: dict[Path | None, list[Path]] = {}
    for path in paths:
        homes.setdefault(home_of(path, top), []).append(path)
    for home, theirs in homes.items():
        if home is not None:
            mark(home, theirs, why, day)
        for path in theirs:
            path.unlink(missing_ok=True)
    return sum(len(theirs) for theirs in homes.values())
