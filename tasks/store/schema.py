"""The audit store's tables, the same on SQLite and PostgreSQL; ``migrations`` makes them.

Every instant is a BIGINT of microseconds since the epoch, UTC. Ids and codes of the CRM stand here; names
and addresses only in ``directory``, ``mails`` and ``deliveries``, where they can be erased.
"""

from typing import Any, Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import TEXT as POSTGRES_TEXT

METADATA: Final = MetaData()
#: Revision of the schema that this code reads and writes; the newest one in ``migrations``.
REVISION: Final = "r0007"
REVISION_TABLE: Final = "clausewatch_revision"

# Keys are compared byte by byte on PostgreSQL too: faster, and never by a locale that an upgrade changes.
KEY: Final = Text().with_variant(POSTGRES_TEXT(collation="C"), "postgresql")


def _key(name: str, *more: Any, primary: bool = True) -> "Column[str]":
    return Column(name, KEY, *more, primary_key=primary, nullable=False)


def _text(name: str) -> "Column[str]":
    return Column(name, Text, nullable=False)


def _int(name: str) -> "Column[int]":
    return Column(name, BigInteger, nullable=False)


def _maybe_int(name: str) -> "Column[int]":
    return Column(name, BigInteger, nullable=True)


sources = Table(
    "sources",
    METADATA,
    _key("source"),
    _text("mode"),
    _maybe_int("live_from"),
    _int("changed_at"),
)
leases = Table(
    "leases",
    METADATA,
    _key("source"),
    _text("owner"),
    _int("until"),
    Column("process", Text, nullable=False, server_default=""),
)
runs = Table(
    "runs",
    METADATA,
    _key("run"),
    _key("source", primary=False),
    _key("standards", primary=False),
    _int("as_of"),
    _text("period"),
    _text("state"),
    _int("started_at"),
    _maybe_int("committed_at"),
    _maybe_int("finished_at"),
    _text("snapshot"),
    _text("engine"),
    _text("note"),
    Index("runs_by_life", "source", "standards", "as_of"),
)
counts = Table(
    "counts",
    METADATA,
    _key("run", ForeignKey("runs.run")),
    _key("clause"),
    _key("team_id"),
    *(_int(name) for name in ("population", "met", "breached", "pending", "not_applicable", "no_data")),
    *(_int(name) for name in ("waived", "baseline", "disputed")),
    _maybe_int("numerator"),
    _maybe_int("denominator"),
)
# No foreign keys between findings, events and runs: they are written together, a million rows at a time.
findings = Table(
    "findings",
    METADATA,
    _key("source"),
    _key("standards"),
    _key("finding"),
    *(_text(name) for name in ("clause", "subject", "record", "label", "occurrence", "state", "marks")),
    _int("changes"),
    _int("first_seen_as_of"),
    _int("last_change_as_of"),
    *(_maybe_int(name) for name in ("anchor_at", "due_at", "done_at")),
    *(_text(name) for name in ("reason", "customer_id", "team_id", "assignee_id", "reported_verdict")),
    Column("open_since", BigInteger, nullable=False, server_default="0"),
)
#: Only ever added to: triggers refuse anything else. ``n`` counts the events of a finding, so that changes
#: compared with an outdated state collide instead of doubling.
events = Table(
    "events",
    METADATA,
    _key("source"),
    _key("standards"),
    _key("finding"),
    Column("n", Integer, primary_key=True, nullable=False, autoincrement=False),
    _int("as_of"),
    *(_text(name) for name in ("run", "kind", "was", "state", "detail")),
)
#: What people did, once and for good; only ever added to. ``at`` is the instant from which it counts,
#: ``entered_at`` the real clock's when it was written.
acts = Table(
    "acts",
    METADATA,
    _key("source"),
    _key("act"),
    _int("batch"),
    _text("kind"),
    _int("at"),
    _int("entered_at"),
    *(
        _text(name)
        for name in ("person", "approver", "finding", "clause", "customer_id", "team_id", "record")
    ),
    _maybe_int("begins"),
    _maybe_int("until"),
    *(_text(name) for name in ("ends", "why", "evidence")),
)
#: The chain: each batch of events or acts has a keyed hash over its rows and the batch before.
batches = Table(
    "batches",
    METADATA,
    _key("source"),
    Column("n", Integer, primary_key=True, nullable=False, autoincrement=False),
    *(_text(name) for name in ("kind", "of")),
    _int("at"),
    _int("rows"),
    *(_text(name) for name in ("previous", "hash", "key")),
)
mails = Table(
    "mails",
    METADATA,
    _key("mail"),
    _key("source", primary=False),
    _text("run"),
    _text("person_id"),
    _text("kind"),
    _text("sender"),
    _text("recipients"),  # addresses, one a line
    _text("message_id"),
    Column("content", LargeBinary, nullable=False),
    _text("state"),
    _int("attempts"),
    _int("resent_after"),  # attempts made before a person had it sent again
    _int("made_at"),
    _int("not_before"),
    _text("claimed_by"),
    _maybe_int("claimed_until"),
    _maybe_int("settled_at"),
    Column("sha256", Text, nullable=False, server_default=""),  # of bytes that were let go
    _maybe_int("gone_at"),
    Index("mails_by_state", "state", "not_before"),
)
notices = Table(
    "notices",
    METADATA,
    _key("source"),
    _key("notice"),
    _key("mail", ForeignKey("mails.mail"), primary=False),
    _text("finding"),
    _text("clause"),
    _text("role"),
    _int("level"),
    _text("occurrence"),
    _text("person_id"),
    _text("kind"),
    _text("why"),
    _int("at"),
    Index("notices_by_mail", "mail"),
    Index("notices_by_source", "source", "finding"),
)
deliveries = Table(
    "deliveries",
    METADATA,
    _key("mail", ForeignKey("mails.mail")),
    Column("attempt", Integer, primary_key=True, nullable=False, autoincrement=False),
    _key("recipient"),
    _text("outcome"),
    _int("code"),
    _text("text"),
    _int("at"),
)
#: One row a version: from which instant of the real clock on an entry was known so; 0: from the beginning.
directory = Table(
    "directory",
    METADATA,
    _key("source"),
    _key("entity"),
    _key("id"),
    Column("known_from", BigInteger, primary_key=True, nullable=False, autoincrement=False),
    *(_text(name) for name in ("code", "name", "email", "phone")),
    _maybe_int("erased_at"),
)
#: What was sent of each report and period, or withheld and why; fixed together with its mails.
packs = Table(
    "packs",
    METADATA,
    *(_key(name) for name in ("source", "report", "period")),
    Column("n", Integer, primary_key=True, nullable=False, autoincrement=False),
    _text("state"),
    _int("as_of"),
    *(_text(name) for name in ("snapshot", "figures", "folder", "note")),
    _int("made_at"),
)
#: Every run that is expected, laid before it is due; schedule, source, due and period make one.
expected_runs = Table(
    "expected_runs",
    METADATA,
    *(_key(name) for name in ("schedule", "source")),
    Column("due", BigInteger, primary_key=True, nullable=False, autoincrement=False),
    _key("period"),
    *(_text(name) for name in ("flow", "state")),
    _int("attempts"),
    *(_text(name) for name in ("process", "run")),
    *(_maybe_int(name) for name in ("began_at", "ended_at")),
    *(_text(name) for name in ("noted", "alarm")),
    Index("expected_runs_by_state", "state", "due"),
)
#: Up to which instant the rows of a schedule are laid, and what it said then.
laid_schedules = Table("laid_schedules", METADATA, _key("schedule"), _int("until"), _text("text"))
