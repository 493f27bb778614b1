"""Acts of people in a table of their own, the chain of batches, and since when a finding is open."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT

revision = "r0003"
down_revision = "r0002"

_KEY = sa.Text().with_variant(TEXT(collation="C"), "postgresql")
_ONLY_ADDED = "acts and batches are only ever added, never changed or removed"


def _columns(kind: sa.types.TypeEngine[Any], names: str, *, null: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=null) for name in names.split()]


def upgrade() -> None:
    """What was told before the chain began is bound into its first batch, when that is written."""
    number = sa.BigInteger()
    op.create_table(
        "acts",
        *_columns(_KEY, "source act"),
        *_columns(number, "batch"),
        *_columns(sa.Text(), "kind"),
        *_columns(number, "at entered_at"),
        *_columns(sa.Text(), "person approver finding clause customer_id team_id record"),
        *_columns(number, "begins until", null=True),
        *_columns(sa.Text(), "ends why evidence"),
        sa.PrimaryKeyConstraint("source", "act"),
    )
    op.create_table(
        "batches",
        *_columns(_KEY, "source"),
        *_columns(sa.Integer(), "n"),
        *_columns(sa.Text(), "kind of"),
        *_columns(number, "at rows"),
        *_columns(sa.Text(), "previous hash key"),
        sa.PrimaryKeyConstraint("source", "n"),
    )
    _open_since()
    for table in ("acts", "batches"):
        _keep(table)


def _open_since() -> None:
    op.add_column("findings", sa.Column("open_since", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE findings SET open_since = COALESCE((SELECT MAX(e.as_of) FROM events e "
        "WHERE e.source = findings.source AND e.standards = findings.standards "
        "AND e.finding = findings.finding AND e.kind = 'reopened' AND e.state = 'open'), first_seen_as_of)"
    )


def _keep(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{_ONLY_ADDED}'); END"
            )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION acts_are_only_added() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_ONLY_ADDED}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION acts_are_only_added()"
    )
