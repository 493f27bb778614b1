"""The officer's table: open matters to take, lists that come back, acts on record."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from audits.acts import SCOPE
from audits.errors import WrongUse
from audits.findings import as_ints
from audits.instants import moment_of
from audits.words import NAT
from flows.acts.acting import Desk
from tasks.store import ActRow
from tasks.store.act_list import Order


def open_matters(desk: Desk) -> list[dict[str, str]]:
    """Open and acknowledged findings of every standard set, baseline apart, the oldest due first."""
    out: dict[str, tuple[int, dict[str, str]]] = {}
    names = desk.store.directory(desk.source)
    codes = dict(zip(names["entity"] + ":" + names["id"], names["code"], strict=True))
    for standards in desk.store.runs(desk.source)["standards"].unique().tolist():
        known = desk.store.findings(desk.source, standards)
        rows = known[known["state"].isin(["open", "acknowledged"]) & ~known["marks"].str.contains("baseline")]
        due = as_ints(rows["due_at"].fillna(rows["anchor_at"]))
        for at, row in zip(due.tolist(), rows.to_dict("records"), strict=True):
            out[row["finding"]] = (at, {
                **{str(name): str(row[name]) for name in ("finding", "label", "clause", "state", "marks")},
                "customer": codes.get(f"customer:{row['customer_id']}") or str(row["customer_id"]),
                "holder": codes.get(f"staff:{row['assignee_id']}") or str(row["assignee_id"]),
                "due": said(desk, at),
            })  # fmt: skip
    return [row for _, row in sorted(out.values(), key=lambda one: (one[0], one[1]["finding"]))]


def said(desk: Desk, at: int) -> str:
    """An instant as the business writes it, to the minute; "" for none."""
    return "" if at == NAT else f"{moment_of(at).astimezone(desk.zone):%Y-%m-%d %H:%M}"


def orders_of(desk: Desk, lines: Sequence[Order], path: Path) -> list[ActRow]:
    """What a list orders.

    Raises:
        WrongUse: lines that cannot be ordered, each by its cell; then none is.
    """
    orders, wrong = [], []
    for line in lines:
        try:
            orders.append(_order(desk, line))
        except WrongUse as error:
            wrong.append(f"{line.cell}: {error.found}")
    if wrong:
        raise WrongUse("; ".join(wrong), str(path), "mend these lines; nothing was entered")
    return orders


def _order(desk: Desk, line: Order) -> ActRow:
    if line.act == "disputed":
        return desk.dispute(line.finding, line.by, line.note)
    return desk.acknowledge(line.finding, line.by, line.note, line.until)


def acts_on_record(desk: Desk) -> list[dict[str, Any]]:
    """Every act, the newest last, in texts."""
    rows = desk.store.acts(desk.source).to_dict("records")
    return [
        {
            "act": row["act"],
            "kind": row["kind"],
            "about": row["ends"] or row["finding"] or " ".join(row[name] for name in SCOPE if row[name]),
            "by": row["person"],
            "approved_by": row["approver"],
            "at": said(desk, row["at"]),
            "entered": said(desk, row["entered_at"]),
            "from": said(desk, row["begins"]),
            "until": said(desk, row["until"]),
            "why": row["why"],
            "evidence": row["evidence"],
            "batch": row["batch"],
        }
        for row in rows
    ]
