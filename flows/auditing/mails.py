"""From a plan to the outbox: each envelope gets its words, its bytes, and its Message-ID, all before sending."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pandas as pd

from audits.instants import moment_of
from audits.judge import Judged, obligations
from audits.notices import SHOWN, Notice, Plan
from audits.people import People
from flows.auditing.posting import sender_of
from flows.auditing.run import AuditRun
from reports.mail.build import Written, bodies
from reports.mail.material import Material
from tasks.mail.message import Attachment, compose
from tasks.mail.outbox import Posted
from tasks.store.rows import MailRow


def rows(run: AuditRun, plan: Plan, judged: Judged, people: People) -> list[MailRow]:
    """The mails of a plan as they go into the outbox."""
    material = Material(
        findings=run.after,
        obligations=obligations(judged),
        rules=judged.rules,
        people=people,
        zone=judged.facts.zone,
        as_of=run.as_of,
        directory=run.store.directory(judged.facts.source),
        gaps=tuple(run.results["gaps"]),
        facts=judged.facts,
        judged=judged,
        ahead=run.running if len(run.running) else None,
        officers_day=run.day or None,
    )
    return [_row(run, written, people) for written in bodies(plan.mails, material)]


def _row(run: AuditRun, written: Written, people: People) -> MailRow:
    envelope, body = written.envelope, written.body
    person = people.person(envelope.addressee.person_id)
    annexes = [Attachment(annex.name, annex.content) for annex in body.annexes]
    made = compose(
        envelope.id, sender_of(run.settings), person.email, body.subject, body.text, body.html,
        moment_of(run.as_of), annexes, envelope.thread,
    )  # fmt: skip
    return MailRow(
        envelope.id, person.id, envelope.kind, made.sender, made.recipients, made.message_id, made.content,
        not_before=envelope.until,
    )  # fmt: skip


def outcomes(notices: pd.DataFrame, plan: Plan | None, people: People | None) -> dict[str, Any]:
    """Notices of findings by what became of their mails, and what a preview would have sent."""
    told = notices[~notices["finding"].str.contains(":")]
    states = Counter(told["mail_state"])
    shown = [n for n in plan.notices if n.envelope in _shown(plan) and ":" not in n.finding] if plan else []
    return {
        "owed": len(told) + len(shown),
        "sent": states["sent"],
        "written": states["written"],
        "unknown": states["unknown"],
        "failed": states["failed"],
        "refused": states["refused"],
        "held": states["pending"] + states["claimed"] + states["sending"],
        "preview": len(shown),
        "mails": len({n.envelope for n in shown}),
        "people": len({n.person_id for n in shown}) if shown else int(told["person_id"].nunique()),
        "recipients": _recipients(shown, people),
    }


def _recipients(shown: Sequence[Notice], people: People | None) -> list[dict[str, Any]]:
    """Whom a preview would have told, and of how much; the most first."""
    if people is None:
        return []
    counts = Counter(people.person(notice.person_id).printed for notice in shown)
    return [{"holder": who, "n": n} for who, n in sorted(counts.items(), key=lambda one: (-one[1], one[0]))]


def _shown(plan: Plan) -> set[str]:
    return {e.id for e in (*plan.envelopes, *plan.held) if e.fate == SHOWN}


def said(posted: Posted) -> str:
    """What sending did, in one line."""
    parts = [f"{n} {outcome}" for outcome, n in sorted(posted.outcomes.items())]
    parts += [f"{posted.put_off} put off"] if posted.put_off else []
    parts += [posted.trouble] if posted.trouble else []
    return ", ".join(parts) or "nothing waits"
