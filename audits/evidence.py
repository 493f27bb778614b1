"""Own deliveries as evidence: a notice that was delivered tells its addressee (reading own_notice_counts_as_telling)."""

from dataclasses import replace
from typing import Final

import pandas as pd

from audits.facts import EntityFacts, Facts

#: What the ledger knows of an escalation: that somebody was told, never that he acted.
TELLING: Final = frozenset({"id", "case_id", "target_role", "target_id", "origin", "delivered_at"})


def with_deliveries(facts: Facts, deliveries: pd.DataFrame, live_from: int | None) -> Facts:
    """Facts whose escalations hold the delivery ledger's rows as well.

    Args:
        deliveries: rows of the entity ``escalation`` with origin ``delivery_ledger``.
        live_from: since when this source is live; the ledger is complete from then on. None: it is not.

    Returns:
        The same facts where the source is not live: the ledger connects the clause of being told only
        once there is one.
    """
    if live_from is None or (deliveries.empty and "escalation" not in facts.frames):
        return facts
    known = facts.entities.get("escalation") or EntityFacts(frozenset(), live_from)
    frame = facts.frames.get("escalation")
    rows = deliveries if frame is None else pd.concat([frame, _like(deliveries, frame)], ignore_index=True)
    return replace(
        facts,
        frames={**facts.frames, "escalation": rows},
        entities={**facts.entities, "escalation": replace(known, provided=known.provided | TELLING)},
    )


def _like(deliveries: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """The ledger's rows in the dtypes of the CRM's, missing columns null."""
    return deliveries.reindex(columns=frame.columns).astype(frame.dtypes.to_dict())
