"""The grammar of a mapping: what a YAML file may say about a CRM. Small and closed; SQL stays SQL.

One class a block of the file, one attribute a key. ``docs/mappings.md`` explains it with examples;
``config/crm/schema.json`` is written from these classes.
"""

from typing import Literal

from pydantic import Field, model_validator

from config.mapping.block import Block
from config.mapping.forms import ActorKind, Decoder, Precision, Says, Span, Stamps, Word
from config.mapping.landing import Landing
from config.mapping.policies import Agreement, Cursor, VoidReason, VoidWhen


class Title(Block):
    """The source's name for people."""

    zh: str
    en: str


class Connection(Block):
    """Where rows come from: a database (``url``), a folder of registers (``folder``) or one of ``exports``.

    Args:
        url: SQLAlchemy URL; ``${NAME}`` is taken from the environment.
        default: used when a name in ``url`` or ``exports`` is not set. Never holds a password.
        folder: every ``*.xlsx`` in it is a register.
        exports: folder of CSV, XLSX and Parquet files that a system exported; ``${NAME}`` as in ``url``.
        taken_at: how a file's name tells when it was exported, e.g. ``_%Y%m%d_%H%M``.
        landing: a REST API whose records are written into the database first (``docs/rest.md``).
        connect_timeout: seconds to wait for the database to answer at all.
        statement_timeout: seconds one SELECT may take.
    """

    url: str | None = Field(default=None, repr=False)
    default: str | None = Field(default=None, repr=False)
    folder: str | None = None
    exports: str | None = None
    taken_at: str | None = None
    landing: Landing | None = None
    connect_timeout: int = Field(default=10, ge=1, le=300)
    statement_timeout: int = Field(default=600, ge=1, le=86_400)

    @model_validator(mode="after")
    def _one_kind(self) -> "Connection":
        if [self.url, self.folder, self.exports].count(None) != 2:
            raise ValueError("a connection has either `url` (a database), `folder` (registers) or `exports`")
        if self.default is not None and self.folder is not None:
            raise ValueError("`default` belongs to `url` and `exports`")
        if self.taken_at is not None and self.exports is None:
            raise ValueError("`taken_at` belongs to `exports`")
        if self.landing is not None and self.url is None:
            raise ValueError("`landing` belongs to `url`: the database it fills")
        return self


class EntityMap(Block):
    """One canonical entity: where its rows are, and what the source promises of them.

    Args:
        from_: name of a connection.
        select: one SELECT whose columns are canonical fields; not for registers and exports.
        file: exports: names of its files, ``*`` standing for anything; one or a list.
        sheet: exports: name of the sheet, ``*`` standing for anything; default: the one with its headers.
        header_row: exports: number of the row with the headers; default: found.
        columns: exports: field -> its header (must be there), several (the first there is), or null (none).
        stamps: how instants are stored; one word, or field by field.
        since: field -> day since which the CRM keeps it (earlier: ``no_data``).
        complete_since: day since which a missing row proves absence (without it: proves nothing).
        precision: field -> how exact its stamps are.
        values: field -> {value as the CRM has it: canonical value}; ``null`` means "says nothing".
        deleted: column of the SELECT that is true for records in the CRM's bin: left out, and counted.
        cursor: how new and changed rows could be found.
        agrees_with: field of an instant -> its second source.
        void: why a case is not judged -> when (first that fits); cases only.
    """

    from_: str = Field(alias="from")
    select: str | None = None
    file: str | list[str] | None = None
    sheet: str | None = None
    header_row: int | None = Field(default=None, ge=1)
    columns: dict[str, Word | list[Word] | None] = Field(default_factory=dict)
    stamps: Stamps | dict[str, Stamps] | None = None
    since: dict[str, str] = Field(default_factory=dict)
    complete_since: str | None = None
    precision: dict[str, Precision] = Field(default_factory=dict)
    values: dict[str, dict[str, Word | None]] = Field(default_factory=dict)
    deleted: str | None = None
    cursor: Cursor | None = None
    agrees_with: dict[str, Agreement] = Field(default_factory=dict)
    void: dict[VoidReason, VoidWhen] = Field(default_factory=dict)

    @property
    def files(self) -> list[str]:
        """Names of an entity's exported files, ``*`` standing for anything."""
        return [self.file] if isinstance(self.file, str) else self.file or []


class Creation(Block):
    """A first entry that every record gets: the log begins with the record's creation.

    Args:
        at: column of the record's SELECT with the instant of creation.
        now: field of the log -> column with its present value, for records that never changed.
        first: field of the log -> column with its first value, where a log of new values does not say it.
        tolerance: an entry so soon after ``at`` is the creation itself (``new_value_only``).
    """

    at: str
    now: dict[str, str] = Field(default_factory=dict)
    first: dict[str, str] = Field(default_factory=dict)
    tolerance: Span = "1 s"


class Actors(Block):
    """Who the actors of a log are: lists of them, or one SELECT each whose first column names them.

    One who stands in several counts as a bot, then as staff, then as a customer.
    """

    staff: list[Word] | str = Field(default_factory=list)
    customer: list[Word] | str = Field(default_factory=list)
    bot: list[Word] | str = Field(default_factory=list)


class ChangeLog(Block):
    """The CRM's own history of an entity's records, and how to read it.

    Args:
        from_: name of a connection (``snapshots`` needs it only for labels and actors).
        select: the log's rows; its columns are those the decoder takes (``docs/mappings.md``).
        decoder: ``columns`` (a row is one change), ``json_changes`` (a row holds a JSON list of them),
            ``new_value_only`` (a row has no old value) or ``snapshots`` (no log: what differed between our
            own extracts).
        order: ``new_value_only``: what comes first, by the log's ``id`` or by ``at``.
        folder: ``snapshots``: where our own extracts' differences are kept.
        stamps: as in an entity.
        fields: name in the log -> name used below in ``derive``; other fields are left out. For
            ``snapshots`` the names on the left are columns of the entity's SELECT.
        labels: field -> SELECT of two columns (key, label): keys in the log become labels.
        actors: which actors are staff, customers and bots.
        creation: the synthetic first entry.
        complete_since: day since which the log misses nothing; one for all, or field by field.
    """

    from_: str | None = Field(default=None, alias="from")
    select: str | None = None
    decoder: Decoder
    order: Literal["id", "at"] | None = None
    folder: str | None = None
    stamps: Stamps | None = None
    fields: dict[str, str]
    labels: dict[str, str] = Field(default_factory=dict)
    actors: Actors | None = None
    creation: Creation | None = None
    complete_since: str | dict[str, str] | None = None

    @model_validator(mode="after")
    def _fits_its_decoder(self) -> "ChangeLog":
        own = self.decoder == "snapshots"
        if own and (self.folder is None or self.select is not None):
            raise ValueError("the decoder snapshots takes `folder` (our own extracts) and no `select`")
        if not own and (self.select is None or self.from_ is None or self.folder is not None):
            raise ValueError(f"the decoder {self.decoder} takes `from` and `select`, and no `folder`")
        if (self.decoder == "new_value_only") != (self.order is not None):
            raise ValueError("`order` (id or at) belongs to the decoder new_value_only, which needs it")
        if self.creation is not None and self.creation.first and self.decoder != "new_value_only":
            raise ValueError(
                "`creation.first` belongs to the decoder new_value_only: other logs say it themselves"
            )
        if own and self.creation is not None and self.creation.now:
            raise ValueError("the decoder snapshots takes only `at` in `creation`: it has seen the values")
        return self

    def since(self, name: str) -> str | None:
        """The day since which the log misses no change of this field."""
        promised = self.complete_since
        return promised.get(name) if isinstance(promised, dict) else promised


class Entries(Block):
    """What is asked of entries of a change log, beside their field."""

    to: list[Word] = Field(default_factory=list)
    from_: list[Word] = Field(default_factory=list, alias="from")
    by: list[Word] = Field(default_factory=list)
    not_by: list[Word] = Field(default_factory=list)
    by_kind: list[ActorKind] = Field(default_factory=list)
    not_by_kind: list[ActorKind] = Field(default_factory=list)


class Change(Entries):
    """Entries of a change log: of this field, to or from one of these values, by or not by these actors.

    ``by_kind`` and ``not_by_kind`` name kinds of actors (staff, customer, bot; the log's ``actors``).
    """

    change: str


class RowChange(Change):
    """A change that makes a row; ``becomes`` names the field that takes the value changed to."""

    becomes: str | None = None


class Evidence(Entries):
    """One possible origin of a stamp: a column of the SELECT, or the first such change; and what it is."""

    column: str | None = None
    change: str | None = None
    says: Says

    @model_validator(mode="after")
    def _one_origin(self) -> "Evidence":
        if (self.column is None) == (self.change is None):
            raise ValueError("evidence has either `column` or `change`")
        narrowed = (self.to, self.from_, self.by, self.not_by, self.by_kind, self.not_by_kind)
        if self.column is not None and any(narrowed):
            raise ValueError(
                "`to`, `from`, `by`, `not_by` and their kinds belong to `change`, not to `column`"
            )
        return self


class ValueAt(Block):
    """The value a logged field had at an instant: ``at`` and ``now`` are columns of the record.

    A change within ``tolerance`` after the instant belongs to it: logs are written a moment after the record.
    """

    change: str
    at: str
    now: str
    tolerance: Span = "1 s"


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
    def reads_log(self) -> bool:
        """Whether it takes instants of changes (``value_at`` takes values)."""
        stamps = (self.first_change, self.last_change, self.since_last_reopening, self.typed_at)
        return any(stamps) or any(evidence.change for evidence in self.first_of or [])

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
        extracted_at: ``now`` (a database), ``newest`` (the newest stamp found), ``file name`` (exports) or
            an ISO instant.
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
