"""A report that went already: what was sent stays as it is, and a reader who was added since gets the same."""

from typing import Any

import pandas as pd

from audits.errors import ClausewatchError
from audits.instants import instant_of
from config.clock import now
from flows.auditing.run import AuditRun
from flows.past.archive import Kept
from flows.reporting.pack_entries import replaced, withheld_before
from flows.reporting.pack_figures import figures, totals
from flows.reporting.pack_judging import judge_again, people_of
from flows.reporting.pack_mails import Issue, owe, result_of
from flows.reporting.pack_readers import Readers, readers_of
from flows.reporting.packing import Wanted
from reports.archive.verify_report import prove
from tasks.store import Store
from tasks.store.packs import PackRow


def repeat(store: Store, run: AuditRun, wanted: Wanted, row: PackRow, rows: pd.DataFrame) -> dict[str, Any]:
    """Owe an entry's mails to readers who have none of it; its folder and its mails are not touched.

    Args:
        row: the entry under which the report went.
        rows: every entry of this report and period.

    Raises:
        ClausewatchError: somebody was added, and the folder is gone or was changed since.
    """
    readers = _added(store, run, wanted, row)
    if not readers.reached:
        return {"new": 0, "readers": [], "missed": [list(one) for one in readers.missed]}
    kept = Kept(run.settings.out / row.folder)
    _refuse_changed(kept)
    judge_again(run, wanted, kept)
    if figures(result_of(run)) != row.figures:
        raise _other(kept, "the snapshot says other figures than were sent")
    before = replaced(row, rows)
    issue = Issue(row, before[1] if before else None, withheld_before(rows, row.n))
    return owe(store, run, wanted, issue, readers)


def _added(store: Store, run: AuditRun, wanted: Wanted, row: PackRow) -> Readers:
    """Readers by the recipients of now without those who have a mail of this entry."""
    mode = store.source_state(wanted.source).mode
    if run.facts is None or mode == "preview":
        return Readers((), ())
    found, people = bool(totals(row.figures)["breached"]), people_of(run, run.facts)
    readers = readers_of(wanted.report, people, instant_of(now()), found=found, pilot=mode == "pilot")
    had = {one.person_id for one in store.proof_of_packs(wanted.source) if one.of == row.run}
    return Readers(tuple(one for one in readers.reached if one.person.id not in had), readers.missed)


def _refuse_changed(kept: Kept) -> None:
    faults = prove(kept.folder).faults
    if faults:
        raise _other(kept, f"{faults[0].found} ({faults[0].where})")


def _other(kept: Kept, found: str) -> ClausewatchError:
    return ClausewatchError(
        f"the report that was sent is no longer what it was: {found}",
        str(kept.folder),
        "restore the folder from a copy: until then nobody who was added as a recipient gets it",
    )
