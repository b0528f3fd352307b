from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Select, func, select

from api.paging import PageParams
from api.store import ideas
from polycast.contracts import Likeness, Provenance


class Idea(BaseModel):
    id: UUID
    title: str
    description: str
    topic_category: str
    workflow_id: UUID | None
    """None for a person's own idea."""
    platforms: list[str]
    context: str | None = None
    """What the person told for the workflow that it comes from."""
    closest: Likeness | None = None
    """The earlier idea that it is most like; None if there was none."""
    provenance: Provenance
    created_at: datetime


class IdeaList(BaseModel):
    ideas: list[Idea]
    total: int
    next: str | None


class IdeaFilter(PageParams):
    topic: str | None = Field(None, max_length=100)
    workflow_id: UUID | None = None

    def conditions(self, zone: ZoneInfo) -> list[ColumnElement[bool]]:
        conditions = self.within(ideas.c.created_at, zone)
        if self.topic is not None:
            conditions.append(func.lower(ideas.c.topic_category) == self.topic.lower())
        if self.workflow_id is not None:
            conditions.append(ideas.c.workflow_id == self.workflow_id)
        return conditions


def ideas_of(user_id: UUID) -> Select[Any]:
    return all_ideas().where(ideas.c.user_id == user_id)


def all_ideas() -> Select[Any]:
    """Everybody's."""
    return select(*(ideas.c[name] for name in Idea.model_fields), ideas.c.user_id)
