"""When each plan was last settled: what a wrong clock did is found by it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column(
        "schedules",
        sa.Column("moved_at", sa.DateTime(timezone=True), comment="when the scheduler last settled it"),
        schema="scheduler",
    )
    op.create_index("schedules_moved", "schedules", ["moved_at"], schema="scheduler")
