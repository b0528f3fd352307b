"""Settings that every service has. Each service's own `settings.py` adds to these.

All are environment variables: `POLYCAST_…`; `NATS_URL`, `DATABASE_URL`, `OPENAI_…` keep their usual names.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="POLYCAST_", extra="ignore", populate_by_name=True)

    nats_url: str = Field("nats://127.0.0.1:4222", validation_alias="NATS_URL")
    log_level: str = "INFO"
    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Field(ge=0, le=65535)] = 8080
    """Where `/healthz`, `/readyz` and `/metrics` answer (and the API, for the gateway)."""
    grace_seconds: Annotated[float, Field(gt=0)] = 20
    """How long a stopping service lets running handlers finish before it hands their messages back."""


class DatabaseSettings(ServiceSettings):
    database_url: str = Field(validation_alias="DATABASE_URL")
    database_read_url: str = Field("", validation_alias="DATABASE_READ_URL")
    """A replica, or several behind a pooler, for what only reads: for the api and its projector."""
    database_pool_size: Annotated[int, Field(ge=1)] = 5
    database_pre_ping: bool = False
    """Try a pooled connection before each use. Event handlers needn't: they are tried again."""
