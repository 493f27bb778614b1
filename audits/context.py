"""What a card is judged with: tables, rules, readings, and the judgements made before it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final, TypeVar, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from audits.calendars import Due
from audits.cards import Card, Limit
from audits.case_views import case_view, matter_view
from audits.checks.outcome import Outcome
from audits.clocks import ElapsedClock, OpeningHours, due_at_close
from audits.columns import derived
from audits.delivery_views import acceptance_view, deliverable_view, deviation_view, plain_view
from audits.facts import Facts
from audits.model import MODEL
from audits.pauses import Pauses, joined
from audits.periods import Period
from audits.rules import Rules
from audits.tables import Groups, Ints, Tables
from audits.views import View
from audits.words import DAY, NAT
from audits.zones import zone

Bools = npt.NDArray[np.bool_]
#: Fields that name who is answerable for a record, the first that an entity has.
OWNERS: Final = ("owner_id", "assignee_id", "staff_id", "account_manager_id", "lead_id", "actor_id")
Kept = TypeVar("Kept")

#: Views that are not the rows of an entity: the entity they stand on.
BASE: Final = {"matter": "case"}
#: What views derive beside the canonical fields of their entity, and its type.
DERIVED: Final = {
    "matter": {"occurrence": "int"},
    "acceptance": {"survey_sent_at": "ts", "last_tested_at": "ts"},
    "deliverable": {"checked_at": "ts", "items_passed": "int", "items_total": "int"},
    "deviation": {"began_at": "ts", "level": "int"},
}


def columns_of(of: str) -> dict[str, str]:
    """Every column a card may name of a view, with its type; empty when there is no such view."""
    entity = MODEL.get(BASE.get(of, of))
    if entity is None:
        return {}
    return {name: field.type for name, field in entity.fields.items()} | DERIVED.get(of, {})


@dataclass
class Judgement:
    """One clause over its population.

    Args:
        card: the clause.
        view: what was looked at; ``rows`` are its rows that are in the population.
        outcome: verdicts, one entry a row of ``rows``.
        fields: ``entity.field`` names that ``outcome.field`` points into.
        anchor: instant at which each obligation began (NAT = unknown).
        period_at: instant that places it in a period: due, else its earliest bound, else the anchor.
        clock: clock that decided (``elapsed``, ``open_hours``, ``working_days``, ``calendar_period``, "").
        other: the same duty by the other clock, for limits in hours and minutes.
        edge: rows within one unit of a coarse stamp of their limit.
        lasting: a breach is over only when somebody ends it, not when the act was done.
    """

    card: Card
    view: View
    rows: Ints
    outcome: Outcome
    fields: tuple[str, ...]
    anchor: Ints
    period_at: Ints
    clock: str = ""
    other: Outcome | None = None
    edge: Bools | None = None
    lasting: bool = False


@dataclass
class Context:
    """One partition of one run while it is being judged."""

    facts: Facts
    rules: Rules
    as_of: int
    period: Period
    judged: dict[str, Judgement] = field(default_factory=dict)
    _made: dict[tuple[object, ...], Any] = field(default_factory=dict)

    @cached_property
    def tables(self) -> Tables:
        """Canonical tables as of the audit's instant."""
        return Tables(self.facts, self.as_of)

    @property
    def elapsed(self) -> ElapsedClock:
        """The clock of the words: hours are hours."""
        return ElapsedClock()

    @property
    def hours(self) -> OpeningHours:
        """The house's opening hours."""
        return self.rules.hours

    def ask(self, reading: str, card: Card) -> str:
        """Option of a reading that counts for this card."""
        return self.rules.readings.ask(reading, card.id)

    def figure(self, reading: str, card: Card) -> int:
        """Figure of the option that counts for this card."""
        value = self.rules.readings.value(reading, card.id)
        if not isinstance(value, int):
            raise TypeError(f"reading {reading} gives {value!r}, not a figure")
        return value

    def figures(self, reading: str, card: Card) -> dict[str, int]:
        """Named figures of the option that counts for this card."""
        value = self.rules.readings.value(reading, card.id)
        if not isinstance(value, dict):
            raise TypeError(f"reading {reading} gives {value!r}, not named figures")
        return value

    def view(self, card: Card) -> View:
        """The view a card speaks of, made once for each set of readings."""
        make = _VIEWS.get(card.of)
        if make is None:
            view = self.plain(card.of)
        else:
            options, build = make(self, card)
            view = self.kept((card.of, *options), build)
        return derived(self, view, card.columns)

    def plain(self, entity: str) -> View:
        """Every row of an entity, nothing derived."""
        fields = MODEL[entity].fields
        owner = next((name for name in OWNERS if name in fields), "owner_id")
        return self.kept(("plain", entity), lambda: plain_view(self.tables, entity, owner))

    def kept(self, key: tuple[object, ...], build: Callable[[], Kept]) -> Kept:
        """What several cards look at, made once for each key."""
        if key not in self._made:
            self._made[key] = build()
        return cast(Kept, self._made[key])

    def promised(self, card: Card, since: Ints) -> Bools:
        """Where a missing row of every entity the card names proves absence."""
        out = np.ones(len(since), bool)
        for entity in card.absence_of:
            out &= self.tables.promised(entity, since)
        return out

    def limit_of(self, limits: dict[str, Limit], start: Ints) -> tuple[Ints, Bools]:
        """The amount in force at each start, and the rows that began before any was in force."""
        days = sorted(limits)
        first = self.day_start(days)
        amounts = np.array([limits[day].amount for day in days], np.int64)
        if len(days) == 1:
            return np.broadcast_to(amounts, start.shape), (start < first) & (start != NAT)
        which = np.searchsorted(first, np.where(start == NAT, np.iinfo(np.int64).max, start), "right") - 1
        return amounts[np.maximum(which, 0)], which < 0

    def day_start(self, days: list[str]) -> Ints:
        """Local midnights of ISO dates, in the business's zone."""
        stamps = [int(pd.Timestamp(day, tz=self.facts.zone).value // 1000) for day in days]
        return np.array(stamps, np.int64)

    def pauses_of(self, view: View, rows: Ints) -> Pauses | None:
        """Recorded pauses of the cases in ``rows``, numbered by their place in ``rows``."""
        if "pause" not in self.tables or view.base.name != "case":
            return None
        table = self.tables["pause"]
        case = self.tables.link("pause", "case_id", "case")
        of_case = self.kept(("pauses",), lambda: Groups.of(case, len(view.base)))
        row, which = of_case.members(view.pos[rows])  # each occurrence of a case has all of its pauses
        ended = np.where(table.future("ended_at"), NAT, table.raw_ts("ended_at"))
        return joined(row, table.ts("began_at")[which], ended[which], self.as_of)

    def months_of(self, at: Ints, months: int = 1) -> tuple[npt.NDArray[np.object_], Ints, Ints]:
        """The calendar periods of so many months that instants lie in: keys, first and last microseconds."""
        return self.months(np.unique(self.numbers_of(at[at != NAT], months)), months)

    def numbers_of(self, at: Ints, months: int) -> Ints:
        """Numbers of the calendar periods that known instants lie in."""
        days = zone(self.facts.zone).days(at).astype("datetime64[D]")
        return days.astype("datetime64[M]").astype(np.int64) // months

    def due_end_of_periods(self, start: Ints, amount: Ints, months: int) -> Due:
        """Last microsecond of the calendar period that lies so many periods after the one of each start."""
        known = start != NAT
        numbers = self.numbers_of(np.where(known, start, 0), months) + amount
        which, place = np.unique(numbers, return_inverse=True)
        due = np.where(known, self.months(which, months)[2][place], NAT)
        return Due(due, due, due)

    def day_of(self, instant: int) -> date:
        """The local calendar day of an instant."""
        number = int(zone(self.facts.zone).days(np.array([instant], np.int64))[0])
        return date(1970, 1, 1) + timedelta(days=number)

    def local(self, days: Ints) -> Ints:
        """First instants of local calendar days (stored as midnights without a zone); NAT where null."""
        known = days != NAT
        starts = zone(self.facts.zone).day_starts
        return np.where(known, starts[np.where(known, days, 0) // DAY], NAT)

    def months(self, numbers: Ints, months: int = 1) -> tuple[npt.NDArray[np.object_], Ints, Ints]:
        """Keys, first instants and last microseconds of calendar periods in the business's zone.

        Args:
            numbers: periods numbered from the one that holds January 1970.
            months: length of a period, 1, 3 or 12.
        """
        starts = (numbers * months).astype("datetime64[M]")
        ends = ((numbers + 1) * months).astype("datetime64[M]")
        keys = np.array([_period_key(str(month), months) for month in starts], dtype=object)
        first = self.day_start([f"{month}-01" for month in starts])
        return keys, first, self.day_start([f"{month}-01" for month in ends]) - 1


def _period_key(month: str, months: int) -> str:
    """``2026-09``, ``2026-Q3`` or ``2026``."""
    year, number = month.split("-")
    return month if months == 1 else f"{year}-Q{(int(number) + 2) // 3}" if months == 3 else year


def due_end_of_days(context: Context, card: Card, start: Ints, amount: Ints) -> Due:
    """Due instants of limits in working days; few distinct amounts, one look-up each."""
    calendar, hours = context.rules.calendar, context.rules.hours
    at_close = context.ask("end_of_working_day", card) == "close"
    out = Due(*(np.full(len(start), NAT, np.int64) for _ in range(3)))
    for n in np.unique(amount):
        rows = amount == n
        days = int(n)
        part = (
            due_at_close(calendar, start[rows], days, hours)
            if at_close
            else calendar.working_days_due(start[rows], days)
        )
        for whole, piece in zip(out, part, strict=True):
            whole[rows] = piece
    return out


_Build = tuple[tuple[object, ...], Callable[[], View]]


def _case(context: Context, card: Card) -> _Build:
    evidence, bot = context.ask("response_evidence", card), context.ask("bot_response", card)
    return (evidence, bot), lambda: case_view(context.tables, evidence, bot)


def _matter(context: Context, card: Card) -> _Build:
    option = context.ask("reopen_same_matter", card)
    days = context.figure("reopen_same_matter", card)
    return (option, days), lambda: matter_view(context.tables, context.rules.calendar, option, days)


def _acceptance(context: Context, card: Card) -> _Build:
    days = context.figure("surveys_without_link", card)
    bounced = context.ask("bounced_surveys", card) == "in"
    return (days, bounced), lambda: acceptance_view(
        context.tables, context.rules.calendar, days, bounced_count=bounced
    )


def _deliverable(context: Context, _card: Card) -> _Build:
    return (), lambda: deliverable_view(context.tables)


def _deviation(context: Context, _card: Card) -> _Build:
    return (), lambda: deviation_view(context.tables)


_VIEWS: dict[str, Callable[[Context, Card], _Build]] = {
    "case": _case,
    "matter": _matter,
    "acceptance": _acceptance,
    "deliverable": _deliverable,
    "deviation": _deviation,
}
