"""The mapping `creme` recovers every stamp of the seeded month from the real product, on SQLite and PostgreSQL."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from audits.facts import Facts
from tasks.crm import extract
from tests.creme.deviations import DEVIATIONS
from tests.creme.projects import ACCEPTANCE_ITEMS, ACCEPTANCES, DELIVERABLES, QA_CHECKS, SURVEYS, Row
from tests.creme.reading import TAKEN, keys_of, mapping_for, rows_of, stamp
from tests.creme.registers import write_registers
from tests.creme.scenario import MANAGERS, PEOPLE, TEAMS, Ticket, at
from tests.creme.tickets import TICKETS
from tests.creme.truth import answers, kind_at_end, statuses

pytest_plugins = ["tests.creme.fixtures"]
pytestmark = pytest.mark.slow

WORDS = {
    "General inquiry": "consultation",
    "Technical support": "technical_support",
    "Complaint": "complaint",
    "Emergency fault": "emergency_fault",
}
SHOWN = [ticket for ticket in TICKETS if ticket.says]
LATER = at("2026-12-01 00:00")
OVER = ("Resolved", "Closed")


@dataclass(frozen=True)
class Read:
    """One extract: facts, and the frames with the scenario's keys for Creme's."""

    url: str
    facts: Facts
    keys: dict[str, str]

    def by_key(self, entity: str, column: str = "id") -> dict[str, pd.Series]:
        """Rows of a frame by the scenario's key of ``column``."""
        frame = self.facts.frames[entity]
        return {self.keys.get(str(row[column]), str(row[column])): row for _, row in frame.iterrows()}

    def per_case(self, entity: str) -> dict[str, pd.DataFrame]:
        """Rows of a frame by the ticket they belong to."""
        frame = self.facts.frames[entity]
        return {self.keys[str(case)]: rows for case, rows in frame.groupby("case_id")}


@pytest.fixture(scope="module")
def read(creme_url: str, tmp_path_factory: pytest.TempPathFactory) -> Read:
    folder = tmp_path_factory.mktemp("read")
    registers = write_registers(Path(tmp_path_factory.mktemp("registers")))
    taken = extract(mapping_for(creme_url, registers, folder), now=TAKEN)
    return Read(creme_url, taken.facts, keys_of(creme_url))


def turns(ticket: Ticket) -> Iterator[tuple[datetime, str]]:
    """Instants at which a ticket was resolved or reopened; created as over, it is resolved at once."""
    over = False
    for when, status in statuses(ticket, LATER):
        if (status in OVER) != over:
            over = not over
            yield when, "resolved" if over else "reopened"


def test_the_cases_are_those_that_were_neither_trashed_nor_deleted(read: Read) -> None:
    assert set(read.by_key("case")) == {ticket.key for ticket in SHOWN}


def test_receipt_response_and_resolution_are_recovered_to_the_microsecond(read: Read) -> None:
    cases = read.by_key("case")
    for ticket in SHOWN:
        case, last = cases[ticket.key], list(turns(ticket))[-1:]
        found = [stamp(case[name]) for name in ("received_at", "first_response_at", "resolved_at")]
        answer = next(iter(answers(ticket, LATER)), None)
        resolved = last[0][0] if last and last[0][1] == "resolved" else None
        assert found == [ticket.start, answer, resolved], ticket.key


def test_closing_is_read_from_history_where_cremes_own_date_keeps_the_first(read: Read) -> None:
    cases = read.by_key("case")
    for ticket in SHOWN:
        now = statuses(ticket, LATER)
        closed = now[-1][0] if now[-1][1] == "Closed" else None
        assert stamp(cases[ticket.key]["closed_at"]) == closed, ticket.key
    rows = rows_of(read.url, "SELECT title, closing_date FROM tickets_ticket WHERE title LIKE 'G2%'")
    own = {str(row["title"])[:3]: str(row["closing_date"])[:19] for row in rows}
    assert (
        own["G22"] == "2026-10-14 02:00:00"
    )  # the first closing, in UTC; the ticket was closed again a day later
    assert (
        own["G25"] == "2026-10-20 01:00:00"
    )  # five days after it was created as Closed: its first later save


def test_the_evidence_of_a_response_says_what_it_was(read: Read) -> None:
    cases = read.by_key("case")
    evidence = {key: case["first_response_evidence"] for key, case in cases.items()}
    assert (evidence["G01"], evidence["G02"], evidence["T13"]) == ("call", "message", "message")
    assert all(pd.isna(evidence[key]) for key in ("G10", "G12", "G13"))


def test_a_call_typed_in_two_days_later_shows_when(read: Read) -> None:
    typed = {key: stamp(case["first_response_at__typed"]) for key, case in read.by_key("case").items()}
    assert {key: when for key, when in typed.items() if when} == {"G21": at("2026-10-15 09:00")}


def test_types_owners_and_voids_are_the_scenarios(read: Read) -> None:
    cases = read.by_key("case")
    for ticket in SHOWN:
        case, end = cases[ticket.key], statuses(ticket, LATER)[-1][1]
        owners = [ticket.owner, *(s.more["owner"] for s in ticket.steps if s.more.get("owner"))]
        assert text(case["service_type"]) == WORDS.get(kind_at_end(ticket)), ticket.key
        assert text(case["service_type_at_receipt"]) == WORDS.get(ticket.kind), ticket.key
        assert text(case["assignee_id"]) == (None if owners[-1] in TEAMS else owners[-1]), ticket.key
        assert text(case["customer_id"]) == ticket.customer, ticket.key
        assert text(case["void_reason"]) == {"Duplicated": "duplicate", "Invalid": "spam"}.get(end), (
            ticket.key
        )


def text(value: object) -> str | None:
    """A word of a frame, null as None."""
    return None if pd.isna(value) else str(value)  # type: ignore[call-overload]


def test_an_unmapped_type_is_counted_and_named(read: Read) -> None:
    unmapped = read.facts.entities["case"].unmapped
    assert unmapped == {name: {"Spare parts": 1} for name in ("service_type", "service_type_at_receipt")}


def test_every_resolution_and_reopening_is_an_event(read: Read) -> None:
    events = read.per_case("case_event")
    for ticket in SHOWN:
        rows = events.get(ticket.key)
        found = set() if rows is None else {(stamp(row["at"]), row["kind"]) for _, row in rows.iterrows()}
        expected = {turn for turn in turns(ticket) if turn[0] != ticket.start}
        assert {turn for turn in found if turn[1] in ("resolved", "reopened")} == expected, ticket.key


def test_a_request_that_hands_over_and_resolves_gives_both(read: Read) -> None:
    rows = read.per_case("case_event")["G37"]
    assert sorted(rows["kind"]) == ["assigned", "assigned", "resolved"]


def test_waiting_for_the_customer_is_a_pause(read: Read) -> None:
    pauses = {key: rows.iloc[0] for key, rows in read.per_case("pause").items()}
    assert set(pauses) == {"G31", "E10"}
    assert stamp(pauses["G31"]["began_at"]) == at("2026-10-15 09:10")
    assert stamp(pauses["G31"]["ended_at"]) == at("2026-10-15 12:00")


def test_escalations_carry_role_and_all_three_instants(read: Read) -> None:
    roles = {
        "Supervisor": "supervisor",
        "Emergency team": "emergency_team",
        "General manager": "general_manager",
    }
    found = read.per_case("escalation")
    for ticket in SHOWN:
        steps = [step for step in ticket.steps if step.deed == "escalate"]
        assert (ticket.key in found) == bool(steps), ticket.key
        for step in steps:
            row = found[ticket.key].iloc[0]
            given = [step.offset, step.more["ack"], step.more["act"]]
            names = ("triggered_at", "acknowledged_at", "action_at")
            assert [stamp(row[name]) for name in names] == [ticket.when(g) if g else None for g in given]
            assert row["target_role"] == roles.get(step.more["role"], "duty_list")


def test_surveys_carry_sending_return_questions_and_bounces(read: Read) -> None:
    found = read.by_key("survey")
    assert set(found) == {survey.number for survey in SURVEYS}
    for survey in SURVEYS:
        row = found[survey.number]
        assert stamp(row["sent_at"]) == at(survey.sent), survey.number
        assert stamp(row["responded_at"]) == (at(survey.answered) if survey.answered else None), survey.number
        assert (text(row["acceptance_id"]) or "") == survey.acceptance
        assert len(row["dimensions"].split("|")) == survey.questions
        assert bool(row["bounced"]) == survey.bounced
        assert read.keys.get(text(row["case_id"]) or "", "") == survey.case
        assert row["kind"] == ("case" if survey.case else "acceptance")


def test_staff_have_role_team_and_the_manager_of_their_department(read: Read) -> None:
    staff = read.by_key("staff")
    assert set(staff) == {person.username for person in PEOPLE if person.active}
    for person in PEOPLE:
        if person.active:
            row = staff[person.username]
            assert text(row["manager_id"]) == MANAGERS.get(person.department), person.username
    assert {key: row["role"] for key, row in staff.items()} == {
        "li.na": "frontline_agent",
        "wang.fang": "frontline_agent",
        "zhao.lei": "tech_support",
        "sun.hao": "tech_support",
        "he.ying": "qa_inspector",
        "chen.jie": "supervisor",
        "wu.gang": "supervisor",
        "zhou.min": "service_manager",
        "gao.lin": "general_manager",
    }


@pytest.mark.parametrize(
    ("entity", "rows"),
    [
        ("acceptance", ACCEPTANCES),
        ("acceptance_item", ACCEPTANCE_ITEMS),
        ("deliverable", DELIVERABLES),
        ("qa_check", QA_CHECKS),
        ("deviation", DEVIATIONS),
    ],
)
def test_the_registers_stamps_stand_beside_the_crms(read: Read, entity: str, rows: list[Row]) -> None:
    found = read.by_key(entity)
    assert set(found) == {row["id"] for row in rows}
    for row in rows:
        stamps = {name: value for name, value in row.items() if name.endswith("_at")}
        assert {name: stamp(found[row["id"]][name]) for name in stamps} == stamps


def test_nothing_broke_the_canonical_model_but_what_the_scenario_broke(read: Read) -> None:
    broken = {(v.entity, v.field, v.rule): v.count for v in read.facts.violations}
    assert broken == {("case", "service_type", "value"): 1}
