"""The grammar of standards, cards, bindings, readings and signatures: what their YAML files may say.

One class a block of a file, one attribute a key; ``docs/cards.md`` explains them, and the JSON Schemas that
editors use are written from them. What a name refers to is checked in ``config.rule_checks``.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from audits.judge import FUNCTIONS
from audits.ladder import GRAVITY
from audits.missions import AUDITS
from audits.words import Words

Check = Literal[
    "deadline", "completeness", "membership", "sequence", "rate", "threshold", "format", "confidentiality",
    "cadence", "behaviour",
]  # fmt: skip
Severity = Literal["must", "should", "target", "example figure", "may"]


def _day(value: str) -> str:
    """A day that exists, written YYYY-MM-DD."""
    if date.fromisoformat(value).isoformat() != value:
        raise ValueError(f"{value!r} is not a date such as 2024-01-01")
    return value


def _dated(value: object) -> object:
    if not isinstance(value, dict) or not value:
        raise ValueError("a limit needs the date from which it holds, such as {2024-01-01: 15 min}")
    return value


def _one_of(words: tuple[str, ...]) -> AfterValidator:
    def known(value: str) -> str:
        if value not in words:
            raise ValueError(f"{value!r} is none of {', '.join(words)}")
        return value

    return AfterValidator(known)


def _listed(words: tuple[str, ...]) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": list(words)})


_FUNCTIONS = tuple(sorted(FUNCTIONS))
Function = Annotated[str, _one_of(_FUNCTIONS), _listed(_FUNCTIONS)]
Audit = Annotated[str, _one_of(AUDITS), _listed(AUDITS)]
Ladder = Annotated[str, _one_of(GRAVITY), _listed(GRAVITY)]
Filled = Annotated[str, Field(min_length=1)]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$"), AfterValidator(_day)]
LimitText = Annotated[
    str, Field(pattern=r"^\d+ (s|min|h|days?|working days?|months?|quarters?|years?|times|%)$")
]
Asked = Annotated[str, Field(pattern=r"^reading [a-z][a-z0-9_]*(\.[a-z0-9_]+)?$")]
Value = str | int | bool
Values = Value | list[Value]
Filter = dict[str, Values]
DatedLimit = Annotated[dict[Day, LimitText], BeforeValidator(_dated)]
DatedCount = Annotated[dict[Day, int], BeforeValidator(_dated)]
Pair = Annotated[list[int], Field(min_length=2, max_length=2)]
On = str | Annotated[dict[str, str], Field(min_length=1, max_length=1)]


class Block(BaseModel):
    """A block of a file: unknown keys are errors, nothing is guessed from another type."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, strict=True)


class Named(Block):
    """The same phrase in both languages."""

    zh: Filled
    en: Filled

    @property
    def words(self) -> Words:
        """The phrase."""
        return Words(self.zh, self.en)


class WithBlock(Block):
    """A column that a card derives: what linked rows show, or one of several stamps."""

    first: str | None = None
    last: str | None = None
    count: str | None = None
    values: str | None = None
    either: list[str] | None = Field(default=None, alias="else")
    earliest: list[str] | None = None
    latest: list[str] | None = None
    of: str = ""
    on: On | None = None
    at: str = ""
    after: str = ""
    before: str = ""
    where: Filter = Field(default_factory=dict)
    differs: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_way(self) -> "WithBlock":
        ways = ("first", "last", "count", "values", "either", "earliest", "latest")
        if len([way for way in ways if getattr(self, way) is not None]) != 1:
            raise ValueError("say exactly one of first, last, count, values, else, earliest, latest")
        return self


class RowsBlock(Block):
    """Rows that a rhythm counts in each period."""

    of: str
    at: str = ""
    until: str = ""
    standing: bool = False
    today: bool = False
    on: On | None = None
    where: Filter = Field(default_factory=dict)


class MapBlock(Block):
    """Which values of a field another field's value asks for."""

    by: str
    to: dict[str, Values]


class DrawnBlock(Block):
    """Which contacts a person scores for the clause: `clausewatch sample` draws from these."""

    of: Literal["interaction", "case"]
    where: Filter = Field(default_factory=dict)
    strata: list[Filled] = Field(default_factory=list)


class CardBlock(Block):
    """One clause. The upper keys say what it is, the lower ones are the words of its check."""

    id: Annotated[str, Field(pattern=r"^[A-Z]{3}-[A-Za-z0-9.-]+$")]
    place: Filled
    title: Named
    check: Check
    function: Function | None = None
    audit: Audit | None = None
    decides: bool = False
    profile: Literal["core", "full"] = "full"
    of: str = ""
    where: Filter = Field(default_factory=dict)
    either: list[Filter] = Field(default_factory=list)
    unless: Filter = Field(default_factory=dict)
    above: dict[str, str] = Field(default_factory=dict)
    with_: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], WithBlock] = Field(
        default_factory=dict, alias="with"
    )
    needs: list[str] = Field(default_factory=list)
    absence_of: list[str] = Field(default_factory=list)
    tells: Ladder | None = None
    strength: Severity = "must"
    basis: Literal["explicit", "derived", "illustrative"] = "explicit"
    obligation_key: str = ""
    readings: list[str] = Field(default_factory=list)
    trial: bool = False
    auditable: Literal["auto", "attest", "none"] = "auto"
    rests_on: Literal["attestation", "scorecard"] | None = None
    drawn_from: DrawnBlock | None = None
    reason: Named | None = None

    way: Literal["deadline", "completeness", "sequence", "membership", "format"] | None = None
    from_: str | list[str] | None = Field(default=None, alias="from")
    to: str | list[str] | None = None
    due: str | list[str] | None = None
    bounded_by: str | None = None
    limit: DatedLimit | Asked | None = None
    only_begun: bool | None = None
    evidence: Literal["told", "act"] | None = None
    roles: str | None = None
    by: str | None = None
    counts: str | None = None
    without: str | None = None
    window: str | None = None
    below: DatedLimit | LimitText | None = None
    part: str | None = None
    whole: str | None = None
    once: str | None = None
    steps: list[str] | None = None
    required: list[str] | None = None
    in_time: bool | None = None
    unbroken: bool | None = None
    fields: list[str] | None = None
    contains: list[str] | None = None
    contains_also: Asked | None = None
    among: str | None = None
    done: str | None = None
    must: Filter | None = None
    field: str | None = None
    values: list[Value] | None = None
    map: MapBlock | None = None
    equals: str | None = None
    pattern: str | None = None
    length: Pair | None = None
    scale: Pair | None = None
    figure: str | None = None
    at_most: DatedCount | Asked | None = None
    at_least: DatedCount | Asked | int | None = None
    allowed: Filter | None = None
    forbidden: Filter | None = None
    every: Literal["month", "quarter", "year"] | Asked | None = None
    rows: list[RowsBlock] | None = None
    all_rows: bool | None = None
    when: list[RowsBlock] | None = None
    least: int | Asked | None = None
    each_of: dict[str, list[Value]] | None = None
    distinct: str | None = None
    joined: str | None = None
    left: str | None = None
    shown_from: str | None = None
    holds: LimitText | Asked | None = None
    grace: LimitText | Asked | None = None
    within: LimitText | Asked | None = None
    statistic: Literal["mean", "median", "p90"] | Asked | None = None
    in_year: int | Asked | None = None


class CardsFile(Block):
    """A section of a standard: its cards in the order of the text."""

    schema_: Literal[1] = Field(alias="schema")
    standard: Filled
    cards: list[CardBlock]


class StandardFile(Block):
    """``standard.yaml``: what a standard is called, which edition, and since when it holds here."""

    schema_: Literal[1] = Field(alias="schema")
    code: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    title: Named
    edition: Filled
    adopted_by: Named
    adopted_on: Day
    in_force_from: Day


class Binding(Block):
    """How one standard binds this house, and how much of it is switched on."""

    mode: Literal["binding", "reference"]
    profile: Literal["core", "all", "none"]
    also: list[Filled] = Field(default_factory=list)
    from_: Day | None = Field(default=None, alias="from")
    customers: list[Filled] = Field(default_factory=list)
    service_lines: list[Filled] = Field(default_factory=list)
    channels: list[Filled] = Field(default_factory=list)
    survey_kinds: list[Filled] = Field(default_factory=list)


class BindingsFile(Block):
    """``bindings.yaml``: the standards of this house."""

    schema_: Literal[1] = Field(alias="schema")
    standards: dict[str, Binding]


class OverlayBlock(Block):
    """One house number: which parameter of which clause, its dated values, who decided it, and why."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    clause: Filled
    parameter: Literal["limit", "below", "at_most", "at_least", "tells", "among"]
    values: Annotated[dict[Day, LimitText | int | str | dict[str, list[Filled]]], BeforeValidator(_dated)]
    by: Filled
    on: Day
    why: Filled
    over: str | None = None


class OverlaysFile(Block):
    """House numbers; a card itself is never changed for one house."""

    schema_: Literal[1] = Field(alias="schema")
    overlays: list[OverlayBlock]


class OptionBlock(Block):
    """One way to read an open point, with the figure or name the engine takes."""

    key: Filled
    text: Named
    value: int | str | dict[str, int | str] | None = None


class ReadingBlock(Block):
    """A point that the text leaves open; the first option is the default."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    question: Named
    why: Named
    unit: str = ""
    options: Annotated[list[OptionBlock], Field(min_length=1)]

    @model_validator(mode="after")
    def _no_option_twice(self) -> "ReadingBlock":
        keys = [option.key for option in self.options]
        if twice := {key for key in keys if keys.count(key) > 1}:
            raise ValueError(f"the option {min(twice)!r} stands twice")
        return self


class ReadingsFile(Block):
    """Some readings."""

    schema_: Literal[1] = Field(alias="schema")
    readings: list[ReadingBlock]


class SignatureBlock(Block):
    """One decision of the officer: who chose what, when and why, from which day, for which clauses."""

    reading: Filled
    option: Filled
    by: Filled
    on: Day
    from_: Day = Field(alias="from")
    why: Filled
    clauses: list[Filled] = Field(default_factory=list)


class SignaturesFile(Block):
    """``signatures.yaml``: every decision, the newest last; nothing is ever taken out."""

    schema_: Literal[1] = Field(alias="schema")
    signatures: list[SignatureBlock]
