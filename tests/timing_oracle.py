"""What the standard's table of limits says of a handful of cases, told slowly and row by row.

Written from the words and the readings in force; it shares nothing with the engine but the question. Stamps are
microseconds, None for null; a verdict is (verdict, due), due None where the text gives none.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from tests.slow_calendar import due as end_of_working_day

MINUTE: Final = 60_000_000
HOUR: Final = 60 * MINUTE
ZONE: Final = "Asia/Shanghai"


@dataclass(frozen=True)
class Row:
    """One row of the table of limits; ``told``: being told is enough, else the role must act."""

    name: str
    response: int
    resolution: int
    grace: int
    roles: frozenset[str]
    told: bool = False


ROWS: Final = {
    "consultation": Row("CONSULT", 15 * MINUTE, 2 * HOUR, HOUR,
                        frozenset({"supervisor", "duty_supervisor", "service_manager"}), told=True),
    "technical_support": Row("TECH", 30 * MINUTE, 4 * HOUR, HOUR, frozenset({"emergency_team"})),
    "complaint": Row("COMPLAINT", 10 * MINUTE, 24 * HOUR, 15 * MINUTE, frozenset({"general_manager"})),
    "emergency_fault": Row("EMERGENCY", 5 * MINUTE, HOUR, 15 * MINUTE, frozenset({"duty_list", "emergency_team"})),
}  # fmt: skip
HOLIDAYS: Final = {date(2026, 10, day) for day in range(1, 8)}
MADE_UP: Final = {date(2026, 9, 20), date(2026, 10, 10)}

Said = tuple[str, int | None]
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Case:
    id: str
    type: str | None
    received: int
    type_at_receipt: str | None = None
    answered: int | None = None
    evidence: str | None = None
    resolved: int | None = None
    closed: int | None = None
    is_closed: bool | None = None
    void: str | None = None
    into: str | None = None


@dataclass(frozen=True)
class Event:
    case: str
    resolved: bool
    at: int


@dataclass(frozen=True)
class Escalation:
    case: str
    role: str | None
    triggered: int | None = None
    acknowledged: int | None = None
    acted: int | None = None
    delivered: int | None = None


@dataclass(frozen=True)
class World:
    as_of: int
    cases: Sequence[Case]
    events: Sequence[Event] = ()
    escalations: Sequence[Escalation] = ()
    promised: int | None = None

    def seen(self, stamp: int | None) -> int | None:
        """A stamp after the audit's instant has not happened yet."""
        return stamp if stamp is not None and stamp <= self.as_of else None

    def goes_on(self, case: Case) -> Case:
        """The case that a merged one went into, at the end of the chain."""
        by_id = {each.id: each for each in self.cases}
        while case.into in by_id:
            case = by_id[case.into]
        return case

    def parts(self, case: Case) -> list[Case]:
        """A case and all that were merged into it."""
        return [each for each in self.cases if each is case or self.goes_on(each) is case]


@dataclass
class Matter:
    opened: int
    solved: int | None = None
    limits: list[tuple[str, Said]] = field(default_factory=list)


def worked(day: date) -> bool:
    return day in MADE_UP or (day.weekday() < 5 and day not in HOLIDAYS)


def earliest(stamps: Iterator[int | None]) -> int | None:
    return min((stamp for stamp in stamps if stamp is not None), default=None)


def judge(world: World) -> dict[Key, Said]:
    """Every verdict on the twelve clauses: (clause, case, occurrence) -> (verdict, due)."""
    found: dict[Key, Said] = {}
    for case in world.cases:
        if any(part.received <= world.as_of for part in world.parts(case)):
            found |= dict(judge_case(world, case))
    return found


def judge_case(world: World, case: Case) -> Iterator[tuple[Key, Said]]:
    matters = matters_of(world, case)
    at_receipt, today = case.type_at_receipt or case.type, case.type
    for name in [at_receipt] if at_receipt else ROWS:
        said = response(world, case, name, matters[0].opened)
        matters[0].limits.append((name, said))
        yield (f"ECS-1.3-RESPONSE-{ROWS[name].name}", case.id, ""), said
    for number, matter in enumerate(matters):
        occurrence = f"r{number}" if number else ""
        for name in [today] if today else ROWS:
            said = resolution(world, case, name, matter)
            matter.limits.append((name, said))
            yield (f"ECS-1.3-RESOLVE-{ROWS[name].name}", case.id, occurrence), said
        for name in ROWS:
            told = overtime(world, case, name, matter)
            if told is not None:
                yield (f"ECS-1.3-OVERTIME-{ROWS[name].name}", case.id, occurrence), told


def matters_of(world: World, case: Case) -> list[Matter]:
    """Reopened within three working days it is the same matter, later a new one; a second closing is none."""
    receipt = earliest(world.seen(part.received) for part in world.parts(case))
    assert receipt is not None
    mine = [event for event in world.events if event.case == case.id and event.at <= world.as_of]
    turns = [(event.at, not event.resolved) for event in mine]
    if world.seen(case.resolved) is not None:
        turns.append((case.resolved or 0, False))
    found = [Matter(receipt)]
    for at, reopened in sorted(turns):
        last = found[-1]
        if not reopened and last.solved is None:
            last.solved = at
        elif reopened and last.solved is not None:
            if at <= end_of_working_day(last.solved, 3, worked, ZONE):
                last.solved = None
            else:
                found.append(Matter(at))
    return found


def closing_of(world: World, case: Case) -> int | None:
    """The closing stamp, where no reopening came at or after it."""
    closed = world.seen(case.closed)
    reopened = [e.at for e in world.events if e.case == case.id and not e.resolved and e.at <= world.as_of]
    return closed if closed is not None and all(at < closed for at in reopened) else None


def response(world: World, case: Case, name: str, receipt: int) -> Said:
    due = receipt + ROWS[name].response
    if case.void or case.into:
        return "not_applicable", due
    if (case.type_at_receipt or case.type) is None:
        return "no_data", due
    answers = (
        world.seen(part.answered)
        for part in world.parts(case)
        if part.evidence not in {"bot", "status_change"}
    )
    answered = earliest(answers)
    if answered is not None:
        return in_time(receipt, answered, due), due
    events = (e.at for e in world.events if e.case == case.id and e.resolved and e.at <= world.as_of)
    solved = earliest(iter([world.seen(case.resolved), *events]))
    if solved is not None:
        return ("met" if receipt <= solved <= due else "no_data"), due
    flag = case.is_closed and case.closed is None and not later(world, case.resolved)
    if world.seen(case.closed) is not None or flag:
        return "no_data", due
    return ("pending" if world.as_of <= due else "breached"), due


def later(world: World, stamp: int | None) -> bool:
    return stamp is not None and stamp > world.as_of


def in_time(start: int, done: int, due: int) -> str:
    if done < start:
        return "no_data"
    return "met" if done <= due else "breached"


def resolution(world: World, case: Case, name: str, matter: Matter) -> Said:
    due = matter.opened + ROWS[name].resolution
    if case.void or case.into:
        return "not_applicable", due
    if case.type is None:
        return "no_data", due
    if matter.solved is not None:
        return in_time(matter.opened, matter.solved, due), due
    closed = closing_of(world, case)
    if closed is not None and matter.opened <= closed <= due:
        return "met", due
    flag = case.is_closed and not later(world, case.closed) and not later(world, case.resolved)
    if closed is not None or flag:
        return "no_data", due
    return ("pending" if world.as_of <= due else "breached"), due


def overtime(world: World, case: Case, name: str, matter: Matter) -> Said | None:
    """Once a matter, by the row of its first broken limit; unknown while a limit of the row is."""
    broken = [(said[1], at, row) for at, (row, said) in enumerate(matter.limits) if said[0] == "breached"]
    if not broken:
        unknown = any(row == name and said[0] == "no_data" for row, said in matter.limits)
        return ("no_data", None) if unknown else None
    passed, _, row = min(broken)
    if row != name or passed is None:
        return None
    due = passed + ROWS[name].grace
    proofs = sorted(proofs_of(world, case, name, matter.opened, named=True))
    if proofs and proofs[0] <= due:
        return "met", due
    if world.as_of <= due:
        return "pending", due
    if any(at <= due for at in proofs_of(world, case, name, matter.opened, named=False)):
        return "no_data", due
    if proofs or (world.promised is not None and matter.opened >= world.promised):
        return "breached", due
    return "no_data", due


def proofs_of(world: World, case: Case, name: str, since: int, *, named: bool) -> Iterator[int]:
    """Instants of evidence at this case, or at one merged into it, to the row's roles or to nobody named."""
    roles, told = ROWS[name].roles, ROWS[name].told
    parts = {part.id for part in world.parts(case)}
    for row in world.escalations:
        if row.case in parts and (row.role in roles if named else row.role is None):
            stamps = [row.acted, row.acknowledged, *([row.triggered, row.delivered] if told else [])]
            yield from (at for at in map(world.seen, stamps) if at is not None and at >= since)
