from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Select, func, select

from api.audit import KEPT
from api.store import audit


class AuditEntry(BaseModel):
    timestamp: datetime
    event_type: str
    """What it was about, such as `content` or `auth`."""
    user_id: UUID
    resource_id: str | None
    action: str
    """The API's operation, such as `edit_content` or `login`."""
    ip_address: str | None
    user_agent: str | None
    status: str
    """`ok`, `refused` or `failed`."""


class AuditList(BaseModel):
    audit: list[AuditEntry]
    total: int
    next: str | None


def audit_of(user_id: UUID) -> Select[Any]:
    return select(audit).where(audit.c.user_id == user_id, audit.c.timestamp > func.now() - KEPT)
