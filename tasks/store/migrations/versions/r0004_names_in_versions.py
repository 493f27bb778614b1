"""Names in versions: from when on each was known, so that a report is written again with those of its time."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT

revision = "r0004"
down_revision = "r0003"

_KEY = sa.Text().with_variant(TEXT(collation="C"), "postgresql")


def _columns(kind: sa.types.TypeEngine[Any], names: str, *, null: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=null) for name in names.split()]


def upgrade() -> None:
    """What is known today counts from the beginning; a key is changed by copying, which SQLite knows as well."""
    op.create_table(
        "directory_versions",
        *_columns(_KEY, "source entity id"),
        *_columns(sa.BigInteger(), "known_from"),
        *_columns(sa.Text(), "code name email phone"),
        *_columns(sa.BigInteger(), "erased_at", null=True),
        sa.PrimaryKeyConstraint("source", "entity", "id", "known_from"),
    )
    rest = "code, name, email, phone, erased_at"
    op.execute(
        f"INSERT INTO directory_versions (source, entity, id, known_from, {rest}) "  # noqa: S608 - own names
        f"SELECT source, entity, id, 0, {rest} FROM directory"
    )
    op.drop_table("directory")
    op.rename_table("directory_versions", "directory")
