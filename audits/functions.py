"""What the closed vocabulary of cards cannot say; each function is named by the cards that need it.

``formal_acceptance``, ``rectification``: they look at every item of a list. ``checked_before_delivery``:
the last check before an instant. ``special_visit``: its duty hangs on a rate. ``supervisor_steps_in``: two
acts and their order. ``graded``: the level follows from figures. (Overtime has its own module.)
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from audits.cards import Card
from audits.checks.completeness import completeness
from audits.checks.outcome import Outcome, after
from audits.checks.rate import enough
from audits.checks.sequence import runs_back
from audits.checks.threshold import grade
from audits.cohorts import Members, cohort_judgement, members_of
from audits.context import Context, Judgement, due_end_of_days
from audits.duties import Duties, born, duties, limits
from audits.model import MODEL
from audits.population import judgement, population
from audits.tables import Codes, Ints
from audits.words import HOUR, NAT, Reason, Verdict

Bools = npt.NDArray[np.bool_]


def checked_before_delivery(context: Context, card: Card) -> Judgement:
    """A delivered thing needs a check up to its delivery, and the last one must have passed."""
    at = born(card)
    who = population(context, card, at)
    holes = who.view.timed_hole(at, coarse_is_enough=True)[who.rows]
    keep = (who.view.ts(at)[who.rows] != NAT) | (holes != 0)
    who, holes = who.only(keep), holes[keep]
    view, rows = who.view, who.rows
    delivered, checked, passed = (
        view.ts(at)[rows],
        view.ts("checked_at")[rows],
        view.code("check_passed")[rows],
    )
    out = Outcome.blank(delivered, checked)
    out.settle_holes(holes, 2)
    out.settle(passed == 1, Verdict.MET, Reason.IN_ORDER)
    out.settle(passed == 0, Verdict.BREACHED, Reason.FAILED)
    out.settle(checked != NAT, Verdict.NO_DATA, Reason.NULL_VALUE, 0)
    out.settle_holes(view.hole("checked_at")[rows], 3)
    out.settle(context.promised(card, delivered), Verdict.BREACHED, Reason.MISSING)
    out.settle(checked == NAT, Verdict.NO_DATA, Reason.ROW_MISSING, 1)
    fields = ("qa_check.result", "qa_check.deliverable_id", at, "checked_at")
    made = judgement(card, who, out, fields, delivered)
    made.lasting = True
    return made


def formal_acceptance(context: Context, card: Card) -> Judgement:
    """Every item of the list tested by the client, once the formal stage has begun."""
    owed = duties(context, card, born(card))
    view, rows = owed.who.view, owed.who.rows
    stages = ("formal_started_at", "formal_finished_at", "rectified_at", "confirmed_at")
    owed = owed.only(np.any([view.ts(stage)[rows] != NAT for stage in stages], axis=0))
    rows = owed.who.rows
    faults = view.number("untested")[rows] + view.number("not_by_client")[rows]
    listed = (view.number("items")[rows] > 0) & (view.flag("has_checklist")[rows] != 0)
    done = view.ts("last_tested_at")[rows]
    holes = _item_holes(context, card, owed, ("item_passed", "item_tested_by"))
    out = completeness(listed & (faults == 0), holes, done, owed.due, context.as_of)
    fields = ("acceptance_item.acceptance_id", "item_passed", "item_tested_by", born(card))
    return judgement(card, owed.who, out, fields, owed.start, period_at=owed.due.earliest)


def rectification(context: Context, card: Card) -> Judgement:
    """Every failed item has a plan; no failed item, nothing to plan."""
    owed = duties(context, card, born(card))
    view, rows = owed.who.view, owed.who.rows
    failed = view.number("failed")[rows]
    planned = (failed > 0) & (view.number("unplanned")[rows] == 0)
    holes = _item_holes(context, card, owed, ("item_passed",))
    out = completeness(planned, holes, view.ts("rectification_plan_at")[rows], owed.due, context.as_of)
    sure = (view.number("items")[rows] > 0) | context.promised(card, owed.start)
    none_failed = (failed == 0) & sure & (view.hole("item_passed")[rows] == 0)
    out.verdict[none_failed], out.reason[none_failed] = Verdict.NOT_APPLICABLE, Reason.NO_CONDITION
    out.field[none_failed] = -1
    fields = ("acceptance_item.acceptance_id", "item_passed", born(card))
    return judgement(card, owed.who, out, fields, owed.start, period_at=owed.due.earliest)


def _item_holes(context: Context, card: Card, owed: Duties, names: tuple[str, ...]) -> list[Codes]:
    """Holes of a list of items: none on record and none promised, once it is due; its fields; the start."""
    view, rows = owed.who.view, owed.who.rows
    unlisted = (view.number("items")[rows] == 0) & ~context.promised(card, owed.start)
    unlisted &= context.as_of > owed.due.earliest
    missing = np.where(unlisted, Reason.ROW_MISSING, 0).astype(np.int16)
    start = view.timed_hole(born(card), coarse_is_enough=True)[rows]
    return [missing, *(view.hole(name)[rows] for name in names), start]


def special_visit(context: Context, card: Card) -> Judgement:
    """A closed cohort below the bound owes a special return visit, opened in working days after it closed."""
    members = members_of(context, card)
    bound, early = context.limit_of(limits(card, "below"), members.start)
    members, bound = members.only(~early), bound[~early]
    grace = context.figure("special_visit_open", card)
    due = due_end_of_days(context, card, members.due, np.full(len(members.due), grace, np.int64))
    opened, nameless, before = _visits(context, members)
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
    out.settle((opened == NAT) & before, Verdict.NO_DATA, Reason.END_BEFORE_START, 0)
    out.settle(nameless, Verdict.NO_DATA, Reason.NO_LINK, 0)
    out.settle(opened != NAT, Verdict.BREACHED, Reason.LATE)
    out.settle(context.promised(card, members.start), Verdict.BREACHED, Reason.NOT_DONE)
    out.settle(opened == NAT, Verdict.NO_DATA, Reason.ROW_MISSING, 0)
    members.before_promise(out)
    made = cohort_judgement(card, members, out)
    made.fields = ("follow_up.scope", *made.fields)
    made.period_at = np.where(due.due == NAT, due.earliest, due.due)
    return made


def _visits(context: Context, members: Members) -> tuple[Ints, Bools, Bools]:
    """First opening of a special return visit for each cohort; where one names none; and where one precedes it."""
    table = context.tables["follow_up"]
    wanted = MODEL["follow_up"].fields["kind"].values.index("special_return_visit")
    scope = table.text("scope").to_numpy(dtype=object, na_value="")
    opened = np.where(table.enum("kind") == wanted, table.ts("opened_at"), NAT)
    theirs = [opened[(scope == key) & (opened != NAT)] for key in members.keys]
    since = list(zip(theirs, members.start, strict=True))
    first = [min(some[some >= start], default=NAT) for some, start in since]
    before = [bool((some < start).any()) for some, start in since]
    stray = opened[(scope == "") & (opened != NAT)]
    nameless = [bool((stray > closed).any()) for closed in members.due]
    return np.array(first, np.int64), np.array(nameless, bool), np.array(before, bool)


def supervisor_steps_in(context: Context, card: Card) -> Judgement:
    """A supervisor engages and a remedy plan stands, both in time, the plan before the client is told."""
    owed = duties(context, card, born(card))
    view, rows = owed.who.view, owed.who.rows
    fields = ("supervisor_engaged_at", "remedy_plan_at", "customer_feedback_at", born(card))
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
    at = born(card)
    who = population(context, card, at)
    # the duty to grade is made by the deviation, not by its level: a corrected figure leaves it the same
    who = replace(who, view=replace(who.view, occurrence=None))
    view, rows = who.view, who.rows
    start = view.ts(at)[rows]
    due = after(start, context.figure("deviation_graded_by", card) * HOUR)
    holes = [view.hole("recorded_level")[rows], view.hole("level")[rows]]
    holes.append(view.timed_hole(at, coarse_is_enough=False)[rows])
    level = view.codes["level"][rows].astype(np.int64)
    out = grade(view.number("recorded_level")[rows], level, due, context.as_of, holes)
    return judgement(card, who, out, ("recorded_level", "level", at), start)
