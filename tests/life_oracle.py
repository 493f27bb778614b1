"""The life of findings told slowly, one finding at a time: what the columns of `audits.life` are held to."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from audits.acts import Act
from audits.findings import EVENT_COLUMNS, FINDING_COLUMNS, as_ints, cast_columns
from audits.words import NAT


@dataclass(frozen=True)
class Row:
    """One obligation of the run, as far as a life depends on it."""

    duty: int
    verdict: str = "breached"
    over: bool = False
    due: int | None = 50
    done: int | None = None
    anchor: int | None = 10
    reason: str = "OPEN_LATE"
    owner: str = "u1"
    clause: str = "C-1"

    @property
    def finding(self) -> str:
        return f"{self.duty:016x}"


def obligations(rows: list[Row]) -> pd.DataFrame:
    """The rows as `Judged.obligations()` would give them."""
    columns: dict[str, pd.Series] = {
        "finding": _texts([row.finding for row in rows]),
        "clause": _texts([row.clause for row in rows]).astype("category"),
        "subject": _texts([f"case:T-{row.duty}" for row in rows]),
        "record": _texts([str(row.duty) for row in rows]),
        "label": _texts([f"T-{row.duty}" for row in rows]),
        "occurrence": _texts(["" for _ in rows]),
        "verdict": _texts([row.verdict for row in rows]).astype("category"),
        "reason": _texts([row.reason for row in rows]).astype("category"),
        "anchor_at": _instants([row.anchor for row in rows]),
        "due_at": _instants([row.due for row in rows]),
        "done_at": _instants([row.done for row in rows]),
        "over": pd.Series([row.over for row in rows], dtype="bool"),
        "customer_id": _texts([None for _ in rows]),
        "team_id": _texts(["t1" for _ in rows]),
        "assignee_id": _texts([row.owner for row in rows]),
    }
    return pd.DataFrame(columns)


def _texts(values: Sequence[str | None]) -> pd.Series:
    return pd.Series(values, dtype="str")


def _instants(values: Sequence[int | None]) -> pd.Series:
    ints = np.array([NAT if value is None else value for value in values], dtype=np.int64)
    return pd.Series(ints.view("datetime64[us]")).dt.tz_localize("UTC")


@dataclass(frozen=True)
class Life:
    """What is known of one finding, and every event so far."""

    row: Row
    state: str
    marks: str
    first: int
    last: int
    said: str
    since: int = 0
    events: tuple[tuple[Any, ...], ...] = field(default=())


@dataclass(frozen=True)
class Touch:
    """What the CRM itself changed in a finding's record after its notice."""

    finding: str
    at: int


def tell(
    known: dict[str, Life],
    rows: list[Row],
    as_of: int,
    live_from: int | None,
    acts: Sequence[Act] | None = None,
    touches: Sequence[Touch] = (),
) -> dict[str, Life]:
    """Every life after a run; nothing happens in a run that looks at an earlier instant."""
    if known and as_of < max(life.last for life in known.values()):
        return known
    now = {row.finding: row for row in rows}
    after = {name: _next(life, now.get(name), as_of) for name, life in known.items()}
    for name, row in now.items():
        if name not in known and row.verdict == "breached":
            born = Life(row, "", "", as_of, as_of, "", as_of)
            after[name] = _next(born, row, as_of)
    after = {name: replace(life, marks=_marks(life, live_from)) for name, life in after.items()}
    if acts is None:
        return after
    heard = [act for act in acts if act.at <= as_of]
    return {name: _acted(life, heard, touches, as_of) for name, life in after.items()}


def _acted(life: Life, acts: Sequence[Act], touches: Sequence[Touch], as_of: int) -> Life:
    name = life.row.finding
    mine = [act for act in acts if act.finding == name]
    acks = [act for act in mine if act.kind == "acknowledged" and act.at >= life.since]
    crm = [touch.at for touch in touches if touch.finding == name and touch.at >= life.since]
    newest = max(acks, key=lambda act: (act.at, act.act), default=None)
    broken = newest is not None and newest.until != NAT and newest.until <= as_of
    by_crm = bool(crm) and (newest is None or (broken and max(crm) > newest.until))
    if life.state == "open" and newest is not None and not broken:
        life = _add(life, "acknowledged", as_of, _act(newest), "acknowledged")
    elif life.state == "open" and by_crm:
        detail = json.dumps({"crm": "owner", "by": "u9", "at": max(crm)})
        life = _add(life, "acknowledged", as_of, detail, "acknowledged")
    elif life.state == "acknowledged" and newest is not None and broken and not by_crm:
        life = _add(life, "lapsed", as_of, _act(newest), "open")
    ended = {act.ends for act in acts if act.kind == "ended"}
    stands = [act for act in acts if act.act not in ended]
    life = _mark(life, "waived", "waiver_ended", _waiver(life.row, stands, as_of), as_of)
    disputes = [act for act in stands if act.kind == "disputed" and act.finding == name]
    return _mark(life, "disputed", "dispute_ended", disputes[-1] if disputes else None, as_of)


def _waiver(row: Row, acts: Sequence[Act], as_of: int) -> Act | None:
    """The waiver that covers a breach: its own before a scope's, the one that holds longest."""

    def lasts(act: Act) -> bool:
        return as_of < act.until or (row.done is not None and row.done < act.until)

    begun = [act for act in acts if act.kind == "waived" and act.begins <= as_of]
    begun.sort(key=lambda act: (act.until, act.act))
    own = [act for act in begun if act.finding == row.finding]
    if own and lasts(own[-1]):
        return own[-1]
    counted = row.due if row.due is not None else row.anchor
    for act in reversed(begun):
        scoped = not act.finding and act.clause in ("", row.clause) and act.team_id in ("", "t1")
        scoped &= act.record in ("", str(row.duty)) and not act.customer_id
        if scoped and counted is not None and act.begins <= counted < act.until and lasts(act):
            return act
    return None


def _mark(life: Life, mark: str, end: str, act: Act | None, as_of: int) -> Life:
    marks = {one for one in life.marks.split("|") if one}
    if (act is not None) == (mark in marks):
        return life
    life = _add(life, mark if act else end, as_of, _act(act) if act else "{}")
    return replace(life, marks="|".join(sorted(marks ^ {mark})))


def _act(act: Act) -> str:
    return json.dumps({"act": act.act, "until": None if act.until == NAT else act.until})


def _next(life: Life, row: Row | None, as_of: int) -> Life:
    if row is None or row.verdict == "no_data":
        said = "missing" if row is None else "no_data"
        if life.state == "withdrawn" or life.said == said:
            return life
        kind = "subject_missing" if row is None else "evidence_missing"
        return replace(_add(life, kind, as_of, "{}"), said=said)
    state = _state(life.state, row)
    if life.state and row.due != life.row.due and (life.state, state) != ("withdrawn", "withdrawn"):
        life = _add(life, "moved_due", as_of, json.dumps({"from": life.row.due, "to": row.due}))
    if life.said in ("missing", "no_data"):
        life = _add(life, "returned", as_of, "{}")
    if state != life.state:
        detail = json.dumps({"verdict": row.verdict, "reason": row.reason})
        if state == "withdrawn":
            detail = _withdrawal(life.row, row)
        if state == "open" and life.state:
            life = replace(life, since=as_of)
        life = _add(life, _turn(life.state, state), as_of, detail, state)
    return replace(life, row=row, said=row.verdict)


def _withdrawal(was: Row, row: Row) -> str:
    pairs = (("began", was.anchor, row.anchor), ("done", was.done, row.done), ("due", was.due, row.due))
    cause = next((name for name, then, now in pairs if then != now), "rules")
    cause = "left" if row.verdict == "not_applicable" else cause
    sides = {
        side: {
            "verdict": verdict,
            "reason": one.reason,
            "anchor": one.anchor,
            "due": one.due,
            "done": one.done,
        }
        for side, verdict, one in (("then", "breached", was), ("now", row.verdict, row))
    }
    return json.dumps({**sides, "cause": cause})


def _state(was: str, row: Row) -> str:
    if row.verdict != "breached":
        return "withdrawn"
    if row.over:
        return "cleared"
    return "acknowledged" if was == "acknowledged" else "open"


def _turn(was: str, state: str) -> str:
    if not was:
        return "opened"
    if state == "withdrawn":
        return "withdrawn"
    return "cleared" if state == "cleared" and was in ("open", "acknowledged") else "reopened"


def _add(life: Life, kind: str, as_of: int, detail: str, state: str | None = None) -> Life:
    state = life.state if state is None else state
    event = (life.row.finding, len(life.events) + 1, as_of, "run", kind, life.state, state, detail)
    return replace(life, state=state, last=as_of, events=(*life.events, event))


def _marks(life: Life, live_from: int | None) -> str:
    counted = next(at for at in (life.row.due, life.row.anchor, life.first) if at is not None)
    others = {mark for mark in life.marks.split("|") if mark} - {"baseline"}
    early = live_from is not None and counted < live_from
    return "|".join(sorted(others | {"baseline"} if early else others))


def frame_of(known: dict[str, Life]) -> pd.DataFrame:
    """The lives as a frame of findings, sorted by finding."""
    lives = [known[name] for name in sorted(known)]
    frame = obligations([life.row for life in lives]).assign(source="demo", standards="ECS")
    frame["state"] = _texts([life.state for life in lives])
    frame["marks"] = _texts([life.marks for life in lives])
    frame["changes"] = [len(life.events) for life in lives]
    frame["first_seen_as_of"] = _instants([life.first for life in lives])
    frame["last_change_as_of"] = _instants([life.last for life in lives])
    frame["reported_verdict"] = _texts([life.said for life in lives])
    frame["open_since"] = _instants([life.since for life in lives])
    return cast_columns(frame, FINDING_COLUMNS)


def events_of(known: dict[str, Life]) -> list[tuple[Any, ...]]:
    """Every event told so far, sorted by finding and ordinal."""
    return [event for name in sorted(known) for event in known[name].events]


def tuples(events: pd.DataFrame) -> list[tuple[Any, ...]]:
    """A frame of events as plain tuples, instants as integers."""
    plain = events[list(EVENT_COLUMNS)].copy()
    plain["as_of"] = as_ints(plain["as_of"])
    rows = [tuple(row) for row in plain.itertuples(index=False)]
    return sorted(rows, key=lambda row: (row[0], row[1]))
