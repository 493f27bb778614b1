"""Who is who in this house: ``people.yaml`` laid over what the CRM says of staff and teams (the file wins).

The file holds what no CRM knows: who holds a role and when, who stands in for whom, who is away, which
address is the duty list, whom a pilot may mail. People are named by staff number or by the CRM's own key.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from audits.instants import FAR, NAT, day_number
from audits.people import Held, People, Person, Span
from audits.zones import zone
from config.mapping.lines import Lined, YamlProblem, read_lined
from config.mapping.lines import Path as Place
from config.mapping.problem import FileError

#: The house's own file.
FILE: Final = Path(__file__).resolve().parent / "people.yaml"

RoleName = Literal["general_manager", "service_manager", "duty_supervisor", "emergency_team", "officer"]
Lang = Literal["zh", "en"]
#: CRM roles that fill a role nobody is named for in the file.
_FROM_CRM: Final[dict[str, str]] = {
    "general_manager": "general_manager",
    "service_manager": "service_manager",
    "duty_supervisor": "duty_supervisor",
    "compliance_officer": "officer",
}


#: Columns of the staff frame, in the order of ``Person``.
_STAFF: Final = ("id", "staff_no", "role", "manager_id", "team_id")
T = TypeVar("T")


class _Block(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Term(_Block):
    """Somebody, from one day to another, both included."""

    person: str
    since: date | None = Field(None, alias="from")
    to: date | None = None


class Deputy(_Block):
    """Who stands in for whom when he is away, from one day to another if need be."""

    of: str
    deputy: str
    since: date | None = Field(None, alias="from")
    to: date | None = None


class Entry(_Block):
    """What the CRM does not say of somebody, or says wrongly."""

    id: str = ""
    email: str = ""
    lang: Lang | Literal[""] = ""
    supervisor: str = ""
    team: str = ""
    role: str = ""


class Addresses(_Block):
    """Mailboxes that are no persons."""

    duty_list: str = ""
    engineer: str = ""


def _as_terms(value: object) -> object:
    """One name, one term or a list of either: always a list of terms."""
    entries = value if isinstance(value, list) else [value]
    return [{"person": one} if isinstance(one, str) else one for one in entries]


Terms = Annotated[tuple[Term, ...], BeforeValidator(_as_terms)]


class PeopleFile(_Block):
    """``people.yaml`` as it is written.

    Args:
        schema: edition of this grammar, 1.
        zone: IANA zone of the days below.
        lang: language of whoever names none.
        people: staff number -> what is to be added or corrected.
        roles, teams, queues: who holds a role, supervises a team or queue: a name, or a roster.
        deputies, absences: who stands in for whom, who is away.
        addresses: duty list and engineer.
        allow: whom a pilot may mail: staff numbers or addresses.
    """

    schema_: Literal[1] = Field(alias="schema")
    zone: str = "Asia/Shanghai"
    lang: Lang = "zh"
    people: dict[str, Entry] = {}
    roles: dict[RoleName, Terms] = {}
    teams: dict[str, Terms] = {}
    queues: dict[str, Terms] = {}
    deputies: tuple[Deputy, ...] = ()
    absences: tuple[Term, ...] = ()
    addresses: Addresses = Addresses()
    allow: tuple[str, ...] = ()


class PeopleError(FileError):
    """``people.yaml`` cannot be used."""


def load_people(
    path: Path | None = None,
    staff: pd.DataFrame | None = None,
    teams: pd.DataFrame | None = None,
    directory: pd.DataFrame | None = None,
) -> People:
    """Everybody a notice may lead to.

    Args:
        path: the file; ``config/people.yaml`` when not given.
        staff, teams: the canonical frames, where the mapping provides them.
        directory: entity, id, code, name, email, phone: addresses, which the canonical frames do not hold.

    Raises:
        PeopleError: not YAML, unknown keys, persons nobody knows, days the wrong way round: all at once.
    """
    file = path or FILE
    return _House(file, _read(file), staff, directory).people(staff, teams)


def engineer_of(path: Path) -> Person:
    """The engineer's mailbox, which is known whatever the CRM says; its address is "" when none is named.

    Raises:
        PeopleError: the file cannot be read, or is not one.
    """
    file = _validated(path, _read(path))
    return Person("engineer", email=file.addresses.engineer, lang=file.lang)


def _read(file: Path) -> Lined:
    try:
        return read_lined(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise PeopleError([(f"cannot be read: {error.strerror}", str(file), "check the path")]) from error
    except UnicodeDecodeError as error:
        raise PeopleError([("the file is not UTF-8", str(file), "save it as UTF-8")]) from error
    except YamlProblem as error:
        raise PeopleError([(str(error), f"{file}:{error.line}", "correct the YAML at this line")]) from error


def _validated(path: Path, lined: Lined) -> PeopleFile:
    try:
        return PeopleFile.model_validate(lined.data)
    except ValidationError as error:
        problems = []
        for detail in error.errors(include_url=False, include_input=False):
            said = detail["msg"].removeprefix("Value error, ")
            place = tuple(detail["loc"])
            where = f"{path}:{lined.line(place)}"
            problems.append((f"`{'.'.join(map(str, place))}`: {said}", where, "correct this entry"))
        raise PeopleError(problems) from error


class _House:
    """The file being laid over the CRM's people; ``_problems`` gathers what does not fit."""

    def __init__(
        self, path: Path, lined: Lined, staff: pd.DataFrame | None, directory: pd.DataFrame | None
    ) -> None:
        self._path, self._lined = path, lined
        self._problems: list[tuple[str, str, str]] = []
        self._file = _validated(path, lined)
        self._days = zone(self._file.zone).day_starts
        self._persons = {} if staff is None else self._from_crm(staff, directory)
        self._by_code = {one.code: one.id for one in self._persons.values() if one.code}

    def _problem(self, found: str, place: Place, do: str) -> None:
        self._problems.append((found, f"{self._path}:{self._lined.line(place)}", do))

    def people(self, staff: pd.DataFrame | None, teams: pd.DataFrame | None) -> People:
        """The whole house.

        Raises:
            PeopleError: with every problem found.
        """
        file = self._file
        for code, entry in file.people.items():
            self._add(code, entry)
        for role, address in file.addresses:
            if address:
                self._persons[role] = Person(role, email=address)
        made = People(
            self._persons,
            self._roles(staff, teams),
            self._supervisors(teams),
            dict(_grouped(self._deputies())),
            dict(_grouped(self._absences())),
            file.lang,
            frozenset(filter(None, (self._address(one, at) for at, one in enumerate(file.allow)))),
        )
        if self._problems:
            raise PeopleError(self._problems)
        return made

    def _add(self, code: str, entry: Entry) -> None:
        known = self._by_code.get(code, code)
        person = self._persons.get(known) or Person(entry.id or known, code)
        boss = self._id(entry.supervisor, ("people", code, "supervisor")) if entry.supervisor else ""
        self._persons[person.id] = replace(
            person,
            email=entry.email or person.email,
            lang=entry.lang or person.lang,
            manager_id=boss or person.manager_id,
            team_id=entry.team or person.team_id,
            role=entry.role or person.role,
        )
        self._by_code[person.code] = person.id

    def _id(self, name: str, place: Place) -> str:
        """The person's key for a staff number or key; a name nobody knows is a problem."""
        if name in self._by_code:
            return self._by_code[name]
        if name in self._persons:
            return name
        if name in self._file.people:  # stands further down in the file
            return self._file.people[name].id or name
        self._problem(
            f"nobody is known as {name!r}", place, "write a staff number, or add him under `people`"
        )
        return ""

    def _held(self, terms: Iterable[Term], place: Place) -> tuple[Held, ...]:
        return tuple(
            Held(self._id(term.person, place), self._span(term, (*place, at)))
            for at, term in enumerate(terms)
        )

    def _span(self, term: Term | Deputy, place: Place) -> Span:
        if term.since and term.to and term.to < term.since:
            self._problem(f"ends on {term.to}, before it begins on {term.since}", place, "swap the days")
        return self._between(term.since, term.to)

    def _between(self, first: date | None, last: date | None) -> Span:
        """From the beginning of the first local day to the end of the last one."""
        start = NAT if first is None else int(self._days[day_number(first)])
        return Span(start, FAR if last is None else int(self._days[day_number(last) + 1]))

    def _from_crm(self, staff: pd.DataFrame, directory: pd.DataFrame | None) -> dict[str, Person]:
        """Persons by key, as the CRM knows them."""
        mail: dict[str, str] = {}
        if directory is not None:
            mail = dict(_pairs(directory[directory["entity"] == "staff"], "id", "email"))
        texts = zip(*(_texts(staff, name) for name in _STAFF), strict=True)
        days = zip(_dates(staff, "active_from"), _dates(staff, "active_to"), strict=True)
        return {
            key: Person(key, code, role, boss, team, mail.get(key, ""), active=self._between(*active))
            for (key, code, role, boss, team), active in zip(texts, days, strict=True)
        }

    def _roles(self, staff: pd.DataFrame | None, teams: pd.DataFrame | None) -> dict[str, tuple[Held, ...]]:
        roles = dict(_crm_roles(staff, teams))
        roles |= {role: self._held(terms, ("roles", role)) for role, terms in self._file.roles.items()}
        mailboxes = {role: (Held(role),) for role, address in self._file.addresses if address}
        return {**roles, **mailboxes}

    def _supervisors(self, teams: pd.DataFrame | None) -> dict[str, tuple[Held, ...]]:
        """Leads of teams by key; the file names a team by its code or key, a queue by its own name."""
        by_code = {} if teams is None else dict(_pairs(teams, "code", "id"))
        found: dict[str, tuple[Held, ...]] = {}
        if teams is not None:
            found |= {team: (Held(lead),) for team, lead in _pairs(teams, "id", "lead_id")}
        for block, entries in (("queues", self._file.queues), ("teams", self._file.teams)):
            for name, terms in entries.items():
                found[by_code.get(name, name)] = self._held(terms, (block, name))
        return found

    def _deputies(self) -> Iterator[tuple[str, Held]]:
        for at, one in enumerate(self._file.deputies):
            place: Place = ("deputies", at)
            span = self._span(one, place)
            yield self._id(one.of, (*place, "of")), Held(self._id(one.deputy, (*place, "deputy")), span)

    def _absences(self) -> Iterator[tuple[str, Span]]:
        for at, one in enumerate(self._file.absences):
            yield self._id(one.person, ("absences", at, "person")), self._span(one, ("absences", at))

    def _address(self, name: str, at: int) -> str:
        """The address of somebody on the pilot's list, in lower case."""
        if "@" in name:
            return name.lower()
        found = self._id(name, ("allow", at))
        return self._persons[found].email.lower() if found in self._persons else ""


def _crm_roles(
    staff: pd.DataFrame | None, teams: pd.DataFrame | None
) -> Iterator[tuple[str, tuple[Held, ...]]]:
    """Roles that the CRM fills: by the role of its staff, the emergency team by its lead."""
    if staff is not None:
        pairs = [(_FROM_CRM[role], key) for key, role in _pairs(staff, "id", "role") if role in _FROM_CRM]
        yield from _grouped((role, Held(key)) for role, key in sorted(pairs))
    if teams is not None and "kind" in teams.columns:
        leads = list(_pairs(teams[teams["kind"] == "emergency"], "id", "lead_id"))
        if leads:
            yield "emergency_team", tuple(Held(lead) for _, lead in leads)


def _grouped(pairs: Iterable[tuple[str, T]]) -> Iterator[tuple[str, tuple[T, ...]]]:
    groups: dict[str, list[T]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return ((key, tuple(values)) for key, values in groups.items())


def _pairs(frame: pd.DataFrame, key: str, value: str) -> Iterator[tuple[str, str]]:
    """Two columns as text, without the rows in which one is blank."""
    return (pair for pair in zip(_texts(frame, key), _texts(frame, value), strict=True) if all(pair))


def _texts(frame: pd.DataFrame, name: str) -> list[str]:
    if name not in frame.columns:
        return [""] * len(frame)
    return [str(text) for text in frame[name].astype("object").where(frame[name].notna(), "")]


def _dates(frame: pd.DataFrame, name: str) -> list[date | None]:
    if name not in frame.columns:
        return [None] * len(frame)
    return [None if pd.isna(day) else pd.Timestamp(day).date() for day in frame[name]]
