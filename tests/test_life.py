"""Findings live by what their records say, and by nothing else."""

import random
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from audits.acting import CRM_COLUMNS
from audits.acts import Act, known_at
from audits.acts import frame_of as frame_of_acts
from audits.errors import ClausewatchError
from audits.findings import no_findings
from audits.identity import finding_ids
from audits.life import STATES, Changes, compare
from audits.words import NAT
from tests.life_oracle import Life, Row, Touch, events_of, frame_of, obligations, tell, tuples

LATE = Row(1)


def run(
    known: pd.DataFrame,
    rows: list[Row],
    as_of: int = 100,
    live_from: int | None = None,
    acts: pd.DataFrame | None = None,
    touches: Sequence[Touch] = (),
) -> Changes:
    return compare(
        known, obligations(rows), as_of, "run", live_from, source="demo", standards="ECS",
        acts=acts, crm=touched_by(touches),
    )  # fmt: skip


def touched_by(touches: Sequence[Touch]) -> pd.DataFrame:
    rows = [(touch.finding, touch.at, "owner", "u9") for touch in touches]
    return pd.DataFrame(rows, columns=list(CRM_COLUMNS)).astype(CRM_COLUMNS)


def lived(*steps: list[Row]) -> pd.DataFrame:
    """What is known after these runs, a hundred microseconds apart."""
    known = no_findings()
    for number, rows in enumerate(steps):
        known = run(known, rows, 100 * (number + 1)).applied_to(known)
    return known


def told(changes: Changes) -> list[tuple[str, str, str]]:
    return [(str(row.kind), str(row.was), str(row.state)) for row in changes.events.itertuples()]


def test_a_breach_nobody_knew_opens_a_finding() -> None:
    changes = run(no_findings(), [LATE])
    assert told(changes) == [("opened", "", "open")]
    assert changes.events["detail"].tolist() == ['{"verdict": "breached", "reason": "OPEN_LATE"}']
    assert changes.findings["first_seen_as_of"].tolist() == [pd.Timestamp(100, unit="us", tz="UTC")]


def test_a_breach_first_seen_when_it_is_over_opens_as_cleared() -> None:
    assert told(run(no_findings(), [replace(LATE, over=True)])) == [("opened", "", "cleared")]


def test_only_breaches_open_findings() -> None:
    rows = [Row(n, verdict) for n, verdict in enumerate(("met", "pending", "not_applicable", "no_data"))]
    assert not run(no_findings(), rows)


def test_seeing_the_same_breach_again_is_no_event_and_rewrites_nothing() -> None:
    assert not run(lived([LATE]), [LATE], 200)


def test_a_broken_duty_that_is_done_late_is_cleared() -> None:
    changes = run(lived([LATE]), [replace(LATE, over=True, done=90, reason="LATE")], 200)
    assert told(changes) == [("cleared", "open", "cleared")]
    assert changes.findings["reason"].tolist() == ["LATE"]


@pytest.mark.parametrize("verdict", ["met", "pending", "not_applicable"])
def test_a_finding_whose_record_was_corrected_is_withdrawn(verdict: str) -> None:
    changes = run(lived([LATE]), [replace(LATE, verdict=verdict)], 200)
    assert told(changes) == [("withdrawn", "open", "withdrawn")]
    assert changes.findings["reported_verdict"].tolist() == [verdict]


@pytest.mark.parametrize(
    ("between", "then", "expected"),
    [
        (replace(LATE, over=True), LATE, ("reopened", "cleared", "open")),
        (replace(LATE, verdict="met"), LATE, ("reopened", "withdrawn", "open")),
        (replace(LATE, verdict="met"), replace(LATE, over=True), ("reopened", "withdrawn", "cleared")),
        (replace(LATE, over=True), replace(LATE, verdict="met"), ("withdrawn", "cleared", "withdrawn")),
    ],
)
def test_what_was_settled_and_changes_again_says_so(
    between: Row, then: Row, expected: tuple[str, str, str]
) -> None:
    assert told(run(lived([LATE], [between]), [then], 300)) == [expected]


def test_a_record_that_vanishes_clears_nothing_and_is_said_once() -> None:
    known = lived([LATE])
    gone = run(known, [], 200)
    assert told(gone) == [("subject_missing", "open", "open")]
    known = gone.applied_to(known)
    assert known["state"].tolist() == ["open"]
    assert not run(known, [], 300)
    assert told(run(known, [LATE], 400)) == [("returned", "open", "open")]


def test_a_hole_in_the_evidence_clears_nothing_either() -> None:
    known = lived([LATE])
    gone = run(known, [replace(LATE, verdict="no_data", due=None, owner="nobody")], 200)
    assert told(gone) == [("evidence_missing", "open", "open")]
    assert gone.findings["assignee_id"].tolist() == ["u1"]
    assert gone.findings["due_at"].tolist() == known["due_at"].tolist()


def test_a_vanished_record_that_comes_back_corrected_tells_both() -> None:
    known = lived([LATE], [])
    changes = run(known, [replace(LATE, verdict="met")], 300)
    assert told(changes) == [("returned", "open", "open"), ("withdrawn", "open", "withdrawn")]
    assert changes.events["n"].tolist() == [3, 4]


def test_a_withdrawn_finding_may_vanish_without_a_word() -> None:
    assert not run(lived([LATE], [replace(LATE, verdict="met")]), [], 300)


def test_a_corrected_due_instant_is_an_event_of_the_same_finding() -> None:
    changes = run(lived([LATE]), [replace(LATE, due=60)], 200)
    assert told(changes) == [("moved_due", "open", "open")]
    assert changes.events["detail"].tolist() == ['{"from": 50, "to": 60}']
    none = run(lived([LATE]), [replace(LATE, due=None)], 200)
    assert none.events["detail"].tolist() == ['{"from": 50, "to": null}']


def test_a_due_instant_that_moves_while_nothing_is_broken_is_no_event() -> None:
    known = lived([LATE], [replace(LATE, verdict="met")])
    assert run(known, [replace(LATE, verdict="met", due=60)], 300).events.empty
    both = run(known, [replace(LATE, due=60)], 300)
    assert told(both) == [("moved_due", "withdrawn", "withdrawn"), ("reopened", "withdrawn", "open")]


def test_a_new_owner_is_noted_without_an_event() -> None:
    changes = run(lived([LATE]), [replace(LATE, owner="u2")], 200)
    assert changes.events.empty
    assert changes.findings["assignee_id"].tolist() == ["u2"]
    assert changes.findings["last_change_as_of"].tolist() == [pd.Timestamp(100, unit="us", tz="UTC")]


def test_an_acknowledged_finding_stays_so_until_it_is_over() -> None:
    known = lived([LATE]).assign(state="acknowledged")
    assert not run(known, [LATE], 200)
    assert told(run(known, [replace(LATE, over=True)], 200)) == [("cleared", "acknowledged", "cleared")]


def taken(at: int, until: int = NAT, act: str = "a1") -> Act:
    return Act(act, "acknowledged", at, "E1", finding=LATE.finding, until=until)


def test_an_act_of_a_person_acknowledges_an_open_finding_once() -> None:
    known, acts = lived([LATE]), frame_of_acts([taken(150)])
    changes = run(known, [LATE], 200, acts=acts)
    assert told(changes) == [("acknowledged", "open", "acknowledged")]
    assert changes.events["detail"].tolist() == ['{"act": "a1", "until": null}']
    assert not run(changes.applied_to(known), [LATE], 300, acts=acts)


def test_a_promise_lapses_at_its_very_instant_and_a_new_one_takes_the_matter_again() -> None:
    known, acts = lived([LATE]), frame_of_acts([taken(150, until=300)])
    known = run(known, [LATE], 299, acts=acts).applied_to(known)
    assert known["state"].tolist() == ["acknowledged"]
    lapsed = run(known, [LATE], 300, acts=acts)
    assert told(lapsed) == [("lapsed", "acknowledged", "open")]
    known = lapsed.applied_to(known)
    assert not run(known, [LATE], 310, acts=acts)
    renewed = frame_of_acts([taken(150, until=300), taken(320, until=900, act="a2")])
    assert told(run(known, [LATE], 330, acts=renewed)) == [("acknowledged", "open", "acknowledged")]


@pytest.mark.parametrize(("at", "state"), [(300, "open"), (301, "acknowledged")])
def test_only_what_the_crm_changed_after_a_broken_promise_takes_the_matter_again(at: int, state: str) -> None:
    known, acts = lived([LATE]), frame_of_acts([taken(150, until=300)])
    known = run(known, [LATE], 200, acts=acts).applied_to(known)
    after = run(known, [LATE], 400, acts=acts, touches=[Touch(LATE.finding, at)]).applied_to(known)
    assert after["state"].tolist() == [state]


def test_what_was_done_in_an_earlier_life_counts_no_more_when_it_is_broken_again() -> None:
    known, acts = lived([LATE]), frame_of_acts([taken(150)])
    for as_of, row in ((200, LATE), (300, replace(LATE, over=True)), (400, LATE)):
        known = run(known, [row], as_of, acts=acts).applied_to(known)
    assert known["state"].tolist() == ["open"]
    touches = [Touch(LATE.finding, 399)]
    assert not run(known, [LATE], 500, acts=acts, touches=touches)
    again = run(known, [LATE], 500, acts=acts, touches=[Touch(LATE.finding, 400)])
    assert told(again) == [("acknowledged", "open", "acknowledged")]


def test_a_mark_begins_and_ends_with_its_act_and_takes_its_words_from_the_new_state() -> None:
    waiver = Act("w", "waived", 150, "E1", "E2", LATE.finding, begins=150, until=300)
    acts = frame_of_acts([waiver, taken(160)])
    known = lived([LATE])
    first = run(known, [LATE], 200, acts=acts)
    assert told(first) == [
        ("acknowledged", "open", "acknowledged"),
        ("waived", "acknowledged", "acknowledged"),
    ]
    assert first.events["n"].tolist() == [2, 3]
    known = first.applied_to(known)
    assert told(run(known, [LATE], 300, acts=acts)) == [("waiver_ended", "acknowledged", "acknowledged")]
    assert told(run(no_findings(), [Row(1)], 200, acts=acts)) == [
        ("opened", "", "open"),
        ("waived", "open", "open"),
    ]


def test_marks_of_people_outlive_every_turn() -> None:
    known = lived([LATE]).assign(marks="disputed|waived")
    changes = run(known, [replace(LATE, over=True)], 200, live_from=60)
    assert changes.findings["marks"].tolist() == ["baseline|disputed|waived"]


@pytest.mark.parametrize(
    ("row", "live_from", "marks"),
    [
        (Row(1, due=50), None, ""),
        (Row(1, due=50), 51, "baseline"),
        (Row(1, due=50), 50, ""),
        (Row(1, due=None, anchor=49), 50, "baseline"),
        (Row(1, due=None, anchor=None), 101, "baseline"),
        (Row(1, due=None, anchor=None), 100, ""),
    ],
)
def test_what_was_due_before_the_live_date_is_baseline(row: Row, live_from: int | None, marks: str) -> None:
    assert run(no_findings(), [row], live_from=live_from).findings["marks"].tolist() == [marks]


def test_going_live_marks_what_was_known_before_without_an_event() -> None:
    changes = run(lived([LATE]), [LATE], 200, live_from=60)
    assert changes.findings["marks"].tolist() == ["baseline"]
    assert changes.events.empty


def test_an_older_look_changes_nothing() -> None:
    known = lived([LATE], [replace(LATE, over=True)])
    assert not run(known, [LATE, Row(2)], 199)
    assert run(known, [LATE, Row(2)], 200)


def test_findings_of_clauses_that_were_not_judged_are_left_alone() -> None:
    known = lived([LATE, Row(2, clause="C-2")])
    changes = compare(
        known, obligations([]), 200, "run", None, source="demo", standards="ECS", clauses={"C-2"}
    )
    assert changes.events["kind"].tolist() == ["subject_missing"]
    assert changes.findings["clause"].tolist() == ["C-2"]


def test_two_obligations_with_one_identity_are_refused() -> None:
    with pytest.raises(ClausewatchError, match="share their identity"):
        run(no_findings(), [LATE, LATE])


def test_an_identity_depends_on_source_clause_subject_and_occurrence_alone() -> None:
    known = [
        finding_ids(source, clause, [subject], occurrence)[0]
        for source, clause, subject, occurrence in [
            ("demo", "C-1", "case:1", ""),
            ("creme", "C-1", "case:1", ""),
            ("demo", "C-2", "case:1", ""),
            ("demo", "C-1", "case:2", ""),
            ("demo", "C-1", "case:1", "reopened:5"),
            ("demo", "C-1|case:1", "", ""),
            ("demo", "C-1", "case:1|", ""),
            ("demo", "C-1", "case:1\\", ""),
        ]
    ]
    assert len(set(known)) == len(known)
    # Written down: an identity that changes with the program would open every finding anew.
    assert known[0] == "86b355d10bca2cc0"


def test_identities_are_found_a_column_at_a_time_in_the_order_of_the_rows() -> None:
    subjects = pd.Series(["case:1", "case:2"], index=[7, 3])
    clauses = pd.Series(["C-1", "C-2"], index=[7, 3], dtype="category")
    alone = [finding_ids("demo", "C-1", ["case:1"])[0], finding_ids("demo", "C-2", ["case:2"])[0]]
    assert finding_ids("demo", clauses, subjects).tolist() == alone
    assert finding_ids("demo", "C-1", []).tolist() == []


_rows = st.builds(
    Row,
    duty=st.integers(0, 7),
    verdict=st.sampled_from(["breached", "breached", "breached", "met", "not_applicable", "no_data"]),
    over=st.booleans(),
    due=st.sampled_from([None, 50, 60]),
    done=st.sampled_from([None, 70, 101]),
    anchor=st.sampled_from([None, 10]),
    owner=st.sampled_from(["u1", "u2"]),
)
_worlds = st.lists(_rows, max_size=8, unique_by=lambda row: row.duty)
_runs = st.lists(
    st.tuples(_worlds, st.integers(0, 3), st.sampled_from([None, 40, 55])), min_size=2, max_size=5
)
_instants = st.integers(98, 108)
_findings = st.integers(0, 7).map(lambda duty: Row(duty).finding)
_people = st.one_of(
    st.builds(
        Act, act=st.just(""), kind=st.just("acknowledged"), at=_instants, person=st.just("E1"),
        finding=_findings, until=st.one_of(st.just(NAT), _instants),
    ),
    st.builds(
        Act, act=st.just(""), kind=st.just("waived"), at=_instants, person=st.just("E1"),
        finding=st.one_of(st.just(""), _findings), clause=st.just("C-1"), team_id=st.sampled_from(["", "t1", "t2"]),
        begins=st.sampled_from([45, 100, 103]), until=_instants,
    ),
    st.builds(Act, act=st.just(""), kind=st.just("disputed"), at=_instants, person=st.just("E1"), finding=_findings),
    st.builds(
        Act, act=st.just(""), kind=st.just("ended"), at=_instants, person=st.just("E1"),
        ends=st.integers(0, 9).map(lambda n: f"a{n}"),
    ),
)  # fmt: skip
_acts = st.lists(_people, max_size=10).map(
    lambda acts: sorted(
        (replace(act, act=f"a{n}") for n, act in enumerate(acts)), key=lambda act: (act.at, act.act)
    )
)
_touches = st.lists(st.builds(Touch, _findings, _instants), max_size=3)


@given(_runs, st.one_of(st.none(), _acts), _touches, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_columns_tell_the_same_lives_as_one_finding_at_a_time(
    runs: list[tuple[list[Row], int, int | None]],
    acts: list[Act] | None,
    touches: list[Touch],
    shuffled: random.Random,
) -> None:
    lives: dict[str, Life] = {}
    known, events, as_of = no_findings(), [], 100
    for rows, step, live_from in runs:
        as_of += step - 1  # one in four looks back
        shuffled.shuffle(rows)
        heard = None if acts is None else known_at(frame_of_acts(acts), as_of)
        touched = [touch for touch in touches if touch.at <= as_of]
        changes = run(known.sample(frac=1, random_state=1), rows, as_of, live_from, heard, touched)
        known = changes.applied_to(known)
        events += tuples(changes.events)
        lives = tell(lives, rows, as_of, live_from, acts, touched)
        assert_frame_equal(known.sort_values("finding", ignore_index=True), frame_of(lives))
        assert sorted(events) == sorted(events_of(lives))
        assert set(changes.events["finding"]) <= set(changes.findings["finding"])
    assert set(known["state"]) <= set(STATES)
    assert not run(known, rows, as_of, live_from, heard, touched), "the same look twice adds something"
