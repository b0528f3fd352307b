"""After the commit, the person's open pages are told: each event's name with the row that it made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import ColumnElement, RowMapping, Select, Uuid, bindparam, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from api.live import Live
from api.projector.projection import notification_id
from api.read_model.drafts import all_drafts, draft
from api.read_model.ideas import Idea, all_ideas
from api.read_model.notifications import Notification, all_notifications
from api.read_model.workflows import Workflow, all_workflows
from api.store import drafts, ideas, notifications, workflows
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

Told = tuple[UUID, str, BaseModel]
"""Whom, which event's name, which row."""


async def tell(connection: AsyncConnection, live: Live, batch: Sequence[Received[Event]]) -> None:
    events = [received.event for received in batch]
    for user_id in {event.user_id for event in events if isinstance(event, UserDeleted)}:
        await live.forget(user_id)
    for told in [
        *await _workflows(connection, events),
        *await _ideas(connection, events),
        *await _drafts(connection, events),
        *await _notifications(connection, events),
    ]:
        await live.tell(*told)


async def _workflows(connection: AsyncConnection, events: Iterable[Event]) -> list[Told]:
    kinds = WorkflowStarted | WorkflowCompleted | WorkflowFailed
    about = [(e.execution_id, e) for e in events if isinstance(e, kinds)]
    rows = await _rows(connection, _WORKFLOWS, about)
    return [(e.user_id, e.subject, Workflow.model_validate(dict(rows[i]))) for i, e in about if i in rows]


async def _ideas(connection: AsyncConnection, events: Iterable[Event]) -> list[Told]:
    about = [(e.idea_id, e) for e in events if isinstance(e, IdeaCreated)]
    rows = await _rows(connection, _IDEAS, about)
    return [(e.user_id, e.subject, Idea.model_validate(dict(rows[i]))) for i, e in about if i in rows]


async def _drafts(connection: AsyncConnection, events: Iterable[Event]) -> list[Told]:
    about = [(e.content_id, e) for e in events if isinstance(e, ContentGenerated | ContentFailed)]
    rows = await _rows(connection, _DRAFTS, about)
    return [(e.user_id, e.subject, draft(rows[i])) for i, e in about if i in rows]


async def _notifications(connection: AsyncConnection, events: Iterable[Event]) -> list[Told]:
    about = [
        (notification_id(e.execution_id), e)
        for e in events
        if isinstance(e, WorkflowCompleted | WorkflowFailed) and e.revision == 1
    ]
    rows = await _rows(connection, _NOTIFICATIONS, about)
    return [
        (e.user_id, "notification.created", Notification.model_validate(dict(rows[i])))
        for i, e in about
        if i in rows
    ]


def _by_ids(query: Select[Any], key: ColumnElement[UUID]) -> Select[Any]:
    """Written once: to build a statement costs more than to run it."""
    return query.where(key == func.any(bindparam("ids", type_=ARRAY(Uuid))))


_WORKFLOWS = _by_ids(all_workflows(), workflows.c.id)
_IDEAS = _by_ids(all_ideas(), ideas.c.id)
_DRAFTS = _by_ids(all_drafts().where(drafts.c.deleted_at.is_(None)), drafts.c.id)
_NOTIFICATIONS = _by_ids(all_notifications(), notifications.c.id)


async def _rows(
    connection: AsyncConnection, query: Select[Any], about: Sequence[tuple[UUID, Event]]
) -> dict[UUID, RowMapping]:
    """The rows that events are about, by their ids; only those of the persons whom the events name."""
    if not about:
        return {}
    owners = {row_id: event.user_id for row_id, event in about}
    rows = (await connection.execute(query, {"ids": [*owners]})).mappings()
    return {row["id"]: row for row in rows if row["user_id"] == owners[row["id"]]}
