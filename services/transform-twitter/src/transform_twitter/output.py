"""What the model returns for X."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from transform_twitter.text import join, parse


class Tweet(BaseModel):
    text: Annotated[str, Field(min_length=1, description="The tweet as it is posted, without a number.")]


class Thread(BaseModel):
    format: Annotated[
        Literal["single", "thread"],
        Field(description="`single` if one tweet says it all, `thread` if the idea needs steps."),
    ]
    tweets: Annotated[
        list[Tweet],
        Field(min_length=1, description="In reading order: one for `single`, two to four for `thread`."),
    ]


def compose(output: Thread) -> str:
    return join(piece.text for tweet in output.tweets for piece in parse(tweet.text))
