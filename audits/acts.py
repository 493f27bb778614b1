"""What people do to matters: acknowledge, waive, dispute, and end what they did; which act stands when.

An act is written once and never changed. Whether it stands is a function of the acts known at ``as_of``, of
the matter's own stamps, and of ``as_of``: nothing is switched on or off by hand.
"""

from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from audits.words import NAT

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]

ACKNOWLEDGED, WAIVED, DISPUTED, ENDED = "acknowledged", "waived", "disputed", "ended"
#: Kinds that judging reads; the others are orders about a source.
JUDGED_BY: Final = (ACKNOWLEDGED, WAIVED, DISPUTED, ENDED)
#: Marks that acts leave on findings, in the order in which they are told.
MARKS: Final = (WAIVED, DISPUTED)
#: How far a scope reaches: the columns of a finding that it may name; "" names none.
SCOPE: Final = ("clause", "customer_id", "team_id", "record")
_INSTANTS: Final = ("at", "begins", "until")
#: Columns of a frame of acts, as judging reads them: ids and codes, no text that people wrote.
ACT_COLUMNS: Final[dict[str, str]] = {
    **dict.fromkeys(("act", "kind"), "str"),
    "at": "int64",
    **dict.fromkeys(("person", "approver", "finding", *SCOPE), "str"),
    **dict.fromkeys(("begins", "until"), "int64"),
    "ends": "str",
}


@dataclass(frozen=True)
class Act:
    """One act of a person.

    Args:
        act: its id, 8 hex digits.
        kind: ``acknowledged``, ``waived``, ``disputed``, or ``ended``; other kinds are none of judging.
        at: the instant from which it is known, microseconds.
        person: staff number or CRM id of who did it.
        approver: of a waiver, who approved it: somebody else.
        finding: the finding it is about; "" for a waiver of a scope.
        clause, customer_id, team_id, record: the scope of a waiver without a finding; "" is any.
        begins, until: of a waiver, the instants between which it holds; of an acknowledgement, ``until`` is
            the instant by which the matter is promised to be over. ``NAT`` is none.
        ends: the id of the waiver or dispute that ``ended`` ends.
    """

    act: str
    kind: str
    at: int
    person: str
    approver: str = ""
    finding: str = ""
    clause: str = ""
    customer_id: str = ""
    team_id: str = ""
    record: str = ""
    begins: int = NAT
    until: int = NAT
    ends: str = ""


def frame_of(acts: Sequence[Act]) -> pd.DataFrame:
    """Acts as a frame, by instant and id."""
    rows = sorted(acts, key=lambda act: (act.at, act.act))
    columns = {name: [getattr(row, name) for row in rows] for name in ACT_COLUMNS}
    return pd.DataFrame({name: pd.Series(columns[name], dtype=kind) for name, kind in ACT_COLUMNS.items()})


def no_acts() -> pd.DataFrame:
    """A frame without acts."""
    return frame_of(())


def plain(acts: pd.DataFrame) -> list[dict[str, Any]]:
    """Acts as plain data for a snapshot: instants that are none are null."""
    rows = []
    for values in zip(*(acts[name].tolist() for name in ACT_COLUMNS), strict=True):
        row = asdict(Act(**dict(zip(ACT_COLUMNS, values, strict=True))))
        rows.append({**row, **{name: None if row[name] == NAT else row[name] for name in _INSTANTS}})
    return rows


def from_plain(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """The frame that ``plain`` was made of."""
    filled = [{**row, **{name: NAT for name in _INSTANTS if row[name] is None}} for row in rows]
    return frame_of([Act(**row) for row in filled])


def known_at(acts: pd.DataFrame, as_of: int) -> pd.DataFrame:
    """The acts that were known at ``as_of``, by instant and id."""
    known = acts[acts["at"] <= as_of].sort_values(["at", "act"], kind="stable")
    return known.reset_index(drop=True)


def in_force(acts: pd.DataFrame, kind: str, as_of: int) -> pd.DataFrame:
    """Acts of a kind that nobody ended; of waivers those that have begun. The index is their place in ``acts``."""
    ended = acts.loc[acts["kind"] == ENDED, "ends"]
    stands = (acts["kind"] == kind) & ~acts["act"].isin(ended) & (acts["at"] <= as_of)
    if kind == WAIVED:
        stands &= acts["begins"] <= as_of
    return acts[stands]


def waived_by(rows: pd.DataFrame, acts: pd.DataFrame, as_of: int) -> Places:
    """The waiver that covers each breach, as its place in ``acts``; -1 where none does.

    A waiver of one finding covers it; a waiver of a scope covers what fell due (else began) while it held.
    When its time is over it goes on covering what was over by then, and nothing that is still open.

    Args:
        rows: breaches: ``finding``, the columns of ``SCOPE``, ``due_at``, ``anchor_at``, ``done_at`` (stamps
            or microseconds).
        acts: known at ``as_of``.
        as_of: the audit's instant, microseconds.
    """
    covering = np.full(len(rows), -1, np.intp)
    waivers = in_force(acts, WAIVED, as_of).sort_values(["until", "act"], kind="stable")
    if waivers.empty or rows.empty:
        return covering
    done = instants(rows["done_at"])
    scoped = waivers[waivers["finding"] == ""]
    counted = _counted(rows) if len(scoped) else done
    for place, waiver in zip(scoped.index.tolist(), scoped.to_dict("records"), strict=True):
        held = (counted >= waiver["begins"]) & (counted < waiver["until"])
        within = held & _in_scope(rows, waiver) & _lasts(waiver["until"], done, as_of)
        covering[within] = place
    return _single(covering, rows, waivers[waivers["finding"] != ""], done, as_of)


def _single(covering: Places, rows: pd.DataFrame, single: pd.DataFrame, done: Ints, as_of: int) -> Places:
    """Waivers of single findings go before those of scopes; of several the one that holds longest."""
    newest = single.drop_duplicates("finding", keep="last")
    found = pd.Index(newest["finding"]).get_indexer(pd.Index(rows["finding"]))
    until = np.append(newest["until"].to_numpy(np.int64), NAT)[found]
    lasts = (found >= 0) & _lasts(until, done, as_of)
    places = np.append(newest.index.to_numpy(np.intp), -1)[found]
    return np.where(lasts, places, covering)


def _lasts(until: int | Ints, done: Ints, as_of: int) -> Bools:
    return np.asarray((as_of < until) | ((done != NAT) & (done < until)))


def _in_scope(rows: pd.DataFrame, waiver: dict[Hashable, Any]) -> Bools:
    within = np.ones(len(rows), bool)
    for name in SCOPE:
        if waiver[name]:
            within &= (rows[name].astype("str") == waiver[name]).to_numpy(bool, na_value=False)
    return within


def _counted(rows: pd.DataFrame) -> Ints:
    due = instants(rows["due_at"])
    return np.where(due == NAT, instants(rows["anchor_at"]), due)


def disputed_by(rows: pd.DataFrame, acts: pd.DataFrame, as_of: int) -> Places:
    """The dispute that stands about each finding, as its place in ``acts``; -1 where none does."""
    return newest_of(rows, in_force(acts, DISPUTED, as_of))


def newest_of(rows: pd.DataFrame, acts: pd.DataFrame) -> Places:
    """The newest of these acts about each finding, by the index of ``acts``; -1 where there is none."""
    newest = acts.sort_values(["at", "act"], kind="stable").drop_duplicates("finding", keep="last")
    found = pd.Index(newest["finding"]).get_indexer(pd.Index(rows["finding"]))
    places: Places = np.append(newest.index.to_numpy(np.intp), -1)[found]
    return places


def instants(column: pd.Series) -> Ints:
    """Microseconds, ``NAT`` where null, of a column of stamps or of integers."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return np.asarray(column.to_numpy(dtype="datetime64[us]").view(np.int64))
    return column.to_numpy(np.int64)
