"""The web page: built files from one folder, and its first file for every address that is the page's own."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from api.edge import STRICT_POLICY

#: Their names hold a hash of their content.
_HASHED = "assets/"
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_FIRST = "no-cache"


class Page:
    """Answers what no route of the API does."""

    def __init__(self, folder: Path, own_prefix: str) -> None:
        """Paths under `own_prefix` are the API's: unknown ones stay unknown."""
        index = folder / "index.html"
        self._files = StaticFiles(directory=folder) if index.is_file() else None
        self._compressed = {str(file.relative_to(folder))[: -len(".br")] for file in folder.rglob("*.br")}
        self._policy = _policy(index.read_bytes()) if self._files else STRICT_POLICY
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
            found = await self._file(self._files, "index.html" if path == "." else path, scope)
        except HTTPException as error:
            accepted = Request(scope).headers.get("accept", "")
            if error.status_code != 404 or "text/html" not in accepted:
                raise
            found = await self._file(self._files, "index.html", scope)
            path = ""
        found.headers["Cache-Control"] = _FOR_EVER if path.startswith(_HASHED) else _ASK_FIRST
        found.headers["Content-Security-Policy"] = self._policy
        return found

    async def _file(self, files: StaticFiles, path: str, scope: Scope) -> Response:
        """As the build compressed it, for who can read that."""
        if path not in self._compressed:
            return await files.get_response(path, scope)
        is_read = "br" in Request(scope).headers.get("accept-encoding", "")
        found = await files.get_response(f"{path}.br" if is_read else path, scope)
        found.headers["Vary"] = "Accept-Encoding"
        if is_read:
            found.headers["Content-Encoding"] = "br"
        return found


def _policy(index: bytes) -> str:
    """The strict policy, which lets be what the build put into the page itself, known by its hash."""
    policy = STRICT_POLICY
    for element in (b"script", b"style"):
        inline = re.findall(rb"<%b>(.*?)</%b>" % (element, element), index, re.DOTALL)
        hashes = [f" 'sha256-{b64encode(sha256(text).digest()).decode()}'" for text in inline]
        directive = f"{element.decode()}-src 'self'"
        policy = policy.replace(directive, directive + "".join(hashes))
    return policy


def _not_built(path: str) -> Response:
    if path != "/":
        raise HTTPException(404)
    return JSONResponse({"detail": "The web page isn't built. The API answers.", "docs": "/docs"})
