"""Clauses of several standards about one act: their verdicts side by side, one line an act, one notice."""

import re
from dataclasses import replace
from typing import Any, cast

import pytest

from audits.cards import Card
from audits.escalation import plan
from audits.judge import Judged, audit
from audits.ladder import Policy
from audits.periods import parse
from audits.side_by_side import side_by_side
from tests.facts import ZONE, at, facts_of
from tests.notices import frame, house, known, office
from tests.test_cases import ALL, shipped_rules

AS_OF = "2026-11-01T00:00+08:00"
#: A call picked up after 20 seconds, one after 40, and one after 10.
CALLS = [
    {"id": name, "channel": "phone", "direction": "in", "started_at": "2026-10-12T10:00:00+08:00",
     "answered_at": f"2026-10-12T10:00:{seconds}+08:00", "abandoned": False, "answered_by_bot": False, "ring_count": 3}
    for name, seconds in (("A", 20), ("B", 40), ("C", 10))
]  # fmt: skip


def judged(given: dict[str, list[dict[str, Any]]], *clauses: str) -> Judged:
    """What some shipped cards say of October."""
    rules = shipped_rules("2026-10")
    rules = replace(rules, cards={name: rules.cards[name] for name in clauses})
    return audit(facts_of(given), rules, at(AS_OF), parse("2026-10", ZONE))


PHONE = ("ECS-1.2-PHONE-3-RINGS", "SQP-2.1.2-PHONE-30S", "CST-2.1-PHONE-15S")


def test_clauses_of_one_act_are_one_line_with_each_its_own_verdict() -> None:
    (line,) = side_by_side(judged({"interaction": CALLS}, *PHONE))["lines"]
    assert line["act"] == "phone_pickup"
    assert {one["standard"]: (one["met"], one["breached"]) for one in line["clauses"]} == {
        "ECS": (3, 0),
        "SQP": (2, 1),
        "CST": (1, 2),
    }
    assert (line["acts"], line["findings"], line["breached"], line["differ"]) == (3, 3, 2, 2)


def test_where_they_differ_every_clause_is_named_with_what_it_says() -> None:
    (line,) = side_by_side(judged({"interaction": CALLS}, *PHONE))["lines"]
    assert line["examples"][0] == {
        "subject": "interaction:A",
        "occurrence": "",
        "verdicts": {
            "ECS-1.2-PHONE-3-RINGS": "met",
            "SQP-2.1.2-PHONE-30S": "met",
            "CST-2.1-PHONE-15S": "breached",
        },
    }
    assert [one["subject"] for one in line["examples"]] == ["interaction:A", "interaction:B"]


def test_findings_and_acts_are_counted_apart() -> None:
    found = side_by_side(judged({"interaction": CALLS}, *PHONE, "CST-2.1-CHAT-30S"))
    assert (found["findings"], found["acts"]) == (3, 2)


def test_one_standard_alone_needs_no_line() -> None:
    found = side_by_side(judged({"interaction": CALLS}, "CST-2.1-PHONE-15S"))
    assert found == {"findings": 2, "acts": 2, "lines": []}


def test_an_act_of_another_record_is_another_act() -> None:
    given = {
        "acceptance": [{"id": "K", "customer_id": "C", "confirmed_at": "2026-10-12T13:00+08:00"}],
        "case": [
            {
                "id": "K",
                "received_at": "2026-10-12T09:00+08:00",
                "resolved_at": "2026-10-12T10:00+08:00",
            }
        ],
        "survey": [
            {
                "id": "1",
                "kind": "acceptance",
                "acceptance_id": "K",
                "customer_id": "C",
                "sent_at": "2026-10-20T10:00+08:00",
            }
        ],
        "follow_up": [
            {"id": "1", "kind": "after_resolution", "case_id": "K", "done_at": "2026-10-13T10:00+08:00"}
        ],
    }
    (line,) = side_by_side(judged(given, "ECS-2.4-SURVEY-3WD", "SQP-3.3.2-SURVEY"))["lines"]
    assert (line["acts"], line["breached"], line["differ"], line["examples"]) == (2, 1, 0, [])


def test_occurrences_of_one_record_are_acts_of_their_own() -> None:
    deviation = {
        "id": "V",
        "detected_at": "2026-10-12T10:00+08:00",
        "planned_pct": 50,
        "actual_pct": 45,
        "reported_at": "2026-10-12T15:00+08:00",
        "self_adjusted_at": "2026-10-12T15:00+08:00",
    }
    found = judged({"deviation": [deviation]}, "ECS-2.3-DEV-L1-REPORT-48H", "SQP-3.2.2-ADJUST-AT-ONCE")
    (line,) = side_by_side(found)["lines"]
    assert line["examples"] == [
        {
            "subject": "deviation:V",
            "occurrence": "L1",
            "verdicts": {"ECS-2.3-DEV-L1-REPORT-48H": "met", "SQP-3.2.2-ADJUST-AT-ONCE": "breached"},
        }
    ]


# ---- one notice ----------------------------------------------------------------------------------------
def test_one_act_with_several_breaches_is_one_notice_that_lists_them_all() -> None:
    cards = {
        name: replace(card, tells=tells, severity="must")
        for name, tells in (("SQP-2.1.2-PHONE-30S", "supervisor"), ("CST-2.1-PHONE-15S", "supervisor"))
        for card in [shipped_rules("2026-10").cards[name]]
    }
    rows = [_finding(name) for name in cards]
    made = plan(
        frame(*rows), cards, house(), office(), at("2026-10-13T12:30+08:00"), known(),
        Policy(source="demo", mode="live", binding=frozenset({"SQP", "CST"})), (),
    )  # fmt: skip
    (envelope,) = made.envelopes
    assert set(envelope.findings) == {row["finding"] for row in rows}


def _finding(clause: str) -> dict[str, object]:
    due = at("2026-10-13T10:00+08:00")
    return {
        "finding": f"interaction:A/{clause}", "source": "demo", "clause": clause, "subject": "interaction:A",
        "record": "A", "label": "A", "occurrence": "", "state": "open", "marks": "", "first_seen_as_of": due,
        "last_change_as_of": due, "anchor_at": due, "due_at": due, "done_at": None, "customer_id": "K-0382",
        "team_id": "N1", "assignee_id": "E1047",
    }  # fmt: skip


# ---- the list of conflicts -----------------------------------------------------------------------------
#: Conflicts of which both sides are scored by people: each side has an item of its own.
SCORED = {
    19: ("ECS-1.2-ADDRESS-CLIENT", "ECS-1.2-PHONE-OPENING", "CSM-3.1.1-GREETING"),
    20: ("ECS-1.2-F2F-ATTIRE", "CSM-3.2.1-ATTIRE"),
}


def test_each_of_the_27_conflicts_has_a_case_or_is_scored_by_people() -> None:
    named = [re.match(r"\d+", case.data["name"]) for case in ALL if case.file == "side_by_side"]
    assert all(named)
    assert {int(found.group()) for found in named if found} | set(SCORED) == set(range(1, 28))


@pytest.mark.parametrize("clauses", SCORED.values(), ids=["19 address and greeting", "20 dress"])
def test_what_people_score_has_an_item_for_each_standard(clauses: tuple[str, ...]) -> None:
    cards = [shipped_rules("2026-10").cards[name] for name in clauses]
    assert {(card.auditable, card.evidence) for card in cards} == {("attest", "scorecard")}
    assert len({card.place for card in cards}) == len(cards)
    assert len({card.standard for card in cards}) == 2
    assert not any(card.obligation_key for card in cards)


def test_no_two_standards_share_a_level_or_a_questionnaire() -> None:
    cards = shipped_rules("2026-10").cards
    level, graded = cards["CST-2.2-COMPLAINT-LEVEL"], cards["ECS-2.3-DEV-LEVEL"]
    assert (level.of, graded.of) == ("case", "deviation")
    ours, theirs = cards["ECS-2.4-SURVEY-DIMENSIONS"], cards["CST-3.1-SURVEY-DIMENSIONS"]
    assert not {*_asked(ours)} & {*_asked(theirs)}
    assert (ours.where["kind"], theirs.where["kind"]) == ("acceptance", "case")


def _asked(card: Card) -> list[str]:
    return cast("list[str]", card.parameters["contains"])


def test_complaint_routing_is_literal_on_trial_and_never_escalated() -> None:
    card = shipped_rules("2026-10").cards["CST-2.2-ASSIGN-COMPLAINT"]
    assert card.trial
    assert not card.tells
    assert "complaint_routing" in card.readings
    assert shipped_rules("2026-10").readings.by_id["complaint_routing"].default == "both_broken"
