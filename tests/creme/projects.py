"""What the registers hold beside the CRM: acceptances with their items, deliverables with QA checks, visits.

Rows are plain dictionaries in the register's own words, stamps as aware local instants; the surveys belong to
these acceptances but live in the CRM as poll replies that carry the acceptance's number.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from tests.creme.scenario import Survey, at

Row = dict[str, Any]
HOUR: Final = timedelta(hours=1)


def accepted(number: str, customer: str, applied: str, confirmed: str = "", **other: Any) -> Row:
    """An acceptance that went by the book unless ``other`` says what did not (None = never happened)."""
    start = at(applied)
    row: Row = {
        "id": number,
        "code": number,
        "customer_id": customer,
        "owner_id": "zhao.lei",
        "self_checked_at": start - 2 * HOUR,
        "applied_at": start,
        "formal_started_at": start + HOUR,
        "formal_finished_at": start + 3 * HOUR,
        "has_checklist": True,
        "rectification_plan_at": None,
        "rectified_at": None,
        "confirmed_at": at(confirmed) if confirmed else None,
        "confirmation_signed": bool(confirmed),
        "signed_by": "Yu Xin" if confirmed else None,
    }
    return row | {
        name: at(value) if name.endswith("_at") and value else value for name, value in other.items()
    }


def item(acceptance: str, place: int) -> Row:
    """A line of the acceptance list, passed by the client."""
    return {
        "id": f"{acceptance}/{place}",
        "acceptance_id": acceptance,
        "title": f"Point {place} of the list",
        "tested_at": None,
        "tested_by": "client",
        "passed": True,
        "plan_text": None,
        "retested_at": None,
        "retest_passed": None,
    }


#: Number -> month and days (applied, confirmed) of the ordinary acceptances before the holiday.
_ORDINARY: Final = {
    "2026-06": ((8, 10), (9, 11)),
    "2026-07": ((6, 8), (7, 9), (13, 15), (14, 16), (20, 22)),
    "2026-08": ((3, 5), (4, 6), (10, 12), (11, 13), (17, 19)),
    "2026-09": ((1, 3), (2, 4), (7, 9), (8, 10), (14, 16), (15, 17), (21, 23)),
}


def _ordinary() -> list[Row]:
    days = [(month, pair) for month, pairs in _ORDINARY.items() for pair in pairs]
    return [
        accepted(f"AC-{n:03d}", "C-1001", f"{month}-{a:02d} 10:00", f"{month}-{c:02d} 16:00")
        for n, (month, (a, c)) in enumerate(days, start=1)
    ]


HOLIDAYS: Final = [
    # applied on Saturday 3 October: day 1 is Thursday 8, day 5 is Tuesday 13 October, to its last microsecond
    accepted("AC-101", "C-1001", "2026-10-03 10:00", "2026-10-13 23:59:59.999999"),
    accepted("AC-102", "C-1001", "2026-10-03 10:00", "2026-10-14 00:00"),
    # applied on Wednesday 30 September: the same last day
    accepted("AC-103", "C-1002", "2026-09-30 16:00", "2026-10-13 17:00"),
    # signed on Wednesday 30 September: the survey is due by the end of Saturday 10 October, a make-up day
    accepted("AC-104", "C-1002", "2026-09-28 10:00", "2026-09-30 15:00"),
    accepted("AC-105", "C-1003", "2026-09-28 10:00", "2026-09-30 16:00"),
]
STEPS: Final = [
    accepted("AC-106", "C-1001", "2026-10-12 10:00"),
    accepted("AC-107", "C-1002", "2026-10-29 10:00"),
    accepted("AC-108", "C-1003", "2026-10-19 10:00", "2026-10-21 16:00", self_checked_at="2026-10-19 10:30"),
    accepted("AC-109", "C-1001", "2026-10-19 11:00", "2026-10-21 16:00", self_checked_at=None),
    accepted("AC-110", "C-1002", "2026-10-20 10:00", "2026-10-22 16:00"),
    accepted("AC-111", "C-1003", "2026-10-20 11:00", "2026-10-22 16:00", has_checklist=False),
    accepted("AC-112", "C-1001", "2026-10-21 10:00", "2026-10-23 16:00"),
    accepted("AC-113", "C-1002", "2026-10-21 11:00", "2026-10-26 16:00",
             rectification_plan_at="2026-10-22 09:00", rectified_at="2026-10-23 17:00"),
    accepted("AC-114", "C-1003", "2026-10-22 10:00", "2026-10-26 16:00"),
    accepted("AC-115", "C-1001", "2026-10-22 11:00", "2026-10-26 16:00",
             formal_started_at="2026-10-22 10:59"),
    accepted("AC-116", "C-1002", "2026-10-23 10:00", "2026-10-26 16:00", confirmation_signed=False),
]  # fmt: skip
SURVEYED: Final = [
    accepted("AC-117", "C-1003", "2026-10-08 10:00", "2026-10-12 16:00"),
    accepted("AC-118", "C-1001", "2026-10-27 10:00", "2026-10-30 16:00"),
    accepted("AC-119", "C-1002", "2026-10-12 10:00", "2026-10-14 16:00"),
    accepted("AC-120", "C-1003", "2026-10-13 10:00", "2026-10-15 16:00"),
    accepted("AC-121", "C-1004", "2026-10-14 10:00", "2026-10-16 16:00"),
    accepted("AC-122", "C-1002", "2026-10-15 10:00", "2026-10-19 16:00"),
]
ACCEPTANCES: Final = _ordinary() + HOLIDAYS + STEPS + SURVEYED


def _items() -> list[Row]:
    """Two good points for each acceptance, except where the list tells a story."""
    odd: dict[tuple[str, int], Row] = {
        ("AC-110", 2): {"tested_at": None, "passed": None, "tested_by": None},
        ("AC-112", 2): {"tested_by": "staff"},
        ("AC-113", 2): {"passed": False, "plan_text": "Replace the gauge",
                        "retested_at": at("2026-10-23 17:00"), "retest_passed": True},
        ("AC-114", 2): {"passed": False},
    }  # fmt: skip
    return [
        item(row["id"], place) | {"tested_at": row["formal_finished_at"]} | odd.get((row["id"], place), {})
        for row in ACCEPTANCES
        for place in (1, 2)
    ]


ACCEPTANCE_ITEMS: Final = _items()

#: Days after signing, and days until the answer (None = none came), of the ordinary surveys in their order.
_ANSWERS: Final = (
    *(2, None),  # June: 1 of 2, and nobody opened a special visit
    *(1, 3, None, 5, None),  # July: 3 of 5 is exactly 60 %
    *(1, None, 2, 3, 4),  # August: 4 of 5 is exactly 80 %
    *(1, 3, 14, None, None),  # September: one answer on the last instant of its 14 days ...
)


def _surveys() -> list[Survey]:
    rows = []
    for n, (row, days) in enumerate(zip(ACCEPTANCES, _ANSWERS, strict=False), start=1):
        sent = row["confirmed_at"] + timedelta(days=1)
        answered = _text(sent + timedelta(days=days)) if days else ""
        rows.append(Survey(f"SV-{n:03d}", row["id"], row["customer_id"], _text(sent), answered))
    return rows


def _text(instant: datetime) -> str:
    return instant.replace(tzinfo=None).isoformat(" ")


#: Creme's poll replies about acceptances.
SURVEYS: Final = [
    *_surveys(),
    # ... one a microsecond after it, and one that bounced, was sent again to a good address and answered
    Survey("SV-018", "AC-018", "C-1001", "2026-09-18 16:00", "2026-10-02 16:00:00.000001"),
    Survey("SV-019", "AC-019", "C-1001", "2026-09-24 09:00", bounced=True),
    Survey("SV-020", "AC-019", "C-1001", "2026-09-24 15:00", "2026-09-28 09:00"),
    Survey("SV-101", "AC-101", "C-1001", "2026-10-16 18:00", "2026-10-18 09:00"),
    Survey("SV-102", "AC-102", "C-1001", "2026-10-19 23:59:59.999999"),
    Survey("SV-103", "AC-103", "C-1002", "2026-10-17 00:00"),
    Survey("SV-104", "AC-104", "C-1002", "2026-10-10 23:59:59.999999", "2026-10-12 09:00"),
    Survey("SV-105", "AC-105", "C-1003", "2026-10-11 00:00"),
    Survey("SV-108", "AC-108", "C-1003", "2026-10-22 09:00", "2026-10-23 09:00"),
    Survey("SV-109", "AC-109", "C-1001", "2026-10-22 09:10"),
    Survey("SV-110", "AC-110", "C-1002", "2026-10-23 09:00"),
    Survey("SV-111", "AC-111", "C-1003", "2026-10-23 09:10"),
    Survey("SV-112", "AC-112", "C-1001", "2026-10-26 09:00"),
    Survey("SV-113", "AC-113", "C-1002", "2026-10-27 09:00"),
    Survey("SV-114", "AC-114", "C-1003", "2026-10-27 09:10"),
    Survey("SV-115", "AC-115", "C-1001", "2026-10-27 09:20"),
    Survey("SV-116", "AC-116", "C-1002", "2026-10-27 09:30"),
    # AC-117: none; AC-118: still inside; AC-119: before the signature; AC-120: bounced and left at that
    Survey("SV-119", "AC-119", "C-1002", "2026-10-14 15:00"),
    Survey("SV-120", "AC-120", "C-1003", "2026-10-16 09:00", bounced=True),
    # names no acceptance; its customer has one
    Survey("SV-121", "", "C-1004", "2026-10-19 09:00", "2026-10-20 09:00"),
    # four questions of the five
    Survey("SV-122", "AC-122", "C-1002", "2026-10-20 09:00", questions=4),
    # about a case, so none of the acceptance's business; it asks less, and nobody answered
    Survey("SV-201", "", "C-1001", "2026-09-25 12:00", questions=2, case="G01"),
]


def _delivered(number: str, when: str | None, customer: str = "C-1001") -> Row:
    return {
        "id": number,
        "code": number,
        "customer_id": customer,
        "owner_id": "sun.hao",
        "kind": "document",
        "delivered_at": at(when) if when else None,
    }


def _check(
    number: str, turn: int, when: str, passed: int | None = 100, total: int | None = 100, result: str = "pass"
) -> Row:
    return {
        "id": f"{number}/{turn}",
        "deliverable_id": number,
        "inspector_id": "he.ying",
        "round": turn,
        "checked_at": at(when),
        "items_total": total,
        "items_passed": passed,
        "result": result,
    }


DELIVERABLES: Final = [
    *(_delivered(f"D-S{n:02d}", f"2026-09-{n + 2:02d} 15:00") for n in range(1, 21)),
    *(_delivered(f"D-O{n:02d}", f"2026-10-{n + 8:02d} 15:00") for n in range(1, 20) if n not in (10, 12)),
    _delivered("D-O10", None),
    _delivered("D-O12", "2026-11-02 09:00"),
    _delivered("D-N01", "2026-11-01 18:00", "C-1002"),
    _delivered("D-X01", "2026-10-28 15:00", "C-1003"),
]
#: D-O numbers whose first check is not the ordinary one.
_ODD: Final = {
    1: _check("D-O01", 1, "2026-10-01 00:30", 80, 100, "fail"),  # October by the business's own clock
    2: _check("D-O02", 1, "2026-10-09 10:00", 95),
    3: _check("D-O03", 1, "2026-10-10 10:00", 94),
    4: _check("D-O04", 1, "2026-10-11 10:00", 19, 20),
    5: _check("D-O05", 1, "2026-10-12 10:00", 18, 19),
    6: _check("D-O06", 1, "2026-10-13 10:00", 0, 0),
    7: _check("D-O07", 1, "2026-10-14 10:00", None, None),
    8: _check("D-O08", 1, "2026-10-16 15:00:00.000001"),  # a microsecond after delivery
    9: _check("D-O09", 1, "2026-10-17 15:00"),  # at the instant of delivery
}
QA_CHECKS: Final = [
    *(_check(f"D-S{n:02d}", 1, f"2026-09-{n + 1:02d} 10:00") for n in range(1, 20)),
    # 19 of 20 first rounds in September is exactly 95 %
    _check("D-S20", 1, "2026-09-21 10:00", 90, 100, "fail"),
    _check("D-S20", 2, "2026-09-21 16:00"),
    *(_ODD.get(n) or _check(f"D-O{n:02d}", 1, f"2026-10-{n + 7:02d} 10:00") for n in range(1, 20)),
    _check("D-O01", 2, "2026-10-08 10:00"),
    # the last check before delivery failed, whatever the first one said
    _check("D-O11", 2, "2026-10-19 10:00", 90, 100, "fail"),
    _check("D-N01", 1, "2026-11-01 10:00", 99),
    # D-X01 was delivered and never checked
]

#: One special visit was opened, for the September cohort.
FOLLOW_UPS: Final[list[Row]] = [
    {
        "id": "FU-001",
        "kind": "special_return_visit",
        "scope": "2026-09",
        "customer_id": None,
        "opened_at": at("2026-10-20 10:00"),
        "owner_id": "zhou.min",
        "done_at": None,
    }
]
