"""Claims that people settled; what an idea was told and what it is like."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SCHEMA = "api"


def upgrade() -> None:
    op.add_column("ideas", sa.Column("context", sa.Text), schema=SCHEMA)
    op.add_column("ideas", sa.Column("closest", JSONB), schema=SCHEMA)
    op.add_column(
        "drafts",
        sa.Column("settled_claims", ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'")),
        schema=SCHEMA,
    )
