from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from api.dependencies import DEVICE_COOKIE, CurrentUser, GatewayDep, lock_account
from api.export import export
from api.problems import Invalid, Unauthenticated, responses
from api.routes.auth import REFRESH_COOKIE, Password, forget_cookies, require_password
from api.store import ERASURE
from polycast.contracts import UserDeleted

router = APIRouter(prefix="/account", tags=["account"], responses=responses(Unauthenticated))

_ZIP = "application/zip"


class Farewell(BaseModel):
    password: Password
    """Checked if it is sent."""


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "A ZIP of JSON and Markdown files",
            "content": {_ZIP: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def export_account(user: CurrentUser, gateway: GatewayDep) -> StreamingResponse:
    """Everything that is kept of the caller."""
    return StreamingResponse(
        export(gateway.database, user.user_id),
        media_type=_ZIP,
        headers={
            "Content-Disposition": 'attachment; filename="polycast-export.zip"',
            "Cache-Control": "no-store",
        },
    )


@router.delete("", status_code=204, responses=responses(Invalid))
async def delete_account(
    user: CurrentUser, gateway: GatewayDep, response: Response, body: Farewell | None = None
) -> None:
    """Remove the account and all that belongs to it, here at once and in every other part soon. For good."""
    if body is not None:
        await require_password(gateway, user.user_id, body.password, "password")
    async with gateway.outbox.transaction(as_system=True) as transaction:
        await lock_account(transaction.connection, user.user_id)
        await transaction.emit(UserDeleted(user_id=user.user_id))
        await ERASURE.mark(transaction.connection, {user.user_id})
        await ERASURE.remove(transaction.connection, {user.user_id})
    gateway.sessions.forget(user)
    forget_cookies(response, REFRESH_COOKIE, DEVICE_COOKIE)
