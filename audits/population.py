"""Who a card speaks of: records whose filter is true, or cannot be decided (law 3)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from audits.cards import Card, Wanted
from audits.checks.outcome import Outcome
from audits.context import Context, Judgement
from audits.filters import BLANK, FILLED, doubt, holds, matches
from audits.model import MODEL
from audits.tables import Codes, Ints
from audits.views import View
from audits.words import NAT, Reason, Verdict

Bools = npt.NDArray[np.bool_]

_VOID = "void_reason"
#: Which standards a record says it is under, where its source knows.
_STANDARDS = "standard_codes"


@dataclass(frozen=True)
class Population:
    """Rows of a view, and for each the hole in its filter (0 = it certainly belongs) and that field.

    Args:
        filters: names ``field`` points into.
        spared: rows that the card's ``unless`` takes out (not applicable); None for no such word.
    """

    view: View
    rows: Ints
    hole: Codes
    field: npt.NDArray[np.int8]
    filters: tuple[str, ...]
    spared: Bools | None = None

    def only(self, keep: Bools) -> "Population":
        """The rows of ``keep``."""
        if keep.all():
            return self
        spared = None if self.spared is None else self.spared[keep]
        return Population(self.view, self.rows[keep], self.hole[keep], self.field[keep], self.filters, spared)


def population(
    context: Context, card: Card, born: str, *, everyone: bool = False, view: View | None = None
) -> Population:
    """Rows the card judges: filter true or undecidable, begun by ``as_of`` and in force.

    Args:
        born: field whose stamp says when the duty began.
        everyone: leave the card's filter out; who belongs is decided otherwise.
        view: what to look at; default: what the card and its readings say.
    """
    view = context.view(card) if view is None else view
    inside = view.has_begun(born) if born else np.ones(len(view), bool)
    filters = _filters(context, card, view, everyone=everyone)
    for name, wanted in filters.items():
        inside &= _may_be(view, name, wanted)
    if card.either and not everyone:
        inside &= np.any([np.any(matches(view, one), axis=0) for one in card.either], axis=0)
    for figure, other in {} if everyone else card.above.items():
        more, less = view.number(figure), view.number(other)
        inside &= (more > less) | (more == NAT) | (less == NAT)
    start = view.ts(born) if born else np.full(len(view), NAT, np.int64)
    first = context.day_start([context.rules.standards[card.standard].since])[0]
    inside &= (start == NAT) | (start >= first)
    inside &= _of_standard(view, card.standard)
    if card.parameters.get("only_begun"):
        inside &= (start != NAT) | (view.timed_hole(born, coarse_is_enough=True) != 0)
    rows = np.flatnonzero(inside)
    names = tuple(filters)
    hole, blamed = _doubts(view, rows, names, filters)
    if card.either and not everyone:
        names = _doubt_either(card, view, rows, names, (hole, blamed))
    for name in () if everyone else (*card.above, *card.above.values()):
        _blame(hole, blamed, np.where(view.number(name)[rows] == NAT, doubt(view, name)[rows], 0), len(names))
        names = (*names, name)
    spared = None
    if card.unless and not everyone:
        names, spared = _spared(card, view, rows, names, (hole, blamed))
    if view.void is not None:  # void for a reason nobody mapped: perhaps it is not to be judged
        _blame(hole, blamed, view.base.hole(_VOID)[view.pos[rows]], len(names))
        names = (*names, _VOID)
    return Population(view, rows, hole, blamed, names, spared)


def _filters(context: Context, card: Card, view: View, *, everyone: bool) -> dict[str, Wanted]:
    """The card's filter, and whom its standard binds where the record says so."""
    filters: dict[str, Wanted] = {} if everyone else dict(card.where)
    binds = context.rules.standards[card.standard].binds
    fields = MODEL[view.base.name].fields if binds and view.base.name in MODEL else {}
    for name, values in binds.items():
        entity, _, field = name.rpartition(".")
        if field in fields and entity in ("", view.base.name) and field not in filters:
            filters[field] = values
        elif field == "customer_id" and view.base.name == "customer":
            filters["id"] = values
    return filters


def _of_standard(view: View, code: str) -> Bools:
    """Rows that name no standards of their own, or this one among them."""
    if not view.base.has(_STANDARDS):
        return np.ones(len(view), bool)
    said = view.base.text(_STANDARDS).fillna("")
    named = ("|" + said + "|").str.contains(f"|{code}|", regex=False)
    return np.asarray((said == "") | named, bool)[view.pos]


def _may_be(view: View, name: str, wanted: Wanted) -> Bools:
    """Rows whose value is wanted, or not known; one value of a list or number is looked up directly."""
    if _is_code(view, name, wanted):
        value = _codes(view, name)
        return np.asarray((value == _wanted(view, name, str(wanted))) | (value < 0))
    return np.asarray(np.logical_or(*holds(view, name, wanted)))


def _is_code(view: View, name: str, wanted: Wanted) -> bool:
    """Whether a filter asks for one value of an enum or a small number of the entity itself."""
    if not isinstance(wanted, str) or wanted in (FILLED, BLANK) or name in view.kinds:
        return False
    return name in view.codes or view.type_of(name) == "enum"


def _spared(
    card: Card, view: View, rows: Ints, names: tuple[str, ...], doubts: tuple[Codes, npt.NDArray[np.int8]]
) -> tuple[tuple[str, ...], Bools]:
    """Rows that one of the exceptions certainly takes out; those of which it is not known are in doubt."""
    spared = np.zeros(len(rows), bool)
    for name, wanted in card.unless.items():
        sure, unknown = (part[rows] for part in holds(view, name, wanted))
        spared |= sure
        why = np.where(unknown, doubt(view, name)[rows], 0)
        _blame(*doubts, why, len(names))
        names = (*names, name)
    doubts[0][spared], doubts[1][spared] = 0, -1
    return names, spared


def _doubt_either(
    card: Card, view: View, rows: Ints, names: tuple[str, ...], doubts: tuple[Codes, npt.NDArray[np.int8]]
) -> tuple[str, ...]:
    """Rows that may belong by one of several filters and certainly by none."""
    sure = np.any([matches(view, one)[0] for one in card.either], axis=0)[rows]
    for one in card.either:
        for name, wanted in one.items():
            unknown = holds(view, name, wanted)[1][rows] & ~sure
            _blame(*doubts, np.where(unknown, doubt(view, name)[rows], 0), len(names))
            names = (*names, name)
    return names


def _doubts(
    view: View, rows: Ints, names: tuple[str, ...], filters: dict[str, Wanted]
) -> tuple[Codes, npt.NDArray[np.int8]]:
    """Why it is not known whether each row belongs (0: it is known), and which filter the first hole is in."""
    hole, blamed = np.zeros(len(rows), np.int16), np.full(len(rows), -1, np.int8)
    for place, name in enumerate(names):
        if _is_code(view, name, filters[name]):
            why = view.hole(name)[rows]
            null = np.where(_codes(view, name)[rows] < 0, Reason.NULL_FILTER, 0)
            _blame(hole, blamed, np.where(why != 0, why, null), place)
        else:
            unknown = holds(view, name, filters[name])[1][rows]
            _blame(hole, blamed, np.where(unknown, doubt(view, name)[rows], 0), place)
    return hole, blamed


def _blame(hole: Codes, blamed: npt.NDArray[np.int8], why: npt.NDArray[np.integer], place: int) -> None:
    fresh = np.flatnonzero((why != 0) & (hole == 0))
    hole[fresh], blamed[fresh] = why[fresh], place


def _codes(view: View, name: str) -> npt.NDArray[np.int16]:
    return view.codes[name] if name in view.codes else view.code(name)


def _wanted(view: View, name: str, wanted: str) -> int:
    field = MODEL[view.base.name].fields.get(name)
    if field is not None and field.type == "enum":
        return field.values.index(wanted)
    return int(wanted)


def judgement(
    card: Card,
    who: Population,
    outcome: Outcome,
    fields: tuple[str, ...],
    anchor: Ints,
    *,
    period_at: Ints | None = None,
) -> Judgement:
    """Put the population's own verdicts over a check's: void records first, then holes in the filter.

    Args:
        fields: names of the check's fields, as its outcome counts them.
        anchor: instant each obligation began.
        period_at: instant that places it in a period; default: due, else anchor.
    """
    names = tuple(
        f if "." in f and f not in who.view.blame else who.view.source(f) for f in (*fields, *who.filters)
    )
    put_over(outcome, who, len(fields))
    at = outcome.due if period_at is None else period_at
    unplaced = at == NAT
    at = np.where(unplaced, anchor, at) if unplaced.any() else at
    return Judgement(card, who.view, who.rows, outcome, names, anchor, at)


def put_over(outcome: Outcome, who: Population, offset: int) -> None:
    """Verdicts of rows that are void, or of which it is not known whether they belong."""
    unknown = np.flatnonzero(who.hole)
    outcome.verdict[unknown], outcome.reason[unknown] = Verdict.NO_DATA, who.hole[unknown]
    outcome.field[unknown] = offset + who.field[unknown]
    if who.spared is not None:
        rows = np.flatnonzero(who.spared)
        outcome.verdict[rows], outcome.reason[rows] = Verdict.NOT_APPLICABLE, Reason.NO_CONDITION
        outcome.field[rows] = -1
    if who.view.void is not None:
        void = who.view.void[who.rows]
        rows = np.flatnonzero(void)
        outcome.verdict[rows], outcome.reason[rows] = Verdict.NOT_APPLICABLE, void[rows]
        outcome.field[rows] = -1
