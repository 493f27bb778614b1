"""The officer's day: what is open by age and holder, who repeats, what was restated; and threads."""

import email
from typing import Any

import pandas as pd
import pytest

from audits.instants import moment_of
from audits.judge import Judged, audit
from audits.officer import officers_day, repeat_people, repeat_teams, restated
from audits.periods import parse
from audits.results import results
from audits.standing import of_binding
from audits.words import Words
from tasks.mail import Sender, compose
from tests.facts import ZONE, at, facts_of
from tests.notices import at as on
from tests.notices import finding, frame
from tests.test_mail_build import rules

AS_OF = "2026-10-13T12:00+08:00"
CONSULT = "ECS-1.3-RESPONSE-CONSULT"


def judged(*received: str) -> Judged:
    """Enquiries that nobody ever answered, judged on 13 October."""
    cases = [
        {
            "id": str(n),
            "case_no": f"T-{n}",
            "service_type": "consultation",
            "received_at": when,
            "is_closed": False,
        }
        for n, when in enumerate(received)
    ]
    return audit(facts_of({"case": cases}), rules(), at(AS_OF), parse("2026-10", ZONE))


def counts(*rows: tuple[str, str, str, int]) -> pd.DataFrame:
    """Committed counts: run, instant, period, breached."""
    made = pd.DataFrame(rows, columns=["run", "as_of", "period", "breached"]).assign(
        clause=CONSULT, team_id=""
    )
    made["as_of"] = pd.to_datetime([at(text) for text in made["as_of"]], unit="us", utc=True)
    return made


def test_a_closed_period_that_would_be_counted_otherwise_today_is_restated() -> None:
    one = judged("2026-09-10T10:00+08:00", "2026-10-12T10:00+08:00")
    reported = counts(
        ("r1", "2026-10-01T02:00+08:00", "2026-09", 0), ("r2", "2026-10-02T02:00+08:00", "2026-09", 3)
    )
    assert restated(one, reported, "r9") == [{"period": "2026-09", "was": 3, "now": 1}]


@pytest.mark.parametrize(
    "row",
    [
        ("r1", "2026-10-02T02:00+08:00", "2026-09", 1),  # the same count
        ("r1", "2026-09-20T02:00+08:00", "2026-09", 7),  # reported while it was running
        ("r9", "2026-10-02T02:00+08:00", "2026-09", 7),  # this run's own
        ("r1", "2026-10-14T02:00+08:00", "2026-09", 7),  # later than this instant
    ],
)
def test_nothing_else_is_a_restatement(row: tuple[str, str, str, int]) -> None:
    assert restated(judged("2026-09-10T10:00+08:00"), counts(row), "r9") == []


def test_open_matters_are_counted_once_a_record_by_age_and_holder() -> None:
    one = judged("2026-10-12T10:00+08:00")
    after = frame(
        finding("case:T-1", "RESPONSE-CONSULT", "09-28 10:15"),
        finding("case:T-1", "RESOLVE-CONSULT", "09-28 12:00"),
        finding("case:T-2", "RESPONSE-CONSULT", "10-12 10:15", state="acknowledged"),
        finding("case:T-3", "RESPONSE-CONSULT", "10-13 11:15", assignee_id=None),
        finding("case:T-4", "RESPONSE-CONSULT", "10-13 11:15", marks="baseline"),
        finding("case:T-5", "RESPONSE-CONSULT", "10-13 11:15", state="cleared"),
    )
    day = officers_day(one, results(one, {"hash": "", "frames": {}}, "test", Words("", "")), after)
    assert day["open"] == {
        "n": 3, "old": 1, "week": 1, "fresh": 1,
        "holders": [
            {"holder": "E1047", "old": 1, "week": 1, "fresh": 0},
            {"holder": "N1", "old": 0, "week": 0, "fresh": 1},
        ],
    }  # fmt: skip


def test_a_team_repeats_in_periods_that_follow_each_other_and_a_person_within_one() -> None:
    def broken(month: str, n: int, **more: Any) -> list[dict[str, object]]:
        return [
            finding(f"case:{month}-{k}", "RESPONSE-CONSULT", f"{month}-0{k + 1} 10:00", **more)
            for k in range(n)
        ]

    one = judged("2026-10-12T10:00+08:00")
    after = frame(*broken("10", 3), *broken("09", 3), *broken("08", 2), *broken("07", 3))
    assert repeat_teams(one, after) == [{"team": "N1", "clause": CONSULT, "periods": 2}]
    assert repeat_people(one, after) == [{"person": "E1047", "clause": CONSULT, "n": 3}]
    undone = frame(*broken("10", 3, state="withdrawn"), *broken("09", 3))
    assert (repeat_teams(one, undone), repeat_people(one, undone)) == ([], [])


def test_a_reference_standard_makes_nobody_a_repeat_offender() -> None:
    one = judged("2026-10-12T10:00+08:00")
    found = [
        finding(f"case:{n}", "RESPONSE-CONSULT", f"10-0{n + 1} 10:00", customer_id="c1") for n in range(3)
    ]
    assert of_binding(one, frame(*found)).all()
    foreign = [{**each, "clause": "CSM-2.2.2-TIMELY"} for each in found]
    assert not of_binding(one, frame(*foreign)).any()
    assert (repeat_teams(one, frame(*foreign)), repeat_people(one, frame(*foreign))) == ([], [])


def test_a_later_mail_of_a_matter_stands_in_the_thread_of_its_first() -> None:
    def headers(envelope: str, thread: str) -> Any:
        made = compose(
            envelope,
            Sender("cw@house.example"),
            "e1@house.example",
            "s",
            "t",
            "<p>t</p>",
            moment_of(on("10-13 10:00")),
            (),
            thread,
        )
        return email.message_from_bytes(made.content)

    first, later = headers("aa", ""), headers("bb", "aa")
    assert (first["In-Reply-To"], first["References"]) == (None, None)
    assert later["In-Reply-To"] == later["References"] == first["Message-ID"] == "<aa@house.example>"
    assert later["Auto-Submitted"] == "auto-generated"
