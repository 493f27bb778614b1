"""The result set: the figures a small October must show, and the sums that must close."""

import json
from dataclasses import replace
from functools import cache
from typing import Any, Final

import pytest

from audits.cards import Card
from audits.counting import ClauseCounts, band, count_clauses, printed_rate
from audits.judge import Judged, audit
from audits.missions import days_left, word
from audits.periods import parse
from audits.results import closing_sums, results
from audits.words import Words
from tests.facts import FAR_BACK, ZONE, at, facts_of
from tests.rules_home import CALENDAR
from tests.test_cases import first_installation, shipped_rules

AS_OF: Final = "2026-11-02T02:00+08:00"
FIVE: Final = (
    "overall_satisfaction|process_transparency|response_timeliness|solution_effectiveness|staff_expertise"
)


def case(key: str, kind: str | None, received: str, **more: Any) -> dict[str, Any]:
    return {"id": key, "case_no": f"No-{key}", "service_type": kind, "received_at": received, **more}


#: A small October: seven cases, two acceptances, surveys of September and October, three deliverables.
GIVEN: Final[dict[str, list[dict[str, Any]]]] = {
    "customer": [{"id": "c1", "code": "K-1", "account_manager_id": "s1"}, {"id": "c2", "code": "K-2"}],
    "staff": [{"id": "s1", "staff_no": "E1"}],
    "team": [{"id": "north", "code": "N"}],
    "case": [
        case("T1", "consultation", "2026-10-12T10:00+08:00", first_response_at="2026-10-12T10:15+08:00",
             resolved_at="2026-10-12T12:00+08:00", team_id="north"),
        case("T2", "consultation", "2026-10-12T17:50+08:00", first_response_at="2026-10-13T09:05+08:00",
             resolved_at="2026-10-13T10:00+08:00", team_id="north"),
        case("T3", "emergency_fault", "2026-10-30T10:00+08:00"),
        case("T4", None, "2026-10-14T10:00+08:00"),
        case("T5", "complaint", "2026-10-14T10:00+08:00", void_reason="test"),
        case("T6", "consultation", "2026-09-30T23:50+08:00", first_response_at="2026-10-01T00:01+08:00",
             resolved_at="2026-10-01T00:10+08:00"),
        case("T7", "consultation", "2026-10-31T23:50+08:00", first_response_at="2026-11-01T00:01+08:00",
             resolved_at="2026-11-01T00:10+08:00"),
    ],
    "escalation": [
        {"id": "1", "case_id": "T2", "target_role": "supervisor", "triggered_at": "2026-10-12T18:30+08:00"},
    ],
    "acceptance": [
        {"id": "A1", "code": "AC-1", "customer_id": "c1", "service_file_id": "f1",
         "self_checked_at": "2026-10-09T09:00+08:00", "applied_at": "2026-10-09T10:00+08:00",
         "formal_started_at": "2026-10-10T09:00+08:00", "formal_finished_at": "2026-10-12T09:00+08:00",
         "confirmed_at": "2026-10-19T10:00+08:00", "confirmation_signed": True},
        {"id": "A2", "customer_id": "c2", "applied_at": "2026-10-29T10:00+08:00",
         "self_checked_at": "2026-10-29T09:00+08:00"},
    ],
    "acceptance_item": [
        {"id": "1", "acceptance_id": "A1", "tested_at": "2026-10-12T09:00+08:00", "tested_by": "client", "passed": True},
    ],
    "survey": [
        {"id": f"S{n}", "kind": "acceptance", "customer_id": "c1", "sent_at": "2026-09-10T10:00+08:00", "dimensions": FIVE,
         "responded_at": "2026-09-11T10:00+08:00" if n < 7 else None} for n in range(10)
    ] + [
        {"id": "S10", "kind": "acceptance", "customer_id": "c1", "acceptance_id": "A1", "sent_at": "2026-10-20T10:00+08:00",
         "dimensions": FIVE},
        {"id": "S11", "kind": "acceptance", "customer_id": "c2", "sent_at": "2026-10-16T10:00+08:00", "dimensions": FIVE},
    ],
    "follow_up": [],
    "deliverable": [
        {"id": "D1", "code": "DL-1", "service_file_id": "f1", "customer_id": "c1", "delivered_at": "2026-10-08T10:00+08:00"},
        {"id": "D2", "code": "DL-2", "service_file_id": "f2", "customer_id": "c2", "delivered_at": "2026-10-09T10:00+08:00"},
        {"id": "D3", "code": "DL-3", "delivered_at": "2026-10-12T10:00+08:00"},
    ],
    "qa_check": [
        {"id": "Q1", "deliverable_id": "D1", "round": 1, "checked_at": "2026-10-07T10:00+08:00", "result": "pass",
         "items_total": 20, "items_passed": 19},
        {"id": "Q2", "deliverable_id": "D2", "round": 1, "checked_at": "2026-10-08T10:00+08:00", "result": "fail",
         "items_total": 39, "items_passed": 37},
    ],
}  # fmt: skip


@cache
def october() -> Judged:
    complete = dict.fromkeys(("escalation", "survey", "qa_check", "follow_up", "acceptance_item"), FAR_BACK)
    period = parse("2026-10", ZONE)
    return audit(facts_of(GIVEN, complete=complete), first_installation("2026-10"), at(AS_OF), period)


@cache
def found() -> dict[str, Any]:
    return results(october(), {"hash": "h", "frames": {}}, "0.1.0", Words("测试", "test"))


def clause(name: str) -> dict[str, Any]:
    return next(one for one in found()["clauses"] if one["id"] == name)


def tile(name: str) -> dict[str, Any]:
    return next(one for one in found()["audits"] if one["id"] == name)


# ---- the four audits ----------------------------------------------------------------------------------
def test_the_four_audits_stand_in_the_missions_order_with_word_and_n() -> None:
    tiles = [(one["id"], one["word"], one["n"], one["breached"]) for one in found()["audits"]]
    # T2 is late at both limits, T3 open at both; T4 is unknown in all eight; T6 falls due in October, T7 in November
    assert tiles == [("timing", "breached", 18, 4), ("acceptance", "breached", 1, 1), ("survey", "breached", 2, 1),
                     ("qa", "breached", 1, 1)]  # fmt: skip


def test_timing_shows_both_clocks_beside_each_limit() -> None:
    rows = {row["clause"]: row for row in tile("timing")["figures"]["rows"]}
    response = rows["ECS-1.3-RESPONSE-CONSULT"]
    said = [
        response[key]
        for key in ("limit_us", "n", "late_elapsed", "late_open_hours", "deciding", "late", "no_data")
    ]
    assert said == [900_000_000, 4, 1, 0, "elapsed", 1, 1]
    emergency = rows["ECS-1.3-RESOLVE-EMERGENCY"]
    waited = at(AS_OF) - at("2026-10-30T10:00+08:00")
    assert (emergency["longest_open_us"], emergency["longest_open_by"]) == (waited, "elapsed")
    assert response["longest_open_us"] is None


def test_missing_escalations_stand_beside_the_limits() -> None:
    figures = tile("timing")["figures"]
    assert (figures["missing_escalations"], figures["escalations_state"]) == (1, "judged")
    assert {key: figures[key] for key in ("n", "late_elapsed", "late_open_hours", "late")} == {
        "n": 18, "late_elapsed": 4, "late_open_hours": 2, "late": 4,
    }  # fmt: skip


def test_acceptance_counts_what_is_late_and_lists_what_runs() -> None:
    figures = tile("acceptance")["figures"]
    assert (figures["n"], figures["late"], figures["late_open"]) == (1, 1, 0)
    assert figures["running"] == [
        {"subject": "acceptance:A2", "label": "A2", "due": "2026-11-05T23:59:59.999999+08:00", "days_left": 4, "step": "formal"}
    ]  # fmt: skip
    lost = {step["step"]: step["late_lost"] for step in figures["steps"]}
    assert lost == {"pre": 0, "formal": 0, "rectify": 0, "confirm": 1}


def test_a_running_acceptance_stands_at_its_first_open_step_and_rectifies_only_what_failed() -> None:
    steps = {"applied_at": "2026-10-29T10:00+08:00", "formal_finished_at": "2026-10-30T10:00+08:00"}
    given: dict[str, list[dict[str, Any]]] = {
        "acceptance": [{"id": "A1", **steps}, {"id": "A2", **steps}],
        "acceptance_item": [
            {"id": str(n), "acceptance_id": f"A{n}", "tested_at": "2026-10-30T10:00+08:00", "tested_by": "client", "passed": n == 1}
            for n in (1, 2)
        ],
    }  # fmt: skip
    judged = audit(facts_of(given), first_installation("2026-10"), at(AS_OF), parse("2026-10", ZONE))
    tiles = results(judged, {}, "0", Words("", ""))["audits"]
    assert [(one["label"], one["step"]) for one in tiles[1]["figures"]["running"]] == [
        ("A1", "confirm"),
        ("A2", "rectify"),
    ]


def test_surveys_show_the_closed_cohort_and_whom_to_call_in_the_running_one() -> None:
    figures = tile("survey")["figures"]
    assert figures["cohort"] == {
        "key": "2026-09", "numerator": 7, "denominator": 10, "no_data": 0, "bounced": 0, "need_80": 8, "need_60": 6,
        "target": 80, "floor": 60,
        "band": "between", "verdict": "breached",
    }  # fmt: skip
    assert figures["sent_in_time"] == {"met": 1, "n": 1}
    running = figures["running"]
    assert (running["key"], running["shortfall"], running["windows_over"]) == ("2026-10", 2, 1)
    assert [(call["customer"], call["days_left"], call["manager"]) for call in running["calls"]] == [
        ("K-1", 1, "E1")
    ]


def test_qa_shows_the_rate_what_is_below_and_what_was_never_checked() -> None:
    figures = tile("qa")["figures"]
    assert {key: figures[key] for key in ("passed", "n", "failed", "need", "shortfall", "no_data")} == {
        "passed": 1, "n": 2, "failed": 1, "need": 2, "shortfall": 1, "no_data": 0,
    }  # fmt: skip
    assert figures["below"] == [{"label": "DL-2", "passed": 37, "items": 39, "customer": "K-2"}]
    assert (figures["unchecked"], figures["delivered"]) == (1, 3)


# ---- lines --------------------------------------------------------------------------------------------
def test_each_obligation_counts_in_the_period_in_which_it_falls_due() -> None:
    response = clause("ECS-1.3-RESPONSE-CONSULT")
    assert (response["population"], response["counts"]["met"]) == (4, 2)  # T1, T2, T4, T6; T7 is November's
    assert clause("ECS-1.3-RESOLVE-CONSULT")["population"] == 4


def test_what_is_still_open_from_earlier_and_what_is_due_later_stands_apart() -> None:
    november = parse("2026-11", ZONE)
    later = audit(october().facts, october().rules, at(AS_OF), november)
    lines = {one["id"]: one for one in results(later, {}, "0", Words("", ""))["clauses"]}
    assert lines["ECS-1.3-RESPONSE-EMERGENCY"]["open_earlier"] == 1
    assert lines["ECS-1.3-RESPONSE-EMERGENCY"]["population"] == 0
    assert lines["ECS-1.3-RESPONSE-CONSULT"]["open_earlier"] == 0  # late in October, but over
    assert clause("ECS-2.4-ACCEPT-5WD")["due_later"] == 1


def test_what_falls_due_on_the_first_instant_of_a_period_is_its_own_and_not_left_from_before() -> None:
    rows = [
        case("T1", "consultation", "2026-10-31T23:45+08:00"),
        case("T2", "consultation", "2026-10-31T23:44+08:00"),
    ]
    judged = audit(facts_of({"case": rows}), first_installation("2026-11"), at("2026-11-02T09:00+08:00"),
                   parse("2026-11", ZONE))  # fmt: skip
    [line] = [one for one in count_clauses(judged) if one.card.id == "ECS-1.3-RESPONSE-CONSULT"]
    assert (line.population, line.counts["breached"], line.open_earlier) == (1, 1, 1)


def test_results_say_why_nobody_judges_a_clause_and_where_the_calendar_is_from() -> None:
    every = shipped_rules("2026-10")
    rules = replace(every, cards={"CST-1-SCOPE": every.cards["CST-1-SCOPE"]})
    judged = audit(facts_of({"case": []}), rules, at(AS_OF), parse("2026-10", ZONE))
    told = results(judged, {"hash": "", "frames": {}}, "0", Words("", ""))
    [line] = told["clauses"]
    assert (line["state"], line["why_not"]) == (
        "not_auditable", dict(zip(("zh", "en"), every.cards["CST-1-SCOPE"].why_not or (), strict=True)),
    )  # fmt: skip
    assert line["why_not"]["en"]
    assert told["calendar"]["source"] == {"zh": every.calendar.source.zh, "en": every.calendar.source.en}  # type: ignore[union-attr]


def test_a_rate_prints_its_parts() -> None:
    line = clause("ECS-2.4-SURVEY-RETURN-80")
    assert (line["numerator"], line["denominator"], line["rate"], line["band"], line["shortfall"]) == (
        7, 10, "70.00", "between", 1,
    )  # fmt: skip
    assert [(one["key"], one["verdict"]) for one in line["cohorts"]] == [("2026-09", "breached")]


def test_the_bridge_leads_from_the_crms_own_count_to_what_fell_due() -> None:
    lines = {line["key"]: line["n"] for line in found()["bridge"]}
    assert lines == {
        "received": 6,
        "type_known_due": 4,
        "removed": 1,
        "type_unknown": 1,
        "due_later": 1,
        "received_earlier": -1,
    }
    responses = [c for c in found()["clauses"] if c["id"].startswith("ECS-1.3-RESPONSE-")]
    known = sum(c["population"] for c in responses) - len(responses) * lines["type_unknown"]
    assert known == lines["type_known_due"] + lines["removed"]


def test_the_bridge_closes_when_a_merged_case_was_received_a_month_before() -> None:
    rows = [
        case("T1", "consultation", "2026-09-30T10:00+08:00", void_reason="merged", merged_into_id="T2"),
        case("T2", "consultation", "2026-10-02T10:00+08:00"),
    ]
    judged = audit(facts_of({"case": rows}), first_installation("2026-10"), at(AS_OF), parse("2026-10", ZONE))
    made = results(judged, {}, "0", Words("", ""))
    assert [line["n"] for line in made["bridge"]] == [1, 0, 0, 0, 0, 1]
    assert all(check["holds"] for check in made["checks"])


def test_the_chain_leads_from_delivery_to_the_answer() -> None:
    assert [link["n"] for link in found()["chain"]] == [3, 2, 1, 2, 0]
    assert found()["delivered_without_acceptance"] == ["DL-2"]


def test_gaps_name_field_reason_duties_and_each_record_once_by_the_number_people_know() -> None:
    gap = next(gap for gap in found()["gaps"] if gap["field"] == "case.service_type")
    assert (gap["reason"], gap["records"], gap["duties"], gap["examples"]) == (
        "NULL_FILTER",
        1,
        12,
        ["No-T4"],
    )
    assert len(gap["clauses"]) == 12


def test_teams_and_due_days_hold_every_obligation() -> None:
    teams = {team["team_id"]: team for team in found()["teams"]}
    assert (teams["north"]["code"], teams["north"]["population"], teams["north"]["counts"]["breached"]) == (
        "N",
        5,
        2,
    )
    assert sum(team["population"] for team in teams.values()) == found()["totals"]["population"]
    days = {day["day"]: day["population"] for day in found()["due_days"]}
    assert days["2026-10-30"] == 3
    assert sum(days.values()) == found()["totals"]["population"]


def test_what_falls_due_is_shown_for_five_working_days() -> None:
    due = found()["falling_due"]
    assert due["days"] == [f"2026-11-0{day}" for day in (2, 3, 4, 5, 6)]
    row = next(row for row in due["rows"] if row["clause"] == "ECS-2.4-ACCEPT-5WD")
    assert (row["counts"], row["total"]) == ([0, 0, 0, 1, 0], 1)


def test_every_reading_shows_what_its_options_would_change() -> None:
    readings = {one["id"]: one for one in found()["readings"]}
    clock = readings["clock_choice"]
    assert [(o["key"], o["breached"]) for o in clock["options"]] == [("elapsed", 4), ("open_hours", 2)]
    assert (clock["effect"], clock["default"], clock["signatures"]) == (True, "elapsed", [])
    window = readings["return_window"]
    assert [[rate["verdict"] for rate in option["rates"]] for option in window["options"]] == [
        ["breached"],
        ["breached"],
    ]
    assert not readings["bot_response"]["effect"]
    connected = [card for card in first_installation("2026-10").cards.values() if card.id in october().made]
    assert list(readings) == sorted({name for card in connected for name in card.readings})


def test_unconnected_clauses_say_what_would_connect_them() -> None:
    line = clause("ECS-2.3-DEV-LEVEL")
    assert (line["state"], line["population"], line["missing"]) == ("unconnected", 0, ["deviation"])
    assert line["counts"] == dict.fromkeys(
        ["met", "breached", "pending", "not_applicable", "no_data", "waived", "baseline", "disputed"], 0
    )


# ---- sums, floats, bytes ------------------------------------------------------------------------------
def test_every_closing_sum_holds() -> None:
    assert [check for check in found()["checks"] if not check["holds"]] == []
    assert len(found()["checks"]) >= 10


@pytest.mark.parametrize(
    ("path", "broken"),
    [
        (("totals", "met"), {"verdicts_sum"}),
        (
            ("totals", "population"),
            {"verdicts_sum", "clauses_sum", "standards_sum", "teams_sum", "due_days_sum"},
        ),
        (("totals", "breached"), {"verdicts_sum", "breached_sum"}),
        (("totals", "no_data"), {"verdicts_sum", "gaps_equal_no_data"}),
        (("totals", "not_applicable"), {"verdicts_sum", "not_applicable_sum"}),
        (("totals", "pending"), {"verdicts_sum", "closed_no_pending"}),
        (("gaps", 0, "duties"), {"gaps_equal_no_data"}),
        (("teams", 0, "population"), {"teams_sum"}),
        (("due_days", 0, "population"), {"due_days_sum"}),
        (("bridge", 0, "n"), {"bridge_sum"}),
        (("audits", 0, "figures", "rows", 0, "late"), {"front_equals_clauses"}),
    ],
)
def test_a_figure_that_is_off_by_one_does_not_tie_out(path: tuple[Any, ...], broken: set[str]) -> None:
    wrong = json.loads(json.dumps(found()))
    part = wrong
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] += 1
    assert {check["id"] for check in closing_sums(wrong) if not check["holds"]} == broken


def floats(value: Any, path: str = "") -> list[str]:
    if isinstance(value, float):
        return [path]
    if isinstance(value, dict):
        return [found for key, one in value.items() for found in floats(one, f"{path}.{key}")]
    if isinstance(value, list):
        return [found for at, one in enumerate(value) for found in floats(one, f"{path}[{at}]")]
    return []


def test_there_is_no_float_and_two_calls_are_the_same() -> None:
    assert floats(found()) == []
    again = results(october(), {"hash": "h", "frames": {}}, "0.1.0", Words("测试", "test"))
    assert json.dumps(again, ensure_ascii=False) == json.dumps(found(), ensure_ascii=False)


# ---- words and figures --------------------------------------------------------------------------------
CARD: Final = Card("ECS-1", "ECS", "一", Words("题", "title"), "deadline", "case")


def line(state: str = "judged", **counts: int) -> ClauseCounts:
    made = ClauseCounts(CARD, state, sum(counts.values()))
    made.counts.update(counts)
    return made


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([line(met=5, breached=1, no_data=1, pending=1)], "breached"),
        ([line(met=5), line(no_data=1, pending=1)], "undecided"),
        ([line(met=5, pending=1)], "pending"),
        ([line("unconnected")], "unconnected"),
        ([line(), line("unconnected")], "none_due"),
        ([line(not_applicable=3)], "none_due"),
        ([line(met=1, not_applicable=3), line("unconnected")], "met"),
    ],
)
def test_the_word_is_the_first_that_fits(lines: list[ClauseCounts], says: str) -> None:
    assert word(lines) == says


@pytest.mark.parametrize(
    ("part", "whole", "says"),
    [(0, 0, None), (9496, 10000, "94.96"), (2379, 2505, "94.97"), (1, 3, "33.33"), (2, 3, "66.67"),
     (1, 800, "0.13"), (5, 5, "100.00"), (1, 20001, "0.00"), (199, 20000, "1.00")],
)  # fmt: skip
def test_a_rate_is_printed_with_two_decimals_rounded_half_up(part: int, whole: int, says: str | None) -> None:
    assert printed_rate(part, whole) == says


@pytest.mark.parametrize(
    ("part", "whole", "percent", "floor", "says"),
    [(8, 10, 80, 60, "met"), (7, 10, 80, 60, "between"), (6, 10, 80, 60, "between"), (5, 10, 80, 60, "below"),
     (0, 0, 80, 60, None), (19, 20, 95, None, "met"), (18, 20, 95, None, "below"), (8, 10, 85, 65, "between")],
)  # fmt: skip
def test_a_target_and_a_floor_are_one_rule_with_three_bands(
    part: int, whole: int, percent: int, floor: int | None, says: str | None
) -> None:
    assert band(part, whole, percent, floor) == says


@pytest.mark.parametrize(
    ("now", "due", "left"),
    [
        ("2026-10-12T10:00+08:00", "2026-10-12T23:59:59.999999+08:00", 1),
        ("2026-10-12T10:00+08:00", "2026-10-13T23:59:59.999999+08:00", 2),
        ("2026-10-09T10:00+08:00", "2026-10-12T23:59:59.999999+08:00", 3),
        ("2026-10-03T10:00+08:00", "2026-10-08T23:59:59.999999+08:00", 1),
        ("2026-12-31T10:00+08:00", "2027-01-04T23:59:59.999999+08:00", None),
    ],
)
def test_working_days_left_count_the_running_one(now: str, due: str, left: int | None) -> None:
    assert days_left(CALENDAR, at(now), at(due)) == left
