"""The audit store as the rest of the house sees it: each method is one transaction, and whole or nothing."""

from collections.abc import Sequence

import pandas as pd

from tasks.store import packs, trail
from tasks.store.engine import open_engine, shown
from tasks.store.errors import explained
from tasks.store.expected import ExpectedRuns
from tasks.store.face.acts import Acts
from tasks.store.face.frames import Frames
from tasks.store.face.outbox import Outbox
from tasks.store.face.people import People
from tasks.store.face.runs import Runs
from tasks.store.hands import Hands
from tasks.store.migrate import bring_up_to_date
from tasks.store.rows import MailRow, Moment, micros


def open_store(url: str, wait_s: int = 60, key: trail.Key = trail.no_key) -> "Store":
    """Open the audit store, made or brought up to date as needed.

    Args:
        url: ``sqlite:///state/clausewatch.db`` or ``postgresql://user:password@host/database``.
        wait_s: seconds to wait for somebody else's lock.
        key: gives the key that binds batches into the chain, asked when one is written or proved.

    Raises:
        WrongUse: another kind of database.
        StoreNewer: a newer Clausewatch has written it.
        StoreUnreachable, StoreUnreadable, StoreBusy, StoreFull: as their names say.
    """
    engine = open_engine(url, wait_s)
    where = shown(engine.url)
    try:
        with explained(where):
            bring_up_to_date(engine, where)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, key)


class Store(Runs, Acts, Frames, Outbox, People):
    """The audit store. One object serves one process; a forked child opens its own.

    Moments are zone-aware or microseconds since the epoch; ``as_of`` is microseconds. Every method raises
    one of ``tasks.store.errors`` when the database is locked, full, gone or not ours.
    """

    @property
    def expected(self) -> ExpectedRuns:
        """The ledger of expected runs."""
        return ExpectedRuns(self._read, self._write, self.process)

    @property
    def hands(self) -> Hands:
        """Who works on which source."""
        return Hands(self._write, self.process)

    def owe_pack(self, pack: packs.PackRow, mails: Sequence[MailRow], now: Moment) -> int:
        """Enter a pack with its mails, all or nothing; how many mails are new (``tasks.store.packs``).

        Raises:
            StaleChanges: another process entered another pack of this report and period meanwhile.
        """
        with self._write() as connection:
            return packs.owe(connection, pack, mails, micros(now))

    def known_packs(self, source: str | None = None) -> pd.DataFrame:
        """Every pack of a source (None: of all) with the fields of ``PackRow`` and ``made_at``, the oldest first."""
        with self._read() as connection:
            return packs.known(connection, source)

    def proof_of_packs(self, source: str) -> list[packs.Proof]:
        """What became of the mails of a source's packs."""
        with self._read() as connection:
            return packs.proof(connection, source)
