"""The documents name what there is."""

from __future__ import annotations

import re
from pathlib import Path

import httpx2
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from api.documentation import EXAMPLES
from api.routes import ROUTERS

ROOT = Path(__file__).parents[3]
FOLDERS = (Path(__file__).parent, ROOT / "tests" / "e2e", ROOT / "cli" / "tests")
TESTS = "\n".join(path.read_text() for folder in FOLDERS for path in folder.glob("test_*.py"))


async def test_the_table_of_endpoints_is_complete(client: httpx2.AsyncClient) -> None:
    schema = (await client.get("openapi.json")).json()
    there_are = {
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, methods in schema["paths"].items()
        for method in methods
    }
    listed = set(
        re.findall(r"^\| `([A-Z]+ /\S*)` \|.*`test_\w+`", (ROOT / "docs/api.md").read_text(), re.MULTILINE)
    )
    assert listed == there_are


def test_every_test_that_a_document_names_exists() -> None:
    for document in ("docs/api.md", "docs/security.md"):
        for name in re.findall(r"`(test_\w+)`", (ROOT / document).read_text()):
            assert re.search(rf"def {name}\b", TESTS), f"{document}: {name}"


async def test_every_body_has_an_example_that_is_one(client: httpx2.AsyncClient) -> None:
    schema = (await client.get("openapi.json")).json()
    operations = [operation for path in schema["paths"].values() for operation in path.values()]
    bodies = {o["operationId"]: o["requestBody"]["content"] for o in operations if "requestBody" in o}
    models = {
        route.name: route.body_field.field_info.annotation
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and route.body_field is not None
    }
    assert bodies.keys() == EXAMPLES.keys()
    for name, content in bodies.items():
        TypeAdapter(models[name]).validate_python(content["application/json"]["example"])


async def test_operations_have_names_of_their_own_and_say_what_they_do(client: httpx2.AsyncClient) -> None:
    schema = (await client.get("openapi.json")).json()
    operations = [operation for path in schema["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in names)
    silent = [operation["operationId"] for operation in operations if not operation.get("description")]
    assert silent == []
