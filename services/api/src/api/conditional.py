"""ETags: what a client has already isn't sent again (304), what it didn't see isn't overwritten (412).

Source: RFC 9110, sections 8.8.3 and 13.1.
"""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import Header
from pydantic import BaseModel
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import LostUpdate

#: Sent with a change, it makes the change fail if what is there is not what was read.
IfMatch = Annotated[str | None, Header(max_length=1000, description="The `ETag` of what was read.")]


def etag_of(shown: BaseModel) -> str:
    return _etag(shown.model_dump_json().encode())


def _etag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def require_match(if_match: str | None, current: BaseModel) -> None:
    """
    Raises:
        LostUpdate: it was changed since it was read.
    """
    if if_match is not None and not _names(if_match, etag_of(current)):
        raise LostUpdate


def _names(field: str, etag: str) -> bool:
    tags = {tag.strip().removeprefix("W/") for tag in field.split(",")}
    return "*" in tags or etag in tags


class Conditional:
    """Gives every JSON answer to a GET an ETag, and answers 304 where the client has it already."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        wanted = Headers(scope=scope).get("if-none-match")
        start: Message | None = None
        body = b""

        async def hold_back(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start" and _is_json(message):
                start = message
            elif start is None:
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body"):
                    await _answer(start, body, wanted, send)

        await self._app(scope, receive, hold_back)


def _is_json(start: Message) -> bool:
    kind = Headers(raw=start["headers"]).get("content-type", "")
    return start["status"] == 200 and kind == "application/json"


async def _answer(start: Message, body: bytes, wanted: str | None, send: Send) -> None:
    headers = MutableHeaders(raw=start["headers"])
    etag = headers.setdefault("ETag", _etag(body))
    headers.setdefault("Cache-Control", "private, no-cache")
    if wanted is not None and _names(wanted, etag):
        start["status"], body = 304, b""
        for name in ("content-type", "content-length"):
            del headers[name]
    await send(start)
    await send({"type": "http.response.body", "body": body})
