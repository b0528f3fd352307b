"""Settings of the ideas service."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from polycast.llm import LLMSettings
from polycast.platforms.moderator import ModerationSettings
from polycast.settings import DatabaseSettings


class Settings(DatabaseSettings, LLMSettings, ModerationSettings):
    workers: Annotated[int, Field(ge=1)] = 8
    """Executions handled at once by one replica."""
    history_days: Annotated[int, Field(ge=1)] = 30
    """How far back a person's ideas count as recent."""
    idea_lexical_threshold: Annotated[float, Field(gt=0, le=1)] = 0.9
    """How alike in its words a title must be to an earlier one to repeat it."""
    idea_semantic_threshold: Annotated[float, Field(gt=0, le=1)] = 0.75
    """How alike in meaning, where the provider has embeddings. `polycast bench duplicates` measures both."""
