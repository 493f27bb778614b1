"""Clauses that people attest: what they said last, whether it still holds, and what their scorecards show.

Nobody's word is a named state of its own (``none``); an attestation that ran out is ``expired``, never a
breach. Scorecards count what was seen in the period; intervals over samples belong to ``clausewatch sample``.
"""

from typing import Any, Final

import numpy as np
import pandas as pd

from audits.cards import Card
from audits.facts import Facts
from audits.periods import Period
from audits.saying import iso
from audits.tables import Tables
from audits.words import NAT

#: States of an attested clause.
VALID, EXPIRED, NONE, UNCONNECTED = "valid", "expired", "none", "unconnected"
_MONTHS: Final = 12
_SEEN: Final = ("met", "breached", "not_observable")


def attested(facts: Facts, as_of: int, period: Period, card: Card) -> dict[str, Any] | None:
    """The latest attestation of a clause by ``as_of``, and its scorecard items of the period.

    Args:
        card: an attested clause; None is returned for any other.

    Returns:
        ``status`` (``valid``, ``expired``, ``none``, or ``unconnected`` where neither source is given),
        ``verdict``, ``by``, ``at``, ``period``, ``expires_at``, ``evidence``, and ``items`` (``met``,
        ``breached``, ``not_observable``).
    """
    if card.auditable != "attest":
        return None
    tables = Tables(facts, as_of)
    said = _latest(tables, facts, as_of, card)
    items = _items(tables, period, card.id)
    if said is None:
        known = "attestation" in tables or "scorecard_item" in tables
        blank = dict.fromkeys(("verdict", "by", "at", "period", "expires_at", "evidence"))
        said = {"status": NONE if known else UNCONNECTED, **blank}
    return {**said, "rests_on": card.evidence or "attestation", "items": items}


def _latest(tables: Tables, facts: Facts, as_of: int, card: Card) -> dict[str, Any] | None:
    if "attestation" not in tables:
        return None
    table = tables["attestation"]
    at = table.ts("attested_at")
    mine = (table.text("clause_id") == card.id).to_numpy(dtype=bool) & (at != NAT)
    if not mine.any():
        return None
    row = int(np.flatnonzero(mine)[np.argmax(at[mine])])
    expires = int(table.raw_ts("expires_at")[row])
    if expires == NAT:
        expires = _a_year_after(int(at[row]), facts.zone)
    said = table.frame["verdict"].iloc[row] if table.has("verdict") else None
    return {
        "status": VALID if as_of < expires else EXPIRED,
        "verdict": None if said is None or pd.isna(said) else str(said),
        "by": _text(table.text("attested_by").iloc[row]),
        "at": iso(int(at[row]), facts.zone),
        "period": _text(table.text("period").iloc[row]),
        "expires_at": iso(expires, facts.zone),
        "evidence": _text(table.text("evidence_doc_id").iloc[row]),
    }


def _a_year_after(at: int, zone: str) -> int:
    """Where the attestation says no end, it holds for a year (reading attestation_validity)."""
    moment = pd.Timestamp(at, unit="us", tz="UTC").tz_convert(zone) + pd.DateOffset(months=_MONTHS)
    return int(moment.tz_convert("UTC").value // 1000)


def _text(value: object) -> str | None:
    return None if value is None or value is pd.NA or value != value else str(value)  # noqa: PLR0124


def _items(tables: Tables, period: Period, clause: str) -> dict[str, int]:
    counts = dict.fromkeys(_SEEN, 0)
    if "scorecard_item" not in tables or "scorecard" not in tables:
        return counts
    items = tables["scorecard_item"]
    card = tables.link("scorecard_item", "scorecard_id", "scorecard")
    at = tables["scorecard"].ts("sampled_at") if len(tables["scorecard"]) else np.zeros(1, np.int64)
    sampled = np.where(card >= 0, at[np.maximum(card, 0)], NAT)
    mine = (items.text("clause_id") == clause).to_numpy(dtype=bool)
    mine = mine & (sampled >= period.start) & (sampled < period.end)
    codes = items.enum("verdict")[mine]
    return {name: int((codes == place).sum()) for place, name in enumerate(_SEEN)}
