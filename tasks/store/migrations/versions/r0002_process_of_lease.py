"""A lease names its process, so that the lease of one that died is free at once."""

import sqlalchemy as sa
from alembic import op

revision = "r0002"
down_revision = "r0001"


def upgrade() -> None:
    """Leases held meanwhile have no process: they run out by their time."""
    op.add_column("leases", sa.Column("process", sa.Text(), nullable=False, server_default=""))
