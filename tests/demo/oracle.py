"""Ordinary tickets judged by hand, one by one, from the CRM's own rows: slow, plain, and not our engine.

Planted tickets (serial 9000 and above) are left to the answer key.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from tests.demo.answers import SILENT, Answer

#: The extract and the promise of escalations, as the CRM stores instants: naive UTC.
_NOW: Final = datetime.fromisoformat("2026-11-01 18:00:00")
_PROMISED: Final = datetime.fromisoformat("2026-09-30 16:00:00")


@dataclass(frozen=True)
class _Duty:
    """The row of the standard's table for one kind of ticket."""

    suffix: str
    answer: timedelta
    solve: timedelta
    grace: timedelta
    role: str
    told_is_enough: bool


def _minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


_DUTIES: Final = {
    "一般咨询": _Duty("CONSULT", _minutes(15), _minutes(120), _minutes(60), "主管", told_is_enough=True),
    "技术支持": _Duty("TECH", _minutes(30), _minutes(240), _minutes(60), "应急小组", told_is_enough=False),
    "投诉": _Duty("COMPLAINT", _minutes(10), _minutes(1440), _minutes(15), "总经理", told_is_enough=False),
    "紧急故障": _Duty("EMERGENCY", _minutes(5), _minutes(60), _minutes(15), "全员", told_is_enough=False),
}
_ENGLISH: Final = {
    "General enquiry": "一般咨询", "Technical support": "技术支持", "Complaint": "投诉", "Emergency fault": "紧急故障",
}  # fmt: skip
_TICKETS: Final = """
    SELECT id, ticket_no, category, reported_at,
           (SELECT min(at) FROM (
              SELECT started_at AS at FROM calls WHERE ticket_id = t.id AND direction = 'out' UNION ALL
              SELECT sent_at FROM messages WHERE ticket_id = t.id AND direction = 'out' AND automatic = 0)),
           (SELECT min(changed_at) FROM ticket_changes WHERE ticket_id = t.id AND new_value = 'solved')
    FROM tickets t WHERE CAST(substr(ticket_no, 7) AS INTEGER) < 9000 ORDER BY id"""


def ordinary(crm: Path) -> Iterator[Answer]:
    """What each limit and each overtime mechanism must say of each ordinary ticket in the SQLite demo."""
    with closing(sqlite3.connect(crm)) as database:
        for key, number, category, *stamps in database.execute(_TICKETS).fetchall():
            duty = _DUTIES[_ENGLISH.get(category, category)]
            came, answered, solved = (datetime.fromisoformat(s) if s else None for s in stamps)
            assert came is not None
            limits = {"RESPONSE": (answered, came + duty.answer), "RESOLVE": (solved, came + duty.solve)}
            for name, (done, due) in limits.items():
                yield Answer(f"ECS-1.3-{name}-{duty.suffix}", number, _limit(done, due))
            broken = [due for done, due in limits.values() if _limit(done, due) == "breached"]
            said = _overtime(database, key, duty, came, min(broken)) if broken else SILENT
            yield Answer(f"ECS-1.3-OVERTIME-{duty.suffix}", number, said)


def _limit(done: datetime | None, due: datetime) -> str:
    if done is None:
        return "breached" if due < _NOW else "pending"
    return "met" if done <= due else "breached"


def _overtime(database: sqlite3.Connection, key: int, duty: _Duty, came: datetime, broken: datetime) -> str:
    """Told or acted between the receipt and the broken limit plus grace."""
    proof = "raised_at" if duty.told_is_enough else "min(seen_at, acted_at)"
    rows = database.execute(
        f"SELECT {proof} FROM ticket_escalations WHERE ticket_id = ? AND to_role = ?", (key, duty.role)
    )
    proofs = [datetime.fromisoformat(at) for (at,) in rows if at]
    if any(came <= at <= broken + duty.grace for at in proofs):
        return "met"
    if broken + duty.grace >= _NOW:
        return "pending"
    return "breached" if proofs or came >= _PROMISED else "no_data"
