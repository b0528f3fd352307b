"""How requests reach a provider that fails, limits or refuses."""

from __future__ import annotations

import asyncio
from asyncio import Event
from collections.abc import Callable
from email.utils import formatdate
from functools import partial
from time import time
from typing import TYPE_CHECKING

import pytest
from nats.js import JetStreamContext
from prometheus_client import REGISTRY

from polycast.llm import (
    LLM,
    AuthenticationFailed,
    CircuitOpen,
    Completion,
    LLMError,
    LLMSettings,
    Prompt,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
)
from polycast.llm.bucket import SharedTokenBucket

if TYPE_CHECKING:
    from shared.tests.llm.conftest import Answer, Haiku, Provider

    Settings = Callable[..., LLMSettings]
    Complete = Callable[[LLM], asyncio.Task[Completion[Haiku]]]

GOOD = {"lines": ["a", "b", "c"]}


@pytest.fixture
def complete(haiku: type[Haiku], prompt: Prompt) -> Complete:
    return lambda llm: asyncio.create_task(llm.complete(prompt, haiku))


FAULTS: dict[str, Callable[[Provider], Answer]] = {
    "500": lambda provider: provider.fails(500),
    "503 with Retry-After": lambda provider: provider.fails(503, headers={"Retry-After": "0.01"}),
    "529 overloaded": lambda provider: provider.fails(529),
    "dropped connection": lambda provider: provider.drops(),
    "no answer": lambda provider: provider.hangs(),
    "endless trickle": lambda provider: provider.trickles(),
    "cut body": lambda provider: provider.sends('{"id": "chatc'),
    "proxy's page": lambda provider: provider.sends("<html>Bad gateway</html>", "text/html"),
    "empty choice": lambda provider: provider.replies(200, {"choices": [{}]}),
    "error with status 200": lambda provider: provider.replies(200, {"error": {"message": "upstream"}}),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_passing_fault_is_tried_again(
    fault: str, provider: Provider, settings: Settings, complete: Complete
) -> None:
    provider.will(FAULTS[fault](provider), provider.says(GOOD))
    async with LLM(settings(llm_timeout_seconds=1)) as llm:
        completion = await complete(llm)
    assert completion.usage.requests == 2


@pytest.mark.parametrize("fault", ["no answer", "endless trickle"])
async def test_a_provider_that_takes_too_long_is_said_to_do_so(
    fault: str, provider: Provider, settings: Settings, complete: Complete
) -> None:
    provider.will(FAULTS[fault](provider))
    async with LLM(settings(llm_timeout_seconds=0.2, llm_attempts=1)) as llm:
        with pytest.raises(ProviderUnavailable, match=r"did not answer within 0\.2 s"):
            await complete(llm)


async def test_a_lasting_fault_is_given_up_after_all_attempts(
    provider: Provider, settings: Settings, complete: Complete
) -> None:
    provider.default = provider.fails(502, "upstream is down")
    async with LLM(settings(llm_attempts=3)) as llm:
        with pytest.raises(ProviderUnavailable, match=r"failed \(502\): upstream is down") as caught:
            await complete(llm)
    assert caught.value.retryable
    assert caught.value.usage.requests == len(provider.asked) == 3


async def test_nobody_at_the_address(settings: Settings, complete: Complete) -> None:
    async with LLM(settings(openai_base_url="http://127.0.0.1:9/v1", llm_attempts=2)) as llm:
        with pytest.raises(ProviderUnavailable, match=r"connection to http://127\.0\.0\.1:9/v1"):
            await complete(llm)


async def test_a_pause_longer_than_our_patience_is_not_waited_for(
    provider: Provider, settings: Settings, complete: Complete
) -> None:
    provider.will(provider.fails(503, headers={"Retry-After": "3600"}))
    async with LLM(settings()) as llm:
        with pytest.raises(ProviderUnavailable) as caught:
            await complete(llm)
    assert caught.value.retry_after == 3600
    assert len(provider.asked) == 1


@pytest.mark.parametrize(
    ("status", "error", "expected"),
    [
        (401, {"code": "invalid_api_key"}, AuthenticationFailed),
        (403, {}, AuthenticationFailed),
        (402, {}, QuotaExhausted),
        (429, {"code": "insufficient_quota"}, QuotaExhausted),
        (429, {"type": "insufficient_quota"}, QuotaExhausted),
        (400, {"message": "Your credit balance is too low"}, QuotaExhausted),
    ],
)
async def test_accounts_that_are_refused_fail_at_once(
    status: int,
    error: dict[str, str],
    expected: type[LLMError],
    provider: Provider,
    settings: Settings,
    complete: Complete,
) -> None:
    provider.will(provider.fails(status, **error))
    async with LLM(settings()) as llm:
        with pytest.raises(expected) as caught:
            await complete(llm)
    assert not caught.value.retryable
    assert len(provider.asked) == 1


@pytest.mark.parametrize("headers", [{"Retry-After": "0.2"}, {"retry-after-ms": "200"}])
async def test_a_rate_limit_is_waited_out_and_costs_no_attempt(
    headers: dict[str, str], provider: Provider, settings: Settings, complete: Complete
) -> None:
    limited = provider.fails(429, headers=headers)
    provider.will(limited, limited, provider.says(GOOD))
    async with LLM(settings(llm_attempts=1)) as llm:
        await complete(llm)
    first, second, third = (asked.at for asked in provider.asked)
    assert second - first >= 0.2
    assert third - second >= 0.2


async def test_a_rate_limit_without_a_pause_backs_off_until_patience_ends(
    provider: Provider, settings: Settings, complete: Complete
) -> None:
    provider.default = provider.fails(429)
    async with LLM(settings(llm_retry_seconds=0.01, llm_patience_seconds=0.1)) as llm:
        with pytest.raises(RateLimited) as caught:
            await complete(llm)
    # Pauses of 10, 20 and 40 ms fit in 100, the next of 80 does not.
    assert len(provider.asked) == 4
    assert caught.value.retryable


@pytest.mark.parametrize("form", ["seconds", "date"])
async def test_a_rate_limit_beyond_our_patience_tells_when_to_come_back(
    form: str, provider: Provider, settings: Settings, complete: Complete
) -> None:
    retry_after = "3600" if form == "seconds" else formatdate(time() + 3600, usegmt=True)
    provider.will(provider.fails(429, headers={"Retry-After": retry_after}))
    async with LLM(settings()) as llm:
        with pytest.raises(RateLimited) as caught:
            await complete(llm)
        assert caught.value.retry_after == pytest.approx(3600, abs=60)
        # The pause holds for everyone: no request is spent on finding out again.
        with pytest.raises(RateLimited):
            await complete(llm)
    assert len(provider.asked) == 1


async def test_keys_share_the_load(provider: Provider, settings: Settings, complete: Complete) -> None:
    provider.default = provider.meets(asyncio.Barrier(4), provider.says(GOOD))
    async with LLM(settings(openai_api_key="key-a, key-b,")) as llm:
        await asyncio.gather(*(complete(llm) for _ in range(4)))
    assert sorted(asked.key for asked in provider.asked) == ["key-a", "key-a", "key-b", "key-b"]


async def test_a_limited_key_makes_way_for_another(
    provider: Provider, settings: Settings, complete: Complete
) -> None:
    provider.will(
        provider.fails(429, headers={"Retry-After": "3600"}), provider.says(GOOD), provider.says(GOOD)
    )
    async with LLM(settings(openai_api_key="key-a,key-b")) as llm:
        await complete(llm)
        await complete(llm)
    assert [asked.key for asked in provider.asked] == ["key-a", "key-b", "key-b"]


async def test_a_refused_key_makes_way_for_another_until_all_are_refused(
    provider: Provider, settings: Settings, complete: Complete
) -> None:
    provider.will(provider.fails(401), provider.says(GOOD), provider.fails(401), provider.fails(401))
    async with LLM(settings(openai_api_key="key-a,key-b")) as llm:
        await complete(llm)
        with pytest.raises(AuthenticationFailed):
            await complete(llm)
    assert [asked.key for asked in provider.asked] == ["key-a", "key-b", "key-b", "key-a"]


async def test_an_endpoint_that_keeps_failing_is_left_alone_then_tried_by_one(
    provider: Provider, settings: Settings, complete: Complete
) -> None:
    provider.default = provider.fails(500)
    configured = settings(llm_attempts=2, llm_breaker_failures=2, llm_breaker_seconds=0.2)
    async with LLM(configured) as llm:
        with pytest.raises(ProviderUnavailable, match="500"):
            await complete(llm)
        with pytest.raises(CircuitOpen) as caught:
            await complete(llm)
        assert caught.value.retry_after
        assert caught.value.retry_after <= 0.2
        assert len(provider.asked) == 2

        await asyncio.sleep(caught.value.retry_after)
        go = Event()
        provider.default = provider.hangs(until=go, then=provider.says(GOOD))
        probe, others = complete(llm), [complete(llm) for _ in range(3)]
        refused = await asyncio.gather(*others, return_exceptions=True)
        assert {type(result) for result in refused} == {CircuitOpen}
        go.set()
        await probe
        assert len(provider.asked) == 3

        await complete(llm)


async def test_what_hangs_beside_the_work_is_given_up_soon_and_then_left_alone(
    provider: Provider, settings: Settings, complete: Complete
) -> None:
    provider.default = provider.hangs()
    quick = settings(llm_side_timeout_seconds=0.05, llm_breaker_failures=2, llm_attempts=2)
    async with LLM(quick) as llm:
        with pytest.raises(ProviderUnavailable, match=r"within 0\.05 s"):
            await llm.moderate("x")
        with pytest.raises(CircuitOpen):
            await llm.moderate("x")
        provider.default = provider.says(GOOD)
        await complete(llm)


async def test_an_endpoint_that_answers_with_refusals_is_not_failing(
    provider: Provider, settings: Settings, complete: Complete
) -> None:
    provider.default = provider.fails(404)
    async with LLM(settings(llm_breaker_failures=2)) as llm:
        for _ in range(4):
            with pytest.raises(LLMError, match="404"):
                await complete(llm)
    assert len(provider.asked) == 4


async def test_the_shared_bucket_keeps_a_request_from_being_sent(
    provider: Provider, settings: Settings, complete: Complete, js: JetStreamContext
) -> None:
    configured = settings(llm_requests_per_minute=1, llm_patience_seconds=1)
    assert configured.llm_limits is not None
    bucket = SharedTokenBucket(partial(js.key_value, "limits"), configured.llm_limits)
    provider.default = provider.says(GOOD)
    async with LLM(configured, bucket) as llm, LLM(configured, bucket) as replica:
        await complete(llm)
        with pytest.raises(RateLimited) as caught:
            await complete(replica)
    assert caught.value.retry_after == pytest.approx(60, abs=5)
    assert len(provider.asked) == 1


async def test_requests_and_tokens_are_counted(
    provider: Provider, settings: Settings, complete: Complete
) -> None:
    def count(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(name, {"operation": "haiku", "model": "counted", **labels}) or 0

    provider.will(provider.fails(500), provider.says(GOOD, tokens=(30, 7)))
    async with LLM(settings(openai_model="counted")) as llm:
        await complete(llm)
    assert count("polycast_llm_requests_total", outcome="ok") == 1
    assert count("polycast_llm_requests_total", outcome="provider_unavailable") == 1
    assert count("polycast_llm_request_duration_seconds_count") == 2
    assert count("polycast_llm_tokens_total", direction="in") == 30
    assert count("polycast_llm_tokens_total", direction="out") == 7
