"""What the words of cards cannot say about records themselves.

``file_number``: parts of a number against another field, and against all others. ``no_duplicates``: a record
against all others. ``purpose_bound``: the case an access names, and when that was open. ``access_rights``:
who was responsible at the time, and the chain above. ``growth``: one sum of the house against another.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from audits.access_scopes import on_tasks, reaches, with_superiors, work_of
from audits.cards import Card
from audits.checks.completeness import completeness
from audits.checks.outcome import Outcome
from audits.checks.rate import enough
from audits.cohorts import COHORT, in_year
from audits.context import Context, Judgement
from audits.duties import born, duties, limits
from audits.facts import EntityFacts
from audits.filters import filled, several
from audits.population import judgement, population
from audits.tables import Ints, Table
from audits.views import View
from audits.words import DAY, NAT, Reason, Verdict
from audits.zones import zone

Bools = npt.NDArray[np.bool_]

_NUMBER: Final = r"CS-([0-9]{4})-([0-9]{2})-([0-9]+)"


def file_number(context: Context, card: Card) -> Judgement:
    """Year and month are those of the opening day here; the serial is not 0; no number stands twice."""
    at, name = born(card), str(card.parameters["field"])
    who = population(context, card, at)
    view, rows = who.view, who.rows
    start = view.ts(at)[rows]
    text = view.text(name).iloc[rows].reset_index(drop=True)
    parts = text.str.extract(f"^{_NUMBER}\\Z")
    days = zone(context.facts.zone).days(np.where(start == NAT, 0, start)).astype("datetime64[D]")
    month = pd.Series(days.astype("datetime64[M]").astype(str))
    fits = (parts[0] + "-" + parts[1] == month).fillna(value=False).to_numpy(dtype=bool)
    zero = (parts[2].str.strip("0") == "").fillna(value=False).to_numpy(dtype=bool)
    every = view.text(name)
    twice = every.iloc[rows].isin(every[every.duplicated(keep=False) & every.notna()]).to_numpy(dtype=bool)
    out = Outcome.blank(start, start)
    out.settle_holes(view.hole(name)[rows], 0)
    out.settle(text.isna().to_numpy(), Verdict.BREACHED, Reason.MISSING)
    out.settle(twice, Verdict.BREACHED, Reason.NOT_ALLOWED)
    out.settle(zero, Verdict.BREACHED, Reason.ILL_FORMED)
    out.settle_holes(view.timed_hole(at, coarse_is_enough=True)[rows], 1)
    out.settle(start == NAT, Verdict.NO_DATA, Reason.NO_START, 1)
    out.settle(fits, Verdict.MET, Reason.COMPLETE)
    out.settle(np.ones(len(rows), bool), Verdict.BREACHED, Reason.ILL_FORMED)
    return judgement(card, who, out, (name, at), start)


def no_duplicates(context: Context, card: Card) -> Judgement:
    """A client with number and name, whose number no other has (names and phones are kept by length only)."""
    owed = duties(context, card, born(card))
    view, rows = owed.who.view, owed.who.rows
    every = view.text("code")
    alone = ~(every.duplicated(keep=False) & every.notna()).to_numpy(dtype=bool)[rows]
    there = filled(view, "code")[rows] & filled(view, "name")[rows]
    holes = [view.timed_hole(name, coarse_is_enough=True)[rows] for name in ("code", "name", born(card))]
    out = completeness(there & alone, holes, np.full(len(rows), NAT, np.int64), owed.due, context.as_of)
    doubled = there & ~alone & (out.reason == Reason.MISSING)
    out.reason[doubled] = Reason.NOT_ALLOWED
    fields = ("code", "name", born(card))
    return judgement(card, owed.who, out, fields, owed.start, period_at=owed.due.earliest)


def purpose_bound(context: Context, card: Card) -> Judgement:
    """An access for an allowed purpose; one for a case names a case that had come in, and was not closed too long."""
    at = born(card)
    who = population(context, card, at)
    view, rows = who.view, who.rows
    start, purpose = view.ts(at)[rows], view.code("purpose")[rows]
    wanted = several(tuple(card.parameters["allowed"]["purpose"]))  # type: ignore[index]
    listed = view.values("purpose")
    allowed = np.isin(purpose, [listed.index(name) for name in wanted])
    row = context.tables.link("access_event", "case_id", "case")[view.pos[rows]]
    days = context.figure("purpose_classes", card) * DAY
    case, some = context.tables["case"], row >= 0
    closed, opened = np.full(len(row), NAT, np.int64), np.full(len(row), NAT, np.int64)
    closed[some], opened[some] = case.ts("closed_at")[row[some]], case.raw_ts("received_at")[row[some]]
    named = view.text("case_id").iloc[rows].notna().to_numpy()
    for_case = purpose == listed.index("current_case")
    out = Outcome.blank(start, np.full(len(rows), NAT, np.int64))
    out.settle_holes(view.hole("purpose")[rows], 0)
    out.settle(purpose < 0, Verdict.NO_DATA, Reason.NULL_VALUE, 0)
    out.settle(~allowed, Verdict.BREACHED, Reason.NOT_ALLOWED)
    out.settle_holes(view.hole("case_id")[rows], 1)
    out.settle(named & ~some, Verdict.NO_DATA, Reason.REF_MISSING, 1)
    out.settle(start == NAT, Verdict.NO_DATA, Reason.NO_START, 2)
    out.settle(some & (closed != NAT) & (start > closed + days), Verdict.BREACHED, Reason.LATE)
    out.settle((opened != NAT) & (start < opened), Verdict.BREACHED, Reason.OUT_OF_ORDER)
    out.settle(for_case & ~named, Verdict.BREACHED, Reason.MISSING)
    out.settle(np.ones(len(rows), bool), Verdict.MET, Reason.COMPLETE)
    made = judgement(card, who, out, ("purpose", "case_id", at), start)
    made.lasting = True
    return made


def growth(context: Context, card: Card) -> Judgement:
    """The sum over clients present at both ends of the year against their sum before, by whole numbers."""
    who = population(context, card, "")
    view, rows = who.view, who.rows
    numbers = context.numbers_of(np.array([context.period.start, context.as_of], np.int64), 12)
    keys, start, end = context.months(np.unique(numbers), 12)
    percent, early = context.limit_of(limits(card), start)
    use = ~early & in_year(context, card, start)
    both = (view.flag("active_at_period_start")[rows] == 1) & (view.flag("active_at_period_end")[rows] == 1)
    unsure = (view.flag("active_at_period_start")[rows] < 0) | (view.flag("active_at_period_end")[rows] < 0)
    now, before = view.number("clv")[rows], view.number("clv_baseline")[rows]
    blank = bool(((both | unsure) & ((now == NAT) | (before == NAT) | (before <= 0))).any() or unsure.any())
    after, base = int(now[both & (now != NAT)].sum()), int(before[both & (before != NAT)].sum())
    out = Outcome.blank(end[use], np.full(int(use.sum()), NAT, np.int64))
    every = np.ones(int(use.sum()), bool)
    out.settle(np.asarray(context.as_of <= end[use]), Verdict.PENDING, Reason.INSIDE)
    out.settle(every & blank, Verdict.NO_DATA, Reason.NULL_VALUE, 0)
    out.settle(every & (not both.any()), Verdict.NOT_APPLICABLE, Reason.NONE_DUE)
    reached = enough(np.full(len(every), after), np.full(len(every), base), 100 + percent[use])
    out.settle(reached, Verdict.MET, Reason.ENOUGH)
    out.settle(every, Verdict.BREACHED, Reason.BELOW)
    frame = pd.DataFrame({"id": pd.Series(keys[use], dtype="str")})
    years = View(COHORT, Table(COHORT, frame, EntityFacts(frozenset({"id"})), NAT), np.arange(len(frame)))
    made = Judgement(
        card, years, years.pos, out, ("customer.clv_baseline",), start[use], out.due, "calendar_period"
    )
    made.lasting = True
    return made


# ---- who may see records -------------------------------------------------------------------------------
def access_rights(context: Context, card: Card) -> Judgement:
    """Each grant that stands at the end of a month is held by direct staff of that month, or by their superiors.

    Direct are those to whom a case was assigned in the month (its assignee, or an assignment of that time) or
    who are responsible or accountable for a task; a signed exemption stands for anybody else (reading
    access_scope). Service accounts need one. Where accesses are on record, a grant is broken too by one of its
    holder in that month to a case that was neither theirs at the time nor their people's. A grant that says how
    far it reaches is held against that (``audits.access_scopes``).
    """
    who = population(context, card, "granted_at")
    view, rows = who.view, who.rows
    since = context.day_start([context.rules.standards[card.standard].since])[0]
    begin = max(int(since), context.period.start)
    numbers = context.numbers_of(np.array([begin, context.as_of], np.int64), 1)
    keys, start, end = context.months(np.arange(numbers[0], numbers[1] + 1), 1)
    granted, revoked = view.ts("granted_at")[rows], view.ts("revoked_at")[rows]
    stands = (granted[:, None] <= end) & ((revoked[:, None] == NAT) | (revoked[:, None] > end))
    place, month = np.nonzero(stands)
    allowed = _rightful(context, view, rows, (start, end))
    reach = reaches(context, view, rows, allowed, (start, end))
    strayed = _strayed(context, view, rows, (start, end))
    due = end[month]
    narrow = View(view.name, view.base, view.pos[rows][place], occurrence=keys[month], owner=view.owner)
    mine = type(who)(narrow, np.arange(len(place)), who.hole[place], who.field[place], who.filters)
    service = narrow.values("holder_kind").index("service_account")
    kind, exempt = narrow.code("holder_kind"), filled(narrow, "exemption")
    out = Outcome.blank(due, np.full(len(due), NAT, np.int64))
    out.settle(exempt, Verdict.MET, Reason.COMPLETE)
    out.settle_holes(narrow.hole("exemption"), 2)
    out.settle(strayed[place, month], Verdict.BREACHED, Reason.NOT_ALLOWED, 3)
    out.settle(np.asarray(context.as_of <= due), Verdict.PENDING, Reason.INSIDE)
    out.settle(kind == service, Verdict.BREACHED, Reason.NOT_ALLOWED)
    out.settle(reach.beyond[place, month], Verdict.BREACHED, Reason.NOT_ALLOWED, 4)
    out.settle_holes(reach.hole[place, month], 4)
    out.settle(allowed[place, month], Verdict.MET, Reason.COMPLETE)
    out.settle_holes(narrow.hole("holder_id"), 0)
    out.settle(~filled(narrow, "holder_id"), Verdict.NO_DATA, Reason.NULL_VALUE, 0)
    out.settle(kind < 0, Verdict.NO_DATA, Reason.NULL_VALUE, 1)
    out.settle(np.ones(len(due), bool), Verdict.BREACHED, Reason.NOT_ALLOWED)
    fields = ("holder_id", "holder_kind", "exemption", "access_event.case_id", "scope")
    made = judgement(card, mine, out, fields, start[month], period_at=due)
    made.clock = "calendar_period"
    return made


def _rightful(context: Context, view: View, rows: Ints, months: tuple[Ints, Ints]) -> Bools:
    """Grants whose holder was direct staff in each month, or stands above somebody who was."""
    tables, (start, end) = context.tables, months
    size = len(tables["staff"])
    out = np.zeros((len(rows), len(start)), bool)
    if not size:
        return out
    holder = tables.link("access_grant", "holder_id", "staff")[view.pos[rows]]
    for number in range(len(start)):
        direct = with_superiors(context, _direct(context, int(start[number]), int(end[number]), size))
        out[:, number] = (holder >= 0) & direct[np.maximum(holder, 0)]
    return out


def _direct(context: Context, start: int, end: int, size: int) -> Bools:
    """Staff to whom work was assigned at some time of a month."""
    direct = on_tasks(context, size)
    direct[work_of(context, start, end)[1]] = True
    return direct


def _strayed(context: Context, view: View, rows: Ints, months: tuple[Ints, Ints]) -> Bools:
    """Grants whose holder looked in a month at a case that was not theirs at the time (of the kind granted)."""
    tables, (start, end) = context.tables, months
    out = np.zeros((len(rows), len(start)), bool)
    if "access_event" not in tables or not len(tables["staff"]):
        return out
    event = tables["access_event"]
    at = event.ts("at")
    actor = tables.link("access_event", "actor_id", "staff")
    case = tables.link("access_event", "case_id", "case")
    month = np.searchsorted(start, at, "right") - 1
    odd = (at != NAT) & (actor >= 0) & (case >= 0) & (month >= 0) & (at <= end[-1])
    odd[odd] &= ~_of_their_own(context, actor[odd], case[odd], at[odd])
    holder = tables.link("access_grant", "holder_id", "staff")[view.pos[rows]]
    kind = event.text("entity").fillna("")
    granted = view.text("entity").iloc[rows].fillna("").reset_index(drop=True)
    for name in granted.unique():
        mine = odd & ((kind == name).to_numpy(dtype=bool) | (name == ""))
        seen = np.zeros((len(tables["staff"]), len(start)), bool)
        seen[actor[mine], month[mine]] = True
        here = (granted == name).to_numpy(dtype=bool) & (holder >= 0)
        out[here] = seen[holder[here]]
    return out


def _of_their_own(context: Context, actor: Ints, case: Ints, at: Ints) -> Bools:
    """Whether the case lay then with the actor or somebody below; its assignee of today only without a history."""
    tables = context.tables
    own, number = np.zeros(len(actor), bool), np.arange(len(actor))
    held = tables.link("case", "assignee_id", "staff")[case]
    if "assignment" in tables:
        table, on = tables["assignment"], tables.link("assignment", "case_id", "case")
        held = np.where(np.isin(case, on), -1, held)
        told = pd.DataFrame({"case": on, "row": np.arange(len(on))})
        both = pd.DataFrame({"case": case, "event": number}).merge(told, on="case")
        event, row = both["event"].to_numpy(), both["row"].to_numpy()
        began, ended = table.ts("began_at")[row], table.ts("ended_at")[row]
        then = (began != NAT) & (began <= at[event]) & ((ended == NAT) | (at[event] <= ended))
        number = np.append(number, event[then])
        held = np.append(held, tables.link("assignment", "staff_id", "staff")[row[then]])
    above = tables.link("staff", "manager_id", "staff")
    for _ in range(8):  # longer chains of superiors are circles
        own[number[(held >= 0) & (held == actor[number])]] = True
        held = np.where(held >= 0, above[np.maximum(held, 0)], -1)
    return own
