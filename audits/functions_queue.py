"""What the words of cards cannot say about sharing work out.

``urgent_first``: one case is held against the others of the same handler. ``routed``: two readings of one
sentence, and until one is signed only what breaks both. ``parity``: shares of channels held against each
other, each inside its own limit.
"""

from typing import Final, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from audits.cards import Card
from audits.checks.outcome import Outcome
from audits.cohorts import COHORT
from audits.context import Context, Judgement
from audits.duties import born, limits
from audits.facts import EntityFacts
from audits.filters import holds, matches
from audits.model import MODEL
from audits.population import judgement, population
from audits.tables import Ints, Table
from audits.views import View
from audits.words import MINUTE, NAT, Reason, Verdict

Bools = npt.NDArray[np.bool_]

#: Fewer contacts than these in a month and a channel is not compared.
_FEWEST: Final = 30
_ROLES: Final = MODEL["staff"].fields["role"].values
_LITERAL: Final = {1: "frontline_agent", 2: "supervisor", 3: "service_manager"}
_INVERSE: Final = {1: "service_manager", 2: "supervisor", 3: "frontline_agent"}


def urgent_first(context: Context, card: Card) -> Judgement:
    """No less urgent, later case of the same handler was contacted while an urgent one waited too long."""
    who = population(context, card, "received_at")
    view, rows = who.view, who.rows
    got, contact = view.ts("received_at"), view.ts("first_contact_at")
    rank = view.code("urgency").astype(np.int64)
    handler, _ = pd.factorize(view.text("assignee_id"))
    wait = context.figure("priority_inversion", card) * MINUTE
    until = np.where(contact == NAT, context.as_of, contact)
    broken = _passed_over(handler, got, contact, rank, until, got + wait)[rows]
    out = Outcome.blank(np.where(contact[rows] == NAT, NAT, contact[rows]), contact[rows])
    fields = ("urgency", "assignee_id", "received_at", "first_contact_at")
    for place, name in enumerate(fields[1:], start=1):
        out.settle_holes(view.timed_hole(name, coarse_is_enough=False)[rows], place)
    out.settle(handler[rows] < 0, Verdict.NO_DATA, Reason.NULL_VALUE, 1)
    out.settle(got[rows] == NAT, Verdict.NO_DATA, Reason.NO_START, 2)
    out.settle(broken, Verdict.BREACHED, Reason.OUT_OF_ORDER)
    out.settle(contact[rows] != NAT, Verdict.MET, Reason.IN_ORDER)
    out.settle(np.ones(len(rows), bool), Verdict.PENDING, Reason.INSIDE)
    return judgement(card, who, out, fields, got[rows])


def _passed_over(handler: Ints, got: Ints, contact: Ints, rank: Ints, until: Ints, patience: Ints) -> Bools:
    """Cases of which a later, less urgent one of the same handler was contacted between patience and ``until``."""
    order = np.lexsort((contact, handler))
    order = order[(handler[order] >= 0) & (contact[order] != NAT)]
    out = np.zeros(len(handler), bool)
    if not len(order):
        return out
    edges = np.searchsorted(handler[order], np.arange(handler.max() + 2))
    mine = np.flatnonzero((handler >= 0) & (got != NAT) & (until > patience))
    for one in np.unique(handler[mine]):  # one look-up a handler, columns within
        theirs = order[edges[one] : edges[one + 1]]
        own = mine[handler[mine] == one]
        low = np.searchsorted(contact[theirs], patience[own], "right")
        high = np.searchsorted(contact[theirs], until[own], "left")
        counts = np.maximum(high - low, 0)
        who = np.repeat(own, counts)
        at = theirs[np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts - low, counts)]
        bad = (got[at] > got[who]) & (rank[at] >= 0) & (rank[at] < rank[who])
        out[who[bad]] = True
    return out


def routed(context: Context, card: Card) -> Judgement:
    """A complaint lies with the role of its level; until a map is signed only what breaks both maps counts."""
    at = born(card)
    who = population(context, card, at)
    view, rows = who.view, who.rows
    start, level = view.ts(at)[rows], view.number("complaint_level")[rows]
    role, hole = _role_of_assignee(context, view, rows)
    option = context.ask("complaint_routing", card)
    maps = {"literal": (_LITERAL,), "inverse": (_INVERSE,)}.get(option, (_LITERAL, _INVERSE))
    fits = np.zeros(len(rows), bool)
    for one in maps:
        for number, name in one.items():
            fits |= (level == number) & (role == _ROLES.index(name))
    out = Outcome.blank(start, np.full(len(rows), NAT, np.int64))
    out.settle_holes(view.hole("complaint_level")[rows], 0)
    out.settle_holes(view.hole("assignee_id")[rows], 1)
    out.settle_holes(hole, 2)
    out.settle(start == NAT, Verdict.NO_DATA, Reason.NO_START, 3)
    out.settle(level == NAT, Verdict.NO_DATA, Reason.NULL_VALUE, 0)
    out.settle(fits, Verdict.MET, Reason.COMPLETE)
    out.settle(role < 0, Verdict.NO_DATA, Reason.NULL_VALUE, 2)
    out.settle(np.ones(len(rows), bool), Verdict.BREACHED, Reason.NOT_ALLOWED)
    fields = ("case.complaint_level", "case.assignee_id", "staff.role", f"case.{at}")
    return judgement(card, who, out, fields, start)


def _role_of_assignee(context: Context, view: View, rows: Ints) -> tuple[Ints, npt.NDArray[np.int16]]:
    row = context.tables.link("case", "assignee_id", "staff")[view.pos[rows]]
    staff, some = context.tables["staff"], row >= 0
    none = np.full(len(rows), -1, np.int64)
    if not some.any():
        return none, np.zeros(len(rows), np.int16)
    role = np.where(some, staff.enum("role")[np.maximum(row, 0)], -1).astype(np.int64)
    return role, np.where(some, staff.hole("role")[np.maximum(row, 0)], 0).astype(np.int16)


def parity(context: Context, card: Card) -> Judgement:
    """Each month the channels' shares inside their own limits lie within so many points of each other.

    The limits are those of the standard's own ``picked_up`` cards.
    """
    by = str(card.parameters["by"])
    who = population(context, card, by)
    view, rows = who.view, who.rows
    at = view.ts(by)[rows]
    own = np.array([context.as_of, context.period.start], np.int64)
    keys, start, end = context.months_of(np.append(at, own))
    place = np.where(at == NAT, -1, np.searchsorted(start, at, "right") - 1)
    place[who.hole != 0] = -1
    counts = [_inside(context, one, view, rows, place, len(keys)) for one in _channels(context, card)]
    tolerance = context.figure("channel_parity", card)
    wide, compared = np.zeros(len(keys), bool), np.zeros(len(keys), np.int64)
    for number, (part, whole) in enumerate(counts):
        compared += whole >= _FEWEST
        for other_part, other_whole in counts[:number]:
            both = (whole >= _FEWEST) & (other_whole >= _FEWEST)
            apart = np.abs(part * other_whole - other_part * whole) * 100
            wide |= both & (apart > tolerance * whole * other_whole)
    out = Outcome.blank(end, np.full(len(keys), NAT, np.int64))
    out.settle(np.asarray(context.as_of <= end), Verdict.PENDING, Reason.INSIDE)
    out.settle(compared < 2, Verdict.NOT_APPLICABLE, Reason.NONE_DUE)
    doubt = np.bincount(
        np.searchsorted(start, at[(who.hole != 0) & (at != NAT)], "right") - 1, minlength=len(keys)
    )
    out.settle(wide, Verdict.BREACHED, Reason.BELOW)
    out.settle(doubt > 0, Verdict.NO_DATA, Reason.UNDECIDED, 0)
    out.settle(~wide, Verdict.MET, Reason.ENOUGH)
    frame = pd.DataFrame({"id": pd.Series(keys, dtype="str")})
    base = Table(COHORT, frame, EntityFacts(frozenset({"id"})), NAT)
    months = View(COHORT, base, np.arange(len(keys), dtype=np.int64))
    made = Judgement(card, months, months.pos, out, ("interaction.channel",), start, end, "calendar_period")
    made.lasting = True
    return made


def _channels(context: Context, card: Card) -> list[Card]:
    return [
        one
        for one in context.rules.cards.values()
        if one.function == "picked_up" and one.standard == card.standard and limits(one)
    ]


def _inside(
    context: Context, one: Card, view: View, rows: Ints, place: Ints, months: int
) -> tuple[Ints, Ints]:
    """Contacts of a channel inside its limit and in all, by month; who gave up inside the limit is left out."""
    mine = matches(view, {name: value for name, value in one.where.items() if name == "channel"})[0][rows]
    start, answered = view.ts("started_at")[rows], view.ts("answered_at")[rows]
    by_bot = holds(view, "answered_by_bot", "1")[0][rows] & (context.ask("bot_response", one) == "no")
    answered = np.where(by_bot, NAT, answered)
    due = start + context.limit_of(limits(one), start)[0]
    gave_up = (view.flag("abandoned")[rows] == 1) & (answered == NAT) & (view.ts("ended_at")[rows] <= due)
    mine &= ~gave_up & (place >= 0)
    good = mine & (answered != NAT) & (answered <= due)
    count = [np.bincount(place[keep], minlength=months).astype(np.int64) for keep in (good, mine)]
    return cast("tuple[Ints, Ints]", tuple(count))
