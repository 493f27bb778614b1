"""What the files of a report were made with, noted in its manifest: written again later, it can say what changed.

The same results give the same bytes only with the same program, words and libraries; a difference without a name
would look like a forgery.
"""

import hashlib
import platform
import zlib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple

_HERE: Final = Path(__file__).resolve().parent
#: What of our own a report is made with -> the folder it lies in, and how the names of its files end.
_OURS: Final = {
    "judging": (_HERE.parent / "audits", (".py",)),
    "drawing": (_HERE, (".py",)),
    "templates": (_HERE, (".j2", ".css", ".js", ".typ")),
    "words": (_HERE / "words", (".po",)),
}
#: Rooms of this package that make no file of a report.
_ELSEWHERE: Final = frozenset({"mail", "archive", "clause_pages", "__pycache__"})
_LIBRARIES: Final = ("babel", "jinja2", "mplfonts", "pandas", "pyarrow", "typst", "xlsxwriter")
_DIGITS: Final = 12


class Change(NamedTuple):
    """Something that is other than when the report was written: ``then`` and ``now`` are versions or checksums."""

    what: str
    then: str
    now: str


@cache
def made_with() -> dict[str, str]:
    """What is made with what: ``clausewatch``, libraries, ``python`` and ``zlib`` -> version; ours -> checksum."""
    ours = {what: _checksum(folder, ends) for what, (folder, ends) in _OURS.items()}
    return {
        "clausewatch": version("clausewatch"),
        **ours,
        **{name: version(name) for name in _LIBRARIES},
        "python": platform.python_version(),
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
    }


def changed(then: Mapping[str, str]) -> list[Change]:
    """What differs between a note of ``made_with`` and today; "" stands for what the other side does not know."""
    now = made_with()
    names = [*now, *(name for name in then if name not in now)]
    sides = ((name, then.get(name, ""), now.get(name, "")) for name in names)
    return [Change(*side) for side in sides if side[1] != side[2]]


def _checksum(folder: Path, ends: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for path in _files(folder, ends):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:_DIGITS]


def _files(folder: Path, ends: tuple[str, ...]) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in ends and not _ELSEWHERE & set(path.relative_to(folder).parts):
            yield path
