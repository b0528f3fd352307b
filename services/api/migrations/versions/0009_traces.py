"""The trace that an event in the outbox is part of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "outbox",
        sa.Column("traceparent", sa.Text, nullable=False, server_default="", comment="of the command (W3C)"),
        schema="api",
    )
