"""Rhythms: what is owed once in every calendar period, by the house or by each record of a group.

Rows that count are those of the card's ``rows`` blocks; or, without any, the state of the group's own record
(``fields``, ``must``, ``contains``). The period that runs is pending until it ends; periods are judged from
the first in which anything could be seen. A joiner within its grace and a leaver owe nothing in that period.

A state says nothing of another time: it shows the period in which it was read, and where the record says since
when it is so (``shown_from``), the periods from then on. All others are ``OTHER_TIME``, neither met nor breached.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from audits.attested import holds_until
from audits.cards import Card, Limit, Rows, Wanted
from audits.checks.cadence import cadence
from audits.cohorts import COHORT
from audits.columns import derived, sides
from audits.context import Context, Judgement
from audits.facts import EntityFacts
from audits.filters import filled, holds, matches
from audits.model import MODEL
from audits.population import Population, judgement, population
from audits.resolved import MONTHS
from audits.tables import Codes, Ints, Table
from audits.views import View
from audits.words import NAT, Reason, Verdict

Bools = npt.NDArray[np.bool_]

#: Word for a duty of the whole house.
HOUSE: Final = "house"
#: Months before the reported period in which a state is still looked for: as long as the longest one holds.
_LOOK_BACK: Final = 12
#: More values than any card asks for.
_ANY: Final = 1 << 20
_WORKING: Final = frozenset({"working", "make_up", "company_working"})


@dataclass(frozen=True)
class Periods:
    """Calendar periods in their order: keys, first instants, last microseconds."""

    keys: npt.NDArray[Any]
    start: Ints
    end: Ints


@dataclass(frozen=True)
class Seen:
    """What was counted for each group and period (two-dimensional): sure rows, doubtful rows, holes."""

    sure: Ints
    maybe: Ints
    hole: Codes


def judge_cadence(context: Context, card: Card) -> Judgement:
    """Enough in every period, for each group of the card."""
    blocks = cast("tuple[Rows, ...]", card.parameters.get("rows", ()))
    who = _groups(context, card)
    periods = _periods(context, card, blocks)
    seen = _counted(context, card, who, periods, blocks) if blocks else _state(context, card, who, periods)
    alive, spared = _life(context, card, who, periods)
    place, period = np.nonzero(alive)
    due = periods.end[period]
    least = int(str(card.parameters.get("least", 1)))
    events, maybe = seen.sure[place, period], seen.maybe[place, period]
    out = cadence(events, least, due, context.as_of, context.promised(card, periods.start[period]))
    hole = np.where((out.verdict != Verdict.MET) & (context.as_of > due), seen.hole[place, period], 0)
    hole = hole.astype(np.int16)
    undecided = (events < least) & (events + maybe >= least) & (context.as_of > due)
    hole = np.where((hole == 0) & undecided, Reason.UNDECIDED, hole)
    rows = np.flatnonzero(hole)
    out.verdict[rows], out.reason[rows], out.field[rows] = Verdict.NO_DATA, hole[rows], 0
    _without_cause(context, card, who, periods, (place, period), out)
    view = View(
        who.view.name, who.view.base, who.view.pos[who.rows][place],
        occurrence=None if card.of == HOUSE else periods.keys[period], owner=who.view.owner,
    )  # fmt: skip
    if card.of == HOUSE:
        view = _house(periods.keys[period])
    mine = Population(
        view, np.arange(len(place)), who.hole[place], who.field[place], who.filters, spared[place, period]
    )
    made = judgement(card, mine, out, _names(card, blocks), periods.start[period], period_at=due)
    made.clock, made.lasting = "calendar_period", bool(blocks)
    return made


def _names(card: Card, blocks: tuple[Rows, ...]) -> tuple[str, ...]:
    if blocks:
        return (f"{blocks[0].of}.{blocks[0].at or 'id'}",)
    fields = cast("list[str]", card.parameters.get("fields", ()))
    return tuple(
        name.partition("|")[0]
        for name in (*fields, *cast("dict[str, Wanted]", card.parameters.get("must", {})))
    )


def _house(keys: npt.NDArray[Any]) -> View:
    frame = pd.DataFrame({"id": pd.Series(keys, dtype="str")})
    table = Table(COHORT, frame, EntityFacts(frozenset({"id"})), NAT)
    return View(COHORT, table, np.arange(len(frame), dtype=np.int64))


def _groups(context: Context, card: Card) -> Population:
    """Who owes it: the house as one, or the records of the card's filter."""
    if card.of == HOUSE:
        view = _house(np.array([HOUSE], dtype=object))
        none = np.zeros(1, np.int16)
        return Population(view, np.arange(1), none, np.full(1, -1, np.int8), ())
    return population(context, card, "")


def _periods(context: Context, card: Card, blocks: tuple[Rows, ...]) -> Periods:
    """Calendar periods from the first in which something could be seen to the one that runs."""
    months = MONTHS[str(card.parameters["every"])]
    since = context.day_start([context.rules.standards[card.standard].since])[0]
    tables = context.tables
    seen = [context.period.start]
    for block in blocks:
        if block.of in tables:
            promise = tables[block.of].facts.complete_since
            dated = block.at and not block.standing and not _of_itself(card, block)
            stamps = tables[block.of].ts(block.at) if dated else np.zeros(0, np.int64)
            seen += [] if promise is None else [promise]
            seen += [int(stamps[stamps != NAT].min())] if (stamps != NAT).any() else []
    if not any(not block.standing for block in blocks):
        year_ago = np.datetime64(context.period.first_day, "M") - _LOOK_BACK
        seen = [int(context.day_start([f"{year_ago}-01"])[0])]
    begin = max(int(since), min(seen))
    numbers = context.numbers_of(np.array([begin, context.as_of], np.int64), months)
    keys, start, end = context.months(np.arange(numbers[0], numbers[1] + 1), months)
    whole = start >= since
    return Periods(keys[whole], start[whole], end[whole])


def _life(context: Context, card: Card, who: Population, periods: Periods) -> tuple[Bools, Bools]:
    """Periods in which a group is there at all, and those in which it joined too late or left."""
    shape = (len(who.rows), len(periods.keys))
    alive, spared = np.ones(shape, bool), np.zeros(shape, bool)
    if who.spared is not None:
        spared |= who.spared[:, None]
    joined, left = (_instant(context, card, who, word) for word in ("joined", "left"))
    if joined is not None:
        grace = cast("dict[str, Limit]", card.parameters.get("grace", {}))
        budget = next(iter(grace.values())).amount if grace else 0
        known = joined != NAT
        alive &= ~known[:, None] | (joined[:, None] <= periods.end)
        spared |= known[:, None] & (joined[:, None] + budget > periods.end)
    if left is not None:
        gone = left != NAT
        alive &= ~gone[:, None] | (left[:, None] >= periods.start)
        spared |= gone[:, None] & (left[:, None] <= periods.end)
    return alive, spared


def _instant(context: Context, card: Card, who: Population, word: str) -> Ints | None:
    name = card.parameters.get(word)
    return None if name is None else _stamps(context, who.view, str(name), planned=True)[who.rows]


def _stamps(context: Context, view: View, name: str, *, planned: bool = False) -> Ints:
    """Instants of a column; a local day is its first instant, a planned one may lie ahead."""
    field = MODEL[view.base.name].fields.get(name)
    if name not in view.stamps and field is not None and field.type == "date":
        local = context.local(view.base.raw_ts(name)[view.pos])
        return np.where(local > context.as_of, NAT, local) if not planned else local
    return view.base.raw_ts(name)[view.pos] if planned and name not in view.stamps else view.ts(name)


# ---- rows that count ---------------------------------------------------------------------------------
def _counted(
    context: Context, card: Card, who: Population, periods: Periods, blocks: tuple[Rows, ...]
) -> Seen:
    """Rows of every block, added; with ``each_of`` the least over the values, with ``distinct`` their number."""
    shape = (len(who.rows), len(periods.keys))
    sure, maybe, hole = np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.int16)
    every = bool(card.parameters.get("all_rows"))
    for number, block in enumerate(blocks):
        one = _block(context, card, who, periods, block)
        if every and number:
            both = np.minimum(sure + maybe, one.sure + one.maybe)
            sure = np.minimum(sure, one.sure)
            maybe = both - sure
        else:
            sure, maybe = sure + one.sure, maybe + one.maybe
        hole = np.where(hole == 0, one.hole, hole).astype(np.int16)
    return Seen(sure, maybe, hole)


def _block(context: Context, card: Card, who: Population, periods: Periods, block: Rows) -> Seen:
    shape = (len(who.rows), len(periods.keys))
    nothing, none = np.zeros(shape, np.int64), np.zeros(shape, np.int16)
    their, our = block.on
    named = their.partition(".")[0]
    if block.of not in context.tables or (named and not context.tables.has(block.of, named)):
        return Seen(nothing, nothing, np.full(shape, Reason.FIELD_NOT_PROVIDED, np.int16))
    child = derived(context, context.plain(block.of), block.inner)
    yes, perhaps = matches(child, block.where)
    if their:
        along = child if "." in their else None
        ours, theirs, size = sides(context, who.view, block.of, their, our, along)
        ours = ours[who.rows]
    else:
        ours, theirs, size = np.zeros(shape[0], np.int64), np.zeros(len(child), np.int64), 1
    counter = _Counter(context, card, periods, block, child, ours, theirs, size)
    sure, most = counter.count(yes), counter.most(yes | perhaps)
    distinct = str(card.parameters.get("distinct", ""))
    if distinct:  # one row that cannot be read may show any values
        unread = most - counter.count(yes & (child.hole(distinct) == 0)) > 0
        return Seen(counter.distinct(distinct, yes), np.where(unread, _ANY, 0), none)
    each_of = cast("dict[str, list[str]]", card.parameters.get("each_of", {}))
    for field, values in each_of.items():
        parts = [_having(child, field, value) for value in values]
        sure = np.min([counter.count(yes & has) for has, _ in parts], axis=0)
        most = np.min([counter.most((yes | perhaps) & (has | open_)) for has, open_ in parts], axis=0)
    if block.today:
        other = ~_read_in(context, periods)
        return Seen(
            np.where(other, 0, sure), np.where(other, 0, most - sure), none + other * Reason.OTHER_TIME
        )
    return Seen(sure, most - sure, none)


def _read_in(context: Context, periods: Periods) -> Bools:
    """The period in which the extract was taken; the one before too where that was its very end."""
    read = context.facts.extracted_at
    return np.asarray((periods.start <= read) & (read <= periods.end + 1))


def _of_itself(card: Card, block: Rows) -> bool:
    """Whether the stamp is the record's own: then it is only the last, and older periods are unknown."""
    return block.of == card.of and block.on == ("id", "id")


def _having(child: View, field: str, value: str) -> tuple[Bools, Bools]:
    """Rows that show a value, as the one of a list or among several keys; and rows of which it is not known."""
    if child.type_of(field) != "keys":
        return holds(child, field, value)
    codes, lists = pd.factorize(child.text(field))
    has = np.array([*(value in given.split("|") for given in lists), False])[codes]
    return has, child.hole(field) != 0


@dataclass(frozen=True)
class _Counter:
    """Counts rows of one block by group and period."""

    context: Context
    card: Card
    periods: Periods
    block: Rows
    child: View
    ours: Ints
    theirs: Ints
    size: int

    def distinct(self, field: str, keep: Bools) -> Ints:
        """How many different values the rows of ``keep`` show; of a list of keys each key counts."""
        if self.child.type_of(field) == "keys":
            words = self.child.text(field).fillna("").str.split("|")
            values = sorted({key for given in words for key in given if key})
        else:
            values = list(self.child.values(field))
        parts = [self.count(keep & _having(self.child, field, value)[0]) > 0 for value in values]
        return np.sum(parts, axis=0, dtype=np.int64) if parts else self.count(keep) * 0

    def count(self, keep: Bools) -> Ints:
        """How many rows of ``keep`` lie in each group and period."""
        if self.block.standing:
            return self._standing(keep)
        return self._counted(self._inside(keep & (self.theirs >= 0)))

    def _counted(self, inside: list[npt.NDArray[np.intp]]) -> Ints:
        out = np.zeros((len(self.ours), len(self.periods.keys)), np.int64)
        known = self.ours >= 0
        for number, where in enumerate(inside):
            per_group = np.bincount(self.theirs[where], minlength=self.size)
            out[known, number] = per_group[self.ours[known]]
        return out

    def most(self, keep: Bools) -> Ints:
        """How many may lie there: also rows whose stamp cannot be read, or overwrote an older one."""
        if self.block.standing:
            return self._standing(keep, possible=True)
        out = self.count(keep)
        own, some = _of_itself(self.card, self.block), keep & (self.theirs >= 0)
        unread = some & (self.child.timed_hole(self.block.at or "id", coarse_is_enough=True) != 0)
        if not (own or unread.any()):
            return out
        at, known = _stamps(self.context, self.child, self.block.at), self.ours >= 0
        for number, end in enumerate(self.periods.end):
            more = np.bincount(self.theirs[unread | (some & own & (at > end))], minlength=self.size)
            out[known, number] += more[self.ours[known]]
        return out

    def _inside(self, some: Bools) -> list[npt.NDArray[np.intp]]:
        """Rows of each period."""
        at = _stamps(self.context, self.child, self.block.at)
        within = cast("dict[str, Limit]", self.card.parameters.get("within", {}))
        if within:
            first = _stretch(self.context, next(iter(within.values())), self.periods.end)
            seen, ends = some & (at != NAT), self.periods.end
            return [np.flatnonzero(seen & (at > a) & (at <= b)) for a, b in zip(first, ends, strict=True)]
        number = np.where(at == NAT, -1, np.searchsorted(self.periods.start, at, "right") - 1)
        order = np.flatnonzero(some & (number >= 0))
        order = order[np.argsort(number[order], kind="stable")]
        cut = np.searchsorted(number[order], np.arange(len(self.periods.keys) + 1))
        return [order[cut[i] : cut[i + 1]] for i in range(len(self.periods.keys))]

    def _standing(self, keep: Bools, *, possible: bool = False) -> Ints:
        """How many rows stand at the end of each period; with ``possible`` also those that may.

        A row of which nobody says when it began (or whether it ended) stands for sure only when it was read.
        """
        some = keep & (self.theirs >= 0)
        (at, blank_at), (ended, blank_end) = (self._edge(name) for name in (self.block.at, self.block.until))
        inside = []
        for end, read in zip(self.periods.end, _read_in(self.context, self.periods), strict=True):
            begun = np.where(blank_at, possible or read, at <= end)
            stands = (ended == NAT) | (ended > end)
            stands &= ~blank_end | possible | read
            inside.append(np.flatnonzero(some & begun & stands))
        return self._counted(inside)

    def _edge(self, name: str) -> tuple[Ints, Bools]:
        """First or last instant of rows, which may lie ahead, and where nothing says it; of an end: where it is a hole."""
        if not name:
            return np.full(len(self.theirs), NAT), np.full(len(self.theirs), name == self.block.at)
        at = _stamps(self.context, self.child, name, planned=True)
        hole = self.child.timed_hole(name, coarse_is_enough=True) != 0
        return at, hole | (at == NAT) if name == self.block.at else hole


def _stretch(context: Context, limit: Limit, end: Ints) -> Ints:
    """Instant after which something must lie to be no older than the limit at the end of each period."""
    if limit.unit == "us":
        return end - limit.amount
    out = []
    for instant in end:
        day, left = context.day_of(int(instant)), limit.amount
        while left:
            left -= context.rules.calendar.kind(day).value in _WORKING
            day -= timedelta(days=1)
        out.append(context.day_start([(day + timedelta(days=1)).isoformat()])[0] - 1)
    return np.array(out, np.int64)


# ---- the group's own state, and what must have happened first ------------------------------------------
def _state(context: Context, card: Card, who: Population, periods: Periods) -> Seen:
    """Whether the record is as the card asks, in the periods of which that is shown."""
    view, rows = who.view, who.rows
    good, hole = np.ones(len(rows), bool), np.zeros(len(rows), np.int16)
    keys = cast("list[str]", card.parameters.get("contains", ()))
    for name in cast("list[str]", card.parameters.get("fields", ())):
        there = np.zeros(len(rows), bool)
        for one in name.split("|"):
            whole = (
                np.all([_having(view, one, key)[0] for key in keys], axis=0) if keys else filled(view, one)
            )
            there |= whole[rows]
            why = view.timed_hole(one, coarse_is_enough=True)[rows]
            hole = np.where(hole != 0, hole, why).astype(np.int16)
        good &= there
    for name, wanted in cast("dict[str, Wanted]", card.parameters.get("must", {})).items():
        sure, unknown = (part[rows] for part in holds(view, name, wanted))
        why = np.where(
            unknown, np.where(view.hole(name)[rows] != 0, view.hole(name)[rows], Reason.NULL_VALUE), 0
        )
        good, hole = good & sure, np.where(hole != 0, hole, why).astype(np.int16)
    shown = _shown(context, card, who, periods)
    why = np.where(shown, np.where(good, 0, hole)[:, None], Reason.OTHER_TIME).astype(np.int16)
    found = (good[:, None] & shown).astype(np.int64)
    return Seen(found, np.zeros_like(found), why)


def _shown(context: Context, card: Card, who: Population, periods: Periods) -> Bools:
    """Of which periods the state of each record is known: it is as old as it says, and no older than it may be."""
    read = _read_in(context, periods)
    since = _instant(context, card, who, "shown_from")
    if since is None:
        return np.broadcast_to(read, (len(who.rows), len(read)))
    limit = cast("dict[str, Limit]", card.parameters.get("holds", {}))
    until = _held_until(context, since, next(iter(limit.values()), None))
    close = np.minimum(periods.end, context.as_of)
    known = (since != NAT)[:, None]
    told = (since[:, None] <= close) & (until[:, None] > close)
    return np.where(known, told, read)


def _held_until(context: Context, since: Ints, limit: Limit | None) -> Ints:
    """How long a state is taken to be as it was: for the time given, else until it was read."""
    if limit is None:
        return np.full(len(since), context.facts.extracted_at + 1, np.int64)
    if limit.unit == "us":
        return np.where(since == NAT, NAT, since + limit.amount)
    months = limit.amount * MONTHS[limit.unit]
    stamps, place = np.unique(since, return_inverse=True)
    ends = [NAT if at == NAT else holds_until(int(at), context.facts.zone, months) for at in stamps]
    return np.array(ends, np.int64)[place]


def _without_cause(
    context: Context, card: Card, who: Population, periods: Periods, cells: tuple[Any, Any], out: Any
) -> None:
    """Where the card waits for rows of ``when``: a period in which there were none owes nothing."""
    when = cast("tuple[Rows, ...]", card.parameters.get("when", ()))
    if not when:
        return
    plain = Card(card.id, card.standard, "", card.title, card.check, card.of)
    cause = np.zeros((len(who.rows), len(periods.keys)), np.int64)
    for block in when:
        seen = _block(context, plain, who, periods, block)
        cause += seen.sure + seen.maybe
    rows = np.flatnonzero((cause[cells] == 0) & (out.verdict != Verdict.PENDING))
    out.verdict[rows], out.reason[rows], out.field[rows] = Verdict.NOT_APPLICABLE, Reason.NO_CONDITION, -1
