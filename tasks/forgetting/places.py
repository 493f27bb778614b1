"""Folders walked without leaving them: no link is followed, and what lies elsewhere is refused."""

import os
from collections.abc import Iterator
from pathlib import Path

from audits.errors import WrongUse


def inside(path: Path, *tops: Path) -> Path:
    """The path, where it lies in one of these folders and no part of it is a link.

    Raises:
        WrongUse: it leads elsewhere.
    """
    real = path.resolve()
    for top in tops:
        root = top.resolve()
        if root in real.parents and real == root / path.absolute().relative_to(top.absolute()):
            return path
    do = f"name something below {' or '.join(str(top) for top in tops)}"
    raise WrongUse("this path leads elsewhere; nothing there is removed", str(path), do)


def files_below(top: Path, *but: str) -> Iterator[Path]:
    """Every plain file below a folder, in order; links and folders of these names are passed by."""
    try:
        entries = sorted(os.scandir(top), key=lambda one: one.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False) and entry.name not in but:
            yield from files_below(Path(entry.path), *but)
        elif entry.is_file(follow_symlinks=False):
            yield Path(entry.path)


def folders_in(top: Path) -> list[Path]:
    """Folders right below a folder, in order; links are passed by."""
    try:
        return sorted(Path(one.path) for one in os.scandir(top) if one.is_dir(follow_symlinks=False))
    except (FileNotFoundError, NotADirectoryError):
        return []
