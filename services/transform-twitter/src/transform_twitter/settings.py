"""What may differ from one installation to another in how X is written for."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="POLYCAST_X_", extra="ignore")

    premium_limit: Annotated[int, Field(ge=280, le=25_000)] = 280
    """Weighted characters of a tweet. An account with X Premium may post 25,000."""
