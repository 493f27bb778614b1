"""What has grown old below out/ and state/: found by its age, removed with a word in its manifest.

A file's age is that of its last writing; one that was copied back counts from then on. Nothing outside the
two folders is touched, and no link is followed.
"""

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tasks.forgetting.manifests import remove
from tasks.forgetting.places import files_below, folders_in, inside

_SNAPSHOT: Final = re.compile(r"snapshot(-[0-9a-f]{12})?")
_RESULTS: Final = "results.json"
#: Names under which something is written before it takes its place.
_ASIDE: Final = re.compile(r"\.(unfinished-.*|snapshot(-[0-9a-f]{12})?-.*|.*\.new|trail\.key-.*)")


@dataclass(frozen=True)
class Old:
    """Files of one kind that may go.

    Args:
        what: snapshots, mails, logs, staging or leftovers.
        files: plain files.
        top: the folder they lie in, out/ or state/.
    """

    what: str
    files: list[Path]
    top: Path

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(path.stat().st_size for path in self.files if path.exists())


def snapshots(out: Path, before: float, needed: Iterable[str] = ()) -> list[Path]:
    """Folders of snapshots whose run was reported before an instant, but for those that a younger run was judged from.

    Args:
        before: seconds since the epoch.
        needed: hashes (``results.json``) that younger runs name.
    """
    wanted = set(needed)
    runs = [run for run in folders_in(out) if _age(run) < before and _hash_in(run) not in wanted]
    return [one for run in runs for one in folders_in(run) if _SNAPSHOT.fullmatch(one.name)]


def needed_by_younger(out: Path, before: float) -> set[str]:
    """Hashes of snapshots that runs reported since then were judged from and do not hold themselves."""
    young = [run for run in folders_in(out) if _age(run) >= before and not (run / "snapshot").is_dir()]
    return {said for run in young if (said := _hash_in(run))}


def _age(run: Path) -> float:
    """When a run was reported; one that failed: when its folder was last changed."""
    result = run / _RESULTS
    return (result if result.is_file() else run).stat().st_mtime


def _hash_in(run: Path) -> str:
    """How a run's results name their snapshot; read as text, for results are large."""
    try:
        text = (run / _RESULTS).read_text(encoding="utf-8")
    except OSError:
        return ""
    found = re.search(r'"snapshot": \{.*?"hash": "([0-9a-f]{64})"', text, re.DOTALL)
    return found.group(1) if found else ""


def mails(out: Path, before: float) -> list[Path]:
    """``.eml`` files written before an instant."""
    return [path for path in files_below(out) if path.suffix == ".eml" and _older(path, before)]


def logs(state: Path, before: float) -> list[Path]:
    """Logs that nobody has written to since an instant."""
    return [path for path in files_below(state) if ".log" in path.suffixes and _older(path, before)]


def staging(state: Path, before: float) -> list[Path]:
    """SQLite files of landings below state/ that nobody has written to since an instant."""
    landed = (folder for folder in folders_in(state) if (folder / "landing" / "lock").is_file())
    found = (sorted(folder.glob("*.db*")) for folder in landed)
    groups = [[path for path in group if path.is_file() and not path.is_symlink()] for group in found]
    return [path for group in groups if all(_older(path, before) for path in group) for path in group]


def leftovers(top: Path, before: float, *, backfills: bool = False) -> list[Path]:
    """What processes that died had not finished, files and folders; with ``backfills`` the data they had read."""
    found = [path for path in _aside(top) if _older(path, before)]
    if backfills:
        found += [folder for folder in folders_in(top / "backfill") if _older(folder, before)]
    return found


def _aside(top: Path) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(top), key=lambda one: one.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if entry.is_symlink():
            continue
        if _ASIDE.fullmatch(entry.name):
            yield Path(entry.path)
        elif entry.is_dir() and not _SNAPSHOT.fullmatch(entry.name):
            yield from _aside(Path(entry.path))


def _older(path: Path, before: float) -> bool:
    """A folder is as old as the youngest thing in it."""
    ages = [path.stat().st_mtime, *(one.stat().st_mtime for one in files_below(path))]
    return max(ages) < before


def let_go(old: Old, day: str, *, marked: bool) -> None:
    """Remove files; with ``marked`` each is first said to be expired in its run's manifest."""
    for path in old.files:
        inside(path, old.top)
    if marked:
        remove(old.files, old.top, "expired", day)
    else:
        for path in old.files:
            path.unlink(missing_ok=True)
    for name in {path.relative_to(old.top).parts[0] for path in old.files}:
        for folder in folders_in(old.top / name):
            _prune(folder)


def _prune(folder: Path) -> None:
    """Remove a folder in which nothing is left but empty folders."""
    for below in folders_in(folder):
        _prune(below)
    with suppress(OSError):  # it holds something
        folder.rmdir()


def drop(path: Path, top: Path) -> None:
    """Remove a leftover, file or folder."""
    inside(path, top)
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
