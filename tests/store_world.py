"""A small world for the store's tests: a run with findings, notices and mails, told in a line."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from audits.life import Changes, compare
from audits.notices import ESCALATION, Notice, envelope_id, notice_id
from tasks.store import CountRow, MailRow, RunRow, Store
from tests.life_oracle import Row, obligations

SOURCE, STANDARDS = "demo", "ECS"
BEGIN = datetime(2026, 10, 12, 2, 0, tzinfo=UTC)
COUNT = CountRow("C-1", population=5, met=2, breached=3, pending=0, not_applicable=0, no_data=0)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime = BEGIN) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class Planned:
    """What one run would commit."""

    changes: Changes
    notices: list[Notice] = field(default_factory=list)
    mails: list[MailRow] = field(default_factory=list)


def planned(store: Store, run: str, as_of: int, rows: Sequence[Row], *, tell: bool = True) -> Planned:
    """Compare with what is known, and owe each new or reopened finding one notice in a mail of its own."""
    known = store.findings(SOURCE, STANDARDS)
    live_from = store.source_state(SOURCE).live_from
    changes = compare(
        known, obligations(list(rows)), as_of, run, live_from, source=SOURCE, standards=STANDARDS
    )
    plan = Planned(changes)
    told = set(store.notices(SOURCE)["notice"])
    after = changes.applied_to(known)
    for finding, state in zip(after["finding"], after["state"], strict=True):
        notice = notice_of(finding)
        if tell and state == "open" and notice.notice not in told:
            plan.notices.append(notice)
            plan.mails.append(mail_of(notice))
    return plan


def notice_of(finding: str, level: int = 1, role: str = "supervisor", person: str = "E0014") -> Notice:
    """The notice that a finding owes the supervisor, in a mail of its own."""
    notice = notice_id(finding, role, level, "")
    envelope = envelope_id(ESCALATION, person, [notice])
    return Notice(notice, finding, "C-1", role, level, "", person, ESCALATION, "", envelope, 0)


def mail_of(*notices: Notice, content: bytes = b"Subject: late\r\n\r\nlate", not_before: int = 0) -> MailRow:
    """The mail that carries these notices."""
    first = notices[0]
    return MailRow(
        mail=first.envelope,
        person_id=first.person_id,
        kind=first.kind,
        sender="clausewatch@demo.example",
        recipients=(f"{first.person_id.lower()}@demo.example",),
        message_id=f"<{first.envelope}@demo.example>",
        content=content,
        not_before=not_before,
    )


def begin_run(store: Store, run: str, as_of: int, now: datetime = BEGIN) -> None:
    """Note that a run began."""
    store.start_run(RunRow(run, SOURCE, STANDARDS, as_of, now, period="2026-10"))


def audit(
    store: Store, run: str, as_of: int, rows: Sequence[Row], clock: Clock | None = None, *, tell: bool = True
) -> bool:
    """A whole run up to its commit."""
    clock = clock or Clock()
    begin_run(store, run, as_of, clock())
    with store.lease(SOURCE, run, clock):
        plan = planned(store, run, as_of, rows, tell=tell)
        return store.commit(
            run,
            SOURCE,
            STANDARDS,
            as_of,
            plan.changes,
            [COUNT],
            plan.notices,
            plan.mails,
            now=clock(),
        )
