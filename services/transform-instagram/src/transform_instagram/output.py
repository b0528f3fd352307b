"""What the model returns for a Reel."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from transform_instagram.text import render


class Sections(BaseModel):
    hook: Annotated[str, Field(description="The spoken opening, one short sentence.")]
    value: Annotated[str, Field(description="The spoken body: the idea with an example.")]
    cta: Annotated[str, Field(description="The spoken closing: one request to the viewer.")]


class Reel(BaseModel):
    sections: Sections
    scene_suggestions: Annotated[
        list[str], Field(description="Three to five shots in order, each what the camera or screen shows.")
    ]


def compose(output: Reel) -> str:
    return render(output.sections.model_dump(), output.scene_suggestions)
