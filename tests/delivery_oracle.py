"""What the standard says of acceptances, surveys and quality checks, told slowly and row by row.

Written from the words and the readings in force; it shares nothing with the engine but the question. Stamps are
microseconds, None for null; a ``Day`` is a stamp without a time of day, at its local midnight.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.facts import at
from tests.slow_calendar import due as end_of_working_day
from tests.slow_calendar import local
from tests.timing_oracle import HOUR, ZONE, Said, worked

DAY: Final = 24 * HOUR
FIVE: Final = frozenset(
    "response_timeliness solution_effectiveness staff_expertise process_transparency overall_satisfaction".split()
)
STEPS: Final = (
    "self_checked_at", "applied_at", "formal_started_at", "formal_finished_at", "rectification_plan_at",
    "rectified_at", "confirmed_at",
)  # fmt: skip


class Day(int):
    """A stamp without a time of day."""


@dataclass(frozen=True)
class Acceptance:
    id: str
    steps: dict[str, int | None]
    customer: str | None = None
    signed: bool | None = None
    listed: bool | None = None


@dataclass(frozen=True)
class Item:
    acceptance: str
    tested: int | None = None
    by: str | None = None
    passed: bool | None = None
    plan: str | None = None


@dataclass(frozen=True)
class Survey:
    id: str
    kind: str | None
    sent: int | None
    acceptance: str | None = None
    customer: str | None = None
    asked: frozenset[str] = FIVE
    answered: int | None = None
    bounced: bool | None = None


@dataclass(frozen=True)
class Deliverable:
    id: str
    delivered: int | None


@dataclass(frozen=True)
class Check:
    deliverable: str
    round: int | None
    checked: int | None
    result: str | None
    total: int | None = None
    passed: int | None = None


@dataclass(frozen=True)
class Visit:
    scope: str | None
    opened: int | None
    special: bool = True


@dataclass(frozen=True)
class World:
    as_of: int
    acceptances: Sequence[Acceptance] = ()
    items: Sequence[Item] = ()
    surveys: Sequence[Survey] = ()
    deliverables: Sequence[Deliverable] = ()
    checks: Sequence[Check] = ()
    visits: Sequence[Visit] = ()
    promised: dict[str, int] = field(default_factory=dict)

    def seen(self, stamp: int | None) -> int | None:
        """A stamp after the audit's instant has not happened yet."""
        return stamp if stamp is not None and stamp <= self.as_of else None

    def complete(self, entity: str, since: int) -> bool:
        """Whether a missing row of the entity proves anything of what began then."""
        return entity in self.promised and since >= self.promised[entity]

    def by(self, done: int | None, due: int) -> Said:
        """Done at the due instant is kept; open at it may still be; open past it is broken."""
        if done is not None:
            return ("met" if done <= due else "breached"), due
        return ("pending" if self.as_of <= due else "breached"), due


Key = tuple[str, str]


def until(stamp: int) -> int:
    """The last instant that a stamp may mean."""
    return stamp + DAY - 1 if isinstance(stamp, Day) else stamp


def working_days(start: int, n: int) -> int:
    return end_of_working_day(start, n, worked, ZONE)


def judge(world: World) -> dict[Key, Said]:
    """Every verdict: (clause, record) -> (verdict, due)."""
    found: dict[Key, Said] = {}
    for acceptance in world.acceptances:
        found |= {(f"ECS-2.4-{clause}", acceptance.id): said for clause, said in accepted(world, acceptance)}
    for survey in world.surveys:
        if survey.kind in {"acceptance", None} and world.seen(survey.sent) is not None:
            found["ECS-2.4-SURVEY-DIMENSIONS", survey.id] = dimensions(world, survey)
    for deliverable in world.deliverables:
        found |= {(f"ECS-2.4-{clause}", deliverable.id): said for clause, said in checked(world, deliverable)}
    for clause, month, said in rates(world):
        found[f"ECS-2.4-{clause}", month] = said
    return found


# ---- acceptances --------------------------------------------------------------------------------------
def accepted(world: World, acceptance: Acceptance) -> Iterator[tuple[str, Said]]:
    seen = {step: world.seen(stamp) for step, stamp in acceptance.steps.items()}
    applied, confirmed = seen["applied_at"], seen["confirmed_at"]
    if all(seen[step] is None for step in STEPS[1:]):
        return
    due = working_days(applied, 5) if applied is not None else None
    yield "ACCEPT-PRE", pre(world, seen)
    if any(
        seen[s] is not None
        for s in ("formal_started_at", "formal_finished_at", "rectified_at", "confirmed_at")
    ):
        yield "ACCEPT-FORMAL", formal(world, acceptance, applied, due)
    yield "ACCEPT-RECTIFY", rectified(world, acceptance, seen, due)
    signed = confirmed if acceptance.signed else None
    yield "ACCEPT-CONFIRM", (("met" if signed else "no_data"), None) if due is None else world.by(signed, due)
    yield "ACCEPT-ORDER", ordered(world, seen, due)
    yield "ACCEPT-5WD", whole(world, applied, confirmed, due)
    if confirmed is not None:
        yield "SURVEY-3WD", surveyed(world, acceptance, confirmed)


def runs_back(stamps: list[int | None]) -> bool:
    """Whether any stamp lies wholly before one that should come earlier."""
    there = [stamp for stamp in stamps if stamp is not None]
    return any(until(later) < earlier for at, later in enumerate(there) for earlier in there[:at])


def pre(world: World, seen: dict[str, int | None]) -> Said:
    checked, applied = seen["self_checked_at"], seen["applied_at"]
    if runs_back([checked, applied]):
        return "breached", applied
    if applied is None:
        return "no_data", None
    if checked is None:
        return ("pending" if world.as_of <= applied else "breached"), applied
    return "met", applied


def formal(world: World, acceptance: Acceptance, applied: int | None, due: int | None) -> Said:
    """A list, and every item of it tested by the client."""
    items = [item for item in world.items if item.acceptance == acceptance.id]
    tested = [world.seen(item.tested) for item in items]
    stamps = [stamp for stamp in tested if stamp is not None]
    fine = bool(items) and acceptance.listed is not False and len(stamps) == len(items)
    if fine and all(item.by == "client" and item.passed is not None for item in items):
        return ("met", None) if due is None else world.by(max(stamps), due)
    if due is None or applied is None:
        return "no_data", None
    if world.as_of > due and not items and not world.complete("acceptance_item", applied):
        return "no_data", due
    return world.by(None, due)


def rectified(world: World, acceptance: Acceptance, seen: dict[str, int | None], due: int | None) -> Said:
    """A plan for each failed item; without one there is nothing to plan."""
    items = [item for item in world.items if item.acceptance == acceptance.id]
    failed = [i for i in items if i.passed is False and (i.tested is None or i.tested <= world.as_of)]
    applied, plan = seen["applied_at"], seen["rectification_plan_at"]
    if not failed:
        sure = items or (applied is not None and world.complete("acceptance_item", applied))
        if not sure and due is not None and world.as_of <= due:
            return "pending", due
        return ("not_applicable" if sure else "no_data"), due
    if all(item.plan for item in failed):
        if due is None or plan is None:
            return "met", due
        return world.by(plan, due)
    return ("no_data", None) if due is None else world.by(None, due)


def ordered(world: World, seen: dict[str, int | None], due: int | None) -> Said:
    if runs_back([seen[step] for step in STEPS]):
        return "breached", due
    if due is None:
        return "no_data", None
    return ("pending" if seen["confirmed_at"] is None and world.as_of <= due else "met"), due


def whole(world: World, applied: int | None, confirmed: int | None, due: int | None) -> Said:
    if applied is None or due is None:
        return "no_data", None
    if confirmed is not None and until(confirmed) < applied:
        return "no_data", due
    return world.by(confirmed, due)


# ---- surveys ------------------------------------------------------------------------------------------
def surveyed(world: World, acceptance: Acceptance, signed: int) -> Said:
    """The first survey that surely is this acceptance's; one that only may be leaves it open."""
    due, sure, perhaps = working_days(signed, 3), [], False
    for survey in world.surveys:
        sent = world.seen(survey.sent)
        if sent is None or survey.bounced or survey.kind not in {"acceptance", None} or until(sent) < signed:
            continue
        whose = owners(world, survey, sent)
        if acceptance.id not in whose:
            continue
        if len(whose) == 1 and survey.kind == "acceptance" and known(world, survey, acceptance):
            sure.append(max(sent, signed))
        else:
            perhaps = True
    if sure:
        return world.by(min(sure), due)
    if perhaps or (world.as_of > due and not world.complete("survey", signed)):
        return "no_data", due
    return world.by(None, due)


def owners(world: World, survey: Survey, sent: int) -> set[str]:
    """Acceptances that a survey may belong to: the one it names, else those in whose window it was sent."""
    ids = {each.id for each in world.acceptances}
    if survey.acceptance in ids:
        return {survey.acceptance or ""}
    found = set()
    for each in world.acceptances:
        signed = world.seen(each.steps["confirmed_at"])
        if signed is None or until(sent) < signed or sent > working_days(signed, 3):
            continue
        if survey.customer is None or each.customer in {None, survey.customer}:
            found.add(each.id)
    return found


def known(world: World, survey: Survey, acceptance: Acceptance) -> bool:
    """Named, or of the same known customer and naming no other."""
    if survey.acceptance == acceptance.id:
        return True
    return (
        survey.acceptance is None and survey.customer is not None and survey.customer == acceptance.customer
    )


def dimensions(world: World, survey: Survey) -> Said:
    sent = survey.sent
    if survey.kind is None:
        return "no_data", sent
    if survey.asked >= FIVE:
        return "met", sent
    return ("pending" if sent is not None and world.as_of <= sent else "breached"), sent


# ---- quality checks -----------------------------------------------------------------------------------
def checked(world: World, deliverable: Deliverable) -> Iterator[tuple[str, Said]]:
    delivered = world.seen(deliverable.delivered)
    if delivered is None:
        return
    mine = [c for c in world.checks if c.deliverable == deliverable.id]
    before = [
        (c.checked, c.round or 0, c)
        for c in mine
        if c.checked is not None and world.seen(c.checked) is not None
    ]
    before = [row for row in before if row[0] <= until(delivered)]
    if not before:
        yield (
            "QA-BEFORE-DELIVERY",
            (("breached" if world.complete("qa_check", delivered) else "no_data"), delivered),
        )
        return
    last = max(before, key=lambda row: row[:2])[2]
    yield "QA-BEFORE-DELIVERY", ({"pass": "met", "fail": "breached", None: "no_data"}[last.result], delivered)
    total, passed = last.total, last.passed
    if not total or passed is None or not 0 <= passed <= total:
        yield "QA-ITEMS-95", ("no_data", delivered)
    else:
        yield "QA-ITEMS-95", (("met" if 100 * passed >= 95 * total else "breached"), delivered)


# ---- months -------------------------------------------------------------------------------------------
def month_of(instant: int) -> str:
    return local(instant, ZONE).strftime("%Y-%m")


def months(world: World, stamps: list[int]) -> list[str]:
    """Months with members, and those that a report of October looks at."""
    return sorted({*map(month_of, stamps), month_of(world.as_of), "2026-09", "2026-10"})


def last_of(month: str) -> int:
    """The last microsecond of a local month."""
    year, number = int(month[:4]), int(month[5:])
    return first_of(f"{year + number // 12}-{number % 12 + 1:02d}") - 1


def first_of(month: str) -> int:
    return at(f"{month}-01T00:00+08:00")


def rates(world: World) -> Iterator[tuple[str, str, Said]]:
    first = [c for c in world.checks if c.round in {1, None} and world.seen(c.checked) is not None]
    for month in months(world, [c.checked or 0 for c in first]):
        mine = [c for c in first if month_of(c.checked or 0) == month]
        passed = [
            None if c.round is None else {"pass": True, "fail": False, None: None}[c.result] for c in mine
        ]
        said = share(world, passed, 95, last_of(month))
        yield "QA-RATE-95", month, promised(world, "qa_check", month, passed, said)
    sent = [s for s in world.surveys if s.kind in {"acceptance", None} and world.seen(s.sent) is not None]
    for month in months(world, [s.sent or 0 for s in sent]):
        sent_then = [s for s in sent if month_of(s.sent or 0) == month and not s.bounced]
        back = [returned(world, survey) for survey in sent_then]
        closed = last_of(month) + 14 * DAY
        said = share(world, back, 80, closed)
        yield "SURVEY-RETURN-80", month, promised(world, "survey", month, back, said)
        said = visited(world, month, back, closed)
        yield "SURVEY-RETURN-60", month, promised(world, "survey", month, back, said)


def promised(world: World, entity: str, month: str, members: list[bool | None], said: Said) -> Said:
    """A month that began before its source was complete has members nobody sees; none at all is none."""
    partial = entity in world.promised and not world.complete(entity, first_of(month))
    return ("no_data", said[1]) if partial and members and said[0] != "pending" else said


def share(world: World, did: list[bool | None], percent: int, closed: int) -> Said:
    """At least so many of a hundred, whatever the unknown ones did."""
    if world.as_of <= closed:
        return "pending", closed
    if not did:
        return "not_applicable", closed
    least = sum(each is True for each in did) * 100 >= percent * len(did)
    most = sum(each is not False for each in did) * 100 >= percent * len(did)
    return ("met" if least else "no_data" if most else "breached"), closed


def returned(world: World, survey: Survey) -> bool | None:
    """Answered in fourteen days; an answer from before the sending says nothing."""
    answered, sent = world.seen(survey.answered), survey.sent
    if survey.kind is None or sent is None:
        return None
    if answered is None:
        return False
    return None if until(answered) < sent else answered <= until(sent) + 14 * DAY


def visited(world: World, month: str, back: list[bool | None], closed: int) -> Said:
    """A closed cohort below 60 % gets a special return visit within five working days."""
    due = working_days(closed, 5)
    rate = share(world, back, 60, closed)[0]
    if rate in {"pending", "not_applicable", "no_data"}:
        return rate, due
    if rate == "met":
        return "not_applicable", due
    special = [(v.scope, world.seen(v.opened)) for v in world.visits if v.special]
    opened = min((at for scope, at in special if scope == month and at is not None), default=None)
    if opened is not None and opened <= due:
        return "met", due
    if world.as_of <= due:
        return "pending", due
    if any(scope is None and at is not None and at > closed for scope, at in special):
        return "no_data", due
    if opened is None and not world.complete("follow_up", first_of(month)):
        return "no_data", due
    return "breached", due
