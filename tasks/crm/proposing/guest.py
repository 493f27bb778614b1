"""A read-only guest who comes back after a refusal: one slow or forbidden table does not end the visit.

Databases end a whole transaction at an error; an audit wants that, for it must see one state. Looking around
does not.
"""

from collections.abc import Callable, Mapping

import pyarrow as pa

from tasks.crm.refusals import Refusal
from tasks.crm.sources import Source


class Guest:
    """A source that opens anew after each refusal.

    Args:
        open_: opens the database.
    """

    def __init__(self, open_: Callable[[], Source]) -> None:
        self._open = open_
        self._source = open_()

    def read(self, sql: str, parameters: Mapping[str, str | int]) -> pa.Table:
        """The rows of one guarded SELECT.

        Raises:
            Refusal: the database cannot run it; the next one finds it open again.
        """
        try:
            return self._source.read(sql, parameters)
        except Refusal:
            self._source.close()
            self._source = self._open()
            raise

    def close(self) -> None:
        """Let the database go."""
        self._source.close()
