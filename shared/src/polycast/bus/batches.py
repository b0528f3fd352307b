"""Batch consumers: a small loop on nats-py's `fetch`, one transaction a batch.

Not FastStream's `PullSub(batch=True)`: it waits until the batch is full or its timeout ends, and with
nats-py 2.16 a bare `asyncio.TimeoutError` kills its consume task and strands what it held.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace

import nats.errors
import structlog
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from polycast.bus.consumers import MAX_RAISED
from polycast.bus.delivery import Courier, about, read
from polycast.bus.streams import EVENTS_STREAM
from polycast.contracts import Event, Received, Undecodable
from polycast.tracing import span, trace_id, traceparent

log = structlog.get_logger()

Apply = Callable[[Sequence[Received[Event]]], Awaitable[object]]
Batch = list[tuple[Msg, Received[Event]]]

FETCH_TIMEOUT = 2.0


async def consume_batches(js: JetStreamContext, courier: Courier, apply: Apply, size: int) -> None:
    """Fetch, apply and acknowledge until cancelled; a batch under way is finished first."""
    subscription = await js.pull_subscribe_bind(consumer=courier.consumer.name, stream=EVENTS_STREAM)
    try:
        while True:
            messages = await _fetch(subscription, size)
            if messages:
                await asyncio.shield(_process(courier, messages, apply))
    finally:  # a cancelled fetch leaves the subscription in a state that the connection's drain waits on
        await subscription.unsubscribe()


async def _fetch(subscription: JetStreamContext.PullSubscription, size: int) -> list[Msg]:
    try:
        return await subscription.fetch(size, timeout=FETCH_TIMEOUT)
    except TimeoutError:  # nothing came; nats-py's TimeoutError is one too
        return []
    except nats.errors.Error as error:  # reconnecting, or the consumer is being made again
        log.warning("fetch failed", error=repr(error))
        await asyncio.sleep(0.5)
        return []


async def _process(courier: Courier, messages: Sequence[Msg], apply: Apply) -> None:
    try:
        async with courier.holding(messages):
            readable = await _bury_undecodable(courier, messages)
            # One that came back often may be what killed its worker, and must not take others with it.
            suspect = any(received.deliveries > MAX_RAISED for _, received in readable)
            if readable and (suspect or not await _applied(courier, readable, apply)):
                await _one_by_one(courier, readable, apply)
    except Exception:  # this loop must outlive every batch
        log.exception("couldn't settle a batch; it comes back", size=len(messages))


async def _bury_undecodable(courier: Courier, messages: Sequence[Msg]) -> Batch:
    readable: Batch = []
    for message in messages:
        try:
            readable.append((message, read(message)))
        except Undecodable as error:
            with courier.processing(message):
                courier.count(message, await courier.give_up(message, None, error))
    return readable


async def _applied(courier: Courier, batch: Batch, apply: Apply) -> bool:
    """Apply the whole batch in one go. False: something in it is at fault, nothing was acknowledged.

    Each message is handled in its own trace. What is done for all of them together is part of that trace if
    they share one, as those of a single workflow do, and else a trace that links to theirs.
    """
    with ExitStack() as spans:
        handling = [spans.enter_context(courier.processing(message, current=False)) for message, _ in batch]
        received = [
            replace(one, traceparent=traceparent(own)) for (_, one), own in zip(batch, handling, strict=True)
        ]
        shared = len({trace_id(own) for own in handling}) == 1
        cause = {"traceparent": traceparent(handling[0])} if shared else {}
        spans.enter_context(span(f"apply batch {courier.consumer.name}", cause=cause, links=handling))
        spans.enter_context(about(received))
        try:
            # A batch consumer has nothing better to do than to hold its batch until an outage is over.
            async for attempt in courier.waiting_out_outages(timeout=None):
                with attempt:
                    await apply(received)
        except Exception:
            log.exception("batch failed, handling its messages one by one", size=len(batch))
            return False
    for message, _ in batch:
        await message.ack()
        courier.count(message, "done")
    return True


async def _one_by_one(courier: Courier, batch: Batch, apply: Apply) -> None:
    async def alone(received: Received[Event]) -> Sequence[Event]:
        await apply([received])
        return []

    for message, _ in batch:
        await courier.deliver(message, alone)
