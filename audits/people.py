"""Who is told: people, teams, deputies and absences, and the one addressee each step of a ladder leads to.

A ladder names a role; a role is a person today, another tomorrow. This room answers for one instant, says
by which step it found the person, in whose place he stands, and which steps it found empty on the way.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from audits.instants import FAR, NAT

#: The steps each ladder key goes through, first one held by somebody counts (readings ``supervisor_of``,
#: ``emergency_team_addressee``, ``all_staff_addressee``, ``unnamed_addressee``).
STEPS: Final[dict[str, tuple[str, ...]]] = {
    "supervisor": ("assignee_supervisor", "team_supervisor", "duty_supervisor", "service_manager"),
    "owner_supervisor": ("assignee_supervisor", "team_supervisor", "duty_supervisor", "service_manager"),
    "emergency_team": ("emergency_team", "duty_supervisor", "service_manager"),
    "duty_list": ("duty_list", "duty_supervisor", "service_manager"),
    "general_manager": ("general_manager",),
    "service_manager": ("service_manager",),
    "officer": ("officer",),
    "engineer": ("engineer", "officer"),
    "holder": ("assignee", "team_supervisor", "duty_supervisor"),
}
#: Levels above an absent person at which a step still looks for somebody, one at a time.
_LEVELS_UP: Final = 2
#: Roles a house must fill for all of ECS's ladders to lead to somebody.
NEEDED_ROLES: Final = (
    "duty_list",
    "duty_supervisor",
    "emergency_team",
    "engineer",
    "general_manager",
    "officer",
    "service_manager",
)


@dataclass(frozen=True)
class Span:
    """Instants from ``start`` up to, not including, ``end``, in microseconds."""

    start: int = NAT
    end: int = FAR

    def holds(self, at: int) -> bool:
        """Whether ``at`` lies in it."""
        return self.start <= at < self.end


ALWAYS: Final = Span()


@dataclass(frozen=True)
class Person:
    """Somebody a mail can reach: a member of staff, or an address such as the duty list.

    Args:
        id: the CRM's staff key; of an address, its role.
        code: staff number, the name that mails print.
        manager_id: direct supervisor; "" when the CRM and the file name none.
        team_id: team in the CRM.
        email: address; "" when nobody gave one.
        lang: ``zh`` or ``en``; "" for the house's.
        active: from entry to leaving.
    """

    id: str
    code: str = ""
    role: str = ""
    manager_id: str = ""
    team_id: str = ""
    email: str = ""
    lang: str = ""
    active: Span = ALWAYS

    @property
    def printed(self) -> str:
        """Staff number, else the key."""
        return self.code or self.id


@dataclass(frozen=True)
class Held:
    """Somebody holds a role in a span of time; the first entry that holds counts."""

    person_id: str
    when: Span = ALWAYS


@dataclass(frozen=True)
class Addressee:
    """The one person a step leads to, and why.

    Args:
        role: ladder key of the card, e.g. ``supervisor``.
        via: step that found the person, one of ``STEPS[role]``.
        absent_of: who would be told but is away; "" when nobody is.
        as_deputy: stands in as the deputy; False with ``absent_of`` means as the next manager.
        deputy_id: who would stand in when this person is away; "" when nobody.
        empty: steps found without anybody, as ``step`` or ``step:whose``; an absence without a deputy is
            ``away:whom``. Each is an operations alert.
    """

    person_id: str
    role: str
    via: str
    absent_of: str = ""
    as_deputy: bool = False
    deputy_id: str = ""
    empty: tuple[str, ...] = ()


@dataclass(frozen=True)
class Nobody:
    """Every step of a ladder is empty; what it found on the way is an operations alert."""

    role: str
    empty: tuple[str, ...]


@dataclass(frozen=True)
class People:
    """Everybody, by id, and who holds what.

    Args:
        persons: id -> person.
        roles: role -> who holds it when, in order; the keys are ``NEEDED_ROLES``.
        supervisors: team or queue id -> who supervises it when.
        deputies: person -> who stands in for him when he is away.
        absences: person -> when he is away.
        lang: language of whoever names none.
        allow: e-mail addresses a pilot may reach.
    """

    persons: dict[str, Person]
    roles: dict[str, tuple[Held, ...]] = field(default_factory=dict)
    supervisors: dict[str, tuple[Held, ...]] = field(default_factory=dict)
    deputies: dict[str, tuple[Held, ...]] = field(default_factory=dict)
    absences: dict[str, tuple[Span, ...]] = field(default_factory=dict)
    lang: str = "zh"
    allow: frozenset[str] = frozenset()

    def addressee(self, role: str, assignee: str, team: str, on: int) -> Addressee | Nobody:
        """The one person to tell.

        Args:
            role: ladder key, one of ``STEPS``.
            assignee: doer of the record (assignee, owner); "" when unassigned.
            team: team or queue of the record; "" when none.
            on: instant in microseconds.

        Raises:
            KeyError: an unknown ladder key.
        """
        empty: list[str] = []
        for step in STEPS[role]:
            asked, candidate = self._candidate(step, assignee, team, on)
            doer = "" if step == "assignee" else assignee  # nobody is told of himself, but of his own work
            found = self._present(candidate, doer, on) if candidate else None
            away = candidate if candidate and self.away(candidate, on) else ""
            if away and (found is None or not found[1]):
                empty.append(f"away:{away}")
            if found is not None:
                deputy = self._deputy(found[0], on)
                return Addressee(found[0], role, step, away, found[1], deputy, tuple(empty))
            if asked is not None and not candidate:
                empty.append(f"{step}:{asked}".rstrip(":"))
        return Nobody(role, tuple(empty))

    def again(self, person_id: str, role: str, on: int) -> Addressee | Nobody:
        """Whoever was told, or who stands in for him at that instant."""
        found = self._present(person_id, "", on)
        if found is None:
            return Nobody(role, (f"away:{person_id}",))
        away = "" if found[0] == person_id else person_id
        return Addressee(found[0], role, role, away, found[1], self._deputy(found[0], on))

    def supervisor_of(self, assignee: str, team: str, on: int) -> Addressee | Nobody:
        """Supervisor of the assignee, else of the queue or team, else on duty, else the service manager."""
        return self.addressee("supervisor", assignee, team, on)

    def person(self, person_id: str) -> Person:
        """That person; one the files do not know has no address and the house's language."""
        return self.persons.get(person_id, Person(person_id))

    def lang_of(self, person_id: str) -> str:
        """Language of this person's mails, ``zh`` or ``en``."""
        return self.person(person_id).lang or self.lang

    def vacancies(self, on: int) -> tuple[str, ...]:
        """Roles that nobody present holds at ``on``: each one is an operations alert, never a finding."""
        return tuple(
            role
            for role in NEEDED_ROLES
            if not (holder := self._holder(self.roles, role, on)) or self._present(holder, "", on) is None
        )

    def away(self, person_id: str, on: int) -> bool:
        """Absent, or not (any more) in service."""
        absent = any(span.holds(on) for span in self.absences.get(person_id, ()))
        return absent or not self.person(person_id).active.holds(on)

    def _candidate(self, step: str, assignee: str, team: str, on: int) -> tuple[str | None, str]:
        """Whom a step asks about (None: it does not apply), and the id it names ("" for nobody)."""
        if step == "assignee":
            return (assignee or None), assignee
        if step == "assignee_supervisor":
            boss = self.person(assignee).manager_id if assignee else ""
            return (assignee or None), boss
        if step == "team_supervisor":
            return (team or None), self._holder(self.supervisors, team, on) if team else ""
        return "", self._holder(self.roles, step, on)

    def _present(self, candidate: str, doer: str, on: int) -> tuple[str, bool] | None:
        """Candidate, his deputy (True) or the next manager present (False); never the doer himself."""
        if not self.away(candidate, on) and candidate != doer:
            return candidate, False
        deputy = self._deputy(candidate, on)
        if deputy and deputy != doer:
            return deputy, True
        chain = islice(self._managers(candidate), _LEVELS_UP)
        managers = (boss for boss in chain if boss != doer and not self.away(boss, on))
        boss = next(managers, "")
        return (boss, False) if boss else None

    def _holder(self, of: dict[str, tuple[Held, ...]], key: str, on: int) -> str:
        """Who holds it at that instant, of several the first who is present; "" for nobody."""
        held = [entry.person_id for entry in of.get(key, ()) if entry.when.holds(on)]
        return next((one for one in held if not self.away(one, on)), held[0] if held else "")

    def _deputy(self, person_id: str, on: int) -> str:
        """The first deputy of that instant who is present himself."""
        held = (entry for entry in self.deputies.get(person_id, ()) if entry.when.holds(on))
        return next((entry.person_id for entry in held if not self.away(entry.person_id, on)), "")

    def _managers(self, person_id: str) -> Iterator[str]:
        """Up the manager chain, once each: a circle in the data ends it."""
        seen = {person_id}
        boss = self.person(person_id).manager_id
        while boss and boss not in seen:
            yield boss
            seen.add(boss)
            boss = self.person(boss).manager_id
