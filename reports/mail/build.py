"""From a plan's envelopes to mail bodies: facts gathered, contexts made, each written in its reader's language."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from audits.duties import limits
from audits.instants import DAY, NAT
from audits.ladder import Level
from audits.notices import CLOSING, DAILY, DIGEST, ESCALATION, INCIDENT, WARNING, Envelope
from reports.format import local
from reports.mail.contexts import (
    Closing,
    Complaint,
    Context,
    CountedDay,
    Daily,
    Digest,
    DueSoon,
    Gap,
    Incident,
    Item,
    Matter,
    Operations,
    Reader,
)
from reports.mail.material import Duty, Material
from reports.mail.render import MailBody, render


@dataclass(frozen=True)
class Written:
    """An envelope with its words."""

    envelope: Envelope
    body: MailBody


def bodies(envelopes: Iterable[Envelope], material: Material) -> Iterator[Written]:
    """Write each envelope in the language of its reader.

    Args:
        envelopes: of one plan; ``plan.mails`` for what is sent, all of them for a preview.
        material: the run they tell of.
    """
    for envelope in envelopes:
        lang = material.people.lang_of(envelope.addressee.person_id)
        made = context(envelope, material)
        yield Written(envelope, render(made, lang, zone=material.zone, as_of=material.as_of))


def context(envelope: Envelope, material: Material) -> Context:
    """What one envelope is about."""
    reader = Reader(
        envelope.addressee,
        deputy=material.person(envelope.addressee.deputy_id),
        absent=material.person(envelope.addressee.absent_of),
        above=envelope.level == Level.ABOVE,
    )
    if envelope.kind == ESCALATION:
        return _matter(envelope, reader, material)
    if envelope.kind == WARNING:
        items = tuple(sorted(material.items(envelope.findings), key=lambda item: item.due))
        return DueSoon(envelope.id, items, reader, days=_days(items[0], material))
    if envelope.kind == CLOSING:
        items = tuple(material.items(envelope.findings))
        return Closing(envelope.id, items, reader, material.withdrawn(envelope.findings))
    if envelope.kind == INCIDENT:
        items = tuple(material.items(envelope.findings))
        return Incident(envelope.id, items, reader, cause=bool(envelope.cause))
    if envelope.kind == DIGEST:
        return _digest(envelope, reader, material)
    if envelope.kind == DAILY:
        return _daily(envelope, reader, material)
    return _operations(envelope, reader, material)


def _matter(envelope: Envelope, reader: Reader, material: Material) -> Matter:
    items = tuple(material.items(envelope.findings))
    lead = items[0]
    reading = "day_zero" if lead.clock == "working_days" else "clock_choice"
    known = reading in material.rules.readings.by_id
    signed = material.rules.readings.signed(reading, lead.card.id) if known else None
    told = material.story(lead.finding)
    return Matter(
        mail=envelope.id,
        notice=envelope.notices[0],
        items=items,
        reader=reader,
        act_by=_act_by(lead, material),
        signed=signed,
        days=_days(lead, material),
        steps=_steps(lead, material),
        uncounted=_uncounted(told) if lead.clock == "open_hours" else (),
        rate=_rate(lead, told),
        attested=_attested(lead, told, material),
        again=max(envelope.level - Level.NOW, 0) if envelope.level < Level.ABOVE else 0,
        repeats=envelope.repeats,
    )


def _act_by(lead: Item, material: Material) -> int:
    """Due instant of the record's escalation duty, while it is ahead."""
    duties = material.duties([lead.subject]).get(lead.subject, [])
    cards = material.rules.cards
    due = [duty.due for duty in duties if cards[duty.clause].obligation_key == "overtime_escalation"]
    return min((at for at in due if at > material.as_of), default=NAT)


def _days(lead: Item, material: Material) -> tuple[CountedDay, ...]:
    if lead.clock != "working_days" or lead.anchor == NAT:
        return ()
    counted = material.rules.calendar.days_aloud(lead.anchor, lead.limit)
    return tuple(
        CountedDay(
            one.day.isoformat(),
            one.number or 0,
            one.kind.value,
            (one.name.zh, one.name.en) if one.name else ("", ""),
        )
        for one in counted
    )


def _steps(lead: Item, material: Material) -> tuple[tuple[str, int], ...]:
    """The four steps of an acceptance; rectification only where an item failed."""
    facts = material.facts
    if facts is None or not lead.subject.startswith("acceptance:") or "acceptance" not in facts.frames:
        return ()
    key, frame = lead.subject.partition(":")[2], facts.frames["acceptance"]
    rows = frame[frame["id"] == key]
    if rows.empty:
        return ()
    stamps = [("pre", "applied_at"), ("formal", "formal_finished_at"), ("confirm", "confirmed_at")]
    if _failed_items(key, material):
        stamps.insert(2, ("rectify", "rectified_at"))
    return tuple((step, _stamp(rows.iloc[0], name, material.as_of)) for step, name in stamps)


def _failed_items(key: str, material: Material) -> bool:
    frames = material.facts.frames if material.facts is not None else {}
    if "acceptance_item" not in frames:
        return True
    items = frames["acceptance_item"]
    mine = items[items["acceptance_id"] == key]
    return bool((mine["passed"] == False).any())  # noqa: E712 - a nullable column


def _stamp(row: Any, name: str, as_of: int) -> int:
    """Microseconds of a stamp up to ``as_of``; ``NAT`` where there is none."""
    value = row.get(name)
    if value is None or value != value:  # noqa: PLR0124 - NaT is not itself
        return NAT
    at = int(value.value // 1000) if value.unit == "ns" else int(value.as_unit("us").value)
    return at if at <= as_of else NAT


def _uncounted(story: Mapping[str, Any]) -> tuple[tuple[str, str, int], ...]:
    """Time that did not count, by reason, the longest first."""
    sums: Counter[tuple[str, str]] = Counter()
    for row in story.get("ledger", []):
        if row["uncounted_us"]:
            sums[row["why"]["zh"], row["why"]["en"]] += row["uncounted_us"]
    return tuple((zh, en, length) for (zh, en), length in sums.most_common())


def _rate(lead: Item, story: Mapping[str, Any]) -> tuple[int, int, int] | None:
    """How many of how many, and the per cent asked for, of a month or cohort."""
    figures = {row["field"]: row["value"] for row in story.get("evidence", [])}
    asked = [limit.amount for _, limit in sorted(limits(lead.card).items()) if limit.unit == "percent"]
    if not asked or not {"part", "known"} <= figures.keys():
        return None
    return int(figures["part"]), int(figures["known"]), asked[-1]


def _attested(lead: Item, story: Mapping[str, Any], material: Material) -> tuple[str, str] | None:
    """Who attested a breach that no record shows, and on which document."""
    if lead.card.auditable != "attest":
        return None
    said = {row["field"]: row["value"] for row in story.get("evidence", [])}
    return material.person(said.get("attested_by", "")) or "–", said.get("evidence_doc_id", "") or "–"


def _digest(envelope: Envelope, reader: Reader, material: Material) -> Digest:
    listed = dict.fromkeys((*envelope.findings, *envelope.standing, *envelope.apart))
    items = tuple(material.items(listed))
    return Digest(
        mail=envelope.id,
        day=envelope.day,
        who=_who(envelope, material),
        items=items,
        reader=reader,
        apart=frozenset(envelope.apart),
        ages=material.ages(items),
        before=envelope.before,
        officers=material.officers_day if envelope.addressee.role == "officer" else None,
        clauses=material.rules.cards,
    )


def _who(envelope: Envelope, material: Material) -> str:
    """The one team the reader supervises; "" for a role or for several."""
    person = envelope.addressee.absent_of or envelope.addressee.person_id
    if not envelope.addressee.role.endswith("supervisor"):
        return ""
    at = envelope.until or material.as_of
    held = material.people.supervisors.items()
    teams = [team for team, terms in held if any(t.person_id == person and t.when.holds(at) for t in terms)]
    return material.team(teams[0]) if len(teams) == 1 else ""


def _daily(envelope: Envelope, reader: Reader, material: Material) -> Daily:
    loud = {*envelope.standing, *envelope.apart}
    listed = dict.fromkeys((*envelope.findings, *envelope.standing, *envelope.apart))
    found = [material.found[one] for one in listed if one in material.found]
    subjects = dict.fromkeys(one.subject for one in found)
    needing = {one.subject for one in found if one.finding in loud and one.is_open}
    duties = material.duties(subjects)
    labels = {one.subject: (one.label or one.record, one.customer) for one in found}
    complaints = tuple(
        _complaint(labels[subject], duties.get(subject, []), subject in needing, material)
        for subject in subjects
    )
    day, of_day, of_month = _answers(material)
    ordered = tuple(sorted(complaints, key=lambda one: (one.received, one.label)))
    return Daily(envelope.id, envelope.day, ordered, reader, day, of_day, of_month)


def _complaint(label: tuple[str, str], duties: list[Duty], needs: bool, material: Material) -> Complaint:
    cards = material.rules.cards
    answer = _latest(duty for duty in duties if cards[duty.clause].obligation_key == "first_response")
    solution = _latest(duty for duty in duties if cards[duty.clause].obligation_key == "resolution")
    received = min((duty.anchor for duty in (answer, solution) if duty and duty.anchor != NAT), default=NAT)
    solved = solution.done if solution else NAT
    running = any(duty.verdict == "pending" for duty in (answer, solution) if duty)
    return Complaint(
        label=label[0],
        customer=material.customer(label[1]) if label[1] else "",
        received=received,
        answered=answer.done if answer else NAT,
        answer_due=answer.due if answer else NAT,
        end=solution.due if solution else NAT,
        solved=solved,
        needs=needs,
        is_open=solved == NAT
        and (running or needs or (solution is not None and solution.verdict == "breached")),
    )


def _latest(duties: Iterable[Duty]) -> Duty | None:
    """Of several occurrences the last one."""
    return max(duties, key=lambda duty: duty.anchor, default=None)


def _answers(material: Material) -> tuple[str, tuple[int, int], tuple[int, int]]:
    """The day told of, and answers to complaints that fell due on it and in its month so far: (due, late).

    A table made in the night or morning tells of yesterday, one made later of the day itself.
    """
    cards = material.rules.cards.values()
    clauses = [c.id for c in cards if c.obligation_key == "first_response" and c.tells == "general_manager"]
    day = local(material.as_of - DAY // 2, material.zone).date().isoformat()
    judged = [
        (local(duty.due, material.zone).date().isoformat(), duty.verdict)
        for duty in material.duties_of(clauses)
        if duty.due != NAT and duty.verdict in ("met", "breached")
    ]
    of_day = [verdict for due, verdict in judged if due == day]
    of_month = [verdict for due, verdict in judged if due[:7] == day[:7] and due <= day]
    return day if of_month else "", _late(of_day), _late(of_month)


def _late(verdicts: list[str]) -> tuple[int, int]:
    return len(verdicts), verdicts.count("breached")


def _operations(envelope: Envelope, reader: Reader, material: Material) -> Operations:
    by_name = {f"{gap['field']}|{gap['reason']}": gap for gap in material.gaps}
    gaps, alerts = [], []
    for thing in envelope.findings:
        kind, _, named = thing.partition(":")
        if kind == "gap":
            name, _, reason = named.partition("|")
            gaps.append(_gap(name, reason, by_name.get(named, {})))
        else:
            alert, _, what = named.partition(":")
            alerts.append((alert, _printed(what, material)))
    return Operations(envelope.id, envelope.day, tuple(gaps), tuple(alerts), reader)


def _gap(field: str, reason: str, known: Mapping[str, Any]) -> Gap:
    """What the results say of a gap; counts of 0 where it has closed since it was planned."""
    records, duties = int(known.get("records", 0)), int(known.get("duties", 0))
    return Gap(
        field, reason, records, duties, tuple(known.get("examples", ())), tuple(known.get("clauses", ()))
    )


def _printed(what: str, material: Material) -> str:
    """A step with its person or team as people call them."""
    step, colon, whose = what.partition(":")
    if not colon:
        return material.person(what) if what in material.people.persons else what
    return f"{step}:{material.team(whose) if step == 'team_supervisor' else material.person(whose)}"
