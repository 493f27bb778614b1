"""What a look of ``doctor`` found."""

from typing import NamedTuple


class Finding(NamedTuple):
    """One line: ``state`` is ok, warn or bad."""

    what: str
    state: str
    found: str
    do: str = ""
