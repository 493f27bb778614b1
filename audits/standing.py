"""``life.json``: what depends on the findings' life and on notices, and so may differ between two runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from audits.findings import as_ints
from audits.judge import Judged
from audits.saying import codes_of, iso
from audits.words import DAY, NAT

OPEN: Final = ("open", "acknowledged")
#: From so many breaches of one clause in one period on, a customer is named among the repeat offenders.
REPEAT: Final = 3
_MOST: Final = 5


@dataclass(frozen=True)
class Mailing:
    """How telling stands.

    Args:
        mode: ``preview``, ``pilot`` or ``live``.
        live_from: instant from which obligations are mailed, NAT while none are.
        outcomes: notices owed so far by what became of them (``owed``, ``sent``, ``written``, ``unknown``,
            ``failed``, ``refused``, ``held``), and ``preview`` and ``people`` of what would have gone.
        holders: finding -> (printable name of who holds it, instant since when).
    """

    mode: str
    live_from: int
    outcomes: Mapping[str, Any]
    holders: Mapping[str, tuple[str, int]]


def life_document(
    judged: Judged, before: pd.DataFrame, after: pd.DataFrame, mailing: Mailing, previous: int | None
) -> dict[str, Any]:
    """Build ``life.json``; it also says when the extract was taken, and whether a past instant was judged
    from later data (law 13), for a fresh extract of an unchanged CRM must give the same ``results.json``.

    Args:
        before, after: every finding of the source before and after this run.
        mailing: how telling stands after planning.
        previous: ``as_of`` of the last committed run, None for the first.
    """
    zone = judged.facts.zone
    return {
        "schema": 1,
        "as_of": iso(judged.as_of, zone),
        "period": judged.period.key,
        "extracted_at": iso(judged.facts.extracted_at, zone),
        "reconstructed": judged.facts.extracted_at - judged.as_of > DAY,
        "mode": mailing.mode,
        "live_from": iso(mailing.live_from, zone),
        "first_report": previous is None,
        "since": {"previous_as_of": iso(previous, zone) if previous else None, **movements(before, after)},
        "escalated_open": _escalated(judged, after, mailing),
        "repeat": {"customers": _repeat_customers(judged, after)},
        "notices": dict(mailing.outcomes),
        "finding_marks": marks(after),
    }


def marks(findings: pd.DataFrame) -> dict[str, int]:
    """How many findings bear each mark."""
    split = findings["marks"].str.split("|").explode()
    return {mark: int((split == mark).sum()) for mark in ("waived", "baseline", "disputed")}


def movements(before: pd.DataFrame, after: pd.DataFrame) -> dict[str, int]:
    """Open before + new + reopened - cleared - withdrawn = open now."""
    was = dict(zip(before["finding"], before["state"], strict=True))
    known = after["finding"].isin(list(was)).to_numpy(bool)
    was_open = after["finding"].map(was).isin(OPEN).to_numpy(bool)
    now_open = after["state"].isin(OPEN).to_numpy(bool)
    cleared, withdrawn = ((after["state"] == state).to_numpy(bool) for state in ("cleared", "withdrawn"))
    return {
        "open_before": int(before["state"].isin(OPEN).sum()),
        "new": int((~known).sum()),
        "reopened": int((known & ~was_open & now_open).sum()),
        "cleared": int(((~known | was_open) & cleared).sum()),
        "withdrawn": int(((~known | was_open) & withdrawn).sum()),
        "open_now": int(now_open.sum()),
        **marks(after[now_open]),
    }


def _escalated(judged: Judged, after: pd.DataFrame, mailing: Mailing) -> list[dict[str, Any]]:
    """Open findings that somebody was told of, oldest due first."""
    rows = after[after["state"].isin(OPEN) & after["finding"].isin(list(mailing.holders))]
    due, began = as_ints(rows["due_at"]), as_ints(rows["anchor_at"])
    late, unit = _late(judged, rows, due)
    customers, out = codes_of(judged.facts, "customer", "code"), []
    for place in np.lexsort((rows["finding"].to_numpy(str), np.where(due == NAT, began, due))):
        row = rows.iloc[int(place)]
        holder, since = mailing.holders[row["finding"]]
        out.append({
            "finding": row["finding"], "label": row["label"], "clause": row["clause"],
            "customer": customers.get(row["customer_id"], row["customer_id"]),
            "due": iso(int(due[place]), judged.facts.zone), "late": late[place], "late_unit": unit[place],
            "holder": holder, "since": iso(since, judged.facts.zone),
        })  # fmt: skip
    return out


def _late(judged: Judged, rows: pd.DataFrame, due: Any) -> tuple[list[int | None], list[str]]:
    """How late each matter is now: working days for limits in days, else microseconds by its clock."""
    now = np.full(len(rows), judged.as_of, np.int64)
    clocks = [judged.made[clause].clock if clause in judged.made else "" for clause in rows["clause"]]
    days = judged.rules.calendar.working_days_between(due, now)
    hours = judged.rules.hours.open_between(due, np.maximum(now, due))
    amounts: list[int | None] = []
    units = []
    for place, clock in enumerate(clocks):
        amount = {"working_days": days, "open_hours": hours}.get(clock, now - due)[place]
        known = due[place] != NAT and amount != NAT and amount >= 0
        amounts.append(int(amount) if known else None)
        units.append({"working_days": "working_days", "open_hours": "open_us"}.get(clock, "us"))
    return amounts, units


def of_binding(judged: Judged, findings: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which findings are of standards that bind; a reference is measured and blames nobody."""
    codes = {standard.code for standard in judged.rules.standards.values() if standard.mode == "binding"}
    bound = [clause for clause, card in judged.rules.cards.items() if card.standard in codes]
    return findings["clause"].isin(bound).to_numpy(bool)


def _repeat_customers(judged: Judged, after: pd.DataFrame) -> list[dict[str, Any]]:
    """Customers with several breaches of one clause that fell due in the period (codes, never names)."""
    at = as_ints(after["due_at"])
    inside = (
        (at >= judged.period.start) & (at < judged.period.end) & (after["customer_id"] != "").to_numpy(bool)
    )
    inside &= (after["state"] != "withdrawn").to_numpy(bool) & of_binding(judged, after)
    counts = after[inside].groupby(["customer_id", "clause"]).size().reset_index(name="n")
    codes = codes_of(judged.facts, "customer", "code")
    named = [
        {
            "customer": codes.get(customer, customer),
            "clause": clause,
            "audit": judged.rules.cards[clause].audit if clause in judged.rules.cards else "",
            "n": int(n),
        }
        for customer, clause, n in zip(counts["customer_id"], counts["clause"], counts["n"], strict=True)
        if n >= REPEAT
    ]
    return sorted(named, key=lambda one: (-one["n"], one["customer"], one["clause"]))[:_MOST]
