"""A report on its way: judged or withheld, its mails fixed in the outbox together with the word of it, then sent."""

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from audits.errors import ClausewatchError
from audits.instants import instant_of, moment_of
from audits.saying import iso
from config.clock import now
from config.settings import Settings
from config.trail import key_of
from flows.auditing import mails
from flows.auditing.keeping import alone_in
from flows.auditing.posting import post
from flows.auditing.run import AuditRun
from flows.past.archive_index import refresh
from flows.reporting.pack_answers import answers, listed
from flows.reporting.pack_entries import (
    LATE,
    judged_from,
    previous,
    replaced,
    taken,
    went_before,
    withheld_before,
)
from flows.reporting.pack_figures import figures, totals
from flows.reporting.pack_judging import begin, make
from flows.reporting.pack_mails import Issue, owe, result_of
from flows.reporting.pack_owed import reach, settle_by_hand
from flows.reporting.pack_readers import Readers, readers_of
from flows.reporting.pack_repeating import repeat
from flows.reporting.pack_withheld import EML, withhold
from flows.reporting.packing import Held, Wanted, refuse, want
from tasks.mail.outbox import Posted
from tasks.store import Store, open_store
from tasks.store.packs import PackRow, PackState


def send_report(
    settings: Settings,
    name: str,
    *,
    source: str = "",
    period: str = "",
    snapshot: Path | None = None,
    due: datetime | None = None,
) -> dict[str, Any]:
    """Judge, write and send one report; once for a snapshot, whoever asks how often.

    Args:
        due: when it was due, for one that a schedule sends: the last period is that before it.

    Returns:
        ``state``: ``sent``, ``running`` (the period is not over), ``restated``, ``sent before`` (this snapshot
        went already: nothing changes, and only a reader who was added since gets it), ``unchanged`` (the
        figures are those that were sent, so nothing goes out); beside it what was made, for whom, and what
        became of its ``mails``.

    Raises:
        Held: its readers do not get it; officer and engineer are told why.
        WrongUse: there is no such report, period or snapshot.
    """
    wanted = want(settings, name, source, period, snapshot, instant_of(due or now()))
    with open_store(settings.store_url.get_secret_value(), settings.store_wait_s, key_of(settings)) as store:
        try:
            told = _told_once(settings, store, wanted, due)
        except Held as held:
            held.add_note(f"told: {withhold(settings, store, wanted, held)}")
            _show_in_archive(settings)
            raise
        posted = post(settings, store, wanted.source, settings.out / EML)
        if due is None:
            settle_by_hand(store, settings, wanted)
        told["mails"] = listed(answers(settings, store, wanted.source).get(told.pop("of"), []))
    _show_in_archive(settings)
    return told | {"posted": mails.said(posted), "alarms": _alarms(told, posted)}


def _told_once(settings: Settings, store: Store, wanted: Wanted, due: datetime | None) -> dict[str, Any]:
    """Refuse, or judge and owe; two processes that send reports take turns, so that none writes into a sent one."""
    with alone_in(settings.out / EML.parent):
        refuse(settings, wanted, reach(wanted, now(), instant_of(due or now())))
        return _send(settings, store, wanted)


def _alarms(told: dict[str, Any], posted: Posted) -> list[str]:
    said = [f"not reached: {who} ({why})" for who, why in told["missed"]]
    said += [f"late: withheld at first ({told['late']})"] if told["late"] else []
    if posted.trouble:
        said.append(f"mails wait, for the server was in trouble: {posted.trouble}")
    return said


def _show_in_archive(settings: Settings) -> None:
    with suppress(OSError):  # what was sent stands; the next run makes the pages anew
        refresh(settings)


def _send(settings: Settings, store: Store, wanted: Wanted) -> dict[str, Any]:
    known = store.known_packs(wanted.source)
    mine = known[known["report"] == wanted.name]
    rows = mine[mine["period"] == wanted.period.key].reset_index(drop=True)
    run = begin(settings, wanted)
    try:
        if row := went_before(run, rows, settings.out):
            made_at = moment_of(int(rows.loc[rows["n"] == row.n, "made_at"].iloc[0]))
            told = _told(run, wanted, row, "sent before") | {"made_at": made_at.isoformat()}
            return told | repeat(store, run, wanted, row, rows)
        make(run, wanted, previous(mine, run.as_of), taken(known, wanted.name))
        return _send_new(store, run, wanted, rows)
    finally:
        run.close()


def _send_new(store: Store, run: AuditRun, wanted: Wanted, rows: pd.DataFrame) -> dict[str, Any]:
    issue = _issue(run, wanted, rows)
    told = _told(run, wanted, issue.row, "restated" if issue.restated else issue.row.state, issue)
    if issue.unchanged:
        return {**told, "of": "", "state": "unchanged", "readers": [], "missed": [], "new": 0}
    mode = store.source_state(wanted.source).mode
    if mode == "preview":
        raise _preview(run, wanted)
    if run.people is None:
        raise ClausewatchError("nobody is known", str(run.settings.people), "look at the file")
    found = bool(totals(issue.row.figures)["breached"])
    readers = readers_of(wanted.report, run.people, instant_of(now()), found=found, pilot=mode == "pilot")
    if not readers.reached:
        raise _nobody(run, wanted, readers)
    return told | owe(store, run, wanted, issue, readers)


def _issue(run: AuditRun, wanted: Wanted, rows: pd.DataFrame) -> Issue:
    """A new entry of its period; other figures of one that is over are a restatement."""
    state: PackState = "sent" if wanted.period.closed(run.as_of) else "running"
    late = withheld_before(rows, len(rows))
    row = PackRow(
        wanted.source, wanted.name, wanted.period.key, len(rows), state, run.as_of, judged_from(run),
        figures(result_of(run)), run.folder.name, LATE if late else "",
    )  # fmt: skip
    before = replaced(row, rows)
    if before is None:
        return Issue(row, None, late)
    last, moved = before
    return Issue(row, moved, late, unchanged=run.as_of < last.as_of or last.figures == row.figures)


def _preview(run: AuditRun, wanted: Wanted) -> Held:
    live = f"clausewatch live {wanted.source} --from {wanted.period.last_day} --pilot"
    todo = (("look", str(run.folder)), ("live", live), ("again", wanted.again))
    found = f"the source {wanted.source} is in preview: the report is written and goes to no reader"
    return Held("preview", found, str(run.folder), todo, as_of=run.as_of)


def _nobody(run: AuditRun, wanted: Wanted, readers: Readers) -> Held:
    who = ", ".join(dict.fromkeys(named for named, _ in readers.missed))
    todo = (("people", ""), ("again", wanted.again))
    found = f"no recipient can be reached: {who}"
    return Held("nobody", found, str(run.settings.people), todo, as_of=run.as_of, who=who)


def _told(
    run: AuditRun, wanted: Wanted, row: PackRow, state: str, issue: Issue | None = None
) -> dict[str, Any]:
    restated = issue.restated.n if issue and issue.restated else 0
    return {
        "report": row.report, "source": row.source, "period": row.period, "state": state, "n": row.n,
        "restated": restated, "late": issue.late.why if issue and issue.late else "", "of": row.run,
        "as_of": iso(run.as_of, wanted.zone), "folder": str(run.settings.out / row.folder),
        **totals(row.figures),
    }  # fmt: skip
