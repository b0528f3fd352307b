"""What every request passes: a limit on its size, and headers that keep a browser safe."""

from __future__ import annotations

from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import answer
from polycast.db import acting_for

MAX_BODY_BYTES = 1_000_000

#: Nothing is loaded from elsewhere, and nothing stands inline but what `page` names by its hash.
STRICT_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": STRICT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
_ONE_YEAR = 365 * 24 * 60 * 60


class SafeHeaders:
    """Adds security headers where an endpoint set none of its own, and what is left of a rate."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                for name, value in (_HEADERS | state.get("rate_headers", {})).items():
                    headers.setdefault(name, value)
                if scope["scheme"] == "https":
                    headers.setdefault("Strict-Transport-Security", f"max-age={_ONE_YEAR}")
            await send(message)

        await self._app(scope, receive, send_safely)


class Anonymous:
    """Each request begins as nobody's: its token says for whom Postgres shall show rows."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with acting_for(None):
            await self._app(scope, receive, send)


class BodyLimit:
    """Refuses bodies over the limit: at once where they say their length, else when they reach it.

    FastAPI's own limit (`max_body_size`) answers in plain text, not with a problem document.
    """

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY_BYTES) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdecimal() and int(announced) > self._limit:
            await self._refuse(scope, receive, send)
            return
        received = 0

        async def receive_within_limit() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._limit:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, self._detail)
            return message

        await self._app(scope, receive_within_limit, send)

    @property
    def _detail(self) -> str:
        return f"A request may have {self._limit} bytes."

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        refusal = answer(
            Request(scope), status, "content-too-large", status.phrase, self._detail, {"Connection": "close"}
        )
        await refusal(scope, receive, send)
