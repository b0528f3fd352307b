from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, StringConstraints

from api.dependencies import CheckingUser, CurrentUser, GatewayDep
from api.editing import draft_now
from api.lifecycle import TRANSITIONS, State
from api.problems import Invalid, NotFound, NotYours, Unauthenticated, responses
from polycast.contracts import CheckResult
from polycast.contracts.values import MAX_TEXT

router = APIRouter(prefix="/platforms", tags=["platforms"], responses=responses(Unauthenticated))


class PlatformDescription(BaseModel):
    """What a platform's service announced of itself."""

    model_config = ConfigDict(extra="allow")

    slug: str
    name: str
    limits: dict[str, Any] = {}
    preview: dict[str, Any] = {}


class PlatformList(BaseModel):
    platforms: list[PlatformDescription]
    transitions: Mapping[State, tuple[State, ...]] = TRANSITIONS
    """The lifecycle of every draft: which state may follow which."""


class TextToCheck(BaseModel):
    content_text: Annotated[str, StringConstraints(max_length=MAX_TEXT)]
    content_id: UUID | None = None
    """The draft that it is to be the text of: what its idea tells is given, and no claim to be settled."""


@router.get("")
async def list_platforms(user: CurrentUser, gateway: GatewayDep) -> PlatformList:
    """What each announced platform is like, and how drafts of all of them move from state to state."""
    announced = await gateway.registry.platforms()
    return PlatformList(
        platforms=[
            PlatformDescription.model_validate({"name": slug} | description | {"slug": slug})
            for slug, description in announced.items()
        ]
    )


@router.post("/{slug}/check", responses=responses(NotYours, NotFound, Invalid))
async def check_text(slug: str, body: TextToCheck, user: CheckingUser, gateway: GatewayDep) -> CheckResult:
    """What the platform's own rules say of a text. The same as when it is written or saved."""
    given = ""
    if body.content_id is not None:
        given = (await draft_now(gateway, body.content_id, user.user_id)).core_idea.given
    return await gateway.registry.check(slug, body.content_text, given)
