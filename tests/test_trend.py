"""Twelve periods: what was reported then, what is known now, and the gap that no line crosses."""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from audits.judge import Judged, audit
from audits.periods import parse
from audits.trend import trend
from tests.facts import ZONE, at, facts_of
from tests.test_cases import first_installation

RESPONSE = "ECS-1.3-RESPONSE-CONSULT"


def case(number: str, day: str, minutes: int) -> dict[str, Any]:
    done = f"{day}T10:{minutes:02d}+08:00"
    return {
        "id": number, "service_type": "consultation", "received_at": f"{day}T10:00+08:00",
        "first_response_at": done, "first_response_evidence": "call", "resolved_at": done,
    }  # fmt: skip


@pytest.fixture(scope="module")
def october() -> Judged:
    """August 1 late of 3, September 2 of 4, October 1 of 25."""
    rows = [case(f"a{n}", "2026-08-12", 20 if n < 1 else 5) for n in range(3)]
    rows += [case(f"s{n}", "2026-09-09", 20 if n < 2 else 5) for n in range(4)]
    rows += [case(f"o{n}", "2026-10-12", 20 if n < 1 else 5) for n in range(25)]
    facts = facts_of({"case": rows, "escalation": []})
    return audit(facts, first_installation("2026-10"), at("2026-11-02T00:00+08:00"), parse("2026-10", ZONE))


def row(
    run: str,
    as_of: str,
    period: str,
    breached: int,
    met: int,
    clause: str = RESPONSE,
    state: str = "done",
) -> dict[str, Any]:
    return {
        "run": run, "as_of": at(as_of), "period": period, "state": state, "clause": clause, "team_id": "",
        "breached": breached, "met": met, "numerator": None, "denominator": None,
    }  # fmt: skip


def counts(*rows: dict[str, Any]) -> pd.DataFrame:
    names = (
        "run",
        "as_of",
        "period",
        "state",
        "clause",
        "team_id",
        "breached",
        "met",
        "numerator",
        "denominator",
    )
    frame = pd.DataFrame(list(rows), columns=list(names))
    stamps = pd.to_datetime(frame["as_of"].astype("int64"), unit="us", utc=True).astype("datetime64[us, UTC]")
    texts = dict.fromkeys(("run", "period", "state", "clause", "team_id"), "str")
    figures = dict.fromkeys(("breached", "met", "numerator", "denominator"), "Int64")
    return frame.assign(as_of=stamps).astype({**texts, **figures})


def binding(found: dict[str, Any]) -> list[Any]:
    return next(one["points"] for one in found["series"] if one["id"] == "binding")


def test_the_first_report_has_one_point_and_nothing_to_compare(october: Judged) -> None:
    found = trend(october, counts(), "now")
    assert [period["state"] for period in found["periods"]] == ["before"] * 11 + ["reported"]
    assert (found["previous"], found["clauses"]) == (None, {})
    assert [point for point in binding(found) if point] == [binding(found)[-1]]


def test_a_period_without_a_run_is_a_gap_though_its_duties_are_known(october: Judged) -> None:
    found = trend(october, counts(row("r1", "2026-09-01T02:00+08:00", "2026-08", 1, 2)), "now")
    assert [(one["key"], one["state"]) for one in found["periods"][-3:]] == [
        ("2026-08", "reported"), ("2026-09", "missing"), ("2026-10", "reported"),
    ]  # fmt: skip
    assert binding(found)[-2] is None
    assert binding(found)[-3] == {"k": 1, "n": 3, "k_then": 1, "n_then": 3}
    assert found["previous"] is None


def test_a_restated_period_shows_both_what_was_said_and_what_is_known(october: Judged) -> None:
    told = counts(
        row("r1", "2026-09-10T02:00+08:00", "2026-09", 0, 1),  # while it ran: no report of the whole
        row("r2", "2026-10-01T02:00+08:00", "2026-09", 1, 3),
        row("r3", "2026-10-05T02:00+08:00", "2026-09", 2, 2),
    )
    found = trend(october, told, "now")
    assert binding(found)[-2] == {"k": 2, "n": 4, "k_then": 1, "n_then": 4}
    assert found["periods"][-2]["as_of"] == "2026-10-01T02:00:00+08:00"


def test_what_was_made_good_later_is_no_report_of_then(october: Judged) -> None:
    told = counts(
        row("r1", "2026-09-01T00:00+08:00", "2026-08", 1, 2, state="reconstructed"),
        row("r2", "2026-10-01T00:00+08:00", "2026-09", 2, 2, state="reconstructed"),
        row("r3", "2026-10-01T02:00+08:00", "2026-09", 1, 3),
    )
    found = trend(october, told, "now")
    assert [one["state"] for one in found["periods"][-3:]] == ["reconstructed", "reported", "reported"]
    assert binding(found)[-3] == {"k": 1, "n": 3, "k_then": 1, "n_then": 3}
    assert binding(found)[-2] == {"k": 2, "n": 4, "k_then": 1, "n_then": 4}


def test_the_own_run_and_runs_of_a_later_instant_are_no_earlier_report(october: Judged) -> None:
    told = counts(
        row("now", "2026-11-02T00:00+08:00", "2026-10", 9, 9),
        row("later", "2026-12-01T00:00+08:00", "2026-09", 9, 9),
    )
    found = trend(october, told, "now")
    assert [period["state"] for period in found["periods"]] == ["before"] * 11 + ["reported"]
    point = binding(found)[-1]
    assert (point["k_then"], point["n_then"]) == (None, None)


def test_clauses_that_one_of_both_does_not_judge_are_left_out_of_both(october: Judged) -> None:
    told = counts(
        row("r1", "2026-10-01T02:00+08:00", "2026-09", 2, 2),
        row("r1", "2026-10-01T02:00+08:00", "2026-09", 50, 50, clause="ECS-9.9-GONE"),
    )
    assert binding(trend(october, told, "now"))[-2] == {"k": 2, "n": 4, "k_then": 2, "n_then": 4}


def test_how_a_clause_moved_is_told_from_what_is_known_of_both(october: Judged) -> None:
    found = trend(october, counts(row("r1", "2026-10-01T02:00+08:00", "2026-09", 1, 3)), "now")
    assert found["previous"] == "2026-09"
    moved = {"k": 1, "n": 25, "k_before": 2, "n_before": 4, "moved": "few"}
    assert found["clauses"] == {RESPONSE: moved}


def test_every_series_counts_what_the_results_count(october: Judged) -> None:
    found = trend(october, counts(), "now")
    timing = next(one["points"][-1] for one in found["series"] if one["id"] == "timing")
    decided = {
        clause: made.outcome.verdict[october.in_period(made)]
        for clause, made in october.made.items()
        if made.card.audit == "timing" and made.card.decides
    }
    assert timing["k"] == sum(int((verdict == 1).sum()) for verdict in decided.values()) == 1
    assert timing["n"] == sum(int((verdict <= 1).sum()) for verdict in decided.values())


@pytest.mark.parametrize(
    ("period", "known"), [("2010..2029", 3), ("2026-W41", 12), ("2026-10-05..2026-10-18", 12)]
)
def test_periods_of_any_length_have_a_trend_as_far_back_as_years_are_known(
    october: Judged, period: str, known: int
) -> None:
    found = trend(replace(october, period=parse(period, ZONE)), counts(), "now")
    assert len(found["periods"]) == known
    assert found["periods"][-1]["key"] == period
