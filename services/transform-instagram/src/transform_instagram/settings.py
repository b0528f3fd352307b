"""What may differ from one installation to another in how Reels are timed."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="POLYCAST_", extra="ignore")

    words_per_minute: Annotated[int, Field(ge=80, le=260)] = 150
    """How fast a script is spoken. Talks are given at about 150; people hurry on a Reel up to 180."""
