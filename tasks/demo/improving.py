"""How the house learns: trainings, meetings, improvements, figures worked out, and its policies."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from tasks.demo.people import AGENTS, GROUPS
from tasks.demo.proposing import paper
from tasks.demo.story import Row

#: topic -> (month and day, hour, assessed by)
TOPICS: Final = {
    "process": ("04-13", "07-13"), "service_skill": ("04-20", "07-20"), "product": ("05-11", "08-10"), "culture": ("05-18", "08-17"),
    "emotion": ("05-25", "08-24"), "privacy": ("06-08", "09-07"), "legal": ("06-15", "09-14"),
}  # fmt: skip
_METRICS: Final = (
    "response_time", "resolution_rate", "complaint_rate", "complaint_handling_rate", "satisfaction", "timeliness", "retention",
    "service_score",
)  # fmt: skip
_LAST_MONTH: Final = 10


def _at(day: str, hour: int = 10) -> datetime:
    return datetime.fromisoformat(f"2026-{day} {hour:02d}:00")


def trainings() -> list[Row]:
    """Each topic once in the second and third quarter for everybody, assessed a week later on a real case."""
    rows: list[Row] = []
    for agent in AGENTS:
        for topic, held in TOPICS.items():
            rows += [_training(agent.no, topic, day) for day in held]
    return rows


def _training(staff: str, topic: str, day: str) -> Row:
    held = _at(day, 14)
    return {
        "id": f"PX-{staff}-{topic}-{day[:2]}", "topic": topic, "held_at": held, "staff_id": staff, "assessed_at": held + timedelta(days=7),
        "assessment_kind": "real_case", "pass_mark": Decimal(80), "score": Decimal(88), "passed": True,
    }  # fmt: skip


def meetings() -> list[Row]:
    """A service review and team meetings each month; a symposium with key accounts each quarter."""
    rows: list[Row] = []
    for month in range(4, _LAST_MONTH + 1):
        held = _at(f"{month:02d}-26", 15)
        rows.append(
            _meeting(f"PH-26{month:02d}", "service_review", held)
            | {"minutes_doc_id": f"JY-26{month:02d}", "improvement_ids": f"GJ-26{month:02d}"}
        )
        rows += [
            _meeting(f"BH-26{month:02d}-{group.code[2:]}", "team", held - timedelta(days=5))
            | {"team_id": group.code, "participants": group.leader}
            for group in GROUPS
        ]  # fmt: skip
    for quarter, day in ((2, "06-18"), (3, "09-17")):
        for account in range(1, 41, 4):
            rows.append(
                _meeting(f"ZT-26Q{quarter}-{account:02d}", "key_account_symposium", _at(day, 14))
                | {"customer_id": f"K-{10000 + account}", "participants": "E1003|E1026"}
            )
    return rows


def _meeting(number: str, kind: str, held: datetime) -> Row:
    return {
        "id": number, "kind": kind, "held_at": held, "customer_id": None, "team_id": None, "participants": "E1003|E1004",
        "minutes_doc_id": None, "improvement_ids": None,
    }  # fmt: skip


def improvements() -> list[Row]:
    """One from the monthly review, one from complaints and one from surveys a month, done and evaluated."""
    rows: list[Row] = []
    for month in range(4, _LAST_MONTH + 1):
        for place, source in enumerate(("metric", "complaint", "survey")):
            begun = _at(f"{month:02d}-{26 - place}", 16)
            done = begun + timedelta(days=12)
            number = f"GJ-26{month:02d}" + ("" if place == 0 else f"-{place}")
            rows.append(
                {"id": number, "source": source, "opened_at": begun, "finding": "首次答复偏慢", "measure": "调整晚间排班",
                 "owner_id": "E1003",
                 "due_at": begun + timedelta(days=20),
                 "done_at": done, "evaluated_at": done + timedelta(days=9), "effect": "答复时间缩短",
                 "effect_before": Decimal(20), "effect_after": Decimal(14)}
            )  # fmt: skip
    return rows


def metrics() -> list[Row]:
    """Each figure of each month, worked out on the evening of its last day, with its analysis."""
    rows: list[Row] = []
    for month in range(4, _LAST_MONTH + 1):
        last = _at(f"{month:02d}-{30 + (month in (5, 7, 8, 10))}", 20)
        for place, name in enumerate(_METRICS):
            rows.append(
                {"id": f"ZB-26{month:02d}-{place + 1}", "metric": name, "level": "company", "period": f"2026-{month:02d}",
                 "computed_at": last, "value": Decimal(80 + place), "n": 400 + place, "analysed_doc_id": f"FX-26{month:02d}"}
            )  # fmt: skip
    return rows


def policies() -> list[Row]:
    """Minutes and analyses of the months, and the policies in force."""
    rows = [
        paper(f"JY-26{m:02d}", "minutes", f"PH-26{m:02d}", _at(f"{m:02d}-27"))
        for m in range(4, _LAST_MONTH + 1)
    ]
    rows += [
        paper(
            f"FX-26{m:02d}", "analysis_report", "", _at(f"{m + 1:02d}-01", 1), sections="complaints,metrics"
        )
        for m in range(4, _LAST_MONTH + 1)
    ]
    stages = "collection,use,storage,transfer,deletion"
    rows += [
        paper(
            "ZC-2026-01", "privacy_policy", "", _at("01-05"), sections=stages, valid_from=_at("01-10").date()
        ),
        paper(
            "ZC-2026-02",
            "service_standard",
            "",
            _at("01-05"),
            sections="response_time,resolution_rate,satisfaction",
            valid_from=_at("01-10").date(),
        ),
    ]
    rows += [paper(f"MB-{g.code}", "other", g.code, _at("01-12")) for g in GROUPS]
    return rows + [
        paper(
            f"KH-{10000 + a}",
            "account_strategy",
            f"K-{10000 + a}",
            _at("02-02"),
            sections="goals,content,standard,plan",
        )
        for a in range(1, 41)
        if a % 4
    ]
