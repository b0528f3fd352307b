from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field, StringConstraints

from api import rewriting
from api.dependencies import CurrentUser, GatewayDep, IdempotencyKey, Reading, lock_account, missing
from api.idempotency import Command
from api.paging import fetch_page
from api.problems import (
    AlreadyRunning,
    Invalid,
    NotFound,
    NothingToRetry,
    NotWritten,
    NotYours,
    Unauthenticated,
    responses,
)
from api.projector.projection import project_own
from api.read_model.configuration import configuration_of, zone_for
from api.read_model.workflows import (
    Status,
    Workflow,
    WorkflowDetail,
    WorkflowFilter,
    WorkflowList,
    running_workflow_of,
    workflow_detail,
    workflows_of,
)
from api.store import workflows
from polycast.contracts import Platforms, WorkflowStarted
from polycast.contracts.values import MAX_IDEAS

router = APIRouter(prefix="/workflows", tags=["workflows"], responses=responses(Unauthenticated))


class Execute(BaseModel):
    trigger_type: Literal["manual", "scheduled"] = "manual"
    idea_count: Annotated[int, Field(strict=True, ge=1, le=MAX_IDEAS)] | None = None
    """None: as many as the preferences say."""
    platforms: Platforms = ()
    """Empty: the ones of the preferences."""
    context: Annotated[str, StringConstraints(max_length=4000)] | None = None
    """What this run shall be about, in the person's words."""
    force: bool = False
    """Start it even though another is running."""


class Execution(BaseModel):
    workflow_id: UUID
    status: Status
    started_at: datetime


@router.post("/execute", status_code=202, responses=responses(AlreadyRunning, Invalid))
async def execute_workflow(
    user: CurrentUser,
    gateway: GatewayDep,
    body: Execute | None = None,
    idempotency_key: IdempotencyKey = None,
) -> Execution:
    """Start a workflow now. It can be read at once at `/workflows/{workflow_id}`."""
    body = body or Execute()
    await gateway.registry.require(body.platforms)
    async with gateway.outbox.transaction() as transaction:
        connection = transaction.connection
        await lock_account(connection, user.user_id)
        command = Command(connection, user.user_id, idempotency_key, "workflows/execute", body)
        if (earlier := await command.earlier_answer()) is not None:
            return Execution.model_validate(earlier)
        running = await connection.scalar(running_workflow_of(user.user_id))
        if running is not None and not body.force:
            raise AlreadyRunning(running)
        configuration = await configuration_of(connection, user.user_id)
        event = WorkflowStarted(
            execution_id=uuid4(),
            user_id=user.user_id,
            trigger_type=body.trigger_type,
            started_at=datetime.now(UTC),
            idea_count=body.idea_count or configuration.preferences.idea_count,
            platforms=body.platforms or configuration.platforms,
            preferences=configuration.snapshot,
            context=body.context,
        )
        await project_own(connection, event)
        await transaction.emit(event)
        started = Execution(
            workflow_id=event.execution_id, status=Status.RUNNING, started_at=event.started_at
        )
        await command.remember(started)
    return started


@router.get("", responses=responses(Invalid))
async def list_workflows(
    user: CurrentUser, connection: Reading, request: Request, filters: Annotated[WorkflowFilter, Query()]
) -> WorkflowList:
    """Newest first."""
    zone = await zone_for(filters, connection, user.user_id)
    page = await fetch_page(
        connection,
        workflows_of(user.user_id).where(*filters.conditions(zone)),
        moment=workflows.c.started_at,
        key=workflows.c.id,
        params=filters,
        request=request,
    )
    rows = [Workflow.model_validate(dict(row)) for row in page.rows]
    return WorkflowList(workflows=rows, total=page.total, next=page.next)


@router.get("/{workflow_id}", responses=responses(NotYours, NotFound, Invalid))
async def get_workflow(workflow_id: UUID, user: CurrentUser, connection: Reading) -> WorkflowDetail:
    """A workflow with its ideas and how far each platform is."""
    query = workflows_of(user.user_id).where(workflows.c.id == workflow_id)
    row = (await connection.execute(query)).mappings().one_or_none()
    if row is None:
        raise await missing(connection, workflows, workflow_id, user.user_id, "workflow")
    return await workflow_detail(connection, row, user.user_id)


class Retried(BaseModel):
    workflow_id: UUID
    requested: int
    """How many drafts, or 1 for the ideas, were asked for again."""


@router.post(
    "/{workflow_id}/retry",
    status_code=202,
    responses=responses(NotYours, NotFound, Invalid, AlreadyRunning, NothingToRetry, NotWritten),
)
async def retry_workflow(workflow_id: UUID, user: CurrentUser, gateway: GatewayDep) -> Retried:
    """Have what failed in a workflow written again. Its outcome follows."""
    async with gateway.outbox.transaction() as transaction:
        connection = transaction.connection
        await lock_account(connection, user.user_id)
        query = workflows_of(user.user_id).where(workflows.c.id == workflow_id)
        row = (await connection.execute(query)).mappings().one_or_none()
        if row is None:
            raise await missing(connection, workflows, workflow_id, user.user_id, "workflow")
        if row["status"] == Status.RUNNING:
            raise AlreadyRunning(workflow_id)
        requested = await rewriting.retry_workflow(transaction, workflow_id, user.user_id)
    return Retried(workflow_id=workflow_id, requested=requested)
