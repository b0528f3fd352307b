"""What holds for every endpoint: problem documents, tokens, documentation, what is logged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from api.dependencies import Gateway

if TYPE_CHECKING:
    from services.api.tests.conftest import Person

OPEN = {"register", "login", "forgot_password", "reset_password"}  # and `refresh`, by its cookie


def operations(schema: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


async def test_unknown_paths_and_methods_are_problems_too(client: httpx2.AsyncClient) -> None:
    missing = await client.get("nothing")
    assert missing.status_code == 404
    assert missing.headers["Content-Type"] == "application/problem+json"
    assert missing.json() == {
        "type": "urn:polycast:problem:not-found",
        "title": "Not Found",
        "status": 404,
        "detail": "Not Found",
        "instance": "/api/v1/nothing",
    }
    wrong = await client.delete("auth/login")
    assert (wrong.status_code, wrong.headers["Allow"]) == (405, "POST")
    assert wrong.json()["status"] == 405


async def test_every_endpoint_but_the_way_in_needs_a_token(client: httpx2.AsyncClient) -> None:
    schema = (await client.get("openapi.json")).json()
    checked = 0
    for path, method, operation in operations(schema):
        answer = await client.request(method, "http://test" + path.format_map(Ids()))
        challenged = answer.status_code == 401 and "WWW-Authenticate" in answer.headers
        assert challenged == (operation["operationId"] not in OPEN), path
        checked += 1
    assert checked > 10


class Ids(dict[str, str]):
    """Some id for any path parameter."""

    def __missing__(self, name: str) -> str:
        return "linkedin" if name == "slug" else str(uuid4())


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"\xff"])
async def test_a_body_that_is_none(client: httpx2.AsyncClient, body: bytes) -> None:
    refused = await client.post("auth/login", content=body, headers={"Content-Type": "application/json"})
    assert refused.status_code in (400, 422)
    assert refused.json()["status"] == refused.status_code


async def test_our_own_faults_tell_nothing_and_are_logged(
    ann: Person, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object) -> None:
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr(type(gateway.registry), "platforms", explode)
    with capture_logs() as logs:
        answer = await ann.get("platforms")
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "swordfish" not in answer.text
    assert {line["event"] for line in logs} >= {"request failed", "request"}


async def test_without_the_database(ann: Person, gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("connection refused"))

    monkeypatch.setattr(type(gateway.system), "connect", refuse)
    answer = await ann.get("content")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


async def test_the_log_holds_no_personal_data(ann: Person, client: httpx2.AsyncClient) -> None:
    with capture_logs() as logs:
        await client.post("auth/login", json={"email": "ann@example.com", "password": "swordfish and more"})
        await ann.get("content", params={"topic": "my illness"})
    assert [line["operation"] for line in logs if line["event"] == "request"] == ["login", "list_content"]
    for secret in ("ann@example.com", "swordfish", "illness"):
        assert secret not in str(logs)


async def test_the_documentation(client: httpx2.AsyncClient, app: FastAPI) -> None:
    schema = (await client.get("openapi.json")).json()
    assert (await client.get("http://test/openapi.json")).json() == schema
    for page in ("http://test/docs", "docs"):
        assert "swagger" in (await client.get(page)).text
    ids = [operation["operationId"] for _, _, operation in operations(schema)]
    assert len(set(ids)) == len(ids)
    for path, _, operation in operations(schema):
        for status, response in operation["responses"].items():
            if status >= "400":
                assert list(response["content"]) == ["application/problem+json"], (path, status)
            elif status in ("204", "304"):
                assert "content" not in response, (path, status)
            else:
                assert len(response["content"]) == 1, (path, status)
