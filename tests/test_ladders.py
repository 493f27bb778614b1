"""Every row of the ladder matrix, played audit by audit with the cards in force: who gets which mail, and when."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pytest
import yaml

from audits.cards import Card
from audits.escalation import plan
from audits.instants import DAY, date_of
from audits.notices import Envelope, Plan
from audits.people import Span
from audits.periods import parse
from audits.soon import Ahead
from audits.zones import zone
from config.calendars import load_calendar, load_hours
from config.rules import HOME, load_rules
from tests.notices import LIVE, ZONE, at, finding, frame, house, known, office

CASES: Final = yaml.load(
    (Path(__file__).parent / "cases_mail" / "ladders.yaml").read_text(encoding="utf-8"), yaml.BaseLoader
)["cases"]
#: Rows of the matrix that a case must stand for.
ROWS: Final = (
    "ECS general enquiry", "ECS technical support", "ECS complaint, unsolved", "ECS complaint, answered late",
    "ECS emergency fault", "ECS limit broken, closed meanwhile", "ECS escalation missing (OVERTIME broken)",
    "ECS case without an assignee", "ECS major issue", "ECS deviation level 1", "ECS deviation level 2",
    "ECS deviation level 3", "ECS acceptance > 5 working days", "ECS survey not sent", "ECS survey bounced",
    "ECS QA < 95%", "ECS return rate 60 to < 80%", "ECS return rate < 60%", "ECS special visit not started",
    "CST urgent support, complaints, delays, dispatch", "SQP deviation; SQP and SPS targets missed", "CSM any",
    "Any, data gap", "Any, addressee role vacant or absent", "Steps, repeats and their end", "Over", "Warnings",
)  # fmt: skip


@cache
def cards() -> dict[str, Card]:
    """Every card in force in October 2026, reference standards included."""
    calendar = load_calendar(HOME / "calendars" / "cn.yaml")
    hours = load_hours(HOME / "calendars" / "hours.yaml", {"CN": calendar})
    return load_rules(parse("2026-10", ZONE), calendar, next(iter(hours.values())), profile="all").cards


def test_every_row_of_the_matrix_has_a_case() -> None:
    assert {case["row"] for case in CASES} == set(ROWS)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_ladder(case: dict[str, Any]) -> None:
    given = case.get("policy", {})
    policy = replace(
        LIVE, can_acknowledge=given.get("can_acknowledge") != "false", repeats=int(given.get("repeats", "3"))
    )
    roles = {"vacant": case["vacant"]} if "vacant" in case else {}
    told = known()
    for run in case["runs"]:
        now = at(run["now"])
        away = {run["away"]: (Span(now - DAY, now + DAY),)} if "away" in run else {}
        ahead = Ahead(running(run), at(run["next_run"]) if "next_run" in run else now + DAY)
        rows = [row_of(one) for one in run.get("findings", [])]
        people = house(absences=away)
        people.roles.update(dict.fromkeys(roles.values(), ()))
        made = plan(
            frame(*rows), cards(), people, office(), now, told, policy,
            tuple(run.get("gaps", ())), (), ahead,
        )  # fmt: skip
        assert said(made) == run["mails"], run["now"]
        told = pd.concat([told, known(*made.owed)]) if made.owed else told


def row_of(one: Any) -> dict[str, object]:
    """A finding from `record clause due`, alone or with what is known of it."""
    text, more = next(iter(one.items())) if isinstance(one, dict) else (one, {})
    subject, clause, due = text.split(" ", 2)
    assert clause in cards(), f"no card {clause}"
    known_of = {name: None if value == "null" else value for name, value in more.items()}
    if "last_change_as_of" in known_of:
        known_of["last_change_as_of"] = at(str(known_of["last_change_as_of"]))
    row = finding(subject, "RESPONSE-CONSULT", due, **known_of)
    return {**row, "finding": f"{subject}/{clause}", "clause": clause}


def running(run: dict[str, Any]) -> pd.DataFrame:
    """Duties still running, as the flow reads them."""
    rows = [row_of(one) for one in run.get("running", [])]
    return frame(*rows).assign(verdict="pending")


def said(made: Plan) -> list[str]:
    """Mails of one run as the cases write them, those that wait behind the others."""
    mails = [*((one, "") for one in made.envelopes), *((one, f"{hour(one.until)} ") for one in made.held)]
    return [f"{until}{mail(one)}" for one, until in mails]


def mail(envelope: Envelope) -> str:
    clauses = [one.rpartition("/")[2] for one in envelope.findings if "/" in one]
    return f"{envelope.kind} {envelope.addressee.person_id}: {' '.join(clauses)}".rstrip(" ")


def hour(instant: int) -> str:
    day = int(zone(ZONE).days(pd.array([instant], dtype="int64").to_numpy())[0])
    minutes = (instant - at(f"{date_of(day):%m-%d} 00:00")) // 60_000_000
    return f"{date_of(day):%m-%d} {minutes // 60:02}:{minutes % 60:02}"
