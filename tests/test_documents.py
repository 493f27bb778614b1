"""What is told of one small October, whole: stories, coverage, promises, life, acts; written out in tests/documents."""

from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pytest
import yaml

from audits.acts import Act
from audits.acts import frame_of as acts_of
from audits.acts_told import Told, acts_document
from audits.cards import Readings, Signature
from audits.coverage import coverage
from audits.current import breached_or_known
from audits.evidence import with_deliveries
from audits.facts import EntityFacts, Facts, Violation
from audits.findings import no_findings
from audits.forecast import House, first_audit, ordinary_days
from audits.instants import DAY, HOUR
from audits.judge import Judged, audit
from audits.ladder import Level
from audits.life import compare
from audits.notices import Envelope, nothing_known
from audits.officer import detection, officers_day
from audits.periods import parse
from audits.results import results
from audits.rules import Rules
from audits.sampling import differences, plan_id, verdicts
from audits.standing import Mailing, life_document
from audits.story import story
from audits.words import NAT, Words
from tests.facts import ZONE, at, facts_of
from tests.life_oracle import Row, tell
from tests.life_oracle import frame_of as findings_of
from tests.notices import CARDS, LIVE, finding, frame, house, known, office, planned
from tests.notices import at as local
from tests.test_cases import first_installation

DOCUMENTS: Final = Path(__file__).parent / "documents"
AS_OF: Final = "2026-11-02T00:00+08:00"


def written(name: str) -> Any:
    """The document as it must be."""
    return yaml.safe_load((DOCUMENTS / f"{name}.yaml").read_text(encoding="utf-8"))


# ---- one small October -----------------------------------------------------------------------------------
def given() -> dict[str, list[dict[str, Any]]]:
    surveys: list[dict[str, Any]] = [
        {"id": f"V{n}", "kind": "acceptance", "sent_at": "2026-09-21T10:00+08:00",
         "responded_at": "2026-09-23T10:00+08:00" if n < 3 else None}
        for n in range(4)
    ]  # fmt: skip
    day = {"received_at": "2026-10-12T10:00+08:00", "customer_id": "k1", "assignee_id": "s1", "team_id": "t1"}
    called = {"service_type": "consultation", "first_response_evidence": "call"}
    cases: list[dict[str, Any]] = [
        # answered 20 minutes after, 10 of them paused; solved in time
        {"id": "A", "case_no": "T-A", **day, **called, "first_response_at": "2026-10-12T10:20+08:00",
         "resolved_at": "2026-10-12T11:00+08:00"},
        # came five minutes before closing, answered the next morning
        {"id": "B", "case_no": "T-B", **day, **called, "received_at": "2026-10-12T17:55+08:00",
         "first_response_at": "2026-10-13T09:20+08:00", "resolved_at": "2026-10-13T10:00+08:00"},
        # never answered
        {"id": "C", "case_no": "T-C", **day, **called, "received_at": "2026-10-29T10:00+08:00"},
        # a type that the mapping does not know
        {"id": "D", "case_no": "T-D", **day, "service_type": {"hole": "UNMAPPED_VALUE"},
         "first_response_at": "2026-10-12T10:01+08:00"},
        {"id": "E", "case_no": "T-E", **day, **called, "received_at": "2026-10-15T10:00+08:00",
         "first_response_at": "2026-10-15T10:05+08:00", "first_response_evidence": None},
    ]  # fmt: skip
    return {
        "customer": [{"id": "k1", "code": "K-0001", "account_manager_id": "s2"}],
        "staff": [{"id": "s1", "staff_no": "E1"}, {"id": "s2", "staff_no": "E2"}],
        "case": cases,
        "pause": [
            {"id": "p", "case_id": "A", "reason": "customer", "began_at": "2026-10-12T10:05+08:00",
             "ended_at": "2026-10-12T10:15+08:00"},
            {"id": "q", "case_id": "C", "reason": "third_party", "began_at": "2026-10-29T10:05+08:00"},
            {"id": "r", "case_id": "C", "reason": "other", "began_at": "2026-11-02T10:05+08:00"},
        ],
        "escalation": [],
        "acceptance": [
            {"id": "I", "applied_at": "2026-10-30T10:00+08:00"},
            {"id": "J", "applied_at": "2026-10-12T10:00+08:00", "customer_id": "k1"},
            {"id": "H", "applied_at": "2026-09-30T10:00+08:00", "confirmed_at": "2026-10-14T10:00+08:00"},
        ],
        "survey": [
            *surveys,
            {"id": "V4", "kind": "acceptance", "sent_at": "2026-10-26T10:00+08:00", "customer_id": "k1"},
            {"id": "V5", "kind": "acceptance", "sent_at": "2026-10-26T11:00+08:00",
             "responded_at": "2026-10-27T10:00+08:00"},
        ],
        "team": [{"id": "t1", "code": "G1"}],
        "deliverable": [
            {"id": "X", "code": "D-X", "owner_id": "s1", "delivered_at": "2026-10-22T10:00+08:00"},
            {"id": "Y", "code": "D-Y", "owner_id": "s1", "delivered_at": "2026-10-23T10:00+08:00"},
        ],
        "qa_check": [
            {"id": "q1", "deliverable_id": "X", "round": 1, "checked_at": "2026-10-20T10:00+08:00",
             "items_passed": 19, "items_total": 20, "result": "pass"},
            {"id": "q2", "deliverable_id": "Y", "round": 1, "checked_at": "2026-10-21T10:00+08:00",
             "items_passed": 18, "items_total": 20, "result": "fail"},
            {"id": "q3", "deliverable_id": "Y", "round": 2, "checked_at": "2026-10-22T10:00+08:00",
             "items_passed": 20, "items_total": 20, "result": "pass"},
        ],
    }  # fmt: skip


#: Clauses that are judged, some that lack a field or an entity, and some that wait for a promise.
CLAUSES: Final = frozenset({
    "ECS-1.3-RESPONSE-CONSULT", "ECS-1.3-RESOLVE-CONSULT", "ECS-1.3-OVERTIME-CONSULT", "ECS-2.4-ACCEPT-5WD",
    "ECS-2.4-ACCEPT-CONFIRM", "ECS-2.4-SURVEY-3WD", "ECS-2.4-SURVEY-RETURN-80", "ECS-2.3-DEV-L1-SELF",
    "ECS-2.3-DEV-L2-SUPERVISOR", "ECS-2.4-QA-RATE-95", "ECS-2.4-QA-ITEMS-95",
})  # fmt: skip


def few_rules() -> Rules:
    rules = first_installation("2026-10")
    return replace(rules, cards={name: card for name, card in rules.cards.items() if name in CLAUSES})


def october(facts: Facts | None = None) -> Judged:
    rules = few_rules()
    return audit(facts or _facts(), rules, at(AS_OF), parse("2026-10", ZONE))


@cache
def judged() -> Judged:
    return october()


@cache
def _facts() -> Facts:
    made = facts_of(given(), complete={"case": "2026-09-28T00:00+08:00"}, without=["case.closed_at"])
    frames = dict(made.frames)
    frames["case"] = frames["case"].assign(
        first_response_at__from=pd.Series(["history", "column", None, None, "history"], dtype="str")
    )
    entities = dict(made.entities)
    entities["case"] = replace(
        entities["case"],
        unmapped={"service_type": {"?": 1}},
        since={"resolved_at": at("2026-10-05T00:00+08:00")},
    )
    found = (
        Violation("case", "case_no", "duplicate", 2, ("A",)),
        Violation("case", "resolved_at", "disagree", 1, ("B",)),
    )
    return replace(made, frames=frames, entities=entities, violations=found)


def stories(told: Judged, *clauses: str) -> dict[str, Any]:
    out = {}
    for clause in clauses:
        made = told.made[clause]
        keys = made.view.base.text("id").iloc[made.view.pos[made.rows]].tolist()
        for row, key in enumerate(keys):
            out[f"{clause} {key}"] = story(told, made, row)
    return out


def signed() -> Judged:
    """The same October, had the officer chosen opening hours and recorded pauses in September."""
    rules = few_rules()
    choices = {"clock_choice": "open_hours", "pauses": "recorded"}
    by_id = {
        name: replace(
            rules.readings.by_id[name],
            signatures=(Signature(chosen, "E0003", "2026-09-30", "-", "2026-10-01"),),
        )
        for name, chosen in choices.items()
    }
    readings = Readings({**rules.readings.by_id, **by_id}, rules.readings.on)
    return audit(_facts(), replace(rules, readings=readings), at(AS_OF), parse("2026-10", ZONE))


def test_a_story_holds_evidence_with_its_origin_both_clocks_a_ledger_and_days_counted_aloud() -> None:
    clauses = ("ECS-1.3-RESPONSE-CONSULT", "ECS-2.4-ACCEPT-5WD", "ECS-2.4-SURVEY-RETURN-80")
    told = stories(judged(), *clauses)
    assert {name: one for name, one in told.items() if not name.endswith((" C", " E", "-11"))} == written(
        "stories"
    )


def test_a_signed_reading_is_the_authority_and_recorded_pauses_stand_in_the_ledger() -> None:
    told = stories(signed(), "ECS-1.3-RESOLVE-CONSULT")
    assert {name: told[name] for name in told if name[-1] in "AC"} == written("stories_signed")


def test_coverage_says_what_is_judged_what_is_missing_and_what_to_connect_next() -> None:
    told = coverage(judged())
    told["values"] = [line for line in told["values"] if line["known"] or line["clauses"]]
    assert bare(told) == written("coverage")


def bare(told: Any) -> Any:
    """The same without the cards' words, which are theirs to change."""
    if isinstance(told, dict):
        return "words" if set(told) == {"zh", "en"} else {name: bare(one) for name, one in told.items()}
    return [bare(one) for one in told] if isinstance(told, (list, tuple)) else told


@cache
def found() -> dict[str, Any]:
    return results(judged(), {"hash": "0", "frames": {}}, "9.9", Words("测试", "test"))


def test_the_results_of_an_audit_hold_what_was_found_by_audit_clause_reading_team_and_day() -> None:
    must = written("results")  # what is new beside it has tests of its own
    assert bare({name: found()[name] for name in must}) == must


def test_the_officer_sees_what_is_open_by_holder_and_age_what_falls_due_and_whom_to_call() -> None:
    known = no_findings()
    after = compare(
        known, breached_or_known(judged(), known), at(AS_OF), "r1", None, source="test", standards="ECS"
    )
    assert officers_day(judged(), found(), after.applied_to(known)) == written("officers_day")


def test_what_to_connect_next_comes_by_clauses_for_a_field() -> None:
    bare_case = [{"id": "1", "received_at": "2026-10-12T10:00+08:00"}]
    steps = coverage(october(facts_of({"case": bare_case})))["next"]
    worth = [Fraction(len(step["clauses"]), len(step["fields"])) for step in steps]
    assert worth == sorted(worth, reverse=True)
    assert len(set(worth)) > 1


def promised(rows: list[str], since: str | None, **more: Any) -> dict[str, Any]:
    """What is said of a promise of cases that came on these days."""
    cases: list[dict[str, Any]] = [
        {"id": str(n), "received_at": f"{day}T10:00+08:00"} for n, day in enumerate(rows)
    ]
    facts = facts_of({"case": cases}, complete={"case": f"{since}T00:00+08:00"} if since else {}, **more)
    (line,) = [
        one for one in coverage(october(facts))["promises"] if (one["entity"], one["field"]) == ("case", "")
    ]
    return {name: line[name] for name in ("finding", "weeks", "first", "newest", "rows")}


def test_a_promise_is_held_against_the_weeks_that_have_rows() -> None:
    every = [f"2026-09-{day:02}" for day in range(1, 31)] + [f"2026-10-{day:02}" for day in range(8, 31)]
    told = promised(every, "2026-09-01")
    assert (told["finding"], told["weeks"]) == (
        "holds",
        [],
    )  # the holiday week has working days from Thursday
    assert (told["first"], told["newest"]) == ("2026-09-01T10:00:00+08:00", "2026-10-30T10:00:00+08:00")
    hole = promised([day for day in every if not "2026-09-14" <= day <= "2026-09-20"], "2026-09-01")
    assert (hole["finding"], hole["weeks"], hole["rows"]) == ("empty_weeks", ["2026-09-14"], len(every) - 7)
    late = [day for day in every if day >= "2026-09-16"]
    assert promised(late, "2026-09-01")["finding"] == "starts_later"
    assert promised(late, "2026-09-01")["weeks"] == ["2026-09-07"]
    assert promised([], "2026-09-01")["finding"] == "no_rows"


def test_few_rows_leave_weeks_empty_without_breaking_a_promise() -> None:
    rare = ["2026-09-01", "2026-09-22", "2026-10-20"]
    assert promised(rare, "2026-09-01")["finding"] == "holds"


# ---- findings and acts -----------------------------------------------------------------------------------
def test_findings_keep_what_is_broken_and_whatever_became_of_those_known() -> None:
    broken = breached_or_known(judged(), no_findings())
    assert set(broken["verdict"]) == {"breached"}
    again = breached_or_known(signed(), broken)
    assert again["finding"].tolist() == broken["finding"].tolist()
    # by opening hours and without pauses: A in 10 minutes, B solved in 65, C waits for somebody else
    assert sorted(again.loc[again["verdict"] != "breached", "label"]) == ["T-A", "T-B", "T-C", "T-C"]


def test_life_tells_movements_who_holds_what_and_repeat_customers() -> None:
    current = breached_or_known(judged(), no_findings())
    after = compare(no_findings(), current, at(AS_OF), "r1", None, source="test", standards="ECS").applied_to(
        no_findings()
    )
    held = after.loc[after["record"].isin(["A", "B", "C", "J"]), "finding"]
    mailing = Mailing(
        "live",
        at("2026-10-01T00:00+08:00"),
        {"owed": 2},
        {one: ("E0008", at("2026-10-14T09:00+08:00")) for one in held},
    )
    told = life_document(
        judged(), after.iloc[:1].assign(state="acknowledged"), after, mailing, at("2026-11-01T00:00+08:00")
    )
    assert told == written("life")
    first = life_document(judged(), after.iloc[:0], after, replace(mailing, holders={}, live_from=NAT), None)
    assert (first["first_report"], first["since"]["previous_as_of"], first["live_from"]) == (True, None, None)
    assert (first["since"]["new"], first["since"]["open_now"]) == (
        len(after),
        int((after["state"] == "open").sum()),
    )


def test_a_report_tells_waivers_disputes_what_was_taken_and_what_was_withdrawn() -> None:
    rows = [Row(1, due=50), Row(2, due=60), Row(3, due=70), Row(4, due=80, clause="C-2")]
    now = 20 * DAY
    after = findings_of(tell({}, rows, 100, None))
    after.loc[2, "state"] = "acknowledged"
    names = after["finding"].tolist()
    acts = acts_of([
        Act("w1", "waived", 2 * DAY, "E1", "E2", names[0], begins=2 * DAY, until=30 * DAY),
        Act("w2", "waived", DAY, "E1", "E2", clause="C-2", begins=25 * DAY, until=40 * DAY),
        Act("w3", "waived", DAY, "E1", "E2", team_id="t9", begins=DAY, until=4 * DAY),
        Act("w4", "waived", 3 * DAY, "E1", "E2", team_id="t9", begins=3 * DAY, until=40 * DAY),
        Act("e4", "ended", 5 * DAY, "E3", ends="w4"),
        Act("d1", "disputed", 60, "E4", finding=names[1]),
        Act("a1", "acknowledged", 200, "E5", finding=names[2], until=22 * DAY),
        Act("a0", "acknowledged", 100, "E6", finding=names[3]),
    ])  # fmt: skip
    acts = acts.assign(why="why " + acts["act"], evidence="paper " + acts["act"])
    side = {"verdict": "breached", "reason": "LATE", "anchor": 10, "due": 50, "done": None}
    detail = f'{{"cause": "corrected", "then": {_json(side)}, "now": {_json({**side, "verdict": "met", "done": 49})}}}'
    events = pd.DataFrame({"kind": ["opened", "withdrawn"], "finding": names[:2], "detail": ["{}", detail]})
    assert acts_document(Told(acts, events, after, now, ZONE)) == written("acts")


def _json(said: dict[str, Any]) -> str:
    return str(said).replace("'", '"').replace("None", "null")


# ---- telling ---------------------------------------------------------------------------------------------
def test_the_first_audit_after_going_live_tells_what_is_open_and_ordinary_days_what_fell_due() -> None:
    rows = frame(
        finding("case:T-1", "RESPONSE-CONSULT", "10-12 10:15", marks="baseline"),
        finding("case:T-2", "RESPONSE-CONSULT", "10-12 11:15", done="10-12 15:00", state="cleared"),
        finding("case:T-3", "RESPONSE-CONSULT", "10-13 09:15", assignee_id="E1018"),
        finding("case:T-4", "RESPONSE-CONSULT", "10-08 10:15", state="withdrawn"),
        finding("case:T-5", "RESPONSE-CONSULT", "09-20 10:15", state="cleared"),
    )
    team = House(CARDS, house(), office())
    now = local("10-13 12:30")
    policy = replace(LIVE, live_from=local("10-01 00:00"))
    told = {
        "first": first_audit(rows, team, now, policy).values.tolist(),
        "days": ordinary_days(rows, team, now, policy).values.tolist(),
    }
    assert told == written("forecast")


def test_detection_ranks_the_time_from_a_due_instant_to_the_first_loud_notice() -> None:
    rows = frame(*(finding(f"case:T-{n}", "RESPONSE-CONSULT", f"10-12 1{n}:00") for n in range(5)))
    names = rows["finding"].tolist()
    at_ = [
        local("10-12 10:00"),
        local("10-12 11:01"),
        local("10-12 12:03"),
        local("10-13 09:00"),
        local("10-12 13:00"),
    ]
    notices = pd.DataFrame({"finding": names, "level": Level.NOW, "role": "assignee", "at": at_})
    again = notices.iloc[:1].assign(at=local("10-20 10:00"))
    told = detection(rows, pd.concat([again, notices]), office(), parse("2026-10", ZONE))
    minute = HOUR // 60
    assert told == {"n": 4, "median_us": minute, "p95_us": 5 * HOUR, "max_us": 5 * HOUR}
    loud = detection(rows, notices.assign(role="duty_list"), office(), parse("2026-10", ZONE))
    assert loud["max_us"] == 20 * HOUR
    none = detection(rows, notices, office(), parse("2026-09", ZONE))
    assert none == {"n": 0, "median_us": None, "p95_us": None, "max_us": None}


def test_own_deliveries_count_as_escalations_once_the_source_is_live() -> None:
    facts = facts_of({"case": [{"id": "1"}], "escalation": [{"id": "x", "case_id": "1", "origin": "crm"}]})
    own = facts_of({"escalation": [{"id": "y", "case_id": "1", "origin": "delivery_ledger"}]}).frames[
        "escalation"
    ]
    own = own[["id", "case_id", "origin", "target_role"]]
    assert with_deliveries(facts, own, None) is facts
    joined = with_deliveries(facts, own, 7)
    assert joined.frames["escalation"]["id"].tolist() == ["x", "y"]
    assert joined.frames["escalation"].dtypes.equals(facts.frames["escalation"].dtypes)
    assert joined.entities["escalation"] == facts.entities["escalation"]
    assert joined.frames["case"] is facts.frames["case"]
    bare = facts_of({"case": [{"id": "1"}]})
    assert with_deliveries(bare, own.iloc[:0], 7) is bare
    alone = with_deliveries(bare, own, 7)
    assert alone.frames["escalation"] is own
    assert alone.entities["escalation"] == EntityFacts(
        frozenset({"id", "case_id", "target_role", "target_id", "origin", "delivered_at"}), 7
    )


def test_verdicts_are_drawn_from_the_whole_period_by_their_own_key() -> None:
    rows = pd.DataFrame({
        "clause": ["C-1", "C-1", "C-2"], "subject": ["case:1", "case:2", "case:1"], "occurrence": ["", None, "2"],
        "verdict": ["met", "breached", "met"], "in_period": [True, False, True],
    })  # fmt: skip
    told = verdicts(rows, ("clause", "verdict")).rows
    assert told["key"].tolist() == ["C-1|case:1|", "C-2|case:1|2"]
    assert told["row"].tolist() == [0, 2]
    assert told["stratum"].nunique() == 2


def test_a_plan_that_parts_from_the_one_drawn_again_says_where() -> None:
    plan: dict[str, Any] = {
        "seed": "1", "size": 3, "drawn": ["a", "b"], "sizes": {"s": 9},
        "frame": {"records": 9, "undecided": 0, "sha256": "f" * 90},
    }  # fmt: skip
    plan["id"] = plan_id(plan)
    assert differences(plan, plan) == []
    other = {
        **plan,
        "seed": 2,
        "drawn": ["b", "c"],
        "sizes": {"s": 8},
        "frame": {**plan["frame"], "sha256": "0" * 90},
    }
    other["id"] = plan_id(other)
    assert differences(plan, other) == [
        ("seed", "1", "2"),
        ("frame.sha256", "f" * 77 + "...", "0" * 77 + "..."),
        ("sizes", '{"s": 9}', '{"s": 8}'),
        ("drawn", "only here: a", "only again: c"),
    ]
    assert differences({**plan, "id": "x"}, plan) == [("id", "x", plan["id"])]


def matters() -> list[dict[str, object]]:
    """What is broken in four days of October, of every kind that is told in its own way."""
    nobody = {"team_id": "ZZ", "assignee_id": "nobody"}
    return [
        finding("case:T-1", "RESPONSE-CONSULT", "10-12 10:15"),
        finding("case:T-2", "RESOLVE-CONSULT", "10-12 12:15", done="10-13 17:00", state="cleared"),
        finding("case:T-2", "OVERTIME-CONSULT", "10-12 12:16"),
        finding("case:T-3", "RESPONSE-COMPLAINT", "10-12 20:00"),
        finding("case:T-4", "RESOLVE-EMERGENCY", "10-12 22:00", assignee_id="E1018"),
        finding("case:T-5", "RESOLVE-TECH", "10-13 09:30", done="10-13 11:00", state="cleared"),
        finding("acceptance:A-1", "ACCEPT-5WD", "10-12 17:00", customer_id="K-1"),
        finding("deviation:D-1", "DEV-L3-IMPACT-2H", "10-12 16:00"),
        finding("case:T-6", "SHOULD", "10-12 09:00"),
        finding("case:T-7", "TRIAL", "10-12 09:00"),
        finding("case:T-8", "RESPONSE-CONSULT", "10-12 09:10", **nobody),
        finding("case:T-9", "RESPONSE-CONSULT", "10-12 09:20", marks="waived"),
        finding("case:T-10", "PHONE-30S", "10-12 09:25", marks="disputed"),
        finding("case:T-11", "RESPONSE-CONSULT", "10-12 11:10", **nobody),
        *(finding(f"case:T-2{n}", "RESPONSE-TECH", f"10-13 10:0{n}") for n in range(6)),
    ]


def stood(now: str) -> list[dict[str, object]]:
    """The matters as they stood then."""
    then = [row for row in matters() if as_int(row["due_at"]) <= local(now)]
    over = [row["done_at"] is not None and as_int(row["done_at"]) <= local(now) for row in then]
    alive = {"state": "open", "done_at": None}
    return [
        row if done or row["done_at"] is None else {**row, **alive}
        for row, done in zip(then, over, strict=True)
    ]


def as_int(value: object) -> int:
    assert isinstance(value, int)
    return value


@pytest.mark.parametrize("mode", ["live", "pilot", "preview"])
def test_four_days_of_mails_hold_every_matter_once_at_each_level(mode: str) -> None:
    policy = replace(LIVE, mode=mode, can_acknowledge=True)
    people = house(allow=frozenset({"e0021@demo.example"}))
    told, said = nothing_known(), []
    for now in ("10-12 12:30", "10-12 19:00", "10-12 23:00", "10-13 09:05", "10-13 13:00", "10-14 09:05"):
        made = planned(
            *stood(now), now=now, told=told, policy=policy, people=people, gaps=("case.service_type",)
        )
        kept = {one.envelope for one in made.owed}
        rows = [_mail(one, one.id in kept) for one in (*made.envelopes, *made.held)]
        alerts = [f"{one.kind} {one.what} {one.count}" for one in made.alerts]
        said.append({"now": now, "mails": rows, "alerts": alerts, "recalled": list(made.recalled)})
        told = pd.concat([told, known(*made.owed)], ignore_index=True) if made.owed else told
    notices = sorted(
        f"{one.finding} {one.role} {one.level} {one.kind} {one.why} {one.at}" for one in made.notices
    )
    assert {"days": said, "last": notices} == written(f"mails_{mode}")


def _mail(one: Envelope, owed: bool) -> str:
    first = f"{one.id} {one.kind} to {one.addressee.person_id} on {one.day}, {one.fate}, {'owed' if owed else 'not owed'}"
    how = f"level {one.level}, repeats {one.repeats}, until {one.until}, thread {one.thread or '-'}, cause {one.cause or '-'}"
    lists = (one.findings, one.standing, one.apart, ("-",) if one.before is None else one.before)
    return f"{first}; {how}; " + "; ".join(" ".join(part) for part in lists)


def test_a_mail_belongs_to_the_thread_of_the_one_matter_it_is_about_and_to_none_about_two() -> None:
    both = [finding(f"case:T-{n}", "RESPONSE-CONSULT", f"10-13 10:{n}0") for n in (1, 2)]
    first = planned(*both)
    told, thread = known(*first.notices), {e.findings: e.id for e in first.envelopes}
    over = [{**one, "state": "cleared", "done_at": local("10-13 14:00")} for one in both]
    one = planned(over[0], both[1], now="10-13 17:50", told=told)
    assert [(e.kind, e.level, e.thread) for e in one.envelopes] == [
        ("closing", 9, thread[one.envelopes[0].findings])
    ]
    two = planned(*over, now="10-13 17:50", told=told)
    assert [(e.kind, len(e.findings), e.thread) for e in two.envelopes] == [("closing", 2, "")]
