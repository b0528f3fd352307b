from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel
from starlette.types import Receive, Scope, Send

from api.dependencies import DEVICE_COOKIE, CurrentUser, Gateway, GatewayDep, lock_account
from api.export import export
from api.problems import Invalid, ServiceAway, Unauthenticated, responses
from api.routes.auth import HINT_COOKIE, REFRESH_COOKIE, Password, forget_cookies, require_password
from api.store import ERASURE
from polycast.contracts import UserDeleted

router = APIRouter(prefix="/account", tags=["account"], responses=responses(Unauthenticated))

_ZIP = "application/zip"


class ExportResponse(Response):
    """Sent while it is written."""

    def __init__(self, gateway: Gateway, user_id: UUID) -> None:
        self._gateway = gateway
        self._user_id = user_id
        headers = {
            "Content-Disposition": 'attachment; filename="polycast-export.zip"',
            "Cache-Control": "no-store",
        }
        super().__init__(None, media_type=_ZIP, headers=headers)
        del self.headers["Content-Length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def write(data: bytes) -> None:
            await send({"type": "http.response.body", "body": data, "more_body": True})

        async with self._gateway.exports:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await export(self._gateway.database, self._user_id, write)
        await send({"type": "http.response.body", "body": b""})


class Farewell(BaseModel):
    password: Password
    """Checked if it is sent."""


@router.get(
    "/export",
    response_class=Response,
    responses={
        200: {
            "description": "A ZIP of JSON and Markdown files",
            "content": {_ZIP: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def export_account(user: CurrentUser, gateway: GatewayDep) -> ExportResponse:
    """Everything that is kept of the caller."""
    if gateway.exports.locked():
        raise ServiceAway("Whoever writes exports")
    return ExportResponse(gateway, user.user_id)


@router.delete("", status_code=204, responses=responses(Invalid))
async def delete_account(
    user: CurrentUser, gateway: GatewayDep, response: Response, body: Farewell | None = None
) -> None:
    """Remove the account and all that belongs to it, here at once and in every other part soon. For good."""
    if body is not None:
        await require_password(gateway, user.user_id, body.password, "password")
    async with gateway.outbox.transaction(as_system=True) as transaction:
        await lock_account(transaction.connection, user.user_id, to_delete=True)
        await transaction.emit(UserDeleted(user_id=user.user_id))
        await ERASURE.mark(transaction.connection, {user.user_id})
        await ERASURE.remove(transaction.connection, {user.user_id})
    gateway.sessions.forget(user)
    forget_cookies(response, REFRESH_COOKIE, HINT_COOKIE, DEVICE_COOKIE)
