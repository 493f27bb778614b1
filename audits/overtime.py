"""Overtime: a duty that hangs on the verdicts of other cards, and on what was recorded of people's acts.

Which limit of a matter was broken first is the same for all cards of a standard: it is found once.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from audits.cards import Card
from audits.case_views import roots
from audits.checks.outcome import Outcome, after
from audits.context import Context, Judgement
from audits.instants import FAR
from audits.model import MODEL
from audits.population import Population, judgement, population
from audits.tables import Ints, Tables
from audits.views import View
from audits.words import MINUTE, NAT, Reason, Verdict

Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.int8]

#: Obligations whose breach asks for an escalation.
_LIMITS: Final = frozenset({"first_response", "resolution"})
#: Stamps of an escalation that prove it; who acted on it, or confirmed it, was told of it.
_EVIDENCE: Final = {
    "told": ("triggered_at", "delivered_at", "acknowledged_at", "action_at"),
    "act": ("action_at", "acknowledged_at"),
}
_ROLES: Final = MODEL["escalation"].fields["target_role"].values


def overtime(context: Context, card: Card) -> Judgement:
    """Once a limit of a matter is broken, the role that the text names is told, or acts, within the grace.

    Judged once per matter, from the first broken limit (reading one_mechanism_two_limits), by the row of the
    text that limit stands in: the type may have changed since. What counts is ``told`` (an escalation to that
    role, by the CRM or by a delivered notice of ours) or ``act`` (an act or acknowledgement of that role);
    any instant from receipt on counts.
    """
    who, limits = _owed(context, card)
    start = who.view.ts("received_at")[who.rows]
    grace = context.figures("escalation_grace", card)[card.where["service_type"]]
    due = after(limits.broken, grace * MINUTE)
    proof, nameless = _proof(context, card, who, start)
    out = Outcome.blank(due, proof)
    out.settle(limits.unknown, Verdict.NO_DATA, Reason.UNKNOWN_BEFORE, 0)
    out.settle((proof != NAT) & (proof <= due), Verdict.MET, Reason.IN_TIME)
    out.settle(context.as_of <= due, Verdict.PENDING, Reason.INSIDE)
    out.settle((nameless != NAT) & (nameless <= due), Verdict.NO_DATA, Reason.NULL_VALUE, 1)
    out.settle(proof != NAT, Verdict.BREACHED, Reason.LATE)
    out.settle(context.promised(card, start), Verdict.BREACHED, Reason.NOT_DONE)
    out.settle(proof == NAT, Verdict.NO_DATA, Reason.ROW_MISSING, 2)
    fields = ("case.first_response_at", "escalation.target_role", "escalation.case_id")
    anchor = np.where(limits.broken == NAT, start, limits.broken)
    made = judgement(card, who, out, fields, anchor)
    _pass_on(made, limits)
    return made


@dataclass(frozen=True)
class _FirstBroken:
    """Of each row of the view ``matter``: due instant of its first broken limit (FAR: none), and which it is.

    Args:
        due: instants.
        which: position in ``limits``, -1 for none.
        limits: the standard's limits as judged before.
    """

    due: Ints
    which: Bytes
    limits: tuple[Judgement, ...]


def _first_broken(limits: tuple[Judgement, ...], view: View) -> _FirstBroken:
    """The first broken of these limits of each row of ``view``."""
    due, which = np.full(len(view), FAR, np.int64), np.full(len(view), -1, np.int8)
    for number, made in enumerate(limits):
        rows = _same_rows(made, view, Verdict.BREACHED)
        rows = rows[made.outcome.due[rows] < due[made.rows[rows]]]
        at = made.rows[rows]
        due[at], which[at] = made.outcome.due[rows], number
    return _FirstBroken(due, which, limits)


def _same_rows(made: Judgement, view: View, verdict: Verdict) -> npt.NDArray[np.intp]:
    """Rows of a limit with this verdict that are rows of ``view`` too.

    The first rows of a view ``matter`` are the cases themselves, in the order of the view ``case``; later
    matters of a case stand in another order where a signed reading tells them apart otherwise.
    """
    same = np.ones(len(made.rows), bool) if made.view is view else made.rows < len(view.base)
    return np.flatnonzero((made.outcome.verdict == verdict) & same)


@dataclass(frozen=True)
class _Limits:
    """What the limits of each matter say to a card of overtime.

    Args:
        broken: due instant of the first broken limit, where that stands in the card's row of the text.
        unknown: no limit is known to be broken, and one of the card's row cannot be judged.
        reason, field: why, and for want of which of ``names``.
    """

    broken: Ints
    unknown: Bools
    reason: Bytes
    field: Bytes
    names: tuple[str, ...]


def _limits_before(context: Context, card: Card) -> tuple[Judgement, ...]:
    """Responses and resolutions of the card's standard as judged before."""
    return tuple(
        made
        for made in context.judged.values()
        if made.card.standard == card.standard and made.card.obligation_key in _LIMITS
    )


def _owed(context: Context, card: Card) -> tuple[Population, _Limits]:
    """Matters that owe an escalation, or may; and what their limits say."""
    limits = _limits_before(context, card)
    # the matters as their own limit tells them apart
    theirs = (made.view for made in limits if made.card.where == card.where and made.view.name == card.of)
    view = next(theirs, context.view(card))
    who, size = population(context, card, "received_at", everyone=True, view=view), len(view)
    first = context.kept(("first broken", card.standard, id(view)), lambda: _first_broken(limits, view))
    own = [number for number, made in enumerate(first.limits) if made.card.where == card.where]
    wanted = np.isin(first.which, np.array(own, np.int8))
    names: list[str] = []
    reason, field = np.zeros(size, np.int8), np.full(size, -1, np.int8)
    for made in (first.limits[number] for number in own):
        rows = _same_rows(made, view, Verdict.NO_DATA)
        rows = rows[(first.which[made.rows[rows]] < 0) & (field[made.rows[rows]] < 0)]
        at = made.rows[rows]
        reason[at], field[at] = made.outcome.reason[rows], made.outcome.field[rows] + len(names)
        names += made.fields
    who = who.only((wanted | (field >= 0))[who.rows])
    rows = who.rows
    broken = np.where(wanted[rows], first.due[rows], NAT)
    return who, _Limits(broken, field[rows] >= 0, reason[rows], field[rows], tuple(names))


def _pass_on(made: Judgement, limits: _Limits) -> None:
    """A duty that hangs on an unknown limit is unknown for the limit's own reason."""
    rows = np.flatnonzero(made.outcome.reason == Reason.UNKNOWN_BEFORE)
    used = np.unique(limits.field[rows])
    names = sorted({limits.names[int(at)] for at in used})
    place = np.zeros(len(limits.names), np.int8)
    for at in used:
        place[at] = len(made.fields) + names.index(limits.names[int(at)])
    made.outcome.field[rows] = place[limits.field[rows]]
    made.outcome.reason[rows] = limits.reason[rows]
    made.fields = (*made.fields, *names)


def _proof(context: Context, card: Card, who: Population, start: Ints) -> tuple[Ints, Ints]:
    """Earliest evidence of each matter from its receipt on, and the earliest of a role nobody named.

    What was recorded at a case before it was merged counts for the one that goes on.
    """
    tables, table = context.tables, context.tables["escalation"]
    case = context.kept(("escalated",), lambda: _escalated(tables))
    role = table.enum("target_role")
    roles = np.array([_ROLES.index(name) for name in str(card.parameters["roles"]).split()], np.int16)
    stamps = [table.ts(name) for name in _EVIDENCE[str(card.parameters["evidence"])] if table.has(name)]
    proof, nameless = (
        _earliest_since(case, [np.where(fits, at, NAT) for at in stamps], who, start)
        for fits in (np.isin(role, roles), role < 0)
    )
    return proof, nameless


def _escalated(tables: Tables) -> Ints:
    """The case each escalation speaks of, or the one it was merged into; -1 for none."""
    case = tables.link("escalation", "case_id", "case")
    return np.where(case >= 0, roots(tables)[case], -1)


def _earliest_since(case: Ints, stamps: list[Ints], who: Population, start: Ints) -> Ints:
    """Earliest of ``stamps`` at each matter's case that is not before the matter's start."""
    rows = [np.flatnonzero((case >= 0) & (at != NAT)) for at in stamps]
    whose = np.concatenate([np.zeros(0, np.int64), *(case[one] for one in rows)])
    when = np.concatenate([np.zeros(0, np.int64), *(at[one] for at, one in zip(stamps, rows, strict=True))])
    if not len(whose):
        return np.full(len(start), NAT, np.int64)
    order = np.lexsort((when, whose))
    whose, when = np.append(whose[order], -1), np.append(when[order], NAT)
    wanted = who.view.pos[who.rows]
    place = np.searchsorted(whose[:-1], wanted)
    early = (whose[place] == wanted) & (when[place] < start)
    while early.any():  # a few steps at most: entries typed before the receipt
        place = place + early
        early = (whose[place] == wanted) & (when[place] < start)
    return np.where(whose[place] == wanted, when[place], NAT)
