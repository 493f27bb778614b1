"""The steps of an audit, each doing one thing to the run; a flow calls them in their order.

Every step is a plain function, so that it runs the same under Prefect, in a test, or in a killed process.
"""

import errno
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any, Final
from zoneinfo import ZoneInfo

from audits.acts import ACT_COLUMNS, JUDGED_BY
from audits.errors import ClausewatchError
from audits.evidence import with_deliveries
from audits.facts import Facts
from audits.instants import HOUR, instant_of, moment_of
from audits.judge import Judged, audit
from audits.marking import MARKS, PLACE, Known, from_bytes, to_bytes
from audits.partition import merge, parts_of, split
from audits.results import results
from config.clock import now
from config.rulebook import choices, gather, open_rules, source_title
from flows.auditing.keeping import keep
from flows.auditing.run import ENGINE, AuditRun, Done, Read
from tasks.crm import extract as read_crm
from tasks.crm import snapshot
from tasks.crm.extraction import Extract
from tasks.store.rows import CountRow, RunRow

Step = Callable[[AuditRun], str]

#: The five, in the order in which they are counted.
VERDICTS: Final = ("met", "breached", "pending", "not_applicable", "no_data")
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
#: The line in the store's counts that says how many cases an extract held.
CASES: Final = "(cases)"


class BooksDoNotClose(ClausewatchError):
    """The sums of the results do not tie out; nothing is delivered (law 19)."""


class EmptyExtract(ClausewatchError):
    """The extract is empty; an audit of nothing would read as a clean one (law 20)."""


def timed(step: Step, run: AuditRun) -> str:
    """Do one step and note on the run what it said and how long it took."""
    begun = monotonic()
    try:
        said = step(run)
    except Exception as error:
        if trouble := _trouble(error):
            raise _in_words(trouble, run) from error
        raise
    run.note(Done(step.__name__, said, monotonic() - begun))
    return said


def _trouble(error: Exception) -> OSError | None:
    """What the disk said, also where a library has wrapped it (xlsxwriter does)."""
    return next((one for one in (error, *error.args) if isinstance(one, OSError)), None)


def _in_words(error: OSError, run: AuditRun) -> ClausewatchError:
    where = str(error.filename or run.folder)
    do = "make room, then run again" if error.errno in _NO_ROOM else "check the path and the rights on it"
    return ClausewatchError(f"a file cannot be written or read: {error.strerror or error}", where, do)


def timed_judging(run: AuditRun, judge_parts: Callable[[], list[Judged]]) -> None:
    """Judge, wherever the parts are judged, join them, and note it as one step."""
    begun = monotonic()
    said = join(run, judge_parts())
    run.note(Done("judge", said, monotonic() - begun))


def extract(run: AuditRun) -> str:
    """Read the CRM (or take the snapshot asked for) and fix what is judged in a snapshot."""
    if run.request.snapshot is not None:
        return _take_snapshot(run, run.request.snapshot)
    if run.mapping is None:
        raise ClausewatchError("there is neither a mapping nor a snapshot", "audit", "name a source")
    taken = read_crm(run.mapping, now=now())
    run.newest, run.directory, run.remarks = taken.newest, taken.directory, taken.remarks
    run.reads = reads_of(taken)
    source = taken.facts.source
    told = run.store.deliveries_until(taken.facts.extracted_at, source)
    run.place(with_deliveries(taken.facts, told, run.store.source_state(source).live_from))
    period = run.period.key if run.period else ""
    bundle = gather(run.settings, run.mapping.text, period, run.request.standards)
    run.known = known_to(run, source)
    judged_with = {f"rules/{name}": content for name, content in bundle.items()}
    judged_with[PLACE] = to_bytes(run.known)
    run.snapshot = named(keep(run, _facts(run), judged_with))
    run.store.put_directory(source, taken.directory, now())
    rows = sum(taken.counts.values())
    return f"{rows:,} rows from {len(taken.counts)} tables{_exported(run, taken.facts)}"


def reads_of(taken: Extract) -> list[Read]:
    """What an extract read: rows, how long, newest row, in the order in which it was read."""
    zone = ZoneInfo(taken.facts.zone)

    def newest(what: str) -> str:
        stamp = taken.newest.get(what)
        return "" if stamp is None else f"{moment_of(stamp).astimezone(zone):%Y-%m-%d %H:%M %z}"

    return [
        Read(what, rows, int(taken.durations.get(what, 0) * 1000), newest(what))
        for what, rows in taken.counts.items()
    ]


def _exported(run: AuditRun, facts: Facts) -> str:
    """The instant of exports, said aloud: they are never as fresh as they look."""
    if run.mapping is None or not any(each.exports for each in run.mapping.file.connections.values()):
        return ""
    moment = moment_of(facts.extracted_at).astimezone(ZoneInfo(facts.zone))
    return f", exported {moment:%Y-%m-%d %H:%M %z}"


def _take_snapshot(run: AuditRun, folder: Path) -> str:
    taken = snapshot.read(folder)
    run.place(taken.facts, taken.info.as_of, choices(taken.rules).get("period", ""))
    acts = taken.judged_with.get(PLACE)  # one written before there were acts has none
    run.known = Known() if acts is None else from_bytes(acts, run.as_of)
    run.snapshot, run.snapshot_folder = named(taken.info), folder
    run.reads = [Read(entity, rows) for entity, rows in taken.info.rows.items()]
    if _other_engine(run.folder / "results.json"):  # what was reported then stays as it was
        run.folder = run.folder.with_name(f"{run.folder.name}-by-{ENGINE}")
    return f"snapshot {taken.info.hash[:12]}"


def _other_engine(report: Path) -> bool:
    try:
        return bool(json.loads(report.read_text(encoding="utf-8")).get("engine") != ENGINE)
    except (OSError, ValueError):
        return False


def known_to(run: AuditRun, source: str) -> Known:
    """What people did until the run's instant, and how far the source goes."""
    state = run.store.source_state(source)
    acts = run.store.acts(source, run.as_of)[list(ACT_COLUMNS)]
    return Known(acts[acts["kind"].isin(JUDGED_BY)].reset_index(drop=True), state.mode, state.live_from)


def named(info: snapshot.SnapshotInfo) -> dict[str, Any]:
    """How results name what they were judged from: its content, whenever it was read."""
    content = {
        path: sha for path, sha in info.hashes.items() if path.startswith(("frames/", "rules/", PLACE))
    }
    lines = "".join(f"{sha}  {path}\n" for path, sha in sorted(content.items()))
    frames = {
        entity: {"rows": rows, "sha256": info.hashes[f"frames/{entity}.parquet"]}
        for entity, rows in info.rows.items()
    }
    return {"hash": hashlib.sha256(lines.encode()).hexdigest(), "frames": frames}


def check_freshness(run: AuditRun) -> str:
    """Say aloud that an extract is empty, stale or shrunken; an empty one is not judged (law 20)."""
    facts = _facts(run)
    cases = len(facts.frames.get("case", ()))
    if not any(len(frame) for frame in facts.frames.values()):
        do = "see whether the CRM's tables or the mapping's filters are empty"
        raise EmptyExtract("the extract holds no row at all", f"source {facts.source}", do)
    newest = max((stamp for stamp in run.newest.values() if stamp is not None), default=None)
    if newest is not None and run.as_of - newest > run.settings.stale_after_hours * HOUR:
        said = moment_of(newest).isoformat()
        run.alarms.append(f"newest row {said}: older than {run.settings.stale_after_hours} h")
        run.alerts.append(("stale", said[:10]))
    known = run.store.counts(facts.source, run.standards)
    before = known.loc[known["clause"] == CASES, "population"]
    last = int(before.iloc[-1]) if len(before) else 0
    if cases * 100 < last * run.settings.shrunk_below_percent:
        run.alarms.append(f"{cases:,} cases, the last run had {last:,}")
        run.alerts.append(("shrunken", f"{last:,} > {cases:,}"))
    if newest is None:
        return "from a snapshot"
    return f"newest row {moment_of(newest).isoformat()}"


def open_rulebook(run: AuditRun) -> str:
    """Read the rules out of the snapshot: a run judges by what lies in it, never by a file beside it."""
    facts, period = _facts(run), run.period
    if period is None:
        raise ClausewatchError("the run has no period", "audit", "extract first")
    files, asked = run.snapshot_folder / "rules", run.request.standards
    run.rules, run.period = open_rules(files, period.key, facts.zone, asked)
    return f"{len(run.rules.cards)} cards of {run.standards}"


def parts(run: AuditRun) -> int:
    """How many parts the settings ask for; one where there is nothing to split."""
    return parts_of(_facts(run), run.settings.partitions)


def divide(run: AuditRun) -> range:
    """Split the cases into the parts of the settings (fewer when there is nothing to split); their numbers."""
    run.parts = split(_facts(run), run.settings.partitions)
    return range(len(run.parts))


def judge_part(run: AuditRun, number: int) -> Judged:
    """Judge one part of the cases (and, in the first, everything else)."""
    rules, period = run.rules, run.period
    if rules is None or period is None:
        raise ClausewatchError("the run has no rules", "audit", "open the rulebook first")
    return audit(run.parts[number], rules, run.as_of, period)


def join(run: AuditRun, parts: list[Judged]) -> str:
    """Put the parts together and count."""
    facts = _facts(run)
    run.judged = merge(facts, parts)
    run.parts = []
    title = source_title(run.snapshot_folder / "rules")
    run.results = results(run.judged, run.snapshot, ENGINE, title, run.known)
    open_sums = [check for check in run.results["checks"] if not check["holds"]]
    if open_sums:
        first = open_sums[0]
        found = f"{first['id']}: {sum(first['left'])} is not {first['right']}"
        raise BooksDoNotClose(found, "results", "tell the makers of Clausewatch; nothing was delivered")
    total = run.results["totals"]
    return f"{total['population']:,} verdicts from {len(run.judged.made)} cards"


def start(run: AuditRun) -> None:
    """Enter the run into the store."""
    run.started = True
    facts, period = _facts(run), run.period
    run.store.start_run(
        RunRow(
            run=run.run_id, source=facts.source, standards=run.standards, as_of=run.as_of,
            started_at=instant_of(run.started_at), period=period.key if period and not run.looks else "",
            snapshot=str(run.snapshot["hash"]), engine=ENGINE,
        )
    )  # fmt: skip


def count_rows(run: AuditRun) -> list[CountRow]:
    """The counts of each judged clause, as the store keeps them."""
    cases = len(_facts(run).frames.get("case", ()))
    return [
        CountRow(CASES, cases, 0, 0, 0, 0, 0),
        *(
        CountRow(
            clause=c["id"], population=c["population"],
            **{name: c["counts"][name] for name in (*VERDICTS, *MARKS)},
            numerator=c["numerator"], denominator=c["denominator"],
        )
        for c in run.results["clauses"]
        if c["state"] == "judged"
        ),
    ]  # fmt: skip


def _facts(run: AuditRun) -> Facts:
    if run.facts is None:
        raise ClausewatchError("nothing was extracted yet", "audit", "extract first")
    return run.facts


#: What comes before judging, in this order; ``extract`` alone is tried again.
BEFORE_JUDGING: Final[tuple[Step, ...]] = (open_rulebook, check_freshness)
