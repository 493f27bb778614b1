"""What was escalated and is over: whoever was asked to act is told, once, that nothing is left to do."""

from typing import Final

import numpy as np
import pandas as pd

from audits.bundling import Owed
from audits.findings import as_ints
from audits.ladder import Level, Policy, open_findings, us
from audits.notices import ESCALATING
from audits.words import DAY, NAT

#: Whom nobody tells that something is over: a list that everybody reads, and who only keeps count.
_NOT_TOLD: Final = ("duty_list", "officer")
#: What ended longer ago is no news any more (microseconds).
_NEWS: Final = 7 * DAY
_SILENT: Final = "waived|disputed|baseline"


def closed(findings: pd.DataFrame, known: pd.DataFrame, as_of: int, policy: Policy) -> list[tuple[str, Owed]]:
    """Person -> what was escalated to him by a mail and is over since, in the order of due instants.

    A matter is over when nothing broken about its record is open any more, so that a late answer is not
    reported as an end while the case itself is late.

    Args:
        findings: every finding of the source after this run.
        known: notices told before (``audits.notices.KNOWN``).
    """
    told = known[known["level"].between(Level.NOW, Level.ABOVE) & known["kind"].isin(list(ESCALATING))]
    told = told[~told["role"].isin(list(_NOT_TOLD))].sort_values(["level", "at"], kind="stable")
    told = told.drop_duplicates(["finding", "person_id"], keep="last")
    before = known[known["level"] == Level.CLOSED]
    told = told[~told["finding"].isin(before["finding"])]
    if told.empty:
        return []
    rows = told[["finding", "person_id", "role"]].merge(_ended(findings, as_of, policy), on="finding")
    rows = rows.sort_values(["due", "finding", "person_id"], kind="stable")
    names = ("finding", "clause", "subject", "occurrence", "role", "due", "assignee", "team", "person_id")
    return [
        (
            person,
            Owed(finding, clause, subject, occurrence, role, int(Level.CLOSED), False, 0, due, who, team),
        )
        for finding, clause, subject, occurrence, role, due, who, team, person in zip(
            *(rows[name].tolist() for name in names), strict=True
        )
    ]


def _ended(findings: pd.DataFrame, as_of: int, policy: Policy) -> pd.DataFrame:
    """Findings of records about which nothing broken is open, ended lately."""
    due = us(findings["due_at"])
    frame = pd.DataFrame(
        {
            **{name: findings[name] for name in ("finding", "clause", "subject", "state")},
            "occurrence": findings["occurrence"].fillna(""),
            "assignee": findings["assignee_id"].fillna(""),
            "team": findings["team_id"].fillna(""),
            "due": np.where(due == NAT, us(findings["anchor_at"]), due),
        }
    )
    taken = (findings["state"] == "acknowledged").to_numpy(bool)
    unfinished = open_findings(findings) | taken
    open_now = set(frame["subject"][unfinished])
    over = ~frame["subject"].isin(open_now).to_numpy(bool)
    over &= as_ints(findings["last_change_as_of"]) >= as_of - _NEWS
    over &= ~findings["marks"].fillna("").str.contains(_SILENT).to_numpy(bool)
    if policy.live_from is not None:
        over &= frame["due"].to_numpy(np.int64) >= policy.live_from
    ended: pd.DataFrame = frame[over]
    return ended
