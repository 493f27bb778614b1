"""One audit under way: what was asked, what it works with, and what each step has found so far."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from audits.facts import Facts
from audits.instants import DAY, instant_of, moment_of
from audits.judge import Judged
from audits.life import Changes
from audits.notices import Plan
from audits.people import People
from audits.periods import Period, Unit, parse, period_of
from audits.rules import Rules
from config.clock import now
from config.mapping import Mapping, load_mapping
from config.rulebook import gather
from config.settings import Settings
from flows.request import AuditRequest
from tasks.store import Store, open_store

ENGINE = version("clausewatch")


@dataclass
class Done:
    """What one step did, for the terminal, the artifact and the log."""

    step: str
    said: str
    seconds: float
    note: str = ""


class AuditRun:
    """Everything the steps of one audit share; a plain object, so that Prefect passes it on untouched.

    The steps fill it in their order: extract (``facts``, ``snapshot``), judge (``judged``, ``results``),
    compare (``before``, ``after``, ``changes``, ``plan``), send (``outcomes``), render (``files``).
    """

    def __init__(self, request: AuditRequest, settings: Settings, env: dict[str, str]) -> None:
        self.request, self.settings = request, settings
        self.started_at: datetime = now()
        self.lang = request.lang or settings.lang
        self.mapping: Mapping | None = None
        if request.snapshot is None:
            self.mapping = load_mapping(request.source or settings.source, env)
            gather(settings, self.mapping.text)  # what is missing is said before the CRM is read
        self.store: Store = open_store(settings.store_url.get_secret_value())
        self.done: list[Done] = []
        self.facts: Facts | None = None
        self.names: dict[tuple[str, str], str] = {}
        self.directory = pd.DataFrame()
        self.newest: dict[str, int | None] = {}
        self.as_of = 0
        self.period: Period | None = None
        self.folder = Path()
        self.snapshot: dict[str, Any] = {}
        self.rules: Rules | None = None
        self.judged: Judged | None = None
        self.results: dict[str, Any] = {}
        self.before = self.after = pd.DataFrame()
        self.changes: Changes | None = None
        self.people: People | None = None
        self.plan: Plan | None = None
        self.previous: int | None = None
        self.committed = False
        self.outcomes: dict[str, int] = {}
        self.files: dict[str, Path] = {}
        self.alarms: list[str] = []
        self.told_alarms = 0
        self.life: dict[str, Any] = {}
        self.watch: Callable[[AuditRun], None] | None = None

    @property
    def standards(self) -> str:
        """Key of the standard set: the life of findings goes by source and this."""
        return "+".join(sorted(self.rules.standards)) if self.rules else ""

    @property
    def step(self) -> str:
        """The step under way, for whoever is told that it failed."""
        order = ("extract", "open_rulebook", "check_freshness", "judge", "compare", "send", "render")
        ended = {one.step for one in self.done}
        return next((name for name in order if name not in ended), "")

    def note(self, done: Done) -> None:
        """Keep what a step said, and tell whoever watches."""
        self.done.append(done)
        if self.watch:
            self.watch(self)

    def place(self, facts: Facts, as_of: int | None = None) -> None:
        """Fix instant, period and folder, once the extract's own instant is known.

        Args:
            as_of: instant to judge at when none was asked for; default: the extract's own.
        """
        self.facts = facts
        asked = self.request.as_of
        self.as_of = instant_of(asked) if asked else as_of or facts.extracted_at
        zone = facts.zone
        text = self.request.period
        self.period = parse(text, zone) if text else period_of(self.as_of - DAY, Unit.MONTH, zone)
        stamp = moment_of(self.as_of).strftime("%Y%m%dT%H%M%SZ")
        name = f"{facts.source}-{self.period.key}-{stamp}"
        self.folder = self.settings.out / re.sub(r"[^\w.+-]+", "_", name)

    @property
    def run_id(self) -> str:
        """Unique for ever: folder and start."""
        return f"{self.folder.name}@{self.started_at.isoformat()}"
