"""CRMs that are known by their tables, and the mapping shipped for each."""

import re
from collections.abc import Mapping
from typing import Final

from config.mapping.load import FOLDER
from tasks.crm.proposing.schema import Table, without_case

#: Product -> tables and columns that nobody else has together, in lower case.
SIGNS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "creme": {
        "creme_core_cremeentity": ("created", "is_deleted"),
        "creme_core_historyline": ("value", "entity_id"),
        "tickets_ticket": ("status_id", "closing_date"),
    },
    "espocrm": {
        "case": ("number", "assigned_user_id", "created_at", "deleted"),
        "note": ("parent_type", "parent_id", "data", "type"),
    },
    "suitecrm": {
        "cases": ("case_number", "date_entered", "assigned_user_id"),
        "cases_audit": ("field_name", "before_value_string", "after_value_string"),
    },
    "frappe_helpdesk": {
        "tabhd ticket": ("first_responded_on", "agent_group"),
        "tabversion": ("ref_doctype", "docname", "data"),
    },
    "request_tracker": {
        "tickets": ("effectiveid", "queue", "resolved"),
        "transactions": ("objecttype", "objectid", "oldvalue", "newvalue"),
    },
}
_SOURCE: Final = re.compile(r"^source: .*$", re.MULTILINE)
_CRM: Final = re.compile(r"^  crm: \{url: .*\}.*$", re.MULTILINE)


def recognised(tables: Mapping[str, Table]) -> str:
    """The product these tables are of, or ""."""
    known = without_case(tables)
    return next((name for name, signs in SIGNS.items() if _is(known, signs)), "")


def _is(known: Mapping[str, Table], signs: Mapping[str, tuple[str, ...]]) -> bool:
    for name, columns in signs.items():
        if name not in known or not set(columns) <= {column.lower() for column in known[name].columns}:
            return False
    return True


def shipped(product: str, name: str, connection: str) -> str:
    """The mapping shipped for a product, under another name and with the connection filled in.

    Args:
        product: a key of ``SIGNS``.
        name: what the source is to be called.
        connection: the YAML line of the connection ``crm``.
    """
    text = (FOLDER / f"{product}.yaml").read_text(encoding="utf-8")
    text = _SOURCE.sub(lambda _: f"source: {name}", text, count=1)
    text = _CRM.sub(lambda _: connection, text, count=1)
    return text.replace(f"state/{product}/registers", f"state/{name}/registers")
