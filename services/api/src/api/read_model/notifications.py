from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import ColumnElement, Select, exists, func, select

from api.store import configurations, notifications


class Notification(BaseModel):
    id: UUID
    title: str
    body: str
    workflow_id: UUID
    created_at: datetime
    read_at: datetime | None


class NotificationList(BaseModel):
    notifications: list[Notification]
    total: int
    unread: int
    """Of all, not only of this page."""
    next: str | None


#: Whether the person wants to be told in the page.
is_wanted: ColumnElement[bool] = ~exists().where(
    configurations.c.user_id == notifications.c.user_id,
    configurations.c.preferences["notifications"]["in_app"].astext == "false",
)


def notifications_of(user_id: UUID) -> Select[Any]:
    return all_notifications().where(notifications.c.user_id == user_id)


def unread_of(user_id: UUID) -> Select[int]:
    """How many."""
    unread = notifications.c.read_at.is_(None)
    return select(func.count()).where(notifications.c.user_id == user_id, unread, is_wanted)


def all_notifications() -> Select[Any]:
    """Everybody's who wants them."""
    columns = (notifications.c[name] for name in Notification.model_fields)
    return select(*columns, notifications.c.user_id).where(is_wanted)
