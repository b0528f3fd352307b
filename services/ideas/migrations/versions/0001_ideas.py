"""Ideas, people's wishes, tombstones."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "ideas",
        sa.Column("idea_id", sa.Uuid, primary_key=True),
        sa.Column("execution_id", sa.Uuid),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("index", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("topic_category", sa.Text, nullable=False),
        sa.Column(
            "event", JSONB, nullable=False, comment="the idea.created that was published, to repeat it"
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        schema="ideas",
    )
    op.create_index("ideas_by_execution", "ideas", ["execution_id"], schema="ideas")
    op.create_index("ideas_by_user", "ideas", ["user_id", "created_at"], schema="ideas")
    op.create_table(
        "wishes",
        sa.Column("user_id", sa.Uuid, primary_key=True),
        sa.Column("preferences", JSONB, nullable=False),
        sa.Column("platforms", JSONB, nullable=False),
        sa.Column(
            "sequence", sa.BigInteger, nullable=False, comment="of the schedule.updated; the latest wins"
        ),
        schema="ideas",
    )
    op.create_table("erased_users", sa.Column("user_id", sa.Uuid, primary_key=True), schema="ideas")
