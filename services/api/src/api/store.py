"""The gateway's own schema.

Four kinds of tables live here:

- what people own: `users`, `configurations`, `edits`, `regenerations`, and the owned columns of `drafts`,
  `archived_drafts` and `notifications`;
- the read model: `workflows`, `outcomes`, `ideas`, `generations`, and the generated columns of `drafts`,
  `archived_drafts` and `notifications`. Only the projection writes these. There are no foreign keys between
  them: events come in any order;
- how commands stay safe: `outbox`, `idempotency_keys`, `erased_users`, `writes`;
- who got in, and how often: `sessions`, `revoked_tokens`, `password_resets`, `rates`, `audit`.

Postgres shows a request only the rows of the person it acts for (docs/adr/0020): of tables
with a `user_id`, and of those whose `info` names another column. What acts for nobody uses `as_system`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from polycast.db import Database, Erasure, Schema

SCHEMA = Schema("api", Path(__file__).parents[2] / "migrations", by_person=True)

#: What SQLAlchemy raises while the database is away.
DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeout)

#: The `sequence` of a row whose event hasn't come back from the stream: any event that did takes precedence.
NOT_YET_STREAMED = 2**63 - 1

_metadata = SCHEMA.metadata
_moment = DateTime(timezone=True)
_json = JSONB(none_as_null=True)


def as_system(database: Database) -> Database:
    """The same connections, for what acts for nobody: the way in, the relay, the projector, maintenance."""
    return database.as_role(SCHEMA.system)


def _search(words: str) -> Column[object]:
    """The words of a row, stemmed as English ones, and whose it is: so one index finds a person's own."""
    document = f"to_tsvector('english'::regconfig, {words}) || array_to_tsvector(ARRAY[user_id::text])"
    return Column("search", TSVECTOR, Computed(document, persisted=True))


def _outcome() -> tuple[Column[Any], ...]:
    """What became of one generation: its text, or why there is none."""
    return (
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
    )


def _owner() -> Column[object]:
    return Column("user_id", ForeignKey("api.users.id", ondelete="CASCADE"), nullable=False)


users = Table(
    "users",
    _metadata,
    Column("id", Uuid, primary_key=True),
    Column("email", Text, nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("role", Text, nullable=False, server_default="user"),
    Column("created_at", _moment, nullable=False, server_default=func.now()),
    Column("tokens_valid_after", _moment, nullable=False, server_default=text("to_timestamp(0)")),
    Column("disabled_at", _moment),
    info={"person": "id"},
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
    Column("context", Text),
    Column("closest", _json),
    Column("provenance", _json, nullable=False),
    Column("complete", Boolean, nullable=False, server_default=false()),
    Column("created_at", _moment, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    _search("title || ' ' || description || ' ' || topic_category"),
    Index("ideas_by_owner", "user_id", "created_at", "id"),
    Index("ideas_by_word", "search", postgresql_using="gin"),
    Index("ideas_by_workflow", "workflow_id"),
)


def _draft_columns() -> list[Column[Any]]:
    return [
        # Generated: written by the projector alone, from the events of generation 1.
        Column("id", Uuid, primary_key=True),
        Column("user_id", Uuid, nullable=False),
        Column("idea_id", Uuid, nullable=False),
        Column("workflow_id", Uuid),
        Column("platform", Text, nullable=False),
        *_outcome(),
        # Owned: written by people's commands alone. No event from the bus changes them.
        Column("chosen_state", Text),
        Column("chosen_generation", Integer, nullable=False, server_default=text("1")),
        Column("edited_text", Text),
        Column("edited_metadata", _json),
        Column("edited_checks", _json),
        Column("edited_revision", Integer),
        Column("override", _json),
        Column("settled_claims", ARRAY(Text), nullable=False, server_default=text("'{}'")),
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
        _search("coalesce(edited_text, content_text, '')"),
    ]


#: When a draft last was anything but read: what lists are sorted by, and what makes it old.
_UPDATED = "coalesce(changed_at, created_at)"
_NOT_DELETED = text("deleted_at IS NULL")
#: All that most filters and counts look at, so that they needn't look at the rows.
_BY_OWNER = ("user_id", "created_at", "id", "state", "platform", "deleted_at")

drafts = Table(
    "drafts",
    _metadata,
    *_draft_columns(),
    Index("drafts_by_owner", *_BY_OWNER),
    Index("drafts_by_update", "user_id", text(_UPDATED), "id", postgresql_where=_NOT_DELETED),
    Index("drafts_by_age", text(_UPDATED), postgresql_where=_NOT_DELETED),
    Index("drafts_by_deletion", "deleted_at", postgresql_where=text("deleted_at IS NOT NULL")),
    Index("drafts_by_workflow", "workflow_id"),
    Index("drafts_by_idea", "idea_id"),
    Index("drafts_by_word", "search", postgresql_using="gin"),
)

#: What nobody has touched for a year, out of the way of what people work on. A draft is in one of the two.
archived_drafts = Table(
    "archived_drafts",
    _metadata,
    *_draft_columns(),
    Index("archived_drafts_by_owner", *_BY_OWNER),
    Index("archived_drafts_by_workflow", "workflow_id"),
    Index("archived_drafts_by_idea", "idea_id"),
    Index("archived_drafts_by_word", "search", postgresql_using="gin"),
)

#: Texts that were asked for again (generation 2 and up). They replace nothing until the person chooses one.
generations = Table(
    "generations",
    _metadata,
    Column("content_id", Uuid, primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("user_id", Uuid, nullable=False),
    *_outcome(),
    _search("coalesce(content_text, '')"),
    Index("generations_by_owner", "user_id"),
    Index("generations_by_word", "search", postgresql_using="gin"),
)

#: Every text that a person saved. The newest chosen one is also in the draft itself.
edits = Table(
    "edits",
    _metadata,
    Column("content_id", Uuid, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("user_id", Uuid, nullable=False),
    Column("content_text", Text, nullable=False),
    Column("metadata", _json),
    Column("checks", _json),
    Column("created_at", _moment, nullable=False, server_default=func.now()),
    Index("edits_by_owner", "user_id"),
)

#: Which later generations were asked for, and with what words.
regenerations = Table(
    "regenerations",
    _metadata,
    Column("content_id", Uuid, primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("user_id", Uuid, nullable=False),
    Column("instruction", Text),
    Column("created_at", _moment, nullable=False, server_default=func.now()),
    Index("regenerations_by_owner", "user_id"),
)

notifications = Table(
    "notifications",
    _metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("workflow_id", Uuid, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", _moment, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    # Owned.
    Column("read_at", _moment),
    #: Taken by whoever sees to its e-mail, before sending, so that nobody sends it twice.
    Column("mail_claimed_at", _moment),
    Index("notifications_by_owner", "user_id", "created_at", "id"),
    Index("notifications_unread", "user_id", postgresql_where=text("read_at IS NULL")),
    Index("notifications_to_mail", "created_at", postgresql_where=text("mail_claimed_at IS NULL")),
)

outbox = Table(
    "outbox",
    _metadata,
    Column("id", Uuid, primary_key=True),
    Column("position", BigInteger, Identity(always=True), nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("subject", Text, nullable=False),
    Column("event", _json, nullable=False),
    Column("traceparent", Text, nullable=False, server_default="", comment="of the command (W3C)"),
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
    #: When what the bus holds of the person is removed (again); null once that is done for good.
    Column("purge_at", _moment, server_default=func.now()),
    Index("erased_users_to_purge", "purge_at", postgresql_where=text("purge_at IS NOT NULL")),
    info={"grants": "SELECT"},
)

#: One row a sign-in: a family of refresh tokens, which hold its id and counter. Only the newest is good.
sessions = Table(
    "sessions",
    _metadata,
    Column("id", Uuid, primary_key=True),
    _owner(),
    Column("counter", Integer, nullable=False),
    Column("created_at", _moment, nullable=False, server_default=func.now()),
    Column("ip_address", Text, nullable=False, server_default=""),
    Column("user_agent", Text, nullable=False, server_default=""),
    Column("rotated_at", _moment, nullable=False),
    Column("expires_at", _moment, nullable=False),
    Index("sessions_by_owner", "user_id"),
)

#: Access tokens that were signed out before they expired.
revoked_tokens = Table(
    "revoked_tokens",
    _metadata,
    Column("jti", Uuid, primary_key=True),
    _owner(),
    Column("expires_at", _moment, nullable=False),
)

#: Links of forgotten passwords, by a hash of their secret.
password_resets = Table(
    "password_resets",
    _metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    _owner(),
    Column("expires_at", _moment, nullable=False),
    Index("password_resets_by_owner", "user_id"),
)

#: Up to where in its log a replica must have come before a person reads from it (`replica.py`).
writes = Table(
    "writes",
    _metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("position", BigInteger, nullable=False),
    prefixes=["UNLOGGED"],
)

#: How often something was done since a window opened. What a crash forgets here harms nobody.
rates = Table(
    "rates",
    _metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("ends_at", _moment, nullable=False),
    Index("rates_by_age", "ends_at"),
    prefixes=["UNLOGGED"],
)

#: A partition a month: see `audit.keep_partitions`.
audit = Table(
    "audit",
    _metadata,
    Column("id", Uuid, primary_key=True),
    Column("timestamp", _moment, primary_key=True, server_default=func.now()),
    Column("event_type", Text, nullable=False),
    Column("user_id", Uuid),
    Column("resource_id", Text),
    Column("action", Text, nullable=False),
    Column("ip_address", Text),
    Column("user_agent", Text),
    Column("status", Text, nullable=False),
    Index("audit_by_owner", "user_id", "timestamp", "id"),
    info={"grants": "SELECT"},  # a request may read its person's lines, not write any
    postgresql_partition_by="RANGE (timestamp)",
)

#: What waits in the outbox still leaves, for other services to hear of; the stream is purged after that.
ERASURE = Erasure(SCHEMA, but=("outbox",))
