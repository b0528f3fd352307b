"""The trace that an outcome is part of."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column(
        "outcomes",
        sa.Column(
            "traceparent", sa.Text, comment="of the event that led to it (W3C); null if the deadline did"
        ),
        schema="workflows",
    )
