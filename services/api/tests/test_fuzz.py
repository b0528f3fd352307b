"""A fuzzer that reads the OpenAPI document: no 5xx, no undocumented status, no body off its schema."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

if TYPE_CHECKING:
    from services.api.tests.conftest import Person, Stream

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
CREDENTIALS = {"email": "ann@example.com", "password": "correct horse battery"}
EXAMPLES = 4
NEVER_ENDING = "follow_events"
LAST = ("delete_content", "change_password", "logout", "delete_account")
"""They take away what others need, so they come after them, in this order."""

bounded = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


def fuzz(address: str, known: dict[str, str]) -> int:
    """Call every operation with valid and with odd requests; returns how many there were."""
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
    found: list[Any] = [cast("Any", result).ok() for result in schema.get_all_operations()]
    operations = {one.definition.raw["operationId"]: one for one in found}
    for name in sorted(
        operations.keys() - {NEVER_ENDING}, key=lambda one: LAST.index(one) if one in LAST else -1
    ):
        token = sign_in(address)
        for mode in GenerationMode:
            _fuzz_operation(operations[name], mode, token, known)
    return len(operations)


def sign_in(address: str) -> str:
    answer = httpx2.post(f"{address}/api/v1/auth/login", json=CREDENTIALS)
    return str(answer.json()["access_token"])


def _fuzz_operation(operation: Any, mode: GenerationMode, token: str, known: dict[str, str]) -> None:
    calls = 0

    @bounded
    @given(case=operation.as_strategy(generation_mode=mode))
    def call(case: Any) -> None:
        nonlocal calls
        calls += 1
        if calls % 3:  # now and then something that isn't there
            case.path_parameters.update({k: v for k, v in known.items() if k in case.path_parameters})
            (case.headers or {}).pop("if-match", None)
        response = case.call(headers={"Authorization": f"Bearer {token}"})
        case.validate_response(response, checks=CHECKS)

    call()


@pytest.mark.timeout(300)
async def test_no_request_surprises_the_api(
    address: str, ann: Person, stream: Stream, linkedin: None
) -> None:
    draft = await stream.draft(ann, await stream.idea(ann))
    started = await ann.post("workflows/execute", {"platforms": ["linkedin"]})
    known = {
        "content_id": str(draft),
        "workflow_id": started.json()["workflow_id"],
        "slug": "linkedin",
    }
    assert await asyncio.to_thread(fuzz, address, known) > 30
