"""What a report renders, from a judgement and its ``life.json``: the same tonight and when it is written again.

What verdicts do not say (how findings stood, who was told, which names were known) is noted in ``life.json``
as it is printed first, so that a report can be written again without the CRM and long after.
"""

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from audits.current import with_findings
from audits.findings import as_ints
from audits.judge import Judged, breached, obligations
from audits.marking import Known, joined, marks_of
from audits.saying import codes_of
from audits.story import story
from audits.words import NAT
from reports.result_set import ResultSet, Story

#: Where ``life.json`` keeps it.
PLACE: Final = "report"
#: Findings whose story travels with the report; ``explain`` tells the others.
STORIES: Final = 3_000
#: What is printed for a customer, a member of staff, a team: the column of its code.
_CODES: Final = {"customer": "code", "staff": "staff_no", "team": "code"}


def noted(
    judged: Judged, lang: str, names: int | None, after: pd.DataFrame, holders: Mapping[str, tuple[str, int]]
) -> dict[str, Any]:
    """The part of ``life.json`` that a report is written again from; codes, never names (law 21).

    Args:
        names: instant in microseconds up to which names were known, None where codes alone are printed.
        after: every finding as it stood.
        holders: finding -> (printable code of who was told last, since when).

    Returns:
        ``lang``, ``names_known``, and of the period's ``findings`` those that stand otherwise than their
        verdict says, or of which somebody was told: ``[state, told]``.
    """
    rows = with_findings(judged, obligations(judged, lambda made: breached(made) & judged.in_period(made)))
    states = dict(zip(after["finding"], after["state"], strict=True))
    said = {}
    for finding, plain in zip(rows["finding"].tolist(), _plain_states(rows), strict=True):
        stands = [states.get(finding, plain), holders.get(finding, ("", 0))[0]]
        if stands != [plain, ""]:
            said[finding] = stands
    return {"lang": lang, "names_known": names, "findings": said}


def result_set(
    judged: Judged,
    results: dict[str, Any],
    life: dict[str, Any],
    known: Known,
    directory: pd.DataFrame | None,
) -> ResultSet:
    """One run, ready to be written.

    Args:
        life: ``life.json``, with what ``noted`` gave under ``PLACE``.
        known: acts known at the run's instant.
        directory: names as they were known; None: codes alone.
    """
    whole = with_findings(judged, obligations(judged))
    rows = whole[(whole["verdict"] == "breached") & whole["in_period"]].reset_index(drop=True)
    said = life[PLACE]["findings"]
    pairs = [
        said.get(key, (plain, ""))
        for key, plain in zip(rows["finding"].tolist(), _plain_states(rows), strict=True)
    ]
    rows["state"] = pd.Series([state for state, _ in pairs], dtype="str")
    rows["marks"] = joined(marks_of(rows, known, judged.as_of, judged.period))
    rows["holder"] = rows["notified"] = pd.Series([told for _, told in pairs], dtype="str")
    rows["late_days"] = _late_days(judged, rows)
    return ResultSet(results, life, whole, rows, _stories(judged, rows), names(judged, directory))


def _plain_states(rows: pd.DataFrame) -> list[str]:
    """How a breach stands that is judged, but not part of this life."""
    return ["cleared" if over else "open" for over in rows["over"]]


def _late_days(judged: Judged, rows: pd.DataFrame) -> pd.Series:
    """Working days past the due day, for limits in working days."""
    by_days = [clause for clause, made in judged.made.items() if made.clock == "working_days"]
    due, done = as_ints(rows["due_at"]), as_ints(rows["done_at"])
    done = pd.Series(done).where(done != NAT, judged.as_of).to_numpy("int64")
    days = judged.rules.calendar.working_days_between(due, done)
    fits = rows["clause"].isin(by_days).to_numpy(bool) & (days != NAT) & (days >= 0)
    return pd.Series(days).where(fits).astype("Int64")


def _stories(judged: Judged, found: pd.DataFrame) -> dict[str, Story]:
    wanted = found.head(STORIES).groupby("clause")
    out: dict[str, Any] = {}
    for clause, rows in wanted:
        made = judged.made[str(clause)]
        keys = made.view.base.text("id").iloc[made.view.pos[made.rows]].to_numpy(dtype=object)
        names_ = [""] * len(keys) if made.view.occurrence is None else made.view.occurrence[made.rows]
        places = {pair: place for place, pair in enumerate(zip(keys, names_, strict=True))}
        for finding, record, occurrence in zip(
            rows["finding"], rows["record"], rows["occurrence"], strict=True
        ):
            out[finding] = story(judged, made, places[record, occurrence])
    return out


def names(judged: Judged, directory: pd.DataFrame | None = None) -> dict[tuple[str, str], str]:
    """What is printed for customers, staff and teams: their codes, and beside them the names of a directory."""
    codes = {
        (entity, key): code
        for entity, column in _CODES.items()
        for key, code in codes_of(judged.facts, entity, column).items()
    }
    if directory is None:
        return codes
    given = dict(zip(zip(directory["entity"], directory["id"], strict=True), directory["name"], strict=True))
    return {pair: _named(code, given.get(pair, "")) for pair, code in codes.items()}


def _named(code: str, name: str) -> str:
    return f"{code} {name}" if name and name != code else code
