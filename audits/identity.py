"""What a finding is called (law 14): by the duty that was broken, never by what can be corrected later."""

from collections.abc import Sequence
from hashlib import sha256

import numpy as np
import numpy.typing as npt
import pandas as pd

Ids = npt.NDArray[np.object_]
Keys = pd.Series | Sequence[str] | Ids

#: Hex digits of an identity: 64 bits; among a million findings two alike are a matter of 1 in 40 million.
_DIGITS = 16


def finding_ids(source: str, clause: str | Keys, subject: Keys, occurrence: str | Keys = "") -> Ids:
    """Identities of obligations: the first 16 hex digits of sha256(source|clause|subject|occurrence), UTF-8.

    A due instant, an owner or a label is no part of it: those are corrected while the finding stays itself.
    A bar or backslash inside a part is escaped by a backslash, so that no two duties share one text.

    Args:
        source: name of the source, e.g. ``demo``.
        clause: clause id, one for all or one a row.
        subject: one a row, e.g. ``case:T-1``.
        occurrence: key of the event that created the duty (a reopening, a cohort), one for all or one a
            row; "" when the record itself did.

    Returns:
        An object array of ``str``, one a row of ``subject``, in its order.
    """
    subjects = _part(subject)
    text = f"{_escape(source)}|" + _spread(clause, subjects.index) + "|" + subjects
    text = text + "|" + _spread(occurrence, subjects.index)
    return np.array([sha256(one.encode()).hexdigest()[:_DIGITS] for one in text.tolist()], dtype=object)


def _spread(part: str | Keys, index: pd.Index) -> str | pd.Series:
    return _escape(part) if isinstance(part, str) else _part(part).set_axis(index)


def _part(values: Keys) -> pd.Series:
    texts = pd.Series(values, dtype="str").fillna("").reset_index(drop=True)
    odd = texts.str.contains(r"[|\\]")
    if odd.any():
        texts = texts.where(~odd, texts.str.replace(r"([|\\])", r"\\\1", regex=True))
    return texts


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|")
