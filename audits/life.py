"""The life of findings (laws 14 to 16): what a run says is compared with what is known, and only changes count.

A finding is what its record says now: *open* while the duty is broken and unfinished, *cleared* once it is
over, *withdrawn* when the CRM was corrected and nothing was broken after all. A record that vanished, or
whose evidence did, clears nothing. Everything here is a function of two frames and an instant; the store
keeps the outcome.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from audits.acting import acted
from audits.errors import ClausewatchError
from audits.findings import (
    EVENT_COLUMNS,
    FINDING_COLUMNS,
    INSTANT,
    as_ints,
    cast_columns,
    no_events,
    no_findings,
)
from audits.withdrawals import what_was_said
from audits.words import NAT

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]

BASELINE: Final = "baseline"
MISSING: Final = "missing"
NO_DATA: Final = "no_data"

_IDENTITY = ("finding", "clause", "subject", "occurrence")
#: What a finding is told about its duty, taken from the obligation whenever it gives evidence.
_TOLD = (
    *("record", "label", "anchor_at", "due_at", "done_at", "reason"),
    *("customer_id", "team_id", "assignee_id"),
)
# What the obligation of a known finding says (columns) makes of its state (rows).
_SAYS_NOTHING, _SAYS_HOLE, _SAYS_NOT_BROKEN, _SAYS_UNFINISHED, _SAYS_OVER = range(5)
_NEXT: Final[dict[str, tuple[str, str, str, str, str]]] = {
    # was         no row       a hole       not broken   unfinished  over
    "open": ("open", "open", "withdrawn", "open", "cleared"),
    "acknowledged": ("acknowledged", "acknowledged", "withdrawn", "acknowledged", "cleared"),
    "cleared": ("cleared", "cleared", "withdrawn", "open", "cleared"),
    "withdrawn": ("withdrawn", "withdrawn", "withdrawn", "open", "cleared"),
}
STATES: Final = tuple(_NEXT)
_TURNS = ("reopened", "cleared", "withdrawn")
_SETTLED = ("cleared", "withdrawn")


@dataclass(frozen=True)
class Changes:
    """What one run changes: findings, and events of these kinds.

    ========================  =============================================================================
    opened                    breached and not known; ``state`` tells an unfinished one from one over
    reopened                  known as cleared or withdrawn, breached again and unfinished (or withdrawn,
                              breached again and over: ``state`` cleared)
    cleared                   still breached, and over
    withdrawn                 known, and its verdict is met, pending or not applicable; the detail says what
                              was reported then, what is known now, and what was corrected
    moved_due                 its due instant was corrected; the finding stays itself
    subject_missing           known and not withdrawn, and no row speaks of it: it stays as it was
    evidence_missing          likewise, and its verdict is ``no_data``: it stays as it was
    returned                  the row or evidence is back
    acknowledged, lapsed      a person or the CRM took an open matter; the day promised passed with it open
    waived, waiver_ended      an act put the mark or its time is over; so ``disputed``, ``dispute_ended``
    ========================  =============================================================================

    Args:
        findings: new findings and those with any column changed, as they stand from now on
            (``FINDING_COLUMNS``).
        events: what happened (``EVENT_COLUMNS``), those of one finding in order. A sighting is no event;
            neither is a new label, owner or reason: those only stand in ``findings``.
    """

    findings: pd.DataFrame
    events: pd.DataFrame

    def __bool__(self) -> bool:
        return bool(len(self.findings) or len(self.events))

    def applied_to(self, known: pd.DataFrame) -> pd.DataFrame:
        """Every finding as it stands after these changes."""
        kept = pd.Index(self.findings["finding"]).get_indexer(pd.Index(known["finding"])) < 0
        now: pd.DataFrame = pd.concat([known[kept], self.findings], ignore_index=True)
        return now


def compare(
    known: pd.DataFrame,
    current: pd.DataFrame,
    as_of: int,
    run: str,
    live_from: int | None,
    *,
    source: str,
    standards: str,
    clauses: Collection[str] | None = None,
    acts: pd.DataFrame | None = None,
    crm: pd.DataFrame | None = None,
) -> Changes:
    """What ``current`` and the acts of people change in ``known``. The order of rows does not matter.

    The mark ``baseline`` stands on what was due (else began, else was first seen) before ``live_from``.

    Args:
        known: every finding of this source and standard set, as ``store.findings`` gives it.
        current: rows of ``Judged.obligations()``: the breached ones, and those of known findings whatever
            their verdict; other rows are ignored.
        as_of: the instant judged at, microseconds. One older than the last change of any known finding
            changes nothing (law 15); the store refuses one older than the last committed run.
        run: id of this run, written on its events.
        live_from: instant from which obligations are mailed; None marks nothing.
        source: name of the source.
        standards: key of the standard set.
        clauses: clauses judged in this run; known findings of others are left alone. None: all of them.
        acts: acts of people known at ``as_of`` (``audits.acts.ACT_COLUMNS``).
        crm: what the CRM changed in a finding's record after its notice (``audits.acting.CRM_COLUMNS``).

    Raises:
        ClausewatchError: two rows of ``current`` have one identity.
    """
    rows = _rows(current)
    if _is_older(known, as_of):
        return Changes(no_findings(), no_events())
    at = pd.Timestamp(as_of, unit="us", tz="UTC")
    before, place, fresh = _recognised(known, rows, clauses)
    born = _born(rows[fresh], {"source": source, "standards": standards, "at": at}, live_from)
    lived = _lived(before, rows, place, at, live_from)
    stand = pd.concat([lived.findings, born.findings], ignore_index=True)
    after, told = acted(stand, acts, crm, as_of)
    after, acts_told = _counted(after, told, at)
    events = pd.concat([lived.events, born.events, acts_told], ignore_index=True)
    return Changes(
        cast_columns(after[_differs_anywhere(before, after)], FINDING_COLUMNS).reset_index(drop=True),
        cast_columns(events.assign(as_of=at, run=run), EVENT_COLUMNS),
    )


def _recognised(
    known: pd.DataFrame, rows: pd.DataFrame, clauses: Collection[str] | None
) -> tuple[pd.DataFrame, Places, Bools]:
    """Known findings of these clauses, the row that speaks of each (-1: none), and the rows that are new breaches."""
    place = pd.Index(rows["finding"]).get_indexer(pd.Index(known["finding"]))
    fresh = (rows["verdict"] == "breached").to_numpy(copy=True)
    fresh[place[place >= 0]] = False
    judged = np.ones(len(known), bool) if clauses is None else known["clause"].isin(clauses).to_numpy()
    return known[judged].reset_index(drop=True), place[judged], fresh


def _counted(after: pd.DataFrame, told: pd.DataFrame, at: pd.Timestamp) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The findings with these events counted, and the events in their columns.

    Args:
        told: kind, was, state and detail; its index is the place in ``after``, those of one finding in order.
    """
    place = told.index.to_numpy(dtype=np.intp)
    of, happened = after.iloc[place], np.bincount(place, minlength=len(after))
    ordinal = told.groupby(level=0).cumcount().to_numpy() + 1
    events = told.assign(finding=of["finding"], n=of["changes"].to_numpy() + ordinal)
    last = after["last_change_as_of"].where(happened == 0, at)
    return after.assign(changes=after["changes"] + happened, last_change_as_of=last), events


def _differs_anywhere(before: pd.DataFrame, after: pd.DataFrame) -> Bools:
    """Which rows of ``after`` are new, or differ from ``before`` (its first rows)."""
    kept = after.iloc[: len(before)]
    differs = (kept["changes"] != before["changes"]).to_numpy(bool, copy=True)
    for name in ("marks", "reported_verdict", *_TOLD):
        differs |= _differs(before[name], kept[name])
    return np.append(differs, np.ones(len(after) - len(before), bool))


def _rows(current: pd.DataFrame) -> pd.DataFrame:
    wanted = (*_IDENTITY, *_TOLD)
    rows = cast_columns(current[list(wanted)], {name: FINDING_COLUMNS[name] for name in wanted})
    rows["verdict"] = current["verdict"].astype("str").to_numpy()
    rows["over"] = current["over"].to_numpy(dtype=bool)
    if not rows["finding"].is_unique:
        twice = rows["finding"][rows["finding"].duplicated()]
        alike = rows[rows["finding"] == twice.iloc[0]]
        raise ClausewatchError(
            f"{len(twice)} obligations share their identity with another one",
            f"finding {twice.iloc[0]}: {', '.join(alike['clause'] + ' ' + alike['subject'])}",
            "Give each obligation an occurrence of its own, the key of the event that created it",
        )
    return rows.reset_index(drop=True)


def _is_older(known: pd.DataFrame, as_of: int) -> bool:
    return bool(len(known)) and as_of < int(as_ints(known["last_change_as_of"]).max())


def _born(rows: pd.DataFrame, of: dict[str, Any], live_from: int | None) -> Changes:
    """Breaches that nobody knew, each with its first event."""
    state = _pick(("open", "cleared"), rows["over"].to_numpy(dtype=int), rows.index)
    told = rows[[*_IDENTITY, *_TOLD]]
    findings = told.assign(source=of["source"], standards=of["standards"], state=state, marks="", changes=1)
    findings = findings.assign(first_seen_as_of=of["at"], last_change_as_of=of["at"], open_since=of["at"])
    findings["reported_verdict"] = rows["verdict"]
    findings["marks"] = _marked(findings, live_from)
    events = rows[["finding"]].assign(n=1, kind="opened", was="", state=state)
    events["detail"] = _said(rows["verdict"], rows["reason"])
    return Changes(cast_columns(findings, FINDING_COLUMNS), events)


def _lived(
    before: pd.DataFrame, rows: pd.DataFrame, place: Places, at: pd.Timestamp, live_from: int | None
) -> Changes:
    """What happened to known findings; ``place`` is the row that speaks of each, -1 where none does."""
    now = rows.reindex(place).set_axis(before.index)
    says = np.where(place < 0, _SAYS_NOTHING, _says(now))
    after = _after(before, now, says, live_from)
    opened = (before["state"].isin(_SETTLED) & (after["state"] == "open")).to_numpy(bool)
    after["open_since"] = before["open_since"].where(~opened, at)
    told = _events(before, after, says)
    turned = told["kind"].isin(_TURNS).to_numpy()
    was, turns = before["state"].iloc[told.index], after["state"].iloc[told.index]
    told = told.assign(was=was.to_numpy(), state=was.where(~turned, turns).to_numpy())
    counted, events = _counted(after, told, at)
    return Changes(cast_columns(counted, FINDING_COLUMNS), events)


def _says(now: pd.DataFrame) -> Ints:
    broken = np.where(now["over"].eq(True), _SAYS_OVER, _SAYS_UNFINISHED)
    other = np.where(now["verdict"].eq(NO_DATA), _SAYS_HOLE, _SAYS_NOT_BROKEN)
    return np.where(now["verdict"].eq("breached"), broken, other).astype(np.int64)


def _after(before: pd.DataFrame, now: pd.DataFrame, says: Ints, live_from: int | None) -> pd.DataFrame:
    """The findings as they stand afterwards, their events not yet counted."""
    after = before.copy()
    evidence = says >= _SAYS_NOT_BROKEN
    for name in _TOLD:
        after[name] = before[name].where(~evidence, now[name])
    after["state"] = _next_state(before["state"], says)
    # Of a withdrawn finding nothing was broken: that its record vanishes says nothing more.
    silent = ~evidence & (before["state"] == "withdrawn").to_numpy()
    gone = _pick((MISSING, NO_DATA), (says == _SAYS_HOLE).astype(int), before.index)
    said = now["verdict"].where(evidence, gone)
    after["reported_verdict"] = said.where(~silent, before["reported_verdict"])
    after["marks"] = _marked(after, live_from)
    return after


def _next_state(was: pd.Series, says: Ints) -> pd.Series:
    table = np.array([[STATES.index(state) for state in _NEXT[was]] for was in STATES])
    return _pick(STATES, table[pd.Index(STATES).get_indexer(pd.Index(was)), says], was.index)


def _marked(findings: pd.DataFrame, live_from: int | None) -> pd.Series:
    counted = findings["due_at"].fillna(findings["anchor_at"]).fillna(findings["first_seen_as_of"])
    early = np.zeros(len(findings), bool) if live_from is None else as_ints(counted) < live_from
    codes, lists = pd.factorize(findings["marks"])
    both = [_with_baseline(marks, flag) for marks in lists for flag in (False, True)]
    return _pick(both, codes * 2 + early, findings.index)


def _with_baseline(marks: str, early: bool) -> str:
    others = {mark for mark in marks.split("|") if mark} - {BASELINE}
    return "|".join(sorted(others | {BASELINE} if early else others))


def _events(before: pd.DataFrame, after: pd.DataFrame, says: Ints) -> pd.DataFrame:
    """Kind and detail of all events in order; the index is the finding's place in ``before``."""
    # The turn comes last: what is told before it happened in the old state.
    told = [_moved(before, after, says), _presence(before, after), _turns(before, after)]
    return pd.concat(told).sort_index(kind="stable")


def _turns(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Changes of state; the detail says what the obligation said, of a withdrawal also what it said then."""
    then = after[before["state"] != after["state"]]
    was = before["state"].loc[then.index]
    kinds = np.where(was.isin(("open", "acknowledged")), "cleared", "reopened")
    kinds = np.where(then["state"] == "withdrawn", "withdrawn", kinds)
    said = _said(then["reported_verdict"], then["reason"])
    gone = then[then["state"] == "withdrawn"]
    said.loc[gone.index] = what_was_said(before.loc[gone.index], gone)
    return _told(then.index, kinds, said)


def _presence(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Records and evidence that went away or came back."""
    was, said = before["reported_verdict"], after["reported_verdict"]
    then = said[(was != said) & (said.isin((MISSING, NO_DATA)) | was.isin((MISSING, NO_DATA)))]
    kinds = np.where(then == MISSING, "subject_missing", "returned")
    return _told(then.index, np.where(then == NO_DATA, "evidence_missing", kinds), "{}")


def _moved(before: pd.DataFrame, after: pd.DataFrame, says: Ints) -> pd.DataFrame:
    """Due instants that were corrected, of findings that were broken before or are now."""
    was, due = as_ints(before["due_at"]), as_ints(after["due_at"])
    alive = ((before["state"] != "withdrawn") | (after["state"] != "withdrawn")).to_numpy()
    where = np.flatnonzero((due != was) & alive & (says >= _SAYS_NOT_BROKEN))
    detail = '{"from": ' + _json_instants(was[where]) + ', "to": ' + _json_instants(due[where]) + "}"
    return _told(before.index[where], "moved_due", detail.set_axis(before.index[where]))


def _told(where: pd.Index, kinds: str | npt.NDArray[np.str_], detail: str | pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"kind": kinds, "detail": detail}, index=where, dtype="str")


def _said(verdict: pd.Series, reason: pd.Series) -> pd.Series:
    return '{"verdict": "' + verdict + '", "reason": "' + reason + '"}'


def _json_instants(instants: Ints) -> pd.Series:
    texts = pd.Series(instants).astype("str")
    return texts.where(instants != NAT, "null")


def _pick(names: Sequence[str], codes: npt.NDArray[np.integer[Any]], index: pd.Index) -> pd.Series:
    """A column of few different texts, from their positions in ``names``."""
    return pd.Series(pd.array(list(names) or [""], dtype="str").take(codes), index=index)


def _differs(one: pd.Series, other: pd.Series) -> Bools:
    if str(one.dtype) == INSTANT:
        return np.asarray(as_ints(one) != as_ints(other))
    return np.asarray((one != other).to_numpy(dtype=bool))
