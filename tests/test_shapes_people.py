"""What no YAML case shows well: channels held against each other, and clauses that people attest."""

from dataclasses import replace
from typing import Any

import pytest

from audits.attested import attested
from audits.counting import count_clauses
from audits.judge import audit, obligations
from audits.periods import parse
from tests.facts import ZONE, at, facts_of
from tests.shapes_home import shape_rules

AS_OF = at("2026-11-01T00:00+08:00")
PERIOD = parse("2026-10", ZONE)
RULES = shape_rules("2026-10")


def contacts(channel: str, inside: int, outside: int) -> list[dict[str, Any]]:
    """Contacts of a channel answered in 10 seconds, and in a minute."""
    row = {"channel": channel, "direction": "in", "started_at": "2026-10-12T10:00:00+08:00"}
    stamps = ["2026-10-12T10:00:10+08:00"] * inside + ["2026-10-12T10:01:00+08:00"] * outside
    return [{**row, "id": f"{channel}{n}", "answered_at": stamp} for n, stamp in enumerate(stamps)]


@pytest.mark.parametrize(
    ("phone", "chat", "verdict"),
    [
        ((90, 10), (80, 20), "met"),
        ((90, 10), (79, 21), "breached"),
        ((30, 0), (0, 29), "not_applicable"),
        ((30, 0), (20, 10), "breached"),
    ],
)
def test_channels_are_compared_by_their_shares_inside_their_own_limits(
    phone: tuple[int, int], chat: tuple[int, int], verdict: str
) -> None:
    names = ("LAB-PICKED-UP", "LAB-CHAT", "LAB-PARITY")
    rules = replace(RULES, cards={name: RULES.cards[name] for name in names})
    facts = facts_of({"interaction": contacts("phone", *phone) + contacts("chat", *chat)})
    found = obligations(audit(facts, rules, AS_OF, PERIOD))
    months = found[found["clause"] == "LAB-PARITY"].set_index("record")["verdict"]
    assert months["2026-10"] == verdict
    assert months["2026-11"] == "pending"


CLAUSE = "LAB-ATTESTED"


def said(**given: list[dict[str, Any]]) -> dict[str, Any]:
    """What is known of the attested clause."""
    found = attested(facts_of(given), AS_OF, PERIOD, RULES.cards[CLAUSE])
    assert found is not None
    return found


def attestation(day: str, **more: str) -> dict[str, Any]:
    """One attestation of a day."""
    return {"id": day, "clause_id": CLAUSE, "attested_by": "E1", "attested_at": f"{day}T10:00+08:00"} | more


def test_an_attested_clause_says_who_said_what_and_until_when() -> None:
    told = said(
        attestation=[
            attestation("2026-01-05", verdict="met", period="2026"),
            attestation("2025-01-05", verdict="breached"),
        ]
    )
    assert (told["status"], told["verdict"], told["by"], told["period"]) == ("valid", "met", "E1", "2026")
    assert told["expires_at"] == "2027-01-05T10:00:00+08:00"


def test_an_attestation_that_ran_out_is_no_breach_and_no_pass() -> None:
    assert said(attestation=[attestation("2025-10-31", verdict="met")])["status"] == "expired"
    short = attestation("2026-01-05", verdict="met", expires_at="2026-04-05T10:00+08:00")
    assert said(attestation=[short])["status"] == "expired"


def test_nobodys_word_is_a_state_of_its_own() -> None:
    assert said(attestation=[])["status"] == "none"
    assert said()["status"] == "unconnected"
    later = attestation("2026-11-05", verdict="met")
    assert said(attestation=[later])["status"] == "none"


def test_scorecards_count_what_was_seen_in_the_period() -> None:
    cards = [
        {"id": "1", "sampled_at": "2026-10-05T10:00+08:00"},
        {"id": "2", "sampled_at": "2026-09-05T10:00+08:00"},
    ]
    items = [
        {"id": "a", "scorecard_id": "1", "clause_id": CLAUSE, "verdict": "met"},
        {"id": "b", "scorecard_id": "1", "clause_id": CLAUSE, "verdict": "breached"},
        {"id": "c", "scorecard_id": "2", "clause_id": CLAUSE, "verdict": "breached"},
        {"id": "d", "scorecard_id": "1", "clause_id": "LAB-OTHER", "verdict": "breached"},
    ]
    told = said(scorecard=cards, scorecard_item=items)
    assert told["items"] == {"met": 1, "breached": 1, "not_observable": 0}
    assert told["status"] == "none"


def test_clauses_that_no_record_judges_have_states_and_no_verdicts() -> None:
    names = (CLAUSE, "LAB-NOBODY")
    rules = replace(RULES, cards={name: RULES.cards[name] for name in names})
    lines = {line.card.id: line for line in count_clauses(audit(facts_of({}), rules, AS_OF, PERIOD))}
    assert (lines[CLAUSE].state, lines[CLAUSE].population) == ("attested", 0)
    assert (lines["LAB-NOBODY"].state, lines["LAB-NOBODY"].attested) == ("not_auditable", None)
    assert rules.cards["LAB-NOBODY"].why_not is not None
