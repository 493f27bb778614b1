"""A look between two audits: what has fallen due since is stored and told, and nothing else is left behind.

It reads the source whole, for no cursor promises that every change raises it (``tasks.crm.cursors``), and judges
it whole, for that costs less than finding out what could be left out. What it may say is narrower: matters that
were open at the last commit, and new ones (``audits.watched``). It writes no report, no snapshot and no counts.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from os import environ
from pathlib import Path
from typing import Any, Final

from audits.bridges import falling_due
from audits.counting import count_clauses
from audits.errors import ClausewatchError, WrongUse
from audits.evidence import with_deliveries
from audits.gaps import gaps
from audits.instants import DAY, instant_of
from audits.missions import four_audits
from audits.partition import merge
from audits.saying import iso
from config.clock import now
from config.rulebook import gather
from config.settings import Settings
from flows.auditing import alarm, mails, posting, steps, telling
from flows.auditing.hand import unless_in_hand
from flows.auditing.request import AuditRequest
from flows.auditing.run import AuditRun
from tasks.crm import extract as read_crm

#: A failure that goes on is told to the engineer again after so long.
_AGAIN: Final = DAY
_TOLD: Final = ("opened", "reopened", "cleared", "withdrawn")


def watch_once(settings: Settings, source: str = "", *, at_terminal: bool = False) -> dict[str, Any]:
    """Look once: store what was judged, send what is owed now; while another run works on the source, do nothing.

    Args:
        source: mapping in config/crm/ or its path; "": the one in the settings.
        at_terminal: somebody sees what was asked wrongly, and no mail tells of it.

    Returns:
        ``source``, ``as_of``, ``looked`` (False: nothing was changed; ``aside``, ``alarms`` or a step says why),
        ``aside`` (for which other run it stepped aside; ""), ``opened``, ``reopened``, ``cleared``,
        ``withdrawn``, ``changes`` (events of any kind), ``mails``, ``alarms``, ``rows`` read, and ``steps``:
        ``step``, ``said`` and ``milliseconds`` of each.

    Raises:
        ClausewatchError: the source cannot be read or judged, or a file is wrong; nothing was changed.
    """
    run = AuditRun(AuditRequest(source=source), settings, dict(environ))
    run.looks = True
    name = source or settings.source
    memory = settings.state / "watch" / f"{Path(name).stem}.json"
    with _minded(run, memory, at_terminal), unless_in_hand(run) as free:
        if free:
            _read_and_look(run)
    return _said(run)


def _read_and_look(run: AuditRun) -> None:
    with tempfile.TemporaryDirectory(prefix="clausewatch-") as rules:
        run.snapshot_folder = Path(rules)
        for step in (extract, steps.open_rulebook):
            steps.timed(step, run)
        if _begun(run):
            _look(run)


def _begun(run: AuditRun) -> bool:
    """Whether there was an audit to look after; the first word on a source is an audit's."""
    source = run.facts.source if run.facts else ""
    if run.store.last_report(source, run.standards) is not None:
        return True
    run.alarms.append(f"{source} was never audited by {run.standards}: nothing was looked at")
    return False


def _look(run: AuditRun) -> None:
    for step in (steps.check_freshness, judge, telling.compare, send):
        steps.timed(step, run)


def judge(run: AuditRun) -> str:
    """Judge, and count no more than mails say: the sums of a report take most of an audit's judging."""
    facts = run.facts
    if facts is None:
        raise ClausewatchError("nothing was read yet", "watch", "read first")
    judged = merge(facts, [steps.judge_part(run, number) for number in steps.divide(run)])
    run.parts, run.judged = [], judged
    run.results = {
        "gaps": gaps(judged),
        "audits": four_audits(judged, count_clauses(judged)),
        "falling_due": falling_due(judged),
    }
    return f"{sum(len(made.rows) for made in judged.made.values()):,} duties of {len(judged.made)} cards"


def extract(run: AuditRun) -> str:
    """Read the source whole, and lay the rules where a run reads them."""
    if run.mapping is None:
        raise ClausewatchError("there is no mapping", "watch", "name a source")
    taken = read_crm(run.mapping, now=now())
    run.newest, run.directory, run.remarks = taken.newest, taken.directory, taken.remarks
    run.reads = steps.reads_of(taken)
    source = taken.facts.source
    told = run.store.deliveries_until(taken.facts.extracted_at, source)
    run.place(with_deliveries(taken.facts, told, run.store.source_state(source).live_from))
    run.folder = run.settings.out / f"watch-{source}"
    run.known = steps.known_to(run, source)
    period = run.period.key if run.period else ""
    for place, content in gather(run.settings, run.mapping.text, period).items():
        path = run.snapshot_folder / "rules" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    run.snapshot = {"hash": "", "frames": {}}
    run.store.put_directory(source, taken.directory, now())
    return f"{sum(taken.counts.values()):,} rows from {len(taken.counts)} tables, whole"


def send(run: AuditRun) -> str:
    """Send what waits in the outbox and may go now."""
    source = run.facts.source if run.facts else ""
    if not run.committed:
        return "nothing waits"
    return mails.said(posting.post(run.settings, run.store, source, run.folder / "notices"))


def _said(run: AuditRun) -> dict[str, Any]:
    facts = run.facts
    kinds = Counter[str](run.changes.events["kind"] if run.changes and run.committed else ())
    return {
        "source": run.mapping.file.source if run.mapping else "",
        "as_of": iso(run.as_of, facts.zone) if facts else "",
        "looked": run.committed,
        "aside": run.aside,
        **{kind: kinds[kind] for kind in _TOLD},
        "changes": sum(kinds.values()),
        "mails": len(run.plan.mails) if run.plan and run.committed else 0,
        "alarms": list(run.alarms),
        "rows": sum(one.rows for one in run.reads),
        "steps": [
            {"step": one.step, "said": one.said, "milliseconds": int(one.seconds * 1000)} for one in run.done
        ],
    }


@contextmanager
def _minded(run: AuditRun, memory: Path, at_terminal: bool) -> Iterator[None]:
    """Open and close a look; a failure is told to the engineer once a day, though it comes every five minutes."""
    try:
        run.open()
        yield
    except Exception as error:
        alarm.close_in_store(run, error, "watch")
        if at_terminal and isinstance(error, WrongUse):
            raise
        said, at = f"{type(error).__name__}: {error}", instant_of(now())
        last = _recalled(memory)
        if last.get("said") != said or at - int(last.get("at", 0)) >= _AGAIN:
            error.add_note(f"told: {alarm.tell(run, error)}")
            memory.parent.mkdir(parents=True, exist_ok=True)
            memory.write_text(json.dumps({"said": said, "at": at}), encoding="utf-8")
        else:
            error.add_note("told: nobody again, for the same failure was told within the day")
        raise
    else:
        if not run.aside:  # who did not look cannot say that it is over
            memory.unlink(missing_ok=True)
    finally:
        run.close()


def _recalled(memory: Path) -> dict[str, Any]:
    try:
        said = json.loads(memory.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}
