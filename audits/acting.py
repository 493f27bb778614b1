"""What acts make of findings: acknowledged, waived, disputed, and over again when an act ends (law 14, 15).

The CRM's own change after a notice acknowledges as a person does; only a person promises a day, and a
promise that passes with the matter still open has lapsed.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from audits.acts import ACKNOWLEDGED, DISPUTED, WAIVED, disputed_by, newest_of, waived_by
from audits.findings import as_ints
from audits.words import NAT

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]

LAPSED: Final = "lapsed"
#: What a mark's end is called.
MARK_ENDS: Final = {WAIVED: "waiver_ended", DISPUTED: "dispute_ended"}
#: Columns of what the CRM itself says after a notice: ``how`` is ``owner``, ``status`` or ``escalation``.
CRM_COLUMNS: Final = {"finding": "str", "at": "int64", "how": "str", "person": "str"}
_TOLD: Final = ("kind", "was", "state", "detail")


def no_crm() -> pd.DataFrame:
    """No change in the CRM after any notice."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in CRM_COLUMNS.items()})


def acted(
    stand: pd.DataFrame, acts: pd.DataFrame | None, crm: pd.DataFrame | None, as_of: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Findings as acts leave them, and what is told of it.

    Args:
        stand: findings as their records leave them, with an index 0, 1, 2, ...
        acts: known at ``as_of`` (``audits.acts.ACT_COLUMNS``); None: nobody asked, and nothing changes.
        crm: the newest change of each finding's record after its notice (``CRM_COLUMNS``); None: none.

    Returns:
        The findings with ``state`` and ``marks`` anew, and events (``kind``, ``was`` and ``state`` before and
        after it, ``detail``) whose index is the finding's place.
    """
    if acts is None:
        return stand, pd.DataFrame(
            {name: pd.Series(dtype="str") for name in _TOLD}, index=pd.Index([], dtype=int)
        )
    acts = acts.reset_index(drop=True)
    crm = (no_crm() if crm is None else crm).assign(act="").reset_index(drop=True)
    state, told = _states(stand, acts, crm, as_of)
    marked = stand["marks"]
    for mark, covers in ((WAIVED, waived_by), (DISPUTED, disputed_by)):
        marked, more = _marks(marked, mark, covers(stand, acts, as_of), acts)
        told.append(more)
    after = stand.assign(state=state, marks=marked)
    events = pd.concat(told).sort_index(kind="stable")
    was, now = stand["state"].iloc[events.index], after["state"].iloc[events.index]
    was = was.where(events["kind"].isin((ACKNOWLEDGED, LAPSED)).to_numpy(bool), now)
    return after, events.assign(was=was.to_numpy(), state=now.to_numpy())


def _states(
    stand: pd.DataFrame, acts: pd.DataFrame, crm: pd.DataFrame, as_of: int
) -> tuple[pd.Series, list[pd.DataFrame]]:
    """Open matters that were acknowledged, and acknowledged ones whose promise has lapsed."""
    by_person, person_at, until = _acknowledged(stand, acts)
    by_crm, crm_at = _newest(stand, crm)
    promised = by_person & (until != NAT) & (until <= as_of)
    crm_counts = by_crm & (~by_person | (promised & (crm_at > until)))
    kept = by_person & ~promised
    was_open = (stand["state"] == "open").to_numpy(bool)
    taken = was_open & (kept | crm_counts)
    lapsed = (stand["state"] == "acknowledged").to_numpy(bool) & promised & ~crm_counts
    state = stand["state"].where(~taken, "acknowledged").where(~lapsed, "open")
    by_act = np.flatnonzero(taken & kept)
    of_crm = np.flatnonzero(taken & ~kept)
    return state, [
        _told(by_act, ACKNOWLEDGED, _by_act(acts, person_at[by_act])),
        _told(of_crm, ACKNOWLEDGED, _by_crm(crm, newest_of(stand.iloc[of_crm], crm))),
        _told(np.flatnonzero(lapsed), LAPSED, _by_act(acts, person_at[lapsed])),
    ]


def _acknowledged(stand: pd.DataFrame, acts: pd.DataFrame) -> tuple[Bools, Places, Ints]:
    """Whether a person acknowledged each finding in this life, by which act, and the day promised."""
    place = newest_of(stand, acts[acts["kind"] == ACKNOWLEDGED])
    at = np.append(acts["at"].to_numpy(np.int64), NAT)[place]
    ours = (place >= 0) & (at >= as_ints(stand["open_since"]))
    return ours, place, np.append(acts["until"].to_numpy(np.int64), NAT)[place]


def _newest(stand: pd.DataFrame, crm: pd.DataFrame) -> tuple[Bools, Ints]:
    place = newest_of(stand, crm)
    at = np.append(crm["at"].to_numpy(np.int64), NAT)[place]
    return (place >= 0) & (at >= as_ints(stand["open_since"])), at


def _marks(
    marked: pd.Series, mark: str, covered: Places, acts: pd.DataFrame
) -> tuple[pd.Series, pd.DataFrame]:
    """The marks with this one where an act puts it, and what began or ended."""
    codes, lists = pd.factorize(marked)
    has = np.array([*(mark in marks.split("|") for marks in lists), False], bool)[codes]
    now = covered >= 0
    both = [_with(marks, mark, put) for marks in lists for put in (False, True)]
    after = pd.Series(pd.array(both or [""], dtype="str").take(codes * 2 + now), index=marked.index)
    began, ended = np.flatnonzero(now & ~has), np.flatnonzero(has & ~now)
    told = [_told(began, mark, _by_act(acts, covered[began])), _told(ended, MARK_ENDS[mark], "{}")]
    return after, pd.concat(told)


def _with(marks: str, mark: str, put: object) -> str:
    others = {one for one in marks.split("|") if one} - {mark}
    return "|".join(sorted(others | {mark} if put else others))


def _told(places: Places, kind: str, detail: str | pd.Series) -> pd.DataFrame:
    index = pd.Index(places)
    said = detail if isinstance(detail, str) else detail.set_axis(index)
    return pd.DataFrame({"kind": kind, "detail": said}, index=index, dtype="str")


def _by_act(acts: pd.DataFrame, places: Places) -> pd.Series:
    """Which act, and until when it holds or promises."""
    until = acts["until"].to_numpy(np.int64)[places]
    said = pd.Series(until).astype("str").where(until != NAT, "null")
    return (
        '{"act": "' + acts["act"].iloc[places].reset_index(drop=True) + '", "until": ' + said + "}"
    ).astype("str")


def _by_crm(crm: pd.DataFrame, places: Places) -> pd.Series:
    rows = crm.iloc[places].reset_index(drop=True)
    who = '", "by": "' + rows["person"] + '", "at": ' + rows["at"].astype("str")
    return ('{"crm": "' + rows["how"] + who + "}").astype("str")
