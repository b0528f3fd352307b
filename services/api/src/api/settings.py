from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from polycast.settings import DatabaseSettings

DAY = 24 * 60 * 60


class Settings(DatabaseSettings):
    """The HTTP process. Its projector needs only what every service with a database needs."""

    model_config = SettingsConfigDict(hide_input_in_errors=True)  # or the log would tell a refused secret

    jwt_secret: Annotated[SecretStr, Field(min_length=32)]
    """Signs access tokens (HS256). Everyone who knows it can be anyone; without a good one nothing starts."""
    jwt_ttl_seconds: Annotated[int, Field(ge=60)] = DAY
