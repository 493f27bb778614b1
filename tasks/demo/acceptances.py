"""Acceptances, their items and surveys: an ordinary run of months, and what is planted between them.

Surveys of a month are its return cohort: June exactly 60 % (no special visit is due), July 55 % (visited in
time), August 59 % (never visited), September 33 of 41 (80 % asks for exactly 33), October still running.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import yaml

from tasks.demo.clock import Dice, moment, worked_days_after
from tasks.demo.customers import Project, projects
from tasks.demo.story import Row

_FILE: Final = Path(__file__).parent / "planted_acceptances.yaml"
DIMENSIONS: Final = (
    "response_timeliness", "solution_effectiveness", "staff_expertise", "process_transparency", "overall_satisfaction",
)  # fmt: skip
_ITEMS: Final = ("登录与权限", "数据导入", "报表导出", "接口联调", "性能压测", "备份恢复")

#: Ordinary acceptances: day of application -> (worked days to the signing, to the survey after it, surveys).
ORDINARY: Final[dict[str, tuple[int, int, int]]] = {
    "06-02": (3, 1, 5), "06-03": (4, 2, 5), "06-04": (3, 1, 5), "06-08": (3, 1, 5),
    "07-01": (4, 1, 5), "07-06": (3, 2, 5), "07-08": (5, 1, 5), "07-13": (2, 3, 5),
    "08-03": (3, 1, 5), "08-05": (4, 1, 5), "08-10": (3, 2, 4), "08-12": (5, 1, 4), "08-17": (3, 1, 4),
    "09-01": (3, 1, 4), "09-02": (4, 2, 4), "09-03": (3, 1, 3), "09-04": (2, 1, 4), "09-07": (5, 1, 3),
    "09-08": (3, 3, 3), "09-09": (4, 1, 4), "09-10": (3, 2, 3), "09-11": (2, 1, 3), "09-14": (4, 1, 3),
    "09-15": (3, 2, 4), "09-16": (4, 1, 3),
    "10-08": (3, 1, 3), "10-09": (4, 2, 2), "10-10": (3, 1, 3), "10-12": (7, 1, 2), "10-13": (5, 1, 3),
    "10-14": (2, 3, 2), "10-15": (6, 1, 2), "10-16": (4, 1, 2), "10-20": (3, 2, 2), "10-21": (4, 1, 2),
    "10-22": (3, 1, 2),
}  # fmt: skip
#: Answers inside 14 days, by month of sending; the rest never came (one of September came on day 15).
ANSWERED: Final = {6: 12, 7: 11, 8: 13, 9: 33, 10: 18}


@dataclass
class Survey:
    """One acceptance survey, local times."""

    no: str
    project: Project
    contact: int
    acceptance: str | None
    sent: datetime
    asked: tuple[str, ...] = DIMENSIONS
    back: datetime | None = None
    bounced: datetime | None = None


@dataclass
class Acceptances:
    """Register rows of acceptances and items, and the surveys that go with them."""

    rows: list[Row] = field(default_factory=list)
    items: list[Row] = field(default_factory=list)
    surveys: list[Survey] = field(default_factory=list)

    def rows_of(self, entity: str) -> list[Row]:
        """Rows of ``acceptance`` or ``acceptance_item``."""
        return self.rows if entity == "acceptance" else self.items


def acceptances(dice: Dice) -> Acceptances:
    """All acceptances, ordinary ones first; the same seed gives the same rows."""
    made = Acceptances()
    for at, (day, (sign, ask, count)) in enumerate(ORDINARY.items()):
        _ordinary(dice, made, day, at, (sign, ask, count))
    _answers(dice, made.surveys)
    _bounce_one(made.surveys)
    for at, plan in enumerate(yaml.safe_load(_FILE.read_text(encoding="utf-8"))):
        _planted(made, plan, at)
    return made


def _ordinary(dice: Dice, made: Acceptances, text: str, at: int, plan: tuple[int, int, int]) -> None:
    """One that goes its way: self-check, application, test, signing, survey to several people."""
    sign, ask, count = plan
    applied = _on(dice, date.fromisoformat(f"2026-{text}"), 9, 16)
    month = f"YS-{applied:%y%m}"
    number = f"{month}-{sum(str(row['code']).startswith(month) for row in made.rows) + 1:02d}"
    tested = worked_days_after(applied.date(), 1)
    signed = _on(dice, worked_days_after(applied.date(), sign), 13, 17)
    project = projects()[at % 24]
    failed = {2: "整改后复测"} if at % 5 == 0 and sign > 2 else {}
    row = _row(number, project, applied) | {
        "self_checked_at": applied - timedelta(minutes=dice.between(30, 400)),
        "formal_started_at": _on(dice, tested, 9, 10),
        "formal_finished_at": _on(dice, tested, 11, 12),
        "confirmed_at": signed, "confirmation_signed": True, "signed_by": f"{'王李张刘陈'[at % 5]}经理",
    }  # fmt: skip
    if failed:
        row["rectification_plan_at"] = _on(dice, tested, 14, 17)
        row["rectified_at"] = _on(dice, worked_days_after(tested, 1), 9, 11)
    made.rows.append(row)
    made.items += _items(row, dice.between(4, 6), failed)
    sent = _on(dice, worked_days_after(signed.date(), ask), 9, 17)
    made.surveys += [
        Survey(f"DC-{number}-{k + 1}", project, k, number, sent + timedelta(seconds=3 * k))
        for k in range(count)
    ]


def _row(number: str, project: Project, applied: date) -> Row:
    month, place = number[3:7], int(project.no[-3:])
    delivered = f"JF-{month}-{place:03d}" if (month == "2609" and place <= 19) or month == "2610" else None
    return {
        "code": number, "service_file_id": project.no, "deliverable_id": delivered, "customer_id": f"K-{10000 + project.account}",
        "team_id": "G-03", "owner_id": project.owner, "applied_at": applied, "has_checklist": True,
    }  # fmt: skip


def _on(dice: Dice, day: date, first: int, last: int) -> datetime:
    """A moment of that day between two hours, to the minute."""
    return datetime.combine(day, time(dice.between(first, last - 1), dice.below(60)))


def _items(row: Row, count: int, failed: Mapping[int, str | None]) -> list[Row]:
    """Tested items half an hour apart; a failed one with its plan (perhaps none) and retest."""
    began = row.get("formal_started_at")
    made: list[Row] = []
    for place in range(1, count + 1):
        item: Row = {
            "id": f"{row['code']}-{place}",
            "acceptance_id": row["code"],
            "title": _ITEMS[(place - 1) % len(_ITEMS)],
        }
        if isinstance(began, date):
            at = began + timedelta(minutes=20 * place) if isinstance(began, datetime) else began
            item |= {"tested_at": at, "tested_by": "client", "passed": place not in failed}
        if failed.get(place):
            item |= {"plan_text": failed[place], "retested_at": row["rectified_at"], "retest_passed": True}
        made.append(item)
    return made


def _answers(dice: Dice, surveys: list[Survey]) -> None:
    """As many answers a month as planned, spread evenly; September has one on the last second and one late."""
    for month, answered in ANSWERED.items():
        sent = [survey for survey in surveys if survey.sent.month == month]
        back = [at * answered // len(sent) != (at + 1) * answered // len(sent) for at in range(len(sent))]
        for survey, answers in zip(sent, back, strict=True):
            if answers:
                survey.back = survey.sent + timedelta(days=dice.between(1, 3), minutes=dice.below(400))
        if month == 9:
            sent[back.index(True)].back = sent[back.index(True)].sent + timedelta(days=14)
            sent[back.index(False)].back = sent[back.index(False)].sent + timedelta(days=15)


def _bounce_one(surveys: list[Survey]) -> None:
    """In September one address was wrong: that survey came back and a good one went out beside it."""
    good = next(survey for survey in surveys if survey.sent.month == 9)
    bad = Survey(
        f"{good.no}x", good.project, good.contact, good.acceptance, good.sent - timedelta(minutes=30)
    )
    bad.bounced = bad.sent + timedelta(minutes=2)
    surveys.append(bad)


def _planted(made: Acceptances, plan: Mapping[str, Any], at: int) -> None:
    """One planted acceptance with its items and surveys."""
    project = projects()[plan["project"] - 1 if "project" in plan else at % 24]
    applied = _when(plan["applied"])
    row = _row(plan["number"], project, applied) | _steps(plan, applied)
    row["has_checklist"] = plan.get("listed", True)
    made.rows.append(row)
    made.items += _planted_items(plan, row)
    signed = row.get("confirmed_at")
    surveys = plan.get("surveys", [{}] if isinstance(signed, date) else [])
    made.surveys += [_planted_survey(plan, project, row, k, survey) for k, survey in enumerate(surveys)]


def _steps(plan: Mapping[str, Any], applied: date) -> Row:
    """Stamps of the steps: as planned, else the usual ones."""
    steps: Row = {}
    if "self" in plan:
        steps["self_checked_at"] = plan["self"] and _when(plan["self"])
    else:
        steps["self_checked_at"] = applied - timedelta(minutes=75)
    began, ended = plan.get("formal", _usual_test(applied)) or (None, None)
    steps["formal_started_at"], steps["formal_finished_at"] = began and _when(began), ended and _when(ended)
    if "rectified" in plan:
        steps["rectification_plan_at"], steps["rectified_at"] = map(_when, plan["rectified"])
    if "signed" in plan:
        steps |= {
            "confirmed_at": _when(plan["signed"]),
            "confirmation_signed": plan.get("paper", True),
            "signed_by": "赵经理",
        }
    return steps


def _usual_test(applied: date) -> tuple[str, str]:
    day = worked_days_after(applied.date() if isinstance(applied, datetime) else applied, 1)
    return f"{day:%m-%d} 09:30", f"{day:%m-%d} 11:30"


def _when(text: str) -> date:
    """``10-15`` is a day, ``10-15 09:00`` a moment."""
    return moment(text) if " " in text else date.fromisoformat(f"2026-{text}")


def _planted_items(plan: Mapping[str, Any], row: Row) -> list[Row]:
    items = _items(row, plan.get("items", 4), plan.get("failed", {}))
    for place in plan.get("untested", ()):
        items[place - 1] |= {"tested_at": None, "tested_by": None, "passed": None}
    for place in plan.get("by_staff", ()):
        items[place - 1]["tested_by"] = "staff"
    return items


def _next_day(signed: object) -> datetime:
    """Ten o'clock of the worked day after the signing: when an unplanned survey goes out."""
    if not isinstance(signed, datetime):
        raise TypeError("an acceptance signed on a bare day needs its survey planned")
    return datetime.combine(worked_days_after(signed.date(), 1), time(10, 0))


def _planted_survey(
    plan: Mapping[str, Any], project: Project, row: Row, k: int, survey: Mapping[str, Any]
) -> Survey:
    number = plan["number"]
    signed = row["confirmed_at"]
    sent = moment(survey["sent"]) if survey else _next_day(signed)
    made = Survey(f"DC-{number}-{k + 1}", project, k, number if survey.get("link", True) else None, sent)
    made.bounced = moment(survey["bounced"]) if "bounced" in survey else None
    made.back = moment(survey["back"]) if "back" in survey else None
    if not survey and number not in ("YS-2610-55", "YS-2610-59"):
        made.back = sent + timedelta(days=3)
    made.asked = tuple(key for key in DIMENSIONS if key != survey.get("lacks"))
    return made
