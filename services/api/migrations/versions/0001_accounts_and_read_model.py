"""Accounts, configuration, read model, outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "api"


def _moment(name: str, *, nullable: bool = False, now: bool = False) -> sa.Column[object]:
    default = sa.func.now() if now else None
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, server_default=default)


def _owner_key(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid, sa.ForeignKey("api.users.id", ondelete="CASCADE"), primary_key=True)


def _generated_text() -> list[sa.Column[object]]:
    """What a transformer made of an idea, or why it could not."""
    return [
        sa.Column("content_text", sa.Text),
        sa.Column("metadata", JSONB),
        sa.Column("checks", JSONB),
        sa.Column("moderation", JSONB),
        sa.Column("provenance", JSONB),
        sa.Column("error", JSONB),
        sa.Column("attempts", sa.Integer),
        sa.Column("best_attempt", sa.Text),
        _moment("created_at"),
        sa.Column("sequence", sa.BigInteger, nullable=False),
    ]


def upgrade() -> None:
    _create_accounts()
    _create_workflows()
    _create_content()
    _create_command_safety()


def _create_accounts() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("email", sa.Text, nullable=False, unique=True),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False, server_default="user"),
        _moment("created_at", now=True),
        schema=SCHEMA,
    )
    op.create_table(
        "configurations",
        _owner_key("user_id"),
        sa.Column("schedule", JSONB, nullable=False),
        sa.Column("preferences", JSONB, nullable=False),
        sa.Column("platforms", ARRAY(sa.Text), nullable=False),
        _moment("updated_at", now=True),
        schema=SCHEMA,
    )


def _create_workflows() -> None:
    op.create_table(
        "workflows",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("trigger_type", sa.Text, nullable=False),
        sa.Column("idea_count", sa.Integer, nullable=False),
        sa.Column("platforms", ARRAY(sa.Text), nullable=False),
        sa.Column("context", sa.Text),
        _moment("started_at"),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        schema=SCHEMA,
    )
    op.create_index("workflows_by_owner", "workflows", ["user_id", "started_at", "id"], schema=SCHEMA)
    op.create_table(
        "outcomes",
        sa.Column("workflow_id", sa.Uuid, primary_key=True),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("ideas_generated", sa.Integer, nullable=False),
        sa.Column("content_generated", sa.Integer, nullable=False),
        sa.Column("content_failed", sa.Integer, nullable=False),
        _moment("completed_at"),
        sa.Column("error_message", sa.Text),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        schema=SCHEMA,
    )
    op.create_index("outcomes_by_owner", "outcomes", ["user_id"], schema=SCHEMA)


def _create_content() -> None:
    op.create_table(
        "ideas",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("workflow_id", sa.Uuid),
        sa.Column("index", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("topic_category", sa.Text, nullable=False),
        sa.Column("platforms", ARRAY(sa.Text), nullable=False),
        sa.Column("preferences", JSONB),
        sa.Column("provenance", JSONB, nullable=False),
        sa.Column("complete", sa.Boolean, nullable=False, server_default=sa.false()),
        _moment("created_at"),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        schema=SCHEMA,
    )
    op.create_index("ideas_by_owner", "ideas", ["user_id", "created_at", "id"], schema=SCHEMA)
    op.create_index("ideas_by_workflow", "ideas", ["workflow_id"], schema=SCHEMA)
    op.create_table(
        "drafts",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("idea_id", sa.Uuid, nullable=False),
        sa.Column("workflow_id", sa.Uuid),
        sa.Column("platform", sa.Text, nullable=False),
        *_generated_text(),
        sa.Column("chosen_state", sa.Text),
        sa.Column("chosen_generation", sa.Integer, nullable=False, server_default=sa.text("1")),
        sa.Column("edited_text", sa.Text),
        sa.Column("edited_metadata", JSONB),
        sa.Column("edited_checks", JSONB),
        _moment("changed_at", nullable=True),
        _moment("deleted_at", nullable=True),
        sa.Column(
            "state",
            sa.Text,
            sa.Computed(
                "coalesce(chosen_state, CASE WHEN content_text IS NULL THEN 'failed' ELSE 'generated' END)",
                persisted=True,
            ),
            nullable=False,
        ),
        schema=SCHEMA,
    )
    op.create_index(
        "drafts_by_owner",
        "drafts",
        ["user_id", "created_at", "id"],
        schema=SCHEMA,
        postgresql_include=["state"],
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index("drafts_by_workflow", "drafts", ["workflow_id"], schema=SCHEMA)
    op.create_index("drafts_by_idea", "drafts", ["idea_id"], schema=SCHEMA)
    op.create_table(
        "generations",
        sa.Column("content_id", sa.Uuid, primary_key=True),
        sa.Column("generation", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        *_generated_text(),
        schema=SCHEMA,
    )
    op.create_index("generations_by_owner", "generations", ["user_id"], schema=SCHEMA)


def _create_command_safety() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("position", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("event", JSONB, nullable=False),
        _moment("created_at", now=True),
        schema=SCHEMA,
    )
    op.create_index("outbox_in_order", "outbox", ["user_id", "position"], schema=SCHEMA)
    op.create_table(
        "idempotency_keys",
        _owner_key("user_id"),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("request_hash", sa.LargeBinary, nullable=False),
        sa.Column("answer", JSONB, nullable=False),
        _moment("created_at", now=True),
        schema=SCHEMA,
    )
    op.create_index("idempotency_keys_by_age", "idempotency_keys", ["created_at"], schema=SCHEMA)
    op.create_table(
        "erased_users",
        sa.Column("user_id", sa.Uuid, primary_key=True),
        _moment("erased_at", now=True),
        schema=SCHEMA,
    )
