"""Tasks with their control points, and deviations from plan: planted, among a few ordinary ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import yaml

from tasks.demo.clock import EXTRACTED, Dice, moment, worked_days_after
from tasks.demo.customers import projects
from tasks.demo.proposing import paper, raci
from tasks.demo.story import Row

_FILE: Final = Path(__file__).parent / "planted_deviations.yaml"
_TITLES: Final = ("需求确认", "数据迁移", "接口开发", "用户培训")
_POINTS: Final = (("start", 0), ("progress", 3), ("quality", 6), ("risk", 7))
#: Days of October on which an ordinary deviation of a few points was seen, reported and mended.
_ORDINARY: Final = (9, 12, 16, 21, 27)


@dataclass
class Execution:
    """Register rows of tasks, control points and deviations."""

    tasks: list[Row] = field(default_factory=list)
    checkpoints: list[Row] = field(default_factory=list)
    deviations: list[Row] = field(default_factory=list)
    forms: list[Row] = field(default_factory=list)


def execution(dice: Dice) -> Execution:
    """All of it; the same seed gives the same rows."""
    made = Execution()
    for at in range(20):
        _task(dice, made, at)
    for at, day in enumerate(_ORDINARY):
        made.deviations.append(_ordinary(dice, at, date(2026, 10, day)))
    for at, plan in enumerate(yaml.safe_load(_FILE.read_text(encoding="utf-8"))):
        made.deviations.append(_around(made.tasks[at % 20]) | _planted(plan))
    return made


def _task(dice: Dice, made: Execution, at: int) -> None:
    """One task of eight worked days with its four control points, each done the day it was planned."""
    project = projects()[at % 24]
    number = f"RW-{project.no[-3:]}-{at // 24 + 1:02d}"
    begins = datetime.combine(worked_days_after(date(2026, 9, 14 + at // 2), 1 + at % 3), time(9, 0))
    ends = datetime.combine(worked_days_after(begins.date(), 8), time(18, 0))
    made.tasks.append(
        {
            "id": number, "service_file_id": project.no, "title": _TITLES[at % len(_TITLES)], "owner_id": project.owner,
            "planned_start": begins, "planned_end": ends, "started_at": begins + timedelta(minutes=dice.below(40)),
            "finished_at": ends - timedelta(minutes=dice.below(600)), "planned_pct": 100, "actual_pct": 100,
            "proposal_id": f"FA-{project.no[2:]}", **raci(project.owner), "published_at": begins - timedelta(hours=17),
            "published_platform": "项目看板", "board_state": "已完成",
        }
    )  # fmt: skip
    for place, (kind, after) in enumerate(_POINTS, start=1):
        due, slack = (time(8, 50), 8) if kind == "start" else (time(17, 0), 1)
        planned = datetime.combine(worked_days_after(begins.date(), after), due)
        if planned <= EXTRACTED:
            done = planned - timedelta(minutes=dice.below(240) // slack)
            made.forms.append(paper(f"JK-{number[3:]}-{place}", "monitoring_form", number, done))
            made.checkpoints.append(
                {
                    "id": f"KZ-{number[3:]}-{place}", "service_file_id": project.no, "task_id": number, "kind": kind,
                    "planned_at": planned, "performed_at": done, "performed_by": project.owner, "completion_rate": after * 12,
                    "resources_confirmed": True, "deliverable_checked": True, "contingency_assessed": True,
                    "form_doc_id": f"JK-{number[3:]}-{place}", "form_actual_progress": "按计划", "form_deviation_analysis": "无偏差",
                }
            )  # fmt: skip


def _around(task: Row) -> Row:
    """What a deviation says of where it happened."""
    project = next(p for p in projects() if p.no == task["service_file_id"])
    return {
        "service_file_id": project.no, "task_id": task["id"], "customer_id": f"K-{10000 + project.account}", "team_id": "G-03",
        "owner_id": project.owner,
    }  # fmt: skip


def _ordinary(dice: Dice, at: int, day: date) -> Row:
    seen = datetime.combine(day, time(dice.between(9, 15), dice.below(60)))
    project = projects()[at]
    behind = Decimal(dice.between(20, 95)) / 10
    return {
        "id": f"PC-2610-{51 + at}", "service_file_id": project.no, "customer_id": f"K-{10000 + project.account}", "team_id": "G-03",
        "owner_id": project.owner, "detected_at": seen, "planned_pct": 60, "actual_pct": 60 - behind, "recorded_level": 1,
        "self_adjusted_at": seen + timedelta(hours=dice.between(1, 9)), "reported_at": seen + timedelta(hours=dice.between(2, 30)),
    }  # fmt: skip


def _planted(plan: Mapping[str, Any]) -> Row:
    row: Row = {}
    for name, value in plan.items():
        if name.endswith("_at"):
            row[name] = moment(value)
        elif name.endswith("_pct"):
            row[name] = Decimal(value)
        elif name != "is":
            row[name] = value
    return row
