from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import StreamingResponse

from api.dependencies import CurrentUser, Gateway, GatewayDep
from api.live import Feed, Seen
from api.problems import Invalid, Unauthenticated, responses
from api.security import Claims

router = APIRouter(prefix="/events", tags=["events"], responses=responses(Unauthenticated))

_EVENT_STREAM = "text/event-stream"
_LARGEST_SEQUENCE = 2**63 - 2
Position = Annotated[int | None, Header(alias="Last-Event-ID", ge=0, le=_LARGEST_SEQUENCE)]


@router.get(
    "",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Server-sent events, until the client hangs up or its token ends",
            "content": {_EVENT_STREAM: {"schema": {"type": "string"}}},
        },
        **responses(Invalid),
    },
)
async def follow_events(
    user: CurrentUser, gateway: GatewayDep, last_event_id: Position = None
) -> StreamingResponse:
    """What changes of the caller's: each event is named for what happened and carries the row as it is now.

    With `Last-Event-ID` it goes on after that one. `reset` says that this can't be done any more (they are
    kept for an hour): read everything again.
    """
    feed = await gateway.live.open(user.user_id, last_event_id)
    return StreamingResponse(
        _written(feed, gateway, user),
        media_type=_EVENT_STREAM,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _written(feed: Feed, gateway: Gateway, user: Claims) -> AsyncIterator[str]:
    """As the HTML standard writes them (section 9.2.6, Interpreting an event stream)."""
    if feed.is_reset:
        yield f"id: {feed.position}\nevent: reset\ndata: {{}}\n\n"
    else:
        yield f"id: {feed.position}\n\n"  # so that a page that saw no event yet can resume too
    async for seen in feed.changes():
        if not await _may_stay(gateway, user):
            return
        yield ":\n\n" if seen is None else _event(seen)


def _event(seen: Seen) -> str:
    data = json.dumps(seen.change.row)
    return f"id: {seen.sequence}\nevent: {seen.change.name}\ndata: {data}\n\n"


async def _may_stay(gateway: Gateway, user: Claims) -> bool:
    if user.expires_at < time.time():
        return False
    try:
        await gateway.sessions.require_valid(user)
    except Unauthenticated:
        return False
    return True
