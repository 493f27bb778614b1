"""One audit under way: what was asked, what it works with, and what each step has found so far."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from audits.errors import ClausewatchError, WrongUse
from audits.facts import Facts
from audits.instants import DAY, instant_of, moment_of
from audits.judge import Judged
from audits.life import Changes
from audits.marking import Known
from audits.notices import Plan
from audits.people import People
from audits.periods import Period, Unit, parse, period_of
from audits.rules import Rules
from config.clock import now
from config.mapping import Mapping, load_mapping
from config.rulebook import gather, prove_rules
from config.settings import Settings
from config.trail import key_of
from flows.auditing.request import AuditRequest
from reports.result_set import ResultSet
from tasks.store import Store, open_store

ENGINE = version("clausewatch")


@dataclass
class Done:
    """What one step did, for the terminal, the artifact and the log."""

    step: str
    said: str
    seconds: float
    note: str = ""


@dataclass(frozen=True)
class Read:
    """One table or sheet of an extract: ``milliseconds`` None from a snapshot, ``newest`` "" where it has none."""

    what: str
    rows: int
    milliseconds: int | None = None
    newest: str = ""


class AuditRun:
    """Everything the steps of one audit share; a plain object, so that Prefect passes it on untouched.

    The steps fill it in their order: extract (``facts``, ``snapshot``), judge (``judged``, ``results``),
    compare (``before``, ``after``, ``changes``, ``plan``), send (``outcomes``), render (``files``).

    Args:
        request: what to audit.
        settings: of this installation.
        env: the environment, for the mapping's connections.
        due: when this run was expected to start, for one that a schedule started; None: now.
    """

    def __init__(
        self, request: AuditRequest, settings: Settings, env: dict[str, str], due: datetime | None = None
    ) -> None:
        self.request, self.settings, self._env, self._due = request, settings, env, due
        self.started_at: datetime = now()
        self.lang = request.lang or settings.lang
        self.watch: Callable[[AuditRun], None] | None = None
        self._nothing_found_yet()

    def _nothing_found_yet(self) -> None:
        self.mapping: Mapping | None = None
        self._store: Store | None = None
        self.started = False
        self.done: list[Done] = []
        self.facts: Facts | None = None
        self.names: dict[tuple[str, str], str] = {}
        self.directory = pd.DataFrame()
        self.newest: dict[str, int | None] = {}
        self.reads: list[Read] = []
        self.as_of = 0
        self.period: Period | None = None
        self.folder = Path()
        self.snapshot: dict[str, Any] = {}
        self.snapshot_folder = Path()
        self.parts: list[Facts] = []
        self.rules: Rules | None = None
        self.judged: Judged | None = None
        self.known = Known()
        self.results: dict[str, Any] = {}
        self.before = self.after = pd.DataFrame()
        self.changes: Changes | None = None
        self.people: People | None = None
        self.plan: Plan | None = None
        self.running = pd.DataFrame()
        self.day: dict[str, Any] = {}
        self.previous: int | None = None
        self.reported: int | None = None
        self.stood = pd.DataFrame()
        self.looks = False  # a look between two audits: it reports no period and stores what it judged
        self.aside = ""  # for whom a look stepped aside
        self.committed = False
        self.outcomes: dict[str, Any] = {}
        self.files: dict[str, Path] = {}
        self.result: ResultSet | None = None
        self.remarks: tuple[str, ...] = ()
        self.alarms: list[str] = []
        self.alerts: list[tuple[str, str]] = []
        self.told_alarms = self.told_remarks = 0
        self.life: dict[str, Any] = {}

    def prove(self) -> None:
        """Read the files people edit: what is wrong there is said before anything is tried.

        Raises:
            WrongUse: mapping, rules, calendar or request are wrong; file and line are named.
        """
        if self.request.snapshot is None:
            self.mapping = load_mapping(self.request.source or self.settings.source, self._env)
            gather(self.settings, self.mapping.text)
            prove_rules(self.settings, self.request.standards)
            self._refuse_what_lies_ahead(self.mapping.file.zone)

    def open(self) -> None:
        """Prove the files and open the store.

        Raises:
            WrongUse: see ``prove``.
            StoreError: the store is locked, full, gone or not ours.
        """
        self.prove()
        url, wait = self.settings.store_url.get_secret_value(), self.settings.store_wait_s
        self._store = open_store(url, wait, key_of(self.settings))

    def _refuse_what_lies_ahead(self, zone: str) -> None:
        asked, text = self.request.as_of, self.request.period
        if asked is not None and asked > self.started_at:
            raise WrongUse(
                f"the instant {asked.isoformat()} lies ahead", "--as-of", "choose one that has passed"
            )
        if text:
            _refuse_period(_period(text, zone), instant_of(asked or self.started_at))

    @property
    def store(self) -> Store:
        """The audit store, from ``open`` to ``close``."""
        if self._store is None:
            raise ClausewatchError("the store is not open", "audit", "open the run first")
        return self._store

    def close(self) -> None:
        """Give the store's connections back; whoever uses it later opens them again."""
        if self._store is not None:
            self._store.close()

    @property
    def standards(self) -> str:
        """Key of the standard set: the life of findings goes by source and this."""
        return "+".join(sorted(self.rules.standards)) if self.rules else ""

    @property
    def step(self) -> str:
        """The step under way, for whoever is told that it failed."""
        if self._store is None:
            return "open"
        order = ("extract", "open_rulebook", "check_freshness", "judge", "compare", "send", "render")
        ended = {one.step for one in self.done}
        return next((name for name in order if name not in ended), "")

    def note(self, done: Done) -> None:
        """Keep what a step said, and tell whoever watches."""
        self.done.append(done)
        if self.watch:
            self.watch(self)

    def place(self, facts: Facts, as_of: int | None = None, period: str = "") -> None:
        """Fix instant, period and folder, once the extract's own instant is known.

        Args:
            as_of: instant to judge at when none was asked for; default: the extract's own.
            period: the period when none was asked for; default: the month of the day before. A run that an
                outage delayed asks for the day before it was due.

        Raises:
            WrongUse: the instant is later than the extract, or the period begins after it.
        """
        asked = self.request.as_of
        self.as_of = instant_of(asked) if asked else as_of or facts.extracted_at
        if self.as_of > facts.extracted_at:
            raise WrongUse(
                f"the instant {moment_of(self.as_of).isoformat()} is later than the extract, "
                f"which was taken at {moment_of(facts.extracted_at).isoformat()}",
                f"--as-of, source {facts.source}",
                "choose an instant not later than the extract",
            )
        zone, text = facts.zone, self.request.period or period
        due = min(self.as_of, instant_of(self._due)) if self._due else self.as_of
        self.period = _period(text, zone) if text else period_of(due - DAY, Unit.MONTH, zone)
        _refuse_period(self.period, self.as_of)
        self.facts = facts
        stamp = moment_of(self.as_of).strftime("%Y%m%dT%H%M%SZ")
        name = f"{facts.source}-{self.period.key}-{stamp}"
        self.folder = self.settings.out / re.sub(r"[^\w.+-]+", "_", name)

    @property
    def run_id(self) -> str:
        """Unique for ever: folder and start."""
        return f"{self.folder.name}@{self.started_at.isoformat()}"


def _period(text: str, zone: str) -> Period:
    try:
        return parse(text, zone)
    except WrongUse as error:
        raise WrongUse(error.found, error.where or "--period", error.do) from None


def _refuse_period(period: Period, at: int) -> None:
    if period.start > at:
        raise WrongUse(
            f"the period {period.key} begins after the audit's instant {moment_of(at).isoformat()}",
            "--period",
            "choose a period that has begun",
        )
