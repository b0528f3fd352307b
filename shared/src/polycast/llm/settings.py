"""Settings of the LLM gateway, a mix-in: `class Settings(ServiceSettings, LLMSettings)`.

What each provider needs stands in `docs/llm-providers.md`.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from polycast.llm.limits import Limits

Seconds = Annotated[float, Field(gt=0)]
PerMinute = Annotated[int, Field(gt=0)]


class Price(NamedTuple):
    """US dollars for a million tokens. In JSON: `[0.75, 4.5]`."""

    input: float
    output: float

    def of(self, tokens_in: int, tokens_out: int) -> float:
        return (tokens_in * self.input + tokens_out * self.output) / 1_000_000


class LLMSettings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="POLYCAST_", env_ignore_empty=True, extra="ignore", populate_by_name=True
    )

    openai_api_key: SecretStr = Field(SecretStr(""), validation_alias="OPENAI_API_KEY")
    """One key, or several with commas between: they share the load. Local servers mostly need none."""
    openai_base_url: str = Field("https://api.openai.com/v1", validation_alias="OPENAI_BASE_URL")
    openai_model: str = Field("gpt-5.4-mini", validation_alias="OPENAI_MODEL")
    openai_embedding_model: str = Field("text-embedding-3-small", validation_alias="OPENAI_EMBEDDING_MODEL")
    openai_moderation_model: str = Field("omni-moderation-latest", validation_alias="OPENAI_MODERATION_MODEL")

    llm_timeout_seconds: Seconds = 30
    """For one request, from connecting to the answer's last byte."""
    llm_side_timeout_seconds: Seconds = 10
    """Likewise, for embeddings and moderation: work goes on without them."""
    llm_attempts: Annotated[int, Field(ge=1)] = 3
    """Requests sent until a network failure, a time-out or a 5xx is reported."""
    llm_retry_seconds: Seconds = 1
    """Before the second attempt; doubled before each further one. Up to half of it is added at random."""
    llm_patience_seconds: Seconds = 60
    """The longest wait for a rate limit; beyond it the caller is told when to come back."""
    llm_breaker_failures: Annotated[int, Field(ge=1)] = 10
    """Failures in a row after which an endpoint is left alone …"""
    llm_breaker_seconds: Seconds = 15
    """… for so long, until one request tries it again."""

    llm_requests_per_minute: PerMinute | None = None
    """Of each key, over all replicas of all services. None: no limit of ours."""
    llm_tokens_per_minute: PerMinute | None = None
    """Likewise; a request counts its prompt (4 characters a token) and its token limit."""

    llm_max_tokens: dict[str, Annotated[int, Field(gt=0)]] = {}
    """Prompt id → token limit, instead of the prompt file's own."""
    llm_max_tokens_ceiling: Annotated[int, Field(gt=0)] = 16_000
    """The highest limit that a cut answer is asked again with."""
    llm_reasoning_effort: str | None = None
    """For models that think: `none`, `minimal`, `low`, … None leaves it to the model."""
    llm_prices: dict[str, Price] = {}
    """Model name, or how it begins → price. Costs of other models are unknown."""

    @property
    def openai_api_keys(self) -> tuple[str, ...]:
        keys = (key.strip() for key in self.openai_api_key.get_secret_value().split(","))
        return tuple(dict.fromkeys(key for key in keys if key))

    @property
    def llm_limits(self) -> Limits | None:
        if self.llm_requests_per_minute is None and self.llm_tokens_per_minute is None:
            return None
        return Limits(self.llm_requests_per_minute, self.llm_tokens_per_minute)

    def price(self, model: str) -> Price | None:
        """The price under the longest name that `model` begins with: providers append dates."""
        names = [name for name in self.llm_prices if model.startswith(name)]
        return self.llm_prices[max(names, key=len)] if names else None
