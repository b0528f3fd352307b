from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from api import editing, rewriting
from api.conditional import IfMatch, etag_of
from api.dependencies import CurrentUser, Gateway, GatewayDep, Reading, lock_account
from api.lifecycle import TRANSITIONS, State
from api.outbox import Transaction
from api.paging import fetch_page
from api.plain_text import plain_text
from api.problems import (
    ClaimsUnsettled,
    Invalid,
    LostUpdate,
    NoneMoved,
    NotFound,
    NothingToRetry,
    NotWritten,
    NotYours,
    Problem,
    Published,
    RulesBroken,
    Unauthenticated,
    WrongTransition,
    responses,
)
from api.read_model.drafts import Draft, DraftFilter, DraftList, SparseDraftList, draft
from api.read_model.found_drafts import found_drafts
from api.read_model.revisions import RevisionList, revisions_of
from polycast.contracts.values import MAX_TEXT

router = APIRouter(prefix="/content", tags=["content"], responses=responses(Unauthenticated))

_of_one = responses(NotYours, NotFound, Invalid)

#: Drafts of one command that platforms' services are asked about at a time.
CHECKED_AT_ONCE = 20
_CheckedDrafts = Mapping[UUID, editing.Checked | Problem | None]


def _some_text(text: str) -> str:
    if not text.strip():
        raise ValueError("holds no text")
    return text


PlainText = Annotated[
    str, StringConstraints(max_length=MAX_TEXT), AfterValidator(plain_text), AfterValidator(_some_text)
]
Instruction = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=1000), AfterValidator(plain_text)
]
ClaimKey = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT + 100)]
#: What a person may choose. `edited` comes of an edit, `failed` of a failure.
ChosenState = Literal["generated", "reviewed", "edited", "ready", "published"]


class Edit(BaseModel):
    content_text: PlainText
    """Plain text: markup is taken out."""
    state: Literal["edited"] = "edited"


class StateChange(BaseModel):
    state: ChosenState
    override: bool = False
    """To ready although rules are broken or claims unsettled. Which ones is recorded."""


class ChangedState(BaseModel):
    id: UUID
    state: State
    updated_at: datetime


class BulkStateChange(StateChange):
    ids: Annotated[list[UUID], Field(min_length=1, max_length=100)]
    atomic: bool = False
    """All or nothing."""


class ClaimChange(BaseModel):
    keys: Annotated[list[ClaimKey], Field(min_length=1, max_length=1000)]
    """Of claims of the text that is shown."""
    settled: bool = True
    """Whether the person answers for them."""


class Refusal(BaseModel):
    type: str
    title: str
    status: int
    detail: str


class Outcome(BaseModel):
    """Of one draft: its new state, or why it has none."""

    id: UUID
    state: State | None
    error: Refusal | None


class Outcomes(BaseModel):
    results: list[Outcome]


class Wanted(BaseModel):
    revision: Annotated[str, Field(max_length=40, examples=["generation-1"])]


class Rewrite(BaseModel):
    instruction: Instruction | None = None
    """Such as "shorter"."""


class Requested(BaseModel):
    content_id: UUID
    generation: int


@router.get("", responses=responses(Invalid), response_model=DraftList | SparseDraftList)
async def list_content(
    user: CurrentUser, connection: Reading, request: Request, filters: Annotated[DraftFilter, Query()]
) -> DraftList | SparseDraftList:
    """Drafts, newest first: failed ones with `state=failed`, those untouched for a year for named days."""
    fields = filters.chosen_fields
    found = await found_drafts(connection, user.user_id, filters)
    page = await fetch_page(
        connection,
        found.query,
        moment=found.moment,
        key=found.key,
        count=found.count,
        params=filters,
        request=request,
        ascending=not filters.sort.startswith("-"),
    )
    shown = [draft(row) for row in page.rows]
    if fields is None:
        return DraftList(content=shown, total=page.total, next=page.next)
    sparse = [one.model_dump(mode="json", include=fields) for one in shown]
    return SparseDraftList(content=sparse, total=page.total, next=page.next)


@router.post("/state", responses=responses(NoneMoved, Invalid))
async def change_states(body: BulkStateChange, user: CurrentUser, gateway: GatewayDep) -> Outcomes:
    """Move several drafts. Each one's outcome is told; `atomic` moves none if one can't be."""
    checked = await _checks_for_all(gateway, user.user_id, body)
    move = _move_together if body.atomic else _move_each
    return Outcomes(results=await move(gateway, user.user_id, checked, body))


@router.get("/{content_id}", responses=_of_one)
async def get_content(content_id: UUID, user: CurrentUser, connection: Reading, response: Response) -> Draft:
    """One draft with its idea; its `ETag` is what a command's `If-Match` takes."""
    return _with_etag(await editing.shown_draft(connection, content_id, user.user_id), response)


@router.put("/{content_id}", responses=_of_one | responses(Published, NotWritten, LostUpdate))
async def edit_content(
    content_id: UUID,
    body: Edit,
    user: CurrentUser,
    gateway: GatewayDep,
    response: Response,
    if_match: IfMatch = None,
) -> Draft:
    """Save a person's text as a new revision. With the platform's service away, it is saved unchecked."""
    shown = await editing.draft_now(gateway, content_id, user.user_id)
    checks = await editing.checks_if_known(gateway, shown, body.content_text)
    async with editing.open_draft(gateway, content_id, user.user_id, if_match) as opened:
        return _with_etag(await editing.save_edit(opened, body.content_text, checks), response)


@router.patch(
    "/{content_id}/state",
    responses=_of_one | responses(WrongTransition, RulesBroken, ClaimsUnsettled, LostUpdate),
)
async def change_state(
    content_id: UUID,
    body: StateChange,
    user: CurrentUser,
    gateway: GatewayDep,
    response: Response,
    if_match: IfMatch = None,
) -> ChangedState:
    """Move a draft along the lifecycle that `GET /platforms` shows."""
    checked = await _checks_for(gateway, content_id, user.user_id, body)
    async with editing.open_draft(gateway, content_id, user.user_id, if_match) as opened:
        moved = await editing.change_state(opened, State(body.state), checked, override=body.override)
    _with_etag(moved, response)
    return ChangedState(id=moved.id, state=moved.state, updated_at=moved.updated_at)


@router.patch("/{content_id}/claims", responses=_of_one | responses(Published, LostUpdate))
async def settle_claims(
    content_id: UUID,
    body: ClaimChange,
    user: CurrentUser,
    gateway: GatewayDep,
    response: Response,
    if_match: IfMatch = None,
) -> Draft:
    """Tick claims that the person answers for, or take the ticks away. They outlive edits and other texts."""
    async with editing.open_draft(gateway, content_id, user.user_id, if_match) as opened:
        changed = await editing.settle_claims(opened, body.keys, settled=body.settled)
    return _with_etag(changed, response)


@router.delete("/{content_id}", status_code=204, responses=_of_one | responses(LostUpdate))
async def delete_content(
    content_id: UUID, user: CurrentUser, gateway: GatewayDep, if_match: IfMatch = None
) -> None:
    """It can be restored for 30 days; then it is gone."""
    async with editing.open_draft(gateway, content_id, user.user_id, if_match) as opened:
        await editing.remove(opened)


@router.post("/{content_id}/restore", responses=_of_one)
async def restore_content(
    content_id: UUID, user: CurrentUser, gateway: GatewayDep, response: Response
) -> Draft:
    """Undo a deletion."""
    async with editing.open_draft(gateway, content_id, user.user_id, deleted=True) as opened:
        return _with_etag(await editing.restore(opened), response)


@router.get("/{content_id}/revisions", responses=_of_one)
async def list_revisions(content_id: UUID, user: CurrentUser, connection: Reading) -> RevisionList:
    """Every text that the draft had or was asked to have, with what changed from one to the next."""
    shown = await editing.shown_draft(connection, content_id, user.user_id)
    found = await revisions_of(connection, shown)
    await asyncio.to_thread(found.compare)
    return found


@router.post("/{content_id}/revert", responses=_of_one | responses(Published, NotWritten, LostUpdate))
async def revert_content(
    content_id: UUID,
    body: Wanted,
    user: CurrentUser,
    gateway: GatewayDep,
    response: Response,
    if_match: IfMatch = None,
) -> Draft:
    """Show an earlier text again. Nothing is lost: what was shown stays among the revisions."""
    async with editing.open_draft(gateway, content_id, user.user_id, if_match) as opened:
        return _with_etag(await editing.revert(opened, body.revision), response)


@router.post("/{content_id}/regenerate", status_code=202, responses=_of_one | responses(NotWritten))
async def regenerate_content(
    content_id: UUID, user: CurrentUser, gateway: GatewayDep, body: Rewrite | None = None
) -> Requested:
    """Have another text written. It appears among the revisions, and replaces nothing until chosen."""
    instruction = body.instruction if body else None
    async with editing.open_draft(gateway, content_id, user.user_id) as opened:
        generation = await rewriting.regenerate(opened, instruction or None)
    return Requested(content_id=content_id, generation=generation)


@router.post(
    "/{content_id}/retry", status_code=202, responses=_of_one | responses(NothingToRetry, NotWritten)
)
async def retry_content(content_id: UUID, user: CurrentUser, gateway: GatewayDep) -> Requested:
    """Have a failed draft written again, as the same generation."""
    async with editing.open_draft(gateway, content_id, user.user_id) as opened:
        await rewriting.retry(opened)
    return Requested(content_id=content_id, generation=1)


def _with_etag(shown: Draft, response: Response) -> Draft:
    response.headers["ETag"] = etag_of(shown)
    return shown


async def _checks_for(
    gateway: Gateway, content_id: UUID, user_id: UUID, change: StateChange
) -> editing.Checked | None:
    """Asked for before the draft's row is held, because a service may take its time."""
    shown = await editing.draft_now(gateway, content_id, user_id)
    if State(change.state) is not State.READY or State.READY not in TRANSITIONS.get(shown.state, ()):
        return None
    return await editing.checks_for_ready(gateway, shown)


async def _checks_for_all(gateway: Gateway, user_id: UUID, change: BulkStateChange) -> _CheckedDrafts:
    """What `_checks_for` says of each draft, or why it can't."""
    slots = asyncio.Semaphore(CHECKED_AT_ONCE)

    async def check(content_id: UUID) -> editing.Checked | Problem | None:
        async with slots:
            try:
                return await _checks_for(gateway, content_id, user_id, change)
            except Problem as problem:
                return problem

    return dict(zip(change.ids, await asyncio.gather(*map(check, change.ids)), strict=True))


async def _move_each(
    gateway: Gateway, user_id: UUID, checked: _CheckedDrafts, change: BulkStateChange
) -> list[Outcome]:
    outcomes = []
    for content_id in change.ids:
        try:
            async with gateway.outbox.transaction() as transaction:
                await lock_account(transaction.connection, user_id)
                outcomes.append(await _move(transaction, user_id, content_id, checked[content_id], change))
        except Problem as problem:
            outcomes.append(_refused(content_id, problem))
    return outcomes


async def _move_together(
    gateway: Gateway, user_id: UUID, checked: _CheckedDrafts, change: BulkStateChange
) -> list[Outcome]:
    async with gateway.outbox.transaction() as transaction:
        await lock_account(transaction.connection, user_id)
        outcomes = [await _move_within(transaction, user_id, one, checked[one], change) for one in change.ids]
        if any(outcome.error for outcome in outcomes):
            raise NoneMoved([outcome.model_dump(mode="json") for outcome in outcomes if outcome.error])
    return outcomes


async def _move_within(
    transaction: Transaction,
    user_id: UUID,
    content_id: UUID,
    checked: editing.Checked | Problem | None,
    change: StateChange,
) -> Outcome:
    """As `_move`, and its refusal is an outcome: the others are to be told of too."""
    try:
        return await _move(transaction, user_id, content_id, checked, change)
    except Problem as problem:
        return _refused(content_id, problem)


async def _move(
    transaction: Transaction,
    user_id: UUID,
    content_id: UUID,
    checked: editing.Checked | Problem | None,
    change: StateChange,
) -> Outcome:
    if isinstance(checked, Problem):
        raise checked
    opened = await editing.hold_draft(transaction, content_id, user_id)
    moved = await editing.change_state(opened, State(change.state), checked, override=change.override)
    return Outcome(id=content_id, state=moved.state, error=None)


def _refused(content_id: UUID, problem: Problem) -> Outcome:
    refusal = Refusal(type=problem.type, title=problem.title, status=problem.status, detail=problem.detail)
    return Outcome(id=content_id, state=None, error=refusal)
