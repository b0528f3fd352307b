"""The API's own description: `/openapi.json` and a page that shows it."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse, JSONResponse

from api import problems

#: Where FastAPI's page has Swagger UI from.
_SWAGGER = "https://cdn.jsdelivr.net"


def documentation(app: FastAPI, prefix: str) -> APIRouter:
    router = APIRouter(prefix=prefix, include_in_schema=False)

    @router.get("/openapi.json")
    async def openapi() -> JSONResponse:
        return JSONResponse(_schema(app))

    @router.get("/docs")
    async def docs() -> HTMLResponse:
        page = get_swagger_ui_html(openapi_url=f"{prefix}/openapi.json", title="Polycast API")
        page.headers["Content-Security-Policy"] = _policy(bytes(page.body).decode())
        return page

    return router


def _policy(page: str) -> str:
    """Just what this page needs: Swagger UI, and the very script that stands in it."""
    hashes = [
        base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        for script in re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    ]
    scripts = " ".join(f"'sha256-{one}'" for one in hashes)
    return (
        f"default-src 'self'; script-src {_SWAGGER} {scripts}; style-src {_SWAGGER} 'unsafe-inline'; "
        "img-src 'self' data: https://fastapi.tiangolo.com; frame-ancestors 'none'; base-uri 'none'"
    )


def _schema(app: FastAPI) -> dict[str, Any]:
    """FastAPI's, with what it can't know: error media types, and what every request may meet."""
    schema = app.openapi()
    for path in schema["paths"].values():
        for method, operation in path.items():
            _complete(operation, is_read=method == "get")
            for status, response in operation["responses"].items():
                if status >= "400" and "application/json" in response.get("content", {}):
                    response["content"] = {problems.MEDIA_TYPE: response["content"]["application/json"]}
    return schema


_PROBLEM = {"application/json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}


def _complete(operation: dict[str, Any], *, is_read: bool) -> None:
    responses = operation["responses"]
    everywhere = {"429": "Too many requests: `Retry-After` says when to go on"}
    if "requestBody" in operation:
        everywhere |= {"400": "The body can't be read", "413": "The body is too large"}
    for status, description in everywhere.items():
        responses.setdefault(status, {"description": description, "content": dict(_PROBLEM)})
    if is_read and "application/json" in responses.get("200", {}).get("content", {}):
        responses.setdefault("304", {"description": "It is what `If-None-Match` names"})
