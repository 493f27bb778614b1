"""When an export was taken: declared, told by the file's name, or the newest stamp in it; never now."""

from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from audits.model import MODEL
from audits.words import NAT
from config.mapping import Mapping as CrmMapping
from config.mapping.days import as_instant
from config.mapping.exports import LISTS, stamp_in
from tasks.crm.exports.errors import Unreadable
from tasks.crm.exports.layout import Table
from tasks.crm.meaning import how
from tasks.crm.stamps import instants

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Clock:
    """Tells the instant of each exported table, in microseconds.

    Args:
        mapping: the source's mapping.
        connection: name of the folder's connection.
        now: the present instant in microseconds; what lies ahead of it is refused.
    """

    def __init__(self, mapping: CrmMapping, connection: str, now: int) -> None:
        self._mapping, self._now = mapping, now
        self._pattern = mapping.file.connections[connection].taken_at
        self._said = mapping.file.extracted_at

    @property
    def declared(self) -> bool:
        """Whether the mapping gives one instant for all files, and no name says otherwise."""
        return self._said not in ("newest", "file name", "now") and self._pattern is None

    def taken_at(self, entity: str, table: Table, given: dict[str, pa.Array], *, alone: bool) -> int:
        """The instant of one table; where names tell none, of its newest stamp.

        Args:
            entity: what it holds.
            table: for its file's name.
            given: its columns, as the boundary reads them.
            alone: it is the entity's only table, so that nothing is compared with its instant.

        Raises:
            Unreadable: the name should tell the instant and does not, or tells one that lies ahead.
        """
        zone, name = self._mapping.file.zone, table.file
        if self._pattern is not None:
            found = stamp_in(name, self._pattern, zone)
            if found is not None:
                return self._named(entity, given, *found)
            if self._said == "file name" and entity not in LISTS:
                do = "rename it, or correct `taken_at`"
                raise Unreadable(f"the name does not tell when it was exported ({self._pattern}); {do}")
        if alone and self._said not in ("newest", "file name"):
            return min(as_instant(self._said, zone), self._now)
        newest = self._newest(entity, given, self._now)
        return 0 if newest is None else newest

    def _named(self, entity: str, given: dict[str, pa.Array], moment: datetime, to_the_minute: bool) -> int:
        """A named day ends the search for its newest stamp: the export was not taken before that."""
        first = (moment.astimezone(UTC) - _EPOCH) // _MICROSECOND
        if first > self._now:
            raise Unreadable(
                f"its name tells an instant that lies ahead ({moment:%Y-%m-%d %H:%M}); correct it"
            )
        if to_the_minute:
            return first
        end = ((moment + timedelta(days=1)).astimezone(UTC) - _EPOCH) // _MICROSECOND
        newest = self._newest(entity, given, min(end - 1, self._now))
        return first if newest is None else max(first, newest)

    def _newest(self, entity: str, given: dict[str, pa.Array], until: int) -> int | None:
        """The newest instant of what has happened, up to ``until``; None where there is none."""
        meant, best = how(self._mapping, entity), NAT
        for name, known in MODEL[entity].fields.items():
            if known.type == "ts" and name in given and not name.startswith("planned"):
                form = meant.by_field.get(name, meant.stamps)
                us = instants(given[name], form, meant.zone).us
                best = max(best, int(np.max(us[us <= until], initial=NAT)))
        return None if best == NAT else best
