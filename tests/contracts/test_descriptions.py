"""The machine-readable descriptions of the bus and of the gateway: up to date, valid, complete."""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from polycast.contracts import EVENTS

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))
import describe  # noqa: E402

#: Source: npm package @asyncapi/specs 6.11.1, `schemas/3.0.0-without-$id.json` (Apache-2.0).
SCHEMA = Draft7Validator(json.loads(Path(__file__).with_name("asyncapi-3.0.0.schema.json").read_text()))


@pytest.fixture(scope="module")
def bus() -> dict[str, Any]:
    return describe.asyncapi()


def test_the_documents_are_up_to_date() -> None:
    stale = [path.name for path, text in describe.outputs().items() if path.read_text() != text]
    assert stale == [], "run docs/describe.py"


def test_the_bus_is_described_as_asyncapi_wants_it(bus: dict[str, Any]) -> None:
    assert [f"{error.json_path}: {error.message}" for error in SCHEMA.iter_errors(bus)] == []
    broken = copy.deepcopy(bus)
    broken["operations"]["ideas sends idea.created"]["action"] = "shout"
    assert not SCHEMA.is_valid(broken)


def test_every_reference_leads_somewhere(bus: dict[str, Any]) -> None:
    def references(node: Any) -> set[str]:
        if isinstance(node, dict):
            own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
            return own.union(*map(references, node.values()))
        return set().union(*map(references, node)) if isinstance(node, list) else set()

    for reference in references(bus):
        found: Any = bus
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def test_every_event_is_sent_and_carries_its_golden_body(bus: dict[str, Any]) -> None:
    sent = {o["channel"]["$ref"] for o in bus["operations"].values() if o["action"] == "send"}
    for kind in EVENTS:
        channel = kind.subject_pattern.replace(".*", "")
        assert f"#/channels/{channel}" in sent
        assert kind.__name__ in bus["channels"][channel]["messages"]
    for path in (Path(__file__).parent / "golden").glob("*.json"):
        name = path.name.replace(".platform.v1.json", ".v1.json").removesuffix(".v1.json")
        (message,) = bus["channels"][name]["messages"]
        schema = {"$ref": f"#/components/schemas/{message}", "components": bus["components"]}
        body = json.loads(path.read_text())
        errors = Draft7Validator(schema).iter_errors(body)
        assert [f"{path.name} {error.json_path}: {error.message}" for error in errors] == []
