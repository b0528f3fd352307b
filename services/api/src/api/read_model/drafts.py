from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, RowMapping, Select, and_, case, func, select

from api.paging import PageParams
from api.store import drafts, generations, ideas
from polycast.contracts import CheckResult, ErrorInfo, Provenance


class State(StrEnum):
    GENERATED = "generated"
    REVIEWED = "reviewed"
    EDITED = "edited"
    READY = "ready"
    PUBLISHED = "published"
    FAILED = "failed"
    """No text could be made. Outside the lifecycle, and listed only when asked for."""


class CoreIdea(BaseModel):
    """The idea behind a draft. Only the id is known until the idea's own event has been read."""

    id: UUID
    title: str | None
    description: str | None
    topic_category: str | None


class Draft(BaseModel):
    id: UUID
    core_idea: CoreIdea
    workflow_id: UUID | None
    platform: str
    content_text: str | None
    """What is shown: the person's edit, else the generation they chose, else the original. None if failed."""
    metadata: dict[str, Any] | None
    """Belongs to `content_text`. None if failed, or if edited while the platform's service was away."""
    state: State
    original_version: str | None
    """The text of generation 1, for ever."""
    edited_version: str | None
    generation: int
    checks: CheckResult | None
    provenance: Provenance | None
    error: ErrorInfo | None
    """Why there is no text, if there is none."""
    created_at: datetime
    updated_at: datetime


class DraftList(BaseModel):
    content: list[Draft]
    total: int
    next: str | None


class DraftFilter(PageParams):
    state: State | None = None
    platform: str | None = Field(None, max_length=32)
    topic: str | None = Field(None, max_length=100)
    workflow_id: UUID | None = None
    idea_id: UUID | None = None

    def conditions(self, zone: ZoneInfo) -> list[ColumnElement[bool]]:
        conditions = self.within(drafts.c.created_at, zone)
        conditions.append(drafts.c.state == self.state if self.state else drafts.c.state != State.FAILED)
        if self.topic is not None:
            conditions.append(func.lower(ideas.c.topic_category) == self.topic.lower())
        for name in ("platform", "workflow_id", "idea_id"):
            value = getattr(self, name)
            if value is not None:
                conditions.append(drafts.c[name] == value)
        return conditions


_chosen = and_(
    generations.c.content_id == drafts.c.id,
    generations.c.generation == drafts.c.chosen_generation,
    drafts.c.chosen_generation > 1,
)


def drafts_of(user_id: UUID) -> Select[Any]:
    """A person's drafts that aren't deleted, as `draft` reads them."""
    is_chosen = generations.c.content_text.is_not(None)
    generated = [
        case((is_chosen, generations.c[name]), else_=drafts.c[name]).label(f"generated_{name}")
        for name in ("content_text", "metadata", "checks", "provenance")
    ]
    return (
        select(
            drafts.c.id,
            drafts.c.idea_id,
            drafts.c.workflow_id,
            drafts.c.platform,
            drafts.c.state,
            drafts.c.content_text.label("original_text"),
            drafts.c.edited_text,
            drafts.c.edited_metadata,
            drafts.c.edited_checks,
            drafts.c.chosen_generation,
            drafts.c.error,
            drafts.c.created_at,
            drafts.c.changed_at,
            *generated,
            ideas.c.title,
            ideas.c.description,
            ideas.c.topic_category,
        )
        .select_from(drafts.outerjoin(ideas, ideas.c.id == drafts.c.idea_id).outerjoin(generations, _chosen))
        .where(drafts.c.user_id == user_id, drafts.c.deleted_at.is_(None))
    )


def draft(row: RowMapping) -> Draft:
    source = "generated" if row["edited_text"] is None else "edited"
    return Draft(
        id=row["id"],
        core_idea=CoreIdea(
            id=row["idea_id"],
            title=row["title"],
            description=row["description"],
            topic_category=row["topic_category"],
        ),
        workflow_id=row["workflow_id"],
        platform=row["platform"],
        content_text=row["edited_text"] or row["generated_content_text"],
        metadata=row[f"{source}_metadata"],
        state=row["state"],
        original_version=row["original_text"],
        edited_version=row["edited_text"],
        generation=row["chosen_generation"],
        checks=row[f"{source}_checks"],
        provenance=row["generated_provenance"],
        error=row["error"],
        created_at=row["created_at"],
        updated_at=row["changed_at"] or row["created_at"],
    )
