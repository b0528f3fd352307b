"""Schedules, tombstones."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "schedules",
        sa.Column("user_id", sa.Uuid, primary_key=True),
        sa.Column("schedule", JSONB, nullable=False),
        sa.Column("preferences", JSONB, nullable=False),
        sa.Column("platforms", JSONB, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False, comment="of the latest schedule.updated"),
        sa.Column("updated_at", MOMENT, nullable=False, comment="its time in the stream"),
        sa.Column("next_run_at", MOMENT, comment="null while switched off"),
        sa.Column("last_day", sa.Date, comment="local date of the latest run"),
        schema="scheduler",
    )
    op.create_index(
        "schedules_due",
        "schedules",
        ["next_run_at"],
        schema="scheduler",
        postgresql_where=sa.text("next_run_at IS NOT NULL"),
    )
    op.create_table("erased_users", sa.Column("user_id", sa.Uuid, primary_key=True), schema="scheduler")
