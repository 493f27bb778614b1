"""What is wrong with a mapping, at a path of its file."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True)
class Problem:
    """Something wrong at a path of the file: what was found, and what to do."""

    path: tuple[str | int, ...]
    found: str
    do: str


def unknown(at: tuple[str | int, ...], what: str, name: str, known: Iterable[str]) -> Problem:
    """``name`` is none of ``known``; the nearest of them is offered."""
    words = list(known)
    close = get_close_matches(name, words, n=1)
    do = f"did you mean `{close[0]}`?" if close else f"known are: {', '.join(words) or 'none'}"
    return Problem(at, f"`{name}` is no {what}", do)
