"""Why a finding was withdrawn: what was reported then, what is known now, and what was corrected between.

A correction in the CRM is no sin and no secret: whoever read the earlier report must be able to see it.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from audits.findings import as_ints
from audits.words import NAT

#: What was corrected, the first that fits: the record counts no more (merged, a test, its condition fell
#: away), when the duty began, when it was done, when it was due. ``rules``: none of the record's stamps
#: changed, so a reading, a card or a calendar did.
CAUSES: Final = ("left", "began", "done", "due", "rules")
_STAMPS: Final = (("began", "anchor_at"), ("done", "done_at"), ("due", "due_at"))


def what_was_said(before: pd.DataFrame, after: pd.DataFrame) -> pd.Series:
    """JSON of ``then``, ``now`` and ``cause``; instants are microseconds or null.

    Args:
        before, after: the same findings before and after the run that withdraws them, row by row.
    """
    cause = np.select(_fits(before, after), CAUSES[:-1], CAUSES[-1])
    then = _side(pd.Series("breached", index=before.index, dtype="str"), before)
    now = _side(after["reported_verdict"], after)
    said = '{"then": ' + then + ', "now": ' + now + ', "cause": "' + pd.Series(cause, after.index, "str")
    return (said + '"}').astype("str")


def _fits(before: pd.DataFrame, after: pd.DataFrame) -> list[npt.NDArray[np.bool_]]:
    left = (after["reported_verdict"] == "not_applicable").to_numpy(bool)
    stamps = {cause: as_ints(before[name]) != as_ints(after[name]) for cause, name in _STAMPS}
    return [left, *(stamps[cause] for cause in CAUSES[1:-1])]


def _side(verdict: pd.Series, rows: pd.DataFrame) -> pd.Series:
    said = '{"verdict": "' + verdict + '", "reason": "' + rows["reason"] + '"'
    for name in ("anchor_at", "due_at", "done_at"):
        stamps = as_ints(rows[name])
        text = pd.Series(stamps, rows.index).astype("str").where(stamps != NAT, "null")
        said = said + f', "{name.removesuffix("_at")}": ' + text
    return said + "}"
