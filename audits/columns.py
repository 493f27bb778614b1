"""What a card derives for its records: a field of the record that one names, and what linked rows show.

A closed set (``Column.take``): a path along references; the first or last stamp, the count or the listed
values of linked rows; the first that is there, the earliest or the latest of several stamps. A row that
may or may not be meant (its filter cannot be decided) never decides: where no other row is there, the
derived value is a hole.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from audits.cards import Column
from audits.filters import matches
from audits.model import MODEL
from audits.tables import Codes, Groups, Ints, first_by, last_by
from audits.views import View
from audits.words import DAY, NAT, Reason

if TYPE_CHECKING:
    from audits.context import Context

Bools = npt.NDArray[np.bool_]

#: What a view keeps by the names of its columns.
_DICTS: Final = ("stamps", "holes", "codes", "numbers", "texts", "coarses", "kinds", "enums", "blame")


def derived(context: "Context", view: View, columns: dict[str, Column]) -> View:
    """The view with the columns a card derives; the view itself where there are none."""
    if not columns:
        return view
    made = replace(view)
    for part in _DICTS:
        setattr(made, part, dict(getattr(view, part)))
    for name, column in columns.items():
        _MAKE[column.take](context, made, name, column)
    return made


# ---- along references --------------------------------------------------------------------------------
def _path(context: "Context", view: View, name: str, column: Column) -> None:
    entity, row, hole = view.base.name, view.pos, np.zeros(len(view), np.int16)
    for hop in column.names[:-1]:
        parent = MODEL[entity].fields[hop].ref
        row, hole = _step(context, entity, hop, parent, row, hole)
        entity = parent
    field = column.names[-1]
    view.blame[name], view.kinds[name] = f"{entity}.{field}", MODEL[entity].fields[field].type
    if not context.tables.has(entity, field):
        hole = np.where(hole == 0, Reason.FIELD_NOT_PROVIDED, hole).astype(np.int16)
        row = np.full(len(view), -1, np.int64)
    else:
        at_end = np.zeros(len(row), np.int16)  # nobody is named in a table without rows
        at_end[row >= 0] = context.tables[entity].hole(field)[row[row >= 0]]
        hole = np.where(hole == 0, at_end, hole).astype(np.int16)
    view.holes[name] = hole
    _put(context, view, name, (entity, field), row)


def _step(
    context: "Context", entity: str, hop: str, parent: str, row: Ints, hole: Codes
) -> tuple[Ints, Codes]:
    """Rows of the parent that a reference names, -1 for none, and holes met on the way."""
    none = np.full(len(row), -1, np.int64)
    if parent not in context.tables or not context.tables.has(entity, hop):
        return none, np.where(hole == 0, Reason.FIELD_NOT_PROVIDED, hole).astype(np.int16)
    if not len(context.tables[entity]):
        return none, hole
    table, known = context.tables[entity], row >= 0
    found = np.where(known, context.tables.link(entity, hop, parent)[row], -1)
    named = known & table.text(hop).iloc[np.maximum(row, 0)].notna().to_numpy()
    why = np.where(known, table.hole(hop)[row], 0)
    why = np.where((why == 0) & named & (found < 0), Reason.REF_MISSING, why)
    return found, np.where(hole == 0, why, hole).astype(np.int16)


def _put(context: "Context", view: View, name: str, field: tuple[str, str], row: Ints) -> None:
    """Take a column of another table over; null where no row is named."""
    entity, source = field
    kind, some = MODEL[entity].fields[source].type, row >= 0
    if entity not in context.tables or not some.any():
        _put_nothing(view, name, entity, source)
        return
    table, at = context.tables[entity], np.maximum(row, 0)
    if kind in {"ts", "date"}:
        stamps = context.local(table.raw_ts(source)) if kind == "date" else table.ts(source)
        view.stamps[name] = np.where(some & (stamps[at] <= context.as_of), stamps[at], NAT)
        view.coarses[name] = some & (np.ones(len(at), bool) if kind == "date" else table.coarse(source)[at])
        view.kinds[name] = "ts"
    elif kind in {"enum", "bool"}:
        codes = table.enum(source) if kind == "enum" else table.flag(source)
        view.codes[name] = np.where(some, codes[at], -1).astype(np.int16)
        view.enums[name] = MODEL[entity].fields[source].values
    elif kind in {"int", "decimal", "text"}:
        view.numbers[name] = np.where(some, table.number(source)[at], NAT)
    else:
        texts = table.text(source).iloc[at].reset_index(drop=True)
        view.texts[name] = texts.where(pd.Series(some))


def _put_nothing(view: View, name: str, entity: str, source: str) -> None:
    field, n = MODEL[entity].fields[source], len(view)
    if field.type in {"ts", "date"}:
        view.stamps[name], view.coarses[name] = np.full(n, NAT, np.int64), np.zeros(n, bool)
        view.kinds[name] = "ts"
    elif field.type in {"enum", "bool"}:
        view.codes[name], view.enums[name] = np.full(n, -1, np.int16), field.values
    elif field.type in {"int", "decimal", "text"}:
        view.numbers[name] = np.full(n, NAT, np.int64)
    else:
        view.texts[name] = pd.Series([None] * n, dtype="str")


# ---- linked rows -------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Linked:
    """Pairs of a record and a linked row that may count: ``sure`` ones, and those nobody can decide.

    Args:
        place: number of the record in its view.
        row: row of the linked entity.
        sure: the row's filter is certainly true, and it lies in the window.
        child: the linked entity's view.
        hole: why a record's rows cannot be seen at all (0: they can).
    """

    place: Ints
    row: Ints
    sure: Bools
    child: View
    hole: Codes


def linked(context: "Context", view: View, column: Column) -> Linked | None:
    """Every linked row of every record; None where the source does not give the entity."""
    their, our = column.on
    if column.of not in context.tables or not context.tables.has(column.of, their):
        return None
    child = derived(context, context.plain(column.of), column.inner)
    ours, theirs, size = sides(context, view, column.of, their, our)
    groups = Groups.of(theirs, size)
    some = np.flatnonzero(ours >= 0)
    place, row = groups.members(ours[some])
    place = some[place]
    yes, maybe = matches(child, column.where)
    keep, sure = (yes | maybe)[row], yes[row]
    for their_field, our_field in column.differs.items():
        a = child.text(their_field).to_numpy(dtype=object, na_value="")[row]
        b = view.text(our_field).to_numpy(dtype=object, na_value="")[place]
        known = (a != "") & (b != "")
        keep &= ~known | (a != b)
        sure &= known
    if column.at:
        there = child.ts(column.at)[row] != NAT
        unread = child.timed_hole(column.at, coarse_is_enough=True)[row] != 0  # it may lie in the window
        lost = _no_window(view, column)[place]
        keep &= (there & (lost | _in_window(view, child, column, place, row))) | (~there & unread)
        sure &= there & ~lost
    place, row, sure = place[keep], row[keep], sure[keep]
    hole = view.hole(our) if our != "id" else np.zeros(len(view), np.int16)
    return Linked(place, row, sure, child, hole)


def sides(
    context: "Context", view: View, of: str, their: str, our: str, child: View | None = None
) -> tuple[Ints, Ints, int]:
    """The group of each record, the group of each linked row, and how many groups there are.

    ``child``: the linked rows, where ``their`` is a name along references.
    """
    if our == "id" and child is None:
        return view.pos, context.tables.link(of, their, view.base.name), len(view.base)
    theirs = context.tables[of].text(their) if child is None else child.text(their)
    ours = view.text(our)
    codes, keys = pd.factorize(pd.concat([theirs, ours], ignore_index=True))
    return codes[len(theirs) :].astype(np.int64), codes[: len(theirs)].astype(np.int64), len(keys)


def _in_window(view: View, child: View, column: Column, place: Ints, row: Ints) -> Bools:
    """Linked rows not before ``after`` and not after ``before``; a date alone is anywhere in its day."""
    at = child.ts(column.at)[row]
    late = np.where(child.coarse(column.at)[row], at + DAY - 1, at)
    keep = np.ones(len(row), bool)
    if column.after:
        keep &= (view.ts(column.after)[place] != NAT) & (late >= view.ts(column.after)[place])
    if column.before:
        end = view.ts(column.before)[place]
        until = np.where(view.coarse(column.before)[place] & (end != NAT), end + DAY - 1, end)
        keep &= (end != NAT) & (at <= until)
    return keep


def _no_window(view: View, column: Column) -> Bools:
    """Records of which one end of the window is a hole: any linked row may lie in it."""
    lost = np.zeros(len(view), bool)
    for one in (column.after, column.before):
        if one:
            lost |= view.timed_hole(one, coarse_is_enough=True) != 0
    return lost


def _stamp(context: "Context", view: View, name: str, column: Column) -> None:
    n = len(view)
    found = linked(context, view, column)
    view.blame[name], view.kinds[name] = f"{column.of}.{column.name}", "ts"
    if found is None:
        view.stamps[name], view.coarses[name] = np.full(n, NAT, np.int64), np.zeros(n, bool)
        view.holes[name] = np.full(n, Reason.FIELD_NOT_PROVIDED, np.int16)
        return
    stamps = found.child.ts(column.name)[found.row]
    sure = found.sure & (stamps != NAT)
    reduce = first_by if column.take == "first" else last_by
    at = reduce(np.where(sure, found.place, -1), stamps, n)
    chosen = sure & (stamps == at[found.place]) & found.child.coarse(column.name)[found.row]
    view.stamps[name], view.coarses[name] = at, np.bincount(found.place[chosen], minlength=n) > 0
    unread = found.child.timed_hole(column.name, coarse_is_enough=True)[found.row] != 0
    doubt = np.bincount(found.place[~sure & (unread | ~found.sure)], minlength=n) > 0
    view.holes[name] = _holes(found, (at == NAT) & doubt)


def _holes(found: Linked, doubtful: Bools) -> Codes:
    hole = np.where(doubtful, Reason.NULL_FILTER, 0)
    return np.where(found.hole != 0, found.hole, hole).astype(np.int16)


def _count(context: "Context", view: View, name: str, column: Column) -> None:
    n = len(view)
    found = linked(context, view, column)
    view.blame[name], view.kinds[name] = f"{column.of}.{column.at or column.on[0]}", "count"
    if found is None:
        view.numbers[name] = view.numbers[f"{name}?"] = np.zeros(n, np.int64)
        view.holes[name] = np.full(n, Reason.FIELD_NOT_PROVIDED, np.int16)
        return
    view.numbers[name] = np.bincount(found.place[found.sure], minlength=n).astype(np.int64)
    view.numbers[f"{name}?"] = np.bincount(found.place[~found.sure], minlength=n).astype(np.int64)
    doubt = (view.numbers[name] == 0) & (view.numbers[f"{name}?"] > 0)
    view.holes[name] = _holes(found, doubt)


def _values(context: "Context", view: View, name: str, column: Column) -> None:
    n = len(view)
    found = linked(context, view, column)
    view.blame[name], view.kinds[name] = f"{column.of}.{column.name}", "values"
    if found is None:
        view.enums[name], view.numbers[name] = (), np.zeros(n, np.int64)
        view.holes[name] = np.full(n, Reason.FIELD_NOT_PROVIDED, np.int16)
        return
    view.enums[name] = found.child.values(column.name)
    codes = found.child.code(column.name)[found.row].astype(np.int64)
    mask = np.zeros(n, np.int64)
    keep = found.sure & (codes >= 0)
    np.bitwise_or.at(mask, found.place[keep], np.int64(1) << codes[keep])
    view.numbers[name] = mask
    unread = (found.child.hole(column.name)[found.row] != 0) | ~found.sure
    view.holes[name] = _holes(found, np.bincount(found.place[unread], minlength=n) > 0)


# ---- of several stamps -------------------------------------------------------------------------------
def _several(context: "Context", view: View, name: str, column: Column) -> None:
    """``else``: the first that is there; ``earliest``, ``latest``: of those that are there."""
    stamps = [_instants(context, view, one) for one in column.names]
    at, coarse = np.full(len(view), NAT, np.int64), np.zeros(len(view), bool)
    hole = np.zeros(len(view), np.int16)
    for one, stamp in zip(column.names, stamps, strict=True):
        better = (stamp != NAT) & (at == NAT)
        if column.take != "else":
            sooner = stamp < at if column.take == "earliest" else stamp > at
            better |= (stamp != NAT) & (at != NAT) & sooner
        at, coarse = np.where(better, stamp, at), np.where(better, view.coarse(one), coarse)
        why = view.timed_hole(one, coarse_is_enough=True)
        hole = np.where((hole == 0) & (why != 0), why, hole).astype(np.int16)
    decided = at != NAT if column.take != "else" else np.zeros(len(view), bool)
    if column.take == "else":  # a hole before the stamp that was taken leaves it open which it is
        hole = _first_hole(view, column.names, stamps)
    view.stamps[name], view.coarses[name], view.kinds[name] = at, coarse, "ts"
    view.holes[name] = np.where(decided, 0, hole).astype(np.int16)
    view.blame[name] = view.source(column.names[0])


def _instants(context: "Context", view: View, name: str) -> Ints:
    """Instants of a stamp; a local day begins at its own midnight, and one to come has not begun."""
    if name in view.stamps or view.type_of(name) != "date":
        return view.ts(name)
    local = context.local(view.base.raw_ts(name)[view.pos])
    return np.where(local > context.as_of, NAT, local)


def _first_hole(view: View, names: tuple[str, ...], stamps: list[Ints]) -> Codes:
    out, settled = np.zeros(len(view), np.int16), np.zeros(len(view), bool)
    for one, stamp in zip(names, stamps, strict=True):
        hole = view.timed_hole(one, coarse_is_enough=True)
        out = np.where(~settled & (hole != 0), hole, out).astype(np.int16)
        settled |= (stamp != NAT) | (hole != 0)
    return out


_MAKE: dict[str, Callable[["Context", View, str, Column], None]] = {
    "path": _path, "first": _stamp, "last": _stamp, "count": _count, "values": _values,
    "else": _several, "earliest": _several, "latest": _several,
}  # fmt: skip
