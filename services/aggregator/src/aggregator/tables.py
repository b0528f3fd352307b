"""The aggregator's tables: what is known of each execution, what was decided, who was erased."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    false,
    text,
    true,
)

from polycast.db import Erasure, Schema

SCHEMA = Schema("workflows", Path(__file__).parents[2] / "migrations")

MOMENT = DateTime(timezone=True)

executions = Table(
    "executions",
    SCHEMA.metadata,
    Column("execution_id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("first_event_at", MOMENT, nullable=False),
    Column("last_event_at", MOMENT, nullable=False),
    Column("started_at", MOMENT, comment="as workflow.started says; null until it came"),
    Column("total", Integer, comment="ideas made; null until one came"),
    Column("ideas_failed_at", MOMENT),
    Column("failure", Text, comment="why no ideas were made"),
    Column("expired_at", MOMENT, comment="when the deadline ended the wait"),
    Column("waiting", Boolean, nullable=False, server_default=true()),
    Index("executions_by_user", "user_id"),
    Index("executions_waiting", "last_event_at", postgresql_where=text("waiting")),
)
drafts = Table(
    "drafts",
    SCHEMA.metadata,
    Column("execution_id", Uuid, ForeignKey(executions.c.execution_id, ondelete="CASCADE"), primary_key=True),
    Column("idea_id", Uuid, primary_key=True),
    Column("platform", Text, primary_key=True),
    Column("expected_at", MOMENT, comment="when its idea came; null for a draft that came first"),
    Column("generated_at", MOMENT),
    Column("failed_at", MOMENT),
    Column("failure", Text),
)
outcomes = Table(
    "outcomes",
    SCHEMA.metadata,
    Column("execution_id", Uuid, ForeignKey(executions.c.execution_id, ondelete="CASCADE"), primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("status", Text, nullable=False),
    Column("ideas_generated", Integer, nullable=False),
    Column("content_generated", Integer, nullable=False),
    Column("content_failed", Integer, nullable=False),
    Column("error_message", Text),
    Column("completed_at", MOMENT, nullable=False),
    Column("cause", Text, nullable=False, comment="inbound sequence, or deadline; part of the message id"),
    Column("traceparent", Text, comment="of the event that led to it (W3C); null if the deadline did"),
    Column("announced", Boolean, nullable=False, server_default=false()),
    Index("outcomes_unannounced", "execution_id", postgresql_where=text("NOT announced")),
)
erased_users = Table("erased_users", SCHEMA.metadata, Column("user_id", Uuid, primary_key=True))
ERASURE = Erasure(SCHEMA)  # the other tables' rows go with their execution's
