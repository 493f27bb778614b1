"""Packs: what was sent of each report and period, or withheld and why."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT

revision = "r0005"
down_revision = "r0004"

_KEY = sa.Text().with_variant(TEXT(collation="C"), "postgresql")


def _columns(kind: sa.types.TypeEngine[Any], names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=False) for name in names.split()]


def upgrade() -> None:
    """A table of its own; nothing that is there changes."""
    op.create_table(
        "packs",
        *_columns(_KEY, "source report period"),
        *_columns(sa.Integer(), "n"),
        *_columns(sa.Text(), "state"),
        *_columns(sa.BigInteger(), "as_of"),
        *_columns(sa.Text(), "snapshot figures folder note"),
        *_columns(sa.BigInteger(), "made_at"),
        sa.PrimaryKeyConstraint("source", "report", "period", "n"),
    )
