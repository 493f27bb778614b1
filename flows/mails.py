"""From a plan to the outbox: each envelope gets its words, its bytes, and its Message-ID, all before sending."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import pandas as pd

from audits.cards import Card
from audits.context import Judgement
from audits.current import with_findings
from audits.findings import as_ints
from audits.instants import HOUR, moment_of
from audits.judge import Judged, breached, frame_of
from audits.kinds import limits
from audits.notices import DAILY, DIGEST, INCIDENT, OPERATIONS, SHOWN, Envelope, Plan
from audits.people import People
from audits.saying import codes_of
from audits.words import NAT
from flows.posting import sender_of
from flows.run import AuditRun
from reports.mail import Context, render
from reports.mail.contexts import (
    Complaint,
    CountedDay,
    Daily,
    Digest,
    Gap,
    Incident,
    Item,
    Matter,
    Operations,
    Reader,
)
from tasks.mail.message import Attachment, compose
from tasks.mail.outbox import Posted
from tasks.store.rows import MailRow

_OPEN = ("open", "acknowledged")
_CLOCKS = ("elapsed", "open_hours", "working_days")
_KINDS = {"acceptance": "acceptance", "survey": "survey", "deliverable": "qa", "deviation": "deviation"}
_STEPS = (
    ("pre", "applied_at"),
    ("formal", "formal_finished_at"),
    ("rectify", "rectified_at"),
    ("confirm", "confirmed_at"),
)


def rows(run: AuditRun, plan: Plan) -> list[MailRow]:
    """The mails of a plan as they go into the outbox."""
    if run.judged is None or run.people is None:
        return []
    desk = _Desk(run, run.judged, run.people, plan)
    return [desk.mail(envelope) for envelope in plan.mails]


class _Desk:
    """Writes one run's mails."""

    def __init__(self, run: AuditRun, judged: Judged, people: People, plan: Plan) -> None:
        self._run, self._judged, self._people, self._plan = run, judged, people, plan
        self._findings = run.after.set_index("finding")
        self._rows = _places(judged)
        self._customers = codes_of(judged.facts, "customer", "code")
        self._teams = codes_of(judged.facts, "team", "code")

    def mail(self, envelope: Envelope) -> MailRow:
        person = self._people.person(envelope.addressee.person_id)
        lang = self._people.lang_of(person.id)
        zone = self._judged.facts.zone
        body = render(self._context(envelope), lang, zone=zone, as_of=self._run.as_of)
        sender = sender_of(self._run.settings)
        annexes = [Attachment(annex.name, annex.content) for annex in body.annexes]
        made = compose(
            envelope.id,
            sender,
            person.email,
            body.subject,
            body.text,
            body.html,
            moment_of(self._run.as_of),
            annexes,
        )
        return MailRow(
            envelope.id, person.id, envelope.kind, made.sender, made.recipients, made.message_id, made.content,
            not_before=envelope.until,
        )  # fmt: skip

    def _context(self, envelope: Envelope) -> Context:
        reader = self._reader(envelope)
        if envelope.kind == OPERATIONS:
            return self._operations(envelope, reader)
        items = tuple(self._item(finding) for finding in envelope.findings if finding in self._findings.index)
        if envelope.kind == INCIDENT:
            return Incident(envelope.id, items, reader, bool(envelope.cause))
        if envelope.kind == DIGEST:
            return self._digest(envelope, items, reader)
        if envelope.kind == DAILY:
            return self._daily(envelope, items, reader)
        return self._matter(envelope, items, reader)

    def _reader(self, envelope: Envelope) -> Reader:
        who = envelope.addressee
        printed = [self._people.person(one).printed if one else "" for one in (who.deputy_id, who.absent_of)]
        return Reader(who, *printed)

    def _item(self, finding: str) -> Item:
        row = cast("dict[str, Any]", self._findings.loc[finding].to_dict())
        card: Card = self._judged.rules.cards[row["clause"]]
        made, place = self._rows.get(finding, (None, -1))
        due, done = (int(as_ints(self._findings.loc[[finding], name])[0]) for name in ("due_at", "done_at"))
        dated = limits(card)
        newest = dated[max(dated)] if dated else None
        return Item(
            finding=finding, subject=row["subject"], label=row["label"], kind=self._kind(row, card),
            customer=self._customers.get(row["customer_id"], row["customer_id"]), card=card,
            standard=self._judged.rules.standards[card.standard],
            anchor=int(as_ints(self._findings.loc[[finding], "anchor_at"])[0]), due=due, done=done,
            late=self._late(made, due, done),
            other_due=int(made.other.due[place]) if made is not None and made.other is not None else NAT,
            clock=made.clock if made is not None and made.clock in _CLOCKS else "",
            limit=newest.amount if newest and newest.unit in {"us", "working_days"} else 0,
            is_open=row["state"] in _OPEN, holder=self._printed(row["assignee_id"]),
            team=self._teams.get(row["team_id"], row["team_id"]),
        )  # fmt: skip

    def _printed(self, person: str) -> str:
        return self._people.person(person).printed if person else ""

    def _kind(self, row: Any, card: Card) -> str:
        if "service_type" in card.where:
            return card.where["service_type"]
        return _KINDS.get(str(row["subject"]).partition(":")[0], card.audit or "other")

    def _late(self, made: Judgement | None, due: int, done: int) -> int:
        end = self._run.as_of if done == NAT else done
        if due == NAT or end <= due or made is None:
            return NAT
        if made.clock == "open_hours":
            return int(self._judged.rules.hours.open_between(np.array([due]), np.array([end]))[0])
        return end - due

    def _matter(self, envelope: Envelope, items: tuple[Item, ...], reader: Reader) -> Matter:
        lead = items[0]
        made, place = self._rows.get(lead.finding, (None, -1))
        signature = (
            self._judged.rules.readings.signed("clock_choice", lead.card.id)
            if "clock_choice" in lead.card.readings
            else None
        )
        days: tuple[CountedDay, ...] = ()
        if lead.clock == "working_days" and lead.anchor != NAT:
            counted = self._judged.rules.calendar.days_aloud(lead.anchor, lead.limit)
            days = tuple(
                CountedDay(
                    d.day.isoformat(),
                    d.number or 0,
                    d.kind.value,
                    (d.name.zh, d.name.en) if d.name else ("", ""),
                )
                for d in counted
            )
        return Matter(
            envelope.id, envelope.notices[0], items, reader, self._act_by(lead), signature, days,
            self._steps(made, place),
        )  # fmt: skip

    def _act_by(self, lead: Item) -> int:
        """Until when an act still meets the overtime clause of the case; NAT when past or unknown."""
        if "service_type" not in lead.card.where or lead.due == NAT:
            return NAT
        readings = self._judged.rules.readings
        grace = readings.value("escalation_grace", lead.card.id)
        minutes = grace.get(lead.card.where["service_type"], 0) if isinstance(grace, Mapping) else 0
        until = lead.due + minutes * HOUR // 60
        return until if until > self._run.as_of else NAT

    def _steps(self, made: Judgement | None, place: int) -> tuple[tuple[str, int], ...]:
        if made is None or made.view.base.name != "acceptance":
            return ()
        base, at = made.view.base, int(made.view.pos[made.rows[place]])
        return tuple((step, int(base.ts(stamp)[at])) for step, stamp in _STEPS)

    def _digest(self, envelope: Envelope, items: tuple[Item, ...], reader: Reader) -> Digest:
        standing = tuple(
            self._item(finding) for finding in envelope.standing if finding in self._findings.index
        )
        every = tuple({item.finding: item for item in (*items, *standing)}.values())
        ordered = (*(i for i in every if i.is_open), *(i for i in every if not i.is_open))
        ages = tuple((item.finding, days) for item in ordered if (days := self._age(item.due)) is not None)
        teams = {item.team for item in ordered}
        return Digest(
            envelope.id,
            envelope.day,
            teams.pop() if len(teams) == 1 else "",
            ordered,
            reader,
            frozenset(),
            ages,
        )

    def _age(self, due: int) -> int | None:
        if due == NAT:
            return None
        now = np.array([self._run.as_of], np.int64)
        days = int(self._judged.rules.calendar.working_days_between(np.array([due], np.int64), now)[0])
        return None if days == NAT or days < 0 else days

    def _daily(self, envelope: Envelope, items: tuple[Item, ...], reader: Reader) -> Daily:
        """The general manager's complaints, one line a case."""
        cases = dict.fromkeys(item.subject for item in items)
        return Daily(
            envelope.id, envelope.day, tuple(self._complaint(subject, items) for subject in cases), reader
        )

    def _complaint(self, subject: str, items: tuple[Item, ...]) -> Complaint:
        mine = [item for item in items if item.subject == subject]
        stamps = self._case_stamps(subject.partition(":")[2])
        answer = self._due_of(subject, "first_response")
        solve = self._due_of(subject, "resolution")
        unsolved = any(item.is_open and item.card.obligation_key == "resolution" for item in mine)
        return Complaint(
            mine[0].label, mine[0].customer, stamps["received_at"], stamps["first_response_at"], answer, solve,
            stamps["resolved_at"], unsolved, any(item.is_open for item in mine),
        )  # fmt: skip

    def _case_stamps(self, key: str) -> dict[str, int]:
        frame = self._judged.facts.frames["case"]
        row = frame[frame["id"] == key]
        names = ("received_at", "first_response_at", "resolved_at")
        return {
            name: int(as_ints(row[name])[0]) if name in row.columns and len(row) else NAT for name in names
        }

    def _due_of(self, subject: str, key: str) -> int:
        """When an act of this case falls due, broken or not."""
        record = subject.partition(":")[2]
        for made in self._judged.made.values():
            if made.card.obligation_key == key:
                ids = made.view.base.text("id").iloc[made.view.pos[made.rows]]
                places = np.flatnonzero((ids == record).to_numpy(bool) & (made.outcome.due != NAT))
                if len(places):
                    return int(made.outcome.due[places[0]])
        return NAT

    def _operations(self, envelope: Envelope, reader: Reader) -> Operations:
        told = {one.split(":", 1)[1] for one in envelope.findings if one.startswith("gap:")}
        gaps = tuple(
            Gap(gap["field"], gap["reason"], gap["records"], gap["duties"])
            for gap in self._run.results["gaps"]
            if f"{gap['field']}|{gap['reason']}" in told
        )
        alerts = tuple(
            (one.split(":", 2)[1], one.split(":", 2)[2])
            for one in envelope.findings
            if one.startswith("alert:")
        )
        return Operations(envelope.id, envelope.day, gaps, alerts, reader)


def _places(judged: Judged) -> dict[str, tuple[Judgement, int]]:
    """Finding -> its judgement and row there, for the breached ones."""
    out: dict[str, tuple[Judgement, int]] = {}
    for made in judged.made.values():
        places = np.flatnonzero(breached(made))
        frame = with_findings(judged, frame_of(judged, made, breached))
        out |= {finding: (made, int(row)) for finding, row in zip(frame["finding"], places, strict=True)}
    return out


def outcomes(notices: pd.DataFrame, plan: Plan | None) -> dict[str, int]:
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
        "people": len({n.person_id for n in shown}) if shown else int(told["person_id"].nunique()),
    }


def _shown(plan: Plan) -> set[str]:
    return {e.id for e in (*plan.envelopes, *plan.held) if e.fate == SHOWN}


def said(posted: Posted) -> str:
    """What sending did, in one line."""
    parts = [f"{n} {outcome}" for outcome, n in sorted(posted.outcomes.items())]
    parts += [f"{posted.put_off} put off"] if posted.put_off else []
    parts += [posted.trouble] if posted.trouble else []
    return ", ".join(parts) or "nothing waits"
