"""A report for any period from a snapshot: judged without the CRM, changing no finding and telling nobody (law 15).

It leaves a folder under ``out/`` like an audit does. What is compared with: the last report of the same name.
"""

import json
import re
from dataclasses import dataclass
from os import environ
from pathlib import Path
from typing import Final

import pandas as pd

from audits.errors import ClausewatchError, WrongUse
from audits.instants import HOUR, instant_of
from audits.judge import Judged
from audits.notices import digest
from audits.periods import Period, Unit, parse, period_of
from audits.watched import as_it_stood
from audits.words import Words
from audits.zones import zone
from config.clock import now
from config.mapping import load_mapping
from config.people import load_people
from config.reports import Report, load_reports, report_named
from config.settings import Settings
from flows.auditing import mails, steps, telling
from flows.auditing.keeping import tidy
from flows.auditing.request import AuditRequest
from flows.auditing.run import AuditRun
from reports import BooksDoNotClose
from reports.format import instant
from reports.result_set import ResultSet
from tasks.store import Store

#: Kinds of trouble that a report is withheld for; officer and engineer are told which.
_BOOKS: Final = (steps.BooksDoNotClose, BooksDoNotClose)


class Held(ClausewatchError):
    """A report is not sent to its readers: why, and what to do (law 19, 20).

    Args:
        why: code of the reason, see ``reports.mail.withheld``.
        values: what the sentence about it names.
        todo: keys and values of what to do.
        as_of: instant of the snapshot; 0 without any.
    """

    exit_code = 1

    def __init__(
        self,
        why: str,
        found: str,
        where: str,
        todo: tuple[tuple[str, str], ...],
        *,
        as_of: int = 0,
        **values: object,
    ) -> None:
        super().__init__(found, where, "; ".join(value for _, value in todo if value))
        self.why, self.todo, self.as_of, self.values = why, todo, as_of, values


@dataclass(frozen=True)
class Wanted:
    """One report that is asked for.

    Args:
        name, report: as ``config/reports.yaml`` has it.
        place: how readers reach ``out/``.
        source: the source's own name; ``zone``: its zone.
        asked: whether a person named the period or the snapshot.
        snapshot: folder of the snapshot to judge; None where there is none.
        as_of: instant it was judged at, microseconds.
    """

    name: str
    report: Report
    place: str
    source: str
    zone: str
    period: Period
    asked: str
    snapshot: Path | None
    as_of: int

    @property
    def title(self) -> Words:
        """What it is called."""
        return Words(self.report.title.in_("zh"), self.report.title.in_("en"))

    @property
    def again(self) -> str:
        """The command that sends it."""
        return f"clausewatch pack send {self.name} --period {self.period.key}"


def want(
    settings: Settings,
    name: str,
    source: str = "",
    period: str = "",
    snapshot: Path | None = None,
    due: int = 0,
) -> Wanted:
    """What is asked for, and the snapshot it would be judged from.

    Args:
        source: mapping; "" the report's, else the settings'.
        period: as people write it; "": the last one of the report's kind that is over.
        snapshot: an archived one; None: the newest of the source.
        due: instant by which the last period is found, microseconds.

    Raises:
        WrongUse: no such report, period, source or snapshot.
    """
    file = load_reports(settings.reports)
    report = report_named(file, name)
    mapping = load_mapping(source or report.source or settings.source, dict(environ)).file
    found = newest(settings.out, mapping.source) if snapshot is None else _given(snapshot, mapping.source)
    made = _period(period, report.period, mapping.zone, due)
    if made.start > max(due, instant_of(now())):
        raise WrongUse(f"the period {made.key} has not begun", "--period", "choose one that has begun")
    asked = "snapshot" if snapshot else "period" if period else ""
    folder, as_of = found or (None, 0)
    return Wanted(name, report, file.place, mapping.source, mapping.zone, made, asked, folder, as_of)


def _period(text: str, unit: Unit, zone_name: str, due: int) -> Period:
    if not text:
        return period_of(due, unit, zone_name).previous
    try:
        return parse(text, zone(zone_name).name)
    except WrongUse as error:
        raise WrongUse(error.found, error.where or "--period", error.do) from None


def newest(out: Path, source: str) -> tuple[Path, int] | None:
    """The snapshot of a source with the latest instant, and that instant; None where there is none."""
    found = []
    for path in out.glob("*/snapshot/manifest.json"):
        try:
            of, as_of = _said(path.parent)
        except (OSError, ValueError, KeyError):
            continue  # half of a snapshot says nothing; whoever reads it is told what is wrong
        if of == source:
            found.append((as_of, path.parent))
    return (max(found)[1], max(found)[0]) if found else None


def _said(folder: Path) -> tuple[str, int]:
    facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    return str(facts["source"]), int(
        json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["as_of"]
    )


def _given(folder: Path, source: str) -> tuple[Path, int]:
    try:
        of, as_of = _said(folder)
    except (OSError, ValueError, KeyError) as error:
        do = "give the folder `snapshot` of a run under out/"
        raise WrongUse("there is no snapshot here", str(folder), do) from error
    if of != source:
        raise WrongUse(
            f"the snapshot is of {of}, the report of {source}", "--snapshot", "give one of this source"
        )
    return folder, as_of


def refuse(settings: Settings, wanted: Wanted, at: int) -> None:
    """Withhold what would be judged from nothing, from too little, or from what has gone stale.

    A period that runs on at ``at`` is reported as running, and a snapshot that somebody named is his to judge.

    Raises:
        Held: with what to do.
    """
    where, audit_ = f"source {wanted.source}", ("audit", f"clausewatch audit --source {wanted.source}")
    again = ("again", wanted.again)
    if wanted.snapshot is None:
        raise Held("no_snapshot", "no audit of this source has left a snapshot", where, (audit_, again))
    if wanted.asked == "snapshot" and wanted.as_of > wanted.period.start:
        return
    stamp = instant(wanted.as_of, wanted.zone)
    if wanted.as_of < wanted.period.end <= at or wanted.as_of <= wanted.period.start:
        end = instant(wanted.period.end, wanted.zone)
        raise Held(
            "behind", f"the newest snapshot, of {stamp}, ends before the period does, at {end}",
            str(wanted.snapshot), (audit_, again), as_of=wanted.as_of, at=stamp, end=end,
        )  # fmt: skip
    if at - wanted.as_of > settings.stale_after_hours * HOUR:
        hours = settings.stale_after_hours
        archived = ("archived", f"{wanted.again} --snapshot {wanted.snapshot}")
        raise Held(
            "stale", f"the newest snapshot, of {stamp}, is more than {hours} h old",
            str(wanted.snapshot), (audit_, again, archived), as_of=wanted.as_of, at=stamp, hours=hours,
        )  # fmt: skip


def judged(settings: Settings, wanted: Wanted, previous: int | None) -> AuditRun:
    """Judge the period from the snapshot and write the report's folder; the run is closed by whoever asked.

    Args:
        previous: instant of the last report of this name, which movements are told against; None: the first.

    Raises:
        Held: the books do not close, or it could not be made; nothing half-written is left.
    """
    request = AuditRequest(
        period=wanted.period.key,
        snapshot=wanted.snapshot,
        lang=wanted.report.lang,
        standards=wanted.report.standards,
    )
    run = AuditRun(request, settings, dict(environ))
    try:
        run.open()
        _steps(run, wanted, previous)
    except ClausewatchError as error:
        _ended(run, error)
        raise _held(error, wanted) from error
    except BaseException as error:
        _ended(run, error)
        raise
    return run


def _steps(run: AuditRun, wanted: Wanted, previous: int | None) -> None:
    steps.timed(steps.extract, run)
    run.folder = run.folder.with_name(f"{run.folder.name}-{re.sub(r'[^a-z0-9_-]', '_', wanted.name)}")
    for step in steps.BEFORE_JUDGING:
        steps.timed(step, run)
    steps.timed_judging(run, lambda: [steps.judge_part(run, number) for number in steps.divide(run)])
    if run.judged is None:
        raise ClausewatchError("nothing was judged", wanted.name, "look at the snapshot")
    steps.start(run)
    _look(run, run.judged, previous)
    steps.timed(telling.render, run)


def _look(run: AuditRun, made: Judged, previous: int | None) -> None:
    """How findings stand and stood in the last report of this name; nothing is written."""
    source, frames = made.facts.source, made.facts.frames
    key = _life(run.store, source, run.standards)
    clauses = list(made.rules.cards)
    known = run.store.findings(source, key)
    run.before = run.after = known[known["clause"].isin(clauses)].reset_index(drop=True)
    run.previous = run.reported = previous
    run.stood = run.before.iloc[:0]
    if previous is not None:
        since = run.store.events(source, key, previous)
        run.stood = as_it_stood(run.before, since[since["finding"].isin(run.before["finding"])])
    directory = run.store.directory(source)
    run.people = load_people(run.settings.people, frames.get("staff"), frames.get("team"), directory)
    run.outcomes = mails.outcomes(run.store.notices(source), None, run.people)


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


def figures(result: ResultSet) -> str:
    """What makes a report another one, as canonical JSON: the counts of every clause, and which breaches they are."""
    counted = {
        one["id"]: [
            one["population"],
            *(one["counts"][name] for name in steps.VERDICTS),
            one["numerator"],
            one["denominator"],
        ]
        for one in result.results["clauses"]
        if one["state"] == "judged"
    }
    listed = digest("\n".join(sorted(result.findings["finding"].astype(str))))
    return json.dumps({"clauses": counted, "findings": listed}, sort_keys=True, separators=(",", ":"))


def changes(before: str, after: str) -> tuple[tuple[str, int, int], ...]:
    """Clauses whose breaches are other than reported: id, then, now; those that moved most first."""
    was, now_ = json.loads(before)["clauses"], json.loads(after)["clauses"]
    at = 1 + steps.VERDICTS.index("breached")
    rows = [(key, was.get(key, [0] * 8)[at], now_.get(key, [0] * 8)[at]) for key in {*was, *now_}]
    return tuple(
        sorted((row for row in rows if row[1] != row[2]), key=lambda row: (-abs(row[1] - row[2]), row[0]))
    )
