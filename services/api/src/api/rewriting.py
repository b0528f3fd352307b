"""Having a draft written again: what failed, or another text beside the first."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.editing import OpenDraft
from api.lifecycle import State
from api.outbox import Transaction
from api.problems import NothingToRetry, NotWritten
from api.store import generations, ideas, regenerations
from polycast.contracts import ContentRequested, IdeaCreated


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
    await request_text(
        opened.transaction, opened.shown.core_idea.id, opened.shown.platform, generation, instruction
    )
    return generation


async def retry(opened: OpenDraft) -> None:
    """Ask again for a text that could not be made.

    Raises:
        NothingToRetry: it could.
    """
    if opened.shown.state is not State.FAILED:
        raise NothingToRetry("draft")
    await request_text(opened.transaction, opened.shown.core_idea.id, opened.shown.platform)


async def request_text(
    transaction: Transaction,
    idea_id: UUID,
    platform: str,
    generation: int = 1,
    instruction: str | None = None,
) -> None:
    """
    Raises:
        NotWritten: the idea's own event hasn't been read yet.
    """
    idea = await _idea(transaction.connection, idea_id)
    await transaction.emit(
        ContentRequested(
            user_id=idea.user_id, platform=platform, idea=idea, generation=generation, instruction=instruction
        )
    )


async def _newest_generation(connection: AsyncConnection, content_id: UUID) -> int:
    """Written or only asked for."""
    newest = [
        await connection.scalar(select(func.max(table.c.generation)).where(table.c.content_id == content_id))
        for table in (generations, regenerations)
    ]
    return max(1, *(generation or 1 for generation in newest))


async def _idea(connection: AsyncConnection, idea_id: UUID) -> IdeaCreated:
    row = (await connection.execute(select(ideas).where(ideas.c.id == idea_id))).mappings().one_or_none()
    if row is None:
        raise NotWritten("The idea behind this draft isn't known yet. Try again shortly.")
    body: dict[str, Any] = {**row, "idea_id": row["id"], "execution_id": row["workflow_id"]}
    return IdeaCreated.model_validate(body)
