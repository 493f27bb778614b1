"""What a report says of acts and corrections: waivers by age, disputes, withdrawals, the head of the chain.

It stands in ``life.json``: reasons and notes are the store's, and no part of what a verdict rests on.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from audits.acts import ACKNOWLEDGED, ENDED, SCOPE, WAIVED, disputed_by, waived_by
from audits.findings import as_ints
from audits.saying import iso
from audits.words import DAY, NAT


@dataclass(frozen=True)
class Told:
    """What is known of acts when a report is written.

    Args:
        acts: acts known at ``as_of``, with ``why`` and ``evidence``.
        events: events of this run.
        after: every finding after this run.
        as_of: the audit's instant.
        zone: the business's zone.
    """

    acts: pd.DataFrame
    events: pd.DataFrame
    after: pd.DataFrame
    as_of: int
    zone: str


#: Withdrawals that a report names one by one; the others are counted.
MOST: Final = 200


def acts_document(told: Told) -> dict[str, Any]:
    """``waivers`` (the oldest first), ``disputes``, ``acknowledged`` and ``withdrawn`` for ``life.json``."""
    events = told.events[told.events["kind"] == "withdrawn"]
    return {
        "waivers": _waivers(told),
        "disputes": _disputes(told),
        "acknowledged": _acknowledged(told),
        "withdrawn": [_withdrawal(told, row) for row in events.head(MOST).to_dict("records")],
        "withdrawn_all": len(events),
    }


def ending(acts: pd.DataFrame, as_of: int, days: int) -> list[tuple[str, int]]:
    """Waivers in force that end within so many days: id and end, the nearest first."""
    ended = set(acts.loc[acts["kind"] == ENDED, "ends"])
    rows = acts[(acts["kind"] == WAIVED) & ~acts["act"].isin(ended) & (acts["begins"] <= as_of)]
    near = rows[(rows["until"] > as_of) & (rows["until"] <= as_of + days * DAY)].sort_values(["until", "act"])
    return list(zip(near["act"], near["until"].tolist(), strict=True))


def _waivers(told: Told) -> list[dict[str, Any]]:
    rows = told.acts[told.acts["kind"] == WAIVED].sort_values(["begins", "act"])
    covering = pd.Series(waived_by(told.after, told.acts, told.as_of))
    covers = covering.value_counts()
    ended = dict(
        zip(*(told.acts.loc[told.acts["kind"] == ENDED, name] for name in ("ends", "at")), strict=True)
    )
    labels = dict(zip(told.after["finding"], told.after["label"], strict=True))
    out = []
    for place, row in zip(rows.index.tolist(), rows.to_dict("records"), strict=True):
        state = _state(row["begins"], row["until"], row["act"] in ended, told.as_of)
        out.append({
            **_who(row, told.zone), "approved_by": row["approver"], "evidence": row["evidence"],
            "finding": row["finding"], "label": labels.get(row["finding"], ""),
            "scope": {name: row[name] for name in SCOPE if row[name]},
            "begins": iso(row["begins"], told.zone), "until": iso(row["until"], told.zone),
            "days": max(0, (min(told.as_of, row["until"]) - row["begins"]) // DAY),
            "state": state, "covers": int(covers.get(place, 0)),
        })  # fmt: skip
    return out


def _state(begins: int, until: int, ended: bool, as_of: int) -> str:
    if ended:
        return "ended"
    if as_of < begins:
        return "ahead"
    return "in_force" if as_of < until else "over"


def _disputes(told: Told) -> list[dict[str, Any]]:
    places = disputed_by(told.after, told.acts, told.as_of)
    rows = told.after[places >= 0]
    acts = told.acts.iloc[places[places >= 0]].to_dict("records")
    named = rows[["finding", "label", "clause", "state"]].to_dict("records")
    out = [{**row, **_who(act, told.zone)} for row, act in zip(named, acts, strict=True)]
    return sorted(out, key=lambda one: (one["at"], one["finding"]))


def _who(act: Mapping[Any, Any], zone: str) -> dict[str, Any]:
    return {"act": act["act"], "at": iso(act["at"], zone), "by": act["person"], "why": act["why"]}


def _withdrawal(told: Told, event: Mapping[Any, Any]) -> dict[str, Any]:
    """Reported then, known now, and what was corrected."""
    said = json.loads(event["detail"])
    row = told.after[told.after["finding"] == event["finding"]].iloc[0]
    sides = {side: _side(said[side], told.zone) for side in ("then", "now")}
    named = {name: row[name] for name in ("finding", "label", "clause")}
    return {**named, "cause": said["cause"], **sides}


def _side(said: Mapping[str, Any], zone: str) -> dict[str, Any]:
    stamps = {
        name: None if said[name] is None else iso(said[name], zone) for name in ("anchor", "due", "done")
    }
    return {"verdict": said["verdict"], "reason": said["reason"], **stamps}


def _acknowledged(told: Told) -> list[dict[str, Any]]:
    """Matters that a person took and has not finished: who, when, the note, the instant promised."""
    rows = told.acts[told.acts["kind"] == ACKNOWLEDGED].drop_duplicates("finding", keep="last")
    acts = {row["finding"]: row for row in rows.to_dict("records")}
    taken = told.after[(told.after["state"] == "acknowledged") & told.after["finding"].isin(list(acts))]
    out: list[dict[str, Any]] = []
    for began, row in zip(as_ints(taken["open_since"]).tolist(), taken.to_dict("records"), strict=True):
        act = acts[row["finding"]]
        if act["at"] >= began:
            promised = None if act["until"] == NAT else iso(act["until"], told.zone)
            named = {name: row[name] for name in ("finding", "label", "clause")}
            out.append({**named, **_who(act, told.zone), "until": promised})
    return sorted(out, key=lambda one: (one["until"] or "~", one["finding"]))
