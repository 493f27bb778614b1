"""What people did, what they were told before, and the chain of it all."""

from collections.abc import Sequence

import pandas as pd

from tasks.store import acts, trail
from tasks.store.acts import ActRow
from tasks.store.face.opened import Opened
from tasks.store.rows import Moment, micros


class Acts(Opened):
    """Acts, and the batches that bind all that is known."""

    def note_acts(self, source: str, ordered: Sequence[ActRow], now: Moment) -> list[str]:
        """Write what people did, as one batch; their ids. Audits from ``at`` on judge by it."""
        key = self._key()
        with self._write() as connection:
            return acts.note(connection, key, source, ordered, micros(now))

    def acts(self, source: str, until: int | None = None) -> pd.DataFrame:
        """Acts known until then: ``audits.acts.ACT_COLUMNS``, entered_at, why, evidence, batch; by instant."""
        with self._read() as connection:
            return trail.read_acts(connection, source, until)

    def told(self, source: str) -> dict[str, int]:
        """Finding -> the instant at which a server first took a mail about it, microseconds."""
        with self._read() as connection:
            return acts.told(connection, source)

    def find(self, source: str, name: str) -> list[tuple[str, str, str, str]]:
        """Findings whose id begins with ``name`` or whose record is called so: id, clause, label, state."""
        with self._read() as connection:
            return acts.find(connection, source, name)

    def trail_head(self, source: str) -> trail.Head:
        """The last batch of a source's chain, as a report prints it."""
        with self._read() as connection:
            return trail.head(connection, source)

    def trail_faults(self, source: str, heads: Sequence[tuple[str, trail.Head]] = ()) -> list[trail.Fault]:
        """Everything that is wrong with a source's chain; empty where it is whole.

        Args:
            heads: heads that were printed, and where.
        """
        key = self._key()
        with self._read() as connection:
            found = trail.faults(connection, key, source)
            return [*found, *trail.missing_heads(connection, source, heads)]
