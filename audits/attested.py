"""Clauses that people attest: what they said last, whether it still holds, and what their scorecards show.

Nobody's word is a named state of its own (``none``); an attestation that ran out is ``expired``, never a
breach. Scorecards count in the period of the contact that was scored, and say how far so many can answer.
"""

from fractions import Fraction
from typing import Any, Final

import numpy as np
import pandas as pd

from audits.cards import Card, Readings
from audits.facts import Facts
from audits.periods import Period
from audits.samples import TEN_THOUSANDTHS, answer, interval
from audits.sampling import CONTACTS
from audits.saying import iso
from audits.tables import Ints, Tables
from audits.words import NAT

#: States of an attested clause.
VALID, EXPIRED, NONE, UNCONNECTED = "valid", "expired", "none", "unconnected"
#: What a sample is held against unless somebody asks otherwise.
TARGET: Final = Fraction(95, 100)
#: Reading that says how many months an attestation holds, and what it says where no readings are at hand.
VALIDITY: Final = "attestation_validity"
_MONTHS: Final = 12
_SEEN: Final = ("met", "breached", "not_observable")


def attested(
    facts: Facts, as_of: int, period: Period, card: Card, readings: Readings | None = None
) -> dict[str, Any] | None:
    """The latest attestation of a clause by ``as_of``, and its scorecard items of the period.

    Args:
        card: an attested clause; None is returned for any other.
        readings: how long an attestation holds that names no end.

    Returns:
        ``status`` (``valid``, ``expired``, ``none``, or ``unconnected`` where neither source is given),
        ``verdict``, ``by``, ``at``, ``period``, ``expires_at``, ``evidence``, ``items`` (``met``,
        ``breached``, ``not_observable``), and ``sample`` (``sampled``; None where nothing was scored).
    """
    if card.auditable != "attest":
        return None
    tables = Tables(facts, as_of)
    said = _latest(tables, facts, as_of, card, months(readings, card.id))
    items = _items(tables, period, card.id)
    if said is None:
        known = "attestation" in tables or "scorecard_item" in tables
        blank = dict.fromkeys(("verdict", "by", "at", "period", "expires_at", "evidence"))
        said = {"status": NONE if known else UNCONNECTED, **blank}
    sample = sampled(items["met"], items["met"] + items["breached"])
    return {**said, "rests_on": card.evidence or "attestation", "items": items, "sample": sample}


def sampled(met: int, n: int, target: Fraction = TARGET) -> dict[str, Any] | None:
    """What ``met`` of ``n`` scored says of the whole; None of none.

    Returns:
        ``n``, ``met``, ``share`` (per cent, a decimal string of two places, half up), ``low`` and ``high`` (what
        the whole may be, ten-thousandths, each side wrong with at most 5 %), ``target`` (ten-thousandths)
        and ``answer`` (``met``, ``not_met``, ``not_shown``).
    """
    if n == 0:
        return None
    low, high = interval(met, n)
    hundredths = (met * 2 * TEN_THOUSANDTHS + n) // (2 * n)
    return {
        "n": n,
        "met": met,
        "share": f"{hundredths // 100}.{hundredths % 100:02d}",
        "low": low,
        "high": high,
        "target": int(target * TEN_THOUSANDTHS),
        "answer": answer(met, n, target).value,
    }


def months(readings: Readings | None, clause: str) -> int:
    """How many months an attestation of this clause holds where it names no end."""
    if readings is None or VALIDITY not in readings.by_id:
        return _MONTHS
    value = readings.value(VALIDITY, clause)
    if not isinstance(value, int):
        raise TypeError(f"reading {VALIDITY} gives {value!r}, not a number of months")
    return value


def holds_until(at: int, zone: str, holds: int) -> int:
    """The instant ``holds`` months later by the calendar of the zone."""
    moment = pd.Timestamp(at, unit="us", tz="UTC").tz_convert(zone) + pd.DateOffset(months=holds)
    return int(moment.tz_convert("UTC").value // 1000)


def _latest(tables: Tables, facts: Facts, as_of: int, card: Card, holds: int) -> dict[str, Any] | None:
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
        expires = holds_until(int(at[row]), facts.zone, holds)
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


def _text(value: object) -> str | None:
    return None if value is None or value is pd.NA or value != value else str(value)  # noqa: PLR0124


def _items(tables: Tables, period: Period, clause: str) -> dict[str, int]:
    counts = dict.fromkeys(_SEEN, 0)
    if "scorecard_item" not in tables or "scorecard" not in tables:
        return counts
    items = tables["scorecard_item"]
    card = tables.link("scorecard_item", "scorecard_id", "scorecard")
    at = _scored_for(tables) if len(tables["scorecard"]) else np.full(1, NAT, np.int64)
    scored = np.where(card >= 0, at[np.maximum(card, 0)], NAT)
    mine = (items.text("clause_id") == clause).to_numpy(dtype=bool)
    mine = mine & (scored >= period.start) & (scored < period.end)
    codes = items.enum("verdict")[mine]
    return {name: int((codes == place).sum()) for place, name in enumerate(_SEEN)}


def _scored_for(tables: Tables) -> Ints:
    """When the contact of each scorecard was; of one that names none we know, when it was sampled."""
    sampled_at = tables["scorecard"].ts("sampled_at")
    at = sampled_at
    for entity in reversed(CONTACTS):  # the contact itself before the case it belongs to
        if entity in tables and len(tables[entity]):
            row = tables.link("scorecard", f"{entity}_id", entity)
            contact = np.where(row >= 0, tables[entity].ts(CONTACTS[entity])[np.maximum(row, 0)], NAT)
            at = np.where(contact != NAT, contact, at)
    return np.where(sampled_at == NAT, NAT, at)  # one sampled later has not been yet
