"""Every error a user can meet says what was found, where, and what to do."""

from typing import Any


class ClausewatchError(Exception):
    """Something could not be done; the message is for the person who can mend it.

    Args:
        found: what was found, in one sentence.
        where: file and line, table and column, sheet and cell, address; "" when there is no place.
        do: what to do next.
    """

    #: Exit code of the command: 3 = could not judge.
    exit_code = 3

    def __init__(self, found: str, where: str = "", do: str = "") -> None:
        self.found, self.where, self.do = found, where, do
        super().__init__(" | ".join(part for part in (found, where, do) if part))

    def __reduce__(self) -> "tuple[Any, ...]":
        """Another process raises it whole again, with its parts."""
        return Exception.__new__, (type(self), *self.args), self.__dict__


class WrongUse(ClausewatchError):
    """The request itself is wrong (an option, a file people edit); nothing was tried."""

    exit_code = 2
