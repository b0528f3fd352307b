"""Having a draft written again: what failed, or another text beside the first."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.editing import OpenDraft
from api.lifecycle import State
from api.outbox import Transaction
from api.problems import NothingToRetry, NotWritten
from api.read_model.configuration import configuration_of
from api.read_model.drafts import every_draft
from api.store import generations, ideas, regenerations, workflows
from polycast.contracts import ContentRequested, IdeaCreated, WorkflowStarted


async def regenerate(opened: OpenDraft, instruction: str | None) -> int:
    """Ask for another text, which replaces nothing until it is chosen; returns its generation.

    Raises:
        NotWritten: there is no first one yet.
    """
    if opened.shown.state is State.FAILED:
        raise NotWritten("This draft failed. Retry it first.")
    connection = opened.transaction.connection
    generation = await _newest_generation(connection, opened.id) + 1
    await connection.execute(
        insert(regenerations).values(
            content_id=opened.id, generation=generation, user_id=opened.user_id, instruction=instruction
        )
    )
    shown = opened.shown
    await request_text(
        opened.transaction, opened.user_id, shown.core_idea.id, shown.platform, generation, instruction
    )
    return generation


async def retry(opened: OpenDraft) -> None:
    """Ask again for a text that could not be made.

    Raises:
        NothingToRetry: it could.
    """
    if opened.shown.state is not State.FAILED:
        raise NothingToRetry("draft")
    shown = opened.shown
    await request_text(opened.transaction, opened.user_id, shown.core_idea.id, shown.platform)


async def retry_workflow(transaction: Transaction, workflow_id: UUID, user_id: UUID) -> int:
    """Ask again for what a workflow lacks: its failed and missing drafts, or else its ideas.

    Returns:
        How many things were asked for.

    Raises:
        NothingToRetry: it lacks nothing.
    """
    connection = transaction.connection
    query = select(ideas.c.id, ideas.c.platforms).where(
        ideas.c.workflow_id == workflow_id, ideas.c.user_id == user_id
    )
    made = (await connection.execute(query)).all()
    if not made:
        await transaction.emit(await _started(connection, workflow_id, user_id))
        return 1
    has_text = every_draft.c.content_text.is_not(None)
    written = select(every_draft.c.idea_id, every_draft.c.platform).where(
        every_draft.c.workflow_id == workflow_id,
        every_draft.c.user_id == user_id,
        or_(has_text, every_draft.c.deleted_at.is_not(None)),
    )
    done = {(row.idea_id, row.platform) for row in await connection.execute(written)}
    lacking = [(row.id, slug) for row in made for slug in row.platforms if (row.id, slug) not in done]
    if not lacking:
        raise NothingToRetry("workflow")
    for idea_id, platform in lacking:
        await request_text(transaction, user_id, idea_id, platform)
    return len(lacking)


async def _started(connection: AsyncConnection, workflow_id: UUID, user_id: UUID) -> WorkflowStarted:
    """The event that started it, with the preferences of today."""
    row = (await connection.execute(select(workflows).where(workflows.c.id == workflow_id))).mappings().one()
    preferences = (await configuration_of(connection, user_id)).snapshot
    return WorkflowStarted.model_validate({**row, "execution_id": workflow_id, "preferences": preferences})


async def request_text(
    transaction: Transaction,
    user_id: UUID,
    idea_id: UUID,
    platform: str,
    generation: int = 1,
    instruction: str | None = None,
) -> None:
    """
    Raises:
        NotWritten: the idea's own event hasn't been read yet.
    """
    idea = await _idea(transaction.connection, user_id, idea_id)
    await transaction.emit(
        ContentRequested(
            user_id=user_id, platform=platform, idea=idea, generation=generation, instruction=instruction
        )
    )


async def _newest_generation(connection: AsyncConnection, content_id: UUID) -> int:
    """Written or only asked for."""
    newest = [
        await connection.scalar(select(func.max(table.c.generation)).where(table.c.content_id == content_id))
        for table in (generations, regenerations)
    ]
    return max(1, *(generation or 1 for generation in newest))


async def _idea(connection: AsyncConnection, user_id: UUID, idea_id: UUID) -> IdeaCreated:
    query = select(ideas).where(ideas.c.id == idea_id, ideas.c.user_id == user_id)
    row = (await connection.execute(query)).mappings().one_or_none()
    if row is None:
        raise NotWritten("The idea behind this draft isn't known yet. Try again shortly.")
    body: dict[str, Any] = {**row, "idea_id": row["id"], "execution_id": row["workflow_id"]}
    return IdeaCreated.model_validate(body)
