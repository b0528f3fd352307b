from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from api.dependencies import CurrentUser, Reading
from api.paging import PageParams, fetch_page
from api.problems import Invalid, Unauthenticated, responses
from api.read_model.audit import AuditEntry, AuditList, audit_of
from api.read_model.configuration import zone_for
from api.store import audit

router = APIRouter(prefix="/audit", tags=["audit"], responses=responses(Unauthenticated))


@router.get("", responses=responses(Invalid))
async def list_audit(
    user: CurrentUser, connection: Reading, request: Request, period: Annotated[PageParams, Query()]
) -> AuditList:
    """What was done with the caller's account in the last 90 days, newest first."""
    zone = await zone_for(period, connection, user.user_id)
    page = await fetch_page(
        connection,
        audit_of(user.user_id).where(*period.within(audit.c.timestamp, zone)),
        moment=audit.c.timestamp,
        key=audit.c.id,
        params=period,
        request=request,
    )
    lines = [AuditEntry.model_validate(dict(row)) for row in page.rows]
    return AuditList(audit=lines, total=page.total, next=page.next)
