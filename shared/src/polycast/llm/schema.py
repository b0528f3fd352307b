"""From a pydantic model to the JSON schema that models are held to, and from their answers back to it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from polycast.llm.errors import OffSchema

M = TypeVar("M", bound=BaseModel)

#: Other keywords (`default`, `title`, `pattern`, …) are refused in strict mode, or unknown to some server.
_KEYWORDS = frozenset({"type", "description", "enum", "const", "minimum", "maximum", "minItems", "maxItems"})

#: Thinking aloud, which may hold drafts of the answer.
_THINKING = re.compile(r"<think>.*?</think>", re.DOTALL)

#: Opening braces that are tried in a text that isn't JSON: chatter has few, and trying costs time.
MAX_BRACES = 50


@cache
def strict_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The model's JSON schema in OpenAI's strict subset: self-contained, every property required, no others.

    Models that contain themselves and free-form dictionaries can't be written in it.
    """
    schema = model.model_json_schema()
    return _strict(schema, schema.get("$defs", {}))


def _strict(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    if reference := node.get("$ref"):
        node = {**definitions[reference.removeprefix("#/$defs/")], **node}
    strict = {key: value for key, value in node.items() if key in _KEYWORDS}
    if variants := node.get("anyOf") or node.get("oneOf"):
        strict["anyOf"] = [_strict(variant, definitions) for variant in variants]
    if "items" in node:
        strict["items"] = _strict(node["items"], definitions)
    if node.get("type") == "object":
        properties = {name: _strict(p, definitions) for name, p in node.get("properties", {}).items()}
        strict |= {"properties": properties, "required": [*properties], "additionalProperties": False}
    return strict


def parse(text: str, model: type[M]) -> M:
    """Read an answer; if it isn't plain JSON, the first object in it that fits (fences, chatter around).

    Raises OffSchema.
    """
    text = text.replace(r"\u0000", "")  # no text of ours may hold a NUL: Postgres can't
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        failure = error
    for candidate in _objects(_THINKING.sub("", text)):
        try:
            return model.model_validate(candidate)
        except ValidationError as error:
            failure = error
    raise OffSchema(text, _problems(failure)) from failure


def _objects(text: str) -> Iterator[Any]:
    """Every outermost JSON object in a text, raw line breaks within strings forgiven."""
    decoder = json.JSONDecoder(strict=False)
    end = 0
    for _ in range(MAX_BRACES):
        if (start := text.find("{", end)) < 0:
            return
        try:
            value, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            end = start + 1
        else:
            yield value


def _problems(error: ValidationError) -> Iterator[str]:
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        place = ".".join(map(str, detail["loc"]))
        yield f"{place}: {detail['msg']}" if place else detail["msg"]
