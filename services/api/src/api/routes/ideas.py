from __future__ import annotations

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, StringConstraints

from api.dependencies import CurrentUser, GatewayDep, IdempotencyKey, Reading, lock_account
from api.idempotency import Command
from api.paging import fetch_page
from api.problems import Invalid, Unauthenticated, responses
from api.projector.projection import project_own
from api.read_model.configuration import configuration_of, zone_for
from api.read_model.ideas import Idea, IdeaFilter, IdeaList, ideas_of
from api.store import ideas
from polycast.contracts import IdeaCreated, Platforms
from polycast.contracts.events import Description, Title

router = APIRouter(prefix="/ideas", tags=["ideas"], responses=responses(Unauthenticated))


class OwnIdea(BaseModel):
    title: Title
    description: Description
    topic_category: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)] = (
        "general"
    )
    platforms: Platforms = ()
    """Empty: the ones of the preferences."""


@router.get("", responses=responses(Invalid))
async def list_ideas(
    user: CurrentUser, connection: Reading, request: Request, filters: Annotated[IdeaFilter, Query()]
) -> IdeaList:
    """Newest first."""
    zone = await zone_for(filters, connection, user.user_id)
    page = await fetch_page(
        connection,
        ideas_of(user.user_id).where(*filters.conditions(zone)),
        moment=ideas.c.created_at,
        key=ideas.c.id,
        params=filters,
        request=request,
    )
    rows = [Idea.model_validate(dict(row)) for row in page.rows]
    return IdeaList(ideas=rows, total=page.total, next=page.next)


@router.post("", status_code=201, responses=responses(Invalid))
async def create_idea(
    body: OwnIdea, user: CurrentUser, gateway: GatewayDep, idempotency_key: IdempotencyKey = None
) -> Idea:
    """Hand in an idea of one's own. Its drafts appear under `/content?idea_id=…` as they are written."""
    await gateway.registry.require(body.platforms)
    async with gateway.outbox.transaction() as transaction:
        connection = transaction.connection
        await lock_account(connection, user.user_id)
        command = Command(connection, user.user_id, idempotency_key, "ideas", body)
        if (earlier := await command.earlier_answer()) is not None:
            return Idea.model_validate(earlier)
        configuration = await configuration_of(connection, user.user_id)
        event = IdeaCreated(
            idea_id=uuid4(),
            user_id=user.user_id,
            title=body.title,
            description=body.description,
            topic_category=body.topic_category,
            platforms=body.platforms or configuration.platforms,
            preferences=configuration.snapshot,
        )
        await project_own(connection, event)
        await transaction.emit(event)
        query = ideas_of(user.user_id).where(ideas.c.id == event.idea_id)
        idea = Idea.model_validate(dict((await connection.execute(query)).mappings().one()))
        await command.remember(idea)
    return idea
