"""The job that every peer does: one call → ideas → a call for each idea and platform → rows → completed.

Asked of the model in requests of Polycast's size, but plainly: no checks of the drafts, no repairs, no rate
limits, no metrics, no erasure. So a peer does less for each draft than Polycast must.
"""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid5

PLATFORMS = ("linkedin", "twitter", "instagram")
IDEAS = 5
TABLES = """
CREATE TABLE workflows (id uuid PRIMARY KEY, user_id uuid NOT NULL, expected int, done int NOT NULL DEFAULT 0,
                        status text NOT NULL DEFAULT 'running', completed_at timestamptz);
CREATE TABLE ideas (id uuid PRIMARY KEY, workflow_id uuid NOT NULL, idea jsonb NOT NULL);
CREATE TABLE drafts (id uuid PRIMARY KEY, workflow_id uuid NOT NULL, idea_id uuid NOT NULL,
                     platform text NOT NULL, body jsonb NOT NULL, created_at timestamptz DEFAULT now());
"""
_SYSTEM = "You write for {operation}. " + "Keep to these rules, every one of them, in every answer. " * 60
_TEXT = {"type": "string"}
_LIST = {"type": "array", "items": _TEXT}
_IDEA = {"title": _TEXT, "description": _TEXT, "topic_category": _TEXT}
_FIELDS: dict[str, dict[str, Any]] = {
    "linkedin": {"content_text": _TEXT, "tone": _TEXT, "key_points": _LIST},
    "twitter": {"format": _TEXT, "tweets": _LIST},
    "instagram": {"sections": _LIST, "scene_suggestions": _LIST},
}


def _object(fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": [*fields], "additionalProperties": False}


def request(operation: str, about: dict[str, Any]) -> dict[str, Any]:
    """A chat completion's parameters."""
    ideas = {"ideas": {"type": "array", "items": _object(_IDEA)}}
    schema = _object(ideas if operation == "ideas" else _FIELDS[operation])
    return {
        "model": "gpt-5.4-mini",
        "messages": [
            {"role": "system", "content": _SYSTEM.format(operation=operation)},
            {"role": "user", "content": f"<{operation}>{json.dumps(about)}</{operation}>"},
        ],
        "max_tokens": 1000,
        "temperature": 0.7,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": operation, "schema": schema, "strict": True},
        },
    }


def answer(completion: Any) -> dict[str, Any]:
    return dict(json.loads(completion.choices[0].message.content))


def idea_id(workflow_id: str, index: int) -> str:
    return str(uuid5(UUID(workflow_id), str(index)))


def draft_id(idea: str, platform: str) -> str:
    return str(uuid5(UUID(idea), platform))
