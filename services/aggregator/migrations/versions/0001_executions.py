"""Executions, their drafts, their outcomes, tombstones."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

MOMENT = sa.DateTime(timezone=True)
OF_EXECUTION = "workflows.executions.execution_id"


def upgrade() -> None:
    op.create_table(
        "executions",
        sa.Column("execution_id", sa.Uuid, primary_key=True),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("first_event_at", MOMENT, nullable=False),
        sa.Column("last_event_at", MOMENT, nullable=False),
        sa.Column("started_at", MOMENT, comment="as workflow.started says; null until it came"),
        sa.Column("total", sa.Integer, comment="ideas made; null until one came"),
        sa.Column("ideas_failed_at", MOMENT),
        sa.Column("failure", sa.Text, comment="why no ideas were made"),
        sa.Column("expired_at", MOMENT, comment="when the deadline ended the wait"),
        sa.Column("waiting", sa.Boolean, nullable=False, server_default=sa.true()),
        schema="workflows",
    )
    op.create_index("executions_by_user", "executions", ["user_id"], schema="workflows")
    op.create_index(
        "executions_waiting",
        "executions",
        ["last_event_at"],
        schema="workflows",
        postgresql_where=sa.text("waiting"),
    )
    op.create_table(
        "drafts",
        sa.Column("execution_id", sa.Uuid, sa.ForeignKey(OF_EXECUTION, ondelete="CASCADE"), primary_key=True),
        sa.Column("idea_id", sa.Uuid, primary_key=True),
        sa.Column("platform", sa.Text, primary_key=True),
        sa.Column("expected_at", MOMENT, comment="when its idea came; null for a draft that came first"),
        sa.Column("generated_at", MOMENT),
        sa.Column("failed_at", MOMENT),
        sa.Column("failure", sa.Text),
        schema="workflows",
    )
    op.create_table(
        "outcomes",
        sa.Column("execution_id", sa.Uuid, sa.ForeignKey(OF_EXECUTION, ondelete="CASCADE"), primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("ideas_generated", sa.Integer, nullable=False),
        sa.Column("content_generated", sa.Integer, nullable=False),
        sa.Column("content_failed", sa.Integer, nullable=False),
        sa.Column("error_message", sa.Text),
        sa.Column("completed_at", MOMENT, nullable=False),
        sa.Column(
            "cause", sa.Text, nullable=False, comment="inbound sequence, or deadline; part of the message id"
        ),
        sa.Column("announced", sa.Boolean, nullable=False, server_default=sa.false()),
        schema="workflows",
    )
    op.create_index(
        "outcomes_unannounced",
        "outcomes",
        ["execution_id"],
        schema="workflows",
        postgresql_where=sa.text("NOT announced"),
    )
    op.create_table("erased_users", sa.Column("user_id", sa.Uuid, primary_key=True), schema="workflows")
