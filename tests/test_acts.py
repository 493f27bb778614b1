"""An act stands by what is known at the instant looked at: begun, not over, not ended, within its scope."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from audits.acknowledging import can_acknowledge, changed_since_told
from audits.acting import CRM_COLUMNS
from audits.acts import Act, disputed_by, frame_of, from_plain, in_force, known_at, no_acts, plain, waived_by
from audits.acts_told import ending
from audits.facts import EntityFacts, Facts
from audits.instants import DAY, HOUR
from audits.life import compare
from audits.marking import Known, from_bytes, joined, marks_of, to_bytes
from audits.periods import parse
from audits.words import NAT
from tests.life_oracle import Row, obligations, tell
from tests.life_oracle import frame_of as findings_of

LATE, OTHER = Row(1, due=50), Row(2, due=150, clause="C-2")
WAIVER = Act("w1", "waived", 100, "E1007", "E1003", LATE.finding, begins=100, until=200)


def rows(*some: Row) -> pd.DataFrame:
    return findings_of(tell({}, list(some), 100, None))


def covers(act: Act, as_of: int, *some: Row) -> list[bool]:
    found = waived_by(rows(*(some or (LATE, OTHER))), frame_of([act]), as_of)
    return [place >= 0 for place in found.tolist()]


def test_a_waiver_of_a_finding_covers_it_from_its_first_to_its_last_microsecond() -> None:
    assert covers(WAIVER, 99) == [False, False]
    assert covers(WAIVER, 100) == [True, False]
    assert covers(WAIVER, 199) == [True, False]
    assert covers(WAIVER, 200) == [False, False]


def test_what_was_over_while_a_waiver_held_stays_waived_and_what_is_open_does_not() -> None:
    done = [Row(1, due=50, over=True, done=at) for at in (199, 200)]
    assert covers(WAIVER, 500, done[0]) == [True]
    assert covers(WAIVER, 500, done[1]) == [False]


def test_a_waiver_known_later_or_ended_covers_nothing() -> None:
    assert covers(replace(WAIVER, at=101, begins=10), 100) == [False, False]
    acts = frame_of([WAIVER, Act("e1", "ended", 150, "E1028", ends="w1")])
    assert (waived_by(rows(LATE), known_at(acts, 149), 149) >= 0).tolist() == [True]
    assert (waived_by(rows(LATE), known_at(acts, 150), 150) >= 0).tolist() == [False]


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ({"clause": "C-1", "team_id": "t1"}, [True, False]),
        ({"clause": "C-2", "team_id": "t1"}, [False, True]),
        ({"clause": "C-2", "team_id": "t2"}, [False, False]),
        ({"clause": "C-2", "record": "2"}, [False, True]),
        ({"clause": "C-2", "record": "2", "customer_id": "k1"}, [False, False]),
    ],
)
def test_a_waiver_of_a_scope_covers_what_lies_within_all_of_it(
    scope: dict[str, str], expected: list[bool]
) -> None:
    assert covers(Act("w2", "waived", 100, "E1", "E2", begins=10, until=200, **scope), 160) == expected


def test_a_waiver_of_a_scope_covers_only_what_fell_due_while_it_held() -> None:
    scope = Act("w2", "waived", 40, "E1", "E2", clause="C-1", team_id="t1", begins=50, until=60)
    some = [Row(n, due=due) for n, due in enumerate((49, 50, 59, 60))]
    assert covers(scope, 55, *some) == [False, True, True, False]
    no_due = Row(1, due=None, anchor=55)
    assert covers(scope, 55, no_due) == [True]


def test_the_newest_dispute_stands_until_it_is_ended() -> None:
    acts = [Act(f"d{n}", "disputed", n, "E1", finding=LATE.finding) for n in (1, 2)]
    assert disputed_by(rows(LATE, OTHER), frame_of(acts), 10).tolist() == [1, -1]
    ended = frame_of([*acts, Act("e", "ended", 5, "E1", ends="d2")])
    assert disputed_by(rows(LATE), ended, 10).tolist() == [0]


def test_acts_come_back_from_a_snapshot_as_they_were() -> None:
    acts = frame_of([WAIVER, Act("a1", "acknowledged", 90, "E1", finding="f")])
    pd.testing.assert_frame_equal(from_plain(plain(acts)), acts)
    known = Known(acts, "live", 40)
    again = from_bytes(to_bytes(known), 95)
    assert (again.mode, again.live_from, again.acts["act"].tolist()) == ("live", 40, ["a1"])
    assert to_bytes(Known(acts, "live", 40)) == to_bytes(known)
    assert "null" in to_bytes(known).decode()
    assert in_force(no_acts(), "waived", 1).empty


def test_the_marks_of_a_report_are_those_of_the_findings_life() -> None:
    acts = frame_of([WAIVER, Act("d", "disputed", 90, "E1", finding=OTHER.finding)])
    changes = compare(
        rows(LATE, OTHER), obligations([LATE, OTHER]), 160, "r", 60, source="demo", standards="ECS", acts=acts
    )
    found = obligations([LATE, OTHER]).assign(finding=[LATE.finding, OTHER.finding])
    marks = marks_of(found, Known(acts, "live", 60), 160, parse("1970-01", "UTC"))
    life = changes.findings.set_index("finding")["marks"]
    assert (
        joined(marks).tolist() == [life[LATE.finding], life[OTHER.finding]] == ["baseline|waived", "disputed"]
    )


def test_waivers_that_end_soon_are_named_the_nearest_first() -> None:
    some = [
        Act(f"w{n}", "waived", 0, "E1", "E2", f"f{n}", begins=0, until=10 * DAY + n * HOUR)
        for n in (2, 1, 30)
    ]
    ended = Act("e", "ended", 1, "E1", ends="w1")
    assert ending(frame_of(some), 4 * DAY, 7) == [("w1", some[1].until), ("w2", some[0].until)]
    assert ending(frame_of([*some, ended]), 4 * DAY, 7) == [("w2", some[0].until)]
    assert ending(frame_of(some), some[1].until, 0) == []


def facts(**frames: pd.DataFrame) -> Facts:
    return Facts("demo", "UTC", 10**9, frames, {name: EntityFacts(frozenset({"id"})) for name in frames})


def at(*instants: int) -> pd.Series:
    return pd.Series(np.array(instants, np.int64).view("datetime64[us]")).dt.tz_localize("UTC")


def history(*events: tuple[str, str, int, str]) -> pd.DataFrame:
    case, kind, when, actor = zip(*events, strict=True)
    return pd.DataFrame({"case_id": case, "kind": pd.Categorical(kind), "at": at(*when), "actor_id": actor})


def case_findings(*keys: str, state: str = "open") -> pd.DataFrame:
    frame = findings_of(tell({}, [Row(n) for n in range(len(keys))], 100, None))
    subjects = pd.Series([f"case:{key}" for key in keys], dtype="str")
    return frame.assign(subject=subjects, state=state, assignee_id="u1")


def heard(found: Facts, known: pd.DataFrame, told: dict[str, int], **more: Any) -> list[tuple[Any, ...]]:
    current = more.pop("current", known)
    frame = changed_since_told(
        found, known, current, told, more.pop("as_of", 900), more.pop("previous", None)
    )
    assert list(frame.columns) == list(CRM_COLUMNS)
    return list(frame.itertuples(index=False, name=None))


def test_the_crms_own_change_after_the_notice_acknowledges() -> None:
    known = case_findings("7", "8", "9")
    first, second, _ = known["finding"]
    log = history(
        ("7", "assigned", 210, "u2"), ("7", "acted", 220, "u3"), ("8", "escalated", 199, "u2"),
        ("9", "acted", 300, "u2"),
    )  # fmt: skip
    told = {first: 200, second: 200}
    assert heard(facts(case_event=log), known, told) == [(first, 220, "status", "u3")]
    assert heard(facts(case_event=log), known, told, as_of=215) == [(first, 210, "owner", "u2")]
    assert heard(facts(case_event=log), known, {}) == []
    assert heard(facts(case_event=log), known.assign(state="cleared"), told) == []


def test_a_change_at_the_very_instant_of_the_notice_is_no_answer_to_it() -> None:
    known = case_findings("7")
    log = history(("7", "assigned", 200, "u2"), ("7", "reopened", 250, "u2"))
    assert heard(facts(case_event=log), known, {known["finding"][0]: 200}) == []


def test_an_escalation_noted_in_the_crm_acknowledges_and_our_own_delivery_does_not() -> None:
    known = case_findings("7")
    frame = pd.DataFrame(
        {
            "case_id": ["7", "7"],
            "target_id": ["u5", "u6"],
            "origin": pd.Categorical(["crm", "delivery_ledger"]),
            "triggered_at": at(150, 300),
            "acknowledged_at": at(260, NAT),
        }
    )
    told = {known["finding"][0]: 200}
    assert heard(facts(escalation=frame), known, told) == [(known["finding"][0], 260, "escalation", "u5")]


def test_another_owner_acknowledges_where_no_history_says_when() -> None:
    known = case_findings("7").assign(subject="acceptance:7")
    told = {known["finding"][0]: 200}
    now = known.assign(assignee_id="u2")
    found = facts(acceptance=pd.DataFrame())
    assert heard(found, known, told, current=now, previous=300) == [(known["finding"][0], 900, "owner", "u2")]
    assert heard(found, known, told, current=now, previous=150) == []
    assert heard(found, known, told, current=known, previous=300) == []


def test_nothing_is_repeated_where_nobody_can_acknowledge() -> None:
    with_history = Facts("demo", "UTC", 0, {}, {"case_event": EntityFacts(frozenset({"id"}))})
    assert can_acknowledge(with_history, ("crm",))
    assert not can_acknowledge(facts(), ("crm",))
    assert can_acknowledge(facts(), ("crm", "officer"))
    assert not can_acknowledge(with_history, ())


def test_a_withdrawal_says_what_was_reported_then_what_is_known_now_and_what_was_corrected() -> None:
    known = rows(LATE)
    now = Row(1, "met", due=50, done=40, reason="IN_TIME")
    changes = compare(known, obligations([now]), 200, "r", None, source="demo", standards="ECS")
    said = json.loads(changes.events["detail"].iloc[0])
    assert said["cause"] == "done"
    assert (said["then"]["verdict"], said["then"]["done"]) == ("breached", None)
    assert (said["now"]["verdict"], said["now"]["done"]) == ("met", 40)
    merged = Row(1, "not_applicable", due=50, reason="MERGED")
    gone = compare(known, obligations([merged]), 200, "r", None, source="demo", standards="ECS")
    assert json.loads(gone.events["detail"].iloc[0])["cause"] == "left"
    assert gone.findings["finding"].tolist() == [LATE.finding]
