"""What one audit says of findings: the breached duties of now, and what became of those known before."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from audits.context import Judgement
from audits.identity import finding_ids
from audits.judge import Judged, obligations
from audits.words import Verdict

Bools = npt.NDArray[np.bool_]


def with_findings(judged: Judged, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with each obligation's identity in the column ``finding``, first."""
    ids = finding_ids(judged.facts.source, frame["clause"], frame["subject"], frame["occurrence"])
    return frame.assign(finding=pd.Series(ids, index=frame.index, dtype="str"))[["finding", *frame.columns]]


def breached_or_known(judged: Judged, known: pd.DataFrame) -> pd.DataFrame:
    """Every breached obligation, and the obligations of known findings whatever they say now.

    Args:
        known: findings of the source before this run (columns ``clause`` and ``record`` are read).
    """
    frame = with_findings(judged, obligations(judged, _either(known)))
    met_before = pd.Index(known["finding"]).get_indexer(pd.Index(frame["finding"])) >= 0
    wanted = (frame["verdict"] == "breached").to_numpy(bool) | met_before
    kept: pd.DataFrame = frame[wanted].reset_index(drop=True)
    return kept


def _either(known: pd.DataFrame) -> Callable[[Judgement], Bools]:
    records = {clause: pd.Index(rows) for clause, rows in known.groupby("clause")["record"]}

    def which(made: Judgement) -> Bools:
        breached = np.asarray(made.outcome.verdict == Verdict.BREACHED)
        if made.card.id not in records:
            return breached
        keys = made.view.base.text("id").iloc[made.view.pos[made.rows]]
        return np.asarray(breached | keys.isin(records[made.card.id]).to_numpy())

    return which
