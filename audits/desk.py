"""The desk from which one run's mails go: it finds people, keeps what each is owed, and closes envelopes."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from audits.bundling import Bundle, Owed, Share, bundles, matters
from audits.instants import date_of
from audits.ladder import ABOVE, COLUMNS, Level, Policy
from audits.notices import (
    CLOSING,
    DAILY,
    DIGEST,
    ESCALATING,
    ESCALATION,
    NO_ADDRESS,
    OPERATIONS,
    OUTSIDE,
    SEND,
    SHOWN,
    SINGLE_KINDS,
    Alert,
    Envelope,
    Notice,
    Plan,
    envelope_id,
    notice_id,
)
from audits.people import Addressee, Nobody, People
from audits.told import first_mails, open_at_last_digest, recent
from audits.zones import zone

#: Who hears of data gaps, vacancies and addresses that are missing; never a manager.
OPERATORS: Final = ("officer", "engineer")


class Desk:
    """One run's mail room: finds people, keeps their shares, closes envelopes.

    Args:
        people: who is who.
        policy: mode, live date, caps.
        as_of: instant of the audit, microseconds.
        opening: instant at which ordinary mail of this run goes out.
        told: notices that count as told (``audits.notices.KNOWN``).
        findings: every finding of the source after this run.
    """

    def __init__(
        self,
        people: People,
        policy: Policy,
        as_of: int,
        opening: int,
        told: pd.DataFrame,
        findings: pd.DataFrame,
    ) -> None:
        self._people, self._policy, self._as_of, self._opening = people, policy, as_of, opening
        self._told, self._findings = told, findings
        self._recent = recent(told, findings, as_of)
        self._shares: dict[str, Share] = {}
        self._found: dict[tuple[str, str, str, bool], Addressee | Nobody] = {}
        self._notices: list[Notice] = []
        self._envelopes: list[Envelope] = []
        self._empty: Counter[tuple[str, str]] = Counter()
        self._days = zone(policy.zone).days
        now, out = (int(day) for day in self._days(np.array([as_of, opening], np.int64)))
        self._today, self._out_day = now, out
        self._history = self._read_history()
        self._before: dict[tuple[str, str], tuple[str, ...]] = {}
        self._threads = first_mails(told)

    def add_owed(self, rows: Iterable[Owed]) -> None:
        """What is owed anew: matters to whom each leads, and the quiet rest."""
        joined, quiet = matters(rows)
        for matter in joined:
            if not self._told_below(matter.lead) and (share := self._share(matter.lead)):
                (share.urgent if matter.lead.urgent else share.ordinary).append(matter)
        for row in quiet:
            if share := self._share(row):
                share.quiet.append(row)

    def add_closed(self, person: str, row: Owed) -> None:
        """Whoever was asked to act, or stands in for him, hears that it is over."""
        found = self._people.again(person, row.role, self._opening)
        if isinstance(found, Addressee):
            self._share_of(found).closed.append(row)

    def add_standing(self, rows: pd.DataFrame) -> None:
        """What is still open from earlier goes on being listed to whom it is with now."""
        earlier = self._days(rows["at"].to_numpy(np.int64)) < self._out_day
        for row, early in zip(owed_rows(rows), earlier.tolist(), strict=True):
            if share := self._share(row):
                (share.standing if early else share.apart).append(row)
        self._before = open_at_last_digest(self._told, self._findings)

    def add_soon(self, rows: Iterable[Owed]) -> None:
        """What is still running and falls due before its holder can be told again."""
        for row in rows:
            if share := self._share(row):
                share.soon.append(row)

    def add_day(self) -> None:
        """The officer's digest goes out whatever is new; a house without one has an alert for it."""
        found = self._people.addressee("officer", "", "", self._opening)
        if isinstance(found, Addressee):
            self._share_of(found).day = True

    def _share(self, row: Owed) -> Share | None:
        """The share of the person this row leads to; None when it leads to nobody."""
        found = self._addressee(row)
        for what in found.empty:
            self._empty["empty_step", what] += 1
        if isinstance(found, Nobody):
            self._empty["unaddressed", found.role] += 1
            return None
        return self._share_of(found)

    def _told_below(self, row: Owed) -> bool:
        """Whether whoever is above was the one told before: never the same person again."""
        found = self._addressee(row)
        if row.level != Level.ABOVE or isinstance(found, Nobody):
            return False
        told = self._told
        return bool(((told["person_id"] == found.person_id) & (told["finding"] == row.finding)).any())

    def _share_of(self, found: Addressee) -> Share:
        person = found.person_id
        if person not in self._shares:
            singles, digested = self._history.get(person, (0, frozenset()))
            recent, storms = self._recent.get(person, (Counter(), frozenset()))
            self._shares[person] = Share(
                addressee=found, singles=singles, digested=digested, recent=recent, storms=storms
            )
        return self._shares[person]

    def _read_history(self) -> dict[str, tuple[int, frozenset[str]]]:
        """Person -> single mails of today, and kinds of digests that went out for the day of this plan."""
        singles: Counter[str] = Counter()
        digests: defaultdict[str, set[str]] = defaultdict(set)
        mails = self._told.drop_duplicates("envelope")
        days = self._days(mails["at"].to_numpy(np.int64))
        for person, kind, day in zip(mails["person_id"], mails["kind"], days.tolist(), strict=True):
            singles[person] += kind in SINGLE_KINDS and day == self._today
            if kind in (DIGEST, DAILY) and day == self._out_day:
                digests[person].add(kind)
        return {person: (singles[person], frozenset(digests[person])) for person in {*singles, *digests}}

    def _addressee(self, row: Owed) -> Addressee | Nobody:
        """Whom the row's ladder leads to at the instant its mail goes out."""
        key = (row.role, row.assignee, row.team, row.urgent)
        if key not in self._found:
            on = self._as_of if row.urgent else self._opening
            self._found[key] = self._people.addressee(row.role, row.assignee, row.team, on)
        return self._found[key]

    def post(self) -> None:
        """Close the envelopes of every share."""
        closed = self._opening > self._as_of
        for person, share in self._shares.items():
            for bundle in bundles(share, closed=closed, policy=self._policy):
                self._close(person, bundle)

    def _close(self, person: str, bundle: Bundle) -> None:
        addressee = self._addressed(self._shares[person], bundle)
        duties = [(row.finding, row.clause, row.role, row.level, row.occurrence) for row in bundle.told]
        if bundle.kind in (DIGEST, DAILY):
            duties.append((f"digest:{person}", "", bundle.kind, 0, self._once(_iso(self._out_day))))
        if isinstance(addressee, Addressee):  # only what has one came into a share
            at = self._as_of if bundle.urgent else self._opening
            self._seal(addressee, bundle.kind, duties, at, bundle)

    def _addressed(self, share: Share, bundle: Bundle) -> Addressee | Nobody | None:
        """By which role and step this mail comes to its reader."""
        first = next(iter((*bundle.told, *bundle.standing)), None)
        if share.day and bundle.kind == DIGEST:
            return self._people.addressee("officer", "", "", self._opening)
        if first is None or share.addressee is None:
            return share.addressee
        if first.level == Level.CLOSED:
            return replace(share.addressee, role=first.role)
        return self._addressee(first)

    def post_operations(self, gaps: Sequence[str], alarms: Sequence[tuple[str, str]]) -> None:
        """Gaps and alerts, to officer and engineer, each once (an alert once a month)."""
        self._empty.update(alarms)
        month = self._once(_iso(self._out_day)[:7])
        for what in self._people.vacancies(self._opening):
            self._empty["vacant", what] += 1
        told = set(self._told["notice"])
        for role in OPERATORS:
            found = self._people.addressee(role, "", "", self._opening)
            if isinstance(found, Nobody):
                continue
            things = [(f"gap:{gap}", "", role, int(Level.TABLE), self._once("")) for gap in sorted(gaps)]
            things += [
                (f"alert:{kind}:{what}", "", role, int(Level.TABLE), month)
                for kind, what in sorted(self._empty)
            ]
            fresh = [thing for thing in things if notice_id(thing[0], role, *thing[3:]) not in told]
            if fresh:
                self._seal(found, OPERATIONS, fresh, self._opening)

    def _once(self, when: str) -> str:
        """Occurrence of what is told once by each source, or once a day or month."""
        return "/".join(filter(None, (self._policy.source, when)))

    def _seal(
        self,
        addressee: Addressee,
        kind: str,
        duties: Sequence[tuple[str, str, str, int, str]],
        at: int,
        bundle: Bundle | None = None,
    ) -> None:
        person = addressee.person_id
        ids = [notice_id(finding, role, level, occ) for finding, _, role, level, occ in duties]
        envelope = envelope_id(kind, person, ids)
        why = f"{addressee.via}:{addressee.absent_of}".rstrip(":")
        self._notices += [
            Notice(one, *duty, person, kind, why, envelope, at) for one, duty in zip(ids, duties, strict=True)
        ]
        made = Envelope(
            envelope,
            kind,
            addressee,
            tuple(ids),
            tuple(duty[0] for duty in duties if duty[3]),
            day=_iso(self._today if at == self._as_of else self._out_day),
            until=at if at > self._as_of else 0,
            fate=self._fate(person),
        )
        self._envelopes.append(self._listed(made, bundle) if bundle else made)

    def _listed(self, made: Envelope, bundle: Bundle) -> Envelope:
        """The envelope with what it lists again."""
        return replace(
            made,
            standing=tuple(row.finding for row in bundle.standing),
            apart=tuple(row.finding for row in bundle.apart),
            level=max((row.level for row in bundle.told), default=0),
            thread=self._thread(bundle),
            repeats=self._repeats(bundle),
            before=self._before.get((made.addressee.person_id, made.kind)),
            cause=bundle.cause,
        )

    def _thread(self, bundle: Bundle) -> str:
        """The envelope that told first of the one matter this one is about."""
        if bundle.kind not in (ESCALATION, CLOSING) or len({row.subject for row in bundle.told}) != 1:
            return ""
        return next((self._threads[row.finding] for row in bundle.told if row.finding in self._threads), "")

    def _repeats(self, bundle: Bundle) -> int:
        """How often at most its matter is told again from here on."""
        lead = bundle.told[0] if bundle.told else None
        if bundle.kind not in ESCALATING or lead is None or lead.role not in ABOVE:
            return 0
        left = self._policy.repeats - (lead.level - Level.NOW)
        return max(left, 0) if self._policy.can_acknowledge else 0

    def _fate(self, person: str) -> str:
        address = self._people.person(person).email
        if not address:
            self._empty["no_address", person] += 1
            return NO_ADDRESS
        if self._policy.mode == "preview":
            return SHOWN
        if self._policy.mode == "pilot" and address.lower() not in self._people.allow:
            return OUTSIDE
        return SEND

    def plan(self, waiting: frozenset[str]) -> Plan:
        """What goes now, and what is held; a waiting mail planned the same way again is left to wait."""
        alerts = sorted(Alert(kind, what, n) for (kind, what), n in self._empty.items())
        fresh = [e for e in self._envelopes if e.id not in waiting]
        return Plan(
            tuple(n for n in self._notices if n.envelope not in waiting),
            tuple(e for e in fresh if not e.until),
            tuple(e for e in fresh if e.until),
            tuple(alerts),
            tuple(sorted(waiting - {e.id for e in self._envelopes})),
        )


def owed_rows(frame: pd.DataFrame) -> Iterable[Owed]:
    """Rows of ``audits.ladder.owed`` or ``standing``, one by one."""
    return (Owed(*row) for row in zip(*(frame[name].tolist() for name in COLUMNS), strict=True))


def _iso(day: int) -> str:
    return date_of(day).isoformat()
