"""What mails are written from, looked up once: findings, obligations, codes and teams of one run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from audits.cards import Card
from audits.duties import limits
from audits.facts import Facts
from audits.instants import NAT
from audits.judge import Judged
from audits.ladder import open_findings, us
from audits.people import People
from audits.rules import Rules
from audits.story import story
from reports.format import local
from reports.mail.contexts import Item

#: Reasons of a breach that mean: not done in time. All others are faults that time does not mend.
_IN_TIME = frozenset({"LATE", "OPEN_LATE", "MISSING", "NOT_DONE"})
_AUDITS = frozenset({"acceptance", "survey", "qa"})


class Found(NamedTuple):
    """One finding as mails need it."""

    finding: str
    clause: str
    subject: str
    record: str
    label: str
    occurrence: str
    reason: str
    customer: str
    team: str
    assignee: str
    anchor: int
    due: int
    done: int
    is_open: bool


class Duty(NamedTuple):
    """One obligation of this run; instants ``NAT`` and lateness ``NAT`` where there is none."""

    clause: str
    subject: str
    occurrence: str
    verdict: str
    anchor: int
    due: int
    done: int
    other_due: int
    late: int


@dataclass(frozen=True)
class Material:
    """One run, ready to be told.

    Args:
        findings: every finding as ``audits.life`` leaves it.
        obligations: every obligation of the run (``audits.judge.COLUMNS``).
        rules: cards, standards, readings, calendar.
        people: who is who.
        zone, as_of: the business's zone and the audit's instant.
        directory: entity, id, code, name ...: customers by code, teams by name. Names of persons are not used.
        gaps: data gaps as ``results.json`` lists them: field, reason, records, duties.
        judged: the judgement, from which the story of a single matter is told: figures of a rate, time that
            did not count; None leaves them out.
        facts: canonical frames, for the steps of an acceptance; None leaves them out.
        ahead: duties still running, with their identity as ``finding``; None where nobody is warned.
        officers_day: the officer's day (``audits.officer``); None leaves it out.
    """

    findings: pd.DataFrame
    obligations: pd.DataFrame
    rules: Rules
    people: People
    zone: str
    as_of: int
    directory: pd.DataFrame | None = None
    gaps: tuple[Mapping[str, Any], ...] = ()
    judged: Judged | None = None
    facts: Facts | None = None
    ahead: pd.DataFrame | None = None
    officers_day: Mapping[str, Any] | None = None

    @cached_property
    def found(self) -> dict[str, Found]:
        """Finding id -> finding."""
        return _found(self.findings, open_findings(self.findings))

    @cached_property
    def running(self) -> dict[str, Found]:
        """The same of duties that are not broken."""
        return {} if self.ahead is None else _found(self.ahead, np.ones(len(self.ahead), bool))

    def withdrawn(self, findings: Iterable[str]) -> frozenset[str]:
        """Those of them that were no breaches after all."""
        states = self.findings.loc[self.findings["finding"].isin(set(findings)), ["finding", "state"]]
        return frozenset(states.loc[states["state"] == "withdrawn", "finding"])

    def duties(self, subjects: Iterable[str]) -> dict[str, list[Duty]]:
        """Subject -> its obligations in this run."""
        frame = self.obligations
        rows = _duties(frame[frame["subject"].isin(set(subjects))])
        found: dict[str, list[Duty]] = {}
        for duty in rows:
            found.setdefault(duty.subject, []).append(duty)
        return found

    def duties_of(self, clauses: Iterable[str]) -> list[Duty]:
        """Every obligation of these clauses."""
        return _duties(self.obligations[self.obligations["clause"].isin(set(clauses))])

    @cached_property
    def _codes(self) -> dict[tuple[str, str], tuple[str, str]]:
        if self.directory is None:
            return {}
        columns = (self.directory[name].fillna("").tolist() for name in ("entity", "id", "code", "name"))
        return {(entity, key): (code, name) for entity, key, code, name in zip(*columns, strict=True)}

    def customer(self, key: str) -> str:
        """The customer's code, never a name."""
        return self._codes.get(("customer", key), ("", ""))[0] or key

    def team(self, key: str) -> str:
        """The team's name, else its code."""
        code, name = self._codes.get(("team", key), ("", ""))
        return name or code or key

    def person(self, key: str) -> str:
        """The person's staff number; "" for nobody."""
        return self.people.person(key).printed if key else ""

    def items(self, findings: Iterable[str]) -> list[Item]:
        """The duties broken, in the order asked for; a finding nobody knows is left out."""
        known = {**self.running, **self.found} if self.running else self.found
        found = [known[one] for one in findings if one in known]
        duties = self.duties({one.subject for one in found})
        return [self._item(one, _match(one, duties.get(one.subject, []))) for one in found]

    def story(self, finding: str) -> Mapping[str, Any]:
        """Why this finding is one, as ``audits.story`` tells it; empty where nothing is judged any more."""
        one = self.found[finding]
        made = self.judged.made.get(one.clause) if self.judged is not None else None
        if self.judged is None or made is None:
            return {}
        keys = made.view.base.text("id").iloc[made.view.pos[made.rows]].to_numpy()
        mine = keys == one.record
        if made.view.occurrence is not None:
            mine &= made.view.occurrence[made.rows] == one.occurrence
        rows = np.flatnonzero(mine)
        return story(self.judged, made, int(rows[0])) if len(rows) else {}

    def _item(self, one: Found, duty: Duty | None) -> Item:
        card = self.rules.cards[one.clause]
        ahead = one.finding in self.running and one.finding not in self.found
        limit, clock = self._limit(card, one, ahead)
        end = self.as_of if one.done == NAT else one.done
        late = NAT
        if clock and one.due != NAT and end > one.due:
            late = duty.late if duty is not None and duty.late != NAT else end - one.due
        return Item(
            finding=one.finding,
            subject=one.subject,
            label=one.label or one.record,
            kind=kind_of(card, one.subject),
            customer=self.customer(one.customer) if one.customer else "",
            card=card,
            standard=self.rules.standards[card.standard],
            anchor=one.anchor,
            due=one.due,
            done=one.done,
            late=late,
            other_due=NAT if duty is None or late == NAT else duty.other_due,
            clock=clock if late != NAT or ahead else "",
            limit=limit if late != NAT or ahead else 0,
            is_open=one.is_open,
            holder=self.person(one.assignee),
            team=self.team(one.team) if one.team else "",
        )

    def _limit(self, card: Card, one: Found, ahead: bool) -> tuple[int, str]:
        """The limit in force when the duty began, and the clock that counts it; (0, "") without one."""
        dated = limits(card)
        if not dated or (one.reason not in _IN_TIME and not ahead):
            return 0, ""
        day = local(one.anchor, self.zone).date().isoformat() if one.anchor != NAT else max(dated)
        limit = dated[max((since for since in dated if since <= day), default=min(dated))]
        if limit.unit == "working_days":
            return limit.amount, "working_days"
        if limit.unit != "us":
            return 0, ""
        return limit.amount, self.clock(card)

    def clock(self, card: Card) -> str:
        """``elapsed`` unless the officer signed opening hours for this clause."""
        if "clock_choice" not in card.readings:
            return "elapsed"
        return self.rules.readings.ask("clock_choice", card.id)

    def ages(self, items: Iterable[Item]) -> tuple[tuple[str, int], ...]:
        """Finding -> working days since it fell due, where the calendar knows."""
        listed = list(items)
        due = np.array([item.due for item in listed], dtype=np.int64)
        now = np.full(len(listed), self.as_of, dtype=np.int64)
        days = self.rules.calendar.working_days_between(due, now).tolist()
        return tuple((item.finding, age) for item, age in zip(listed, days, strict=True) if age != NAT)


def kind_of(card: Card, subject: str) -> str:
    """What mails call a record of this clause: the service type of a case, else its audit."""
    entity = subject.partition(":")[0]
    if entity == "case":
        return str(card.where.get("service_type", "case"))
    if entity == "deviation":
        return entity
    return card.audit if card.audit in _AUDITS else "other"


def _found(frame: pd.DataFrame, is_open: npt.NDArray[np.bool_]) -> dict[str, Found]:
    names = ("finding", "clause", "subject", "record", "label", "occurrence", "reason")
    texts = [frame[name].astype("str").fillna("").tolist() for name in names]
    keys = [
        frame[name].astype("str").fillna("").tolist() for name in ("customer_id", "team_id", "assignee_id")
    ]
    stamps = [us(frame[name]).tolist() for name in ("anchor_at", "due_at", "done_at")]
    rows = zip(*texts, *keys, *stamps, is_open.tolist(), strict=True)
    return {row[0]: Found(*row) for row in rows}


def _duties(frame: pd.DataFrame) -> list[Duty]:
    texts = [frame[name].astype("str").fillna("").tolist() for name in Duty._fields[:4]]
    stamps = [us(frame[f"{name}_at"]).tolist() for name in ("anchor", "due", "done", "other_due")]
    late = frame["late_us"].astype("Int64").to_numpy(dtype=np.int64, na_value=NAT).tolist()
    return [Duty(*row) for row in zip(*texts, *stamps, late, strict=True)]


def _match(one: Found, duties: Iterable[Duty]) -> Duty | None:
    same = (duty for duty in duties if duty.clause == one.clause and duty.occurrence == one.occurrence)
    return next(same, None)
