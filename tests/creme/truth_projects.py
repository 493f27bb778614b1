"""The answer key for what projects leave behind: acceptances, surveys, quality checks and their rates.

Plain slow Python from the standard's words and the readings in force, on the scenario's rows; see ``truth``.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from tests.creme.projects import (
    ACCEPTANCE_ITEMS,
    ACCEPTANCES,
    DELIVERABLES,
    FOLLOW_UPS,
    QA_CHECKS,
    SURVEYS,
    Row,
)
from tests.creme.scenario import SHANGHAI, Survey, at
from tests.creme.truth import (
    BREACHED,
    MET,
    NO_DATA,
    NOT_APPLICABLE,
    PENDING,
    Expected,
    end_of_working_day,
    in_time,
)

FOUR_STEPS: Final = (
    "self_checked_at",
    "applied_at",
    "formal_started_at",
    "formal_finished_at",
    "rectification_plan_at",
    "rectified_at",
    "confirmed_at",
)
#: An answer counts for 14 days after sending.
WINDOW: Final = timedelta(days=14)


def judge_projects(as_of: datetime) -> list[Expected]:
    """Every verdict that the registers and surveys must get."""
    return [
        *(each for row in ACCEPTANCES for each in judge_acceptance(row, as_of)),
        *(judge_dimensions(survey) for survey in SURVEYS if not survey.case),
        *(each for row in DELIVERABLES for each in judge_deliverable(row, as_of)),
        *(each for month in ("2026-09", "2026-10", "2026-11") for each in judge_quality_month(month, as_of)),
        *(each for n in range(6, 12) for each in judge_return_month(f"2026-{n:02d}", as_of)),
    ]


# ---- acceptances --------------------------------------------------------------------------------------
def judge_acceptance(row: Row, as_of: datetime) -> Iterator[Expected]:
    """The four steps, their order, the five working days, and the survey after the signature."""
    applied, number = row["applied_at"], row["id"]
    due = end_of_working_day(applied, 5)
    items = [item for item in ACCEPTANCE_ITEMS if item["acceptance_id"] == number]
    self_checked = row["self_checked_at"]
    pre = MET if self_checked and self_checked <= applied else BREACHED
    yield Expected("ECS-2.4-ACCEPT-PRE", number, pre, applied)
    yield Expected("ECS-2.4-ACCEPT-FORMAL", number, formal(row, items, due, as_of), due)
    yield Expected("ECS-2.4-ACCEPT-RECTIFY", number, rectified(row, items, due, as_of))
    signed = row["confirmed_at"] if row["confirmation_signed"] else None
    yield Expected("ECS-2.4-ACCEPT-CONFIRM", number, in_time(signed, due, as_of), due)
    yield Expected("ECS-2.4-ACCEPT-ORDER", number, ordered(row, due, as_of), due)
    yield Expected("ECS-2.4-ACCEPT-5WD", number, in_time(row["confirmed_at"], due, as_of), due)
    if row["confirmed_at"]:
        yield judge_survey_sent(row, as_of)


def formal(row: Row, items: list[Row], due: datetime, as_of: datetime) -> str:
    """A list, and every item on it tested by the client."""
    whole = row["has_checklist"] and items and all(i["passed"] is not None for i in items)
    if whole and all(i["tested_by"] == "client" for i in items):
        return in_time(max(i["tested_at"] for i in items), due, as_of)
    return in_time(None, due, as_of)


def rectified(row: Row, items: list[Row], due: datetime, as_of: datetime) -> str:
    """A plan for every failed item; without a failed item there is nothing to plan."""
    failed = [item for item in items if item["passed"] is False]
    if not failed:
        return NOT_APPLICABLE
    planned = all(item["plan_text"] for item in failed)
    return in_time(row["rectification_plan_at"] if planned else None, due, as_of)


def ordered(row: Row, due: datetime, as_of: datetime) -> str:
    """No later step before an earlier one; steps that are not there yet do not break the order."""
    stamps = [row[step] for step in FOUR_STEPS if row[step]]
    if any(later < earlier for earlier, later in pairwise(stamps)):
        return BREACHED
    return MET if row["confirmed_at"] or as_of > due else PENDING


def judge_survey_sent(row: Row, as_of: datetime) -> Expected:
    """A survey that reached the client, sent after the signature and by the end of the third working day."""
    signed = row["confirmed_at"]
    due = end_of_working_day(signed, 3)
    mine = [s for s in SURVEYS if not s.case and (s.acceptance == row["id"] or is_theirs(s, row))]
    sent = [at(s.sent) for s in mine if not s.bounced and at(s.sent) >= signed]
    return Expected("ECS-2.4-SURVEY-3WD", row["id"], in_time(min(sent, default=None), due, as_of), due)


def is_theirs(survey: Survey, row: Row) -> bool:
    """A survey that names none belongs to the only acceptance of its customer in whose window it was sent."""
    if survey.acceptance:
        return False
    fits = [
        other["id"]
        for other in ACCEPTANCES
        if other["customer_id"] == survey.customer
        and other["confirmed_at"]
        and other["confirmed_at"] <= at(survey.sent) <= end_of_working_day(other["confirmed_at"], 3)
    ]
    return fits == [row["id"]]


def judge_dimensions(survey: Survey) -> Expected:
    """All five questions were asked."""
    verdict = MET if survey.questions == 5 else BREACHED
    return Expected("ECS-2.4-SURVEY-DIMENSIONS", survey.number, verdict, at(survey.sent))


# ---- quality checks -----------------------------------------------------------------------------------
def judge_deliverable(row: Row, as_of: datetime) -> Iterator[Expected]:
    """Checked before delivery with a pass, and at least 95 % of the items of that last check passed."""
    delivered, number = row["delivered_at"], row["id"]
    if delivered is None or delivered > as_of:
        return
    checks = [c for c in QA_CHECKS if c["deliverable_id"] == number and c["checked_at"] <= delivered]
    if not checks:
        yield Expected("ECS-2.4-QA-BEFORE-DELIVERY", number, BREACHED, delivered)
        return
    last = max(checks, key=lambda check: (check["checked_at"], check["round"]))
    before = MET if last["result"] == "pass" else BREACHED
    yield Expected("ECS-2.4-QA-BEFORE-DELIVERY", number, before, delivered)
    yield Expected("ECS-2.4-QA-ITEMS-95", number, items_share(last), delivered)


def items_share(check: Row) -> str:
    """At least 95 of 100 items, in whole numbers; no items is a hole."""
    passed, total = check["items_passed"], check["items_total"]
    if not total or passed is None:
        return NO_DATA
    return MET if passed * 100 >= total * 95 else BREACHED


def judge_quality_month(month: str, as_of: datetime) -> Iterator[Expected]:
    """The month's first-round checks passed, of those made; judged when the month is over."""
    passed, made = quality_of(month, as_of)
    verdict = MET if passed * 100 >= made * 95 else BREACHED
    if as_of <= first_of_next(month):
        verdict = PENDING
    yield Expected("ECS-2.4-QA-RATE-95", month, verdict)


def quality_of(month: str, as_of: datetime) -> tuple[int, int]:
    """First-round checks of the month that passed, and all of them."""
    made = [c for c in QA_CHECKS if c["round"] == 1 and month_of(c["checked_at"]) == month]
    made = [check for check in made if check["checked_at"] <= as_of]
    return sum(check["result"] == "pass" for check in made), len(made)


# ---- return of surveys --------------------------------------------------------------------------------
def judge_return_month(month: str, as_of: datetime) -> Iterator[Expected]:
    """80 % of the month's surveys answered in 14 days; under 60 % a special visit within 5 working days."""
    answered, sent = returned(month)
    closed = first_of_next(month) + WINDOW
    if as_of <= closed:
        rate = visit = PENDING
    else:
        rate = MET if answered * 100 >= sent * 80 else BREACHED
        visit = NOT_APPLICABLE if answered * 100 >= sent * 60 else visited(month, closed, as_of)
    yield Expected("ECS-2.4-SURVEY-RETURN-80", month, rate)
    yield Expected("ECS-2.4-SURVEY-RETURN-60", month, visit)


def returned(month: str) -> tuple[int, int]:
    """Answers that count, and surveys that reached somebody; neither case surveys nor bounced ones."""
    sent = [s for s in SURVEYS if not s.case and not s.bounced and month_of(at(s.sent)) == month]
    answered = [s for s in sent if s.answered and at(s.answered) <= at(s.sent) + WINDOW]
    return len(answered), len(sent)


def visited(month: str, closed: datetime, as_of: datetime) -> str:
    """A special return visit for this cohort was opened in time."""
    opened = [
        f["opened_at"] for f in FOLLOW_UPS if f["kind"] == "special_return_visit" and f["scope"] == month
    ]
    return in_time(min(opened, default=None), end_of_working_day(closed, 5), as_of)


def month_of(instant: datetime) -> str:
    """The local month, ``2026-09``."""
    return instant.astimezone(SHANGHAI).strftime("%Y-%m")


def first_of_next(month: str) -> datetime:
    """The instant at which a month is over."""
    year, number = (int(part) for part in month.split("-"))
    return at(f"{year + number // 12}-{number % 12 + 1:02d}-01 00:00")
