"""Deviations from the plan in a register, with what a person says of each, and the key's rules for them.

Level 1 is up to 10 points behind plan, level 2 up to 30, level 3 beyond; ahead of plan is none. The limits
are 48, 24 and 2 hours, from detection or from the crossing into the level.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from tests.creme.projects import Row
from tests.creme.scenario import after, at
from tests.creme.truth import BREACHED, MET, NO_DATA, PENDING, Expected, in_time

ACTS: Final = {
    1: ("SELF", "REPORT-48H"),
    2: ("SUPERVISOR", "CUSTOMER-24H"),
    3: ("EMERGENCY-TEAM", "IMPACT-2H"),
}
LIMIT: Final = {1: timedelta(hours=48), 2: timedelta(hours=24), 3: timedelta(hours=2)}
STAMPS: Final = (
    "crossed_at",
    "self_adjusted_at",
    "reported_at",
    "supervisor_engaged_at",
    "remedy_plan_at",
    "customer_feedback_at",
    "emergency_team_at",
    "impact_report_sent_at",
)


def deviation(number: str, detected: str, planned: str, actual: str, level: int | None, **acts: str) -> Row:
    """A row of the register; acts are ``+offset`` from detection; planned "" is a blank cell."""
    start = at(detected)
    row: dict[str, Any] = {
        "id": number,
        "owner_id": "zhao.lei",
        "customer_id": "C-1001",
        "detected_at": start,
        "planned_pct": Decimal(planned) if planned else None,
        "actual_pct": Decimal(actual),
        "recorded_level": level,
    }
    return row | {name: after(start, acts[name]) if name in acts else None for name in STAMPS}


#: Each with its grade, then the two acts of its level, as judged by hand.
SAID: Final = {
    "DV-01": "met met met",  # exactly 10 points, both acts on the last microsecond
    "DV-02": "breached met met",  # 10.004 points is level 2, whatever the record says
    "DV-03": "met met met",  # exactly 30 points is level 2
    "DV-04": "met met met",  # 30.000000001 points is level 3
    "DV-05": "met breached breached",  # level 1, a microsecond late and never reported
    "DV-06": "met breached met",  # the plan came after the client was told
    "DV-07": "met breached breached",  # level 3: a second late, and no report at all
    "DV-08": "met met met",  # level 3 since a crossing: two hours from there
    "DV-09": "",  # ahead of plan: no deviation
    "DV-10": "nodata nodata nodata",  # nobody wrote down the plan: every card, no verdict
    "DV-11": "pending pending pending",  # found an hour and less before the audit, level still to be written
    "DV-12": "breached met met",  # no level on record
}
DEVIATIONS: Final = [
    deviation("DV-01", "2026-10-08 09:00", "60", "50", 1, self_adjusted_at="+48h", reported_at="+48h"),
    deviation("DV-02", "2026-10-09 09:00", "60.004", "50", 1, supervisor_engaged_at="+1h",
              remedy_plan_at="+2h", customer_feedback_at="+24h"),
    deviation("DV-03", "2026-10-12 09:00", "80", "50", 2, supervisor_engaged_at="+24h", remedy_plan_at="+24h",
              customer_feedback_at="+24h"),
    deviation("DV-04", "2026-10-13 09:00", "80.000000001", "50", 3, emergency_team_at="+2h",
              impact_report_sent_at="+2h"),
    deviation("DV-05", "2026-10-14 09:00", "55", "50", 1, self_adjusted_at="+48h1us"),
    deviation("DV-06", "2026-10-15 09:00", "70", "50", 2, supervisor_engaged_at="+1h", remedy_plan_at="+5h",
              customer_feedback_at="+3h"),
    deviation("DV-07", "2026-10-16 09:00", "90", "50", 3, emergency_team_at="+2h1s"),
    deviation("DV-08", "2026-10-19 09:00", "95", "50", 3, crossed_at="+30h", emergency_team_at="+31h",
              impact_report_sent_at="+32h"),
    deviation("DV-09", "2026-10-20 09:00", "50", "55", None),
    deviation("DV-10", "2026-10-21 09:00", "", "55", 1, self_adjusted_at="+1h", reported_at="+1h"),
    deviation("DV-11", "2026-11-02 01:00", "55", "50", None),
    deviation("DV-12", "2026-10-22 09:00", "55", "50", None, self_adjusted_at="+1h", reported_at="+2h"),
]  # fmt: skip


def judge_deviation(row: Row, as_of: datetime) -> Iterator[Expected]:
    """The grade on record, and what the level asks for in its time."""
    found = row["detected_at"]
    if row["planned_pct"] is None:
        for card in ("LEVEL", *(f"L{level}-{act}" for level, acts in ACTS.items() for act in acts)):
            yield Expected(f"ECS-2.3-DEV-{card}", row["id"], NO_DATA)
        return
    points = row["planned_pct"] - row["actual_pct"]
    if points <= 0:
        return
    level = 1 if points <= 10 else 2 if points <= 30 else 3
    began = row["crossed_at"] or found
    due = began + LIMIT[level]
    yield Expected("ECS-2.3-DEV-LEVEL", row["id"], graded(row, level, as_of), found + timedelta(hours=1))
    first, second = ACTS[level]
    if level == 1:
        words = in_time(row["self_adjusted_at"], due, as_of), in_time(row["reported_at"], due, as_of)
    elif level == 2:
        words = remedied(row, due, as_of), in_time(row["customer_feedback_at"], due, as_of)
    else:
        words = (
            in_time(row["emergency_team_at"], due, as_of),
            in_time(row["impact_report_sent_at"], due, as_of),
        )
    yield Expected(f"ECS-2.3-DEV-L{level}-{first}", row["id"], words[0], due)
    yield Expected(f"ECS-2.3-DEV-L{level}-{second}", row["id"], words[1], due)


def graded(row: Row, level: int, as_of: datetime) -> str:
    """The record carries the right level within an hour of the detection."""
    if row["recorded_level"] == level:
        return MET
    return PENDING if as_of <= row["detected_at"] + timedelta(hours=1) else BREACHED


def remedied(row: Row, due: datetime, as_of: datetime) -> str:
    """A supervisor stepped in and made the remedy plan, in time, the plan before the client was told."""
    engaged, plan, told = row["supervisor_engaged_at"], row["remedy_plan_at"], row["customer_feedback_at"]
    if plan and told and plan > told:
        return BREACHED
    return in_time(max(engaged, plan) if engaged and plan else None, due, as_of)
