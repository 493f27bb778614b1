"""What must hold of every audit, whatever the records say: order, time, sums, signatures, partial sources."""

import json
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.cards import Readings, Signature
from audits.counting import count_clauses
from audits.errors import ClausewatchError
from audits.facts import Facts
from audits.judge import COLUMNS, audit, obligations
from audits.periods import Period, parse
from audits.results import results
from audits.rules import Rules
from audits.words import Words
from tests import test_judge_delivery as delivery
from tests import test_judge_timing as timing
from tests.facts import FAR_BACK, ZONE, at, facts_of
from tests.test_cases import first_installation

OCTOBER: Final = parse("2026-10", ZONE)
KEY: Final = ["clause", "subject", "occurrence"]
RULES: Final = first_installation("2026-10")


@st.composite
def everything(draw: st.DrawFn) -> tuple[Facts, int]:
    """Cases and deliveries of one source, and an instant."""
    cases, rest = draw(timing.worlds()), draw(delivery.worlds())
    one, other = timing.facts(cases), delivery.facts(rest)
    whole = replace(one, frames={**one.frames, **other.frames}, entities={**one.entities, **other.entities})
    return whole, draw(st.sampled_from([*timing.AS_OF, *delivery.AS_OF]))


def judged(facts: Facts, as_of: int, rules: Rules = RULES, period: Period = OCTOBER) -> pd.DataFrame:
    return obligations(audit(facts, rules, as_of, period)).sort_values(KEY, ignore_index=True)


def shuffled(facts: Facts, seed: int) -> Facts:
    order = np.random.default_rng(seed)
    frames = {
        name: frame.iloc[order.permutation(len(frame))].reset_index(drop=True)
        for name, frame in facts.frames.items()
    }
    return replace(facts, frames=frames)


@given(everything(), st.integers(0, 9))
@settings(max_examples=8, deadline=None)
def test_the_order_of_rows_changes_no_obligation(found: tuple[Facts, int], seed: int) -> None:
    facts, as_of = found
    pd.testing.assert_frame_equal(
        judged(facts, as_of), judged(shuffled(facts, seed), as_of), check_categorical=False
    )


@given(everything(), st.sampled_from([*timing.AS_OF, *delivery.AS_OF]))
@settings(max_examples=12, deadline=None)
def test_a_later_look_never_unsays_a_breach(found: tuple[Facts, int], other: int) -> None:
    """A breach stays one, or becomes a gap when the record closes without saying when; never pending again."""
    facts, one = found
    first, second = (judged(facts, as_of).set_index(KEY)["verdict"] for as_of in sorted((one, other)))
    broken = first[first == "breached"].index
    assert set(second.reindex(broken).astype(str)) <= {"breached", "no_data"}
    settled = first[first == "met"].index
    assert "pending" not in set(second.reindex(settled).astype(str))


@given(everything())
@settings(max_examples=4, deadline=None)
def test_every_book_closes_on_random_records(found: tuple[Facts, int]) -> None:
    facts, as_of = found
    made = audit(facts, RULES, as_of, OCTOBER)
    frame = obligations(made)
    said = results(made, {"hash": "h", "frames": {}}, "0", Words("", ""))
    assert [check for check in said["checks"] if not check["holds"]] == []
    assert said["totals"]["population"] == int(frame["in_period"].sum())
    assert not frame.duplicated(KEY).any()
    text = json.dumps(said, ensure_ascii=False)
    assert json.loads(text, parse_float=_no_float) == said
    again = audit(shuffled(facts, 3), RULES, as_of, OCTOBER)
    same = results(again, {"hash": "h", "frames": {}}, "0", Words("", ""))
    assert json.dumps(same, ensure_ascii=False) == text


def _no_float(text: str) -> float:
    raise AssertionError(f"a float: {text}")


@given(everything())
@settings(max_examples=5, deadline=None)
def test_every_obligation_of_a_closed_period_is_decided_and_counts_once(found: tuple[Facts, int]) -> None:
    facts, _ = found
    as_of = at("2026-12-20T00:00+08:00")
    months = [judged(facts, as_of, period=parse(f"2026-{month:02d}", ZONE)) for month in range(8, 12)]
    october = months[2]
    assert "pending" not in set(october.loc[october["in_period"], "verdict"].astype(str))
    dated = [frame[frame["in_period"] & frame["due_at"].notna()] for frame in months]
    assert not pd.concat(dated).duplicated(KEY).any()


def test_periods_are_half_open() -> None:
    """Due at the first instant of November, a duty is November's alone; a microsecond earlier, October's."""
    rows = [{**CASE, "id": "T1", "received_at": "2026-10-31T23:44:59.999999+08:00"},
            {**CASE, "id": "T2", "received_at": "2026-10-31T23:45+08:00"}]  # fmt: skip
    facts, as_of = facts_of({"case": rows}), at("2026-11-20T00:00+08:00")
    inside = {}
    for month in ("2026-10", "2026-11"):
        frame = judged(facts, as_of, period=parse(month, ZONE))
        frame = frame[(frame["clause"] == "ECS-1.3-RESPONSE-CONSULT") & frame["in_period"]]
        inside[month] = list(frame["record"])
    assert inside == {"2026-10": ["T1"], "2026-11": ["T2"]}
    open_yet = audit(facts, RULES, at("2026-10-31T23:50+08:00"), OCTOBER)
    line = next(line for line in count_clauses(open_yet) if line.card.id == "ECS-1.3-RESPONSE-CONSULT")
    assert (line.population, line.due_later) == (1, 1)


# ---- shapes -------------------------------------------------------------------------------------------
def test_nothing_at_all_is_judged_without_records() -> None:
    facts = facts_of({})
    frame = obligations(audit(facts, RULES, at("2026-11-01T00:00+08:00"), OCTOBER))
    assert list(frame.columns) == list(COLUMNS)
    assert len(frame) == 0


def test_empty_sources_owe_only_their_months() -> None:
    names = "case case_event escalation acceptance acceptance_item survey deliverable qa_check follow_up deviation"
    frame = judged(facts_of({name: [] for name in names.split()}), at("2026-11-01T00:00+08:00"))
    assert set(frame["entity"]) == {"cohort"}
    assert set(frame["verdict"].astype(str)) == {"not_applicable", "pending"}


def test_an_obligation_names_record_owner_team_and_customer() -> None:
    row = {
        "id": "T1", "case_no": "2026-1", "customer_id": "c", "team_id": "t", "assignee_id": "s",
        "service_type": "consultation", "received_at": "2026-10-12T10:00+08:00",
    }  # fmt: skip
    frame = judged(facts_of({"case": [row]}), at("2026-11-01T00:00+08:00"))
    said = frame[frame["clause"] == "ECS-1.3-RESPONSE-CONSULT"].iloc[0]
    names = [
        "standard",
        "subject",
        "entity",
        "record",
        "label",
        "occurrence",
        "customer_id",
        "team_id",
        "assignee_id",
    ]
    assert [said[name] for name in names] == ["ECS", "case:T1", "case", "T1", "2026-1", "", "c", "t", "s"]
    assert said["late_us"] == at("2026-11-01T00:00+08:00") - at("2026-10-12T10:15+08:00")


def test_a_record_without_a_number_is_labelled_by_its_key() -> None:
    frame = judged(
        facts_of({"case": [{"id": "T1", "received_at": "2026-10-12T10:00+08:00"}]}),
        at("2026-11-01T00:00+08:00"),
    )
    assert set(frame["label"]) == {"T1"}


# ---- lateness -----------------------------------------------------------------------------------------
def late(given: dict[str, list[dict[str, Any]]], clause: str, rules: Rules = RULES) -> list[Any]:
    complete = dict.fromkeys(("escalation", "qa_check", "survey", "follow_up"), FAR_BACK)
    frame = judged(facts_of(given, complete=complete), at("2026-11-01T00:00+08:00"), rules)
    return [None if pd.isna(us) else int(us) for us in frame.loc[frame["clause"] == clause, "late_us"]]


def signed(option: str, reading: str, *clauses: str) -> Rules:
    known = RULES.readings.by_id
    made = replace(
        known[reading], signatures=(Signature(option, "E1", "2026-09-01", "because", "2026-10-01", clauses),)
    )
    return replace(RULES, readings=Readings({**known, reading: made}, RULES.readings.on))


CASE: Final = {"id": "T1", "service_type": "consultation", "received_at": "2026-10-12T17:50+08:00"}


def test_lateness_is_counted_by_the_clock_that_decides() -> None:
    given = {"case": [{**CASE, "first_response_at": "2026-10-13T09:06+08:00"}]}
    clause = "ECS-1.3-RESPONSE-CONSULT"
    assert late(given, clause) == [at("2026-10-13T09:06+08:00") - at("2026-10-12T18:05+08:00")]
    assert late(given, clause, signed("open_hours", "clock_choice")) == [60_000_000]


def test_what_is_met_pending_or_wrong_for_another_reason_is_not_late() -> None:
    assert late(
        {"case": [{**CASE, "first_response_at": "2026-10-12T17:55+08:00"}]}, "ECS-1.3-RESPONSE-CONSULT"
    ) == [None]
    delivered = {"deliverable": [{"id": "D", "delivered_at": "2026-10-12T10:00+08:00"}], "qa_check": []}
    assert late(delivered, "ECS-2.4-QA-BEFORE-DELIVERY") == [None]
    level = {
        "detected_at": "2026-10-12T10:00+08:00",
        "planned_pct": 50,
        "actual_pct": 40,
        "recorded_level": 3,
    }
    assert late({"deviation": [{"id": "V", **level}]}, "ECS-2.3-DEV-LEVEL") == [None]
    survey = {"id": "S", "kind": "acceptance", "sent_at": "2026-09-10T10:00+08:00"}
    assert set(late({"survey": [survey]}, "ECS-2.4-SURVEY-RETURN-80")) == {None}


# ---- signatures for single clauses --------------------------------------------------------------------
def test_a_reading_signed_for_one_clause_leaves_the_others_as_they_were() -> None:
    rules = signed("open_hours", "clock_choice", "ECS-1.3-RESPONSE-CONSULT")
    frame = judged(facts_of({"case": [CASE]}), at("2026-10-13T08:00+08:00"), rules).set_index("clause")[
        "verdict"
    ]
    assert (frame["ECS-1.3-RESPONSE-CONSULT"], frame["ECS-1.3-RESOLVE-CONSULT"]) == ("pending", "breached")


@pytest.mark.parametrize("option", ["same", "new"])
def test_overtime_follows_the_matters_of_its_own_limit(option: str) -> None:
    """Signed for the limit alone, the overtime card must not count other matters than the limit does."""
    events = [
        ("resolved", "12T19:00"),
        ("reopened", "13T09:00"),
        ("resolved", "13T12:00"),
        ("reopened", "26T09:00"),
    ]
    given = {
        "case": [CASE],
        "case_event": [
            {"id": str(n), "case_id": "T1", "kind": kind, "at": f"2026-10-{day}:00+08:00"}
            for n, (kind, day) in enumerate(events)
        ],
        "escalation": [],
    }
    frame = judged(
        facts_of(given, complete={"escalation": FAR_BACK}), at("2026-11-01T00:00+08:00"),
        signed(option, "reopen_same_matter", "ECS-1.3-RESOLVE-CONSULT"),
    )  # fmt: skip
    broken = frame[(frame["verdict"] == "breached") & frame["clause"].isin(["ECS-1.3-RESOLVE-CONSULT"])]
    overtime = frame[frame["clause"] == "ECS-1.3-OVERTIME-CONSULT"]
    assert set(broken["occurrence"]) == {"same": {""}, "new": {"r1", "r2"}}[option]
    assert set(overtime["occurrence"]) == {"same": {""}, "new": {"", "r1", "r2"}}[option]


# ---- limits that change -------------------------------------------------------------------------------
def edition(clause: str, text: str) -> Rules:
    """The rules with a second, stricter limit from 2026-10-12 on."""
    from audits.resolved import limit_of as _limit

    card = RULES.cards[clause]
    dated: Any = {"2024-01-01": card.parameters["limit"]["2024-01-01"], "2026-10-12": _limit(text)}  # type: ignore[index]
    return replace(
        RULES, cards={**RULES.cards, clause: replace(card, parameters={**card.parameters, "limit": dated})}
    )


def test_a_duty_is_judged_by_the_limit_in_force_when_it_began() -> None:
    rules = edition("ECS-1.3-RESPONSE-CONSULT", "5 min")
    rows = [
        {
            "id": "old",
            "received_at": "2026-10-11T23:59:59.999999+08:00",
            "first_response_at": "2026-10-12T00:14+08:00",
        },
        {"id": "new", "received_at": "2026-10-12T00:00+08:00", "first_response_at": "2026-10-12T00:14+08:00"},
    ]
    given = {"case": [{**row, "service_type": "consultation"} for row in rows]}
    frame = judged(facts_of(given), at("2026-11-01T00:00+08:00"), rules).set_index(["clause", "record"])[
        "verdict"
    ]
    assert (frame["ECS-1.3-RESPONSE-CONSULT", "old"], frame["ECS-1.3-RESPONSE-CONSULT", "new"]) == (
        "met",
        "breached",
    )


def test_a_share_and_a_month_are_judged_by_the_target_in_force_when_they_began() -> None:
    rules = edition("ECS-2.4-QA-ITEMS-95", "100 %")
    checks = [
        {"id": f"Q{n}", "deliverable_id": f"D{n}", "round": 1, "checked_at": f"2026-10-{day}T09:00+08:00",
         "result": "pass", "items_total": 20, "items_passed": 19}
        for n, day in enumerate(("10", "13"))
    ]  # fmt: skip
    given = {
        "deliverable": [{"id": f"D{n}", "delivered_at": c["checked_at"]} for n, c in enumerate(checks)],
        "qa_check": checks,
    }
    frame = judged(facts_of(given), at("2026-11-01T00:00+08:00"), rules).set_index(["clause", "record"])[
        "verdict"
    ]
    assert (frame["ECS-2.4-QA-ITEMS-95", "D0"], frame["ECS-2.4-QA-ITEMS-95", "D1"]) == ("met", "breached")
    month = edition("ECS-2.4-QA-RATE-95", "100 %")
    failed = facts_of(
        {"qa_check": [{**checks[0], "id": str(n), "result": "pass" if n else "fail"} for n in range(20)]}
    )
    frame = judged(failed, at("2026-12-01T00:00+08:00"), month).set_index(["clause", "record"])["verdict"]
    assert frame["ECS-2.4-QA-RATE-95", "2026-10"] == "met"  # the month began before the stricter target


def test_a_duty_from_before_the_first_limit_is_none() -> None:
    card = RULES.cards["ECS-1.3-RESPONSE-CONSULT"]
    dated: Any = {"2026-10-12": card.parameters["limit"]["2024-01-01"]}  # type: ignore[index]
    cards = {card.id: replace(card, parameters={**card.parameters, "limit": dated})}
    frame = judged(facts_of({"case": [CASE, {**CASE, "id": "T0", "received_at": "2026-10-11T10:00+08:00"}]}),
                   at("2026-11-01T00:00+08:00"), replace(RULES, cards=cards))  # fmt: skip
    assert list(frame["record"]) == ["T1"]


# ---- refusals -----------------------------------------------------------------------------------------
def test_no_audit_looks_later_than_its_extract() -> None:
    facts = facts_of({"case": []}, extracted_at="2026-10-31T18:00+08:00")
    audit(facts, RULES, at("2026-10-31T18:00+08:00"), OCTOBER)
    with pytest.raises(ClausewatchError, match="but the extract was taken at") as told:
        audit(facts, RULES, at("2026-10-31T18:00:00.000001+08:00"), OCTOBER)
    assert told.value.do


def test_no_audit_reports_a_period_that_lies_ahead() -> None:
    audit(facts_of({}), RULES, OCTOBER.start, OCTOBER)
    with pytest.raises(ClausewatchError, match="begins after the audit's instant"):
        audit(facts_of({}), RULES, OCTOBER.start - 1, OCTOBER)


def test_a_clause_is_unconnected_by_what_its_source_lacks() -> None:
    made = audit(facts_of({"acceptance": []}), RULES, OCTOBER.end, OCTOBER)
    assert made.unconnected["ECS-2.4-SURVEY-3WD"] == ("survey",)
    assert "ECS-2.4-ACCEPT-5WD" in made.made
    assert made.unconnected["ECS-1.3-OVERTIME-TECH"] == ("case", "escalation")
