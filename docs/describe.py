"""Writes the machine-readable descriptions: `asyncapi.json` of the bus and `openapi.json` of the gateway.

.venv/bin/python docs/describe.py

Channels and messages come from the contracts; who sends and receives from the services' own declarations.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from unittest.mock import Mock

from pydantic.json_schema import models_json_schema

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "deploy" / "nats"))

import permissions  # noqa: E402

from api.app import create_app  # noqa: E402
from api.documentation import described  # noqa: E402
from polycast.contracts import EVENTS, CheckResult, Event  # noqa: E402
from polycast.platforms.engine import CheckRequest  # noqa: E402

VERSION = "1"
DOCUMENT = Mapping[str, Any]
#: What stands for `*` in a subject.
PARAMETERS = {
    "content.requested.*": ("platform", "The slug of a platform, such as `linkedin`"),
    "platform.check.*": ("platform", "The slug of a platform, such as `linkedin`"),
}
CHECK = "platform.check.*"
HEADERS = {
    "type": "object",
    "description": "CloudEvents 1.0 in binary mode, W3C Trace Context, and what JetStream needs.",
    "required": ["ce-specversion", "ce-id", "ce-type", "ce-source", "ce-time", "ce-subject", "content-type"],
    "properties": {
        "ce-specversion": {"const": "1.0"},
        "ce-id": {"type": "string", "description": "Unique per source; a redelivered cause repeats it"},
        "ce-type": {"type": "string", "examples": ["polycast.idea.created.v1"]},
        "ce-source": {"type": "string", "examples": ["/polycast/ideas"]},
        "ce-time": {"type": "string", "format": "date-time"},
        "ce-subject": {"type": "string", "description": "What the event is about"},
        "content-type": {"const": "application/json"},
        "correlation_id": {"type": "string", "format": "uuid", "description": "The execution, if any"},
        "traceparent": {"type": "string", "description": "W3C Trace Context, level 1"},
        "Nats-Msg-Id": {"type": "string", "description": "Stored once within 10 minutes"},
    },
}


def asyncapi() -> dict[str, Any]:
    """AsyncAPI 3.0: every event and request on the bus, and for each process what it sends and receives."""
    _, definitions = models_json_schema(
        [(model, "serialization") for model in (*EVENTS, CheckRequest, CheckResult)],
        ref_template="#/components/schemas/{model}",
    )
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Polycast's bus",
            "version": VERSION,
            "description": "Events of the stream `EVENTS`, and the requests that platform services answer. "
            "Bodies are shown as the services publish them. Whoever publishes by hand may leave out what has "
            "a default and every id but `user_id`: see architecture.md, *Reruns by hand*.",
        },
        "defaultContentType": "application/json",
        "servers": {"bus": {"host": "127.0.0.1:4222", "protocol": "nats", "description": "`NATS_URL`"}},
        "channels": {_name(address): _channel(address, kinds) for address, kinds in _addresses().items()},
        "operations": dict(sorted(_operations())),
        "components": {
            "messages": {
                **{kind.__name__: _message(kind) for kind in EVENTS},
                "CheckRequest": {"payload": _schema("CheckRequest")},
                "CheckResult": {"payload": _schema("CheckResult")},
            },
            "schemas": definitions["$defs"],
        },
    }


def openapi() -> dict[str, Any]:
    """OpenAPI of the gateway, as a running one serves it at `/openapi.json`."""
    return described(create_app(Mock()))  # what it is made of isn't asked for anything


def outputs() -> dict[Path, str]:
    documents = {"asyncapi.json": asyncapi(), "openapi.json": openapi()}
    return {HERE / name: json.dumps(d, indent=1, ensure_ascii=False) + "\n" for name, d in documents.items()}


def _addresses() -> dict[str, list[str]]:
    """Each subject, and the messages that it carries."""
    return {kind.subject_pattern: [kind.__name__] for kind in EVENTS} | {
        CHECK: ["CheckRequest", "CheckResult"]
    }


def _channel(address: str, messages: list[str]) -> DOCUMENT:
    channel: dict[str, Any] = {
        "address": address,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
    }
    if parameter := PARAMETERS.get(address):
        name, description = parameter
        channel["address"] = address.replace("*", f"{{{name}}}")
        channel["parameters"] = {name: {"description": description}}
    return channel


def _message(kind: type[Event]) -> DOCUMENT:
    return {
        "name": f"polycast.{kind.subject_pattern}.v{kind.version}",
        "title": kind.__name__,
        "contentType": "application/json",
        "headers": HEADERS,
        "payload": _schema(kind.__name__),
    }


def _operations() -> Iterator[tuple[str, DOCUMENT]]:
    """By names such as `ideas sends idea.created`."""
    for process, grant in permissions.grants(permissions.platforms()).items():
        for subject in grant.emits:
            yield f"{process} sends {subject}", _operation("send", process, subject)
        for subject in grant.consumes:
            yield f"{process} receives {subject}", _operation("receive", process, _pattern(subject))
        for subject in grant.asks:
            yield f"{process} asks {subject}", _request("send", process)
        for subject in grant.answers:
            yield f"{process} answers {subject}", _request("receive", process)


def _operation(action: str, process: str, address: str) -> DOCUMENT:
    return {"action": action, "channel": _reference(address), "tags": [{"name": process}]}


def _request(action: str, process: str) -> DOCUMENT:
    channel = _reference(CHECK)["$ref"]
    return {
        **_operation(action, process, CHECK),
        "messages": [{"$ref": f"{channel}/messages/CheckRequest"}],
        "reply": {
            "channel": {"$ref": channel},
            "messages": [{"$ref": f"{channel}/messages/CheckResult"}],
        },
    }


def _pattern(subject: str) -> str:
    """The channel of a subject that a consumer may have narrowed to one platform."""
    return next(address for address in _addresses() if fnmatchcase(subject, address))


def _reference(address: str) -> dict[str, str]:
    return {"$ref": f"#/channels/{_name(address)}"}


def _name(address: str) -> str:
    return address.replace(".*", "")


def _schema(model: str) -> DOCUMENT:
    return {"$ref": f"#/components/schemas/{model}"}


if __name__ == "__main__":
    for path, content in outputs().items():
        path.write_text(content)
        sys.stderr.write(f"wrote {path.relative_to(ROOT)}\n")
