"""Marks of breaches as known at the audit's instant: waived, disputed, baseline; counted, never subtracted.

A mark changes no verdict. Whoever wants the figures without the marked ones subtracts; both are printed.
"""

import json
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd

from audits.acts import (
    DISPUTED,
    WAIVED,
    disputed_by,
    from_plain,
    instants,
    known_at,
    no_acts,
    plain,
    waived_by,
)
from audits.current import with_findings
from audits.errors import ClausewatchError
from audits.judge import Judged, breached, obligations
from audits.periods import Period
from audits.words import NAT

BASELINE: Final = "baseline"
MARKS: Final = (WAIVED, BASELINE, DISPUTED)
#: Where the acts lie in a snapshot.
PLACE: Final = "acts/acts.json"
_SCHEMA: Final = 1


@dataclass(frozen=True)
class Known:
    """What was known of acts and mailing when a snapshot was taken.

    Args:
        acts: acts known at its instant (``audits.acts.ACT_COLUMNS``).
        mode: how far the source went: ``preview``, ``pilot`` or ``live``.
        live_from: since when it is live; None while nobody said.
    """

    acts: pd.DataFrame = field(default_factory=no_acts)
    mode: str = "preview"
    live_from: int | None = None

    def baseline_before(self, period: Period) -> int | None:
        """The instant before which breaches are baseline; a preview shows its period as if it were live."""
        if self.mode != "preview" or self.live_from is not None:
            return self.live_from
        return period.start


def to_bytes(known: Known) -> bytes:
    """What goes into the snapshot: ids, codes and instants; reasons and notes stay in the store."""
    said = {"schema": _SCHEMA, "mode": known.mode, "live_from": known.live_from, "acts": plain(known.acts)}
    return (json.dumps(said, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def from_bytes(content: bytes, as_of: int) -> Known:
    """What a snapshot holds, as known at ``as_of``.

    Raises:
        ClausewatchError: it is of another version.
    """
    said = json.loads(content)
    if said["schema"] != _SCHEMA:
        found = f"the acts of this snapshot are of schema {said['schema']}"
        raise ClausewatchError(found, PLACE, "judge it with the version that wrote it")
    return Known(known_at(from_plain(said["acts"]), as_of), said["mode"], said["live_from"])


def marks_of(rows: pd.DataFrame, known: Known, as_of: int, period: Period) -> pd.DataFrame:
    """A boolean column for each mark, in the order of the rows.

    Args:
        rows: breaches with ``finding`` and the columns of ``audits.judge.obligations``.
    """
    rows = rows.assign(**{name: rows[name].astype("str").fillna("") for name in ("customer_id", "team_id")})
    due, began = instants(rows["due_at"]), instants(rows["anchor_at"])
    counted = np.where(due != NAT, due, np.where(began != NAT, began, as_of))
    since = known.baseline_before(period)
    early = np.zeros(len(rows), bool) if since is None else counted < since
    columns = {
        WAIVED: waived_by(rows, known.acts, as_of) >= 0,
        BASELINE: early,
        DISPUTED: disputed_by(rows, known.acts, as_of) >= 0,
    }
    return pd.DataFrame(columns, index=rows.index)


def joined(marks: pd.DataFrame) -> pd.Series:
    """The marks of each row as findings spell them: sorted, joined by ``|``."""
    names = sorted(MARKS)
    code = sum(marks[name].to_numpy(np.int64) << place for place, name in enumerate(names))
    texts = [
        "|".join(n for place, n in enumerate(names) if one >> place & 1) for one in range(1 << len(names))
    ]
    return pd.Series(pd.array(texts, dtype="str").take(np.asarray(code, np.int64)), index=marks.index)


def mark_counts(judged: Judged, known: Known) -> dict[str, dict[str, int]]:
    """Clause -> how many breaches of the period bear each mark."""
    found = obligations(judged, lambda made: breached(made) & judged.in_period(made))
    if found.empty or not found["clause"].size:
        return {}
    rows = with_findings(judged, found)
    marks = marks_of(rows, known, judged.as_of, judged.period)
    sums = marks.groupby(rows["clause"].astype("str").to_numpy()).sum().astype("int64")
    return {str(clause): row for clause, row in zip(sums.index, sums.to_dict("records"), strict=True)}  # type: ignore[misc]


def no_marks() -> dict[str, int]:
    """None of each."""
    return dict.fromkeys(MARKS, 0)
