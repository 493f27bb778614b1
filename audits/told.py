"""What was told before, as planning asks for it: first mails, the last hour, the last digest, what still waits."""

from collections import Counter, defaultdict

import numpy as np
import pandas as pd

from audits.instants import HOUR
from audits.ladder import us
from audits.notices import DAILY, DIGEST, ESCALATING, INCIDENT


def first_mails(told: pd.DataFrame) -> dict[str, str]:
    """Finding -> envelope of the first mail of its own about it."""
    rows = told[told["kind"].isin(list(ESCALATING))].sort_values(["at", "level"], kind="stable")
    rows = rows.drop_duplicates("finding")
    return dict(zip(rows["finding"], rows["envelope"], strict=True))


def recent(
    told: pd.DataFrame, findings: pd.DataFrame, as_of: int
) -> dict[str, tuple[Counter[str], frozenset[str]]]:
    """Person -> matters told to him within the hour by cause, and the causes of incidents among them."""
    rows = told[(told["at"] > as_of - HOUR) & told["kind"].isin(list(ESCALATING))]
    rows = rows[["finding", "person_id", "kind"]].merge(findings[["finding", "clause"]], on="finding")
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    storms: defaultdict[str, set[str]] = defaultdict(set)
    for person, kind, clause in zip(rows["person_id"], rows["kind"], rows["clause"], strict=True):
        counts[person][clause] += 1
        if kind == INCIDENT:
            storms[person].add(clause)
    return {person: (counts[person], frozenset(storms[person])) for person in counts}


def told_and_waiting(known: pd.DataFrame, findings: pd.DataFrame) -> tuple[pd.DataFrame, frozenset[str]]:
    """Notices that count as told, and the envelopes about these findings that still wait: planned afresh."""
    if "waiting" not in known.columns:
        return known, frozenset()
    ours = known.loc[known["finding"].isin(findings["finding"]), "envelope"]
    waits = known["waiting"].fillna(value=False).to_numpy(bool) & known["envelope"].isin(ours).to_numpy(bool)
    return known[~waits], frozenset(known.loc[waits, "envelope"])


def open_at_last_digest(told: pd.DataFrame, findings: pd.DataFrame) -> dict[tuple[str, str], tuple[str, ...]]:
    """(person, kind of digest) -> subjects told until the last one that were still open then."""
    keys = ["person_id", "kind"]
    last = told[told["kind"].isin([DIGEST, DAILY])].groupby(keys, as_index=False)["at"].max()
    told = told[told["level"] >= 0]  # a warning lists nothing
    kind = np.where(told["role"] == "general_manager", DAILY, DIGEST)
    rows = told[["finding", "person_id", "at"]].assign(kind=kind).merge(last, on=keys, suffixes=("", "_last"))
    rows = rows[rows["at"] <= rows["at_last"]]
    rows = rows.merge(findings[["finding", "subject", "state", "last_change_as_of"]], on="finding")
    changed_since = us(rows["last_change_as_of"]) > rows["at_last"].to_numpy(np.int64)
    rows = rows[(rows["state"] == "open") | changed_since]
    before: dict[tuple[str, str], set[str]] = {
        (person, kind): set() for person, kind in zip(last["person_id"], last["kind"], strict=True)
    }
    for person, kind, subject in zip(rows["person_id"], rows["kind"], rows["subject"], strict=True):
        before[person, kind].add(subject)
    return {key: tuple(sorted(subjects)) for key, subjects in before.items()}
