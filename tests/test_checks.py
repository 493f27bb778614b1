"""The checks alone, row by row on their exact edges: what each returns, and which field it blames."""

from typing import Any

import numpy as np
import pandas as pd

from audits.calendars import Due
from audits.checks.cadence import cadence
from audits.checks.completeness import completeness
from audits.checks.confidentiality import confidentiality
from audits.checks.deadline import deadline
from audits.checks.format import format_
from audits.checks.membership import membership
from audits.checks.outcome import Outcome, after
from audits.checks.rate import enough, needed, rate
from audits.checks.sequence import runs_back
from audits.checks.threshold import grade, share
from audits.words import DAY, NAT, Reason, Verdict

NOW = 100


def ints(*values: int) -> Any:
    return np.array(values, np.int64)


def bools(*values: int) -> Any:
    return np.array(values, bool)


def codes(*values: int) -> Any:
    return np.array(values, np.int16)


def told(out: Outcome) -> list[tuple[str, str, int]]:
    """Verdict, reason and the place of the field blamed, row by row."""
    return [
        (Verdict(v).name, Reason(r).name, int(f))
        for v, r, f in zip(out.verdict, out.reason, out.field, strict=True)
    ]


def due(*at: int) -> Due:
    return Due(ints(*at), ints(*at), ints(*at))


# ---- cadence -------------------------------------------------------------------------------------------
def test_a_rhythm_counts_up_to_its_least_number_and_waits_for_the_end_of_its_period() -> None:
    out = cadence(ints(2, 1, 1, 1, 1), 2, ints(99, 100, 99, 99, 101), NOW, bools(0, 1, 1, 0, 0))
    assert told(out) == [
        ("MET", "ENOUGH", -1),
        ("PENDING", "INSIDE", -1),
        ("BREACHED", "MISSING", -1),
        ("NO_DATA", "ROW_MISSING", 0),
        ("PENDING", "INSIDE", -1),
    ]
    assert out.due.tolist() == [99, 100, 99, 99, 101]
    assert out.done.tolist() == [NAT] * 5
    assert out.done.dtype == np.int64


# ---- completeness --------------------------------------------------------------------------------------
def complete(present: Any, done: Any, when: Due, holes: Any = None) -> Outcome:
    n = len(present)
    return completeness(present, holes or [codes(*[0] * n), codes(*[0] * n)], done, when, NOW)


def test_what_is_there_in_time_is_complete_and_one_instant_later_is_late() -> None:
    out = complete(bools(1, 1, 1), ints(50, 51, NAT), due(50, 50, 50))
    assert told(out) == [("MET", "COMPLETE", -1), ("BREACHED", "LATE", -1), ("MET", "COMPLETE", -1)]
    assert out.done.tolist() == [50, 51, NAT]


def test_what_is_missing_is_pending_up_to_its_due_instant_and_then_broken() -> None:
    out = complete(bools(0, 0, 0), ints(5, 5, 5), due(101, 100, 99))
    assert [one[1] for one in told(out)] == ["INSIDE", "INSIDE", "MISSING"]
    assert out.done.tolist() == [NAT] * 3  # what is not there was not done


def test_beyond_the_calendar_only_what_both_bounds_say_is_said() -> None:
    when = Due(ints(NAT, NAT, NAT, NAT), ints(90, 90, 120, 120), ints(110, 110, 130, 130))
    out = complete(bools(1, 1, 0, 1), ints(90, 91, NAT, 131), when)
    assert told(out) == [
        ("MET", "COMPLETE", -1),
        ("NO_DATA", "BEYOND_CALENDAR", 1),
        ("PENDING", "INSIDE", -1),
        ("BREACHED", "LATE", -1),
    ]
    open_ = complete(
        bools(0, 0, 0), ints(NAT, NAT, NAT), Due(ints(NAT, NAT, NAT), ints(90, 99, 80), ints(110, 100, 99))
    )
    assert [one[1:] for one in told(open_)] == [
        ("BEYOND_CALENDAR", 1),
        ("BEYOND_CALENDAR", 1),
        ("MISSING", -1),
    ]


def test_holes_are_blamed_in_their_order_and_a_start_that_is_not_known_only_where_something_is_missing() -> (
    None
):
    holes = [codes(Reason.UNMAPPED_VALUE, 0, 0, 0), codes(Reason.NULL_VALUE, Reason.UNREADABLE, 0, 0)]
    when = due(50, 50, NAT, NAT)
    assert told(complete(bools(1, 1, 0, 1), ints(1, 1, NAT, 7), when, holes)) == [
        ("NO_DATA", "UNMAPPED_VALUE", 0),
        ("NO_DATA", "UNREADABLE", 1),
        ("NO_DATA", "NO_START", 1),
        ("MET", "COMPLETE", -1),
    ]


# ---- confidentiality -----------------------------------------------------------------------------------
def test_one_forbidden_event_breaks_and_one_unknown_leaves_undecided() -> None:
    out = confidentiality(
        ints(1, 1, 1, 0, 0),
        ints(1, 0, 0, 0, 0),
        ints(1, 1, 0, 0, 0),
        bools(0, 1, 0, 1, 0),
        ints(1, 2, 3, 4, 5),
    )
    assert told(out) == [
        ("BREACHED", "NOT_ALLOWED", -1),
        ("NO_DATA", "NULL_VALUE", 0),
        ("MET", "COMPLETE", -1),
        ("MET", "COMPLETE", -1),
        ("NO_DATA", "ROW_MISSING", 0),
    ]
    assert out.due.tolist() == [1, 2, 3, 4, 5]
    assert out.done.tolist() == [NAT] * 5
    assert out.done.dtype == np.int64


# ---- deadline ------------------------------------------------------------------------------------------
def timed(start: Any, end: Any, when: Due, **more: Any) -> Outcome:
    n = len(start)
    given: dict[str, Any] = {
        "start_hole": codes(*[0] * n), "end_hole": codes(*[0] * n), "closed": bools(*[0] * n),
        "bound": ints(*[NAT] * n), "before_since": bools(*[0] * n), "absence_proves": bools(*[1] * n),
    }  # fmt: skip
    return deadline(start, end, when, NOW, **(given | more))


def test_done_at_the_due_instant_is_in_time_and_one_later_is_late() -> None:
    out = timed(ints(10, 10, 10, 10), ints(50, 51, 10, 9), due(50, 50, 50, 50))
    assert [one[1:] for one in told(out)] == [
        ("IN_TIME", -1),
        ("LATE", -1),
        ("IN_TIME", -1),
        ("END_BEFORE_START", 1),
    ]


def test_open_is_pending_up_to_the_due_instant_and_then_broken_where_absence_proves() -> None:
    out = timed(ints(1, 1, 1), ints(NAT, NAT, NAT), due(100, 99, 99), absence_proves=bools(0, 1, 0))
    assert told(out) == [
        ("PENDING", "INSIDE", -1),
        ("BREACHED", "OPEN_LATE", -1),
        ("NO_DATA", "ROW_MISSING", 1),
    ]


def test_a_later_stamp_bounds_an_act_only_inside_the_limit_and_after_the_start() -> None:
    closed = {"closed": bools(1, 1, 1, 1)}
    out = timed(ints(10, 10, 10, 10), ints(*[NAT] * 4), due(*[50] * 4), bound=ints(50, 51, 9, 10), **closed)
    assert [one[1:] for one in told(out)] == [("BOUNDED", -1), ("NO_END", 1), ("NO_END", 1), ("BOUNDED", -1)]


def test_an_end_known_between_two_instants_is_judged_when_both_say_the_same() -> None:
    out = timed(ints(1, 1, 1, 1), ints(50, 60, 60, 60), due(50, 50, 50, 50), end_after=ints(40, 50, 49, NAT))
    assert [one[1:] for one in told(out)] == [("BOUNDED", -1), ("LATE", -1), ("ONLY_BOUND", 1), ("LATE", -1)]


def test_a_deadline_blames_its_holes_and_what_was_not_kept_yet() -> None:
    hole = Reason.STAMP_TOO_COARSE
    out = timed(
        ints(1, NAT, 1, 1, 1), ints(NAT, 5, 5, NAT, 5), due(50, 50, 50, 50, 50),
        start_hole=codes(hole, 0, 0, 0, 0), end_hole=codes(0, 0, hole, 0, 0), before_since=bools(0, 0, 0, 1, 1),
    )  # fmt: skip
    assert [one[1:] for one in told(out)] == [
        ("STAMP_TOO_COARSE", 0),
        ("NO_START", 0),
        ("STAMP_TOO_COARSE", 1),
        ("BEFORE_SINCE", 1),
        ("IN_TIME", -1),
    ]


def test_a_deadline_beyond_the_calendar_says_only_what_both_bounds_say() -> None:
    when = Due(ints(*[NAT] * 5), ints(90, 90, 90, 120, 90), ints(110, 110, 110, 130, 100))
    out = timed(ints(1, 1, 1, 1, 1), ints(90, 111, 91, NAT, NAT), when)
    assert [one[1:] for one in told(out)] == [
        ("IN_TIME", -1),
        ("LATE", -1),
        ("BEYOND_CALENDAR", 1),
        ("INSIDE", -1),
        ("BEYOND_CALENDAR", 1),
    ]
    bounds = Due(ints(NAT, NAT), ints(90, 90), ints(110, 95))
    at_the_bound = timed(ints(1, 1), ints(110, 91), bounds)
    assert [one[1:] for one in told(at_the_bound)] == [("BEYOND_CALENDAR", 1)] * 2
    assert timed(ints(1), ints(7), due(9)).done.tolist() == [7]


# ---- format and membership -----------------------------------------------------------------------------
def test_a_pattern_fits_from_end_to_end_with_ascii_digits_only() -> None:
    texts = pd.Series(["12", "１２", "12\n", "112", None, None, "x", None], dtype="str")
    hole = codes(0, 0, 0, 0, 0, 0, 0, Reason.UNREADABLE)
    out = format_(texts, r"\d\d", hole, ints(99, 99, 99, 99, 99, 100, 101, 99), NOW)
    assert [one[1:] for one in told(out)] == [
        ("COMPLETE", -1),
        *[("ILL_FORMED", -1)] * 3,
        ("MISSING", -1),
        *[("INSIDE", -1)] * 2,
        ("UNREADABLE", 0),
    ]
    assert out.due.tolist() == out.done.tolist() == [99, 99, 99, 99, 99, 100, 101, 99]


def test_a_value_is_among_those_allowed_or_still_has_time() -> None:
    hole = codes(0, 0, 0, 0, Reason.UNMAPPED_VALUE, 0)
    out = membership(codes(1, 2, -1, 2, 1, 0), frozenset({1}), hole, ints(99, 99, 99, 100, 99, 99), NOW)
    assert [one[1:] for one in told(out)] == [
        ("COMPLETE", -1),
        ("NOT_ALLOWED", -1),
        ("MISSING", -1),
        ("INSIDE", -1),
        ("UNMAPPED_VALUE", 0),
        ("NOT_ALLOWED", -1),
    ]
    assert out.due.tolist() == out.done.tolist() == [99, 99, 99, 100, 99, 99]


# ---- outcome -------------------------------------------------------------------------------------------
def test_the_first_rule_that_fits_counts_and_blames_nobody_unless_it_says_so() -> None:
    out = Outcome.blank(ints(1, 2, 3), ints(4, 5, 6))
    assert out.verdict.tolist() == out.field.tolist() == [-1] * 3
    assert {out.verdict.dtype, out.reason.dtype, out.field.dtype} == {np.dtype(np.int8)}
    out.settle_holes(codes(0, Reason.NULL_VALUE, 0), 2)
    out.settle(bools(1, 1, 0), Verdict.MET, Reason.COMPLETE)
    out.settle_holes(codes(Reason.NO_END, Reason.NO_END, 0), 1)
    out.settle(bools(1, 1, 1), Verdict.BREACHED, Reason.MISSING, 3)
    assert told(out) == [("MET", "COMPLETE", -1), ("NO_DATA", "NULL_VALUE", 2), ("BREACHED", "MISSING", 3)]
    assert after(ints(5, NAT), 7).tolist() == [12, NAT]


# ---- rate and threshold --------------------------------------------------------------------------------
def test_a_share_is_compared_in_whole_numbers() -> None:
    assert enough(ints(80, 79, 0), ints(100, 100, 0), 80).tolist() == [True, False, True]
    assert [needed(100, 95), needed(59, 95), needed(20, 95), needed(0, 95), needed(1, 1)] == [
        95,
        57,
        19,
        0,
        1,
    ]


def test_a_rate_waits_for_its_cohort_and_stays_undecided_where_holes_could_tip_it() -> None:
    part, known, unknown = (
        ints(80, 79, 79, 0, 80, 79, 0),
        ints(100, 100, 99, 0, 100, 98, 0),
        ints(0, 0, 1, 0, 0, 1, 3),
    )
    out = rate(part, known, unknown, ints(*[80] * 7), ints(99, 99, 99, 99, 100, 99, 99), NOW)
    assert told(out) == [
        ("MET", "ENOUGH", -1),
        ("BREACHED", "BELOW", -1),
        ("NO_DATA", "UNDECIDED", 0),
        ("NOT_APPLICABLE", "NONE_DUE", -1),
        ("PENDING", "INSIDE", -1),
        ("NO_DATA", "UNDECIDED", 0),
        ("NO_DATA", "UNDECIDED", 0),
    ]
    assert out.done.tolist() == [NAT] * 7
    assert out.done.dtype == np.int64


def test_steps_run_back_only_when_a_later_one_lies_before_an_earlier_one() -> None:
    coarse = [bools(0, 0, 0, 0, 0)] * 3
    steps = [ints(1, 2, NAT, 3, 2), ints(2, 2, 5, NAT, 1), ints(3, 2, 4, 1, 9)]
    assert runs_back(steps, coarse).tolist() == [False, False, True, True, True]


def test_a_step_of_a_whole_day_runs_back_only_when_its_day_lies_before() -> None:
    by_day = [bools(0, 0, 0), bools(1, 1, 0)]
    steps = [
        ints(DAY, DAY, DAY),
        ints(1, 0, 1),
    ]  # the day of the second step ends at DAY, at DAY - 1; an instant
    assert runs_back(steps, by_day).tolist() == [False, True, True]


def test_the_share_of_one_record_needs_both_counts_and_a_part_inside_the_whole() -> None:
    part, whole = (
        ints(95, 94, NAT, 95, 0, 101, -1, 0, 100, 1),
        ints(100, 100, 100, NAT, 0, 100, 100, 100, 100, 1),
    )
    hole = codes(*[0] * 9, Reason.UNREADABLE)
    out = share(part, whole, ints(*[95] * 10), ints(*range(10)), [codes(*[0] * 10), codes(*[0] * 10), hole])
    assert told(out) == [
        ("MET", "ENOUGH", -1),
        ("BREACHED", "BELOW", -1),
        ("NO_DATA", "NULL_VALUE", 0),
        ("NO_DATA", "NULL_VALUE", 1),
        ("NO_DATA", "NULL_VALUE", 1),
        ("NO_DATA", "NULL_VALUE", 0),
        ("NO_DATA", "NULL_VALUE", 0),
        ("BREACHED", "BELOW", -1),
        ("MET", "ENOUGH", -1),
        ("NO_DATA", "UNREADABLE", 2),
    ]
    assert out.due.tolist() == out.done.tolist() == list(range(10))
    assert told(share(ints(0), ints(1), ints(95), ints(0), [codes(0)])) == [("BREACHED", "BELOW", -1)]
    assert told(share(ints(1), ints(1), ints(95), ints(0), [codes(0)])) == [("MET", "ENOUGH", -1)]


def test_a_level_is_graded_by_its_due_instant() -> None:
    nothing, hole = codes(*[0] * 8), Reason.UNMAPPED_VALUE
    holes = [codes(hole, *[0] * 7), codes(0, hole, *[0] * 6), codes(0, 0, hole, *[0] * 5)]
    recorded, computed = ints(1, 1, 2, 2, NAT, NAT, 1, 1), ints(1, 1, 1, 1, 1, 1, -1, 0)
    out = grade(recorded, computed, ints(99, 99, 99, 99, 100, 99, 99, NAT), NOW, holes)
    assert told(out) == [
        ("NO_DATA", "UNMAPPED_VALUE", 0),
        ("NO_DATA", "UNMAPPED_VALUE", 1),
        ("NO_DATA", "UNMAPPED_VALUE", 2),
        ("BREACHED", "WRONG_LEVEL", -1),
        ("PENDING", "INSIDE", -1),
        ("BREACHED", "MISSING", -1),
        ("NO_DATA", "NULL_VALUE", 1),
        ("NO_DATA", "NO_START", 2),
    ]
    assert out.done.tolist() == [NAT] * 8
    assert out.done.dtype == np.int64
    early = grade(ints(1, 0), ints(1, 0), ints(200, NAT), NOW, [nothing[:2]] * 3)
    assert told(early) == [("MET", "COMPLETE", -1)] * 2
