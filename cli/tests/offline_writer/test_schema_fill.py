"""A platform that the writer has never heard of still gets an answer of its schema's shape."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

IDEA = {"title": "Backups in plain words", "description": "", "topic_category": "Backups"}


class Mood(StrEnum):
    CALM = "calm"
    LIVELY = "lively"


class Scene(BaseModel):
    seconds: Annotated[int, Field(ge=3, le=9)]
    voiceover: Annotated[str, Field(description="10 to 25 words", max_length=300)]
    visual: Annotated[str, Field(min_length=5, max_length=90)]
    sound: str | None


class TikTok(BaseModel):
    model_config = ConfigDict(extra="forbid")

    hook: Annotated[str, Field(min_length=10, max_length=80)]
    caption: Annotated[str, Field(max_length=150)]
    hashtags: Annotated[list[Annotated[str, Field(pattern=r"^#\w+$")]], Field(min_length=1, max_length=3)]
    scenes: Annotated[list[Scene], Field(min_length=3, max_length=6)]
    mood: Mood
    kind: Literal["video"]
    length: Annotated[float, Field(gt=0, lt=61)]
    captions_on: bool
    script: Annotated[str, Field(description="The spoken text, 90-120 words.")]


class Node(BaseModel):
    text: str
    children: list[Node]
    parent: Node | None


def test_fills_a_realistic_schema_with_valid_fresh_sentences(write: Any) -> None:
    schema = TikTok.model_json_schema()
    drafts = [
        TikTok.model_validate(write("tiktok", idea=IDEA, schema=schema, generation=n)) for n in range(1, 9)
    ]
    for draft in drafts:
        assert 90 <= len(draft.script.split()) <= 120
        assert all(10 <= len(scene.voiceover.split()) <= 25 for scene in draft.scenes)
        assert len({scene.voiceover for scene in draft.scenes}) == len(draft.scenes)
        assert len({scene.visual for scene in draft.scenes}) == len(draft.scenes)
    assert len({draft.script for draft in drafts}) == len(drafts)


def test_a_schema_that_contains_itself_ends(write: Any) -> None:
    Node.model_validate(write("tree", idea=IDEA, schema=Node.model_json_schema()))


@pytest.mark.parametrize("title", ["x", "🚀", "猫" * 300, "word " * 60, "\ud800"])
def test_any_title_keeps_the_limits(write: Any, title: str) -> None:
    idea = {"title": title, "description": title * 5}
    TikTok.model_validate(write("tiktok", idea=idea, schema=TikTok.model_json_schema()))


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "object", "properties": {"a": {"type": ["null", "integer"], "minimum": 4}}},
        {"type": "object", "properties": {"a": {"allOf": [{"type": "string"}, {"maxLength": 9}]}}},
        {"type": "object", "properties": {"a": {"$ref": "#/nowhere"}, "b": {"items": {"type": "number"}}}},
        {"type": "array", "items": {"type": "string"}},
    ],
)
def test_odd_schemas_are_answered(write: Any, schema: dict[str, Any]) -> None:
    assert isinstance(write("odd", idea=IDEA, schema=schema), dict)


def test_a_known_platform_with_other_fields_is_filled_by_its_schema(write: Any) -> None:
    schema = {
        "type": "object",
        "properties": {"content_text": {"type": "string"}, "poll": {"type": "string"}},
    }
    assert set(write("linkedin", idea=IDEA, schema=schema)) == {"content_text", "poll"}
