"""Teams beside what their work lets one expect, by hand and against exact fractions."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.judge import audit
from audits.periods import parse
from audits.team_mix import compared, hundredths, team_mix
from tests.facts import ZONE, at, facts_of
from tests.test_cases import first_installation


def limits(*teams: list[list[int]]) -> list[dict[str, Any]]:
    return [
        {"n": sum(team[i][0] for team in teams), "breached": sum(team[i][1] for team in teams)}
        for i in range(len(teams[0]))
    ]


def test_the_expectation_by_hand() -> None:
    # 300 easy duties broken at 4 %, 100 hard ones at 20 %: 50 easy and 50 hard let 2 + 10 be expected
    day, night = [[250, 10], [50, 4]], [[50, 2], [50, 16]]
    told = compared(night, limits(day, night))
    assert (told["n"], told["breached"], told["expected"], told["expected_share"]) == (100, 18, "12.00", 1200)
    assert told["mix"] == [50, 50]
    assert told["answer"] == "not_compared"


@pytest.mark.parametrize(("broken", "answer"), [(20, "as_expected"), (60, "above"), (2, "below")])
def test_a_team_is_called_different_only_where_its_interval_leaves_the_expectation_out(
    broken: int, answer: str
) -> None:
    team = [[400, broken]]
    everybody = [{"n": 4000, "breached": 200}]
    assert compared(team, everybody)["answer"] == answer


def test_two_hundred_duties_are_compared_and_one_less_is_not() -> None:
    everybody = [{"n": 4000, "breached": 40}]
    assert compared([[200, 100]], everybody)["answer"] == "above"
    assert compared([[199, 100]], everybody)["answer"] == "not_compared"


_cell = st.integers(0, 60).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)).map(list))


@settings(max_examples=30)
@given(st.lists(st.lists(_cell, min_size=3, max_size=3), min_size=1, max_size=5))
def test_expectations_of_all_teams_add_up_to_all_breaches(teams: list[list[list[int]]]) -> None:
    teams = [team for team in teams if sum(cell[0] for cell in team)]
    if not teams:
        return
    whole = limits(*teams)
    exact = [
        sum(Fraction(c[0] * w["breached"], w["n"]) for c, w in zip(team, whole, strict=True) if c[0])
        for team in teams
    ]
    assert sum(exact) == sum(w["breached"] for w in whole)
    for team, expected in zip(teams, exact, strict=True):
        said = Fraction(compared(team, whole)["expected"])
        assert abs(said - expected) <= Fraction(1, 200)


def test_decimals_are_rounded_half_up() -> None:
    assert [hundredths(Fraction(n, 1000)) for n in (0, 4, 5, 1994, 1995)] == [
        "0.00",
        "0.00",
        "0.01",
        "1.99",
        "2.00",
    ]


def test_teams_of_a_month_stand_in_their_order_and_what_has_none_comes_last() -> None:
    rows = [
        {"id": str(n), "service_type": "consultation", "received_at": "2026-10-12T10:00+08:00", "team_id": team,
         "first_response_at": f"2026-10-12T10:{minute}+08:00", "first_response_evidence": "call",
         "resolved_at": f"2026-10-12T10:{minute}+08:00"}
        for n, (team, minute) in enumerate([("b", "10"), (None, "20"), ("a", "10"), ("b", "30")])
    ]  # fmt: skip
    given_teams = [{"id": "a", "code": "North"}, {"id": "b", "code": "South"}]
    facts = facts_of({"case": rows, "team": given_teams, "escalation": []})
    found = team_mix(
        audit(facts, first_installation("2026-10"), at("2026-11-02T00:00+08:00"), parse("2026-10", ZONE))
    )
    assert [(team["code"], team["n"], team["breached"]) for team in found["teams"]] == [
        ("North", 2, 0),
        ("South", 4, 1),
        ("", 2, 1),
    ]
    response = next(one for one in found["clauses"] if one["id"] == "ECS-1.3-RESPONSE-CONSULT")
    assert (response["n"], response["breached"]) == (4, 2)
    assert found["teams"][1]["expected"] == "1.00"
