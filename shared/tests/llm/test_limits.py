"""The token bucket: its arithmetic, and that replicas share it without losing a place."""

from __future__ import annotations

import asyncio
from functools import partial
from itertools import pairwise
from time import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.js import JetStreamContext

from polycast.llm import Limits
from polycast.llm.bucket import SharedTokenBucket

ARRIVALS = st.lists(st.floats(0, 20), min_size=1, max_size=300)


def _sent(limits: Limits, gaps: list[float], tokens: int = 0) -> list[float]:
    """When requests that arrive with these gaps are sent."""
    now, due, sent = 1_000.0, dict[str, float](), []
    for gap in gaps:
        now += gap
        wait, due = limits.reserve(due, tokens, now)
        sent.append(now + wait)
    return sent


@given(ARRIVALS, st.sampled_from([20, 60, 500]))
def test_no_minute_sees_more_than_the_limit_and_five_percent(gaps: list[float], limit: int) -> None:
    sent = _sent(Limits(requests=limit), gaps)
    for start in sent:
        assert sum(start <= moment < start + 59.999 for moment in sent) <= limit * 1.05 + 1e-6


@given(ARRIVALS)
def test_places_are_given_in_the_order_of_arrival(gaps: list[float]) -> None:
    sent = _sent(Limits(requests=60, tokens=6000), gaps, tokens=100)
    assert all(earlier <= later for earlier, later in pairwise(sent))


def test_a_crowd_is_let_through_at_the_full_rate() -> None:
    sent = _sent(Limits(requests=60), [0.0] * 63)
    assert sent[:3] == [1_000.0] * 3
    assert sent[-1] == pytest.approx(1_060)


def test_whoever_waits_long_enough_never_waits() -> None:
    assert _sent(Limits(requests=60), [1.0] * 100) == [1_001.0 + i for i in range(100)]


def test_tokens_are_paid_for_by_those_who_come_after() -> None:
    """A request larger than the burst is let through, once what came before it is paid for."""
    assert _sent(Limits(tokens=6000), [0.0, 0.0], tokens=1000) == pytest.approx([1_000, 1_010])


async def test_replicas_share_one_bucket(js: JetStreamContext) -> None:
    replicas = [SharedTokenBucket(partial(js.key_value, "limits"), Limits(requests=600)) for _ in range(4)]
    started = time()
    waits = await asyncio.gather(
        *(replica.take("llm.key", 10, patience=60) for replica in replicas for _ in range(15))
    )
    # 60 places, 10 a second, 30 of them at once: the last one is 3 s after the first, less the time taken.
    assert max(waits) == pytest.approx(3, abs=time() - started + 0.05)
    assert len({round(wait, 3) for wait in waits if wait}) == sum(wait > 0 for wait in waits)


async def test_no_place_is_taken_by_those_who_wont_wait(js: JetStreamContext) -> None:
    bucket = SharedTokenBucket(partial(js.key_value, "limits"), Limits(requests=1))
    assert await bucket.take("llm.key", 10, patience=1) == 0
    for _ in range(3):
        assert 50 < await bucket.take("llm.key", 10, patience=1) <= 60
    assert await bucket.take("llm.other", 10, patience=1) == 0
