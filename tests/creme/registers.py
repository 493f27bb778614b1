"""The scenario's registers as workbooks, as people keep them beside the CRM."""

from datetime import datetime
from pathlib import Path
from typing import Final

from tasks.crm.register_words import columns
from tasks.crm.registers import write_register
from tests.creme.deviations import DEVIATIONS
from tests.creme.projects import ACCEPTANCE_ITEMS, ACCEPTANCES, DELIVERABLES, FOLLOW_UPS, QA_CHECKS, Row
from tests.creme.scenario import SHANGHAI

#: Workbook -> sheet -> rows.
BOOKS: Final = {
    "acceptances.xlsx": {"acceptance": ACCEPTANCES, "acceptance_item": ACCEPTANCE_ITEMS},
    "quality.xlsx": {"deliverable": DELIVERABLES, "qa_check": QA_CHECKS, "follow_up": FOLLOW_UPS},
    "deviations.xlsx": {"deviation": DEVIATIONS},
}


def write_registers(folder: Path) -> Path:
    """Write the workbooks into ``folder`` and return it."""
    for name, sheets in BOOKS.items():
        write_register(folder / name, {entity: _typed(entity, rows) for entity, rows in sheets.items()})
    return folder


def _typed(entity: str, rows: list[Row]) -> list[dict[str, object]]:
    """Rows as they stand in cells; where the number is the key, the sheet has no column for the key."""
    names = [field.name for field in columns(entity)]
    return [{name: _cell(row.get(name)) for name in names} for row in rows]


def _cell(value: object) -> object:
    """Local stamps; a date cell is exact to the second, so a finer one is typed as text."""
    if not isinstance(value, datetime):
        return value
    local = value.astimezone(SHANGHAI).replace(tzinfo=None)
    return local.isoformat(" ") if local.microsecond else local
