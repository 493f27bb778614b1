"""A report on its way: judged or withheld, its mails fixed in the outbox together with the word of it, then sent."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pandas as pd

from audits.errors import ClausewatchError
from audits.instants import instant_of, moment_of
from audits.notices import digest
from config.clock import now
from config.settings import Settings
from config.trail import key_of
from flows.auditing import mails
from flows.auditing.posting import post, sender_of
from flows.auditing.run import AuditRun
from flows.reporting.pack_readers import HOUSE, Load, Reader, Readers, load, readers_of
from flows.reporting.pack_withheld import EML, withhold
from flows.reporting.packing import Held, Wanted, changes, figures, judged, refuse, want
from reports.mail.pack import Pack, Restated, pack_mail
from reports.result_set import ResultSet
from tasks.mail.message import compose
from tasks.store import Store, open_store
from tasks.store.packs import PackRow, PackState
from tasks.store.rows import MailRow

_SENT: Final = ("sent", "running")


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
        ``state``: ``sent``, ``running`` (the period is not over), ``restated``, ``unchanged`` (the figures
        are those that were sent, so nothing goes out); beside it what was made, for whom, and how it went.

    Raises:
        Held: its readers do not get it; officer and engineer are told why.
        WrongUse: there is no such report, period or snapshot.
    """
    wanted = want(settings, name, source, period, snapshot, instant_of(due or now()))
    with open_store(settings.store_url.get_secret_value(), settings.store_wait_s, key_of(settings)) as store:
        try:
            # One run makes good for all that an outage kept back, as of the first: a later one may be over too.
            over = min(wanted.period.end, instant_of(now()))
            refuse(settings, wanted, max(instant_of(due or now()), over))
            told = _send(settings, store, wanted)
        except Held as held:
            said = withhold(settings, store, wanted, held)
            held.add_note(f"told: {said}")
            raise
        posted = post(settings, store, wanted.source, settings.out / EML)
    told["posted"] = mails.said(posted)
    told["alarms"] = [f"not reached: {who} ({why})" for who, why in told["missed"]]
    if posted.trouble:
        told["alarms"].append(f"mails wait, for the server was in trouble: {posted.trouble}")
    return told


@dataclass(frozen=True)
class _Issue:
    """Which entry of its period a report is: its row, and what it replaces."""

    row: PackRow
    restated: Restated | None = None
    unchanged: bool = False


def _send(settings: Settings, store: Store, wanted: Wanted) -> dict[str, Any]:
    known = store.known_packs(wanted.source)
    mine = known[known["report"] == wanted.name].reset_index(drop=True)
    run = judged(settings, wanted, _previous(mine, wanted.as_of))
    try:
        issue = _issue(run, wanted, mine[mine["period"] == wanted.period.key])
        told = _told(run, wanted, issue)
        if issue.unchanged:
            return {**told, "state": "unchanged", "readers": [], "missed": [], "new": 0}
        mode = store.source_state(wanted.source).mode
        if mode == "preview":
            raise _preview(run, wanted)
        if run.people is None:
            raise ClausewatchError("nobody is known", str(settings.people), "look at the file")
        found = bool(run.results["totals"]["breached"])
        readers = readers_of(wanted.report, run.people, instant_of(now()), found=found, pilot=mode == "pilot")
        if not readers.reached:
            raise _nobody(run, wanted, readers)
        owed = _owe(store, run, wanted, issue, readers)
        return {**told, **owed} if owed["new"] else {**told, **owed, "state": "sent before"}
    finally:
        run.close()


def _previous(mine: pd.DataFrame, as_of: int) -> int | None:
    """Instant of the last report of this name before ``as_of``, of whatever period."""
    before = mine[mine["state"].isin(_SENT) & (mine["as_of"] < as_of)]
    return int(before["as_of"].max()) if len(before) else None


def _issue(run: AuditRun, wanted: Wanted, rows: pd.DataFrame) -> _Issue:
    """The same snapshot is the same entry; other figures of a period that is over are a restatement."""
    state: PackState = "sent" if wanted.period.closed(run.as_of) else "running"
    snapshot, counted = f"{run.snapshot['hash']}@{run.as_of}", figures(_result(run))
    sent = rows[rows["state"] == "sent"]
    again = rows[(rows["state"] == state) & (rows["snapshot"] == snapshot)]
    n = int(again["n"].iloc[0]) if len(again) else len(rows)
    before = sent[sent["n"] < n] if state == "sent" else sent.iloc[:0]
    row = PackRow(
        wanted.source, wanted.name, wanted.period.key, n, state,
        run.as_of, snapshot, counted, run.folder.name,
    )  # fmt: skip
    if before.empty:
        return _Issue(row)
    last = before.sort_values("n").iloc[-1]
    moved = Restated(
        len(before), moment_of(int(last["as_of"])).isoformat(), changes(str(last["figures"]), counted)
    )
    older = run.as_of < int(last["as_of"])
    return _Issue(row, moved, unchanged=older or str(last["figures"]) == counted)


def _owe(store: Store, run: AuditRun, wanted: Wanted, issue: _Issue, readers: Readers) -> dict[str, Any]:
    """Fix every mail's bytes and enter them with the report, all or nothing."""
    restated = issue.restated.n if issue.restated else 0
    loads = {
        reader.person.id: load(reader, wanted.report, run.folder, wanted.period.key, restated)
        for reader in readers.reached
    }
    owed = [
        _mail(run, wanted, issue, reader, loads[reader.person.id], readers.missed)
        for reader in readers.reached
    ]
    new = store.owe_pack(issue.row, owed, now())
    listed = [_listed(reader, loads[reader.person.id]) for reader in readers.reached]
    return {"new": new, "readers": listed, "missed": [list(one) for one in readers.missed]}


def _mail(
    run: AuditRun,
    wanted: Wanted,
    issue: _Issue,
    reader: Reader,
    loaded: Load,
    missed: tuple[tuple[str, str], ...],
) -> MailRow:
    row, place = issue.row, wanted.place.rstrip("/\\")
    envelope = digest(
        f"pack|{row.source}|{row.report}|{row.period}|{row.n}|{row.snapshot}|{reader.person.id}"
    )
    found = Pack(
        _result(run), wanted.title, envelope, reader.named, loaded.files, loaded.left_out,
        wanted.report.limit_mb * 1_000_000, f"{place}/{run.folder.name}" if place else str(run.folder),
        row.state == "running", issue.restated, missed if reader.named in HOUSE else (),
    )  # fmt: skip
    body = pack_mail(found, reader.lang)
    made = compose(
        envelope, sender_of(run.settings), reader.person.email, body.subject, body.text, body.html,
        moment_of(run.as_of), loaded.attached,
    )  # fmt: skip
    return MailRow(
        envelope, reader.person.id, "pack", made.sender, made.recipients, made.message_id, made.content
    )


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


def _told(run: AuditRun, wanted: Wanted, issue: _Issue) -> dict[str, Any]:
    return {
        "report": wanted.name, "source": wanted.source, "period": wanted.period.key,
        "state": "restated" if issue.restated else issue.row.state, "n": issue.row.n,
        "restated": issue.restated.n if issue.restated else 0,
        "as_of": run.results["as_of"], "folder": str(run.folder), "breached": run.results["totals"]["breached"],
        "population": run.results["totals"]["population"],
    }  # fmt: skip


def _listed(reader: Reader, loaded: Load) -> dict[str, Any]:
    return {
        "person": reader.person.printed, "as": reader.named, "lang": reader.lang,
        "files": [one.name for one in loaded.attached], "left_out": [one.name for one in loaded.left_out],
    }  # fmt: skip


def _result(run: AuditRun) -> ResultSet:
    if run.result is None:
        raise ClausewatchError("the report was not written", "report", "render it first")
    return run.result
