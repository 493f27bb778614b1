"""The CRM's own change after a notice acknowledges: nobody has to press anything (issue: no new tool).

What counts is on record in the CRM: another owner, another state, an act, an escalation noted, each later
than the notice's delivery. What Clausewatch itself delivered is no answer to what it delivered.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from audits.acting import CRM_COLUMNS, no_crm
from audits.facts import Facts
from audits.findings import as_ints
from audits.words import NAT

#: What a line of a case's history says of whoever was told.
_EVENTS: Final = {"assigned": "owner", "acted": "status", "resolved": "status", "escalated": "escalation"}
_STAMPS: Final = ("triggered_at", "acknowledged_at", "action_at")
_OURS: Final = "delivery_ledger"
_CHANGE: Final = ["subject", "at", "how", "person"]


def changed_since_told(
    facts: Facts,
    known: pd.DataFrame,
    current: pd.DataFrame,
    told: Mapping[str, int],
    as_of: int,
    previous: int | None,
) -> pd.DataFrame:
    """The newest change of each told finding's record after its notice (``audits.acting.CRM_COLUMNS``).

    Args:
        known: findings before this run.
        current: rows of ``audits.current.breached_or_known``: who has the matter now.
        told: finding -> instant at which a server first took a mail about it.
        as_of: the audit's instant; what is stamped later has not happened yet.
        previous: ``as_of`` of the run before: an owner whose change no history tells changed after it.
    """
    rows = known[known["finding"].isin(list(told)) & known["state"].isin(["open", "acknowledged"])]
    if rows.empty:
        return no_crm()
    rows = rows[["finding", "subject", "assignee_id"]].assign(told=rows["finding"].map(told).astype("int64"))
    lines = [_history(facts), _escalations(facts, "case"), _escalations(facts, "deviation")]
    found = pd.concat(lines, ignore_index=True)
    found = rows.merge(found[found["at"] <= as_of], on="subject")
    found = pd.concat([found[found["at"] > found["told"]], _owners(facts, rows, current, as_of, previous)])
    newest = found.sort_values(["at", "how"], kind="stable").drop_duplicates("finding", keep="last")
    return newest[list(CRM_COLUMNS)].astype(CRM_COLUMNS).reset_index(drop=True)


def can_acknowledge(facts: Facts, ways: tuple[str, ...]) -> bool:
    """Whether anybody can acknowledge at all: repeats are off where nobody can.

    Args:
        ways: ``officer`` (the command or the list) and ``crm`` (its own history).
    """
    by_crm = "crm" in ways and (facts.provides("case_event") or facts.provides("escalation"))
    return "officer" in ways or by_crm


def _history(facts: Facts) -> pd.DataFrame:
    events = facts.frames.get("case_event")
    if events is None or not {"case_id", "kind", "at"} <= set(events.columns):
        return _none()
    events = events[events["kind"].isin(list(_EVENTS)) & events["at"].notna()]
    columns = {
        "subject": "case:" + events["case_id"].astype("str"),
        "at": as_ints(events["at"]),
        "how": events["kind"].astype("str").map(_EVENTS),
        "person": _person(events, "actor_id"),
    }
    return pd.DataFrame(columns)[_CHANGE]


def _escalations(facts: Facts, entity: str) -> pd.DataFrame:
    frame = facts.frames.get("escalation")
    if frame is None or f"{entity}_id" not in frame.columns:
        return _none()
    theirs = frame[frame[f"{entity}_id"].notna()]
    if "origin" in theirs.columns:
        theirs = theirs[(theirs["origin"].astype("str") != _OURS).to_numpy(bool)]
    stamps = [theirs[name] for name in _STAMPS if name in theirs.columns]
    if not stamps or theirs.empty:
        return _none()
    at = np.max([as_ints(stamp) for stamp in stamps], axis=0)
    columns = {
        "subject": f"{entity}:" + theirs[f"{entity}_id"].astype("str"),
        "at": at,
        "how": "escalation",
        "person": _person(theirs, "target_id"),
    }
    found = pd.DataFrame(columns)[_CHANGE]
    return found[found["at"] != NAT]


def _owners(
    facts: Facts, rows: pd.DataFrame, current: pd.DataFrame, as_of: int, previous: int | None
) -> pd.DataFrame:
    """Matters that have another owner than in the run before, where no history says when."""
    if previous is None:
        return rows.iloc[:0].assign(at=0, how="", person="")
    now = current[["finding", "assignee_id"]].rename(columns={"assignee_id": "person"})
    both = rows.merge(now.assign(person=now["person"].fillna("").astype("str")), on="finding")
    if facts.provides("case_event"):
        both = both[~both["subject"].str.startswith("case:")]
    both = both[(both["told"] <= previous) & (both["person"] != "") & (both["person"] != both["assignee_id"])]
    return both.assign(at=as_of, how="owner")


def _person(frame: pd.DataFrame, column: str) -> pd.Series:
    if column not in frame.columns:
        return pd.Series("", index=frame.index, dtype="str")
    return frame[column].astype("str").fillna("")


def _none() -> pd.DataFrame:
    return pd.DataFrame({"subject": [], "at": [], "how": [], "person": []}).astype(
        {"subject": "str", "at": "int64", "how": "str", "person": "str"}
    )
