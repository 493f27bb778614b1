"""A time named in a notice to a client is a promise like any other, kept when the case is solved.

CRMs keep it on the notice (``notification.promised_eta``), few have a record of promises; so each such notice
becomes a row of ``commitment`` before the audit, and the clause on promises speaks of both.
"""

from dataclasses import replace
from typing import Final

import pandas as pd

from audits.facts import EntityFacts, Facts
from audits.words import Reason

#: What such a row tells of a promise.
_GIVEN: Final = frozenset({"id", "case_id", "made_at", "due_at", "fulfilled_at", "renegotiated_at"})


def with_named_times(facts: Facts, as_of: int) -> Facts:
    """The facts with a promise for each notice sent by ``as_of`` that names a time; none is made twice.

    A later notice on the same case that names a time sets a new one, as a promise agreed anew does.
    """
    asked = all(facts.provides("notification", name) for name in ("promised_eta", "sent_at", "case_id"))
    if not asked or facts.frames["notification"].empty:
        return facts
    known = facts.frames.get("commitment")
    made = _promises(facts, pd.Timestamp(as_of, unit="us", tz="UTC"))
    if known is not None:
        made = made[~made["id"].isin(known["id"])]
    if made.empty:
        return facts
    said = facts.entities.get("commitment", EntityFacts(frozenset()))
    rows = made if known is None else pd.concat([known, made], ignore_index=True)
    entities = {**facts.entities, "commitment": replace(said, provided=said.provided | _GIVEN)}
    return replace(facts, frames={**facts.frames, "commitment": rows}, entities=entities)


def _promises(facts: Facts, as_of: pd.Timestamp) -> pd.DataFrame:
    """Rows of ``commitment`` of the notices that may have gone to a client."""
    notices = facts.frames["notification"]
    named = notices["promised_eta"].notna() | _holes(notices, "promised_eta").notna()
    to = notices["to"] if "to" in notices else pd.Series(None, index=notices.index, dtype="str")
    sent = notices["sent_at"].notna() & (notices["sent_at"] <= as_of)
    notices = notices[named & sent & (to.isna() | (to == "customer"))].sort_values("sent_at", kind="stable")
    due = _holes(notices, "promised_eta")
    if facts.entities["notification"].precision.get("promised_eta") == "date":
        due = due.fillna(int(Reason.STAMP_TOO_COARSE))
    unknown = to.reindex(notices.index).isna()
    solved, hole = _solved(facts, notices["case_id"])
    return pd.DataFrame({
        "id": "notification:" + notices["id"],
        "case_id": notices["case_id"],
        "made_at": notices["sent_at"],
        "due_at": notices["promised_eta"],
        "due_at__hole": due.mask(unknown & due.isna(), int(Reason.NULL_FILTER)),
        "fulfilled_at": solved,
        "fulfilled_at__hole": hole,
        "renegotiated_at": notices[~unknown].groupby("case_id")["sent_at"].shift(-1).reindex(notices.index),
    })  # fmt: skip


def _solved(facts: Facts, case_id: pd.Series) -> tuple[pd.Series, pd.Series]:
    """When each notice's case was solved, and why that is not known."""
    if not facts.provides("case", "resolved_at"):
        nothing = pd.Series(pd.NaT, index=case_id.index, dtype="datetime64[us, UTC]")
        return nothing, _code(case_id, Reason.FIELD_NOT_PROVIDED)
    case = facts.frames["case"].drop_duplicates("id").set_index("id")
    solved, hole = (
        part.reindex(pd.Index(case_id)).set_axis(case_id.index)
        for part in (case["resolved_at"], _holes(case, "resolved_at").astype("Int16"))
    )
    hole = hole.mask(case_id.notna() & ~case_id.isin(case.index), int(Reason.REF_MISSING))
    hole = hole.mask(case_id.isna(), int(Reason.NO_LINK))
    return solved, hole


def _holes(frame: pd.DataFrame, name: str) -> pd.Series:
    return frame.get(f"{name}__hole", pd.Series(pd.NA, index=frame.index, dtype="Int16"))


def _code(like: pd.Series, reason: Reason) -> pd.Series:
    return pd.Series(int(reason), index=like.index, dtype="Int16")
