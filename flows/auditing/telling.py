"""After judging: what changed, who must be told, and the report; the second half of an audit's steps."""

from contextlib import suppress
from typing import Any, Final
from zoneinfo import ZoneInfo

import pandas as pd

import reports
from audits.acknowledging import can_acknowledge, changed_since_told
from audits.acts_told import Told, acts_document, ending
from audits.current import breached_or_known
from audits.errors import ClausewatchError
from audits.escalation import plan
from audits.findings import no_events
from audits.instants import moment_of
from audits.judge import Judged
from audits.ladder import Level, Policy
from audits.life import compare as compare_life
from audits.officer import detection, officers_day, restated
from audits.people import People
from audits.rules import Rules
from audits.standing import Mailing, life_document, movements
from audits.trend import trend
from audits.watched import as_it_stood, looked_at
from audits.words import HOUR, MINUTE, NAT
from config.clock import now
from config.people import load_people
from flows.auditing import mails
from flows.auditing.ahead import ahead_of
from flows.auditing.keeping import alone_in, settle
from flows.auditing.missed_runs import missed_runs
from flows.auditing.posting import post
from flows.auditing.proofs import proofs
from flows.auditing.result_set import PLACE, noted, result_set
from flows.auditing.run import AuditRun
from flows.auditing.steps import CASES, Step, count_rows, start
from flows.past.archive_index import refresh
from tasks.mail.outbox import Posted
from tasks.store import StaleChanges
from tasks.store.rows import SourceState


def compare(run: AuditRun) -> str:
    """Compare with what is known, plan who is told, and commit both at once while holding the lease."""
    judged = _judged(run)
    source = judged.facts.source
    start(run)
    with run.store.lease(source, run.run_id, now):
        run.previous = run.store.last_committed(source, run.standards)
        if run.previous is not None and run.as_of < run.previous:
            return _too_late(run)
        moved = _commit(run, judged)
    return (
        f"{len(run.before):,} known, {moved:,} changes, {len(run.plan.mails) if run.plan else 0} mails owed"
    )


def stand_still(run: AuditRun) -> None:
    """Recall every finding as it stands, and change none."""
    _recall_last_report(run, _judged(run).facts.source)
    run.after = run.before


def _too_late(run: AuditRun) -> str:
    """What a run leaves whose instant has been overtaken; where only looks overtook it, its counts stand."""
    stand_still(run)
    note = "an older instant changes nothing"
    if run.looks or (run.reported is not None and run.as_of < run.reported):
        run.store.finish_run(run.run_id, "older", now(), note)
    else:
        run.store.keep_counts(run.run_id, count_rows(run), "older", now(), note)
    return "older than the last run: judged and reported, nothing changed"


def _recall_last_report(run: AuditRun, source: str) -> None:
    """Every finding as it stands now, and as it stood in the last report: looks change findings between them."""
    run.before = run.store.findings(source, run.standards)
    run.reported = run.store.last_report(source, run.standards)
    since = run.store.events(source, run.standards, run.reported)
    run.stood = run.before.iloc[:0] if run.reported is None else as_it_stood(run.before, since)


def _commit(run: AuditRun, judged: Judged) -> int:
    """Compare, plan and commit; again when a sender took mails meanwhile that the plan would replace.

    The lease keeps other runs out, but not whoever empties the outbox.
    """
    for last in (False, False, True):
        try:
            return _commit_once(run, judged)
        except StaleChanges:
            if last:
                raise
    return 0


def _commit_once(run: AuditRun, judged: Judged) -> int:
    source, standards = judged.facts.source, run.standards
    _recall_last_report(run, source)
    state = run.store.source_state(source)
    live_from = mailed_from(run, state)
    compared, current = run.before, breached_or_known(judged, run.before)
    if run.looks:
        compared, current = looked_at(compared, current)
    run.changes = compare_life(
        compared, current, run.as_of, run.run_id, live_from,
        source=source, standards=standards, clauses=list(judged.made),
        acts=run.known.acts, crm=_changed_since_told(run, judged, current),
    )  # fmt: skip
    run.after = run.changes.applied_to(run.before)
    run.people = _people(run, judged)
    known = run.store.notices(source)
    policy = Policy(
        source=source, mode=state.mode, live_from=live_from, zone=judged.facts.zone,
        binding=frozenset(s.code for s in judged.rules.standards.values() if s.mode == "binding"),
        unanswered=unanswered(judged.rules),
        can_acknowledge=can_acknowledge(judged.facts, run.settings.acknowledge),
        repeats=run.settings.repeats, repeat_after=run.settings.repeat_after_hours * HOUR,
    )  # fmt: skip
    gaps = [f"{gap['field']}|{gap['reason']}" for gap in run.results["gaps"]]
    run.day = _day(run, judged)
    run.plan = plan(
        run.after,
        judged.rules.cards,
        run.people,
        judged.rules.hours,
        run.as_of,
        known,
        policy,
        gaps,
        [*run.alerts, *_waivers_ending(run, judged)],
        ahead_of(run, judged),
    )
    if run.looks and not (run.changes or run.plan.owed or run.plan.recalled):
        run.store.note_look(run.run_id, now())
        run.committed = True
        return 0
    counts = [] if run.looks else count_rows(run)
    run.committed = run.store.commit(
        run.run_id, source, standards, run.as_of, run.changes, counts, run.plan.owed,
        mails.rows(run, run.plan, judged, run.people), now=now(), recalled=run.plan.recalled,
    )  # fmt: skip
    return len(run.changes.events)


def mailed_from(run: AuditRun, state: SourceState) -> int | None:
    """The instant before which obligations are baseline.

    A preview shows the reported period as if the source had been live since its first day: years of old open
    cases are baseline there too, and drown neither the preview nor the first page.
    """
    if state.mode != "preview" or state.live_from is not None or run.period is None:
        return state.live_from
    return run.period.start


def _changed_since_told(run: AuditRun, judged: Judged, current: pd.DataFrame) -> pd.DataFrame | None:
    """What the CRM changed in a matter after its notice, where the settings let that acknowledge."""
    if "crm" not in run.settings.acknowledge:
        return None
    told = run.store.told(judged.facts.source)
    return changed_since_told(judged.facts, run.before, current, told, run.as_of, run.previous)


def _waivers_ending(run: AuditRun, judged: Judged) -> list[tuple[str, str]]:
    """Alerts about waivers that end soon: their matters escalate again from then on."""
    near = ending(run.known.acts, run.as_of, run.settings.waiver_reminder_days)
    zone = ZoneInfo(judged.facts.zone)
    return [
        ("waiver_ends", f"{act} {moment_of(until).astimezone(zone):%Y-%m-%d %H:%M}") for act, until in near
    ]


def _people(run: AuditRun, judged: Judged) -> People:
    frames = judged.facts.frames
    directory = run.store.directory(judged.facts.source)
    return load_people(run.settings.people, frames.get("staff"), frames.get("team"), directory)


def unanswered(rules: Rules) -> int:
    """Microseconds past its limit after which an unanswered complaint is told at once (reading gm_at_once)."""
    reading = rules.readings
    cards = (card.id for card in rules.cards.values() if "gm_at_once" in card.readings)
    minutes = reading.value("gm_at_once", next(cards, ""))
    return int(str(minutes)) * MINUTE


def send(run: AuditRun) -> str:
    """Send what waits in the outbox: each mail once; a fate that is unknown is said, never guessed."""
    source = _judged(run).facts.source
    sent = post(run.settings, run.store, source, run.folder / "notices") if run.committed else Posted()
    run.outcomes = mails.outcomes(run.store.notices(source), run.plan, run.people)
    if sent.trouble:
        waiting = len(run.store.waiting_mails(source=source))
        run.alarms.append(f"{waiting} mails wait, for the server was in trouble: {sent.trouble}")
    return mails.said(sent)


def render(run: AuditRun) -> str:
    """Write the report in all its files from one result set."""
    judged = _judged(run)
    source = judged.facts.source
    state = run.store.source_state(source)
    live_from = mailed_from(run, state)
    holders = _holders(run)
    mailing = Mailing(state.mode, NAT if live_from is None else live_from, run.outcomes, holders)
    run.life = life_document(judged, run.stood, run.after, mailing, run.reported)
    run.life |= _officers(run, judged)
    run.life |= acts_document(_told(run, judged))
    run.life["proofs"] = proofs(run)
    run.life["missed_runs"] = missed_runs(run)
    run.life["trail"] = run.store.trail_head(source)._asdict()
    known = run.store.names_known(source) if run.settings.names_in_reports else None
    run.life[PLACE] = noted(judged, run.lang, known, run.after, holders)
    directory = None if known is None else run.store.directory(source, known)
    run.result = result = result_set(judged, run.results, run.life, run.known, directory)
    with alone_in(run.folder):
        run.files = reports.write(result, run.folder, run.lang)
        settle(run)
    run.store.finish_run(run.run_id, "finished" if run.committed else "older", now())
    with suppress(OSError):  # the report stands; the next run makes the pages over all of them anew
        refresh(run.settings)
    return f"{len(run.files)} files"


def _officers(run: AuditRun, judged: Judged) -> dict[str, Any]:
    """The officer's day, what was restated, and how soon people were told."""
    day = _day(run, judged)
    told = run.store.notices(judged.facts.source)
    counts = run.store.counts(judged.facts.source, run.standards)
    return {
        "day": {name: day[name] for name in ("open", "falling_due", "calls")},
        "repeat": {**run.life["repeat"], **day["repeat"]},
        "restated": day["restated"],
        "trend": trend(judged, counts[counts["clause"] != CASES], run.run_id),
        "detection": detection(run.after, told, judged.rules.hours, judged.period),
    }


def _day(run: AuditRun, judged: Judged) -> dict[str, Any]:
    """The officer's day, with what changed since the last report."""
    counts = run.store.counts(judged.facts.source, run.standards)
    return {
        **officers_day(judged, run.results, run.after),
        "since": {} if run.reported is None else movements(run.stood, run.after),
        "restated": restated(judged, counts[counts["clause"] != CASES], run.run_id),
    }


def _told(run: AuditRun, judged: Judged) -> Told:
    """Acts with their reasons, and what this run told."""
    events = run.changes.events if run.changes and run.committed else no_events()
    acts = run.store.acts(judged.facts.source, run.as_of)
    return Told(acts, events, run.after, run.as_of, judged.facts.zone)


def _holders(run: AuditRun) -> dict[str, tuple[str, int]]:
    """Finding -> who was told last, as printed, and since when."""
    if run.people is None:
        return {}
    known = run.store.notices(_judged(run).facts.source).sort_values("at")
    known = known[known["level"].between(Level.OVER, Level.ABOVE)]
    told = list(zip(known["finding"], known["person_id"], known["at"], strict=True))
    if run.plan and not told:  # a preview shows who would have been told
        told = [
            (n.finding, n.person_id, NAT) for n in run.plan.notices if Level.OVER <= n.level < Level.CLOSED
        ]
    printed = {person: run.people.person(person).printed for _, person, _ in told}
    return {finding: (printed[person], int(at)) for finding, person, at in told if ":" not in finding}


def _judged(run: AuditRun) -> Judged:
    if run.judged is None:
        raise ClausewatchError("nothing was judged yet", "audit", "judge first")
    return run.judged


#: What comes after judging, in this order.
AFTER_JUDGING: Final[tuple[Step, ...]] = (compare, send, render)
