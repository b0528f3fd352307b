"""Events to rows. The same events give the same rows, in whatever order and however often they come.

Each kind of event writes one table, and of two events about one row the better-ranked wins, whichever came
first. Only generated columns are written, never what people own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import (
    ColumnElement,
    Insert,
    Table,
    bindparam,
    exists,
    func,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB, distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from api.store import (
    NOT_YET_STREAMED,
    archived_drafts,
    drafts,
    erased_users,
    generations,
    ideas,
    notifications,
    outcomes,
    workflows,
)
from polycast.contracts import (
    ContentFailed,
    ContentGenerated,
    Event,
    IdeaCreated,
    Received,
    UserDeleted,
    WorkflowCompleted,
    WorkflowFailed,
    WorkflowStarted,
)

Row = dict[str, Any]
Rank = Callable[[Any], tuple[ColumnElement[Any], ...]]


@dataclass(frozen=True)
class Projection:
    """How one table's generated columns are kept."""

    table: Table
    columns: tuple[str, ...]
    rank: Rank
    """From a row's columns: the lowest wins. An equal rank is the same event again."""
    archive: Table | None = None
    """What is there by now is over, whatever comes."""
    upsert: Insert = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "upsert", _upsert(self))


def _upsert(projection: Projection) -> Insert:
    """One statement for any number of rows (`:rows`, JSON): the best of each key, none of an erased user.

    In key order, so that several replicas can't deadlock.
    """
    table, names = projection.table, projection.columns
    record: ColumnElement[Any] = literal_column(f"NULL::{table.fullname}")
    given = func.jsonb_populate_recordset(record, bindparam("rows", type_=JSONB)).table_valued(
        *(table.c[name] for name in names)
    )
    key = [given.c[column.name] for column in table.primary_key]
    best = (
        select(*(given.c[name] for name in names))
        .where(~exists().where(erased_users.c.user_id == given.c.user_id))
        .ext(distinct_on(*key))
        .order_by(*key, *projection.rank(given.c))
    )
    if projection.archive is not None:
        best = best.where(~exists().where(projection.archive.c.id == given.c.id))
    statement = insert(table).from_select(names, best)
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={name: statement.excluded[name] for name in names},
        where=tuple_(*projection.rank(statement.excluded)) <= tuple_(*projection.rank(table.c)),
    )


def _earliest(row: Any) -> tuple[ColumnElement[Any], ...]:
    return (row.sequence,)


def _completest(row: Any) -> tuple[ColumnElement[Any], ...]:
    """An idea with platforms and preferences beats a bare one, published by hand."""
    return row.complete.is_(False), row.sequence


def _latest_revision(row: Any) -> tuple[ColumnElement[Any], ...]:
    return -row.revision, row.sequence


def _written(row: Any) -> tuple[ColumnElement[Any], ...]:
    """A text beats a failure."""
    return row.content_text.is_(None), row.sequence


_TEXT = (
    "user_id", "content_text", "metadata", "checks", "moderation", "provenance", "error", "attempts",
    "best_attempt", "created_at", "sequence",
)  # fmt: skip

WORKFLOWS = Projection(
    workflows,
    ("id", "user_id", "trigger_type", "idea_count", "platforms", "context", "started_at", "sequence"),
    _earliest,
)
OUTCOMES = Projection(
    outcomes,
    (
        "workflow_id", "user_id", "status", "revision", "ideas_generated", "content_generated",
        "content_failed", "completed_at", "error_message", "sequence",
    ),
    _latest_revision,
)  # fmt: skip
NOTIFICATIONS = Projection(
    notifications,
    ("id", "user_id", "workflow_id", "title", "body", "created_at", "sequence"),
    _earliest,
)
IDEAS = Projection(
    ideas,
    (
        "id", "user_id", "workflow_id", "index", "total", "title", "description", "topic_category",
        "platforms", "preferences", "context", "closest", "provenance", "complete", "created_at", "sequence",
    ),
    _completest,
)  # fmt: skip
DRAFTS = Projection(
    drafts, ("id", "idea_id", "workflow_id", "platform", *_TEXT), _written, archive=archived_drafts
)
GENERATIONS = Projection(generations, ("content_id", "generation", *_TEXT), _written)

PROJECTED: tuple[type[Event], ...] = (
    WorkflowStarted,
    WorkflowCompleted,
    WorkflowFailed,
    IdeaCreated,
    ContentGenerated,
    ContentFailed,
    UserDeleted,
)


async def project(connection: AsyncConnection, batch: Iterable[Received[Event]]) -> None:
    """Bring the read model up to date with a batch of `PROJECTED` events, in the caller's transaction.

    People who left are erased before, in transactions of their own.
    """
    rows: dict[str, list[Row]] = defaultdict(list)
    for received in batch:
        for projection, row in _rows(received):
            rows[projection.table.name].append(row)
    for projection in (WORKFLOWS, OUTCOMES, NOTIFICATIONS, IDEAS, DRAFTS, GENERATIONS):
        if rows[projection.table.name]:
            await connection.execute(projection.upsert, {"rows": rows[projection.table.name]})


async def project_own(connection: AsyncConnection, event: Event) -> None:
    """Show what a command has just decided, before its event has been through the stream."""
    await project(connection, [Received(event, "", NOT_YET_STREAMED, datetime.now(UTC))])


def _rows(received: Received[Event]) -> Iterator[tuple[Projection, Row]]:
    """The rows that an event writes, as JSON. What a table has no column for, Postgres leaves out."""
    event = received.event
    body = event.model_dump(mode="json")
    body |= {
        "workflow_id": body.get("execution_id"),
        "created_at": received.timestamp.isoformat(),
        "sequence": received.sequence,
    }
    match event:
        case WorkflowStarted():
            yield WORKFLOWS, body | {"id": body["execution_id"]}
        case WorkflowCompleted() | WorkflowFailed():
            yield OUTCOMES, body
            if event.revision == 1:  # of later ones people aren't notified
                yield NOTIFICATIONS, body | _notification(event)
        case IdeaCreated():
            yield IDEAS, body | {"id": body["idea_id"], "complete": event.is_complete}
        case ContentGenerated(generation=1) | ContentFailed(generation=1):
            yield DRAFTS, body | {"id": body["content_id"]}
        case ContentGenerated() | ContentFailed():
            yield GENERATIONS, body
        case UserDeleted():
            return
        case _:
            raise TypeError(f"{event.subject} has no place in the read model")


def notification_id(workflow_id: UUID) -> UUID:
    return uuid5(workflow_id, "outcome")


def _notification(event: WorkflowCompleted | WorkflowFailed) -> Row:
    made, lost = event.content_generated, event.content_failed
    if event.status == "failed":
        title, text = "The workflow failed", event.error_message or "Nothing could be written."
    else:
        title = f"{made} new {'draft' if made == 1 else 'drafts'} to review"
        text = f"From {event.ideas_generated} {'idea' if event.ideas_generated == 1 else 'ideas'}."
        text += f" {lost} could not be written." if lost else ""
    return {"id": str(notification_id(event.execution_id)), "title": title, "body": text}
