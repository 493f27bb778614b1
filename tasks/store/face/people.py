"""People: their names and addresses, and how they are forgotten."""

import pandas as pd

from tasks.forgetting.names import Names
from tasks.store import directory, erasing
from tasks.store.errors import explained
from tasks.store.face.opened import Opened
from tasks.store.rows import Moment, micros


class People(Opened):
    """The directory in versions, and what of it was erased."""

    def put_directory(self, source: str, frame: pd.DataFrame, now: Moment) -> None:
        """Add names and addresses (entity, id, code, name, email, phone), and versions of those that changed."""
        with self._write() as connection:
            directory.put(connection, source, frame, micros(now))

    def directory(self, source: str, at: int | None = None) -> pd.DataFrame:
        """Names and addresses as known at ``at`` (None: now): entity, id, code, name, email, phone; erased: ""."""
        with self._read() as connection:
            return directory.get(connection, source, at)

    def names_known(self, source: str) -> int:
        """Instant of the newest change of any name, microseconds: ``directory`` gives the same for it ever after."""
        with self._read() as connection:
            return directory.known_until(connection, source)

    def erased(self, source: str) -> list[tuple[str, str]]:
        """Entity and id of every entry whose names were erased."""
        with self._read() as connection:
            return directory.erased(connection, source)

    def people(self, who: str, source: str = "", entity: str = "") -> list[erasing.Entry]:
        """Entries of the directory by id or code, else by a part of a name or address; "" is any source or entity."""
        with self._read() as connection:
            return erasing.find(connection, who, source, entity)

    def mails_about(self, entry: erasing.Entry, names: Names) -> erasing.Mails:
        """Mails for somebody, and mails whose bytes name them."""
        with self._read() as connection:
            return erasing.mails_about(connection, entry, names)

    def forget(self, entry: erasing.Entry, names: Names, by: str, why: str, now: Moment) -> erasing.Mails:
        """Blank names, addresses and mails of one entry for good, and note who ordered it; what was blanked.

        The ledger stays. Erasing again finds what came since, and notes nothing.
        """
        key = self._key()
        with self._write() as connection:
            found = erasing.mails_about(connection, entry, names)
            erasing.forget(connection, key, entry, names, found, by, why, micros(now))
        with explained(self._where):
            erasing.leave_no_trace(self._engine)
        return found

    def bound(self, names: Names) -> int:
        """Lines of the chain whose own words name somebody; they cannot be changed."""
        with self._read() as connection:
            return erasing.bound(connection, names)

    def expire_mails(self, before: Moment, now: Moment, *, dry: bool = False) -> int:
        """Let the bytes of mails settled before an instant go, their hashes stay; how many (would) go."""
        with self._write() as connection:
            old = erasing.grown_old(connection, micros(before))
            return len(old) if dry else erasing.blank(connection, old, micros(now))

    def erase(self, source: str, entity: str, key: str, now: Moment) -> bool:
        """Forget a person's name and addresses for good, and the mails made for them; False: not known."""
        with self._write() as connection:
            return directory.erase(connection, source, entity, key, micros(now))
