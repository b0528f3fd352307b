from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from sqlalchemy import ColumnElement, FromClause, RowMapping, Select, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.paging import PageParams
from api.read_model.drafts import every_draft
from api.read_model.ideas import Idea, ideas_of
from api.read_model.usage import Usage
from api.store import drafts, ideas, outcomes, workflows
from polycast.contracts import ErrorInfo, Provenance


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


class Moment(BaseModel):
    """One thing that happened."""

    at: datetime
    event: Literal["started", "idea", "draft", "failure", "completed", "failed"]
    platform: str | None = None
    """Of a draft or a failure."""
    idea_id: UUID | None = None
    title: str | None = None
    """The idea's."""
    detail: str | None = None
    """Why something failed."""


class WorkflowDetail(Workflow):
    progress: dict[str, Progress]
    """By platform."""
    ideas: list[Idea]
    """In the order in which they were generated."""
    timings: Timings
    timeline: list[Moment]
    """Oldest first."""
    usage: Usage


class WorkflowFilter(PageParams):
    state: Status | None = None

    def conditions(self, zone: ZoneInfo) -> list[ColumnElement[bool]]:
        conditions = self.within(workflows.c.started_at, zone)
        if self.state is not None:
            conditions.append(status_of == self.state)
        return conditions


status_of: ColumnElement[str] = func.coalesce(outcomes.c.status, literal(Status.RUNNING.value))


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
    return all_workflows().where(workflows.c.user_id == user_id)


def all_workflows() -> Select[Any]:
    """Everybody's."""
    return select(
        workflows.c.id,
        workflows.c.user_id,
        status_of.label("status"),
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
    ).select_from(workflows.outerjoin(outcomes, outcomes.c.workflow_id == workflows.c.id))


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
    texts = await _texts(connection, workflow.id, user_id)
    calls = [idea.provenance for idea in made[:1]]  # one call made them all
    calls += [text.provenance for text in texts if text.provenance]
    return WorkflowDetail(
        **workflow.model_dump(),
        progress=_progress(workflow, made, texts),
        ideas=made,
        timings=_timings(workflow, made, texts),
        timeline=_timeline(workflow, made, texts),
        usage=Usage.of(calls),
    )


class _Text(BaseModel):
    """What came of one idea on one platform."""

    idea_id: UUID
    platform: str
    error: ErrorInfo | None
    provenance: Provenance | None
    created_at: datetime

    @property
    def is_failure(self) -> bool:
        return self.error is not None


async def _texts(connection: AsyncConnection, workflow_id: UUID, user_id: UUID) -> list[_Text]:
    query = (
        select(*(every_draft.c[name] for name in _Text.model_fields))
        .where(every_draft.c.workflow_id == workflow_id, every_draft.c.user_id == user_id)
        .order_by(every_draft.c.created_at, every_draft.c.id)
    )
    return [_Text.model_validate(dict(row)) for row in (await connection.execute(query)).mappings()]


def _progress(workflow: Workflow, made: list[Idea], texts: list[_Text]) -> dict[str, Progress]:
    """Expected is each idea made × its platforms; until the first idea, what was asked for."""
    expected = [slug for idea in made for slug in idea.platforms]
    if not made and workflow.status is Status.RUNNING:
        expected = list(workflow.platforms) * workflow.idea_count
    slugs = sorted({*expected, *(text.platform for text in texts)})
    progress = {slug: Progress(expected=expected.count(slug)) for slug in slugs}
    for text in texts:
        platform = progress[text.platform]
        platform.failed += text.is_failure
        platform.generated += not text.is_failure
        platform.expected = max(platform.expected, platform.generated + platform.failed)
    return progress


def _timings(workflow: Workflow, made: list[Idea], texts: list[_Text]) -> Timings:
    moments = [text.created_at for text in texts]
    over = workflow.completed_at
    return Timings(
        first_idea_at=min((idea.created_at for idea in made), default=None),
        first_draft_at=min(moments, default=None),
        last_draft_at=max(moments, default=None),
        duration_seconds=(over - workflow.started_at).total_seconds() if over else None,
    )


def _timeline(workflow: Workflow, made: list[Idea], texts: list[_Text]) -> list[Moment]:
    titles = {idea.id: idea.title for idea in made}
    moments = [Moment(at=workflow.started_at, event="started")]
    moments += [Moment(at=i.created_at, event="idea", idea_id=i.id, title=i.title) for i in made]
    moments += [
        Moment(
            at=text.created_at,
            event="failure" if text.is_failure else "draft",
            platform=text.platform,
            idea_id=text.idea_id,
            title=titles.get(text.idea_id),
            detail=text.error.message if text.error else None,
        )
        for text in texts
    ]
    if workflow.completed_at is not None and workflow.status is not Status.RUNNING:
        moments.append(
            Moment(at=workflow.completed_at, event=workflow.status.value, detail=workflow.error_message)
        )
    return sorted(moments, key=lambda moment: moment.at)
