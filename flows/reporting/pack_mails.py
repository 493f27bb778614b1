"""The mails of a report: each reader's words and files, their bytes fixed in the outbox together with the entry."""

from dataclasses import dataclass
from typing import Any

from audits.errors import ClausewatchError
from audits.instants import moment_of
from audits.notices import digest
from config.clock import now
from flows.auditing.posting import sender_of
from flows.auditing.run import AuditRun
from flows.reporting.pack_readers import HOUSE, Load, Reader, Readers, load
from flows.reporting.packing import Wanted
from reports.mail.pack import Late, Pack, Restated, pack_mail
from reports.result_set import ResultSet
from tasks.mail.message import compose
from tasks.store import Store
from tasks.store.packs import PackRow
from tasks.store.rows import MailRow


@dataclass(frozen=True)
class Issue:
    """Which entry of its period a report is: its row, what it replaces, why it is late.

    ``unchanged``: its figures are those that were sent, or older ones, so it goes to nobody.
    """

    row: PackRow
    restated: Restated | None = None
    late: Late | None = None
    unchanged: bool = False


def owe(store: Store, run: AuditRun, wanted: Wanted, issue: Issue, readers: Readers) -> dict[str, Any]:
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
    issue: Issue,
    reader: Reader,
    loaded: Load,
    missed: tuple[tuple[str, str], ...],
) -> MailRow:
    row, place = issue.row, wanted.place.rstrip("/\\")
    envelope = digest(
        f"pack|{row.source}|{row.report}|{row.period}|{row.n}|{row.snapshot}|{reader.person.id}"
    )
    found = Pack(
        result_of(run), wanted.title, envelope, reader.named, loaded.files, loaded.left_out,
        wanted.report.limit_mb * 1_000_000, f"{place}/{run.folder.name}" if place else str(run.folder),
        row.state == "running", issue.restated, missed if reader.named in HOUSE else (), issue.late,
    )  # fmt: skip
    body = pack_mail(found, reader.lang)
    made = compose(
        envelope, sender_of(run.settings), reader.person.email, body.subject, body.text, body.html,
        moment_of(run.as_of), loaded.attached,
    )  # fmt: skip
    return MailRow(
        envelope, reader.person.id, "pack", made.sender, made.recipients, made.message_id, made.content
    )


def _listed(reader: Reader, loaded: Load) -> dict[str, Any]:
    return {
        "person": reader.person.printed, "as": reader.named, "lang": reader.lang,
        "files": [one.name for one in loaded.attached], "left_out": [one.name for one in loaded.left_out],
    }  # fmt: skip


def result_of(run: AuditRun) -> ResultSet:
    """What the report says, once it is made."""
    if run.result is None:
        raise ClausewatchError("the report was not written", "report", "render it first")
    return run.result
