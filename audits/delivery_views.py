"""Acceptances, deliverables and deviations with what their neighbours say of them.

Readings decide here: surveys_without_link, bounced_surveys, qa_unit, deviation_base,
deviation_borders, deviation_growth.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from audits.calendars import WorkingCalendar
from audits.model import DECIMAL_SCALE, MODEL
from audits.tables import NULL, Codes, Ints, Table, Tables, first_by, last_by
from audits.views import View
from audits.words import DAY, NAT, Reason

Bools = npt.NDArray[np.bool_]

_ACCEPTANCE: Final = MODEL["survey"].fields["kind"].values.index("acceptance")
_PASS: Final = MODEL["qa_check"].fields["result"].values.index("pass")
_NOT_GIVEN: Final = int(Reason.FIELD_NOT_PROVIDED)
#: Steps that show that an acceptance has begun.
_BEGUN: Final = (
    "applied_at", "formal_started_at", "formal_finished_at", "rectification_plan_at", "rectified_at",
    "confirmed_at",
)  # fmt: skip
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
    ``not_by_client``, ``failed``, ``unplanned`` (counts) and ``last_tested_at``. An acceptance begins with
    its application; one that shows a later step has begun without it.
    """
    view = plain_view(tables, "acceptance")
    unread = view.timed_hole("applied_at", coarse_is_enough=True) != 0
    view.begun = np.any([view.ts(step) != NAT for step in _BEGUN], axis=0) | unread
    if "survey" in tables:
        _link_surveys(view, tables, calendar.working_days_due(view.ts("confirmed_at"), survey_days).latest,
                      bounced_count=bounced_count)  # fmt: skip
    if "acceptance_item" in tables:
        _count_items(view, tables)
    return view


def _link_surveys(view: View, tables: Tables, due: Ints, *, bounced_count: bool) -> None:
    """Stamp each acceptance with the first survey that counts; NO_LINK where one may be its, or may not."""
    survey, signed = tables["survey"], view.ts("confirmed_at")
    sent, until = survey.ts("sent_at"), _end_of_day(survey, "sent_at")
    kind = survey.enum("kind")
    ours = ((kind == _ACCEPTANCE) | (kind < 0)) & (bounced_count | (survey.flag("bounced") != 1))
    unsure = kind < 0  # perhaps a survey of something else
    named = tables.link("survey", "acceptance_id", "acceptance")
    guess, doubted = _guess(view, survey, ours & (sent != NAT) & (named < 0), signed, due)
    whose = np.where(named >= 0, named, guess)
    began = _at(signed, whose)
    counts = ours & (whose >= 0) & (sent != NAT) & (began != NAT) & (until >= began)
    doubted |= np.bincount(whose[counts & unsure], minlength=len(view)).astype(bool)
    unread = ours & (named >= 0) & survey.unread("sent_at")
    doubted |= np.bincount(named[unread], minlength=len(view)).astype(bool)
    sure = np.where(counts & ~unsure, whose, -1)
    first = first_by(sure, np.where(sure >= 0, np.maximum(sent, began), NAT), len(view))
    view.stamps["survey_sent_at"] = first
    view.holes["survey_sent_at"] = np.where((first == NAT) & doubted, Reason.NO_LINK, 0).astype(np.int16)
    if not survey.has("sent_at"):
        view.holes["survey_sent_at"][:] = _NOT_GIVEN
    view.blame["survey_sent_at"] = "survey.sent_at"


def _at(values: Ints, rows: Ints) -> Ints:
    return values[np.maximum(rows, 0)] if len(values) else np.full(len(rows), NAT, np.int64)


def _end_of_day(table: Table, field: str) -> Ints:
    """A stamp without a time of day lasts until its day ends (reading same_day_after); others as they are."""
    at = table.ts(field)
    return np.where(table.coarse(field) & (at != NAT), at + DAY - 1, at)


def _guess(view: View, survey: Table, loose: Bools, signed: Ints, due: Ints) -> tuple[Ints, Bools]:
    """Surveys that name no acceptance: the one of the same customer in whose window they were sent.

    Returns the acceptance row of each survey (-1 for none or several), and the acceptances that must
    stay open because a survey could be theirs: two candidates, no known customer on either side, or a
    survey that names an acceptance nobody knows. Few surveys lack a link, so they are walked one by one.
    """
    guess, unsure = np.full(len(survey), -1, np.int64), np.zeros(len(view), bool)
    sent, until = survey.ts("sent_at"), _end_of_day(survey, "sent_at")
    theirs = survey.text("customer_id").to_numpy(dtype=object, na_value="")
    strays = survey.text("acceptance_id").notna().to_numpy()
    whose = view.base.text("customer_id").to_numpy(dtype=object, na_value="")
    for row in np.flatnonzero(loose):
        inside = (signed != NAT) & (signed <= until[row]) & (sent[row] <= due)
        known = np.asarray(whose == theirs[row]) if theirs[row] else np.zeros(len(view), bool)
        candidates = np.flatnonzero(inside & (known | (whose == "") | (not theirs[row])))
        if len(candidates) == 1 and known[candidates[0]] and not strays[row]:
            guess[row] = candidates[0]
        else:
            unsure[candidates] = True
    return guess, unsure


def _count_items(view: View, tables: Tables) -> None:
    """Counts of the items of each acceptance by what is wrong with them, and holes in what says so."""
    item, whose = tables["acceptance_item"], tables.link("acceptance_item", "acceptance_id", "acceptance")
    passed = np.where(item.future("tested_at"), NULL, item.flag("passed"))
    untested = (passed < 0) | (item.ts("tested_at") == NAT) if item.has("tested_at") else passed < 0
    stranger = item.enum("tested_by") != _CLIENT  # nobody named: not shown to be the client
    for name, rows in {
        "items": np.ones(len(item), bool),
        "untested": untested,
        "not_by_client": stranger & ~untested,
        "failed": passed == 0,
        "unplanned": (passed == 0) & ~_has_plan(view, item, whose),
    }.items():
        view.numbers[name] = np.bincount(whose[rows & (whose >= 0)], minlength=len(view)).astype(np.int64)
    for name in ("passed", "tested_by"):
        why = item.hole(name) if item.has(name) else np.full(len(item), _NOT_GIVEN, np.int16)
        rows = (whose >= 0) & (why != 0)
        view.holes[f"item_{name}"] = np.zeros(len(view), np.int16)
        view.holes[f"item_{name}"][whose[rows]] = why[rows]
        view.blame[f"item_{name}"] = f"acceptance_item.{name}"
    view.stamps["last_tested_at"] = last_by(whose, item.ts("tested_at"), len(view))


def _has_plan(view: View, item: Table, whose: Ints) -> Bools:
    """A plan on the item itself; on the acceptance only where items have no such column."""
    if item.has("plan_text"):
        return np.asarray(item.number("plan_text") > 0)
    planned = view.base.ts("rectification_plan_at") != NAT
    return np.asarray((whose >= 0) & planned[np.maximum(whose, 0)])


def deliverable_view(tables: Tables) -> View:
    """Delivered deliverables with their last QA check up to the delivery.

    Derived: ``checked_at``, ``items_passed``, ``items_total``, ``check_passed`` (1, 0, -1 unknown). A check
    whose instant could not be read leaves the deliverable's own unknown.
    """
    view = plain_view(tables, "deliverable")
    if "qa_check" not in tables:
        return view
    base, check = tables["deliverable"], tables["qa_check"]
    whose, at = tables.link("qa_check", "deliverable_id", "deliverable"), check.ts("checked_at")
    limit = _at(_end_of_day(base, "delivered_at"), whose)
    rows = np.flatnonzero((whose >= 0) & (at != NAT) & (limit != NAT) & (at <= limit))
    latest = last_by(whose[rows], at[rows], len(base))
    rows = rows[at[rows] == latest[whose[rows]]]
    rows = rows[np.argsort(check.number("round")[rows], kind="stable")]  # of several at once the last round
    last = np.full(len(base), -1, np.int64)
    last[whose[rows]] = rows
    found = last >= 0
    view.stamps["checked_at"] = np.where(found, _at(at, last), NAT)
    unread = (whose >= 0) & check.unread("checked_at")
    holes = np.zeros(len(base), np.int16)
    holes[whose[unread]] = check.hole("checked_at")[unread]
    view.holes["checked_at"] = np.where(found, 0, holes if check.has("checked_at") else _NOT_GIVEN).astype(
        np.int16
    )
    result = check.enum("result").astype(np.int64)
    view.codes["check_passed"] = np.where(
        found & (_at(result, last) >= 0), _at(result, last) == _PASS, -1
    ).astype(np.int16)
    for name in ("items_passed", "items_total"):
        why = check.hole(name).astype(np.int64) if check.has(name) else np.full(len(check), _NOT_GIVEN)
        view.numbers[name] = np.where(found, _at(check.number(name), last), NAT)
        view.holes[name] = np.where(found, _at(why, last), 0).astype(np.int16)
    view.blame = {name: f"qa_check.{name}" for name in ("checked_at", "items_passed", "items_total")}
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
    rows = np.flatnonzero((~known | (points > 0)) & ~base.future("detected_at"))
    view = View("deviation", base, rows, owner="owner_id")
    points = points[rows]
    view.numbers["points"] = points
    level = 1 + (points > 10 * DECIMAL_SCALE).astype(np.int16) + (points > 30 * DECIMAL_SCALE)
    view.codes["level"] = np.where(points == NAT, -1, level).astype(np.int16)
    view.holes["level"] = np.where(points != NAT, 0, _either(view, "planned_pct", "actual_pct")).astype(
        np.int16
    )
    crossed = view.ts("crossed_at")
    view.stamps["began_at"] = np.where(crossed != NAT, crossed, view.ts("detected_at"))
    at_detection = view.timed_hole("detected_at", coarse_is_enough=False)
    at_crossing = view.timed_hole("crossed_at", coarse_is_enough=False)
    by_crossing = (crossed != NAT) | (base.hole("crossed_at")[rows] != 0)
    view.holes["began_at"] = np.where(by_crossing, at_crossing, at_detection).astype(np.int16)
    view.blame = {"began_at": "deviation.detected_at", "level": "deviation.planned_pct"}
    names = np.array(["", "L1", "L2", "L3"], dtype=object)
    view.occurrence = names[np.maximum(view.codes["level"], 0)]
    return view


def _either(view: View, one: str, other: str) -> Codes:
    """The hole of one field, else of the other."""
    return np.where(view.hole(one) != 0, view.hole(one), view.hole(other)).astype(np.int16)
