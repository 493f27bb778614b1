"""The ledger of expected runs, and how far it is laid."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT

revision = "r0006"
down_revision = "r0005"

_KEY = sa.Text().with_variant(TEXT(collation="C"), "postgresql")


def _columns(kind: sa.types.TypeEngine[Any], names: str, *, null: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=null) for name in names.split()]


def upgrade() -> None:
    """Two tables of their own; nothing that is there changes. The next start lays what is expected from then."""
    number = sa.BigInteger()
    op.create_table(
        "expected_runs",
        *_columns(_KEY, "schedule source"),
        *_columns(number, "due"),
        *_columns(_KEY, "period"),
        *_columns(sa.Text(), "flow state"),
        *_columns(number, "attempts"),
        *_columns(sa.Text(), "process run"),
        *_columns(number, "began_at ended_at", null=True),
        *_columns(sa.Text(), "noted alarm"),
        sa.PrimaryKeyConstraint("schedule", "source", "due", "period"),
    )
    op.create_index("expected_runs_by_state", "expected_runs", ["state", "due"])
    op.create_table(
        "laid_schedules",
        *_columns(_KEY, "schedule"),
        *_columns(number, "until"),
        *_columns(sa.Text(), "text"),
        sa.PrimaryKeyConstraint("schedule"),
    )
