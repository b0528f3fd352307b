"""One request to the endpoint, whatever it takes: keys, limits, pauses, retries, breaker, metrics."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import stamina
import structlog
from prometheus_client import Counter, Gauge, Histogram

from polycast.llm.breaker import Breaker
from polycast.llm.errors import (
    AuthenticationFailed,
    CircuitOpen,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
)
from polycast.llm.keys import ApiKey, next_key
from polycast.llm.limits import TokenBucket
from polycast.llm.settings import LLMSettings
from polycast.llm.usage import Usage
from polycast.tracing import AttributeValue, SpanKind, span

if TYPE_CHECKING:
    from openai import AsyncOpenAI

R = TypeVar("R")

log = structlog.get_logger()

REQUESTS = Counter(
    "polycast_llm_requests_total", "Requests to the LLM provider", ["operation", "model", "outcome"]
)
DURATION = Histogram(
    "polycast_llm_request_duration_seconds",
    "Duration of requests to the LLM provider",
    ["operation", "model"],
    buckets=(0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60),
)
IN_FLIGHT = Gauge(
    "polycast_llm_requests_in_flight", "Requests that wait for the provider's answer", ["model"]
)
COST = Counter(
    "polycast_llm_cost_usd_total", "Cost of answers, of models whose price is set", ["operation", "model"]
)
TOKENS = Counter("polycast_llm_tokens_total", "Tokens in and out", ["operation", "model", "direction"])


@dataclass
class Call:
    """What requests are made for, and what they have cost so far."""

    operation: str
    """A prompt's id, `embeddings` or `moderation`."""
    endpoint: str
    """The path that has its own circuit breaker."""
    model: str
    tokens: int
    """Estimate for the token bucket: prompt and answer."""
    timeout: float
    """Seconds for one request."""
    parameters: dict[str, AttributeValue] = field(default_factory=dict)
    """How it is asked, for the trace: `gen_ai.request.…`."""
    usage: Usage = field(default_factory=Usage)

    def spend(self, tokens_in: int, tokens_out: int, cost_usd: float | None) -> None:
        TOKENS.labels(self.operation, self.model, "in").inc(tokens_in)
        TOKENS.labels(self.operation, self.model, "out").inc(tokens_out)
        COST.labels(self.operation, self.model).inc(cost_usd or 0.0)
        self.usage += Usage(tokens_in, tokens_out, cost_usd=cost_usd)


class Transport:
    def __init__(self, settings: LLMSettings, bucket: TokenBucket | None) -> None:
        self._settings = settings
        self._bucket = bucket
        self._keys: list[ApiKey] = []
        self._breakers: defaultdict[str, Breaker] = defaultdict(
            lambda: Breaker(settings.llm_breaker_failures, settings.llm_breaker_seconds)
        )

    async def open(self) -> None:
        from polycast.llm import client

        self._keys = client.connect(self._settings)

    async def close(self) -> None:
        await self._keys[0].client.close()

    async def send(self, call: Call, request: Callable[[AsyncOpenAI], Awaitable[R]]) -> R:
        """Send until there is an answer, or a failure that another attempt won't mend.

        Raises LLMError.
        """
        first = self._settings.llm_retry_seconds
        async for attempt in stamina.retry_context(
            self._next_attempt,
            attempts=self._settings.llm_attempts,
            timeout=None,
            wait_initial=first,
            wait_max=self._settings.llm_patience_seconds,
            wait_jitter=first / 2,
        ):
            with attempt:
                return await self._send_when_allowed(call, request)
        raise AssertionError("retry_context ends with an answer or an exception")

    def _next_attempt(self, error: Exception) -> bool | float:
        """Whether there is one; a number is the provider's own pause, in seconds."""
        if not isinstance(error, ProviderUnavailable) or isinstance(error, CircuitOpen):
            return False
        if error.retry_after is None:
            return True
        return error.retry_after <= self._settings.llm_patience_seconds and error.retry_after + self._jitter()

    async def _send_when_allowed(self, call: Call, request: Callable[[AsyncOpenAI], Awaitable[R]]) -> R:
        """Wait for a key and for the token bucket; a 429 is waited out, a refused key skipped."""
        patience = self._settings.llm_patience_seconds
        refused: set[ApiKey] = set()
        limited = 0
        while True:
            key = next_key(self._keys, without=refused)
            patience -= await self._pause(key.pause, patience)
            if self._bucket:
                patience -= await self._pause(
                    await self._bucket.take(key.id, call.tokens, patience), patience
                )
            try:
                with key.in_use():
                    return await self._request(call, key, request)
            except RateLimited as error:
                backoff = self._settings.llm_retry_seconds * 2**limited
                key.rest(max(error.retry_after, backoff))
                limited += 1
            except (AuthenticationFailed, QuotaExhausted) as error:
                refused.add(key)
                key.refuse()
                if len(refused) == len(self._keys):
                    raise
                log.warning("llm.key_passed_over", key=key.id, reason=error.code)

    async def _pause(self, seconds: float, patience: float) -> float:
        """Returns the seconds waited. Raises RateLimited if they would be more than `patience`."""
        if seconds <= 0:
            return 0.0
        if seconds > patience:
            raise RateLimited(seconds)
        # Those who wait for the same moment must not all send at it.
        await asyncio.sleep(seconds + self._jitter())
        return seconds

    def _about(self, call: Call) -> dict[str, AttributeValue]:
        """Source: OpenTelemetry semantic conventions 1.37, generative AI client spans."""
        endpoint = urlsplit(self._settings.openai_base_url)
        return {
            "gen_ai.operation.name": call.endpoint,
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": call.model,
            "gen_ai.prompt.name": call.operation,
            "server.address": endpoint.hostname or "",
            "server.port": endpoint.port or (443 if endpoint.scheme == "https" else 80),
            **call.parameters,
        }

    def _jitter(self) -> float:
        return random.uniform(0, self._settings.llm_retry_seconds / 2)  # noqa: S311

    async def _request(self, call: Call, key: ApiKey, request: Callable[[AsyncOpenAI], Awaitable[R]]) -> R:
        from polycast.llm import client

        breaker = self._breakers[call.endpoint]
        breaker.enter()
        outcome = "cancelled"
        started = perf_counter()
        try:
            with (
                IN_FLIGHT.labels(call.model).track_inprogress(),
                span(f"{call.endpoint} {call.model}", SpanKind.CLIENT, self._about(call)) as asking,
            ):
                try:
                    async with asyncio.timeout(call.timeout):
                        answer = await request(key.client)
                except client.FAULTS as fault:
                    error = client.translate(fault, self._settings.openai_base_url, call.timeout)
                    outcome = error.code
                    breaker.failed() if isinstance(error, ProviderUnavailable) else breaker.succeeded()
                    raise error from fault
                asking.set_attributes(client.described(answer))
            outcome = "ok"
            breaker.succeeded()
            return answer
        finally:
            seconds = perf_counter() - started
            REQUESTS.labels(call.operation, call.model, outcome).inc()
            DURATION.labels(call.operation, call.model).observe(seconds)
            call.usage += Usage(latency_ms=round(seconds * 1000), requests=1)
