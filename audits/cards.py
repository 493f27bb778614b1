"""A card: one duty of a standard as data. ``config.standards`` reads them from YAML."""

from dataclasses import dataclass, field

from audits.words import Words

#: The same words in Chinese and English.
Text = Words


@dataclass(frozen=True)
class Limit:
    """A budget of time: ``amount`` of ``unit`` (``us`` for hours and minutes, ``working_days``)."""

    amount: int
    unit: str


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
        where: field -> canonical value, the population's filter.
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
        auditable: ``auto``, ``attest`` or ``none``.
        where_found: file and line of the card, for errors.
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
    where: dict[str, str] = field(default_factory=dict)
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
    where_found: str = ""


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
