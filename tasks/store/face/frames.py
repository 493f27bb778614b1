"""What is known, as frames and sums."""

from collections.abc import Sequence

import pandas as pd

from tasks.store import proofs, reading
from tasks.store.face.opened import Opened


class Frames(Opened):
    """Findings, events, counts, runs, notices and mails as they stand."""

    def findings(self, source: str, standards: str) -> pd.DataFrame:
        """Every finding (``audits.findings.FINDING_COLUMNS``)."""
        with self._read() as connection:
            return reading.known_findings(connection, source, standards)

    def events(
        self, source: str, standards: str, after: int | None = None, until: int | None = None
    ) -> pd.DataFrame:
        """Events with ``after < as_of <= until`` (``audits.findings.EVENT_COLUMNS``), in order."""
        with self._read() as connection:
            return reading.known_events(connection, source, standards, after, until)

    def finding_states(self) -> list[tuple[str, str, str, int]]:
        """How many findings stand in which state: source, standards, state, count."""
        with self._read() as connection:
            return reading.finding_states(connection)

    def mail_states(self) -> list[tuple[str, str, int]]:
        """How many mails of a source came to what: source, state, count."""
        with self._read() as connection:
            return reading.mail_states(connection)

    def counts(self, source: str, standards: str) -> pd.DataFrame:
        """Counts of every committed run: run, as_of, period, state and the fields of ``CountRow``."""
        with self._read() as connection:
            return reading.known_counts(connection, source, standards)

    def runs(self, source: str) -> pd.DataFrame:
        """Every run: the fields of ``RunRow``, state, committed_at, finished_at, note; the latest last."""
        with self._read() as connection:
            return reading.known_runs(connection, source)

    def notices(self, source: str) -> pd.DataFrame:
        """Every notice owed or told (``reading.NOTICE_COLUMNS``); ``waiting``: its mail was never tried."""
        with self._read() as connection:
            return reading.known_notices(connection, source)

    def proofs(self, source: str) -> pd.DataFrame:
        """The last answer of a server to each mail (``proofs.PROOF_COLUMNS``), oldest first."""
        with self._read() as connection:
            return proofs.delivery_proofs(connection, source)

    def mail_contents(self, mails: Sequence[str]) -> dict[str, bytes]:
        """Mail -> its bytes, of those that are known; b"" where they were erased or their time was over."""
        with self._read() as connection:
            return reading.contents(connection, mails)

    def deliveries_until(self, as_of: int, source: str) -> pd.DataFrame:
        """Own deliveries up to ``as_of`` as rows of the canonical escalation, origin ``delivery_ledger``."""
        with self._read() as connection:
            return reading.evidence(connection, source, as_of)
