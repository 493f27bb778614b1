"""The measure: DuckDB, with SQL written by hand for exactly this load."""

from datetime import date, timedelta
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from audits.calendars import DayKind
from audits.instants import DAY, HOUR, MINUTE, day_number
from audits.words import Verdict
from benchmarks.load import AS_OF, sizes
from benchmarks.outputs import Outputs
from config.calendars import FOLDER, load_calendar

_SQL: Final = Path(__file__).with_name("by_hand.sql")
#: Service type, code, limits of response and resolution, grace, whether being told is enough, and whom.
_KINDS: Final = (
    ("consultation", "CONSULT", 15 * MINUTE, 2 * HOUR, 60 * MINUTE, True,
     ["supervisor", "duty_supervisor", "service_manager"]),
    ("technical_support", "TECH", 30 * MINUTE, 4 * HOUR, 60 * MINUTE, False, ["emergency_team"]),
    ("complaint", "COMPLAINT", 10 * MINUTE, 24 * HOUR, 15 * MINUTE, False, ["general_manager"]),
    ("emergency_fault", "EMERGENCY", 5 * MINUTE, HOUR, 15 * MINUTE, False, ["duty_list", "emergency_team"]),
)  # fmt: skip
_OFFSET: Final = 8 * HOUR
_WORKED: Final = frozenset({DayKind.WORKING, DayKind.MAKE_UP})
_SPAN: Final = (date(2026, 6, 1), date(2026, 12, 31))
_MONTHS: Final = ("2026-09", "2026-10")

_COUNTS: Final = """
SELECT 'ECS-1.3-RESPONSE-' || code, team_id, response, response_open, count(*) FROM limits GROUP BY ALL
UNION ALL SELECT 'ECS-1.3-RESOLVE-' || code, team_id, resolution, resolution_open, count(*) FROM limits GROUP BY ALL
UNION ALL SELECT 'ECS-1.3-OVERTIME-' || code, team_id, verdict, NULL, count(*) FROM overtime GROUP BY ALL
UNION ALL SELECT 'ECS-2.4-ACCEPT-5WD', '', accepted, NULL, count(*) FROM acceptances GROUP BY ALL
UNION ALL SELECT 'ECS-2.4-SURVEY-3WD', '', surveyed, NULL, count(*) FROM acceptances WHERE surveyed IS NOT NULL GROUP BY ALL
UNION ALL SELECT 'ECS-2.4-QA-BEFORE-DELIVERY', '', before, NULL, count(*) FROM deliveries GROUP BY ALL
UNION ALL SELECT 'ECS-2.4-QA-ITEMS-95', '', items, NULL, count(*) FROM deliveries WHERE items IS NOT NULL GROUP BY ALL
UNION ALL SELECT clause, '', verdict, NULL, count(*) FROM rates GROUP BY ALL
"""
_FINDINGS: Final = """
SELECT 'ECS-1.3-RESPONSE-' || code AS clause, id AS record, response_due AS due, responded AS done
FROM limits WHERE response = 'breached'
UNION ALL SELECT 'ECS-1.3-RESOLVE-' || code, id, resolution_due, resolved FROM limits WHERE resolution = 'breached'
UNION ALL SELECT 'ECS-1.3-OVERTIME-' || code, id, due, done FROM overtime WHERE verdict = 'breached'
UNION ALL SELECT 'ECS-2.4-ACCEPT-5WD', id, accept_due, signed FROM acceptances WHERE accepted = 'breached'
UNION ALL SELECT 'ECS-2.4-SURVEY-3WD', id, survey_due, sent FROM acceptances WHERE surveyed = 'breached'
UNION ALL SELECT 'ECS-2.4-QA-BEFORE-DELIVERY', id, delivered, checked FROM deliveries WHERE before = 'breached'
UNION ALL SELECT 'ECS-2.4-QA-ITEMS-95', id, delivered, delivered FROM deliveries WHERE items = 'breached'
UNION ALL SELECT clause, month, due, NULL FROM rates WHERE verdict = 'breached'
"""


class ByHand:
    """A DuckDB session over a folder of Parquet files, with everything that is not a record at hand.

    Args:
        folder: the load.
    """

    def __init__(self, folder: Path) -> None:
        self._db = duckdb.connect()
        for entity in sizes():
            self._db.execute(f"CREATE VIEW \"{entity}\" AS SELECT * FROM '{folder}/{entity}.parquet'")
        verdicts = ", ".join(f"'{verdict.name.lower()}'" for verdict in Verdict)
        self._db.execute(f"CREATE TYPE verdict AS ENUM ({verdicts})")
        for name, table in {
            "kinds": _kinds(),
            "graces": _graces(),
            "days": _days(),
            "months": _months(),
        }.items():
            self._db.register("given", table)
            self._db.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
        self._db.execute(f"SET VARIABLE as_of = {AS_OF}")

    def run(self) -> Outputs:
        """Judge the load."""
        self._db.execute(_SQL.read_text(encoding="utf-8"))
        rows = self._db.execute(_COUNTS).fetchall()
        counts = {(clause, team, verdict, other or ""): n for clause, team, verdict, other, n in rows}
        return Outputs(counts, self._db.sql(_FINDINGS).to_arrow_table())


def _kinds() -> pa.Table:
    rows = [
        {"service_type": name, "code": code, "response": response, "resolution": resolution}
        for kind, code, response, resolution, *_ in _KINDS
        for name in (kind, None)
    ]
    return pa.Table.from_pylist(rows)


def _graces() -> pa.Table:
    rows = [
        {"code": code, "grace": grace, "told": told, "roles": roles}
        for _, code, _, _, grace, told, roles in _KINDS
    ]
    return pa.Table.from_pylist(rows)


def _months() -> pa.Table:
    clauses = ("ECS-2.4-QA-RATE-95", "ECS-2.4-SURVEY-RETURN-80")
    return pa.Table.from_pylist([{"clause": c, "month": m} for c in clauses for m in _MONTHS])


def _days() -> pa.Table:
    """Every local day: opening hours 9 to 18 on worked days, and due instants, counted one by one."""
    calendar = load_calendar(FOLDER / "cn.yaml")
    first, last = _SPAN
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    worked = [calendar.kind(day) in _WORKED for day in days]
    rows, before = [], 0
    for at, day in enumerate(days):
        midnight = day_number(day) * DAY - _OFFSET
        opens, closes = midnight + 9 * HOUR, midnight + (18 if worked[at] else 9) * HOUR
        rows.append({
            "day": day_number(day), "opens": opens, "closes": closes, "open_before": before,
            "due_3": _due(days, worked, at, 3), "due_5": _due(days, worked, at, 5),
        })  # fmt: skip
        before += closes - opens
    return pa.Table.from_pylist(rows)


def _due(days: list[date], worked: list[bool], at: int, count: int) -> int | None:
    """Last microsecond of the n-th working day after a day; None past the end of the table."""
    for later in range(at + 1, len(days)):
        count -= worked[later]
        if not count:
            return (day_number(days[later]) + 1) * DAY - _OFFSET - 1
    return None
