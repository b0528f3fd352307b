"""All that touches the `openai` package: clients, and its exceptions as ours.

Imported when an `LLM` is entered, not with the package: it takes longer to import than all the rest.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from email.utils import parsedate_to_datetime
from typing import Any, cast

import openai
from httpx2 import Headers, Limits
from openai.types import CreateEmbeddingResponse, Moderation, ModerationCreateResponse
from openai.types.chat import ChatCompletion, ChatCompletionMessage

from polycast.llm.errors import (
    AuthenticationFailed,
    ContentFiltered,
    LLMError,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
    RequestRejected,
)
from polycast.llm.keys import ApiKey, key_id
from polycast.llm.settings import LLMSettings
from polycast.tracing import AttributeValue

#: What a failed request may raise. A ValueError is a body that can't be read, which openai lets through.
FAULTS = (openai.OpenAIError, TimeoutError, ValueError)

_QUOTA_CODES = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"}
_FILTER_CODES = {"content_filter", "content_policy_violation"}
_PASSING = {408, 409, 425}
#: uvicorn and many proxies close an idle connection after 5 s; one that we drop first is never used too late.
_KEEPALIVE_SECONDS = 4.0


class Garbled(ValueError):
    """An answer that is no chat completion at all, such as a proxy's error page with status 200."""


def connect(settings: LLMSettings) -> list[ApiKey]:
    """A client for each key, all on one connection pool. Close any of them to close it."""
    pool = openai.DefaultAioHttpClient(
        limits=Limits(
            max_connections=1000, max_keepalive_connections=100, keepalive_expiry=_KEEPALIVE_SECONDS
        )
    )
    return [
        ApiKey(
            key_id(settings.openai_base_url, secret),
            openai.AsyncOpenAI(
                api_key=secret,
                base_url=settings.openai_base_url,
                timeout=settings.llm_timeout_seconds,
                max_retries=0,
                http_client=pool,
            ),
        )
        for secret in settings.openai_api_keys or ("none",)
    ]


async def chat(model: str, request: dict[str, Any], client: openai.AsyncOpenAI) -> ChatCompletion:
    # Not `chat.completions.create`, which walks through the request for values to rename: there are none.
    # The client doesn't validate what comes; another content type than JSON makes it return a string.
    answer: object = await client.post(
        "/chat/completions", cast_to=ChatCompletion, body={"model": model, **request}
    )
    choices = answer.choices if isinstance(answer, ChatCompletion) else None
    if not choices or not isinstance(getattr(choices[0], "message", None), ChatCompletionMessage):
        raise Garbled("no chat completion")
    return cast(ChatCompletion, answer)


def tokens(completion: ChatCompletion) -> tuple[int, int, int] | None:
    """Tokens in, out, and how many of those out were hidden thinking; None if the server doesn't count."""
    if completion.usage is None:
        return None
    counts: dict[str, Any] = completion.usage.to_dict()
    details = counts.get("completion_tokens_details") or {}
    return (
        counts.get("prompt_tokens") or 0,
        counts.get("completion_tokens") or 0,
        details.get("reasoning_tokens") or 0,
    )


def described(answer: object) -> dict[str, AttributeValue]:
    """What a trace tells of an answer. Never its text."""
    if not isinstance(answer, ChatCompletion):
        return {}
    counted = tokens(answer) or (0, 0, 0)
    return {
        "gen_ai.response.model": str(answer.model),
        "gen_ai.response.finish_reasons": [str(choice.finish_reason) for choice in answer.choices],
        "gen_ai.usage.input_tokens": counted[0],
        "gen_ai.usage.output_tokens": counted[1],
    }


async def embeddings(model: str, texts: Sequence[str], client: openai.AsyncOpenAI) -> list[list[float]]:
    # Base64, the client's default, is not understood by every server.
    answer: object = await client.embeddings.create(model=model, input=list(texts), encoding_format="float")
    if not (isinstance(answer, CreateEmbeddingResponse) and len(answer.data) == len(texts)):
        raise Garbled("not one embedding for each text")
    return [item.embedding for item in sorted(answer.data, key=lambda item: item.index)]


async def moderation(model: str, text: str, client: openai.AsyncOpenAI) -> Moderation:
    answer: object = await client.moderations.create(model=model, input=text)
    if not (isinstance(answer, ModerationCreateResponse) and answer.results):
        raise Garbled("no moderation result")
    return answer.results[0]


def translate(error: Exception, base_url: str, timeout: float) -> LLMError:
    """One of `FAULTS`, as what it means. `timeout`: the seconds that the request had."""
    if isinstance(error, openai.APIStatusError):
        return _of_status(error)
    if any(isinstance(cause, TimeoutError) for cause in _causes(error)):
        return ProviderUnavailable(f"The LLM provider did not answer within {timeout:g} s.")
    if isinstance(error, openai.APIConnectionError):
        return ProviderUnavailable(f"The connection to {base_url} (LLM provider) failed.")
    return ProviderUnavailable(f"The LLM provider's answer can't be read: {error}")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it was raised from. (The transport calls every lost connection a time-out.)"""
    while error is not None:
        yield error
        error = error.__cause__


def _of_status(error: openai.APIStatusError) -> LLMError:
    status, reason = error.status_code, _reason(error)
    codes = {error.code, error.type}
    if status == 402 or codes & _QUOTA_CODES or "credit balance" in reason.lower():
        return QuotaExhausted("The LLM provider's quota is used up. Check the account's plan and billing.")
    if status in (401, 403):
        return AuthenticationFailed(
            f"The LLM provider does not accept the API key ({status}). Check OPENAI_API_KEY."
        )
    if codes & _FILTER_CODES:
        return ContentFiltered()
    retry_after = _retry_after(error.response.headers)
    if status == 429:
        return RateLimited(retry_after or 0.0)
    if status in _PASSING or (status >= 500 and status != 501):
        return ProviderUnavailable(f"The LLM provider failed ({status}): {reason}", retry_after)
    return RequestRejected(status, reason, error.param)


def _reason(error: openai.APIStatusError) -> str:
    body = error.body
    message = body.get("message") if isinstance(body, dict) else None
    return str(message or error.message)[:300]


def _retry_after(headers: Headers) -> float | None:
    """Seconds: `retry-after-ms` (OpenAI), or `Retry-After` as a number or as a date (RFC 9110, 10.2.3)."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers[name]) * unit)
        except (KeyError, ValueError):
            continue
    try:
        return max(0.0, parsedate_to_datetime(headers["retry-after"]).timestamp() - time.time())
    except (KeyError, ValueError, TypeError):
        return None
