"""Who a card speaks of: records whose filter is true, or cannot be decided (law 3)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from audits.cards import Card
from audits.checks.outcome import Outcome
from audits.context import Context, Judgement
from audits.model import MODEL
from audits.tables import Codes, Ints
from audits.views import View
from audits.words import NAT, Reason, Verdict

Bools = npt.NDArray[np.bool_]

_VOID = "void_reason"


@dataclass(frozen=True)
class Population:
    """Rows of a view, and for each the hole in its filter (0 = it certainly belongs) and that field.

    Args:
        filters: names ``field`` points into.
    """

    view: View
    rows: Ints
    hole: Codes
    field: npt.NDArray[np.int8]
    filters: tuple[str, ...]

    def only(self, keep: Bools) -> "Population":
        """The rows of ``keep``."""
        if keep.all():
            return self
        return Population(self.view, self.rows[keep], self.hole[keep], self.field[keep], self.filters)


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
    inside = view.has_begun(born)
    filters = () if everyone else tuple(card.where)
    for name in filters:
        value = _codes(view, name)
        inside &= (value == _wanted(view, name, card.where[name])) | (value < 0)  # a hole has no value either
    start = view.ts(born)
    first = context.day_start([context.rules.standards[card.standard].in_force_from])[0]
    inside &= (start == NAT) | (start >= first)
    if card.parameters.get("only_begun"):
        inside &= (start != NAT) | (view.timed_hole(born, coarse_is_enough=True) != 0)
    rows = np.flatnonzero(inside)
    hole, blamed = _doubts(view, rows, filters)
    return Population(view, rows, hole, blamed, (*filters, _VOID) if view.void is not None else filters)


def _doubts(view: View, rows: Ints, filters: tuple[str, ...]) -> tuple[Codes, npt.NDArray[np.int8]]:
    """Why it is not known whether each row belongs (0: it is known), and which filter the first hole is in."""
    hole, blamed = np.zeros(len(rows), np.int16), np.full(len(rows), -1, np.int8)
    for place, name in enumerate(filters):
        why = view.hole(name)[rows]
        null = np.where(_codes(view, name)[rows] < 0, Reason.NULL_FILTER, 0)
        _blame(hole, blamed, np.where(why != 0, why, null), place)
    if view.void is not None:  # void for a reason nobody mapped: perhaps it is not to be judged
        _blame(hole, blamed, view.base.hole(_VOID)[view.pos[rows]], len(filters))
    return hole, blamed


def _blame(hole: Codes, blamed: npt.NDArray[np.int8], why: npt.NDArray[np.integer], place: int) -> None:
    fresh = np.flatnonzero((why != 0) & (hole == 0))
    hole[fresh], blamed[fresh] = why[fresh], place


def _codes(view: View, name: str) -> npt.NDArray[np.int16]:
    if name in view.codes:
        return view.codes[name]
    field = MODEL[view.base.name].fields[name]
    if field.type == "enum":
        return view.code(name)
    if field.type == "bool":
        return view.flag(name)
    number = view.number(name)
    return np.where(number == NAT, -1, number).astype(np.int16)


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
    names = tuple(f if "." in f else who.view.source(f) for f in (*fields, *who.filters))
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
    if who.view.void is not None:
        void = who.view.void[who.rows]
        rows = np.flatnonzero(void)
        outcome.verdict[rows], outcome.reason[rows] = Verdict.NOT_APPLICABLE, void[rows]
        outcome.field[rows] = -1
