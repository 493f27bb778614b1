"""A card: one duty of a standard as data. ``config.standards`` reads them from YAML."""

from dataclasses import dataclass, field
from typing import Any

from audits.words import Words

#: The same words in Chinese and English.
Text = Words


#: A value of a filter, or several of which one is enough.
Wanted = str | tuple[str, ...]


@dataclass(frozen=True)
class Limit:
    """A budget: ``amount`` of ``unit``.

    ``us`` for hours, minutes and seconds, ``working_days``, ``month``, ``quarter`` or ``year`` (to the end of
    that calendar period), ``percent``, or ``count`` for a figure.
    """

    amount: int
    unit: str


@dataclass(frozen=True)
class Column:
    """A column that a card derives for its records, beside those of the entity.

    Args:
        take: ``path`` (a field of the record that a reference names), ``first`` or ``last`` (stamp of linked
            rows), ``count``, ``values`` (the listed values that linked rows show), ``else`` (the first stamp
            of ``names`` that is there), ``earliest`` or ``latest`` of ``names``.
        names: for ``path`` the references and at last the field; for the last three the stamps.
        of: entity of the linked rows.
        name: their field.
        at: their stamp that must lie in the window, and by which a later row has not happened yet.
        on: (their field, the record's field) pairs; the latter ``id`` for a reference to the record.
        where: which of the linked rows.
        after, before: stamps of the record between which ``at`` must lie, both included.
        differs: their field -> the record's field that must be another.
        inner: columns derived for the linked rows, by name.
    """

    take: str
    names: tuple[str, ...] = ()
    of: str = ""
    name: str = ""
    at: str = ""
    on: tuple[str, str] = ("", "")
    where: dict[str, Wanted] = field(default_factory=dict)
    after: str = ""
    before: str = ""
    differs: dict[str, str] = field(default_factory=dict)
    inner: "dict[str, Column]" = field(default_factory=dict)


@dataclass(frozen=True)
class Rows:
    """Rows of an entity that a cadence counts in each period; ``on`` as in ``Column``, "" for all.

    A row counts in the period in which ``at`` lies; a ``standing`` one in every period at whose end it stands:
    begun by ``at`` (where nobody said when: as of the extract) and not ended by ``until``. What rows of ``today``
    say (who holds which post) is known as of the extract only.
    """

    of: str
    at: str
    until: str = ""
    standing: bool = False
    today: bool = False
    on: tuple[str, str] = ("", "")
    where: dict[str, Wanted] = field(default_factory=dict)
    inner: dict[str, Column] = field(default_factory=dict)


@dataclass(frozen=True)
class Drawn:
    """Which contacts are drawn for a scorecard.

    Args:
        of: ``interaction`` or ``case``.
        where: field -> value or values.
        strata: fields by which the sample is spread.
    """

    of: str
    where: dict[str, Wanted] = field(default_factory=dict)
    strata: tuple[str, ...] = ()


@dataclass(frozen=True)
class Standard:
    """One document of duties, and how it binds here (``binding`` or ``reference``)."""

    code: str
    title: Text
    edition: str
    adopted_by: Text
    adopted_on: str
    in_force_from: str
    mode: str
    binds_from: str = ""
    binds: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def since(self) -> str:
        """Day from which its duties count here: in force, and bound."""
        return max(self.in_force_from, self.binds_from)


@dataclass(frozen=True)
class HouseNumber:
    """A value that a house set over a card: which word, from which days, by whom, on which day, and why."""

    id: str
    parameter: str
    values: dict[str, str]
    by: str
    on: str
    why: str

    def plain(self) -> dict[str, object]:
        """As plain data."""
        return {
            "id": self.id,
            "parameter": self.parameter,
            "values": dict(sorted(self.values.items())),
            "by": self.by,
            "on": self.on,
            "why": self.why,
        }


@dataclass(frozen=True)
class Card:
    """One clause.

    Args:
        id: clause id, e.g. ``ECS-1.3-RESPONSE-CONSULT``.
        standard: code of its standard.
        place: the document's own place, in Chinese.
        title: paraphrase in both languages.
        check: one of the nine kinds (deadline, completeness, membership, sequence, rate, threshold,
            format, confidentiality, cadence), or ``behaviour`` for attested clauses.
        audit: mission audit it belongs to: ``timing``, ``acceptance``, ``survey``, ``qa`` or "".
        decides: whether it decides that audit's word.
        of: entity (or derived entity) whose records it judges.
        where: field -> canonical value or values (``filled``, ``blank``), the population's filter.
        either: several filters of which one is enough, beside ``where``.
        unless: field -> value; where one of them holds the clause is not applicable.
        above: figure -> another figure that it must exceed for the record to be meant.
        columns: what the card derives from linked rows, by name.
        needs: ``entity.field`` names it reads; a clause whose entity is missing is unconnected.
        absence_of: entities whose missing rows would prove a breach.
        parameters: everything the check takes, by name; dated values are {ISO date: value}.
        readings: ids of the readings it rests on.
        tells: ladder key of who is told (``supervisor``, ``emergency_team``, ``general_manager``,
            ``duty_list``, ``owner_supervisor``, ``service_manager``, ``officer``, "").
        severity: ``must``, ``should``, ``target``, ``example figure`` or ``may``.
        obligation_key: joins clauses about one act.
        profile: ``core`` or ``full``.
        trial: reported, never escalated.
        auditable: ``auto``, ``attest`` (people say so) or ``none`` (openly not judged).
        basis: ``explicit``, ``derived`` or ``illustrative``.
        why_not: why nobody can judge it, for ``none``.
        evidence: what an attested clause rests on, ``attestation`` or ``scorecard``.
        drawn: what its scorecards are drawn from; None where the card does not say.
        where_found: file and line of the card, for errors.
        house: numbers that this house set over it, in the order in which they lie.
    """

    id: str
    standard: str
    place: str
    title: Text
    check: str
    of: str
    audit: str = ""
    decides: bool = False
    function: str = ""
    where: dict[str, Any] = field(default_factory=dict)
    either: tuple[dict[str, Wanted], ...] = ()
    unless: dict[str, Wanted] = field(default_factory=dict)
    above: dict[str, str] = field(default_factory=dict)
    columns: dict[str, Column] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    absence_of: tuple[str, ...] = ()
    parameters: dict[str, object] = field(default_factory=dict)
    readings: tuple[str, ...] = ()
    tells: str = ""
    severity: str = "must"
    obligation_key: str = ""
    profile: str = "full"
    trial: bool = False
    auditable: str = "auto"
    basis: str = "explicit"
    why_not: Text | None = None
    evidence: str = ""
    drawn: Drawn | None = None
    where_found: str = ""
    house: tuple[HouseNumber, ...] = ()


@dataclass(frozen=True)
class Option:
    """One way to read an open point; ``value`` is what the engine takes."""

    key: str
    text: Text
    value: object = None


@dataclass(frozen=True)
class Signature:
    """The officer's decision on a reading: which option, for which clauses (empty = all), from when."""

    option: str
    by: str
    on: str
    why: str
    from_: str
    clauses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """A point the text leaves open: question, options, default, reason, and who signed what."""

    id: str
    question: Text
    options: tuple[Option, ...]
    default: str
    why: Text
    clauses: tuple[str, ...] = ()
    signatures: tuple[Signature, ...] = ()
    unit: str = ""

    def option(self, key: str) -> Option:
        """The option of that key; KeyError when there is none."""
        return next(o for o in self.options if o.key == key)


@dataclass(frozen=True)
class Readings:
    """The readings in force for one period, chosen once; ``ask`` and ``value`` are what checks use."""

    by_id: dict[str, Reading]
    on: str  # ISO date at which signatures are looked up: the first day of the period

    def signed(self, reading: str, clause: str) -> Signature | None:
        """The latest signature in force for this clause, or None; of two from one day the one written last."""
        fit = [
            s
            for s in self.by_id[reading].signatures
            if s.from_ <= self.on and (not s.clauses or clause in s.clauses)
        ]
        return max(reversed(fit), key=lambda s: s.from_) if fit else None

    def ask(self, reading: str, clause: str) -> str:
        """Key of the option that counts for this clause."""
        signature = self.signed(reading, clause)
        return signature.option if signature else self.by_id[reading].default

    def value(self, reading: str, clause: str) -> object:
        """Value of the option that counts for this clause."""
        return self.by_id[reading].option(self.ask(reading, clause)).value
