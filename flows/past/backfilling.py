"""Periods that nobody audited at their time, judged from today's data: in order, once each, and marked so.

The source is read once. Each period is judged at its end: what happened later has not happened yet. No finding
changes and nobody is told; what is still open is taken up by the next audit of today. A period counts as done
when its counts are committed, which is the last thing that happens to it, so that a backfill that died goes on
where it stopped; two at once do each period once.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import environ
from pathlib import Path
from typing import Any, Final

import pandas as pd

from audits.errors import WrongUse
from audits.evidence import with_deliveries
from audits.facts import Facts
from audits.findings import as_ints
from audits.instants import DAY, instant_of, moment_of
from audits.marking import PLACE, to_bytes
from audits.periods import Period, parse
from audits.saying import iso
from config.clock import now
from config.mapping import Mapping
from config.rulebook import gather, open_rules
from config.settings import Settings
from flows.auditing import mails, steps, telling
from flows.auditing.alarm import minded
from flows.auditing.hand import in_hand
from flows.auditing.keeping import keep
from flows.auditing.request import AuditRequest
from flows.auditing.run import AuditRun
from tasks.crm import extract as read_crm
from tasks.crm import snapshot
from tasks.store import Store

#: A backfill that died goes on with the data it had read, unless they are older than this.
_KEEPS: Final = DAY
_MOST: Final = 120


class Backfill:
    """One backfill: ``prepare`` reads the source once, ``judge`` does one period, ``end`` clears away.

    Args:
        settings: of this installation.
        first, last: periods of one length, e.g. ``2026-01`` and ``2026-09``.
        source: mapping in config/crm/ or its path; "": the one in the settings.
        at_terminal: somebody sees what was asked wrongly, and no mail tells of it.
    """

    def __init__(
        self, settings: Settings, first: str, last: str, source: str = "", *, at_terminal: bool = False
    ) -> None:
        self.settings, self._first, self._last, self._source = settings, first, last, source
        self._at_terminal = at_terminal
        self._facts: Facts | None = None
        self._kept = Path()
        self.said = ""

    def prepare(self) -> list[str]:
        """Read the source, or take up what a backfill that died has read; the keys of the periods, in order.

        Raises:
            WrongUse: no such periods, or the last of them is not over.
            CrmError, MappingError: the source cannot be read.
        """
        with self._run() as run, in_hand(run, what="backfill"):
            mapping = _mapping(run)
            periods = _between(self._first, self._last, mapping.file.zone)
            source = mapping.file.source
            name = re.sub(r"[^\w.+-]+", "_", f"{source}-{periods[0].key}-{periods[-1].key}")
            self._kept = self.settings.state / "backfill" / name
            if not self._taken_up():
                taken = read_crm(mapping, now=now())
                self._facts = taken.facts
                shutil.rmtree(self._kept, ignore_errors=True)
                snapshot.write(self._kept, taken.facts, {}, taken.facts.extracted_at)
                run.store.put_directory(source, taken.directory, now())
                self.said = f"{sum(taken.counts.values()):,} rows from {len(taken.counts)} tables"
            facts = self.facts
            if facts.extracted_at < periods[-1].end:
                raise WrongUse(
                    f"{periods[-1].key} is not over in data of {iso(facts.extracted_at, facts.zone)}",
                    "--to",
                    "choose an earlier period; `clausewatch audit` reports one that runs",
                )
            if not any(len(frame) for frame in facts.frames.values()):
                do = "see whether the CRM's tables or the mapping's filters are empty"
                raise steps.EmptyExtract("the extract holds no row at all", f"source {source}", do)
        return [period.key for period in periods]

    def judge(self, key: str) -> dict[str, Any]:
        """Judge one period and keep its counts, unless it has a committed result.

        Returns:
            ``period``, ``done`` (False: it had a result), ``as_of``, ``folder``, and the counts ``population``
            and ``breached``.
        """
        with self._run(key) as run, in_hand(run, what="backfill"):
            zone = self.facts.zone
            period = parse(key, zone)
            earlier = _reported(run.store, self.facts.source, self._standards(run, period), period)
            if earlier is not None:
                return {"period": key, "done": False, "as_of": iso(earlier, zone), "folder": ""}
            self._judge(run)
            total = run.results["totals"]
            said = {name: total[name] for name in ("population", "breached")}
            return {
                "period": key,
                "done": True,
                "as_of": iso(run.as_of, zone),
                "folder": str(run.folder),
                **said,
            }

    def end(self) -> None:
        """Every period is done: the data read for them lie in their folders."""
        shutil.rmtree(self._kept, ignore_errors=True)

    @property
    def facts(self) -> Facts:
        """What was read."""
        if self._facts is None:
            raise WrongUse("nothing was read yet", "backfill", "prepare first")
        return self._facts

    @contextmanager
    def _run(self, key: str = "") -> Iterator[AuditRun]:
        as_of = moment_of(parse(key, self.facts.zone).end) if key else None
        run = AuditRun(
            AuditRequest(source=self._source, period=key, as_of=as_of), self.settings, dict(environ)
        )
        run.watch = _seen if self._at_terminal else None
        with minded(run):
            yield run

    def _taken_up(self) -> bool:
        """Take up what was read before, if it is whole and not too old."""
        if not (self._kept / "manifest.json").is_file():
            return False
        facts = snapshot.read(self._kept).facts
        written = (self._kept / "manifest.json").stat().st_mtime_ns // 1_000
        if instant_of(now()) - written > _KEEPS:
            return False
        self._facts = facts
        self.said = f"goes on with the data of {iso(facts.extracted_at, facts.zone)}"
        return True

    def _standards(self, run: AuditRun, period: Period) -> str:
        """Key of the standards that judge a period."""
        with tempfile.TemporaryDirectory(prefix="clausewatch-") as folder:
            _lay(Path(folder), gather(self.settings, _mapping(run).text, period.key))
            rules, _ = open_rules(Path(folder), period.key, self.facts.zone)
        return "+".join(sorted(rules.standards))

    def _judge(self, run: AuditRun) -> None:
        """The steps of an audit without a life: no finding is compared, and nobody is told."""
        source = self.facts.source
        told = run.store.deliveries_until(self.facts.extracted_at, source)
        facts = with_deliveries(self.facts, told, run.store.source_state(source).live_from)
        run.place(facts)
        run.known = steps.known_to(run, source)
        period = run.request.period
        bundle = gather(self.settings, _mapping(run).text, period)
        judged_with = {f"rules/{name}": content for name, content in bundle.items()}
        run.snapshot = steps.named(keep(run, facts, judged_with | {PLACE: to_bytes(run.known)}))
        steps.open_rulebook(run)
        steps.join(run, [steps.judge_part(run, number) for number in steps.divide(run)])
        steps.start(run)
        telling.stand_still(run)
        run.outcomes = mails.outcomes(run.store.notices(source), None, None)
        telling.render(run)
        _share(self._kept, run.snapshot_folder)
        _behind(run.folder)
        note = f"reconstructed from the data of {iso(facts.extracted_at, facts.zone)}"
        run.store.keep_counts(run.run_id, steps.count_rows(run), "reconstructed", now(), note)


def _seen(_run: AuditRun) -> None:
    """Somebody looks on."""


def _between(first: str, last: str, zone: str) -> list[Period]:
    """Periods of one length from the first to the last."""
    begin, end = parse(first, zone), parse(last, zone)
    if (begin.unit, begin.count, end.count) != (end.unit, 1, 1) or begin.first > end.first:
        raise WrongUse(
            f"from {first} to {last} is no row of periods",
            "--from, --to",
            "give two periods of one length, the earlier first: --from 2026-01 --to 2026-09",
        )
    if end.first - begin.first >= _MOST:
        raise WrongUse(f"from {first} to {last} are too many periods", "--from", f"give at most {_MOST}")
    periods = [begin]
    while periods[-1].first < end.first:
        periods.append(periods[-1].next)
    return periods


def _reported(store: Store, source: str, standards: str, period: Period) -> int | None:
    """``as_of`` of a committed result that was made after the period's end; None when there is none."""
    runs = store.runs(source)
    mine = (runs["period"] == period.key) & (runs["standards"] == standards) & runs["committed_at"].notna()
    found = pd.Series(as_ints(runs["as_of"])[mine.to_numpy(bool)])
    found = found[found >= period.end]
    return None if found.empty else int(found.min())


def _mapping(run: AuditRun) -> Mapping:
    if run.mapping is None:
        raise WrongUse("there is no mapping", "backfill", "name a source")
    return run.mapping


def _lay(folder: Path, files: dict[str, bytes]) -> None:
    for place, content in files.items():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _behind(folder: Path) -> None:
    """The last audit stays the newest run: whoever looks for it by age must not find a past period."""
    others = [path for path in folder.parent.glob("*/results.json") if path.parent != folder]
    if not others:
        return
    newest = max(others, key=lambda path: path.stat().st_mtime_ns).parent
    before = min(path.stat().st_mtime_ns for path in newest.rglob("*") if path.is_file()) - 1
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path, ns=(before, before))


def _share(kept: Path, folder: Path) -> None:
    """Frames that are the same in every period lie on the disk once."""
    for path in sorted((folder / "frames").glob("*.parquet")):
        same = kept / "frames" / path.name
        aside = path.with_suffix(".same")
        with suppress(OSError):  # another disk, or one without links: then each period has its own copy
            if same.read_bytes() == path.read_bytes():
                os.link(same, aside)
                aside.replace(path)
