from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from sqlalchemy import ColumnElement, FromClause, RowMapping, Select, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.paging import PageParams
from api.read_model.ideas import Idea, ideas_of
from api.store import drafts, ideas, outcomes, workflows


class Status(StrEnum):
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class Workflow(BaseModel):
    id: UUID
    status: Status
    trigger_type: str
    idea_count: int
    """How many ideas were asked for."""
    platforms: list[str]
    """The ones asked for; empty for the person's usual ones."""
    context: str | None
    ideas_generated: int
    content_generated: int
    content_failed: int
    started_at: datetime
    completed_at: datetime | None
    error_message: str | None


class WorkflowList(BaseModel):
    workflows: list[Workflow]
    total: int
    next: str | None


class Progress(BaseModel):
    """Drafts of one platform: how many there will be, how many there are, how many could not be made."""

    expected: int
    generated: int = 0
    failed: int = 0


class Timings(BaseModel):
    """When each stage was first or last seen; None while it is still to come."""

    first_idea_at: datetime | None
    first_draft_at: datetime | None
    last_draft_at: datetime | None
    duration_seconds: float | None
    """From start to completion."""


class WorkflowDetail(Workflow):
    progress: dict[str, Progress]
    """By platform."""
    ideas: list[Idea]
    """In the order in which they were generated."""
    timings: Timings


class WorkflowFilter(PageParams):
    state: Status | None = None

    def conditions(self, zone: ZoneInfo) -> list[ColumnElement[bool]]:
        conditions = self.within(workflows.c.started_at, zone)
        if self.state is not None:
            conditions.append(_status == self.state)
        return conditions


_status: ColumnElement[str] = func.coalesce(outcomes.c.status, literal(Status.RUNNING.value))


def _count(table: FromClause, *conditions: ColumnElement[bool]) -> ColumnElement[int]:
    counted = select(func.count()).select_from(table)
    return counted.where(table.c.workflow_id == workflows.c.id, *conditions).scalar_subquery()


#: What the aggregator announced, and what there is so far until it does.
_ideas_generated = func.coalesce(outcomes.c.ideas_generated, _count(ideas))
_content_generated = func.coalesce(
    outcomes.c.content_generated, _count(drafts, drafts.c.content_text.is_not(None))
)
_content_failed = func.coalesce(outcomes.c.content_failed, _count(drafts, drafts.c.content_text.is_(None)))


def workflows_of(user_id: UUID) -> Select[Any]:
    return (
        select(
            workflows.c.id,
            _status.label("status"),
            workflows.c.trigger_type,
            workflows.c.idea_count,
            workflows.c.platforms,
            workflows.c.context,
            _ideas_generated.label("ideas_generated"),
            _content_generated.label("content_generated"),
            _content_failed.label("content_failed"),
            workflows.c.started_at,
            outcomes.c.completed_at,
            outcomes.c.error_message,
        )
        .select_from(workflows.outerjoin(outcomes, outcomes.c.workflow_id == workflows.c.id))
        .where(workflows.c.user_id == user_id)
    )


def running_workflow_of(user_id: UUID) -> Select[UUID]:
    """The newest one without an outcome."""
    return (
        select(workflows.c.id)
        .outerjoin(outcomes, outcomes.c.workflow_id == workflows.c.id)
        .where(workflows.c.user_id == user_id, outcomes.c.workflow_id.is_(None))
        .order_by(workflows.c.started_at.desc())
        .limit(1)
    )


async def workflow_detail(connection: AsyncConnection, row: RowMapping, user_id: UUID) -> WorkflowDetail:
    workflow = Workflow.model_validate(dict(row))
    mine = ideas_of(user_id).where(ideas.c.workflow_id == workflow.id).order_by(ideas.c.index)
    idea_rows = (await connection.execute(mine)).mappings().all()
    made = [Idea.model_validate(dict(idea)) for idea in idea_rows]
    drafted = await _drafted(connection, workflow.id, user_id)
    return WorkflowDetail(
        **workflow.model_dump(),
        progress=_progress(workflow, made, drafted),
        ideas=made,
        timings=Timings(
            first_idea_at=min((idea.created_at for idea in made), default=None),
            first_draft_at=min((row["first_at"] for row in drafted), default=None),
            last_draft_at=max((row["last_at"] for row in drafted), default=None),
            duration_seconds=(
                (workflow.completed_at - workflow.started_at).total_seconds()
                if workflow.completed_at
                else None
            ),
        ),
    )


async def _drafted(connection: AsyncConnection, workflow_id: UUID, user_id: UUID) -> list[RowMapping]:
    """A row a platform: how many drafts were made and failed, and when."""
    query = (
        select(
            drafts.c.platform,
            func.count(drafts.c.content_text).label("generated"),
            (func.count() - func.count(drafts.c.content_text)).label("failed"),
            func.min(drafts.c.created_at).label("first_at"),
            func.max(drafts.c.created_at).label("last_at"),
        )
        .where(drafts.c.workflow_id == workflow_id, drafts.c.user_id == user_id)
        .group_by(drafts.c.platform)
    )
    return list((await connection.execute(query)).mappings())


def _progress(workflow: Workflow, made: list[Idea], drafted: list[RowMapping]) -> dict[str, Progress]:
    """Expected is each idea made × its platforms; until the first idea, what was asked for."""
    expected = [slug for idea in made for slug in idea.platforms]
    if not made and workflow.status is Status.RUNNING:
        expected = list(workflow.platforms) * workflow.idea_count
    progress = {slug: Progress(expected=expected.count(slug)) for slug in sorted(set(expected))}
    for row in drafted:
        platform = progress.setdefault(row["platform"], Progress(expected=0))
        platform.generated, platform.failed = row["generated"], row["failed"]
        platform.expected = max(platform.expected, platform.generated + platform.failed)
    return progress
