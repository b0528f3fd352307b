"""The web page: built files from one folder, and its first file for every address that is the page's own."""

from __future__ import annotations

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

#: Their names hold a hash of their content.
_HASHED = "assets/"
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_FIRST = "no-cache"


class Page:
    """Answers what no route of the API does."""

    def __init__(self, folder: Path, own_prefix: str) -> None:
        """Paths under `own_prefix` are the API's: unknown ones stay unknown."""
        self._files = StaticFiles(directory=folder) if (folder / "index.html").is_file() else None
        self._own_prefix = own_prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(self._own_prefix):
            raise HTTPException(404)
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(404)
        found = await self._answer(scope)
        await found(scope, receive, send)

    async def _answer(self, scope: Scope) -> Response:
        if self._files is None:
            return _not_built(scope["path"])
        path = self._files.get_path(scope)
        try:
            found = await self._files.get_response("index.html" if path == "." else path, scope)
        except HTTPException as error:
            accepted = Request(scope).headers.get("accept", "")
            if error.status_code != 404 or "text/html" not in accepted:
                raise
            found = await self._files.get_response("index.html", scope)
            path = ""
        found.headers["Cache-Control"] = _FOR_EVER if path.startswith(_HASHED) else _ASK_FIRST
        return found


def _not_built(path: str) -> Response:
    if path != "/":
        raise HTTPException(404)
    return JSONResponse({"detail": "The web page isn't built. The API answers.", "docs": "/docs"})
