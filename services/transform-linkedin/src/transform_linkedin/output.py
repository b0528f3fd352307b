"""What the model returns for LinkedIn."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field


class Post(BaseModel):
    content_text: Annotated[
        str, Field(min_length=1, description="The whole post as it is published, with blank lines in it.")
    ]
    tone: Annotated[str, Field(description="The post's tone in one to three words.")]
    key_points: Annotated[
        list[str], Field(description="The two or three insights of the post, a short sentence each.")
    ]


def compose(output: Post) -> str:
    return output.content_text.strip()


def metadata(output: Post) -> dict[str, object]:
    return {"tone": output.tone, "key_points": output.key_points}
