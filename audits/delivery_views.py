"""Acceptances, deliverables and deviations with what their neighbours say of them.

Readings decide here: surveys_without_link, bounced_surveys, qa_unit, deviation_base,
deviation_borders, deviation_growth.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from audits.calendars import Due, WorkingCalendar
from audits.model import DECIMAL_SCALE, MODEL
from audits.tables import Ints, Table, Tables, first_by, last_by, positions
from audits.views import View
from audits.words import DAY, NAT, Reason

Bools = npt.NDArray[np.bool_]

_SURVEY_KINDS: Final = MODEL["survey"].fields["kind"].values
_PASS: Final = MODEL["qa_check"].fields["result"].values.index("pass")
_CLIENT: Final = MODEL["acceptance_item"].fields["tested_by"].values.index("client")


def plain_view(tables: Tables, entity: str, owner: str = "owner_id") -> View:
    """Every row of an entity, nothing derived."""
    base = tables[entity]
    return View(entity, base, np.arange(len(base), dtype=np.int64), owner=owner)


def acceptance_view(
    tables: Tables, calendar: WorkingCalendar, survey_days: int, *, bounced_count: bool = False
) -> View:
    """Acceptances with the survey that belongs to each and the state of its items.

    Derived: ``survey_sent_at`` (first survey that counts), and of the items ``items``, ``untested``,
    ``not_by_client``, ``failed``, ``unplanned`` (counts) and ``last_tested_at``.
    """
    view = plain_view(tables, "acceptance")
    if "survey" in tables:
        _link_surveys(view, tables, calendar.working_days_due, survey_days, bounced_count)
    if "acceptance_item" in tables:
        _count_items(view, tables["acceptance_item"])
    return view


def _link_surveys(
    view: View, tables: Tables, due_after: Callable[[Ints, int], Due], days: int, bounced_count: bool
) -> None:
    acceptance, survey = view.base, tables["survey"]
    signed, sent = acceptance.ts("confirmed_at"), survey.ts("sent_at")
    due = due_after(signed, days).latest
    kind = survey.enum("kind")
    usable = (
        (sent != NAT)
        & ((survey.flag("bounced") != 1) | bounced_count)
        & (kind == _SURVEY_KINDS.index("acceptance"))
    )
    named = positions(survey.text("acceptance_id"), acceptance.text("id"))
    guess, ambiguous = _guess(view, survey, usable & (named < 0), signed, due)
    whose = np.where(named >= 0, named, guess)
    since = np.where(survey.coarse("sent_at"), sent + DAY - 1, sent)
    counts = (
        usable
        & (whose >= 0)
        & (since >= signed[np.maximum(whose, 0)])
        & (signed[np.maximum(whose, 0)] != NAT)
    )
    first = first_by(
        np.where(counts, whose, -1), np.where(counts, np.maximum(sent, _at(signed, whose)), NAT), len(view)
    )
    view.stamps["survey_sent_at"] = first
    view.holes["survey_sent_at"] = np.where((first == NAT) & ambiguous, Reason.NO_LINK, 0).astype(np.int16)


def _at(values: Ints, rows: Ints) -> Ints:
    return values[np.maximum(rows, 0)]


def _guess(view: View, survey: Table, loose: Bools, signed: Ints, due: Ints) -> tuple[Ints, Bools]:
    """Surveys that name no acceptance: the one of the same customer in whose window they were sent.

    Returns the acceptance row of each survey (-1 for none or several), and the acceptances that must
    stay open because a survey could be theirs. Few surveys lack a link, so they are walked one by one.
    """
    guess, unsure = np.full(len(survey), -1, np.int64), np.zeros(len(view), bool)
    sent = survey.ts("sent_at")
    theirs = survey.text("customer_id").to_numpy(dtype=object, na_value="")
    whose = view.base.text("customer_id").to_numpy(dtype=object, na_value="")
    for row in np.flatnonzero(loose):
        inside = (signed != NAT) & (signed <= sent[row]) & (sent[row] <= due)
        if not theirs[row]:
            unsure |= inside
            continue
        candidates = np.flatnonzero(inside & (whose == theirs[row]))
        if len(candidates) == 1:
            guess[row] = candidates[0]
        else:
            unsure[candidates] = True
    return guess, unsure


def _count_items(view: View, item: Table) -> None:
    whose = positions(item.text("acceptance_id"), view.base.text("id"))
    passed = item.flag("passed")
    untested = (passed < 0) | (item.ts("tested_at") == NAT) if item.has("tested_at") else passed < 0
    stranger = (item.enum("tested_by") != _CLIENT) & (item.enum("tested_by") >= 0)
    unplanned = (passed == 0) & ~_has_plan(view, item, whose)
    for name, rows in {
        "items": np.ones(len(item), bool),
        "untested": untested,
        "not_by_client": stranger & ~untested,
        "failed": passed == 0,
        "unplanned": unplanned,
    }.items():
        view.numbers[name] = np.bincount(whose[rows & (whose >= 0)], minlength=len(view)).astype(np.int64)
    view.stamps["last_tested_at"] = last_by(whose, item.ts("tested_at"), len(view))


def _has_plan(view: View, item: Table, whose: Ints) -> Bools:
    """A plan on the item itself; on the acceptance only where items have no such column."""
    if item.has("plan_text"):
        return np.asarray(item.number("plan_text") > 0)
    planned = view.base.ts("rectification_plan_at") != NAT
    return np.asarray((whose >= 0) & planned[np.maximum(whose, 0)])


def deliverable_view(tables: Tables) -> View:
    """Delivered deliverables with their last QA check up to the delivery.

    Derived: ``checked_at``, ``items_passed``, ``items_total``, ``check_passed`` (1, 0, -1 unknown).
    """
    base, check = tables["deliverable"], tables["qa_check"]
    view = plain_view(tables, "deliverable")
    delivered = base.ts("delivered_at")
    limit = np.where(base.coarse("delivered_at"), delivered + DAY - 1, delivered)
    whose = positions(check.text("deliverable_id"), base.text("id"))
    at = check.ts("checked_at")
    before = (whose >= 0) & (at != NAT) & (at <= _at(limit, whose)) & (_at(delivered, whose) != NAT)
    rows = np.flatnonzero(before)
    order = rows[np.lexsort((check.number("round")[rows], at[rows], whose[rows]))]
    last = np.full(len(base), -1, np.int64)
    last[whose[order]] = order
    found = last >= 0
    view.stamps["checked_at"] = np.where(found, at[last], NAT)
    result = check.enum("result")
    passed = np.where(result < 0, -1, result == _PASS)
    view.codes["check_passed"] = np.where(found, passed[last], -1).astype(np.int16)
    for name in ("items_passed", "items_total"):
        view.numbers[name] = np.where(found, check.number(name)[last], NAT)
    return view


def deviation_view(tables: Tables) -> View:
    """Deviations behind plan, graded: points of the plan, 10 and 30 the upper ends of levels 1 and 2.

    Derived: ``points`` (billionths, NAT = unknown), ``level`` (1 to 3, -1 = unknown), ``began_at``
    (crossing into the level, else detection).
    """
    base = tables["deviation"]
    planned, actual = base.number("planned_pct"), base.number("actual_pct")
    known = (planned != NAT) & (actual != NAT)
    points = np.where(known, planned - actual, NAT)
    rows = np.flatnonzero(~known | (points > 0))
    view = View("deviation", base, rows, owner="owner_id")
    points = points[rows]
    view.numbers["points"] = points
    level = 1 + (points > 10 * DECIMAL_SCALE).astype(np.int16) + (points > 30 * DECIMAL_SCALE)
    view.codes["level"] = np.where(points == NAT, -1, level).astype(np.int16)
    crossed, detected = base.ts("crossed_at")[rows], base.ts("detected_at")[rows]
    view.stamps["began_at"] = np.where(crossed != NAT, crossed, detected)
    names = np.array(["", "L1", "L2", "L3"], dtype=object)
    view.occurrence = names[np.maximum(view.codes["level"], 0)]
    return view
