from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Select, select

from api.store import notifications


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


def notifications_of(user_id: UUID) -> Select[Any]:
    return all_notifications().where(notifications.c.user_id == user_id)


def all_notifications() -> Select[Any]:
    """Everybody's."""
    return select(*(notifications.c[name] for name in Notification.model_fields), notifications.c.user_id)
