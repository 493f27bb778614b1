"""What is wrong with a file that people edit, at a path of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from audits.errors import WrongUse


@dataclass(frozen=True)
class Problem:
    """Something wrong at a path of the file: what was found, and what to do."""

    path: tuple[str | int, ...]
    found: str
    do: str


class FileError(WrongUse):
    """A file cannot be used; ``problems`` lists (found, where, do), the first of them is the message."""

    def __init__(self, problems: list[tuple[str, str, str]]) -> None:
        self.problems = problems
        found, where, do = problems[0]
        rest = "".join(f"\n  {w}: {f}; {d}" for f, w, d in problems[1:])
        super().__init__(found, where, do + (f"\nand also:{rest}" if rest else ""))


def unknown(at: tuple[str | int, ...], what: str, name: str, known: Iterable[str]) -> Problem:
    """``name`` is none of ``known``; the nearest of them is offered."""
    words = list(known)
    close = get_close_matches(name, words, n=1)
    do = f"did you mean `{close[0]}`?" if close else f"known are: {', '.join(words) or 'none'}"
    return Problem(at, f"`{name}` is no {what}", do)
