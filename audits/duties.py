"""Who owes what by when, by the words of a card: when a duty began, what limit counts, when it falls due."""

from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from audits.calendars import Due
from audits.cards import Card, Limit
from audits.context import Context, due_end_of_days
from audits.population import Population, population
from audits.resolved import MONTHS
from audits.tables import Ints
from audits.words import DAY, NAT

Bools = npt.NDArray[np.bool_]


def limits(card: Card, word: str = "limit") -> dict[str, Limit]:
    """The card's dated limits, or those of another word; empty when the act is due at the event itself."""
    found = card.parameters.get(word, {})
    return cast(dict[str, Limit], found) if isinstance(found, dict) else {}  # a reading not asked yet


def words(card: Card, name: str) -> tuple[str, ...]:
    """A list parameter of the card."""
    return tuple(cast("list[str]", card.parameters.get(name, ())))


def born(card: Card) -> str:
    """The stamp that starts the duty; for a promise on record the instant it falls due."""
    return str(card.parameters["from"] if "from" in card.parameters else card.parameters["due"])


def begins_of(context: Context, card: Card) -> str:
    """The same; a card may leave it to a reading (``from: reading NAME``)."""
    word = born(card)
    if word.startswith("reading "):
        return str(context.rules.readings.value(word.removeprefix("reading "), card.id))
    return word


def by_hours(card: Card) -> bool:
    """Whether the card's limit is in hours or minutes: then a date without a time says too little."""
    return any(limit.unit == "us" for limit in limits(card).values())


def clock_of(card: Card) -> str:
    """What a limit of days or periods is counted by; "" for an instant on record or the event itself."""
    unit = next((limit.unit for limit in limits(card).values()), "")
    return "calendar_period" if unit in MONTHS else unit


@dataclass(frozen=True)
class Duties:
    """Rows of a card, the instants their duties began, and when they fall due."""

    who: Population
    start: Ints
    due: Due

    def only(self, keep: Bools) -> "Duties":
        """The rows of ``keep``."""
        if keep.all():
            return self
        return Duties(self.who.only(keep), self.start[keep], Due(*(part[keep] for part in self.due)))


def duties(context: Context, card: Card, begins: str) -> Duties:
    """Who owes what by when, by the words of the card: elapsed hours, working days, or at the event itself.

    What began before the first of the card's dated limits was in force is no duty.
    """
    if "due" in card.parameters:
        return _planned(context, card)
    who = population(context, card, begins)
    start, dated = who.view.ts(begins)[who.rows], limits(card)
    if not dated:
        return Duties(who, start, Due(start, start, start))
    amount, early = context.limit_of(dated, start)
    if by_hours(card):
        due = context.elapsed.due_after(start, amount)
    elif (unit := next(iter(dated.values())).unit) in MONTHS:
        due = context.due_end_of_periods(start, amount, MONTHS[unit])
    else:
        due = due_end_of_days(context, card, start, amount)
    return Duties(who, start, due).only(~early)


def _planned(context: Context, card: Card) -> Duties:
    """Duties that fall due at an instant on record; a record without one promised nothing.

    What is planned may lie after ``as_of``: the plan is a fact already. Without ``from`` the duty began with it.
    """
    name, begins = str(card.parameters["due"]), str(card.parameters.get("from", ""))
    who = population(context, card, begins)
    view, rows = who.view, who.rows
    at = (view.stamps[name] if name in view.stamps else view.base.raw_ts(name)[view.pos])[rows]
    end = np.where(view.coarse(name)[rows] & (at != NAT), at + DAY - 1, at)
    first = context.day_start([context.rules.standards[card.standard].since])[0]
    hole = view.timed_hole(name, coarse_is_enough=True)[rows] != 0
    start = view.ts(begins)[rows] if begins else np.where(hole, NAT, end)
    keep = hole | ((end != NAT) & (end >= first))
    return Duties(who, start, Due(end, end, end)).only(keep)
