"""Times against their limits: bins decided in integers, and no bin that says other than its verdict."""

from fractions import Fraction
from functools import cache
from math import ceil
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from audits.facts import Facts
from audits.judge import Judged, audit
from audits.periods import parse
from audits.story import story
from audits.times import BINS, in_bins, nearest_rank, times
from audits.words import Reason, Verdict
from tests.facts import ZONE, at, facts_of
from tests.test_cases import first_installation
from tests.test_judge_timing import iso

MINUTE = 60_000_000
LIMIT = 15 * MINUTE


def bins(*lengths: int, late: tuple[bool, ...] = ()) -> list[int]:
    counted = np.array(lengths, np.int64)
    broken = np.array(late, bool) if late else counted > LIMIT
    return [int(one) for one in in_bins(counted, np.full(len(counted), LIMIT, np.int64), broken)]


def test_a_tenth_holds_its_upper_end_and_the_limit_is_inside() -> None:
    tenth = LIMIT // 10
    assert bins(0, 1, tenth, tenth + 1, LIMIT - 1, LIMIT) == [0, 0, 0, 1, 9, 9]
    assert bins(LIMIT + 1, 2 * LIMIT, 2 * LIMIT + 1, 100 * LIMIT) == [10, 19, 20, 20]


def test_late_without_one_more_counted_moment_stands_beyond_the_limit() -> None:
    assert bins(LIMIT, LIMIT, late=(True, False)) == [10, 9]


@given(st.integers(1, 10**12), st.integers(0, 10**14))
def test_a_bin_is_what_the_exact_share_says(amount: int, counted: int) -> None:
    slow = min(max(ceil(Fraction(10 * counted, amount)) - 1, 0), BINS)
    one, whole = np.array([counted], np.int64), np.array([amount], np.int64)
    told = in_bins(one, whole, np.array([counted > amount]))
    assert int(told[0]) == slow


@given(st.lists(st.integers(0, 50), min_size=1), st.sampled_from([50, 90]))
def test_the_nearest_rank_is_the_least_that_so_many_do_not_exceed(values: list[int], percent: int) -> None:
    fits = [one for one in values if 100 * sum(v <= one for v in values) >= percent * len(values)]
    assert nearest_rank(np.sort(np.array(values, np.int64)), percent) == min(fits)
    assert nearest_rank(np.array([], np.int64), percent) is None


def _case(number: int, received: str, minutes: int | None, **more: Any) -> dict[str, Any]:
    start = at(received)
    done = None if minutes is None else iso(start + minutes * MINUTE)
    row = {"id": str(number), "service_type": "consultation", "received_at": received}
    return row | {"first_response_at": done, "first_response_evidence": "call", "resolved_at": done} | more


def of(facts: Facts) -> Judged:
    """October as it stood on the second of November."""
    return audit(facts, first_installation("2026-10"), at("2026-11-02T00:00+08:00"), parse("2026-10", ZONE))


@cache
def october() -> Judged:
    """Answers from at once to a day late, by day and by night, one still open, one only bounded, one paused."""
    rows = [_case(n, "2026-10-12T10:00+08:00", n) for n in range(40)]
    rows += [_case(100 + n, "2026-10-12T17:50+08:00", 3 * n) for n in range(8)]
    rows += [_case(200, "2026-10-13T10:00+08:00", None), _case(201, "2026-10-13T17:45+08:00", 120)]
    rows.append(_case(202, "2026-10-14T10:00+08:00", None, resolved_at="2026-10-14T10:05+08:00"))
    pause = {"id": "p", "case_id": "39", "reason": "customer"}
    pause |= {"began_at": "2026-10-12T10:05+08:00", "ended_at": "2026-10-12T10:30+08:00"}
    return of(facts_of({"case": rows, "pause": [pause], "escalation": []}))


def test_every_distribution_is_that_of_the_stories_row_by_row() -> None:
    judged, seen = october(), 0
    for row in times(judged):
        made = judged.made[row["clause"]]
        for clock in row["clocks"]:
            out = made.outcome if clock["deciding"] else made.other
            assert out is not None
            tally, counted = [0] * (BINS + 1), []
            for place in np.flatnonzero(judged.in_period(made)):
                if (
                    out.verdict[place] not in (Verdict.MET, Verdict.BREACHED)
                    or out.reason[place] == Reason.BOUNDED
                ):
                    continue
                told = next(one for one in story(judged, made, int(place))["clocks"] if one["clock"] == clock["clock"])  # fmt: skip
                tenth = min(max(ceil(Fraction(10 * told["counted_us"], row["limit_us"])) - 1, 0), BINS)
                broken = told["verdict"] == "breached"
                tally[max(tenth, 10) if broken else min(tenth, 9)] += 1
                counted.append(told["counted_us"])
            assert clock["bins"] == tally
            assert (clock["n"], clock["late"]) == (len(counted), sum(tally[10:]))
            if counted:
                assert clock["median_us"] == sorted(counted)[(len(counted) + 1) // 2 - 1]
            seen += len(counted)
    assert seen > 150


def test_what_is_only_bounded_has_a_verdict_and_no_length() -> None:
    row = next(one for one in times(october()) if one["clause"] == "ECS-1.3-RESPONSE-CONSULT")
    clock = row["clocks"][0]
    assert (clock["deciding"], clock["clock"], clock["no_length"], clock["open"]) == (True, "elapsed", 1, 1)
    counts = october().made["ECS-1.3-RESPONSE-CONSULT"].outcome.verdict
    decided = int(np.isin(counts, (Verdict.MET, Verdict.BREACHED)).sum())
    assert clock["inside"] + clock["late"] + clock["no_length"] == decided == 51


def test_opening_hours_that_end_with_the_limit_leave_what_comes_later_late() -> None:
    row = next(one for one in times(october()) if one["clause"] == "ECS-1.3-RESPONSE-CONSULT")
    by_hours = next(one for one in row["clocks"] if one["clock"] == "open_hours")
    # received 17:45, closed at 18:00: the quarter of an hour is used up, and the answer came at 19:45
    assert by_hours["late"] == sum(by_hours["bins"][10:]) > sum(by_hours["bins"][11:])


def test_few_duties_are_given_one_by_one() -> None:
    rows = [_case(n, "2026-10-12T10:00+08:00", minutes) for n, minutes in enumerate((1, 15, 16, 60))]
    judged = of(facts_of({"case": rows, "escalation": []}))
    row = next(one for one in times(judged) if one["clause"] == "ECS-1.3-RESPONSE-CONSULT")
    assert row["clocks"][0]["thousandths"] == [67, 1000, 1067, 4000]
    assert next(one for one in times(october()))["clocks"][0]["thousandths"] == []
