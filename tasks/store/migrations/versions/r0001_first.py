"""The store as it begins: runs, findings and their events, the outbox, the directory."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT

revision = "r0001"
down_revision = None

_KEY = sa.Text().with_variant(TEXT(collation="C"), "postgresql")
_ONLY_ADDED = "events are only ever added, never changed or removed"


def _columns(kind: sa.types.TypeEngine[Any], names: str, *, null: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=null) for name in names.split()]


def upgrade() -> None:
    """Make every table."""
    _lives()
    _outbox()
    op.create_table(
        "directory",
        *_columns(_KEY, "source entity id"),
        *_columns(sa.Text(), "code name email phone"),
        *_columns(sa.BigInteger(), "erased_at", null=True),
        sa.PrimaryKeyConstraint("source", "entity", "id"),
    )
    _keep_events()


def _lives() -> None:
    number = sa.BigInteger()
    op.create_table(
        "sources",
        *_columns(_KEY, "source"),
        *_columns(sa.Text(), "mode"),
        *_columns(number, "live_from", null=True),
        *_columns(number, "changed_at"),
        sa.PrimaryKeyConstraint("source"),
    )
    op.create_table(
        "leases",
        *_columns(_KEY, "source"),
        *_columns(sa.Text(), "owner"),
        *_columns(number, "until"),
        sa.PrimaryKeyConstraint("source"),
    )
    op.create_table(
        "runs",
        *_columns(_KEY, "run source standards"),
        *_columns(number, "as_of"),
        *_columns(sa.Text(), "period state"),
        *_columns(number, "started_at"),
        *_columns(number, "committed_at finished_at", null=True),
        *_columns(sa.Text(), "snapshot engine note"),
        sa.PrimaryKeyConstraint("run"),
    )
    op.create_index("runs_by_life", "runs", ["source", "standards", "as_of"])
    op.create_table(
        "counts",
        *_columns(_KEY, "run clause team_id"),
        *_columns(number, "population met breached pending not_applicable no_data waived baseline disputed"),
        *_columns(number, "numerator denominator", null=True),
        sa.PrimaryKeyConstraint("run", "clause", "team_id"),
        sa.ForeignKeyConstraint(["run"], ["runs.run"]),
    )
    op.create_table(
        "findings",
        *_columns(_KEY, "source standards finding"),
        *_columns(sa.Text(), "clause subject record label occurrence state marks"),
        *_columns(number, "changes first_seen_as_of last_change_as_of"),
        *_columns(number, "anchor_at due_at done_at", null=True),
        *_columns(sa.Text(), "reason customer_id team_id assignee_id reported_verdict"),
        sa.PrimaryKeyConstraint("source", "standards", "finding"),
    )
    op.create_table(
        "events",
        *_columns(_KEY, "source standards finding"),
        *_columns(sa.Integer(), "n"),
        *_columns(number, "as_of"),
        *_columns(sa.Text(), "run kind was state detail"),
        sa.PrimaryKeyConstraint("source", "standards", "finding", "n"),
    )


def _outbox() -> None:
    number = sa.BigInteger()
    op.create_table(
        "mails",
        *_columns(_KEY, "mail source"),
        *_columns(sa.Text(), "run person_id kind sender recipients message_id"),
        *_columns(sa.LargeBinary(), "content"),
        *_columns(sa.Text(), "state"),
        *_columns(number, "attempts resent_after made_at not_before"),
        *_columns(sa.Text(), "claimed_by"),
        *_columns(number, "claimed_until settled_at", null=True),
        sa.PrimaryKeyConstraint("mail"),
    )
    op.create_index("mails_by_state", "mails", ["state", "not_before"])
    op.create_table(
        "notices",
        *_columns(_KEY, "source notice mail"),
        *_columns(sa.Text(), "finding clause role"),
        *_columns(number, "level"),
        *_columns(sa.Text(), "occurrence person_id kind why"),
        *_columns(number, "at"),
        sa.PrimaryKeyConstraint("source", "notice"),
        sa.ForeignKeyConstraint(["mail"], ["mails.mail"]),
    )
    op.create_index("notices_by_mail", "notices", ["mail"])
    op.create_index("notices_by_source", "notices", ["source", "finding"])
    op.create_table(
        "deliveries",
        *_columns(_KEY, "mail"),
        *_columns(sa.Integer(), "attempt"),
        *_columns(_KEY, "recipient"),
        *_columns(sa.Text(), "outcome"),
        *_columns(number, "code"),
        *_columns(sa.Text(), "text"),
        *_columns(number, "at"),
        sa.PrimaryKeyConstraint("mail", "attempt", "recipient"),
        sa.ForeignKeyConstraint(["mail"], ["mails.mail"]),
    )


def _keep_events() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER events_no_{act.lower()} BEFORE {act} ON events "
                f"BEGIN SELECT RAISE(ABORT, '{_ONLY_ADDED}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION events_are_only_added() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_ONLY_ADDED}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER events_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON events "
        "FOR EACH STATEMENT EXECUTE FUNCTION events_are_only_added()"
    )
