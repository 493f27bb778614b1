"""What happened in the seeded month: people, customers, and the vocabulary that tickets are told in.

Everything here is plain data. ``seed.py`` plays it through Creme's own models; ``truth.py`` judges it by
hand-reasoned rules. Neither reads our engine.
"""

import re
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Final

SHANGHAI: Final = timezone(timedelta(hours=8))
UNITS: Final = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds", "us": "microseconds"}


def at(text: str) -> datetime:
    """A local instant, ``2026-10-03 10:00`` and finer, as an aware datetime of Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def after(start: datetime, offset: str) -> datetime:
    """``+1h10m`` after ``start``; without a plus the text is a local instant of its own."""
    if not offset.startswith("+"):
        return at(offset)
    parts = re.findall(r"(\d+)(us|d|h|m|s)", offset)
    assert "+" + "".join(n + u for n, u in parts) == offset, offset
    return start + sum((timedelta(**{UNITS[u]: int(n)}) for n, u in parts), timedelta())


#: The audit looks at the month from here, on the Monday after it.
AS_OF: Final = at("2026-11-02 02:00")
#: The house promises its escalation log complete from here, and everything else from the first of June.
ESCALATIONS_COMPLETE_SINCE: Final = at("2026-09-25 00:00")

GENERAL, TECHNICAL, COMPLAINT, EMERGENCY = (
    "General inquiry",
    "Technical support",
    "Complaint",
    "Emergency fault",
)
#: Values of the custom field; the last one means nothing to the standard.
SERVICE_TYPES: Final = (GENERAL, TECHNICAL, COMPLAINT, EMERGENCY, "Spare parts")
#: Statuses an administrator added to Creme's own.
ADDED_STATUSES: Final = ("In progress", "Waiting", "Escalated", "Resolved")
TARGET_ROLES: Final = ("Supervisor", "Emergency team", "General manager", "All service staff")

#: The five questions of the acceptance survey, as the form words them, with the dimension each asks.
QUESTIONS: Final = {
    "How timely were our responses?": "response_timeliness",
    "How effective was the solution?": "solution_effectiveness",
    "How expert were our staff?": "staff_expertise",
    "How transparent was the process?": "process_transparency",
    "How satisfied are you overall?": "overall_satisfaction",
}


@dataclass(frozen=True)
class Step:
    """One simulated request to the CRM: who did what, when; ``more`` holds what that deed needs."""

    deed: str
    offset: str
    more: dict[str, Any] = field(default_factory=dict)


def call(start: str, direction: str = "out", done: bool = True, logged: str = "") -> Step:
    """A telephone call about the ticket; ``logged`` when it was typed in later than it was made."""
    return Step("call", logged or start, {"start": start, "direction": direction, "done": done})


def mail(sent: str, status: int = 1) -> Step:
    """An e-mail linked to the ticket; Creme's status 1 is sent, 2 is not sent, 4 is received."""
    return Step("mail", sent, {"status": status})


def to(status: str, when: str, owner: str = "") -> Step:
    """The status moves; ``owner`` is changed in the same request when given."""
    return Step("status", when, {"status": status, "owner": owner})


def retype(service_type: str, when: str) -> Step:
    """Somebody corrects the type of service."""
    return Step("type", when, {"type": service_type})


def escalate(role: str, triggered: str, ack: str = "", act: str = "") -> Step:
    """A record in the house's escalation log; ``ack`` and ``act`` are stamped as they happen."""
    return Step("escalate", triggered, {"role": role, "ack": ack, "act": act})


def touch(when: str) -> Step:
    """Somebody saves the ticket with another priority; nothing else changes."""
    return Step("touch", when)


def trash(when: str) -> Step:
    """The ticket goes to the trash (soft delete)."""
    return Step("trash", when)


def delete(when: str) -> Step:
    """The ticket is deleted for good."""
    return Step("delete", when)


@dataclass(frozen=True)
class Ticket:
    """One ticket's life, and what a person says of it.

    Args:
        key: begins its title, so that any reading of the CRM can be matched with the key.
        kind: the type of service at receipt; "" when left blank.
        received: local instant of creation.
        steps: what happened, each ``+offset`` from receipt or a local instant.
        says: response, resolution, overtime, as judged by hand: ``met``, ``breached``, ``pending``, ``na``,
            ``nodata``; one word for each matter of the case, joined by ``/``; "" when it must not appear.
        owner: user name of the assignee, or a team.
        status: status at creation.
    """

    key: str
    kind: str
    received: str
    steps: tuple[Step, ...]
    says: str
    owner: str = "li.na"
    customer: str = "C-1001"
    status: str = "Open"

    @property
    def start(self) -> datetime:
        """Receipt as an instant."""
        return at(self.received)

    def when(self, offset: str) -> datetime:
        """An offset or local instant of this ticket as an instant."""
        return after(self.start, offset)

    def played(self) -> dict[str, Any]:
        """The ticket with every instant spelled out, for the seed."""
        steps = []
        for step in self.steps:
            more = {k: self._spell(k, v) for k, v in step.more.items()}
            steps.append({"deed": step.deed, "at": self.when(step.offset).isoformat(), **more})
        return {
            "key": self.key,
            "type": self.kind,
            "at": self.start.isoformat(),
            "steps": steps,
            "owner": self.owner,
            "customer": self.customer,
            "status": self.status,
        }

    def _spell(self, name: str, value: object) -> object:
        instant = name in ("start", "ack", "act") and isinstance(value, str) and value
        return self.when(str(value)).isoformat() if instant else value


@dataclass(frozen=True)
class Survey:
    """A survey in the CRM: a poll reply that staff opens when the form goes out.

    Args:
        number: printable number of the survey.
        acceptance: number of the acceptance it belongs to; "" when the reply names none.
        customer: customer's number.
        sent: local instant.
        answered: local instant of the return, or "".
        questions: how many of the five questions were asked (all five is the rule).
        bounced: the form came back.
        case: key of the ticket it asks about, for a survey that is about no acceptance.
    """

    number: str
    acceptance: str
    customer: str
    sent: str
    answered: str = ""
    questions: int = 5
    bounced: bool = False
    case: str = ""


@dataclass(frozen=True)
class Person:
    """A member of staff: their department and position in Creme's own terms."""

    username: str
    first: str
    last: str
    position: str
    department: str
    active: bool = True


PEOPLE: Final = (
    Person("li.na", "Na", "Li", "Front-line agent", "Enquiry desk"),
    Person("wang.fang", "Fang", "Wang", "Front-line agent", "Enquiry desk"),
    Person("zhao.lei", "Lei", "Zhao", "Support engineer", "Technical desk"),
    Person("sun.hao", "Hao", "Sun", "Support engineer", "Technical desk"),
    Person("he.ying", "Ying", "He", "QA inspector", "Technical desk"),
    Person("qian.bo", "Bo", "Qian", "Front-line agent", "Enquiry desk", active=False),
    Person("chen.jie", "Jie", "Chen", "Supervisor", "Service centre"),
    Person("wu.gang", "Gang", "Wu", "Supervisor", "Service centre"),
    Person("zhou.min", "Min", "Zhou", "Service manager", "Haihe Services"),
    Person("gao.lin", "Lin", "Gao", "General manager", ""),
)
#: Department -> who manages it (Creme's relation "manages").
MANAGERS: Final = {
    "Enquiry desk": "chen.jie",
    "Technical desk": "wu.gang",
    "Service centre": "zhou.min",
    "Haihe Services": "gao.lin",
}
#: Team -> its members. A team owns what nobody has taken yet.
TEAMS: Final = {
    "Service desk": ("li.na", "wang.fang"),
    "Emergency team": ("wu.gang", "zhao.lei"),
}
#: Customer number -> name, sector, contact (or nobody).
CUSTOMERS: Final = {
    "C-1001": ("Jiangnan Instruments", "Industry", ("Yu", "Xin", "Plant manager", "010-555-0101")),
    "C-1002": ("Binhai Logistics", "Software", ("Tang", "Rui", "IT manager", "")),
    "C-1003": ("Taihu Foods", "Food Industry", ("Shen", "Lan", "Buyer", "010-555-0103")),
    "C-1004": ("Beishan Clinic", "", None),
}


def seed_input(tickets: tuple[Ticket, ...], surveys: tuple[Survey, ...]) -> dict[str, Any]:
    """Everything the seed plays, as JSON-able data; its hash names the golden database."""
    return {
        "service_types": SERVICE_TYPES,
        "statuses": ADDED_STATUSES,
        "roles": TARGET_ROLES,
        "questions": list(QUESTIONS),
        "people": [asdict(person) for person in PEOPLE],
        "managers": MANAGERS,
        "teams": TEAMS,
        "customers": CUSTOMERS,
        "tickets": [ticket.played() for ticket in tickets],
        "surveys": [
            {
                **asdict(survey),
                "sent": at(survey.sent).isoformat(),
                "answered": survey.answered and at(survey.answered).isoformat(),
            }
            for survey in surveys
        ],
    }
