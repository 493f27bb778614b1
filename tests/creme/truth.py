"""The answer key: what ECS's cards must say of the seeded cases, in plain slow Python.

Written from the standard's words and the readings in force, on the scenario's intentions; it reads neither
the CRM nor our engine. ``Ticket.says`` holds the same verdicts as a person wrote them down row by row, and a
test holds the two against each other, so that a slip in one of them shows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from tests.creme.scenario import (
    COMPLAINT,
    EMERGENCY,
    ESCALATIONS_COMPLETE_SINCE,
    GENERAL,
    TECHNICAL,
    Ticket,
)

MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
TICK: Final = timedelta(microseconds=1)
MET, BREACHED, PENDING, NOT_APPLICABLE, NO_DATA = "met", "breached", "pending", "not_applicable", "no_data"


@dataclass(frozen=True)
class Expected:
    """One verdict that must be given; ``due`` is known where the clause gives it to the microsecond.

    ``record`` is the ticket's key, the acceptance's or deliverable's number, or the cohort's month;
    ``occurrence`` counts the matters of one case from 0.
    """

    clause: str
    record: str
    verdict: str
    due: datetime | None = None
    occurrence: int = 0


@dataclass(frozen=True)
class Duty:
    """One row of the standard's table of limits."""

    name: str
    response: timedelta
    resolution: timedelta
    grace: timedelta
    role: str
    act: bool


DUTIES: Final = {
    GENERAL: Duty("CONSULT", 15 * MINUTE, 2 * HOUR, 60 * MINUTE, "Supervisor", False),
    TECHNICAL: Duty("TECH", 30 * MINUTE, 4 * HOUR, 60 * MINUTE, "Emergency team", True),
    COMPLAINT: Duty("COMPLAINT", 10 * MINUTE, 24 * HOUR, 15 * MINUTE, "General manager", True),
    EMERGENCY: Duty("EMERGENCY", 5 * MINUTE, 1 * HOUR, 15 * MINUTE, "All service staff", True),
}

#: The State Council's days for June to October 2026: what is off on a weekday, what is worked on a weekend.
DAYS_OFF: Final = {date(2026, 6, 19), date(2026, 9, 25), *(date(2026, 10, day) for day in (1, 2, 5, 6, 7))}
DAYS_MADE_UP: Final = {date(2026, 9, 20), date(2026, 10, 10)}


def end_of_working_day(event: datetime, number: int) -> datetime:
    """The last microsecond of the ``number``-th working day after the day of the event."""
    day = event.date()
    while number:
        day += timedelta(days=1)
        if (day.weekday() < 5 or day in DAYS_MADE_UP) and day not in DAYS_OFF:
            number -= 1
    midnight = datetime(day.year, day.month, day.day, tzinfo=event.tzinfo) + timedelta(days=1)
    return midnight - TICK


# ---- what happened on a ticket, up to the audit's instant ---------------------------------------------
def answers(ticket: Ticket, as_of: datetime) -> list[datetime]:
    """Every contact with the customer that counts as a response: done outgoing calls, sent mails."""
    found = []
    for step in ticket.steps:
        if step.deed == "call" and step.more["direction"] == "out" and step.more["done"]:
            found.append(ticket.when(step.more["start"]))
        if step.deed == "mail" and step.more["status"] == 1:
            found.append(ticket.when(step.offset))
    return sorted(when for when in found if when <= as_of)


def statuses(ticket: Ticket, as_of: datetime) -> list[tuple[datetime, str]]:
    """Status after status with the instant it began, from creation on."""
    moves = [(ticket.when(s.offset), str(s.more["status"])) for s in ticket.steps if s.deed == "status"]
    return [(ticket.start, ticket.status), *((when, name) for when, name in sorted(moves) if when <= as_of)]


@dataclass
class Matter:
    """One occurrence of a case: since when the customer waited, and when it was solved (None: it is not)."""

    began: datetime
    solved: datetime | None = None


def matters(ticket: Ticket, as_of: datetime) -> list[Matter]:
    """The case's occurrences: a reopening after more than 3 working days begins a new one."""
    found, over = [Matter(ticket.start)], False
    for when, status in statuses(ticket, as_of):
        now_over = status in ("Resolved", "Closed")
        if now_over and not over:
            found[-1].solved = when
        if over and not now_over:
            solved = found[-1].solved
            assert solved is not None
            if when <= end_of_working_day(solved, 3):
                found[-1].solved = None
            else:
                found.append(Matter(when))
        over = now_over
    return found


def kind_at_end(ticket: Ticket) -> str:
    """The type of service as last corrected."""
    return [ticket.kind, *(str(s.more["type"]) for s in ticket.steps if s.deed == "type")][-1]


def in_time(done: datetime | None, due: datetime, as_of: datetime) -> str:
    """Done at the due instant is kept; open at it may still be kept; open past it is broken."""
    if done is not None and done <= as_of:
        return MET if done <= due else BREACHED
    return BREACHED if as_of > due else PENDING


# ---- the clauses --------------------------------------------------------------------------------------
def judge_ticket(ticket: Ticket, as_of: datetime) -> list[Expected]:
    """Response, resolution and overtime of one case; nothing for one that the CRM no longer shows."""
    if any(step.deed in ("trash", "delete") for step in ticket.steps):
        return []
    if ticket.kind not in DUTIES:
        cards = [f"{act}-{d.name}" for d in DUTIES.values() for act in ("RESPONSE", "RESOLVE", "OVERTIME")]
        return [Expected(f"ECS-1.3-{card}", ticket.key, NO_DATA) for card in cards]
    first, last = DUTIES[ticket.kind], DUTIES[kind_at_end(ticket)]
    if statuses(ticket, as_of)[-1][1] in ("Duplicated", "Invalid"):
        cards = [f"{act}-{first.name}" for act in ("RESPONSE", "RESOLVE", "OVERTIME")]
        return [Expected(f"ECS-1.3-{card}", ticket.key, NOT_APPLICABLE) for card in cards]
    found = [judge_response(ticket, first, as_of)]
    for number, matter in enumerate(matters(ticket, as_of)):
        found.append(judge_resolution(ticket, last, number, matter, as_of))
    mine = [[each for each in found if each.occurrence == number] for number in range(len(found) - 1)]
    return [*found, *(judge_overtime(ticket, last, limits, as_of) for limits in mine)]


def judge_response(ticket: Ticket, duty: Duty, as_of: datetime) -> Expected:
    """Answered within the limit; over without evidence, it is bounded by its resolution or a hole."""
    due = ticket.start + duty.response
    seen, solved = answers(ticket, as_of), [m.solved for m in matters(ticket, as_of) if m.solved]
    verdict = in_time(seen[0] if seen else None, due, as_of)
    if solved and not seen:
        verdict = MET if solved[0] <= due else NO_DATA
    return Expected(f"ECS-1.3-RESPONSE-{duty.name}", ticket.key, verdict, due)


def judge_resolution(ticket: Ticket, duty: Duty, number: int, matter: Matter, as_of: datetime) -> Expected:
    """Each matter solved within the limit from its own beginning; no pause is granted."""
    due = matter.began + duty.resolution
    return Expected(
        f"ECS-1.3-RESOLVE-{duty.name}", ticket.key, in_time(matter.solved, due, as_of), due, number
    )


def judge_overtime(ticket: Ticket, duty: Duty, limits: list[Expected], as_of: datetime) -> Expected:
    """The role was told (or acted) between receipt and the first broken limit plus grace; once a matter.

    The first matter has two limits, a later one only its resolution.
    """
    clause, number = f"ECS-1.3-OVERTIME-{duty.name}", limits[0].occurrence
    broken = [each.due for each in limits if each.verdict == BREACHED and each.due]
    if not broken:
        unknown = NO_DATA in {each.verdict for each in limits}
        return Expected(clause, ticket.key, NO_DATA if unknown else NOT_APPLICABLE, occurrence=number)
    due, began = min(broken) + duty.grace, matters(ticket, as_of)[number].began
    if any(began <= when <= min(due, as_of) for when in escalated(ticket, duty)):
        verdict = MET
    elif as_of <= due:
        verdict = PENDING
    else:
        verdict = BREACHED if began >= ESCALATIONS_COMPLETE_SINCE else NO_DATA
    return Expected(clause, ticket.key, verdict, due, number)


def escalated(ticket: Ticket, duty: Duty) -> Iterator[datetime]:
    """Instants at which the right role was told; where the words ask for an act, acknowledged or acted."""
    for step in ticket.steps:
        if step.deed == "escalate" and step.more["role"] == duty.role:
            stamps = (step.more["ack"], step.more["act"]) if duty.act else (step.offset,)
            yield from (ticket.when(stamp) for stamp in stamps if stamp)
