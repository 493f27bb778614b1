"""What the five standards ask beyond a first installation: more tables of the CRM, more registers beside it.

``planted_wide.yaml`` lays what is planted over the ordinary rows: by table or register, by number.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import yaml

from tasks.demo import care, guarding, improving, talks
from tasks.demo.clock import EXTRACTED, moment, stored
from tasks.demo.proposing import proposing
from tasks.demo.story import Row, Story

_FILE: Final = Path(__file__).parent / "planted_wide.yaml"
#: Which column names a planted row, by table; registers have their own number.
_NUMBER: Final = {
    "ticket_forms": "ticket_no", "hotline_calls": "call_no", "promises": "promise_no", "access_rights": "right_no",
    "access_log": "access_no", "account_profiles": "account_no", "orders": "order_no", "message_details": "message_ref",
    "ticket_notices": "notice_no", "ticket_holders": "holder_no", "documents": "doc_no",
}  # fmt: skip
#: Stamps that may lie ahead.
_AHEAD: Final = frozenset({"due_at", "promised_at", "expected_at"})


def wide_tables(
    stories: list[Story], tickets: list[Row], messages: list[Row], papers: list[Row]
) -> dict[str, list[Row]]:
    """The further tables of the CRM, stamps in UTC, ids in the order of their rows.

    Args:
        papers: documents that registers name: monitoring forms, manuals.
    """
    ids = {str(row["ticket_no"]): int(str(row["id"])) for row in tickets}
    known = sorted((s for s in stories if s.no in ids), key=lambda s: ids[s.no])
    made = {
        "ticket_forms": care.forms(known, ids),
        "ticket_holders": _named("PD", care.holders(known, ids), "holder_no"),
        "ticket_notices": _named("TZ", care.notices(known, ids), "notice_no"),
        "promises": care.promises(known, ids),
        "hotline_calls": talks.hotline(known, ids),
        "message_details": talks.letters(known, ids, messages),
        "account_profiles": guarding.profiles(),
        "orders": guarding.orders(),
        "access_rights": guarding.rights(),
        "access_log": guarding.accesses(known, ids),
        "documents": care.papers(known, ids) + proposing().documents + improving.policies() + papers,
    }
    plans = _plans()
    return {name: _kept(planted(rows, plans.get(name, []), _NUMBER[name])) for name, rows in made.items()}


def wide_registers() -> dict[str, dict[str, list[Row]]]:
    """The further workbooks, stamps local."""
    made, plans = proposing(), _plans()
    books: dict[str, dict[str, list[Row]]] = {
        "proposals.xlsx": {
            "requirement": made.requirements,
            "proposal": made.proposals,
            "review": made.reviews,
        },
        "learning.xlsx": {
            "training": improving.trainings(),
            "meeting": made.meetings + improving.meetings(),
            "improvement": improving.improvements(),
            "metric_snapshot": improving.metrics(),
        },
        "cooperation.xlsx": {"xdept_request": [], "record_store": guarding.stores()},
    }
    return {
        name: {
            e: planted(rows, plans.get(e, []), "code" if e == "proposal" else "id")
            for e, rows in book.items()
        }
        for name, book in books.items()
    }


def planted_over(rows: list[Row], name: str, number: str) -> list[Row]:
    """Rows of a table that a first installation has too, with what is planted for the five standards."""
    return planted(rows, _plans().get(name, []), number)


def work_log(forms: list[Row], last: int) -> list[Row]:
    """The log lines of each form that was carried out, after the ``last`` line there is; stamps in UTC."""
    lines: list[Row] = []
    for form in forms:
        at = form["executed_at"]
        if isinstance(at, datetime):
            lines += [_line(form, at, "executed"), _line(form, at + timedelta(seconds=20), "progress")]
    return [{"id": at, **line} for at, line in enumerate(lines, start=last + 1)]


def _line(form: Row, at: datetime, word: str) -> Row:
    return {
        "ticket_id": form["ticket_id"], "changed_at": at, "changed_by": form["by_no"], "field": "work", "old_value": None,
        "new_value": word,
    }  # fmt: skip


def _plans() -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return found


def planted(rows: list[Row], plans: list[Mapping[str, Any]], number: str) -> list[Row]:
    """The rows with what is planted laid over them; a number nobody has is a new row, ``gone`` takes one out."""
    by_number = {str(row[number]): dict(row) for row in rows}
    for plan in plans:
        name = str(plan[number])
        if plan.get("gone"):
            del by_number[name]
            continue
        said = {key: _value(key, value) for key, value in plan.items() if key not in ("is", number)}
        blank = dict.fromkeys(rows[0], None) if rows else {}
        by_number[name] = by_number.get(name, blank) | {number: name} | said
    return list(by_number.values())


def _value(name: str, value: object) -> object:
    return (
        moment(value) if isinstance(value, str) and name.endswith(("_at", "at")) and " " in value else value
    )


def _named(prefix: str, rows: list[Row], number: str) -> list[Row]:
    """Rows of one ticket counted: ``TZ-T2610-9001-1``."""
    counts: dict[str, int] = {}
    made = []
    for row in rows:
        ticket = str(row.get("ticket_no") or row["ticket_id"])
        counts[ticket] = counts.get(ticket, 0) + 1
        made.append(
            {
                number: f"{prefix}-{ticket}-{counts[ticket]}",
                **{k: v for k, v in row.items() if k != "ticket_no"},
            }
        )
    return made


def _kept(rows: list[Row]) -> list[Row]:
    """As the CRM stores it: every column in every row, stamps in UTC, nothing after the extract."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return [
        {"id": at} | {name: _stamp(name, row.get(name)) for name in columns if name != "id"}
        for at, row in enumerate(rows, start=1)
    ]


def _stamp(name: str, value: object) -> object:
    """In UTC; what had not happened at the extract is not there yet, but for what is planned."""
    if not isinstance(value, datetime):
        return value
    return stored(value) if value <= EXTRACTED or name in _AHEAD else None
