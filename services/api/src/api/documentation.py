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
        return JSONResponse(described(app))

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


def described(app: FastAPI) -> dict[str, Any]:
    """FastAPI's, with what it can't know: examples, error media types, and what every request may meet."""
    schema = app.openapi()
    for path in schema["paths"].values():
        for method, operation in path.items():
            _complete(operation, is_read=method == "get")
            if (example := EXAMPLES.get(operation["operationId"])) is not None:
                operation["requestBody"]["content"]["application/json"]["example"] = example
            for status, response in operation["responses"].items():
                if status >= "400" and "application/json" in response.get("content", {}):
                    response["content"] = {problems.MEDIA_TYPE: response["content"]["application/json"]}
    return schema


#: What may be sent, by operation.
EXAMPLES: dict[str, dict[str, Any]] = {
    "edit_content": {"content_text": "Robots butter toast now. Is that progress?"},
    "change_state": {"state": "ready"},
    "change_states": {
        "ids": ["0190b6a4-3c1e-5d2f-9a51-2f6f0c7be111", "0190b6a4-3c1e-5d2f-9a51-2f6f0c7be222"],
        "state": "reviewed",
        "atomic": True,
    },
    "settle_claims": {"keys": ["percentage:42 %", "date:2019"], "settled": True},
    "revert_content": {"revision": "generation-1"},
    "regenerate_content": {"instruction": "Shorter, and start with the question."},
    "create_idea": {
        "title": "Robots at breakfast",
        "description": "They butter toast. Who checks the toast?",
        "topic_category": "Automation",
        "platforms": ["linkedin"],
    },
    "execute_workflow": {"idea_count": 3, "platforms": ["linkedin"], "context": "Our toaster won a prize."},
    "put_schedule": {"local_time": "06:30", "timezone": "Europe/Paris", "days": ["mon", "wed", "fri"]},
    "put_preferences": {
        "topics": ["automation", "work"],
        "voice": {"description": "dry, short sentences"},
        "idea_count": 5,
        "notifications": {"email": True},
    },
    "check_text": {"content_text": "Robots butter toast now. Is that progress?"},
    "register": {"email": "ann@example.com", "password": "correct horse battery"},
    "login": {"email": "ann@example.com", "password": "correct horse battery"},
    "forgot_password": {"email": "ann@example.com"},
    "reset_password": {"token": "the one of the mail", "password": "a new one for me"},
    "change_password": {"current_password": "the old one of mine", "new_password": "a new one for me"},
    "delete_account": {"password": "correct horse battery"},
}

_HEADERS: dict[str, dict[str, Any]] = {
    "ETag": {"description": "Names this very answer: for `If-None-Match`.", "schema": {"type": "string"}},
    "Retry-After": {"description": "In so many seconds.", "schema": {"type": "integer"}},
}
_PROBLEM = {"application/json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}


def _complete(operation: dict[str, Any], *, is_read: bool) -> None:
    responses = operation["responses"]
    everywhere = {"429": "Too many requests: `Retry-After` says when to go on"}
    if "requestBody" in operation:
        everywhere |= {"400": "The body can't be read", "413": "The body is too large"}
    for status, description in everywhere.items():
        responses.setdefault(status, {"description": description, "content": dict(_PROBLEM)})
    if is_read and "application/json" in responses.get("200", {}).get("content", {}):
        responses["200"].setdefault("headers", {})["ETag"] = _HEADERS["ETag"]
        responses.setdefault("304", {"description": "It is what `If-None-Match` names"})
    for status in ("429", "503"):
        responses[status].setdefault("headers", {})["Retry-After"] = _HEADERS["Retry-After"]
