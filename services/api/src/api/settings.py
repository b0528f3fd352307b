from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from polycast.settings import DatabaseSettings

DAY = 24 * 60 * 60
#: Where a checkout has the page that its `web` folder builds.
WEB_DIR = Path(__file__).parents[4] / "web" / "dist"


def _comma_separated(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


class Settings(DatabaseSettings):
    """The HTTP process. Its projector needs only what every service with a database needs."""

    model_config = SettingsConfigDict(hide_input_in_errors=True)  # or the log would tell a refused secret

    jwt_secret: Annotated[SecretStr, Field(min_length=32)]
    """Signs access tokens (HS256). Everyone who knows it can be anyone; without a good one nothing starts."""
    jwt_ttl_seconds: Annotated[int, Field(ge=60)] = DAY
    jwt_previous_secret: Annotated[
        Annotated[SecretStr, Field(min_length=32)] | None, BeforeValidator(lambda value: value or None)
    ] = None
    """Still accepted, though not signed with: so that a change of secret signs nobody out."""
    refresh_ttl_days: Annotated[int, Field(ge=1, le=365)] = 30
    registration_open: bool = True
    rate_limit: Annotated[int, Field(ge=1)] = 100
    """Requests a minute of one person."""
    check_rate_limit: Annotated[int, Field(ge=1)] = 300
    """Text checks a minute of one person."""
    address_rate_limit: Annotated[int, Field(ge=1)] = 300
    """Registrations, sign-ins and refreshes a minute from one address."""
    web_dir: Path = WEB_DIR
    """The built web page. Where it isn't, the API answers alone."""
    cors_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_comma_separated)] = ()
    """Other origins whose pages may call the API, such as https://app.example.com, with commas between."""
    smtp_url: SecretStr | None = None
    """`smtp://user:password@host:587` or `smtps://…`; empty: no mail is sent."""
    mail_from: str = ""
    """Such as `Polycast <polycast@example.com>`."""
    public_url: str = ""
    """Where people reach the web page, such as https://polycast.example.com: mails link to it."""

    @model_validator(mode="after")
    def _mail_is_complete(self) -> Self:
        if not self.smtp_url:
            return self
        server = urlsplit(self.smtp_url.get_secret_value())
        if server.scheme not in ("smtp", "smtps") or not server.hostname:
            raise ValueError("smtp_url must read smtp://user:password@host:port, or smtps://…")
        if "@" not in self.mail_from or not self.public_url:
            raise ValueError("with smtp_url, mail_from and public_url must be set too")
        return self
