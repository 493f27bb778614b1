"""From a plan to words: facts gathered from findings and obligations, judged by the real cards."""

from dataclasses import replace
from datetime import datetime
from functools import cache

import pandas as pd
import pytest

from audits.escalation import plan
from audits.facts import EntityFacts, Facts
from audits.instants import DAY, HOUR, MINUTE, NAT
from audits.ladder import Policy
from audits.notices import Plan
from audits.people import Held, People
from audits.periods import parse
from audits.rules import Rules
from config.calendars import load_calendar, load_hours
from config.rules import HOME, load_rules
from reports.mail.build import _uncounted, bodies, context
from reports.mail.contexts import Daily, Digest, Incident, Matter, Operations
from reports.mail.material import Material
from tests.notices import LIVE, ZONE, at, finding, frame, house, known

TITLES = {
    "entity": ["customer", "team"],
    "id": ["c-1", "N1"],
    "code": ["K-0382", "N1"],
    "name": ["Geheim GmbH", "夜班组"],
}


@cache
def rules() -> Rules:
    """The house's own rules, for October 2026."""
    calendar = load_calendar(HOME / "calendars" / "cn.yaml")
    hours = load_hours(HOME / "calendars" / "hours.yaml", {"CN": calendar})
    return load_rules(parse("2026-10", ZONE), calendar, next(iter(hours.values())))


def duty(subject: str, clause: str, verdict: str, anchor: str, **stamps: str) -> dict[str, object]:
    """One obligation; stamps ``due``, ``done`` and ``other_due`` as local times."""
    row: dict[str, object] = {"clause": clause, "subject": subject, "occurrence": "", "verdict": verdict}
    row |= {"anchor_at": at(anchor), "late_us": None}
    return {
        **row,
        **{
            f"{name}_at": at(stamps[name]) if name in stamps else None
            for name in ("due", "done", "other_due")
        },
    }


def obligations(*rows: dict[str, object]) -> pd.DataFrame:
    made = pd.DataFrame(list(rows) or [duty("case:none", "ECS-1.3-RESPONSE-TECH", "met", "10-01 00:00")])
    for name in ("anchor_at", "due_at", "done_at", "other_due_at"):
        made[name] = pd.to_datetime(made[name].astype("Int64"), unit="us", utc=True)
    return made


def told(
    *rows: dict[str, object],
    now: str = "10-13 12:30",
    duties: tuple[dict[str, object], ...] = (),
    people: People | None = None,
    gaps: tuple[dict[str, object], ...] = (),
    facts: Facts | None = None,
    policy: Policy = LIVE,
) -> tuple[Plan, Material]:
    """The plan of one run, and what its mails are written from; every record is of customer c-1."""
    findings = frame(*({"reason": "OPEN_LATE", **row} for row in rows)).assign(customer_id="c-1")
    people, fields = people or house(), tuple(f"{gap['field']}|{gap['reason']}" for gap in gaps)
    made = plan(findings, rules().cards, people, rules().hours, at(now), known(), policy, fields)
    directory = pd.DataFrame(TITLES)
    material = Material(
        findings, obligations(*duties), rules(), people, ZONE, at(now), directory, gaps, None, facts
    )
    return made, material


def only(made: Plan, material: Material, kind: type) -> object:
    (found,) = [c for e in (*made.envelopes, *made.held) if isinstance(c := context(e, material), kind)]
    return found


def late(subject: str, clause: str, due: str, **changes: object) -> dict[str, object]:
    return finding(subject, clause, due, reason="OPEN_LATE", **changes)


def test_a_matter_gathers_what_its_clause_says() -> None:
    row = late("case:T-1", "RESOLVE-TECH", "10-13 12:00", anchor_at=at("10-13 08:00"))
    escalated = duty("case:T-1", "ECS-1.3-OVERTIME-TECH", "pending", "10-13 08:00", due="10-13 13:00")
    solving = duty(
        "case:T-1",
        "ECS-1.3-RESOLVE-TECH",
        "breached",
        "10-13 08:00",
        due="10-13 12:00",
        other_due="10-13 14:30",
    )
    matter = only(*told(row, duties=(solving, escalated)), Matter)
    assert isinstance(matter, Matter)
    (item,) = matter.items
    assert (item.customer, item.kind, item.holder, item.team) == (
        "K-0382",
        "technical_support",
        "E1047",
        "夜班组",
    )
    assert (item.limit, item.clock, item.late) == (4 * HOUR, "elapsed", 30 * MINUTE)
    assert (item.other_due, matter.act_by) == (at("10-13 14:30"), at("10-13 13:00"))
    assert (matter.reader.deputy, matter.signed) == ("E0012", None)


def test_a_customers_name_stands_in_no_mail() -> None:
    made, material = told(
        late("case:T-1", "RESOLVE-TECH", "10-13 12:00"), late("case:T-2", "RESOLVE-CONSULT", "10-13 12:00")
    )
    for written in bodies(made.mails, material):
        assert "K-0382" in written.body.text
        assert "Geheim" not in written.body.text + written.body.html + written.body.subject


def test_lateness_is_counted_by_the_deciding_clock() -> None:
    row = late("case:T-1", "RESOLVE-TECH", "10-12 18:00")
    counted = {
        **duty("case:T-1", "ECS-1.3-RESOLVE-TECH", "breached", "10-12 14:00", due="10-12 18:00"),
        "late_us": HOUR,
    }
    matter = only(*told(row, duties=(counted,)), Matter)
    assert isinstance(matter, Matter)
    assert matter.items[0].late == HOUR


def test_a_fault_that_time_does_not_mend_is_not_called_overdue() -> None:
    row = finding(
        "cohort:2026-10", "QA-RATE-95", "10-12 18:00", reason="BELOW", assignee_id=None, team_id=None
    )
    made, material = told(row)
    (written,) = [w for w in bodies(made.mails, material) if w.envelope.kind == "escalation"]
    assert written.body.subject == "[违反] K-0382 质检 2026-10：当月QA合格率不低于95%"
    assert "超时" not in written.body.text


def test_steps_out_of_order_are_not_late_although_their_duty_has_a_limit() -> None:
    row = finding("acceptance:A-1", "ACCEPT-5WD", "10-13 23:59", reason="OUT_OF_ORDER")
    row["clause"] = "ECS-2.4-ACCEPT-ORDER"
    made, material = told(row, now="10-14 10:00")
    (written,) = bodies(made.mails, material)
    assert written.body.subject == "[违反] K-0382 验收 A-1：验收四步依序"


def test_working_days_come_from_the_states_calendar() -> None:
    row = late(
        "acceptance:A-1", "ACCEPT-5WD", "10-13 23:59", anchor_at=at("09-30 15:20"), assignee_id="E1018"
    )
    made, material = told(row, now="10-14 10:00")
    matter = only(made, material, Matter)
    assert isinstance(matter, Matter)
    assert [day.date for day in matter.days if day.number] == [f"2026-10-{n:02}" for n in (8, 9, 10, 12, 13)]
    (written,) = bodies(made.mails, material)
    assert "10-10 (3) 周六·调休上班" in written.body.text
    assert written.envelope.addressee.person_id == "E0006"


def acceptance(**stamps: str) -> Facts:
    names = ("applied_at", "formal_finished_at", "rectified_at", "confirmed_at")
    row = pd.DataFrame(
        {"id": ["A-1"], **{name: [at(stamps[name]) if name in stamps else None] for name in names}}
    )
    for name in names:
        row[name] = pd.to_datetime(row[name].astype("Int64"), unit="us", utc=True)
    items = pd.DataFrame(
        {"acceptance_id": ["A-1"], "passed": pd.array([stamps.get("passed") == "yes"], "boolean")}
    )
    promises = EntityFacts(frozenset(names))
    return Facts(
        "demo",
        ZONE,
        at("10-20 00:00"),
        {"acceptance": row, "acceptance_item": items},
        {"acceptance": promises},
    )


@pytest.mark.parametrize(
    ("passed", "steps"),
    [("no", ["pre", "formal", "rectify", "confirm"]), ("yes", ["pre", "formal", "confirm"])],
)
def test_an_acceptance_is_rectified_only_where_an_item_failed(passed: str, steps: list[str]) -> None:
    facts = acceptance(
        applied_at="09-30 15:20", formal_finished_at="10-09 11:00", confirmed_at="10-19 10:00", passed=passed
    )
    row = late("acceptance:A-1", "ACCEPT-5WD", "10-13 23:59", anchor_at=at("09-30 15:20"))
    matter = only(*told(row, now="10-14 10:00", facts=facts), Matter)
    assert isinstance(matter, Matter)
    assert [step for step, _ in matter.steps] == steps
    assert matter.steps[-1] == ("confirm", NAT)  # what is stamped later has not happened yet


def test_a_digest_is_about_the_team_its_reader_supervises() -> None:
    over = late("case:T-1", "RESOLVE-CONSULT", "10-13 10:00", done="10-13 11:00")
    digest = only(*told(over, late("case:T-2", "RESOLVE-CONSULT", "10-06 10:00")), Digest)
    assert isinstance(digest, Digest)
    assert (digest.who, len(digest.items), len(digest.apart)) == ("夜班组", 2, 1)
    assert dict(digest.ages)["case:T-2/RESOLVE-CONSULT"] == 5  # 8, 9, 10, 12 and 13 October
    people = house()
    people.supervisors["N2"] = (Held("E0021"),)
    digest = only(*told(over, people=people), Digest)
    assert isinstance(digest, Digest)
    assert digest.who == ""


def complaint(
    key: str, received: str, answered: str = "", solved: str = "", verdict: str = "met"
) -> tuple[dict[str, object], ...]:
    begun = datetime.fromisoformat(f"2026-{received}")
    answer_due = pd.Timestamp(begun) + pd.Timedelta(minutes=10)
    end = pd.Timestamp(begun) + pd.Timedelta(days=1)
    answer = {"due": answer_due.strftime("%m-%d %H:%M"), **({"done": answered} if answered else {})}
    solving = {"due": end.strftime("%m-%d %H:%M"), **({"done": solved} if solved else {})}
    return (
        duty(key, "ECS-1.3-RESPONSE-COMPLAINT", verdict, received, **answer),
        duty(key, "ECS-1.3-RESOLVE-COMPLAINT", "met" if solved else "pending", received, **solving),
    )


def test_the_general_managers_table_knows_answers_ends_and_the_days_figures() -> None:
    late_one = late("case:T-1", "RESPONSE-COMPLAINT", "10-13 09:22", done="10-13 09:26")
    duties = (
        *complaint("case:T-1", "10-13 09:12", "10-13 09:26", verdict="breached"),
        *complaint("case:T-2", "10-13 10:00", "10-13 10:05", "10-13 11:00"),
        *complaint("case:T-3", "10-12 10:00", "10-12 10:05", "10-12 11:00"),
    )
    made, material = told(late_one, now="10-13 17:00", duties=duties)
    daily = only(made, material, Daily)
    assert isinstance(daily, Daily)
    (one,) = daily.complaints
    assert (one.label, one.customer, one.received, one.answered) == (
        "T-1",
        "K-0382",
        at("10-13 09:12"),
        at("10-13 09:26"),
    )
    assert (one.end, one.needs, one.is_open) == (at("10-14 09:12"), False, True)
    assert (daily.counted_on, daily.day_counts, daily.month_counts) == ("2026-10-13", (2, 1), (3, 1))


def test_a_table_of_the_night_tells_of_yesterday() -> None:
    rows = complaint("case:T-1", "10-13 09:12", "10-13 09:26", verdict="breached")
    row = late("case:T-1", "RESPONSE-COMPLAINT", "10-13 09:22", done="10-13 09:26")
    daily = only(*told(row, now="10-14 02:00", duties=rows), Daily)
    assert isinstance(daily, Daily)
    assert (daily.day, daily.counted_on) == ("2026-10-14", "2026-10-13")


def test_a_storm_brings_all_its_matters() -> None:
    rows = [late(f"case:T-{n}", "RESPONSE-EMERGENCY", "10-13 12:00") for n in range(30)]
    made, material = told(*rows)
    incident = only(made, material, Incident)
    assert isinstance(incident, Incident)
    assert (len(incident.items), incident.cause) == (30, True)
    (written,) = bodies(made.mails, material)
    assert written.body.subject == "[超时 30 件] 紧急故障：请在岗人员响应"
    assert len(written.body.annexes[0].content.decode("utf-8-sig").splitlines()) == 31


def test_gaps_are_told_with_their_counts_and_alerts_by_staff_number() -> None:
    gap = {"field": "case.service_type", "reason": "NULL_FILTER", "records": 5, "duties": 60}
    gap |= {"examples": ["T-17", "T-29"], "clauses": ["RESPONSE-CONSULT", "RESOLVE-CONSULT"]}
    people = house()
    people.persons["E1047"] = replace(people.persons["E1047"], manager_id="", code="A-47")
    people.supervisors["N1"] = ()
    row = late("case:T-1", "RESPONSE-CONSULT", "10-13 12:00")
    made, material = told(row, people=people, gaps=(gap,))
    operations = [c for e in made.envelopes if isinstance(c := context(e, material), Operations)]
    assert operations[0].gaps[0].duties == 60
    letters = [one.body for one in bodies(made.envelopes, material) if "RESOLVE-CONSULT" in one.body.text]
    assert letters
    assert all("T-17, T-29" in part for body in letters for part in (body.text, body.html))
    assert operations[0].alerts == (
        ("empty_step", "assignee_supervisor:A-47"),
        ("empty_step", "team_supervisor:夜班组"),
    )


def test_a_finding_nobody_knows_any_more_is_left_out() -> None:
    made, material = told(late("case:T-1", "RESPONSE-CONSULT", "10-13 12:00"))
    envelope = replace(made.envelopes[0], findings=(*made.envelopes[0].findings, "gone"))
    matter = context(envelope, material)
    assert isinstance(matter, Matter)
    assert len(matter.items) == 1


def test_what_did_not_count_is_summed_by_reason() -> None:
    night = {"why": {"zh": "夜间停业", "en": "closed"}, "counted_us": 0}
    ledger = [{**night, "uncounted_us": HOUR}, {**night, "uncounted_us": HOUR}, {**night, "uncounted_us": 0}]
    assert _uncounted({"ledger": ledger}) == (("夜间停业", "closed", 2 * HOUR),)


def test_each_reader_gets_his_own_language() -> None:
    people = house()
    people.persons["E0009"] = replace(people.persons["E0009"], lang="en")
    rows = [
        late("case:T-1", "RESOLVE-TECH", "10-13 12:00"),
        late("case:T-2", "RESOLVE-CONSULT", "10-13 12:00"),
    ]
    made, material = told(*rows, people=people)
    subjects = {w.envelope.addressee.person_id: w.body.subject for w in bodies(made.mails, material)}
    assert subjects["E0009"].startswith("[Overdue 30 min]")
    assert subjects["E0021"].startswith("[超时 30 分]")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("reason", ["OPEN_LATE", "BELOW"])
@pytest.mark.parametrize("done", [None, "10-13 18:00"])
def test_whatever_a_card_may_tell_can_be_said(lang: str, reason: str, done: str | None) -> None:
    cards = [card for card in rules().cards.values() if card.tells and card.auditable == "auto"]
    rows = []
    for n, card in enumerate(cards):
        entity = {"matter": "case"}.get(card.of, card.of)
        row = finding("case:T-1", "RESPONSE-CONSULT", "10-13 10:00", reason=reason, finding=str(n), done=done)
        rows.append({**row, "clause": card.id, "subject": f"{entity}:X-{n}"})
    patient = replace(LIVE, mails_a_day=1000, storm=1000)
    made, material = told(*rows, now="10-14 10:00", people=house(lang=lang), policy=patient)
    listed = {one.finding for one in made.notices}
    assert listed >= {str(n) for n, card in enumerate(cards) if card.standard == "ECS"}
    for written in bodies(made.mails, material):
        assert "{" not in written.body.text
        assert written.body.subject.startswith("[")


def test_ages_beyond_the_calendar_are_left_out() -> None:
    made, material = told(late("case:T-1", "RESPONSE-CONSULT", "10-13 12:00"))
    items = material.items([made.envelopes[0].findings[0]])
    far = replace(items[0], finding="far", due=items[0].due - 30 * 365 * DAY)
    assert [name for name, _ in material.ages([*items, far])] == [items[0].finding]
