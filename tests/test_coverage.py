"""What a source lets us judge, told from its facts: shares, reasons, promises, and the cheapest next thing."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import pytest

from audits.coverage import coverage
from audits.facts import Facts, Violation
from audits.judge import audit
from audits.periods import parse
from tests.facts import ZONE, at, facts_of
from tests.test_cases import shipped_rules

AS_OF: Final = "2026-11-02T02:00+08:00"
NO_TYPE: Final = {"hole": "UNMAPPED_VALUE"}
#: Monday to Saturday of four weeks in October; the first is the holiday week.
MONDAYS: Final = ("2026-10-05", "2026-10-12", "2026-10-19", "2026-10-26")


def case(number: object, day: str = "2026-10-12", **more: Any) -> dict[str, Any]:
    """A consultation, answered and solved in time."""
    began = f"{day}T10:00+08:00"
    done = {"first_response_at": f"{day}T10:05+08:00", "resolved_at": f"{day}T11:00+08:00"}
    known = {
        "id": f"T{number}",
        "case_no": f"T-{number}",
        "received_at": began,
        "service_type": "consultation",
    }
    return known | done | more


def weekly(days: Sequence[str], **more: Any) -> list[dict[str, Any]]:
    """Five cases on each of these days."""
    return [case(f"{day}-{n}", day, **more) for day in days for n in range(5)]


def told(facts: Facts, as_of: str = AS_OF, month: str = "2026-10") -> dict[str, Any]:
    """What ``crm check`` would say of these facts for a month."""
    return coverage(audit(facts, shipped_rules(month), at(as_of), parse(month, ZONE)))


def clause(found: dict[str, Any], name: str) -> dict[str, Any]:
    return next(line for line in found["clauses"] if line["id"] == name)


def promise(found: dict[str, Any], entity: str, field: str = "") -> dict[str, Any]:
    return next(one for one in found["promises"] if (one["entity"], one["field"]) == (entity, field))


def test_a_clause_is_judged_on_so_many_of_its_records() -> None:
    rows = [case(1), case(2), case(3, service_type=None), case(4, service_type=NO_TYPE)]
    found = told(facts_of({"case": rows}))
    line = clause(found, "ECS-1.3-RESPONSE-CONSULT")
    assert (line["state"], line["judged"], line["records"]) == ("partly", 2, 4)
    assert line["why"] == [
        {"field": "case.service_type", "reason": "NULL_FILTER", "n": 1},
        {"field": "case.service_type", "reason": "UNMAPPED_VALUE", "n": 1},
    ]


def test_a_whole_clause_is_judged_and_one_without_duties_is_said_to_have_none() -> None:
    found = told(facts_of({"case": [case(1)]}))
    assert clause(found, "ECS-1.3-RESPONSE-CONSULT")["state"] == "judged"
    assert clause(found, "ECS-1.3-RESPONSE-COMPLAINT")["state"] == "none_due"


def test_a_clause_without_its_kind_of_record_is_unconnected_and_names_it() -> None:
    found = told(facts_of({"case": [case(1)]}))
    line = clause(found, "ECS-2.4-ACCEPT-5WD")
    assert (line["state"], line["missing"]) == ("unconnected", ["acceptance"])
    assert not found["covered"]


def test_a_clause_without_its_field_is_unconnected_and_names_it() -> None:
    rows = [{k: v for k, v in case(1, resolved_at=None).items() if k != "first_response_at"}]
    found = told(facts_of({"case": rows}, without=["case.first_response_at"]))
    line = clause(found, "ECS-1.3-RESPONSE-CONSULT")
    assert (line["state"], line["missing"]) == ("unconnected", ["case.first_response_at"])


def test_every_clause_stands_in_one_state_and_no_gap_is_left_out() -> None:
    rows = [case(n, service_type=None if n % 3 else "consultation") for n in range(9)]
    found = told(facts_of({"case": rows}))
    assert sum(found["counts"].values()) == len(found["clauses"])
    unjudged = sum(one["n"] for line in found["clauses"] for one in line["why"])
    assert unjudged == sum(gap["duties"] for gap in found["gaps"])
    assert all(len(gap["examples"]) <= 5 and gap["clauses"] for gap in found["gaps"])


def test_one_field_that_several_clauses_lack_comes_before_whole_registers() -> None:
    types = ("consultation", "technical_support", "complaint", "emergency_fault")
    rows = [
        {k: v for k, v in case(n, service_type=kind, resolved_at=None).items() if k != "first_response_at"}
        for n, kind in enumerate(types)
    ]
    first, *rest = told(facts_of({"case": rows}, without=["case.first_response_at"]))["next"]
    assert first["connect"] == ["case.first_response_at"]
    assert first["fields"] == ["case.first_response_at"]
    assert len(first["clauses"]) == len(types)
    gains = [len(step["clauses"]) / len(step["fields"]) for step in rest]
    assert gains == sorted(gains, reverse=True)


def test_next_steps_are_counted_from_the_cards() -> None:
    found = told(facts_of({"case": [case(1)]}))
    lone = {line["id"] for line in found["clauses"] if line["missing"] == ["escalation"]}
    step = next(one for one in found["next"] if one["connect"] == ["escalation"])
    assert set(step["clauses"]) == lone
    assert all(name.startswith("escalation.") for name in step["fields"])


def test_an_unknown_value_is_named_with_its_count_and_a_blank_is_counted() -> None:
    facts = facts_of({"case": [case(1), case(2, service_type=None), case(3, service_type=NO_TYPE)]})
    known = facts.entities["case"]
    mapped = replace(known, unmapped={"service_type": {"备件": 1}})
    found = told(replace(facts, entities={"case": mapped}))
    line = next(one for one in found["values"] if one["field"] == "case.service_type")
    assert (line["known"], line["unmapped"], line["blank"]) == (1, 1, 1)
    assert line["values"] == [{"value": "备件", "count": 1}]
    assert line["decides"] > 0


def test_a_promise_that_begins_before_the_first_row_is_told() -> None:
    line = promise(
        told(facts_of({"case": weekly(MONDAYS[1:])}, complete={"case": "2026-09-14T00:00+08:00"})), "case"
    )
    assert line["finding"] == "starts_later"
    assert line["weeks"][:2] == ["2026-09-14", "2026-09-21"]
    assert line["first"] == "2026-10-12T10:00:00+08:00"


def test_a_whole_week_without_rows_is_told_but_not_the_week_of_a_holiday() -> None:
    rows = weekly(("2026-02-02", "2026-02-09", "2026-02-24"))
    facts = facts_of({"case": rows}, complete={"case": "2026-02-02T00:00+08:00"})
    line = promise(told(facts, "2026-03-09T02:00+08:00", "2026-02"), "case")
    assert (line["finding"], line["weeks"]) == ("empty_weeks", ["2026-03-02"])


def test_a_quiet_week_of_what_happens_rarely_is_no_hole() -> None:
    rows = [case(n, day) for n, day in enumerate(("2026-09-14", "2026-10-12", "2026-10-26"))]
    found = told(facts_of({"case": rows}, complete={"case": "2026-09-01T00:00+08:00"}))
    assert promise(found, "case")["finding"] == "holds"
    assert found["broken"] == 0


@pytest.mark.parametrize(
    ("since", "finding"),
    [("2026-10-12T00:00+08:00", "holds"), ("2026-10-14T00:00+08:00", "holds"), (None, "none")],
)
def test_a_promise_that_the_rows_keep_holds(since: str | None, finding: str) -> None:
    rows = [
        {"id": f"E{n}", "case_id": "T1", "triggered_at": f"{day}T12:00+08:00"}
        for n, day in enumerate(MONDAYS)
    ]
    complete = {"escalation": since} if since else {}
    found = told(facts_of({"case": [case(1)], "escalation": rows}, complete=complete))
    line = promise(found, "escalation")
    assert line["finding"] == finding
    assert bool(line["waits"]) == (finding == "none")


def test_a_promise_of_an_empty_source_is_told() -> None:
    found = told(
        facts_of({"case": [case(1)], "escalation": []}, complete={"escalation": "2026-09-01T00:00+08:00"})
    )
    assert promise(found, "escalation")["finding"] == "no_rows"
    assert found["broken"] == 1


def test_a_field_kept_since_a_day_is_held_against_its_values() -> None:
    rows = weekly(MONDAYS[:2], first_response_at=None) + weekly(MONDAYS[2:])
    facts = facts_of({"case": rows}, since={"case": {"first_response_at": "2026-10-05T00:00+08:00"}})
    line = promise(told(facts), "case", "first_response_at")
    assert (line["finding"], line["rows"]) == ("starts_later", 10)


def test_two_sources_of_one_instant_that_disagree_stand_apart_from_other_violations() -> None:
    facts = facts_of({"case": [case(1)]})
    odd = (
        Violation("case", "resolved_at", "disagree", 3, ("T-1",)),
        Violation("case", "team_id", "reference", 2, ("T-2",)),
        Violation("case", "service_type", "value", 4, ("T-3",)),
    )
    found = told(replace(facts, violations=odd))
    assert [one["field"] for one in found["disagreements"]] == ["resolved_at"]
    assert [one["field"] for one in found["violations"]] == ["team_id"]


def test_a_rate_is_told_by_the_members_of_its_cohorts() -> None:
    checks = [
        {
            "id": f"Q{n}",
            "deliverable_id": f"D{n}",
            "round": 1,
            "checked_at": "2026-10-12T10:00+08:00",
            "result": r,
        }
        for n, r in enumerate(("pass", "pass", None))
    ]
    line = clause(told(facts_of({"qa_check": checks})), "ECS-2.4-QA-RATE-95")
    assert line["records"] == 3


def test_a_source_that_provides_nothing_connects_nothing() -> None:
    empty = Facts("test", ZONE, at("2027-01-01T00:00+08:00"), {}, {})
    found = told(empty)
    assert found["counts"]["unconnected"] == len(found["clauses"])
    assert found["next"]
