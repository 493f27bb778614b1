"""Whose turn it is to work on a source: one run has it in hand, so that none overtakes another.

It keeps order and spares the CRM. What keeps the books right is the lease within which a run commits, so a
hand that is lost (a machine asleep, a store out of reach) costs nothing but order. It is a row of the table of
leases, under a name that no source can have; whoever has it says every minute that he lives.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime
from threading import Event, Thread
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select, update

from tasks.store.dialects import insert
from tasks.store.errors import StoreError
from tasks.store.processes import is_dead
from tasks.store.rows import micros
from tasks.store.schema import leases

_SECOND: Final = 1_000_000
#: Seconds after which a hand is free of which nobody on this host can say whether its process lives.
_UNHEARD_S: Final = 300
#: Seconds from one sign of life to the next.
_EVERY_S: Final = 60
#: Seconds after which a run is taken for hung, and others pass it.
_LONGEST_S: Final = 6 * 3600


class Hands:
    """Who has which source in hand.

    Args:
        write: a transaction of the store.
        process: name of this process and store.
    """

    def __init__(self, write: Callable[[], AbstractContextManager[Connection]], process: str) -> None:
        self._write, self._process = write, process

    @contextmanager
    def asked(
        self,
        source: str,
        what: str,
        clock: Callable[[], datetime],
        *,
        every_s: float = _EVERY_S,
        longest_s: int = _LONGEST_S,
    ) -> Iterator[str]:
        """Have a source in hand while the block runs, if nobody else has it.

        Args:
            what: what is done with it, for whoever asks meanwhile.
            clock: reads the real clock (``config.clock.now``).
            every_s: seconds from one sign of life to the next.
            longest_s: seconds after which none is given any more.

        Yields:
            "" where it is ours; else what another does and in which process, and nothing is held.
        """
        begun = micros(clock())
        if holder := self._take(source, what, begun):
            yield holder
            return
        over = Event()

        def live() -> None:
            while not over.wait(every_s) and (at := micros(clock())) < begun + longest_s * _SECOND:
                with suppress(StoreError):  # the next sign may come through
                    self._renew(source, at)

        signs = Thread(target=live, daemon=True, name=f"hand of {source}")
        signs.start()
        try:
            yield ""
        finally:
            over.set()
            signs.join()
            with suppress(StoreError), self._write() as connection:  # else it ends by itself
                connection.execute(delete(leases).where(self._ours(source)))

    def _take(self, source: str, what: str, at: int) -> str:
        row = {"owner": what, "process": self._process, "until": at + _UNHEARD_S * _SECOND}
        its = leases.c.source == _name(source)
        with self._write() as connection:
            before = connection.execute(select(leases).where(its)).one_or_none()
            dead = before.process if before and is_dead(before.process) else None
            free = or_(leases.c.until < at, leases.c.process == dead)
            statement = insert(connection, leases).values(source=_name(source), **row)
            connection.execute(
                statement.on_conflict_do_update(index_elements=["source"], set_=row, where=free)
            )
            holder = connection.execute(select(leases).where(its)).one()
        if holder.process == self._process:
            return ""
        host, number, *_ = holder.process.split(":")
        return f"{holder.owner}, process {number} on {host}"

    def _renew(self, source: str, at: int) -> None:
        with self._write() as connection:
            ours = update(leases).where(self._ours(source))
            connection.execute(ours.values(until=at + _UNHEARD_S * _SECOND))

    def _ours(self, source: str) -> ColumnElement[bool]:
        return and_(leases.c.source == _name(source), leases.c.process == self._process)


def _name(source: str) -> str:
    return f"hand: {source}"
