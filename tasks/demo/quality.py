"""Deliverables and their QA checks.

First rounds of September: 19 of 20 passed, which is exactly 95 %. Of October: 60 of 64, one too few.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

import yaml

from tasks.demo.clock import EXTRACTED, Dice, days, is_worked, moment, worked_days_after
from tasks.demo.customers import projects
from tasks.demo.people import INSPECTORS
from tasks.demo.proposing import paper
from tasks.demo.story import Row

_FILE: Final = Path(__file__).parent / "planted_deliverables.yaml"
_KINDS: Final = ("document", "system", "data")
#: Ordinary first rounds by month, and the places of those that failed (and were mended and checked again).
FIRST_ROUNDS: Final[dict[int, tuple[int, tuple[int, ...]]]] = {9: (20, (7,)), 10: (53, (12, 40))}


@dataclass
class Quality:
    """Register rows of deliverables and checks."""

    deliverables: list[Row] = field(default_factory=list)
    checks: list[Row] = field(default_factory=list)

    @property
    def papers(self) -> list[Row]:
        """Manuals, videos, dictionaries and reports that deliverables name."""
        kinds = {
            "manual_doc_id": "operation_manual",
            "training_video_id": "other",
            "data_dictionary_id": "other",
            "quality_report_id": "other",
        }
        return [
            paper(
                str(row[name]),
                kind,
                str(row["code"]),
                row["delivered_at"] if isinstance(row["delivered_at"], datetime) else EXTRACTED,
            )
            for row in self.deliverables
            for name, kind in kinds.items()
            if row[name]
        ]


def quality(dice: Dice) -> Quality:
    """All deliverables, ordinary ones first; the same seed gives the same rows."""
    made = Quality()
    for month, (count, failing) in FIRST_ROUNDS.items():
        last = date(2026, month, 28)
        worked = [day for day in days(date(2026, month, 1), last) if is_worked(day)]
        for place in range(1, count + 1):
            day = worked[(place - 1) * len(worked) // count]
            _ordinary(dice, made, f"JF-26{month:02d}-{place:03d}", day, fails=place in failing)
    for at, plan in enumerate(yaml.safe_load(_FILE.read_text(encoding="utf-8"))):
        delivered = moment(plan["delivered"]) if "delivered" in plan else None
        made.deliverables.append(_deliverable(plan["number"], at, delivered))
        for number, checked, items, passed, result in plan["checks"]:
            made.checks.append(_check(plan["number"], number, _when(checked), (items, passed), result))
    return made


def _ordinary(dice: Dice, made: Quality, code: str, day: date, *, fails: bool) -> None:
    """Checked, mended and checked again where it failed, delivered the next worked day."""
    place = int(code[-3:])
    checked = datetime.combine(day, time(dice.between(9, 16), dice.below(60)))
    items = dice.between(20, 60)
    if fails:
        made.checks.append(_check(code, 1, checked, (items, items * 4 // 5), "fail"))
        checked = datetime.combine(worked_days_after(day, 1), time(dice.between(9, 16), dice.below(60)))
    passed = items - (1 if dice.chance(300) else 0)  # 19 of 20 is the worst, and enough
    made.checks.append(_check(code, 2 if fails else 1, checked, (items, passed), "pass"))
    delivered = datetime.combine(
        worked_days_after(checked.date(), 1), time(dice.between(9, 16), dice.below(60))
    )
    made.deliverables.append(_deliverable(code, place - 1, delivered))


def _deliverable(code: str, at: int, delivered: datetime | None) -> Row:
    project = projects()[at % 24]
    before = delivered and delivered - timedelta(hours=2)
    of_kind: dict[str, Row] = {
        "document": {"template_code": "T-01", "version": "V1.0", "revision_log": "初稿", "approved_by": "E1006", "approved_at": before},
        "system": {"test_demo_at": before, "manual_doc_id": f"SC-{code[3:]}", "training_video_id": f"SP-{code[3:]}"},
        "data": {"data_dictionary_id": f"ZD-{code[3:]}", "quality_report_id": f"ZL-{code[3:]}"},
    }  # fmt: skip
    blank: Row = {name: None for row in of_kind.values() for name in row}
    return blank | of_kind[_KINDS[at % 3]] | {
        "code": code, "service_file_id": project.no, "customer_id": f"K-{10000 + project.account}", "team_id": "G-03",
        "owner_id": project.owner, "kind": _KINDS[at % 3], "delivered_at": delivered,
    }  # fmt: skip


def _check(code: str, number: int, checked: date, items: tuple[int | None, int | None], result: str) -> Row:
    return {
        "id": f"QA-{code[3:]}-{number}", "deliverable_id": code, "inspector_id": INSPECTORS[int(code[-1]) % 2],
        "round": number, "checked_at": checked, "items_total": items[0], "items_passed": items[1], "result": result,
    }  # fmt: skip


def _when(text: str) -> date:
    return moment(text) if " " in text else date.fromisoformat(f"2026-{text}")
