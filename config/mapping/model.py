"""The grammar of a mapping: what a YAML file may say about a CRM. Small and closed; SQL stays SQL.

One class a block of the file, one attribute a key. ``docs/mappings.md`` explains it with examples;
``config/crm/schema.json`` is written from these classes.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Stamps = Literal["utc", "naive utc", "naive local", "epoch s", "epoch ms"]
Precision = Literal["us", "second", "minute", "date"]
Says = Literal["column", "history", "call", "message", "visit", "bot", "bound"]


def _as_text(value: object) -> object:
    """YAML reads ``1`` as a number and ``true`` as a truth; the CRM's values are words."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


Word = Annotated[str, BeforeValidator(_as_text)]


class Block(BaseModel):
    """A block of the file: unknown keys are errors, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, hide_input_in_errors=True)


class Title(Block):
    """The source's name for people."""

    zh: str
    en: str


class Connection(Block):
    """Where rows come from: a database (``url``) or a folder of XLSX registers (``folder``).

    Args:
        url: SQLAlchemy URL; ``${NAME}`` is taken from the environment.
        default: used when a name in ``url`` is not set. Never holds a password.
        folder: every ``*.xlsx`` in it is a register.
        connect_timeout: seconds to wait for the database to answer at all.
        statement_timeout: seconds one SELECT may take.
    """

    url: str | None = Field(default=None, repr=False)
    default: str | None = Field(default=None, repr=False)
    folder: str | None = None
    connect_timeout: int = Field(default=10, ge=1, le=300)
    statement_timeout: int = Field(default=600, ge=1, le=86_400)

    @model_validator(mode="after")
    def _one_kind(self) -> "Connection":
        if (self.url is None) == (self.folder is None):
            raise ValueError("a connection has either `url` (a database) or `folder` (registers)")
        if self.default is not None and self.url is None:
            raise ValueError("`default` belongs to `url`")
        return self


class EntityMap(Block):
    """One canonical entity: where its rows are, and what the source promises of them.

    Args:
        from_: name of a connection.
        select: one SELECT whose columns are canonical fields; not for registers.
        stamps: how instants are stored; one word, or field by field.
        since: field -> day since which the CRM keeps it (earlier: ``no_data``).
        complete_since: day since which a missing row proves absence (without it: proves nothing).
        precision: field -> how exact its stamps are.
        values: field -> {value as the CRM has it: canonical value}; ``null`` means "says nothing".
    """

    from_: str = Field(alias="from")
    select: str | None = None
    stamps: Stamps | dict[str, Stamps] | None = None
    since: dict[str, str] = Field(default_factory=dict)
    complete_since: str | None = None
    precision: dict[str, Precision] = Field(default_factory=dict)
    values: dict[str, dict[str, Word | None]] = Field(default_factory=dict)


class Creation(Block):
    """A first entry that every record gets: the log begins with the record's creation.

    Args:
        at: column of the record's SELECT with the instant of creation.
        now: field of the log -> column with its present value, for records that never changed.
    """

    at: str
    now: dict[str, str]


class ChangeLog(Block):
    """The CRM's own history of an entity's records, and how to read it.

    Args:
        from_: name of a connection.
        select: the log's rows; its columns are those the decoder takes (``docs/mappings.md``).
        decoder: ``columns`` (a row is one change) or ``json_changes`` (a row holds a JSON list of them).
        stamps: as in an entity.
        fields: name in the log -> name used below in ``derive``; other fields are left out.
        labels: field -> SELECT of two columns (key, label): keys in the log become labels.
        creation: the synthetic first entry.
        complete_since: day since which the log misses nothing.
    """

    from_: str = Field(alias="from")
    select: str
    decoder: Literal["columns", "json_changes"]
    stamps: Stamps | None = None
    fields: dict[str, str]
    labels: dict[str, str] = Field(default_factory=dict)
    creation: Creation | None = None
    complete_since: str | None = None


class Change(Block):
    """Entries of a change log: of this field, to or from one of these values, by or not by these actors."""

    change: str
    to: list[Word] = Field(default_factory=list)
    from_: list[Word] = Field(default_factory=list, alias="from")
    by: list[Word] = Field(default_factory=list)
    not_by: list[Word] = Field(default_factory=list)


class RowChange(Change):
    """A change that makes a row; ``becomes`` names the field that takes the value changed to."""

    becomes: str | None = None


class Evidence(Block):
    """One possible origin of a stamp: a column of the SELECT, or the first such change; and what it is."""

    column: str | None = None
    change: str | None = None
    to: list[Word] = Field(default_factory=list)
    from_: list[Word] = Field(default_factory=list, alias="from")
    by: list[Word] = Field(default_factory=list)
    not_by: list[Word] = Field(default_factory=list)
    says: Says

    @model_validator(mode="after")
    def _one_origin(self) -> "Evidence":
        if (self.column is None) == (self.change is None):
            raise ValueError("evidence has either `column` or `change`")
        if self.column is not None and (self.to or self.from_ or self.by or self.not_by):
            raise ValueError("`to`, `from`, `by` and `not_by` belong to `change`, not to `column`")
        return self


class ValueAt(Block):
    """The value a logged field had at an instant: ``at`` and ``now`` are columns of the record."""

    change: str
    at: str
    now: str


class Interval(Block):
    """Stretches during which a logged field had one of these values; as a map, value -> reason."""

    change: str
    while_: dict[str, str] | list[Word] = Field(alias="while")


class Derive(Block):
    """How one field (key ``entity.field``) or the rows of one entity (key ``entity``) are derived.

    Exactly one of the kinds; ``typed_at`` may stand alone or beside another.
    """

    first_of: list[Evidence] | None = None
    first_change: Change | None = None
    last_change: Change | None = None
    since_last_reopening: Change | None = None
    value_at: ValueAt | None = None
    typed_at: Change | None = None
    from_changes: dict[str, dict[str, RowChange]] | None = None
    intervals: dict[str, Interval] | None = None
    complete_since: str | None = None

    @property
    def kinds(self) -> list[str]:
        """The kinds given, ``typed_at`` aside."""
        names = ("first_of", "first_change", "last_change", "since_last_reopening", "value_at")
        return [n for n in (*names, "from_changes", "intervals") if getattr(self, n) is not None]

    @property
    def makes_rows(self) -> bool:
        """Whether it makes rows of an entity rather than a field."""
        return self.from_changes is not None or self.intervals is not None

    @model_validator(mode="after")
    def _one_kind(self) -> "Derive":
        if len(self.kinds) > 1 or not (self.kinds or self.typed_at):
            raise ValueError(
                "give exactly one of first_of, first_change, last_change, since_last_reopening, value_at, "
                "from_changes, intervals (typed_at alone or beside one)"
            )
        if self.complete_since is not None and not self.makes_rows:
            raise ValueError("`complete_since` belongs to from_changes and intervals")
        return self


class MappingFile(Block):
    """The whole file.

    Args:
        schema_: version of this grammar, 1.
        source: short name of the source; part of every finding's identity.
        title: its name for people.
        zone: IANA zone of the business and of local stamps.
        stamps: how instants are stored unless an entity says otherwise.
        extracted_at: ``now`` (a database), ``newest`` (the newest stamp found) or an ISO instant.
        parameters: values bound to ``:name`` in every SELECT.
        connections, entities, change_logs, derive: see their classes.
    """

    schema_: Literal[1] = Field(alias="schema")
    source: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")
    title: Title
    zone: str
    stamps: Stamps = "naive utc"
    extracted_at: str = "now"
    parameters: dict[str, str | int] = Field(default_factory=dict)
    connections: dict[str, Connection]
    entities: dict[str, EntityMap] = Field(min_length=1)
    change_logs: dict[str, ChangeLog] = Field(default_factory=dict)
    derive: dict[str, Derive] = Field(default_factory=dict)
