"""The gateway's own schema.

Three kinds of tables live here:

- what people own: `users`, `configurations`, and the owned columns of `drafts`;
- the read model: `workflows`, `outcomes`, `ideas`, `generations`, and the generated columns of `drafts`. Only
  the projection writes these. There are no foreign keys between them: events come in any order;
- how commands stay safe: `outbox`, `idempotency_keys`, `erased_users`.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    false,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from polycast.db import Schema

SCHEMA = Schema("api", Path(__file__).parents[2] / "migrations")

#: What SQLAlchemy raises while the database is away.
DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeout)

#: The `sequence` of a row whose event hasn't come back from the stream: any event that did takes precedence.
NOT_YET_STREAMED = 2**63 - 1

_metadata = SCHEMA.metadata
_moment = DateTime(timezone=True)
_json = JSONB(none_as_null=True)

users = Table(
    "users",
    _metadata,
    Column("id", Uuid, primary_key=True),
    Column("email", Text, nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("role", Text, nullable=False, server_default="user"),
    Column("created_at", _moment, nullable=False, server_default=func.now()),
)

configurations = Table(
    "configurations",
    _metadata,
    Column("user_id", ForeignKey("api.users.id", ondelete="CASCADE"), primary_key=True),
    Column("schedule", _json, nullable=False),
    Column("preferences", _json, nullable=False),
    Column("platforms", ARRAY(Text), nullable=False),
    Column("updated_at", _moment, nullable=False, server_default=func.now()),
)

workflows = Table(
    "workflows",
    _metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("trigger_type", Text, nullable=False),
    Column("idea_count", Integer, nullable=False),
    Column("platforms", ARRAY(Text), nullable=False),
    Column("context", Text),
    Column("started_at", _moment, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Index("workflows_by_owner", "user_id", "started_at", "id"),
)

outcomes = Table(
    "outcomes",
    _metadata,
    Column("workflow_id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("status", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("ideas_generated", Integer, nullable=False),
    Column("content_generated", Integer, nullable=False),
    Column("content_failed", Integer, nullable=False),
    Column("completed_at", _moment, nullable=False),
    Column("error_message", Text),
    Column("sequence", BigInteger, nullable=False),
    Index("outcomes_by_owner", "user_id"),
)

ideas = Table(
    "ideas",
    _metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("workflow_id", Uuid),
    Column("index", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("topic_category", Text, nullable=False),
    Column("platforms", ARRAY(Text), nullable=False),
    Column("preferences", _json),
    Column("provenance", _json, nullable=False),
    Column("complete", Boolean, nullable=False, server_default=false()),
    Column("created_at", _moment, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Index("ideas_by_owner", "user_id", "created_at", "id"),
    Index("ideas_by_workflow", "workflow_id"),
)

drafts = Table(
    "drafts",
    _metadata,
    # Generated: written by the projector alone, from the events of generation 1.
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("idea_id", Uuid, nullable=False),
    Column("workflow_id", Uuid),
    Column("platform", Text, nullable=False),
    Column("content_text", Text),
    Column("metadata", _json),
    Column("checks", _json),
    Column("moderation", _json),
    Column("provenance", _json),
    Column("error", _json),
    Column("attempts", Integer),
    Column("best_attempt", Text),
    Column("created_at", _moment, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    # Owned: written by people's commands alone. No event from the bus changes them.
    Column("chosen_state", Text),
    Column("chosen_generation", Integer, nullable=False, server_default=text("1")),
    Column("edited_text", Text),
    Column("edited_metadata", _json),
    Column("edited_checks", _json),
    Column("changed_at", _moment),
    Column("deleted_at", _moment),
    # Computed by Postgres, so that neither side can forget the other.
    Column(
        "state",
        Text,
        Computed(
            "coalesce(chosen_state, CASE WHEN content_text IS NULL THEN 'failed' ELSE 'generated' END)",
            persisted=True,
        ),
        nullable=False,
    ),
    Index(
        "drafts_by_owner",
        "user_id",
        "created_at",
        "id",
        postgresql_include=["state"],
        postgresql_where=text("deleted_at IS NULL"),
    ),
    Index("drafts_by_workflow", "workflow_id"),
    Index("drafts_by_idea", "idea_id"),
)

#: Texts that were asked for again (generation 2 and up). They replace nothing until the person chooses one.
generations = Table(
    "generations",
    _metadata,
    Column("content_id", Uuid, primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("user_id", Uuid, nullable=False),
    Column("content_text", Text),
    Column("metadata", _json),
    Column("checks", _json),
    Column("moderation", _json),
    Column("provenance", _json),
    Column("error", _json),
    Column("attempts", Integer),
    Column("best_attempt", Text),
    Column("created_at", _moment, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Index("generations_by_owner", "user_id"),
)

outbox = Table(
    "outbox",
    _metadata,
    Column("id", Uuid, primary_key=True),
    Column("position", BigInteger, Identity(always=True), nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("subject", Text, nullable=False),
    Column("event", _json, nullable=False),
    Column("created_at", _moment, nullable=False, server_default=func.now()),
    Index("outbox_in_order", "user_id", "position"),
)

idempotency_keys = Table(
    "idempotency_keys",
    _metadata,
    Column("user_id", ForeignKey("api.users.id", ondelete="CASCADE"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request_hash", LargeBinary, nullable=False),
    Column("answer", _json, nullable=False),
    Column("created_at", _moment, nullable=False, server_default=func.now()),
    Index("idempotency_keys_by_age", "created_at"),
)

#: People who are gone. Checked wherever rows are written, so that no late or replayed event brings them back.
erased_users = Table(
    "erased_users",
    _metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("erased_at", _moment, nullable=False, server_default=func.now()),
)
