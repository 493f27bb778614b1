"""What people attest as broken: a duty of its own, so that it is found, kept and followed like any other.

No record judges these clauses; a person did, and the story of such a finding names that person, the day and
the document. One duty for each period of which somebody said that the clause was broken. What was said last of
that period counts (corrected, it is withdrawn); a later period found in order ends it. An attestation that runs
out ends nothing. Who is told is the card's to say, and none of the five standards names anybody.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from audits.cards import Card
from audits.checks.outcome import Outcome
from audits.context import Context, Judgement
from audits.errors import ClausewatchError
from audits.model import MODEL
from audits.periods import parse
from audits.tables import Ints
from audits.words import NAT, Reason, Verdict

#: Where the story of an attested breach takes its facts from.
FIELDS: Final = ("verdict", "attested_at", "attested_by", "period", "evidence_doc_id")
_SAID: Final = MODEL["attestation"].fields["verdict"].values
_MET, _BROKEN, _NOT_MEANT = (_SAID.index(word) for word in ("met", "breached", "not_applicable"))


def attested_breaches(context: Context, card: Card) -> Judgement | None:
    """The periods of which an attested clause was said to be broken; None where nobody ever said so."""
    if card.auditable != "attest" or "attestation" not in context.tables:
        return None
    view = context.plain("attestation")
    at, said = view.ts("attested_at"), view.code("verdict")
    mine = np.flatnonzero((view.text("clause_id") == card.id).to_numpy(dtype=bool) & (at != NAT))
    mine = mine[
        np.lexsort((view.base.text("id").to_numpy(dtype=object, na_value="")[mine].astype(str), at[mine]))
    ]
    if not (said[mine] == _BROKEN).any():
        return None
    period, names = pd.factorize(view.text("period").iloc[mine], use_na_sentinel=False)
    ends = np.array([_end_of(name, context.facts.zone) for name in names], np.int64)
    first, last, over = _by_period(period, said[mine], at[mine], ends[period])
    rows, now = mine[first], said[mine][last]
    out = Outcome.blank(np.full(len(rows), NAT, np.int64), over)
    out.settle(now == _BROKEN, Verdict.BREACHED, Reason.ATTESTED)
    out.settle(now == _MET, Verdict.MET, Reason.COMPLETE)
    out.settle(now == _NOT_MEANT, Verdict.NOT_APPLICABLE, Reason.NO_CONDITION)
    out.settle_holes(view.hole("verdict")[mine][last], 0)
    out.settle(np.ones(len(rows), bool), Verdict.NO_DATA, Reason.NULL_VALUE, 0)
    fields = tuple(f"attestation.{name}" for name in FIELDS)
    return Judgement(card, view, rows, out, fields, at[rows], at[rows])


def _end_of(name: object, zone: str) -> int:
    """The end of a period as people write it, NAT of none."""
    try:
        return parse(str(name), zone).end
    except ClausewatchError:
        return NAT


def _by_period(
    period: npt.NDArray[np.intp], said: npt.NDArray[np.integer], at: Ints, ends: Ints
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Ints]:
    """Of each period ever said to be broken: who said so first, what was said last, and when it was over.

    Args:
        period, said, at: the attestations of one clause in the order of their instants.
        ends: when the period of each ends, NAT where nobody can tell.
    """
    number = np.arange(len(period))
    broken = np.unique(period[said == _BROKEN])
    first = np.array([number[(period == one) & (said == _BROKEN)][0] for one in broken], np.intp)
    last = np.array([number[period == one][-1] for one in broken], np.intp)
    over = [
        at[(number > end) & (ends[end] > NAT) & (ends[end] < ends) & (said == _MET)][:1].tolist()
        for one, end in zip(broken, last, strict=True)
    ]
    return first, last, np.array([found[0] if found else NAT for found in over], np.int64)
