"""Several clauses about one act, of one standard or of several: one line with a column for each clause.

No verdict is folded into another (law 10): thresholds of different standards differ in unit, actor and stamp,
so each clause keeps its own. ``obligation_key`` joins clauses about the same act of the same record; the
summary counts broken clauses (findings) and what was not done (acts) apart.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from audits.cohorts import COHORT
from audits.context import Judgement
from audits.counting import VERDICTS
from audits.judge import Judged, frame_of
from audits.tables import Ints
from audits.words import Verdict

Bools = npt.NDArray[np.bool_]

#: Acts of a line that are written out, of those on which two clauses disagree.
EXAMPLES: Final = 5
#: More kinds of records and occurrences than any act has.
_KINDS: Final = 2**20


@dataclass(frozen=True)
class _Seen:
    """What one clause says of the acts of the period: its rows, and the number of the act of each."""

    made: Judgement
    rows: npt.NDArray[np.intp]
    act: Ints

    def where(self, verdict: Verdict) -> Ints:
        """Acts with this verdict."""
        return np.asarray(self.act[self.made.outcome.verdict[self.rows] == verdict])


def side_by_side(judged: Judged) -> dict[str, Any]:
    """What the clauses of each act say in the period.

    Returns:
        ``findings`` (broken clauses) and ``acts`` (what they speak of, each act once); ``lines``, one for each
        act of which clauses of several standards speak: ``act`` (the obligation key), ``clauses`` (``id``,
        ``standard`` and a count for each verdict), ``acts``, ``findings``, ``breached`` (acts that some clause
        breaks), ``differ`` (acts that one clause breaks and another meets) and ``examples`` of these:
        ``subject``, ``occurrence``, ``verdicts`` (clause -> verdict).
    """
    findings = acts = 0
    lines = []
    for key, group in sorted(_by_key(judged).items()):
        broken = [one.where(Verdict.BREACHED) for one in group]
        findings += sum(len(part) for part in broken)
        acts += len(np.unique(np.concatenate(broken)))
        if len({one.made.card.standard for one in group}) > 1:
            lines.append(_line(judged, key, group))
    return {"findings": findings, "acts": acts, "lines": lines}


def _by_key(judged: Judged) -> dict[str, list[_Seen]]:
    """Clauses about one act; a clause without a key speaks of an act of its own."""
    made: defaultdict[str, list[Judgement]] = defaultdict(list)
    for clause, one in judged.made.items():
        made[one.card.obligation_key or clause].append(one)
    return {key: list(_numbered(judged, group)) for key, group in made.items()}


def _numbered(judged: Judged, group: list[Judgement]) -> Iterator[_Seen]:
    """The same act has the same number: by its kind of record, its record and its occurrence."""
    kinds: dict[tuple[str, str], int] = {}
    periods: dict[str, int] = {}
    for made in group:
        rows = np.flatnonzero(judged.in_period(made))
        at, view = made.rows[rows], made.view
        which, names = np.zeros(len(at), np.intp), np.array([""], object)
        if view.occurrence is not None:
            which, names = pd.factorize(view.occurrence[at])
        kind = [kinds.setdefault((view.base.name, str(name)), len(kinds)) for name in names]
        record = view.pos[at]
        if view.name == COHORT:  # a period has no row of its own
            keys = view.base.text("id").iloc[record]
            record = np.array([periods.setdefault(str(key), len(periods)) for key in keys], np.int64)
        yield _Seen(made, rows, record * _KINDS + np.array([*kind, 0], np.int64)[which])


def _line(judged: Judged, key: str, group: list[_Seen]) -> dict[str, Any]:
    every = np.unique(np.concatenate([one.act for one in group]))
    broken = np.unique(np.concatenate([one.where(Verdict.BREACHED) for one in group]))
    differ = np.intersect1d(broken, np.concatenate([one.where(Verdict.MET) for one in group]))
    return {
        "act": key,
        "clauses": [
            {"id": one.made.card.id, "standard": one.made.card.standard, **_counts(one)} for one in group
        ],
        "acts": len(every),
        "findings": sum(len(one.where(Verdict.BREACHED)) for one in group),
        "breached": len(broken),
        "differ": len(differ),
        "examples": _examples(judged, group, differ),
    }


def _counts(one: _Seen) -> dict[str, int]:
    return {name: len(one.where(Verdict[name.upper()])) for name in VERDICTS}


def _these(rows: Bools, _made: Judgement) -> Bools:
    return rows


def _examples(judged: Judged, group: list[_Seen], differ: Ints) -> list[dict[str, Any]]:
    """The first of the acts on which clauses disagree, each with the verdict of every clause."""
    parts = []
    for one in group:
        mine = np.zeros(len(one.made.rows), bool)
        mine[one.rows] = np.isin(one.act, differ)
        parts.append(frame_of(judged, one.made, partial(_these, mine)))
    rows = pd.concat(parts, ignore_index=True)
    acts = rows.groupby(["subject", "occurrence"], sort=True)
    return [
        {
            "subject": subject,
            "occurrence": occurrence,
            "verdicts": dict(zip(said["clause"], said["verdict"], strict=True)),
        }
        for (subject, occurrence), said in islice(acts, EXAMPLES)
    ]
