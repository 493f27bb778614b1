"""The whole demo as rows: the CRM's tables and the registers beside it, made from one seed."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, cast

from tasks.demo.acceptances import Survey, acceptances
from tasks.demo.clock import EXTRACTED, Dice, moment, stored
from tasks.demo.customers import accounts, contacts, projects
from tasks.demo.execution import execution
from tasks.demo.guarding import designated, staff_details
from tasks.demo.ordinary import ordinary
from tasks.demo.people import AGENTS, GROUPS
from tasks.demo.planted import planted
from tasks.demo.proposing import file_no, opened
from tasks.demo.quality import quality
from tasks.demo.story import AGENT_ID, GROUP_ID, Row, Story, rows
from tasks.demo.wide import planted_over, wide_registers, wide_tables, work_log

#: The demo's seed; another one gives other ordinary records around the same planted ones.
SEED: Final = 88
#: Files whose archive number is wrong: of another month, and one that stands twice.
PLANTED_FILES: Final = {
    "P-2026-005": "CS-2026-04-005",
    "P-2026-007": "CS-2026-03-006",
    "P-2026-009": "CS-26-03-9",
}
_CASE_QUESTIONS: Final = "attitude,efficiency,expertise,clarity,overall_experience"


@dataclass(frozen=True)
class World:
    """Rows by CRM table (stamps naive UTC), and by workbook and sheet (stamps local)."""

    tables: dict[str, list[Row]]
    registers: dict[str, dict[str, list[Row]]]


def world(seed: int = SEED) -> World:
    """All rows of the demo; the same seed gives the same rows."""
    dice = Dice(seed)
    stories = ordinary(dice) + planted()
    accepted, checked, executed = acceptances(dice), quality(dice), execution(dice)
    tickets = rows(stories)
    surveys = [_survey(survey) for survey in accepted.surveys] + _case_surveys(
        dice, stories, tickets["tickets"]
    )
    surveys = planted_over(surveys, "surveys", "survey_no")
    surveys.sort(key=lambda row: (row["sent_at"], row["survey_no"]))
    further = wide_tables(stories, tickets["tickets"], tickets["messages"], executed.forms + checked.papers)
    tickets["ticket_changes"] += work_log(further["ticket_forms"], len(tickets["ticket_changes"]))
    tables = (
        _people()
        | tickets
        | further
        | {"surveys": [{"id": at, **row} for at, row in enumerate(surveys, start=1)]}
    )
    books = {
        "acceptance.xlsx": {
            "acceptance": accepted.rows,
            "acceptance_item": accepted.items,
            "follow_up": _follow_ups(),
        },
        "deliverables.xlsx": {
            "deliverable": planted_over(checked.deliverables, "deliverable", "code"),
            "qa_check": checked.checks,
        },
        "execution.xlsx": {
            "task": planted_over(executed.tasks, "task", "id"),
            "checkpoint": planted_over(executed.checkpoints, "checkpoint", "id"),
            "deviation": executed.deviations,
        },
    }
    books |= wide_registers()
    return World(
        tables, {name: {e: _past(found) for e, found in book.items()} for name, book in books.items()}
    )


def _people() -> dict[str, list[Row]]:
    """Groups, staff, clients, contacts and projects."""
    founded = stored(datetime(2024, 3, 1, 9, 0))  # noqa: DTZ001 - local
    details, named = staff_details(), designated()
    return {
        "support_groups": [
            {"id": GROUP_ID[g.code], "code": g.code, "name": g.name, "kind": g.kind, "leader_id": AGENT_ID[g.leader],
             "goals_no": f"MB-{g.code}", "goals_seen_at": stored(datetime(2026, 9, 10, 15, 0))}  # noqa: DTZ001 - local
            for g in GROUPS
        ],
        "agents": [
            {
                "id": AGENT_ID[a.no], "employee_no": a.no, "full_name": a.name, "email": f"{a.login}@example.com",
                "title": a.title, "manager_id": AGENT_ID.get(a.manager or ""), "group_id": GROUP_ID.get(a.group or ""),
                "hired_on": date(2024, 3, 1), "left_on": date.fromisoformat(a.left_on) if a.left_on else None, **details[a.no],
            }
            for a in AGENTS
        ],
        "accounts": [
            {
                "id": a.id, "account_no": a.no, "name": a.name, "industry": a.industry, "manager_id": AGENT_ID[a.manager],
                "created_at": founded,
            }
            for a in accounts()
        ],
        "contacts": [
            {
                "id": c.id, "account_id": c.account, "full_name": c.name, "job_title": c.title, "phone": c.phone,
                "email": c.email, **named[c.id],
            }
            for c in contacts()
        ],
        "projects": [
            {
                "id": at, "project_no": p.no, "account_id": p.account, "name": p.name, "owner_id": AGENT_ID[p.owner],
                "opened_at": stored(opened(p)), "file_no": PLANTED_FILES.get(p.no, file_no(p)), "director_id": AGENT_ID["E1002"],
                "letter_no": f"XH-{p.no[2:]}", "commitment_no": f"CN-{p.no[2:]}", "page_no": f"SQ-{p.no[2:]}",
            }
            for at, p in enumerate(projects(), start=1)
        ],
    }  # fmt: skip


def _survey(survey: Survey) -> Row:
    """One acceptance survey as the CRM keeps it; scores from 3 to 5."""
    back = survey.back if survey.back and survey.back <= EXTRACTED else None
    return {
        "survey_no": survey.no, "kind": "验收", "account_id": survey.project.account,
        "contact_id": survey.project.account * 5 - 4 + survey.contact % 5, "ticket_id": None,
        "acceptance_no": survey.acceptance, "sent_at": stored(survey.sent), "question_keys": ",".join(survey.asked),
        "returned_at": stored(back), "overall_score": Decimal(3 + (survey.contact + survey.sent.day) % 3) if back else None,
        "bounced_at": stored(survey.bounced), "lowest_score": None, "highest_score": None,
        "way": ("email", "online_form", "phone")[survey.contact % 3],
    }  # fmt: skip


def _case_surveys(dice: Dice, stories: list[Story], tickets: list[Row]) -> list[Row]:
    """Surveys on tickets, a questionnaire of their own: they belong to no acceptance's return rate."""
    ids = {row["ticket_no"]: row["id"] for row in tickets}
    made: list[Row] = []
    for story in stories:
        closed = next((at for at, state in story.states if state == "closed"), EXTRACTED)
        sent = closed + timedelta(hours=2)
        if story.closing_reason or sent > EXTRACTED:
            continue
        if not dice.chance(80):
            made.append(_pushed(story, closed, cast(int, ids[story.no])))
            continue
        back = sent + timedelta(hours=dice.between(1, 90))
        answers = dice.chance(450) and back <= EXTRACTED
        score = Decimal(dice.between(2, 5)) if answers else None
        made.append(_case_survey(story, ids[story.no], sent, back if answers else None, score))
    return made


def _pushed(story: Story, closed: datetime, number: int) -> Row:
    """The system asks by itself ten minutes after the closing; four in ten clients answer."""
    sent = closed + timedelta(minutes=10)
    back = sent + timedelta(hours=1 + number % 30)
    answers = number % 10 < 4 and back <= EXTRACTED
    return _case_survey(
        story, number, sent, back if answers else None, Decimal(3 + number % 3) if answers else None
    )


def _case_survey(
    story: Story, number: object, sent: datetime, back: datetime | None, score: Decimal | None
) -> Row:
    return {
        "survey_no": f"DC-{story.no}", "kind": "工单", "account_id": story.account, "contact_id": story.account * 5 - 4,
        "ticket_id": number, "acceptance_no": None, "sent_at": stored(sent), "question_keys": _CASE_QUESTIONS,
        "returned_at": stored(back), "overall_score": score, "bounced_at": None, "lowest_score": score, "highest_score": score,
        "way": "system",
    }  # fmt: skip


def _follow_ups() -> list[Row]:
    """July's special visit was opened in time; August's never. A few visits of other kinds."""
    visits: list[Row] = [
        {"id": "HF-2608-01", "kind": "special_return_visit", "scope": "2026-07", "opened_at": moment("08-19 10:00"),
         "owner_id": "E1003", "done_at": moment("08-28 17:00")},
    ]  # fmt: skip
    days = ("09-16", "09-22", "10-09", "10-14", "10-20", "10-27")
    for at, day in enumerate(days, start=1):
        opened = moment(f"{day} 14:00")
        visits.append(
            {"id": f"HF-26{day[:2]}-{at + 10}", "kind": ("after_sales", "key_account")[at % 2], "customer_id": f"K-{10000 + at * 4}",
             "opened_at": opened, "owner_id": ("E1026", "E1027")[at % 2], "done_at": opened + timedelta(minutes=40)}
        )  # fmt: skip
    visits += [
        {"id": f"HF-26Q{quarter}-{account:02d}", "kind": "key_account", "customer_id": f"K-{10000 + account}",
         "opened_at": moment(f"{day} 10:00"),
         "owner_id": ("E1026", "E1027")[account % 2], "done_at": moment(f"{day} 11:00")}
        for quarter, day in ((2, "06-24"), (3, "08-27"))
        for account in range(1, 41)
        if account % 4
    ]  # fmt: skip
    return visits


def _past(found: list[Row]) -> list[Row]:
    """By number; a register knows nothing of what comes after the extract, except plans."""
    known = [
        {name: None if _is_ahead(name, value) else value for name, value in row.items()} for row in found
    ]
    return sorted(known, key=lambda row: str(row.get("code") or row["id"]))


def _is_ahead(name: str, value: object) -> bool:
    return isinstance(value, datetime) and value > EXTRACTED and not name.startswith(("planned", "due"))
