from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from api.dependencies import CurrentUser, Reading, missing
from api.paging import fetch_page
from api.problems import Invalid, NotFound, NotYours, Unauthenticated, responses
from api.read_model.configuration import zone_for
from api.read_model.drafts import Draft, DraftFilter, DraftList, draft, drafts_of
from api.store import drafts

router = APIRouter(prefix="/content", tags=["content"], responses=responses(Unauthenticated))


@router.get("", responses=responses(Invalid))
async def list_content(
    user: CurrentUser, connection: Reading, request: Request, filters: Annotated[DraftFilter, Query()]
) -> DraftList:
    """Drafts, newest first. Failed ones only with `state=failed`."""
    zone = await zone_for(filters, connection, user.user_id)
    page = await fetch_page(
        connection,
        drafts_of(user.user_id).where(*filters.conditions(zone)),
        moment=drafts.c.created_at,
        key=drafts.c.id,
        params=filters,
        request=request,
    )
    return DraftList(content=[draft(row) for row in page.rows], total=page.total, next=page.next)


@router.get("/{content_id}", responses=responses(NotYours, NotFound, Invalid))
async def get_content(content_id: UUID, user: CurrentUser, connection: Reading) -> Draft:
    query = drafts_of(user.user_id).where(drafts.c.id == content_id)
    row = (await connection.execute(query)).mappings().one_or_none()
    if row is None:
        raise await missing(connection, drafts, content_id, user.user_id, "draft")
    return draft(row)
