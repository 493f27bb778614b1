"""Which notices are owed to whom, in how many mails, and when: the ladder of the standard, and law 18."""

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.escalation import plan
from audits.ladder import Level
from audits.notices import Alert, Plan
from audits.people import Held, Span
from tests.notices import CARDS, LIVE, at, finding, frame, house, known, office, planned, sent


@pytest.mark.parametrize(
    ("clause", "person"),
    [
        ("RESPONSE-CONSULT", "E0021"),
        ("RESOLVE-TECH", "E0009"),
        ("RESOLVE-COMPLAINT", "E0001"),
        ("RESPONSE-EMERGENCY", "duty_list"),
        ("ACCEPT-5WD", "E0021"),
        ("QA-RATE-95", "E0008"),
        ("SURVEY-RETURN-60", "E0008"),
        ("DEV-L1-REPORT-48H", "E0021"),
        ("DEV-L2-SUPERVISOR", "E0021"),
        ("DEV-L3-EMERGENCY-TEAM", "E0009"),
    ],
)
def test_each_ladder_leads_to_its_one_person(clause: str, person: str) -> None:
    made = planned(finding("case:T-1", clause, "10-13 10:00"))
    assert sent(made) == [("escalation", person, (f"case:T-1/{clause}",))]


def test_an_unassigned_case_goes_to_the_supervisor_of_its_team() -> None:
    made = planned(finding("case:T-1", "RESPONSE-CONSULT", "10-13 10:00", assignee_id=None))
    assert made.envelopes[0].addressee.via == "team_supervisor"


@pytest.mark.parametrize("clause", ["QUIET", "SHOULD", "TRIAL", "PHONE-30S"])
def test_reference_trial_and_mere_recommendations_are_never_mailed(clause: str) -> None:
    assert planned(finding("case:T-1", clause, "10-13 10:00")).notices == ()


@pytest.mark.parametrize("mark", ["baseline", "waived", "disputed", "baseline|disputed"])
def test_what_is_marked_is_never_mailed(mark: str) -> None:
    assert planned(finding("case:T-1", "RESPONSE-CONSULT", "10-13 10:00", marks=mark)).notices == ()


@pytest.mark.parametrize("state", ["acknowledged", "withdrawn"])
def test_what_somebody_took_up_or_what_was_no_breach_is_not_mailed(state: str) -> None:
    assert planned(finding("case:T-1", "RESPONSE-CONSULT", "10-13 10:00", state=state)).notices == ()


def test_what_fell_due_before_the_live_date_is_baseline() -> None:
    live = replace(LIVE, live_from=at("10-13 00:00"))
    before = finding("case:T-1", "RESPONSE-CONSULT", "10-12 17:59")
    on_it = finding("case:T-2", "RESPONSE-CONSULT", "10-13 00:00")
    assert sent(planned(before, on_it, policy=live)) == [
        ("escalation", "E0021", ("case:T-2/RESPONSE-CONSULT",))
    ]


# The general manager.


def test_a_complaint_just_past_its_answer_is_a_line_in_the_table() -> None:
    made = planned(finding("case:T-1", "RESPONSE-COMPLAINT", "10-13 12:01"))
    assert sent(made) == [("daily", "E0001", ("case:T-1/RESPONSE-COMPLAINT",))]


def test_a_complaint_unanswered_30_minutes_past_its_limit_is_told_at_once() -> None:
    made = planned(finding("case:T-1", "RESPONSE-COMPLAINT", "10-13 12:00"))
    assert sent(made) == [("escalation", "E0001", ("case:T-1/RESPONSE-COMPLAINT",))]


def test_one_microsecond_earlier_it_is_not() -> None:
    row = finding("case:T-1", "RESPONSE-COMPLAINT", "10-13 12:00")
    row["due_at"] = at("10-13 12:00") + 1
    assert [one.kind for one in planned(row).envelopes] == ["daily"]


def test_a_complaint_answered_late_is_a_line_in_the_table() -> None:
    late = finding("case:T-1", "RESPONSE-COMPLAINT", "10-13 09:00", done="10-13 11:00")
    assert [one.kind for one in planned(late).envelopes] == ["daily"]


def test_the_table_grows_into_a_mail_when_the_state_changes() -> None:
    row = finding("case:T-1", "RESPONSE-COMPLAINT", "10-13 12:20")
    first = planned(row)
    assert [(n.level, n.kind) for n in first.owed if n.finding == row["finding"]] == [(Level.TABLE, "daily")]
    later = planned(row, now="10-13 12:50", told=known(*first.owed))
    assert sent(later) == [("escalation", "E0001", (row["finding"],))]


def test_a_complaint_unsolved_at_24_hours_is_told_although_its_answer_was_told() -> None:
    answer = finding("case:T-1", "RESPONSE-COMPLAINT", "10-12 11:10")
    first = planned(answer, now="10-12 12:00")
    unsolved = finding("case:T-1", "RESOLVE-COMPLAINT", "10-13 11:00")
    second = planned(answer, unsolved, told=known(*first.owed))
    assert ("escalation", "E0001", ("case:T-1/RESOLVE-COMPLAINT",)) in sent(second)


def test_complaints_pass_quiet_hours_and_their_table_does_not() -> None:
    loud = finding("case:T-1", "RESOLVE-COMPLAINT", "10-13 20:00")
    table = finding("case:T-2", "RESPONSE-COMPLAINT", "10-13 20:50")
    made = planned(loud, table, now="10-13 21:00")
    assert [one.kind for one in made.envelopes] == ["escalation"]
    assert [(one.kind, one.until, one.day) for one in made.held] == [
        ("daily", at("10-14 09:00"), "2026-10-14")
    ]


# Emergencies.


def test_an_emergency_is_told_once_however_many_limits_break() -> None:
    answer = finding("case:T-1", "RESPONSE-EMERGENCY", "10-13 21:05")
    first = planned(answer, now="10-13 21:10")
    assert sent(first) == [("escalation", "duty_list", (answer["finding"],))]
    unsolved = finding("case:T-1", "RESOLVE-EMERGENCY", "10-13 22:00")
    second = planned(answer, unsolved, now="10-13 22:10", told=known(*first.owed))
    assert sent(second) == []
    # The second limit stands in the supervisor's digest, never on the duty list again.
    assert [(one.kind, one.addressee.person_id) for one in second.held] == [("digest", "E0021")]


def test_an_emergency_that_is_over_is_no_mail_to_everybody() -> None:
    over = finding("case:T-1", "RESPONSE-EMERGENCY", "10-13 10:05", done="10-13 10:09")
    assert sent(planned(over)) == [("digest", "E0021", (over["finding"],))]


# One matter, one mail.


def test_two_clauses_of_one_case_are_one_mail() -> None:
    rows = [
        finding("case:T-1", "RESPONSE-TECH", "10-13 09:30"),
        finding("case:T-1", "RESOLVE-TECH", "10-13 12:00"),
    ]
    assert sent(planned(*rows)) == [("escalation", "E0009", (rows[0]["finding"], rows[1]["finding"]))]


def test_the_gravest_ladder_is_told_and_the_other_sees_it_in_the_digest() -> None:
    rows = [
        finding("deviation:V-1", "DEV-L3-IMPACT-2H", "10-13 11:00"),
        finding("deviation:V-1", "DEV-L3-EMERGENCY-TEAM", "10-13 11:00"),
    ]
    assert sent(planned(*rows)) == [
        ("escalation", "E0009", (rows[1]["finding"], rows[0]["finding"])),
        ("digest", "E0021", (rows[0]["finding"],)),
    ]


def test_the_second_limit_of_a_case_is_no_second_mail() -> None:
    answer = finding("case:T-1", "RESPONSE-CONSULT", "10-13 10:00")
    first = planned(answer, now="10-13 10:30")
    unsolved = finding("case:T-1", "RESOLVE-CONSULT", "10-13 12:00")
    second = planned(answer, unsolved, told=known(*first.owed))
    assert sent(second) == [("digest", "E0021", (unsolved["finding"],))]


def test_a_reopened_case_is_a_new_mail() -> None:
    answer = finding("case:T-1", "RESOLVE-CONSULT", "10-12 10:00")
    first = planned(answer, now="10-12 10:30")
    again = finding("case:T-1", "RESOLVE-CONSULT", "10-13 12:00", occurrence="ev-9", finding="second")
    made = planned({**answer, "state": "cleared"}, again, told=known(*first.owed))
    assert sent(made) == [("escalation", "E0021", ("second",))]


# Over, and the officer.


def test_what_is_over_is_never_act_now() -> None:
    over = finding("case:T-1", "RESOLVE-TECH", "10-13 10:00", done="10-13 11:00")
    closed = finding("case:T-2", "RESOLVE-TECH", "10-13 10:00", over=True)
    cleared = finding("case:T-3", "RESOLVE-TECH", "10-13 10:00", state="cleared")
    (mail,) = planned({**over, "over": False}, closed, {**cleared, "over": False}).envelopes
    assert (mail.kind, mail.addressee.person_id, len(mail.findings)) == ("digest", "E0009", 3)


def test_what_was_told_while_open_is_closed_with_one_mail_in_its_thread_when_it_is_over() -> None:
    row = finding("case:T-1", "RESOLVE-TECH", "10-13 10:00")
    first = planned(row)
    over = {**row, "state": "cleared", "done_at": at("10-13 13:00")}
    (end,) = planned(over, now="10-13 14:00", told=known(*first.owed)).envelopes
    assert (end.kind, end.addressee.person_id, end.findings) == ("closing", "E0009", (row["finding"],))
    assert end.thread == first.envelopes[0].id


def test_a_missing_escalation_is_told_to_the_officer_only() -> None:
    rows = [finding(f"case:T-{n}", "OVERTIME-COMPLAINT", "10-13 10:00") for n in range(3)]
    (mail,) = planned(*rows).envelopes
    assert (mail.kind, mail.addressee.person_id, len(mail.findings)) == ("digest", "E0003", 3)


def test_the_officer_hears_of_a_missing_escalation_once() -> None:
    row = finding("case:T-1", "OVERTIME-COMPLAINT", "10-13 10:00")
    first = planned(row)
    assert planned(row, now="10-14 10:00", told=known(*first.owed)).envelopes == ()


# Owed once.


def test_a_second_run_owes_nothing_new() -> None:
    rows = [
        finding("case:T-1", "RESPONSE-CONSULT", "10-13 10:00"),
        finding("case:T-2", "RESPONSE-EMERGENCY", "10-13 10:00"),
        finding("case:T-3", "RESPONSE-COMPLAINT", "10-13 12:10"),
        finding("case:T-4", "OVERTIME-TECH", "10-13 10:00"),
    ]
    first = planned(*rows)
    second = planned(*rows, told=known(*first.owed))
    assert len(first.owed) > len(rows)
    assert (second.notices, second.envelopes, second.held) == ((), (), ())


def test_the_next_days_digest_lists_what_is_still_open_by_whoever_has_it() -> None:
    row = finding("case:T-1", "RESPONSE-CONSULT", "10-13 10:00")
    first = planned(row)
    (mail,) = planned(row, now="10-14 10:00", told=known(*first.owed)).envelopes
    assert (mail.kind, mail.findings, mail.standing) == ("digest", (), (row["finding"],))


def test_a_digest_knows_what_was_open_when_the_last_one_went_out() -> None:
    old = finding("case:T-1", "RESPONSE-CONSULT", "10-12 10:00")
    over = finding("case:T-2", "RESPONSE-CONSULT", "10-12 10:00")
    first = planned(old, over, now="10-12 12:00")
    assert all(one.before is None for one in first.envelopes)
    told = known(*first.owed)
    second = planned(old, over, now="10-13 09:30", told=told)
    assert [(one.kind, one.before, len(one.standing)) for one in second.envelopes] == [("digest", None, 2)]
    told = pd.concat([told, known(*second.owed)])
    gone = {**over, "state": "cleared", "last_change_as_of": at("10-13 15:00")}
    fresh = finding("case:T-3", "RESPONSE-CONSULT", "10-14 09:00")
    third = planned(old, gone, fresh, now="10-14 09:30", told=told)
    (digest,) = [one for one in third.envelopes if one.kind == "digest"]
    assert digest.before == ("case:T-1", "case:T-2")
    assert (digest.standing, digest.apart) == ((old["finding"],), (fresh["finding"],))


def test_of_one_record_what_decides_an_audit_leads() -> None:
    steps = [
        finding("acceptance:A-1", clause, due)
        for clause, due in (("DEV-L1-REPORT-48H", "10-09 10:00"), ("ACCEPT-5WD", "10-12 23:59"))
    ]
    assert planned(*steps).envelopes[0].findings[0] == "acceptance:A-1/ACCEPT-5WD"


def test_there_is_one_digest_a_day() -> None:
    first = planned(finding("case:T-1", "RESOLVE-TECH", "10-13 10:00", done="10-13 11:00"))
    late = finding("case:T-2", "RESOLVE-TECH", "10-13 12:00", done="10-13 14:00")
    assert planned(late, now="10-13 15:00", told=known(*first.owed)).notices == ()
    assert [one.kind for one in planned(late, now="10-14 15:00", told=known(*first.owed)).envelopes] == [
        "digest"
    ]


def test_a_notice_id_depends_on_finding_role_level_and_occurrence_alone() -> None:
    row = finding("case:T-1", "RESPONSE-CONSULT", "10-13 10:00")
    moved = {**row, "due_at": at("10-13 09:00"), "assignee_id": None, "label": "other"}
    assert planned(row).notices[0].notice == planned(moved, now="10-13 13:00").notices[0].notice


# Hours, caps, storms.


def test_ordinary_mail_waits_for_opening_hours_and_says_until_when() -> None:
    made = planned(finding("case:T-1", "RESPONSE-CONSULT", "10-16 17:00"), now="10-16 18:00")
    assert made.envelopes == ()
    assert [(one.kind, one.until) for one in made.held] == [("escalation", at("10-19 09:00"))]


def test_what_waited_over_a_weekend_arrives_as_one_digest() -> None:
    rows = [finding(f"case:T-{n}", "RESPONSE-CONSULT", "10-17 12:00") for n in range(3)]
    made = planned(*rows, now="10-18 02:00")
    assert [(one.kind, len(one.findings)) for one in made.held] == [("digest", 3)]


def test_the_deputy_of_the_day_on_which_the_mail_goes_out_gets_it() -> None:
    away = {"E0009": (Span(at("10-19 00:00"), at("10-20 00:00")),)}
    row = finding("case:T-1", "RESOLVE-TECH", "10-16 17:00")
    made = planned(row, now="10-16 18:00", people=house(absences=away))
    assert made.held[0].addressee.person_id == "E0012"


@pytest.mark.parametrize("clause", ["RESPONSE-EMERGENCY", "RESOLVE-COMPLAINT", "DEV-L3-EMERGENCY-TEAM"])
def test_emergencies_complaints_and_gravest_deviations_pass_quiet_hours(clause: str) -> None:
    made = planned(finding("case:T-1", clause, "10-16 20:00"), now="10-17 02:00")
    assert len(made.envelopes) == 1


def test_a_waiting_mail_is_planned_afresh_when_its_matter_is_over() -> None:
    row = finding("case:T-1", "RESPONSE-CONSULT", "10-13 19:00")
    night = planned(row, now="10-13 20:00")
    told = known(*night.owed).assign(waiting=True)
    same = planned(row, now="10-13 23:00", told=told)
    assert (same.notices, same.envelopes, same.held, same.recalled) == ((), (), (), ())
    over = {**row, "done_at": at("10-13 21:00")}
    morning = planned(over, now="10-13 23:00", told=told)
    assert morning.recalled == (night.held[0].id,)
    assert [one.kind for one in morning.held] == ["digest"]


def test_a_waiting_mail_about_other_findings_is_left_to_wait() -> None:
    night = planned(finding("case:T-1", "RESPONSE-CONSULT", "10-13 19:00"), now="10-13 20:00")
    told = known(*night.owed).assign(waiting=True)
    other = planned(finding("case:T-2", "RESPONSE-CONSULT", "10-13 19:00"), now="10-13 23:00", told=told)
    assert other.recalled == ()


def test_what_exceeds_the_cap_of_a_day_goes_into_one_digest() -> None:
    rows = [
        finding(f"{clause}:{n}", clause, "10-13 10:00")
        for clause in ("RESPONSE-CONSULT", "ACCEPT-5WD", "SURVEY-3WD")
        for n in range(4)
    ]
    made = planned(*rows)
    assert [one.kind for one in made.envelopes] == ["escalation"] * 5 + ["digest"]
    assert len(made.envelopes[-1].findings) == 7


def test_the_cap_counts_what_went_out_earlier_that_day() -> None:
    policy = replace(LIVE, mails_a_day=2)
    rows = [finding(f"case:T-{n}", "RESPONSE-CONSULT", "10-13 10:00") for n in range(4)]
    first = planned(*rows[:2], policy=policy)
    second = planned(*rows, now="10-13 13:00", policy=policy, told=known(*first.owed))
    assert [one.kind for one in second.envelopes] == ["digest"]
    tomorrow = planned(*rows, now="10-14 13:00", policy=policy, told=known(*first.owed))
    assert [one.kind for one in tomorrow.envelopes] == ["escalation", "escalation", "digest"]


def test_a_storm_of_one_cause_is_one_incident_with_its_count() -> None:
    rows = [finding(f"case:T-{n:03}", "RESPONSE-EMERGENCY", "10-13 10:00") for n in range(120)]
    (mail,) = planned(*rows).envelopes
    assert (mail.kind, mail.cause, len(mail.findings)) == ("incident", "ECS-1.3-RESPONSE-EMERGENCY", 120)


@pytest.mark.parametrize(("n", "kinds"), [(5, ["escalation"] * 5), (6, ["incident"])])
def test_a_storm_begins_at_its_figure(n: int, kinds: list[str]) -> None:
    rows = [finding(f"case:T-{i}", "RESPONSE-EMERGENCY", "10-13 10:00") for i in range(n)]
    assert [one.kind for one in planned(*rows).envelopes] == kinds


def test_urgent_mails_use_up_the_cap_of_the_others() -> None:
    rows = [
        finding("deviation:V-1", "DEV-L3-EMERGENCY-TEAM", "10-13 10:00"),
        finding("case:T-1", "RESOLVE-TECH", "10-13 10:00"),
    ]
    made = planned(*rows, policy=replace(LIVE, mails_a_day=1))
    assert [(one.kind, one.findings) for one in made.envelopes] == [
        ("escalation", (rows[0]["finding"],)),
        ("digest", (rows[1]["finding"],)),
    ]


def test_urgent_matters_beyond_the_cap_are_one_incident_and_not_held() -> None:
    policy = replace(LIVE, mails_a_day=2)
    rows = [finding(f"case:T-{n}", "RESOLVE-COMPLAINT", "10-13 20:00") for n in range(5)]
    made = planned(*rows, now="10-13 23:00", policy=policy)
    assert [(one.kind, len(one.findings)) for one in made.envelopes] == [
        ("escalation", 1),
        ("escalation", 1),
        ("incident", 3),
    ]


# Modes.


def test_a_preview_mails_nothing_and_shows_everything() -> None:
    made = planned(
        finding("case:T-1", "RESPONSE-CONSULT", "10-13 10:00"), policy=replace(LIVE, mode="preview")
    )
    assert [one.fate for one in made.envelopes] == ["shown"]
    assert (made.mails, made.owed) == ((), ())


def test_a_pilot_mails_only_who_is_on_its_list() -> None:
    people = house(allow=frozenset({"e0021@demo.example"}))
    rows = [
        finding("case:T-1", "RESPONSE-CONSULT", "10-13 10:00"),
        finding("case:T-2", "RESOLVE-TECH", "10-13 10:00"),
    ]
    made = planned(*rows, people=people, policy=replace(LIVE, mode="pilot"))
    assert {one.addressee.person_id: one.fate for one in made.envelopes} == {
        "E0021": "send",
        "E0009": "outside",
    }
    assert [one.finding for one in made.owed] == [rows[0]["finding"]]


# People who are not there.


def test_a_vacant_role_is_an_alert_to_officer_and_engineer_once_a_month() -> None:
    people = house()
    people.roles["emergency_team"] = ()
    row = finding("case:T-1", "RESOLVE-TECH", "10-13 10:00")
    made = planned(row, people=people)
    assert made.envelopes[0].addressee.person_id == "E0014"
    assert Alert("vacant", "emergency_team") in made.alerts
    assert Alert("empty_step", "emergency_team") in made.alerts
    operations = [one for one in made.envelopes if one.kind == "operations"]
    assert [one.addressee.person_id for one in operations] == ["E0003", "engineer"]
    again = planned(row, now="10-14 12:30", people=people, told=known(*made.owed))
    assert [one.kind for one in again.envelopes] == ["digest"]


def test_a_notice_that_leads_to_nobody_stays_owed_and_is_an_alert() -> None:
    people = house()
    people.roles["general_manager"] = ()
    row = finding("case:T-1", "RESOLVE-COMPLAINT", "10-13 10:00")
    made = planned(row, people=people)
    assert Alert("unaddressed", "general_manager") in made.alerts
    assert row["finding"] not in {one.finding for one in made.notices}
    people.roles["general_manager"] = (Held("E0001"),)
    assert sent(planned(row, people=people, told=known(*made.owed))) == [
        ("escalation", "E0001", (row["finding"],))
    ]


def test_a_person_without_an_address_is_an_alert_and_his_notice_stays_owed() -> None:
    people = house()
    people.persons["E0021"] = replace(people.persons["E0021"], email="")
    made = planned(finding("case:T-1", "RESPONSE-CONSULT", "10-13 10:00"), people=people)
    assert made.envelopes[0].fate == "no_address"
    assert Alert("no_address", "E0021") in made.alerts
    assert "case:T-1/RESPONSE-CONSULT" not in {one.finding for one in made.owed}


def test_a_data_gap_is_told_to_officer_and_engineer_once_and_never_to_managers() -> None:
    gaps = ("case.service_type|NULL_FILTER",)
    first = planned(gaps=gaps)
    assert sent(first) == [
        ("operations", "E0003", ("gap:case.service_type|NULL_FILTER",)),
        ("operations", "engineer", ("gap:case.service_type|NULL_FILTER",)),
    ]
    assert planned(gaps=gaps, now="11-13 12:30", told=known(*first.owed)).notices == ()


def test_two_sources_never_share_a_digest_or_a_gap() -> None:
    over = finding("case:T-1", "RESOLVE-TECH", "10-13 10:00", done="10-13 11:00")
    gaps = ("case.service_type|NULL_FILTER",)
    one = planned(over, gaps=gaps)
    other = planned({**over, "finding": "x"}, gaps=gaps, policy=replace(LIVE, source="creme"))
    assert {n.notice for n in one.owed}.isdisjoint(n.notice for n in other.owed)


# Size and sums.


def test_ten_thousand_breaches_are_a_handful_of_mails() -> None:
    clauses = ["RESPONSE-CONSULT", "RESOLVE-TECH", "RESOLVE-COMPLAINT", "RESPONSE-EMERGENCY"]
    rows = [finding(f"case:T-{n}", clauses[n % 4], "10-13 10:00") for n in range(10_000)]
    made = planned(*rows)
    assert len(made.notices) == 10_000
    assert [one.kind for one in made.envelopes] == ["incident"] * 4


STATES = st.sampled_from(["open", "open", "open", "cleared", "acknowledged"])
CLAUSES = st.sampled_from(
    [
        "RESPONSE-CONSULT",
        "RESOLVE-CONSULT",
        "RESOLVE-TECH",
        "RESPONSE-COMPLAINT",
        "RESOLVE-COMPLAINT",
        "OVERTIME-TECH",
        "RESPONSE-EMERGENCY",
    ]
)
ROWS = st.lists(
    st.tuples(st.integers(0, 9), CLAUSES, STATES), min_size=1, max_size=25, unique_by=lambda r: r[:2]
)


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, hours=st.lists(st.integers(0, 96), min_size=1, max_size=4), late=st.integers(0, 40))
def test_however_often_runs_come_no_notice_is_owed_twice(
    rows: list[tuple[int, str, str]], hours: list[int], late: int
) -> None:
    made = [finding(f"case:T-{n}", clause, "10-12 10:00", state=state) for n, clause, state in rows]
    told: pd.DataFrame = known()
    seen: set[str] = set()
    for hour in sorted(hours):
        run = plan_at(made, at("10-12 10:00") + (late + hour * 60) * 60_000_000, told)
        ids = [one.notice for one in run.owed]
        assert len(set(ids)) == len(ids)
        assert seen.isdisjoint(ids)
        assert {n.envelope for n in run.notices} == {e.id for e in (*run.envelopes, *run.held)}
        seen.update(ids)
        told = pd.concat([told, known(*run.owed)]) if run.owed else told


def plan_at(rows: list[dict[str, object]], as_of: int, told: pd.DataFrame) -> Plan:
    return plan(frame(*rows), CARDS, house(), office(), as_of, told, LIVE)
