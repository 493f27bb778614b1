"""What the tests of planning and mail share: a small house, its cards, and findings in a line each."""

from dataclasses import replace
from datetime import date, datetime
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

import pandas as pd

from audits.calendars import WorkingCalendar
from audits.cards import Card, Text
from audits.clocks import OpeningHours
from audits.escalation import plan
from audits.instants import HOUR, instant_of
from audits.ladder import Policy
from audits.notices import Envelope, Notice, Plan, nothing_known
from audits.people import Held, People, Person
from audits.shifts import Shift, Week

ZONE: Final = "Asia/Shanghai"
LIVE: Final = Policy(source="demo", mode="live")


def at(text: str) -> int:
    """An instant from local time: ``10-13 12:30`` of 2026."""
    return instant_of(datetime.fromisoformat(f"2026-{text}").replace(tzinfo=ZoneInfo(ZONE)))


def card(clause: str, tells: str, key: str = "", of: str = "case", **changes: object) -> Card:
    """A clause that tells somebody."""
    made = Card(
        clause, clause.partition("-")[0], "", Text("", ""), "deadline", of, tells=tells, obligation_key=key
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def _limits(kind: str, tells: str) -> list[Card]:
    return [
        card(f"ECS-1.3-RESPONSE-{kind}", tells, "first_response"),
        card(f"ECS-1.3-RESOLVE-{kind}", tells, "resolution"),
        card(f"ECS-1.3-OVERTIME-{kind}", "officer", "overtime_escalation"),
    ]


CARDS: Final = {
    one.id: one
    for one in [
        *_limits("CONSULT", "supervisor"),
        *_limits("TECH", "emergency_team"),
        *_limits("COMPLAINT", "general_manager"),
        *_limits("EMERGENCY", "duty_list"),
        card("ECS-2.4-ACCEPT-5WD", "owner_supervisor", of="acceptance", decides=True),
        card("ECS-2.4-SURVEY-3WD", "owner_supervisor", of="acceptance"),
        card("ECS-2.4-QA-RATE-95", "service_manager", of="qa month"),
        card("ECS-2.4-SURVEY-RETURN-60", "service_manager", of="survey cohort"),
        card("ECS-2.3-DEV-L1-REPORT-48H", "owner_supervisor", of="deviation"),
        card("ECS-2.3-DEV-L2-SUPERVISOR", "supervisor", of="deviation"),
        card("ECS-2.3-DEV-L3-EMERGENCY-TEAM", "emergency_team", of="deviation"),
        card("ECS-2.3-DEV-L3-IMPACT-2H", "owner_supervisor", of="deviation"),
        card("ECS-2.1-QUIET", ""),
        card("ECS-2.1-SHOULD", "supervisor", severity="should"),
        card("ECS-2.1-TRIAL", "supervisor", trial=True),
        card("SQP-2.1.2-PHONE-30S", "supervisor"),
    ]
}

_STAFF: Final = "E0001 E0003 E0006 E0008 E0009 E0012 E0014 E0021 E1018 E1047"


def house(**changes: object) -> People:
    """General manager E0001, officer E0003, service manager E0008, team lead E0009, night supervisor E0021."""
    persons = {code: Person(code, code, email=f"{code.lower()}@demo.example") for code in _STAFF.split()}
    persons["E1047"] = replace(persons["E1047"], manager_id="E0021", team_id="N1")
    persons["E1018"] = replace(persons["E1018"], manager_id="E0006")
    persons["duty_list"] = Person("duty_list", email="duty@demo.example")
    persons["engineer"] = Person("engineer", email="engineer@demo.example")
    roles = {
        "general_manager": "E0001",
        "officer": "E0003",
        "service_manager": "E0008",
        "emergency_team": "E0009",
        "duty_supervisor": "E0014",
        "duty_list": "duty_list",
        "engineer": "engineer",
    }
    made = People(
        persons,
        {role: (Held(person),) for role, person in roles.items()},
        {"N1": (Held("E0021"),)},
        {"E0009": (Held("E0012"),)},
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@cache
def office() -> OpeningHours:
    """Open 9 to 18 on weekdays of October 2026 without its holiday week."""
    calendar = WorkingCalendar("CN", ZONE, date(2026, 1, 1), date(2026, 12, 31))
    week = Week({day: (Shift(9 * HOUR, 18 * HOUR),) for day in range(5)})
    return OpeningHours("office", ZONE, week, calendar)


def finding(subject: str, clause: str, due: str, **changes: object) -> dict[str, object]:
    """One open finding of agent E1047; ``ACCEPT-5WD`` is enough of a clause's name."""
    full = next(name for name in CARDS if name.endswith(clause))
    row: dict[str, object] = {
        "finding": f"{subject}/{clause}",
        "source": "demo",
        "clause": full,
        "subject": subject,
        "record": subject.partition(":")[2],
        "label": subject.partition(":")[2],
        "occurrence": "",
        "state": "open",
        "marks": "",
        "first_seen_as_of": at(due),
        "last_change_as_of": at(due),
        "anchor_at": at(due) - HOUR,
        "due_at": at(due),
        "done_at": None,
        "customer_id": "K-0382",
        "team_id": "N1",
        "assignee_id": "E1047",
    }
    done = changes.pop("done", None)
    if isinstance(done, str):
        row["done_at"] = at(done)
    return {**row, **changes}


def frame(*rows: dict[str, object]) -> pd.DataFrame:
    """Findings as life leaves them."""
    made = pd.DataFrame(list(rows) or [finding("case:T-0", "RESPONSE-CONSULT", "10-13 10:00")])
    for name in ("anchor_at", "due_at", "done_at"):
        made[name] = pd.to_datetime(made[name].astype("Int64"), unit="us", utc=True)
    return made if rows else made.iloc[:0]


def known(*notices: Notice) -> pd.DataFrame:
    """Notices told before, as the store gives them."""
    return pd.DataFrame([vars(one) for one in notices]) if notices else nothing_known()


def planned(
    *rows: dict[str, object],
    now: str = "10-13 12:30",
    told: pd.DataFrame | None = None,
    people: People | None = None,
    policy: Policy = LIVE,
    gaps: tuple[str, ...] = (),
) -> Plan:
    """The plan of one run over these findings; Tuesday 13 October 2026, 12:30, unless it says otherwise."""
    told = nothing_known() if told is None else told
    return plan(frame(*rows), CARDS, people or house(), office(), at(now), told, policy, gaps)


def sent(made: Plan) -> list[tuple[str, str, tuple[str, ...]]]:
    """Kind, person and findings of every mail that may go out now."""
    return [_said(envelope) for envelope in made.envelopes]


def _said(envelope: Envelope) -> tuple[str, str, tuple[str, ...]]:
    return envelope.kind, envelope.addressee.person_id, envelope.findings
