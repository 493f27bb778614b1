"""A report for any period from a snapshot: judged without the CRM, changing no finding and telling nobody (law 15).

It leaves a folder under ``out/`` like an audit does. What is compared with: the last report of the same name.
"""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from itertools import chain, count
from os import environ
from pathlib import Path
from typing import Final

import pandas as pd

from audits.errors import ClausewatchError
from audits.facts import Facts
from audits.judge import Judged
from audits.people import People
from audits.watched import as_it_stood
from config.clock import now
from config.people import load_people
from config.settings import Settings
from flows.auditing import mails, steps, telling
from flows.auditing.keeping import tidy
from flows.auditing.request import AuditRequest
from flows.auditing.result_set import PLACE, result_set
from flows.auditing.run import AuditRun
from flows.past.archive import Kept
from flows.reporting.packing import Held, Wanted
from reports import BooksDoNotClose
from tasks.store import Store

#: Kinds of trouble that a report is withheld for; officer and engineer are told which.
_BOOKS: Final = (steps.BooksDoNotClose, BooksDoNotClose)


def begin(settings: Settings, wanted: Wanted) -> AuditRun:
    """Read the snapshot and open its rules; nothing is written. The run is closed by whoever asked.

    Raises:
        Held: it could not be read.
    """
    request = AuditRequest(
        period=wanted.period.key,
        snapshot=wanted.snapshot,
        lang=wanted.report.lang,
        standards=wanted.report.standards,
    )
    run = AuditRun(request, settings, dict(environ))
    with _held_back(run, wanted):
        run.open()
        for step in (steps.extract, *steps.BEFORE_JUDGING):
            steps.timed(step, run)
    return run


def make(run: AuditRun, wanted: Wanted, previous: int | None, taken: Collection[str]) -> None:
    """Judge the period and write the report's folder.

    Args:
        previous: instant of the last report of this name, which movements are told against; None: the first.
        taken: names of folders that hold what was sent: none is written into again.

    Raises:
        Held: the books do not close, or it could not be made; nothing half-written is left.
    """
    with _held_back(run, wanted):
        run.folder = _own_folder(run.folder, wanted.name, taken)
        _judge(run, wanted)
        steps.start(run)
        _look(run, _judged(run), previous)
        steps.timed(telling.render, run)


def judge_again(run: AuditRun, wanted: Wanted, kept: Kept) -> None:
    """Judge a period whose report lies in its folder, for its words alone; nothing is written.

    Raises:
        Held: it could not be judged.
    """
    with _held_back(run, wanted):
        _judge(run, wanted)
        known = kept.life[PLACE]["names_known"]
        directory = None if known is None else run.store.directory(wanted.source, known)
        run.folder = kept.folder
        run.result = result_set(_judged(run), run.results, kept.life, run.known, directory)


def _judge(run: AuditRun, wanted: Wanted) -> None:
    steps.timed_judging(run, lambda: [steps.judge_part(run, number) for number in steps.divide(run)])
    if run.judged is None:
        raise ClausewatchError("nothing was judged", wanted.name, "look at the snapshot")


def _judged(run: AuditRun) -> Judged:
    if run.judged is None:
        raise ClausewatchError("nothing was judged yet", "report", "judge first")
    return run.judged


def _own_folder(audits: Path, name: str, taken: Collection[str]) -> Path:
    """The folder of a report beside the audit's; another one where that holds what was sent."""
    base = f"{audits.name}-{re.sub(r'[^a-z0-9_-]', '_', name)}"
    names = chain([base], (f"{base}-{n}" for n in count(2)))
    return audits.with_name(next(one for one in names if one not in taken))


@contextmanager
def _held_back(run: AuditRun, wanted: Wanted) -> Iterator[None]:
    """What goes wrong keeps the report back; the run is ended and leaves no empty folder."""
    try:
        yield
    except ClausewatchError as error:
        _ended(run, error)
        raise _held(error, wanted) from error
    except BaseException as error:
        _ended(run, error)
        raise


def _look(run: AuditRun, made: Judged, previous: int | None) -> None:
    """How findings stand and stood in the last report of this name; nothing is written."""
    source = made.facts.source
    key = _life(run.store, source, run.standards)
    clauses = list(made.rules.cards)
    known = run.store.findings(source, key)
    run.before = run.after = known[known["clause"].isin(clauses)].reset_index(drop=True)
    run.previous = run.reported = previous
    run.stood = run.before.iloc[:0]
    if previous is not None:
        since = run.store.events(source, key, previous)
        run.stood = as_it_stood(run.before, since[since["finding"].isin(run.before["finding"])])
    run.people = people_of(run, made.facts)
    run.outcomes = mails.outcomes(run.store.notices(source), None, run.people)


def people_of(run: AuditRun, facts: Facts) -> People:
    """The house's people, with staff and teams as the snapshot knows them."""
    directory = run.store.directory(facts.source)
    return load_people(run.settings.people, facts.frames.get("staff"), facts.frames.get("team"), directory)


def _life(store: Store, source: str, standards: str) -> str:
    """The standard set whose findings these are: the very one, else the smallest that holds it."""
    runs: pd.DataFrame = store.runs(source)
    known = set(runs.loc[runs["committed_at"].notna(), "standards"])
    mine = set(standards.split("+"))
    whole = sorted((one for one in known if mine <= set(one.split("+"))), key=lambda one: (len(one), one))
    return standards if standards in known or not whole else whole[0]


def _ended(run: AuditRun, error: BaseException) -> None:
    tidy(run)
    if run.started:
        run.store.finish_run(run.run_id, "failed", now(), str(error)[:500])
    run.close()


def _held(error: ClausewatchError, wanted: Wanted) -> Held:
    why = "books" if isinstance(error, _BOOKS) else "failed"
    todo = (("makers", ""),) if why == "books" else (("again", wanted.again),)
    held = Held(why, error.found, error.where, todo, as_of=wanted.as_of)
    held.do = error.do or held.do
    return held
