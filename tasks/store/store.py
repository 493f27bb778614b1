"""The audit store as the rest of the house sees it: each method is one transaction, and whole or nothing."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Final, Self

import pandas as pd
from sqlalchemy import Connection, Engine, select

from audits.acts import Act
from audits.life import Changes
from audits.notices import Notice
from audits.words import NAT
from tasks.forgetting.names import Names
from tasks.store import acts, directory, erasing, outbox, packs, proofs, reading, runs, trail
from tasks.store.acts import ActRow
from tasks.store.commit import Result, commit, keep_counts
from tasks.store.dialects import insert
from tasks.store.engine import open_engine, shown
from tasks.store.errors import LeaseHeld, StoreBusy, StoreError, explained
from tasks.store.expected import ExpectedRuns
from tasks.store.hands import Hands
from tasks.store.migrate import bring_up_to_date
from tasks.store.processes import own_name
from tasks.store.rows import (
    Answer,
    CountRow,
    MailRow,
    Mode,
    Moment,
    OutboxMail,
    Outcome,
    RunRow,
    RunState,
    SourceState,
    micros,
)
from tasks.store.schema import sources

#: Seconds for which a lease or a claim holds unless given back: whoever needs longer is taken for dead.
LEASE_S: Final = 300
CLAIM_S: Final = 900


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


class Store:
    """The audit store. One object serves one process; a forked child opens its own.

    Moments are zone-aware or microseconds since the epoch; ``as_of`` is microseconds. Every method raises
    one of ``tasks.store.errors`` when the database is locked, full, gone or not ours.
    """

    def __init__(self, engine: Engine, key: trail.Key = trail.no_key) -> None:
        self._engine = engine
        self._key = key
        self._where = shown(engine.url)
        #: Who claims mails and leases: told apart from every other store and process.
        self.process = own_name()

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with explained(self._where), self._engine.execution_options(immediate=True).begin() as connection:
            yield connection

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with explained(self._where), self._engine.begin() as connection:
            yield connection

    @property
    def expected(self) -> ExpectedRuns:
        """The ledger of expected runs."""
        return ExpectedRuns(self._read, self._write, self.process)

    @property
    def hands(self) -> Hands:
        """Who works on which source."""
        return Hands(self._write, self.process)

    # Runs and the life of findings

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

    # What people did, and the chain of it all

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

    def known_sources(self) -> list[str]:
        """Sources that have a chain or a run."""
        with self._read() as connection:
            return runs.known_sources(connection)

    # What is known, as frames

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

    # The outbox

    def pending_mails(
        self, now: Moment | None = None, limit: int | None = None, source: str | None = None, kind: str = ""
    ) -> list[OutboxMail]:
        """Mails that may be sent at ``now`` (None: whatever waits), the longest waiting first.

        Args:
            source: of this source alone; None: of all.
            kind: of this kind alone; "": of all.
        """
        with self._read() as connection:
            return outbox.pending(connection, None if now is None else micros(now), limit, source, kind)

    def waiting_mails(
        self, now: Moment | None = None, source: str | None = None, kind: str = ""
    ) -> list[str]:
        """Ids of the same mails: what they hold is read one at a time (``waiting_mail``)."""
        with self._read() as connection:
            return outbox.waiting(connection, None if now is None else micros(now), source, kind)

    def waiting_mail(self, mail: str, now: Moment) -> OutboxMail | None:
        """One mail with its bytes; None where it waits no more."""
        with self._read() as connection:
            return next(iter(outbox.pending(connection, micros(now), 1, mail=mail)), None)

    def claim(self, mail: str, now: Moment, ttl_s: int = CLAIM_S) -> bool:
        """Take a mail to send it; False when somebody else has it or it waits no more.

        Args:
            ttl_s: seconds after which this process is taken for dead; longer than any timeout of sending.
        """
        with self._write() as connection:
            return outbox.claim(connection, mail, self.process, micros(now), ttl_s)

    def sending(self, mail: str, now: Moment) -> bool:
        """Say that DATA begins now. When it is False the claim was lost: send nothing."""
        with self._write() as connection:
            return outbox.begin(connection, mail, self.process, micros(now))

    def settle(
        self,
        mail: str,
        outcome: Outcome,
        now: Moment,
        answers: Sequence[Answer] = (),
        retry_at: Moment | None = None,
    ) -> bool:
        """Write what became of a claimed mail; False when the claim is not ours any more.

        Args:
            outcome: of the mail as a whole.
            answers: per recipient; one without an answer has the mail's outcome.
            retry_at: with ``failed``: the mail waits until then, for recipients who have not got it. None
                gives it up.
        """
        later = None if retry_at is None else micros(retry_at)
        with self._write() as connection:
            return outbox.settle(connection, mail, self.process, outcome, micros(now), answers, later)

    def recover_mails(self, now: Moment) -> tuple[int, int]:
        """Settle what dead processes claimed; call it before sending.

        Returns:
            How many mails wait again (DATA had not begun), and how many are unknown from now on.
        """
        with self._write() as connection:
            return outbox.recover(connection, micros(now))

    def resend(self, mail: str, now: Moment) -> bool:
        """A person's order: a refused, failed or unknown mail waits again, same bytes and Message-ID."""
        with self._write() as connection:
            return outbox.resend(connection, mail, micros(now))

    # Reports that are sent

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

    # People and sources

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
