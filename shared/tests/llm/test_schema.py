"""Schemas in OpenAI's strict subset, and answers that are nearly JSON."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from polycast.llm import OffSchema, strict_schema
from polycast.llm.schema import parse


class Mood(StrEnum):
    CALM = "calm"
    WILD = "wild"


class Verse(BaseModel):
    """A verse."""

    text: str = Field(min_length=1, pattern="x", description="One line.")
    mood: Mood = Mood.CALM


class Poem(BaseModel):
    kind: Literal["haiku", "tanka"]
    verses: list[Verse] = Field(min_length=1)
    best: Verse | None = Field(None, description="The best of them.")


def test_the_strict_schema_is_self_contained_closed_and_complete() -> None:
    mood = {"type": "string", "enum": ["calm", "wild"]}
    verse: dict[str, Any] = {
        "type": "object",
        "description": "A verse.",
        "properties": {"text": {"type": "string", "description": "One line."}, "mood": mood},
        "required": ["text", "mood"],
        "additionalProperties": False,
    }
    assert strict_schema(Poem) == {
        "type": "object",
        "properties": {
            "kind": {"type": "string", "enum": ["haiku", "tanka"]},
            "verses": {"type": "array", "items": verse, "minItems": 1},
            "best": {"description": "The best of them.", "anyOf": [verse, {"type": "null"}]},
        },
        "required": ["kind", "verses", "best"],
        "additionalProperties": False,
    }


POEM = Poem(kind="haiku", verses=[Verse(text='x { } ``` " \n')])


FENCES = st.sampled_from(["", "```", "```json\n"])


@given(before=st.text(), after=st.text(), fence=FENCES, indent=st.integers(0, 4))
def test_an_answer_is_found_in_whatever_surrounds_it(
    before: str, after: str, fence: str, indent: int
) -> None:
    text = before + fence + POEM.model_dump_json(indent=indent) + fence + after
    assert parse(text, Poem) == POEM


def test_raw_line_breaks_within_strings_are_forgiven() -> None:
    text = '{"kind": "haiku", "verses": [{"text": "x\nx"}]}'
    assert parse(text, Poem).verses[0].text == "x\nx"


@given(st.integers(0, len(POEM.model_dump_json()) - 1))
def test_a_cut_answer_is_never_taken_for_a_whole_one(length: int) -> None:
    with pytest.raises(OffSchema):
        parse(POEM.model_dump_json()[:length], Poem)


@pytest.mark.parametrize("text", ["{" * 100_000, '{"a":' * 100_000, "[" * 100_000])
def test_a_pathological_answer_is_off_the_schema(text: str) -> None:
    with pytest.raises(OffSchema):
        parse(text, Poem)


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ('{"kind": "ode", "verses": []}', 2),
        ('Sure! {"kind": "ode", "verses": []}', 2),
        ("I can't do that.", 1),
    ],
)
def test_problems_name_their_place(text: str, problems: int) -> None:
    with pytest.raises(OffSchema) as caught:
        parse(text, Poem)
    assert len(caught.value.problems) == problems
    if problems == 2:
        assert [problem.partition(":")[0] for problem in caught.value.problems] == ["kind", "verses"]
        assert [finding.rule for finding in caught.value.wrong] == ["schema", "schema"]
