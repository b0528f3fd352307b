"""The documents name what there is."""

from __future__ import annotations

import re
from pathlib import Path

import httpx2

ROOT = Path(__file__).parents[3]
TESTS = "\n".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))


async def test_the_table_of_endpoints_is_complete(client: httpx2.AsyncClient) -> None:
    schema = (await client.get("openapi.json")).json()
    there_are = {
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, methods in schema["paths"].items()
        for method in methods
    }
    listed = set(re.findall(r"^\| `([A-Z]+ /\S*)` \|", (ROOT / "docs/api.md").read_text(), re.MULTILINE))
    assert listed == there_are


def test_every_test_that_a_document_names_exists() -> None:
    for document in ("docs/api.md", "docs/security.md"):
        for name in re.findall(r"`(test_\w+)`", (ROOT / document).read_text()):
            assert re.search(rf"def {name}\b", TESTS), f"{document}: {name}"
