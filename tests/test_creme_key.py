"""The answer key to the seeded Creme agrees with itself: its rules with the rows that a person judged."""

import pytest

from tests.creme.deviations import DEVIATIONS, SAID, judge_deviation
from tests.creme.projects import ACCEPTANCES, SURVEYS, Row
from tests.creme.scenario import AS_OF, Ticket, at
from tests.creme.tickets import TICKETS
from tests.creme.truth import Expected, end_of_working_day, judge_ticket
from tests.creme.truth_projects import judge_projects, returned

SHORT = {"not_applicable": "na", "no_data": "nodata"}


def said(verdicts: list[Expected], card: str) -> str:
    """The words of one kind of card in the order of the matters, each once where all types are judged."""
    words = [SHORT.get(each.verdict, each.verdict) for each in verdicts if f"-{card}-" in each.clause]
    return words[0] if len(verdicts) == 12 and len(set(words)) == 1 else "/".join(words)


@pytest.mark.parametrize("ticket", [t for t in TICKETS if t.says], ids=lambda ticket: ticket.key)
def test_the_rules_say_of_each_ticket_what_a_person_said(ticket: Ticket) -> None:
    verdicts = judge_ticket(ticket, AS_OF)
    assert " ".join(said(verdicts, card) for card in ("RESPONSE", "RESOLVE", "OVERTIME")) == ticket.says


def test_what_the_crm_no_longer_shows_gets_no_verdict() -> None:
    assert [judge_ticket(ticket, AS_OF) for ticket in TICKETS if not ticket.says] == [[], []]


@pytest.mark.parametrize(
    ("event", "days", "last"),
    [
        ("2026-10-03 10:00", 5, "2026-10-13"),
        ("2026-09-30 16:00", 5, "2026-10-13"),
        ("2026-09-30 15:00", 3, "2026-10-10"),
        ("2026-09-25 09:00", 1, "2026-09-28"),
        ("2026-06-18 09:00", 1, "2026-06-22"),
    ],
)
def test_the_key_counts_working_days_as_the_state_does(event: str, days: int, last: str) -> None:
    assert end_of_working_day(at(event), days) == at(f"{last} 23:59:59.999999")


@pytest.mark.parametrize(
    ("month", "counted"),
    [("2026-06", (1, 2)), ("2026-07", (3, 5)), ("2026-08", (4, 5)), ("2026-09", (4, 7)), ("2026-11", (0, 0))],
)
def test_the_cohorts_of_surveys_are_as_planned(month: str, counted: tuple[int, int]) -> None:
    assert returned(month) == counted


#: What the registers and surveys were made to show; everything else went by the book.
FAULTS = {
    "ACCEPT-PRE": "AC-108 AC-109",
    "ACCEPT-FORMAL": "AC-110 AC-111 AC-112",
    "ACCEPT-RECTIFY": "AC-114",
    "ACCEPT-CONFIRM": "AC-102 AC-106 AC-116",
    "ACCEPT-ORDER": "AC-108 AC-115",
    "ACCEPT-5WD": "AC-102 AC-106",
    "SURVEY-3WD": "AC-103 AC-105 AC-117 AC-119 AC-120",
    "SURVEY-DIMENSIONS": "SV-122",
    "SURVEY-RETURN-80": "2026-06 2026-07 2026-09",
    "SURVEY-RETURN-60": "2026-06",
    "QA-BEFORE-DELIVERY": "D-O08 D-O11 D-X01",
    "QA-ITEMS-95": "D-O03 D-O05 D-O11",
    "QA-RATE-95": "2026-10",
}


@pytest.mark.parametrize("card", FAULTS)
def test_the_planted_faults_are_the_breaches_of_the_key(card: str) -> None:
    breached = {
        e.record for e in judge_projects(AS_OF) if e.clause == f"ECS-2.4-{card}" and e.verdict == "breached"
    }
    assert breached == set(FAULTS[card].split())


def test_every_survey_of_an_acceptance_names_one_that_exists() -> None:
    named = {survey.acceptance for survey in SURVEYS if survey.acceptance}
    assert named <= {row["id"] for row in ACCEPTANCES}


@pytest.mark.parametrize("row", DEVIATIONS, ids=lambda row: row["id"])
def test_the_rules_say_of_each_deviation_what_a_person_said(row: Row) -> None:
    words = [SHORT.get(each.verdict, each.verdict) for each in judge_deviation(row, AS_OF)]
    assert " ".join(words[:3] if len(set(words)) == 1 else words) == SAID[row["id"]]
