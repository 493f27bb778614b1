"""What a source promises, held against what its rows show: a promise is believed by the checks (law 4), so it is
looked at before anybody relies on it.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from audits.judge import Judged
from audits.model import MODEL
from audits.saying import iso
from audits.tables import Table, Tables
from audits.words import NAT
from audits.zones import zone

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Monday of the week that holds 1970-01-01, as a day number.
_MONDAY: Final = -3
#: What a promise comes to: it holds; there is none; the rows begin later; weeks without rows; no row at all;
#: no stamp to look at.
HOLDS, NONE, LATE, HOLES, EMPTY, UNSEEN = (
    "holds",
    "none",
    "starts_later",
    "empty_weeks",
    "no_rows",
    "no_stamp",
)
#: An empty stretch tells something when so many rows were to be expected in it.
_EXPECTED: Final = 5
#: Those that contradict what was promised.
BROKEN: Final = frozenset({LATE, HOLES, EMPTY})


def promises(judged: Judged) -> list[dict[str, Any]]:
    """One line an entity, and one a field that is kept only since a day.

    A week counts when it has a working day and lies whole between the promise and ``as_of``. A stretch of
    empty weeks is told when, at the pace of the others, at least five rows were to be expected in it: where
    something happens once a month, an empty week is an ordinary one.

    Returns:
        Each: ``entity``, ``field`` ("" = its rows), ``rows``, ``promised``, ``first`` and ``newest`` (ISO or
        None), ``finding`` (a word above), ``weeks`` (Mondays of the empty ones), ``waits`` (clauses that
        cannot prove absence without a promise).
    """
    tables = Tables(judged.facts, judged.as_of)
    lines = []
    for entity, facts in sorted(judged.facts.entities.items()):
        began = _began(tables[entity])
        lines.append(_line(judged, entity, "", facts.complete_since, began, len(began)))
        for field, since in sorted(facts.since.items()):
            kept = _filled(tables[entity], field)
            lines.append(_line(judged, entity, field, since, began[kept], int(kept.sum())))
    return [line for line in lines if line["promised"] or line["waits"] or line["field"]]


def _began(table: Table) -> Ints:
    """The earliest stamp of each row by ``as_of``; NAT for a row without any."""
    latest = np.iinfo(np.int64).max
    out = np.full(len(table), latest, np.int64)
    for name, field in MODEL[table.name].fields.items():
        if field.type == "ts" and table.has(name):
            at = table.ts(name)
            out = np.where(at == NAT, out, np.minimum(out, at))
    return np.where(out == latest, NAT, out)


def _filled(table: Table, field: str) -> Bools:
    if field not in table.frame.columns:
        return np.zeros(len(table), bool)
    return table.frame[field].notna().to_numpy(bool)


def _line(
    judged: Judged, entity: str, field: str, since: int | None, began: Ints, rows: int
) -> dict[str, Any]:
    at, where = np.sort(began[began != NAT]), judged.facts.zone
    found, weeks = _finding(judged, since, at, rows)
    waits = [] if field or since is not None else _waiting(judged, entity)
    return {
        "entity": entity,
        "field": field,
        "rows": rows,
        "promised": None if since is None else iso(since, where),
        "first": iso(int(at[0]), where) if len(at) else None,
        "newest": iso(int(at[-1]), where) if len(at) else None,
        "finding": found,
        "weeks": weeks,
        "waits": waits,
    }


def _waiting(judged: Judged, entity: str) -> list[str]:
    return [card.id for card in judged.rules.cards.values() if entity in card.absence_of]


def _finding(judged: Judged, since: int | None, at: Ints, rows: int) -> tuple[str, list[str]]:
    if since is None:
        return NONE, []
    if not len(at):
        return (UNSEEN, []) if rows else (EMPTY, [])
    weeks, rowed = _weeks(judged, since), _week(judged, at)
    full = np.unique(rowed)
    empty = _telling(weeks, np.isin(weeks, full), int(np.isin(rowed, weeks).sum()))
    before = empty[empty < full[0]]
    if len(before):
        return LATE, _mondays(before)
    return (HOLES, _mondays(empty)) if len(empty) else (HOLDS, [])


def _telling(weeks: Ints, filled: Bools, rows: int) -> Ints:
    """Weeks of the empty stretches in which rows were to be expected, going by the weeks that have some."""
    begins = np.flatnonzero(np.diff(np.r_[True, filled, True].astype(np.int8)))
    told = [
        weeks[first:last]
        for first, last in zip(begins[::2], begins[1::2], strict=True)
        if (last - first) * rows >= _EXPECTED * max(1, int(filled.sum()))
    ]
    return np.concatenate([*told, weeks[:0]])


def _week(judged: Judged, at: Ints) -> Ints:
    return np.asarray((zone(judged.facts.zone).days(at) - _MONDAY) // 7)


def _weeks(judged: Judged, since: int) -> Ints:
    """Numbers of the weeks with a working day that lie whole between a promise and the audit's instant."""
    first, last = zone(judged.facts.zone).days(np.array([since, judged.as_of], np.int64))
    begins = np.arange((first - _MONDAY + 6) // 7, (last - _MONDAY) // 7)
    days = begins[:, None] * 7 + _MONDAY + np.arange(7)
    working = judged.rules.calendar.state(days.ravel()).reshape(days.shape) == 1
    return np.asarray(begins[working.any(axis=1)])


def _mondays(weeks: Ints) -> list[str]:
    return [str(np.datetime64(int(week) * 7 + _MONDAY, "D")) for week in weeks]
