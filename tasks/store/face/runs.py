"""Runs: begun, committed and ended; who may change the life of a source's findings; how far a source may go."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from audits.acts import Act
from audits.life import Changes
from audits.notices import Notice
from audits.words import NAT
from tasks.store import acts, runs
from tasks.store.acts import ActRow
from tasks.store.commit import Result, commit, keep_counts
from tasks.store.dialects import insert
from tasks.store.errors import LeaseHeld, StoreBusy, StoreError
from tasks.store.face.opened import Opened
from tasks.store.rows import CountRow, MailRow, Mode, Moment, RunRow, RunState, SourceState, micros
from tasks.store.schema import sources

#: Seconds for which a lease holds unless given back: whoever needs longer is taken for dead.
LEASE_S: Final = 300


class Runs(Opened):
    """What audits did, one at a time, and for which source they may mail."""

    def start_run(self, run: RunRow) -> None:
        """Note that a run began; noting it twice is noting it once."""
        with self._write() as connection:
            runs.start(connection, run)

    def finish_run(self, run: str, state: RunState, now: Moment, note: str = "") -> None:
        """Note how a run ended: ``finished``, ``older`` or ``failed``, and in ``note`` why."""
        with self._write() as connection:
            runs.finish(connection, run, state, micros(now), note)

    def last_committed(self, source: str, standards: str) -> int | None:
        """``as_of`` of the newest run of this life, looks included, microseconds; None when there is none."""
        with self._read() as connection:
            return runs.last_committed(connection, source, standards)

    def last_report(self, source: str, standards: str) -> int | None:
        """``as_of`` of the newest committed run that reported a period, microseconds; None: no report yet."""
        with self._read() as connection:
            return runs.last_report(connection, source, standards)

    def note_look(self, run: str, now: Moment) -> None:
        """Note a look that found nothing to change; call it while holding the lease. Only the newest is kept."""
        with self._write() as connection:
            runs.looked(connection, run, micros(now))

    def keep_counts(
        self, run: str, counts: Sequence[CountRow], state: RunState, now: Moment, note: str = ""
    ) -> None:
        """Keep what a run counted, and nothing else of it: no finding changes and nobody is told.

        Keeping it twice is keeping it once.

        Args:
            state: ``reconstructed`` for a past period judged from today's data.
            note: what the counts are made from.
        """
        key = self._key()
        with self._write() as connection:
            keep_counts(connection, run, counts, state, note, micros(now), key)

    @contextmanager
    def lease(
        self,
        source: str,
        owner: str,
        clock: Callable[[], datetime],
        ttl_s: int = LEASE_S,
        *,
        wait_s: int = 2 * LEASE_S,
        pause: Callable[[float], None] = time.sleep,
    ) -> Iterator[None]:
        """Hold the right to change the life of a source's findings: read, compare, plan and commit inside.

        A second run waits here, and finds what the first one made known. A lease that was not given back is
        free when its process is gone from this host, or after its time.

        Args:
            owner: id of the run.
            clock: reads the real clock (``config.clock.now``).
            ttl_s: seconds after which others may take it.
            wait_s: seconds to wait for another run.
            pause: sleeps that many seconds.

        Raises:
            LeaseHeld: another run held it all that time.
        """
        deadline = clock() + timedelta(seconds=wait_s)
        seconds = 0.1
        while (holder := self._take(source, owner, micros(clock()), ttl_s)) != owner:
            if clock() >= deadline:
                raise LeaseHeld(
                    f"Another run holds the lease of {source}: {holder}",
                    self._where,
                    "Wait until it ends; if it died, its lease ends by itself at that instant",
                )
            pause(seconds)
            seconds = min(2 * seconds, 5.0)
        try:
            yield
        finally:
            # A lease that cannot be given back ends by itself; what happened inside matters more.
            with suppress(StoreError), self._write() as connection:
                runs.give_back(connection, source, owner)

    def _take(self, source: str, owner: str, now: int, ttl_s: int) -> str:
        try:
            with self._write() as connection:
                return runs.take(connection, source, owner, self.process, now, ttl_s)
        except StoreBusy as busy:  # a long commit is no reason not to wait for its lease
            return busy.found

    def commit(
        self,
        run: str,
        source: str,
        standards: str,
        as_of: int,
        changes: Changes,
        counts: Sequence[CountRow] = (),
        notices: Sequence[Notice] = (),
        mails: Sequence[MailRow] = (),
        *,
        now: Moment,
        recalled: Sequence[str] = (),
    ) -> bool:
        """Make a run part of what is known, in one transaction; call it while holding the lease.

        Committing a run again writes nothing and is True: Prefect may repeat a task whose answer was lost.
        Mails that are in the outbox and notices that are told by the same mail are left as they are.

        Args:
            changes: ``audits.life.compare`` of what ``findings`` gave inside this lease.
            counts: of every clause judged.
            notices: what is owed now; each names its mail by ``envelope``.
            mails: these envelopes, as they will be sent.
            now: by the real clock.
            recalled: envelopes of earlier runs that still wait and that ``mails`` replaces.

        Returns:
            False when a run with a later ``as_of`` was committed before; then nothing was written (law 15).

        Raises:
            LeaseLost: the lease is not held by this run.
            StaleChanges: findings, notices or mails changed since they were read.
        """
        result = Result(run, source, standards, as_of, changes, counts, notices, mails, recalled)
        key = self._key()
        with self._write() as connection:
            return commit(connection, result, micros(now), key)

    def known_sources(self) -> list[str]:
        """Sources that have a chain or a run."""
        with self._read() as connection:
            return runs.known_sources(connection)

    def source_state(self, source: str) -> SourceState:
        """How far this source may go; a new one is in ``preview`` (law 16)."""
        with self._read() as connection:
            query = select(sources.c.mode, sources.c.live_from).where(sources.c.source == source)
            row = connection.execute(query).one_or_none()
        return SourceState("preview", None) if row is None else SourceState(row.mode, row.live_from)

    def go(
        self,
        source: str,
        mode: Mode,
        now: Moment,
        live_from: Moment | None = None,
        *,
        person: str = "",
        why: str = "",
    ) -> None:
        """Let a source go into ``preview``, ``pilot`` or ``live``; ``live_from`` makes the baseline.

        Args:
            person, why: who ordered it and for what reason, for the chain.
        """
        at = micros(now)
        begins = None if live_from is None else micros(live_from)
        row = {"mode": mode, "live_from": begins, "changed_at": at}
        order = ActRow(Act("", mode, at, person, begins=NAT if begins is None else begins), why)
        key = self._key()
        with self._write() as connection:
            statement = insert(connection, sources).values(source=source, **row)
            connection.execute(statement.on_conflict_do_update(index_elements=["source"], set_=row))
            acts.note(connection, key, source, [order], at)

    def go_live(self, source: str, live_from: Moment, now: Moment) -> None:
        """Let a source mail everybody about what falls due from ``live_from`` on."""
        self.go(source, "live", now, live_from)
