"""What the closed vocabulary of cards cannot say; each function is named by the cards that need it.

``overtime``: its duty hangs on the verdicts of other cards. ``formal_acceptance``, ``rectification``:
they look at every item of a list. ``checked_before_delivery``: the last check before an instant.
``special_visit``: its duty hangs on a rate. ``supervisor_steps_in``: two acts and their order.
``graded``: the level follows from figures.
"""

import numpy as np
import numpy.typing as npt

from audits.cards import Card
from audits.checks.completeness import completeness
from audits.checks.outcome import Outcome, after
from audits.checks.rate import enough
from audits.checks.threshold import grade
from audits.context import Context, Judgement, due_end_of_days
from audits.kinds import cohort_judgement, due_of, members_of
from audits.model import MODEL
from audits.population import Population, judgement, population
from audits.tables import Ints, positions
from audits.words import HOUR, NAT, Reason, Verdict

Bools = npt.NDArray[np.bool_]


def checked_before_delivery(context: Context, card: Card) -> Judgement:
    """A delivered thing needs a check up to its delivery, and the last one must have passed."""
    who = population(context, card, "delivered_at")
    who = _only(who, who.view.ts("delivered_at")[who.rows] != NAT)
    delivered = who.view.ts("delivered_at")[who.rows]
    checked = who.view.ts("checked_at")[who.rows]
    passed = who.view.code("check_passed")[who.rows]
    out = Outcome.blank(delivered, checked)
    out.settle(passed == 1, Verdict.MET, Reason.IN_ORDER)
    out.settle(passed == 0, Verdict.BREACHED, Reason.FAILED)
    out.settle(checked != NAT, Verdict.NO_DATA, Reason.NULL_VALUE, 0)
    out.settle(context.promised(card, delivered), Verdict.BREACHED, Reason.MISSING)
    out.settle(checked == NAT, Verdict.NO_DATA, Reason.ROW_MISSING, 1)
    made = judgement(card, who, out, ("qa_check.result", "qa_check.deliverable_id"), delivered)
    made.lasting = True
    return made


def _only(who: Population, keep: Bools) -> Population:
    return Population(who.view, who.rows[keep], who.hole[keep], who.field[keep])


def formal_acceptance(context: Context, card: Card) -> Judgement:
    """Every item of the list tested by the client, once the formal stage has begun."""
    who = population(context, card, "applied_at")
    stages = ("formal_started_at", "formal_finished_at", "rectified_at", "confirmed_at")
    reached = np.any([who.view.ts(stage)[who.rows] != NAT for stage in stages], axis=0)
    who = _only(who, reached)
    view, rows = who.view, who.rows
    start = view.ts("applied_at")[rows]
    due, _ = due_of(context, card, start)
    items = view.number("items")[rows]
    faults = view.number("untested")[rows] + view.number("not_by_client")[rows]
    listed = view.flag("has_checklist")[rows] != 0
    unlisted = (items == 0) & ~context.promised(card, start)
    hole = np.where(unlisted, Reason.ROW_MISSING, 0).astype(np.int16)
    present = (items > 0) & (faults == 0) & listed
    done = view.ts("last_tested_at")[rows]
    out = completeness(present, [hole], done, due, context.as_of, start_known=start != NAT)
    return judgement(card, who, out, ("acceptance_item.acceptance_id",), start, period_at=due.earliest)


def rectification(context: Context, card: Card) -> Judgement:
    """Every failed item has a plan; no failed item, nothing to plan."""
    who = population(context, card, "applied_at")
    view, rows = who.view, who.rows
    start = view.ts("applied_at")[rows]
    due, _ = due_of(context, card, start)
    items, failed = view.number("items")[rows], view.number("failed")[rows]
    unlisted = (items == 0) & ~context.promised(card, start)
    hole = np.where(unlisted, Reason.ROW_MISSING, 0).astype(np.int16)
    done = np.where(failed > 0, view.ts("rectification_plan_at")[rows], NAT)
    present = (failed > 0) & (view.number("unplanned")[rows] == 0)
    out = completeness(present, [hole], done, due, context.as_of, start_known=start != NAT)
    none_failed = (failed == 0) & ~unlisted
    out.verdict[none_failed], out.reason[none_failed] = Verdict.NOT_APPLICABLE, Reason.NO_CONDITION
    out.field[none_failed] = -1
    return judgement(card, who, out, ("acceptance_item.acceptance_id",), start, period_at=due.earliest)


def special_visit(context: Context, card: Card) -> Judgement:
    """A closed cohort below the bound owes a special return visit, opened in working days after it closed."""
    members = members_of(context, card)
    bound = int(str(card.parameters["below"]))
    grace = context.figure("special_visit_open", card)
    due = due_end_of_days(context, card, members.due, np.full(len(members.due), grace, np.int64))
    opened = _visits(context, members.keys)
    out = Outcome.blank(due.due, opened)
    out.settle(context.as_of <= members.due, Verdict.PENDING, Reason.INSIDE)
    worst = enough(members.part, members.known + members.unknown, bound)
    best = enough(members.part + members.unknown, members.known + members.unknown, bound)
    out.settle(members.known + members.unknown == 0, Verdict.NOT_APPLICABLE, Reason.NONE_DUE)
    out.settle(worst, Verdict.NOT_APPLICABLE, Reason.NO_CONDITION)
    out.settle(best, Verdict.NO_DATA, Reason.UNDECIDED, 0)
    out.settle((opened != NAT) & (opened <= due.earliest), Verdict.MET, Reason.IN_TIME)
    out.settle((opened != NAT) & (opened > due.latest), Verdict.BREACHED, Reason.LATE)
    out.settle(context.as_of <= due.earliest, Verdict.PENDING, Reason.INSIDE)
    out.settle(due.due == NAT, Verdict.NO_DATA, Reason.BEYOND_CALENDAR, 0)
    out.settle(context.promised(card, members.start), Verdict.BREACHED, Reason.NOT_DONE)
    out.settle(opened == NAT, Verdict.NO_DATA, Reason.ROW_MISSING, 0)
    made = cohort_judgement(card, members, out)
    made.fields = ("follow_up.scope",)
    made.period_at = np.where(due.due == NAT, due.earliest, due.due)
    return made


def _visits(context: Context, keys: npt.NDArray[np.object_]) -> Ints:
    """First opening of a special return visit for each cohort."""
    table = context.tables["follow_up"]
    wanted = MODEL["follow_up"].fields["kind"].values.index("special_return_visit")
    scope = table.text("scope").to_numpy(dtype=object, na_value="")
    opened = np.where(table.enum("kind") == wanted, table.ts("opened_at"), NAT)
    first = [min((at for at in opened[scope == key] if at != NAT), default=NAT) for key in keys]
    return np.array(first, np.int64)


def supervisor_steps_in(context: Context, card: Card) -> Judgement:
    """A supervisor engages and a remedy plan stands, both in time, the plan before the client is told."""
    who = population(context, card, "began_at")
    view, rows = who.view, who.rows
    start = view.ts("began_at")[rows]
    due, _ = due_of(context, card, start)
    engaged, plan = view.ts("supervisor_engaged_at")[rows], view.ts("remedy_plan_at")[rows]
    told = view.ts("customer_feedback_at")[rows]
    both = (engaged != NAT) & (plan != NAT)
    late_plan = (plan != NAT) & (told != NAT) & (plan > told)
    holes = [
        np.where(stamp == NAT, view.timed_hole(name, coarse_is_enough=False)[rows], 0).astype(np.int16)
        for name, stamp in (("supervisor_engaged_at", engaged), ("remedy_plan_at", plan))
    ]
    out = completeness(both, holes, np.maximum(engaged, plan), due, context.as_of)
    settled = late_plan & (out.verdict != Verdict.NO_DATA)
    out.verdict[settled], out.reason[settled] = Verdict.BREACHED, Reason.OUT_OF_ORDER
    fields = ("supervisor_engaged_at", "remedy_plan_at")
    return judgement(card, who, out, fields, start, period_at=due.earliest)


def graded(context: Context, card: Card) -> Judgement:
    """The level on record is the level of the figures."""
    who = population(context, card, "detected_at")
    view, rows = who.view, who.rows
    start = view.ts("detected_at")[rows]
    due = after(start, context.figure("deviation_graded_by", card) * HOUR)
    level = view.codes["level"][rows].astype(np.int64)
    out = grade(view.number("recorded_level")[rows], level, due, context.as_of)
    out.settle_holes(view.hole("recorded_level")[rows], 0)
    return judgement(card, who, out, ("recorded_level", "planned_pct"), start)


def overtime(context: Context, card: Card) -> Judgement:
    """Once a limit of a matter is broken, the role that the text names is told, or acts, within the grace.

    Judged once per matter, from the first broken limit (reading one_mechanism_two_limits). What counts is
    ``told`` (an escalation to that role, by the CRM or by a delivered notice of ours) or ``act`` (an act or
    acknowledgement of that role); any instant from receipt on counts.
    """
    who = population(context, card, "received_at")
    broken, unknown, limit_reason, limit_field = _limits_of(context, card, who)
    keep = (broken != NAT) | unknown
    who = _only(who, keep)
    broken, unknown = broken[keep], unknown[keep]
    start = who.view.ts("received_at")[who.rows]
    grace = context.figures("escalation_grace", card)[card.where["service_type"]]
    due = after(broken, grace * 60_000_000)
    proof, nameless = _proof(context, card, who, start)
    out = Outcome.blank(due, proof)
    out.settle(unknown, Verdict.NO_DATA, Reason.UNKNOWN_BEFORE, 0)
    out.settle((proof != NAT) & (proof <= due), Verdict.MET, Reason.IN_TIME)
    out.settle(context.as_of <= due, Verdict.PENDING, Reason.INSIDE)
    out.settle(nameless, Verdict.NO_DATA, Reason.NULL_VALUE, 1)
    out.settle(proof != NAT, Verdict.BREACHED, Reason.LATE)
    out.settle(context.promised(card, start), Verdict.BREACHED, Reason.NOT_DONE)
    out.settle(proof == NAT, Verdict.NO_DATA, Reason.ROW_MISSING, 2)
    fields = ("case.first_response_at", "escalation.target_role", "escalation.case_id")
    made = judgement(card, who, out, fields, np.where(broken == NAT, start, broken))
    _pass_on(made, limit_reason[keep], limit_field[keep])
    return made


def _pass_on(made: Judgement, reason: Ints, field: npt.NDArray[np.object_]) -> None:
    """A duty that hangs on an unknown limit is unknown for the limit's own reason."""
    rows = made.outcome.reason == Reason.UNKNOWN_BEFORE
    names = list(made.fields)
    for name in sorted({str(one) for one in field[rows]}):
        names.append(name)
        made.outcome.field[rows & (field == name)] = len(names) - 1
    made.outcome.reason[rows] = reason[rows]
    made.fields = tuple(names)


def _limits_of(
    context: Context, card: Card, who: Population
) -> tuple[Ints, Bools, Ints, npt.NDArray[np.object_]]:
    """First broken due instant of each matter, and where it cannot be known, with reason and field."""
    size = len(who.view)
    broken = np.full(size, np.iinfo(np.int64).max, np.int64)
    unknown, reason = np.zeros(size, bool), np.zeros(size, np.int64)
    field = np.full(size, "", dtype=object)
    for made in context.judged.values():
        if made.card.obligation_key not in {"first_response", "resolution"}:
            continue
        if made.card.standard != card.standard:
            continue
        # the first rows of the view "matter" are the cases themselves, in the same order
        breached = made.outcome.verdict == Verdict.BREACHED
        np.minimum.at(broken, made.rows[breached], made.outcome.due[breached])
        blind = (made.outcome.verdict == Verdict.NO_DATA) & ~unknown[made.rows]
        at = made.rows[blind]
        unknown[at], reason[at] = True, made.outcome.reason[blind]
        field[at] = np.array(made.fields, dtype=object)[made.outcome.field[blind]]
    broken = np.where(broken == np.iinfo(np.int64).max, NAT, broken)
    unknown &= broken == NAT
    rows = who.rows
    return broken[rows], unknown[rows], reason[rows], field[rows]


def _proof(context: Context, card: Card, who: Population, start: Ints) -> tuple[Ints, Bools]:
    """Earliest evidence of each matter from its receipt on, and rows with evidence to a nameless role."""
    table = context.tables["escalation"]
    case = positions(table.text("case_id"), who.view.base.text("id"))
    told = str(card.parameters["evidence"]) == "told"
    names = ("triggered_at", "delivered_at") if told else ("action_at", "acknowledged_at")
    first, nameless = np.full(len(who.rows), NAT, np.int64), np.zeros(len(who.rows), bool)
    roles = [table_role(role) for role in str(card.parameters["roles"]).split()]
    role = table.enum("target_role")
    for name in names:
        at = table.ts(name)
        best = _earliest_since(case, np.where(np.isin(role, roles), at, NAT), who, start)
        first = np.where(first == NAT, best, np.where(best == NAT, first, np.minimum(first, best)))
        nameless |= _earliest_since(case, np.where(role < 0, at, NAT), who, start) != NAT
    return first, nameless


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
