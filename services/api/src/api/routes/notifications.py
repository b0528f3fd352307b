from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from sqlalchemy import func, update

from api.dependencies import CurrentUser, GatewayDep, Reading, missing
from api.paging import PageParams, fetch_page
from api.problems import Invalid, NotFound, NotYours, Unauthenticated, responses
from api.read_model.configuration import zone_for
from api.read_model.notifications import Notification, NotificationList, notifications_of, unread_of
from api.store import notifications

router = APIRouter(prefix="/notifications", tags=["notifications"], responses=responses(Unauthenticated))


@router.get("", responses=responses(Invalid))
async def list_notifications(
    user: CurrentUser, connection: Reading, request: Request, period: Annotated[PageParams, Query()]
) -> NotificationList:
    """Which workflows ended, and how; newest first."""
    zone = await zone_for(period, connection, user.user_id)
    page = await fetch_page(
        connection,
        notifications_of(user.user_id).where(*period.within(notifications.c.created_at, zone)),
        moment=notifications.c.created_at,
        key=notifications.c.id,
        params=period,
        request=request,
    )
    unread = await connection.scalar(unread_of(user.user_id))
    found = [Notification.model_validate(dict(row)) for row in page.rows]
    return NotificationList(notifications=found, total=page.total, unread=unread or 0, next=page.next)


@router.post("/read", status_code=204)
async def read_notifications(user: CurrentUser, gateway: GatewayDep) -> None:
    """Mark all as read."""
    async with gateway.outbox.transaction() as transaction:
        marked = await transaction.connection.execute(
            update(notifications)
            .where(notifications.c.user_id == user.user_id, notifications.c.read_at.is_(None))
            .values(read_at=func.now())
            .returning(*(notifications.c[name] for name in Notification.model_fields))
        )
        for row in marked.mappings():
            transaction.tell(user.user_id, "notification.read", Notification.model_validate(dict(row)))


@router.post("/{notification_id}/read", responses=responses(NotYours, NotFound, Invalid))
async def read_notification(notification_id: UUID, user: CurrentUser, gateway: GatewayDep) -> Notification:
    """Mark one as read; when it was first read stays."""
    async with gateway.outbox.transaction() as transaction:
        connection = transaction.connection
        await connection.execute(
            update(notifications)
            .where(notifications.c.user_id == user.user_id, notifications.c.id == notification_id)
            .values(read_at=func.coalesce(notifications.c.read_at, func.now()))
        )
        query = notifications_of(user.user_id).where(notifications.c.id == notification_id)
        row = (await connection.execute(query)).mappings().one_or_none()
        if row is None:
            raise await missing(connection, notifications, notification_id, user.user_id, "notification")
        marked = Notification.model_validate(dict(row))
        transaction.tell(user.user_id, "notification.read", marked)
    return marked
