"""What a look between two audits may say: of open matters and of new ones, and never that something is gone.

A look compares only the findings that it judged; every other one stands as it stood, so that the audit that
follows finds what it would have found without it.
"""

from typing import Final

import numpy as np
import pandas as pd

from audits.instants import HOUR, MINUTE
from audits.ladder import us
from audits.life import MISSING, NO_DATA
from audits.words import NAT

_OPEN: Final = ("open", "acknowledged")
#: How long before its due instant a duty is warned of: a quarter of its own time, within these bounds.
_AT_MOST: Final = HOUR
_AT_LEAST: Final = 10 * MINUTE


def looked_at(known: pd.DataFrame, current: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The findings and obligations that a look compares.

    A matter that is settled is looked at only when it is broken again; one whose record or evidence has gone
    since is left to the next audit, which alone tells of absence.

    Args:
        known: every finding (``audits.findings.FINDING_COLUMNS``).
        current: obligations that are breached, or of known findings (``audits.current``).

    Returns:
        Rows of both, as they were given.
    """
    row = pd.Index(current["finding"]).get_indexer(pd.Index(known["finding"]))
    verdicts = np.append(current["verdict"].astype("str").to_numpy(object), MISSING)
    says = verdicts[row]
    absent = np.isin(says, (MISSING, NO_DATA))
    told_already = says == known["reported_verdict"].to_numpy(object)
    open_ = known["state"].isin(_OPEN).to_numpy(bool) & (~absent | told_already)
    judged = open_ | (says == "breached")
    left = pd.Index(known["finding"][~judged])
    return known[judged], current[left.get_indexer(pd.Index(current["finding"])) < 0]


def as_it_stood(known: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """The findings as they stood before these events: their state, and without those that were born in them.

    Args:
        known: findings after the events; other columns than ``state`` are left as they are.
        events: the events since, of each finding in order (``audits.findings.EVENT_COLUMNS``).
    """
    first = events.sort_values(["finding", "n"], kind="stable").drop_duplicates("finding")
    place = pd.Index(first["finding"]).get_indexer(pd.Index(known["finding"]))
    was = np.append(first["was"].to_numpy(object), "")[place]
    stood = known.assign(state=known["state"].where(place < 0, pd.Series(was, known.index, dtype="str")))
    return stood[stood["state"] != ""].reset_index(drop=True)


def nearly_due(pending: pd.DataFrame, as_of: int) -> pd.Series:
    """Until when the mail of each running duty must be able to go out, microseconds from now on.

    Whoever holds a duty of days hears of it an hour before; one of minutes, ten minutes before.

    Args:
        pending: obligations still running (``anchor_at``, ``due_at``).
        as_of: instant of the look.

    Returns:
        The instant by which its next mail should be able to go out, as whole microseconds.
    """
    due, began = us(pending["due_at"]), us(pending["anchor_at"])
    own = np.where((due == NAT) | (began == NAT), _AT_MOST, (due - began) // 4)
    return pd.Series(as_of + np.clip(own, _AT_LEAST, _AT_MOST), index=pending.index, dtype="int64")
