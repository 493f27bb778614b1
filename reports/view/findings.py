"""The findings: breaches only, the worst first, as compact rows that page, sheet and PDF all take."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reports import harmless
from reports.view.base import Page, View
from reports.view.columns import microseconds, names, spans, stamps
from reports.view.story import story

#: Rows that a page without its script shows.
PLAIN_ROWS = 500
#: Findings whose story travels inside the page; ``clausewatch explain`` tells the others.
STORIES = 3_000
#: Names of the columns of a compact row, in their order.
COLUMNS = (
    "finding", "clause", "label", "who", "team", "customer", "due", "due_key", "done", "late", "late_key",
    "state", "marks", "told", "reason", "other_due", "other_verdict",
)  # fmt: skip
_DAY = 86_400_000_000


@dataclass(frozen=True)
class Listed:
    """The findings in the order of the list, one value a column each, as texts and sort keys."""

    frame: pd.DataFrame
    clauses: list[str]
    teams: list[str]

    def __len__(self) -> int:
        return len(self.frame)


def listed(page: Page) -> Listed:
    """Every finding once: open ones first, then by lateness; codes and words as they are printed."""
    found = page.result.findings
    by_hours = _counted_in_opening_hours(page)
    late_us = found["late_us"].astype("Int64")
    days = (
        found["late_days"].astype("Int64") if "late_days" in found else pd.Series(pd.NA, found.index, "Int64")
    )
    key = late_us.fillna(days * _DAY).fillna(-1).to_numpy(dtype=np.int64)
    frame = pd.DataFrame(
        {
            "finding": found["finding"].astype(str),
            "clause": found["clause"].astype(str),
            "label": harmless.names(found["label"].astype(object).fillna("").astype(str)),
            "who": harmless.names(names(found["assignee_id"], "staff", page)),
            "team": harmless.names(names(found["team_id"], "team", page)),
            "customer": harmless.names(names(found["customer_id"], "customer", page)),
            "due": stamps(found["due_at"], page),
            "due_key": microseconds(found["due_at"]) // 1_000_000,
            "done": stamps(found["done_at"], page),
            "late": _late(page, late_us, days, found["clause"].isin(by_hours), found["reason"].astype(str)),
            "late_key": np.where(key < 0, -1, key // 1_000_000),
            "state": found["state"].astype(str),
            "marks": found["marks"].astype(object).fillna("").astype(str),
            "told": harmless.names(found["notified"].astype(object).fillna("").astype(str)),
            "reason": found["reason"].astype(str),
            "other_due": stamps(found["other_due_at"], page),
            "other_verdict": found["other_verdict"].astype(object).fillna("").astype(str),
        }
    )
    still_open = frame["state"].isin(["open", "acknowledged"])
    order = np.lexsort((frame["finding"], -frame["late_key"], ~still_open))
    frame = frame.iloc[order].reset_index(drop=True)
    order_of = {clause["id"]: i for i, clause in enumerate(page.results["clauses"])}
    clauses = sorted(frame["clause"].unique().tolist(), key=lambda c: (order_of.get(c, len(order_of)), c))
    return Listed(frame, clauses, sorted(frame["team"].unique().tolist()))


def _counted_in_opening_hours(page: Page) -> list[str]:
    """Clauses whose deciding clock is the opening hours: their other clock is the elapsed one."""
    return [c for c, row in page.clauses.items() if (row["other_clock"] or {}).get("clock") == "elapsed"]


def _late(page: Page, us: pd.Series, days: pd.Series, hours: pd.Series, reasons: pd.Series) -> list[str]:
    """How late, by the clock that decides; where nothing was late, why it is a breach."""
    lengths = spans(us, hours, page.lang)
    words = {reason: page.w(f"reason.{reason}") for reason in reasons.unique()}
    said = {n: page.w("late.working_days", n=int(n)) for n in days.dropna().unique()}
    in_days = [said.get(n, "") for n in days.astype(object)]
    return [day or span or words[reason] for day, span, reason in zip(in_days, lengths, reasons, strict=True)]


def findings(page: Page, rows: Listed) -> View:
    """What the list needs beside its rows: counts and the choices of its filters."""
    n = len(rows)
    frame = rows.frame
    marks = [mark for mark in ("waived", "disputed", "baseline") if frame["marks"].str.contains(mark).any()]
    states = [s for s in ("open", "acknowledged", "cleared", "withdrawn") if (frame["state"] == s).any()]
    plain = min(n, PLAIN_ROWS)
    return {
        "n": n,
        "lead": page.w("findings.lead", n=n) if n else page.w("findings.none"),
        "plain": [_plain(page, row) for row in frame.head(PLAIN_ROWS).to_dict("records")],
        "plain_note": page.w("findings.without_script", k=plain, m=n) if n > plain else "",
        "shown": page.w("findings.shown", k=plain, m=n),
        "clauses": [{"id": clause, "title": page.title(clause)} for clause in rows.clauses],
        "teams": [{"key": team, "name": team or page.w("teams.none")} for team in rows.teams],
        "marks": [{"key": mark, "name": page.w(f"mark.{mark}")} for mark in marks],
        "states": [{"key": state, "name": page.w(f"state.{state}")} for state in states],
    }


def worst(page: Page, rows: Listed, n: int) -> list[View]:
    """The first ``n`` of the list, for a page that cannot hold them all."""
    return [_plain(page, row) for row in rows.frame.head(n).to_dict("records")]


def _plain(page: Page, row: dict[Hashable, Any]) -> View:
    return {
        **{str(name): value for name, value in row.items()},
        "title": page.title(row["clause"]),
        "who": " ".join(filter(None, (row["who"] or page.w("findings.no_holder"), row["team"]))),
        "state_text": page.w(f"state.{row['state']}"),
        "marks": [{"key": mark, "name": page.w(f"mark.{mark}")} for mark in row["marks"].split("|") if mark],
    }


def data(page: Page, rows: Listed) -> View:
    """Every finding as a compact row, with the tables its numbers point to, and the stories of the worst."""
    frame = rows.frame
    compact = frame.assign(
        clause=pd.Categorical(frame["clause"], rows.clauses).codes,
        team=pd.Categorical(frame["team"], rows.teams).codes,
    )[list(COLUMNS)]
    told = [f for f in frame["finding"] if f in page.result.stories][:STORIES]
    return {
        "columns": list(COLUMNS),
        "rows": compact.to_numpy(dtype=object).tolist(),
        "clauses": [_clause(page, clause) for clause in rows.clauses],
        "teams": rows.teams,
        "stories": {
            finding: harmless.harmless(story(page, page.result.stories[finding])) for finding in told
        },
    }


def _clause(page: Page, key: str) -> View:
    clause = page.clauses.get(key)
    if clause is None:
        return {"id": key, "title": key, "place": "", "limit": "", "readings": "", "other": ""}
    other = clause["other_clock"]
    standard = next((s for s in page.results["standards"] if s["code"] == clause["standard"]), None)
    return {
        "id": key,
        "title": page.say(clause["title"]),
        "place": clause["place"],
        "edition": f"{standard['code']} {standard['edition']}" if standard else "",
        "limit": page.limit(clause["limit"]),
        "readings": ", ".join(clause["readings"]),
        "other": page.w(f"clock.mid.{other['clock']}") if other else "",
    }
