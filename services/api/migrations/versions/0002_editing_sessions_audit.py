"""Editing, search, sessions, audit, notifications, rate limits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = "api"


def _moment(name: str, *, nullable: bool = False, now: bool = False) -> sa.Column[object]:
    default = sa.func.now() if now else None
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, server_default=default)


def _search(expression: str) -> sa.Column[object]:
    return sa.Column("search", TSVECTOR, sa.Computed(expression, persisted=True))


def _draft_key() -> sa.Column[object]:
    return sa.Column(
        "content_id", sa.Uuid, sa.ForeignKey("api.drafts.id", ondelete="CASCADE"), primary_key=True
    )


def _owner() -> sa.Column[object]:
    return sa.Column("user_id", sa.Uuid, sa.ForeignKey("api.users.id", ondelete="CASCADE"), nullable=False)


def upgrade() -> None:
    _extend_content()
    _create_revisions()
    _create_sessions()
    _create_records()


def _extend_content() -> None:
    op.add_column("drafts", sa.Column("edited_revision", sa.Integer), schema=SCHEMA)
    op.add_column("drafts", sa.Column("override", JSONB), schema=SCHEMA)
    op.add_column(
        "drafts",
        _search("to_tsvector('english'::regconfig, coalesce(edited_text, content_text, ''))"),
        schema=SCHEMA,
    )
    op.add_column(
        "ideas",
        _search("to_tsvector('english'::regconfig, title || ' ' || description || ' ' || topic_category)"),
        schema=SCHEMA,
    )
    op.create_index(
        "drafts_by_deletion",
        "drafts",
        ["deleted_at"],
        schema=SCHEMA,
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    )


def _create_revisions() -> None:
    op.create_table(
        "edits",
        _draft_key(),
        sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("content_text", sa.Text, nullable=False),
        sa.Column("metadata", JSONB),
        sa.Column("checks", JSONB),
        _moment("created_at", now=True),
        schema=SCHEMA,
    )
    op.create_table(
        "regenerations",
        _draft_key(),
        sa.Column("generation", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("instruction", sa.Text),
        _moment("created_at", now=True),
        schema=SCHEMA,
    )


def _create_sessions() -> None:
    op.add_column(
        "users",
        sa.Column(
            "tokens_valid_after",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.text("to_timestamp(0)"),
        ),
        schema=SCHEMA,
    )
    op.add_column("users", _moment("disabled_at", nullable=True), schema=SCHEMA)
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid, primary_key=True),
        _owner(),
        sa.Column("counter", sa.Integer, nullable=False),
        _moment("rotated_at"),
        _moment("expires_at"),
        schema=SCHEMA,
    )
    op.create_index("sessions_by_owner", "sessions", ["user_id"], schema=SCHEMA)
    op.create_table(
        "revoked_tokens",
        sa.Column("jti", sa.Uuid, primary_key=True),
        _owner(),
        _moment("expires_at"),
        schema=SCHEMA,
    )


def _create_records() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Uuid, primary_key=True),
        _moment("timestamp", now=True),
        sa.Column("event_type", sa.Text, nullable=False),
        sa.Column("user_id", sa.Uuid),
        sa.Column("resource_id", sa.Text),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("ip_address", sa.Text),
        sa.Column("user_agent", sa.Text),
        sa.Column("status", sa.Text, nullable=False),
        schema=SCHEMA,
    )
    op.create_index("audit_by_owner", "audit", ["user_id", "timestamp", "id"], schema=SCHEMA)
    op.create_index("audit_by_age", "audit", ["timestamp"], schema=SCHEMA)
    op.create_table(
        "notifications",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("workflow_id", sa.Uuid, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        _moment("created_at"),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        _moment("read_at", nullable=True),
        schema=SCHEMA,
    )
    op.create_index("notifications_by_owner", "notifications", ["user_id", "created_at", "id"], schema=SCHEMA)
    op.create_table(
        "rates",
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        _moment("ends_at"),
        schema=SCHEMA,
        prefixes=["UNLOGGED"],
    )
    op.create_index("rates_by_age", "rates", ["ends_at"], schema=SCHEMA)
