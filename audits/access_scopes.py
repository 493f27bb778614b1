"""How far a grant reaches, held against what its holder was answerable for at the time.

A scope is a code of the CRM: ``own`` (本人经办), ``all`` (全部), or the key of a team, customer or case. A grant of
one's own records, or without a word of its reach, is judged by its holder alone. One that reaches to a team,
customer or case asks for work there. One that reaches everywhere is in order for whom everything lay with (or
with people below); for others nobody can say whether that much was meant, so it is undecided. So is any other
word: the mapping gives it one of these.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from audits.context import Context
from audits.tables import Codes, Ints
from audits.views import View
from audits.words import NAT, Reason

Bools = npt.NDArray[np.bool_]

#: Words of a scope, as mappings and registers write them.
OWN: Final = frozenset({"own", "本人", "本人经办"})
ALL: Final = frozenset({"all", "全部"})
#: Longer chains of superiors are circles.
_HOPS: Final = 8


class Reach(NamedTuple):
    """For each grant and month: it reaches where its holder had no work; and why that cannot be told (0: it can)."""

    beyond: Bools
    hole: Codes


def reaches(context: Context, view: View, rows: Ints, allowed: Bools, months: tuple[Ints, Ints]) -> Reach:
    """Hold the scope of each grant against the work of its holder in each month.

    Args:
        view, rows: the grants.
        allowed: grants (rows) whose holder was answerable for something in each month, or stood above.
        months: first instants and last microseconds.
    """
    tables, (start, end) = context.tables, months
    said = view.text("scope").iloc[rows].reset_index(drop=True)
    hole = np.repeat(view.hole("scope")[rows][:, None], len(start), axis=1) * allowed
    found = Reach(
        np.zeros(allowed.shape, bool), np.where(hole == Reason.FIELD_NOT_PROVIDED, 0, hole).astype(np.int16)
    )
    holder = tables.link("access_grant", "holder_id", "staff")[view.pos[rows]]
    for scope in said.dropna().unique():
        if scope in OWN:
            continue
        mine = np.flatnonzero((said == scope).to_numpy(dtype=bool))
        inside = _cases_in(context, str(scope))
        for number in range(len(start)):
            here = mine[allowed[mine, number]]
            if scope not in ALL and inside is None:
                found.hole[here, number] = Reason.UNMAPPED_VALUE
                continue
            _hold(context, found, holder, here, number, inside, (int(start[number]), int(end[number])))
    return found


def _hold(
    context: Context,
    found: Reach,
    holder: Ints,
    here: Ints,
    number: int,
    inside: Bools | None,
    month: tuple[int, int],
) -> None:
    """Settle the grants of one scope in one month; ``inside`` None means all cases."""
    case, staff = work_of(context, *month)
    size = len(context.tables["staff"])
    if inside is None:
        over = np.array([not _all_below(context, int(who), case, staff) for who in holder[here]], bool)
        found.hole[here[over], number] = Reason.UNDECIDED
        return
    there = np.zeros(size, bool)
    there[staff[(case >= 0) & inside[case]]] = True
    without = ~with_superiors(context, there)[holder[here]]
    by_task = with_superiors(context, on_tasks(context, size))[holder[here]]
    found.hole[here[without & by_task], number] = Reason.UNDECIDED  # tasks name no case
    found.beyond[here[without & ~by_task], number] = True


def _cases_in(context: Context, scope: str) -> Bools | None:
    """Cases of a team or customer, or the one case, that a scope names; None where it names none of these."""
    tables = context.tables
    case = tables["case"]
    if (case.text("id") == scope).any():
        return (case.text("id") == scope).to_numpy(dtype=bool)
    for entity, field in (("team", "team_id"), ("customer", "customer_id")):
        if entity in tables and (tables[entity].text("id") == scope).any():
            return (case.text(field) == scope).fillna(value=False).to_numpy(dtype=bool)
    return None


def _all_below(context: Context, who: int, case: Ints, staff: Ints) -> bool:
    """Whether each case of the month lay with this person or somebody below."""
    below, above = np.arange(len(context.tables["staff"])) == who, _above(context)
    for _ in range(_HOPS):
        below = below | ((above >= 0) & below[np.maximum(above, 0)])
    return bool(np.isin(case, case[below[staff]]).all())


def work_of(context: Context, start: int, end: int) -> tuple[Ints, Ints]:
    """Cases (-1: one we do not know) and the staff they were assigned to at some time of a month, row by row."""
    tables = context.tables
    case = tables["case"]
    got, closed = case.ts("received_at"), case.ts("closed_at")
    open_then = np.flatnonzero((got != NAT) & (got <= end) & ((closed == NAT) | (closed >= start)))
    cases, staff = [open_then], [tables.link("case", "assignee_id", "staff")[open_then]]
    if "assignment" in tables:
        table = tables["assignment"]
        began, ended = table.ts("began_at"), table.ts("ended_at")
        then = np.flatnonzero((began != NAT) & (began <= end) & ((ended == NAT) | (ended >= start)))
        cases.append(tables.link("assignment", "case_id", "case")[then])
        staff.append(tables.link("assignment", "staff_id", "staff")[then])
    on, who = np.concatenate(cases), np.concatenate(staff)
    return on[who >= 0], who[who >= 0]


def on_tasks(context: Context, size: int) -> Bools:
    """Staff who are responsible or accountable for a task."""
    out = np.zeros(size, bool)
    if "task" in context.tables:
        keys = context.tables["staff"].text("id")
        for field in ("responsible_ids", "accountable_ids"):
            named = context.tables["task"].text(field).dropna().str.split("|").explode()
            out |= keys.isin(named).to_numpy(dtype=bool)
    return out


def with_superiors(context: Context, staff: Bools) -> Bools:
    """The same people and everybody above them."""
    out, above = staff.copy(), _above(context)
    for _ in range(_HOPS):
        upper = above[out & (above >= 0)]
        if out[upper].all():
            break
        out[upper] = True
    return out


def _above(context: Context) -> Ints:
    return context.tables.link("staff", "manager_id", "staff")
