"""The hash of a mail whose bytes are let go, and since when."""

import sqlalchemy as sa
from alembic import op

revision = "r0007"
down_revision = "r0006"


def upgrade() -> None:
    """Mails that are there keep their bytes."""
    op.add_column("mails", sa.Column("sha256", sa.Text(), nullable=False, server_default=""))
    op.add_column("mails", sa.Column("gone_at", sa.BigInteger(), nullable=True))
