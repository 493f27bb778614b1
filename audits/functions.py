"""What the closed vocabulary of cards cannot say; each function is named by the cards that need it.

``overtime``: its duty hangs on the verdicts of other cards. ``formal_acceptance``, ``rectification``:
they look at every item of a list. ``checked_before_delivery``: the last check before an instant.
``special_visit``: its duty hangs on a rate. ``supervisor_steps_in``: two acts and their order.
``graded``: the level follows from figures.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from audits.cards import Card
from audits.case_views import earlier, roots
from audits.checks.completeness import completeness
from audits.checks.outcome import Outcome, after
from audits.checks.rate import enough
from audits.checks.sequence import runs_back
from audits.checks.threshold import grade
from audits.context import Context, Judgement, due_end_of_days
from audits.instants import FAR
from audits.kinds import Duties, Members, cohort_judgement, duties, members_of
from audits.model import MODEL
from audits.population import Population, judgement, population
from audits.tables import Codes, Ints
from audits.words import HOUR, MINUTE, NAT, Reason, Verdict

Bools = npt.NDArray[np.bool_]

#: Obligations whose breach asks for an escalation.
_LIMITS: Final = frozenset({"first_response", "resolution"})
#: Stamps of an escalation that prove it; who acted on it, or confirmed it, was told of it.
_EVIDENCE: Final = {
    "told": ("triggered_at", "delivered_at", "acknowledged_at", "action_at"),
    "act": ("action_at", "acknowledged_at"),
}


def checked_before_delivery(context: Context, card: Card) -> Judgement:
    """A delivered thing needs a check up to its delivery, and the last one must have passed."""
    who = population(context, card, "delivered_at")
    holes = who.view.timed_hole("delivered_at", coarse_is_enough=True)[who.rows]
    who = who.only((who.view.ts("delivered_at")[who.rows] != NAT) | (holes != 0))
    view, rows = who.view, who.rows
    delivered, checked, passed = (
        view.ts("delivered_at")[rows],
        view.ts("checked_at")[rows],
        view.code("check_passed")[rows],
    )
    out = Outcome.blank(delivered, checked)
    out.settle_holes(view.timed_hole("delivered_at", coarse_is_enough=True)[rows], 2)
    out.settle(passed == 1, Verdict.MET, Reason.IN_ORDER)
    out.settle(passed == 0, Verdict.BREACHED, Reason.FAILED)
    out.settle(checked != NAT, Verdict.NO_DATA, Reason.NULL_VALUE, 0)
    out.settle_holes(view.hole("checked_at")[rows], 3)
    out.settle(context.promised(card, delivered), Verdict.BREACHED, Reason.MISSING)
    out.settle(checked == NAT, Verdict.NO_DATA, Reason.ROW_MISSING, 1)
    fields = ("qa_check.result", "qa_check.deliverable_id", "delivered_at", "checked_at")
    made = judgement(card, who, out, fields, delivered)
    made.lasting = True
    return made


def formal_acceptance(context: Context, card: Card) -> Judgement:
    """Every item of the list tested by the client, once the formal stage has begun."""
    owed = duties(context, card, "applied_at")
    view, rows = owed.who.view, owed.who.rows
    stages = ("formal_started_at", "formal_finished_at", "rectified_at", "confirmed_at")
    owed = owed.only(np.any([view.ts(stage)[rows] != NAT for stage in stages], axis=0))
    rows = owed.who.rows
    faults = view.number("untested")[rows] + view.number("not_by_client")[rows]
    listed = (view.number("items")[rows] > 0) & (view.flag("has_checklist")[rows] != 0)
    done = view.ts("last_tested_at")[rows]
    holes = _item_holes(context, card, owed, ("item_passed", "item_tested_by"))
    out = completeness(listed & (faults == 0), holes, done, owed.due, context.as_of)
    fields = ("acceptance_item.acceptance_id", "item_passed", "item_tested_by", "applied_at")
    return judgement(card, owed.who, out, fields, owed.start, period_at=owed.due.earliest)


def rectification(context: Context, card: Card) -> Judgement:
    """Every failed item has a plan; no failed item, nothing to plan."""
    owed = duties(context, card, "applied_at")
    view, rows = owed.who.view, owed.who.rows
    failed = view.number("failed")[rows]
    planned = (failed > 0) & (view.number("unplanned")[rows] == 0)
    holes = _item_holes(context, card, owed, ("item_passed",))
    out = completeness(planned, holes, view.ts("rectification_plan_at")[rows], owed.due, context.as_of)
    sure = (view.number("items")[rows] > 0) | context.promised(card, owed.start)
    none_failed = (failed == 0) & sure & (view.hole("item_passed")[rows] == 0)
    out.verdict[none_failed], out.reason[none_failed] = Verdict.NOT_APPLICABLE, Reason.NO_CONDITION
    out.field[none_failed] = -1
    fields = ("acceptance_item.acceptance_id", "item_passed", "applied_at")
    return judgement(card, owed.who, out, fields, owed.start, period_at=owed.due.earliest)


def _item_holes(context: Context, card: Card, owed: Duties, names: tuple[str, ...]) -> list[Codes]:
    """Holes of a list of items: none on record and none promised, once it is due; its fields; the start."""
    view, rows = owed.who.view, owed.who.rows
    unlisted = (view.number("items")[rows] == 0) & ~context.promised(card, owed.start)
    unlisted &= context.as_of > owed.due.earliest
    missing = np.where(unlisted, Reason.ROW_MISSING, 0).astype(np.int16)
    start = view.timed_hole("applied_at", coarse_is_enough=True)[rows]
    return [missing, *(view.hole(name)[rows] for name in names), start]


def special_visit(context: Context, card: Card) -> Judgement:
    """A closed cohort below the bound owes a special return visit, opened in working days after it closed."""
    members = members_of(context, card)
    bound = int(str(card.parameters["below"]))
    grace = context.figure("special_visit_open", card)
    due = due_end_of_days(context, card, members.due, np.full(len(members.due), grace, np.int64))
    opened, nameless = _visits(context, members)
    whole = members.known + members.unknown
    out = Outcome.blank(due.due, opened)
    out.settle(context.as_of <= members.due, Verdict.PENDING, Reason.INSIDE)
    out.settle(whole == 0, Verdict.NOT_APPLICABLE, Reason.NONE_DUE)
    out.settle(enough(members.part, whole, bound), Verdict.NOT_APPLICABLE, Reason.NO_CONDITION)
    out.settle(enough(members.part + members.unknown, whole, bound), Verdict.NO_DATA, Reason.UNDECIDED, 1)
    out.settle((opened != NAT) & (opened <= due.earliest), Verdict.MET, Reason.IN_TIME)
    out.settle(context.as_of <= due.earliest, Verdict.PENDING, Reason.INSIDE)
    until = np.where(opened == NAT, context.as_of, opened)
    out.settle(until <= due.latest, Verdict.NO_DATA, Reason.BEYOND_CALENDAR, 1)
    out.settle(nameless, Verdict.NO_DATA, Reason.NO_LINK, 0)
    out.settle(opened != NAT, Verdict.BREACHED, Reason.LATE)
    out.settle(context.promised(card, members.start), Verdict.BREACHED, Reason.NOT_DONE)
    out.settle(opened == NAT, Verdict.NO_DATA, Reason.ROW_MISSING, 0)
    members.before_promise(out)
    made = cohort_judgement(card, members, out)
    made.fields = ("follow_up.scope", *made.fields)
    made.period_at = np.where(due.due == NAT, due.earliest, due.due)
    return made


def _visits(context: Context, members: Members) -> tuple[Ints, Bools]:
    """First opening of a special return visit for each cohort; and where one names no cohort."""
    table = context.tables["follow_up"]
    wanted = MODEL["follow_up"].fields["kind"].values.index("special_return_visit")
    scope = table.text("scope").to_numpy(dtype=object, na_value="")
    opened = np.where(table.enum("kind") == wanted, table.ts("opened_at"), NAT)
    first = [min(opened[(scope == key) & (opened != NAT)], default=NAT) for key in members.keys]
    stray = opened[(scope == "") & (opened != NAT)]
    nameless = [bool((stray > closed).any()) for closed in members.due]
    return np.array(first, np.int64), np.array(nameless, bool)


def supervisor_steps_in(context: Context, card: Card) -> Judgement:
    """A supervisor engages and a remedy plan stands, both in time, the plan before the client is told."""
    owed = duties(context, card, "began_at")
    view, rows = owed.who.view, owed.who.rows
    fields = ("supervisor_engaged_at", "remedy_plan_at", "customer_feedback_at", "began_at")
    engaged, plan, told, _ = (view.ts(name)[rows] for name in fields)
    holes = [view.timed_hole(name, coarse_is_enough=False)[rows] for name in fields]
    late_plan = runs_back([plan, told], [view.coarse(name)[rows] for name in fields[1:3]])
    both = (engaged != NAT) & (plan != NAT)
    out = completeness(both, holes, np.maximum(engaged, plan), owed.due, context.as_of)
    settled = late_plan & (out.verdict != Verdict.NO_DATA)
    out.verdict[settled], out.reason[settled] = Verdict.BREACHED, Reason.OUT_OF_ORDER
    return judgement(card, owed.who, out, fields, owed.start, period_at=owed.due.earliest)


def graded(context: Context, card: Card) -> Judgement:
    """The level on record is the level of the figures."""
    who = population(context, card, "detected_at")
    # the duty to grade is made by the deviation, not by its level: a corrected figure leaves it the same
    who = replace(who, view=replace(who.view, occurrence=None))
    view, rows = who.view, who.rows
    start = view.ts("detected_at")[rows]
    due = after(start, context.figure("deviation_graded_by", card) * HOUR)
    holes = [view.hole("recorded_level")[rows], view.hole("level")[rows]]
    holes.append(view.timed_hole("detected_at", coarse_is_enough=False)[rows])
    level = view.codes["level"][rows].astype(np.int64)
    out = grade(view.number("recorded_level")[rows], level, due, context.as_of, holes)
    return judgement(card, who, out, ("recorded_level", "level", "detected_at"), start)


def overtime(context: Context, card: Card) -> Judgement:
    """Once a limit of a matter is broken, the role that the text names is told, or acts, within the grace.

    Judged once per matter, from the first broken limit (reading one_mechanism_two_limits), by the row of the
    text that limit stands in: the type may have changed since. What counts is ``told`` (an escalation to that
    role, by the CRM or by a delivered notice of ours) or ``act`` (an act or acknowledgement of that role);
    any instant from receipt on counts.
    """
    who = population(context, card, "received_at", everyone=True)
    limits = _limits_of(context, card, who)
    keep = (limits.broken != NAT) | limits.unknown
    who, limits = who.only(keep), limits.only(keep)
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


@dataclass
class _Limits:
    """What the limits of each matter say to a card of overtime.

    Args:
        broken: due instant of the first broken limit, where that stands in the card's row of the text.
        unknown: no limit is known to be broken, and one of the card's row cannot be judged,
        reason, field: why, and for want of which field.
    """

    broken: Ints
    unknown: Bools
    reason: Ints
    field: npt.NDArray[np.object_]

    def only(self, keep: Bools) -> "_Limits":
        """The rows of ``keep``."""
        return _Limits(self.broken[keep], self.unknown[keep], self.reason[keep], self.field[keep])


def _limits_of(context: Context, card: Card, who: Population) -> _Limits:
    """Responses and resolutions as judged before; rows are those of ``who``.

    The first rows of the view ``matter`` are the cases themselves, in the order of the view ``case``.
    """
    size = len(who.view)
    broken, mine = np.full(size, FAR, np.int64), np.zeros(size, bool)
    unknown, reason = np.zeros(size, bool), np.zeros(size, np.int64)
    field = np.full(size, "", dtype=object)
    for made in context.judged.values():
        if made.card.standard != card.standard or made.card.obligation_key not in _LIMITS:
            continue
        out, own = made.outcome, made.card.where == card.where
        first = (out.verdict == Verdict.BREACHED) & (out.due < broken[made.rows])
        broken[made.rows[first]], mine[made.rows[first]] = out.due[first], own
        blind = (out.verdict == Verdict.NO_DATA) & ~unknown[made.rows] & own
        at = made.rows[blind]
        unknown[at], reason[at] = True, out.reason[blind]
        field[at] = np.array(made.fields, dtype=object)[out.field[blind]]
    unknown &= broken == FAR
    broken = np.where((broken == FAR) | ~mine, NAT, broken)
    rows = who.rows
    return _Limits(broken[rows], unknown[rows], reason[rows], field[rows])


def _pass_on(made: Judgement, limits: _Limits) -> None:
    """A duty that hangs on an unknown limit is unknown for the limit's own reason."""
    rows = made.outcome.reason == Reason.UNKNOWN_BEFORE
    names = list(made.fields)
    for name in sorted({str(one) for one in limits.field[rows]}):
        names.append(name)
        made.outcome.field[rows & (limits.field == name)] = len(names) - 1
    made.outcome.reason[rows] = limits.reason[rows]
    made.fields = tuple(names)


def _proof(context: Context, card: Card, who: Population, start: Ints) -> tuple[Ints, Ints]:
    """Earliest evidence of each matter from its receipt on, and the earliest of a role nobody named.

    What was recorded at a case before it was merged counts for the one that goes on.
    """
    table = context.tables["escalation"]
    case = context.tables.link("escalation", "case_id", "case")
    case = np.where(case >= 0, roots(context.tables)[case], -1)
    role = table.enum("target_role")
    roles = [table_role(name) for name in str(card.parameters["roles"]).split()]
    out = []
    for fits in (np.isin(role, roles), role < 0):
        best = np.full(len(who.rows), NAT, np.int64)
        for name in _EVIDENCE[str(card.parameters["evidence"])]:
            at = np.where(fits, table.ts(name), NAT)
            best = earlier(best, _earliest_since(case, at, who, start))
        out.append(best)
    return out[0], out[1]


def table_role(role: str) -> int:
    """Code of an escalation's target role."""
    return MODEL["escalation"].fields["target_role"].values.index(role)


def _earliest_since(case: Ints, at: Ints, who: Population, start: Ints) -> Ints:
    """Earliest ``at`` of each matter's case that is not before the matter's start."""
    order = np.lexsort((at, case))
    use = order[(case[order] >= 0) & (at[order] != NAT)]
    case, at = np.append(case[use], -1), np.append(at[use], NAT)
    wanted = who.view.pos[who.rows]
    place = np.searchsorted(case[:-1], wanted)
    early = (case[place] == wanted) & (at[place] < start)
    while early.any():  # a few steps at most: entries typed before the receipt
        place = place + early
        early = (case[place] == wanted) & (at[place] < start)
    return np.where(case[place] == wanted, at[place], NAT)
