"""What happens to one message in hand: beaten while handled, then acked, given back or buried."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter as Counts
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any, cast

import nats.errors
import stamina
import structlog
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from prometheus_client import Counter, Histogram
from structlog.contextvars import bound_contextvars

from polycast.bus.consumers import MAX_DELIVER, MAX_RAISED, Consumer
from polycast.bus.dead_letters import DEAD_LETTERS, bury
from polycast.bus.errors import Reject, RetryLater
from polycast.bus.publisher import Publisher, messaging
from polycast.bus.streams import BEAT
from polycast.contracts import Event, Received, Undecodable, decode, event_type
from polycast.tracing import Span, SpanKind, span

log = structlog.get_logger()

Handler = Callable[[Received[Any]], Awaitable[Sequence[Event]]]
Handlers = Mapping[type[Event], Handler]
OnDeadLetter = Callable[[Received[Event], BaseException], Sequence[Event]]

HANDLED = Counter(
    "polycast_messages_total", "Messages by what became of them", ["consumer", "subject", "outcome"]
)
DURATION = Histogram(
    "polycast_message_duration_seconds",
    "Time a message was in hand",
    ["consumer", "subject"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
)
WAIT = Histogram(
    "polycast_message_wait_seconds",
    "From a message's entry into the stream until it was first taken",
    ["consumer", "subject"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600),
)
REDELIVERIES = Counter(
    "polycast_message_redeliveries_total", "Messages taken that had been delivered before", ["consumer"]
)

#: How long a message is held in hand, beaten, before it is given back: while it waits for Postgres or NATS
#: to return, or for the provider to take requests again, its slot fetches no other.
HOLD = 60.0


@asynccontextmanager
async def beating(messages: Sequence[Msg]) -> AsyncIterator[None]:
    """Tell the server every few seconds that the messages are still worked on.

    So `ack_wait` can be short: a killed worker's message comes back in seconds, a slow one's does not.
    """

    async def beat() -> None:
        while True:
            await asyncio.sleep(BEAT)
            for message in messages:
                if not message._ackd:
                    with contextlib.suppress(nats.errors.Error):
                        await message.in_progress()

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()


def read(message: Msg) -> Received[Event]:
    """Decode a message of the stream.

    Raises:
        Undecodable: as `contracts.decode`.
    """
    metadata = message.metadata
    return decode(
        message.subject,
        message.data,
        stream=metadata.stream,
        sequence=metadata.sequence.stream,
        timestamp=metadata.timestamp,
        deliveries=metadata.num_delivered or 1,
    )


def pattern(message: Msg) -> str:
    """The message's subject as metrics name it: anybody may publish any, so only ours count apart."""
    kind = event_type(message.subject)
    return kind.subject_pattern if kind else "unknown"


def about(batch: Sequence[Received[Event]]) -> AbstractContextManager[None]:
    """Name the execution on every log line of a block; of a batch that is about several, all of them."""
    executions = sorted({str(r.event.correlation_id) for r in batch if r.event.correlation_id is not None})
    match executions:
        case []:
            return nullcontext()
        case [one]:
            return bound_contextvars(execution_id=one)
        case _:
            return bound_contextvars(execution_ids=executions)


def retry_delay(deliveries: int) -> float:
    """Seconds before a failed message is tried again: 1, 2, 4, 8 … 30."""
    return float(min(30, 2 ** (deliveries - 1)))


def outage_delay(deliveries: int) -> float:
    """Seconds before a message is tried again that an outage outlasted: half a minute to ten.

    All deliveries together span more than two hours, so that an outage of a night's hour buries nothing.
    """
    return float(min(600, 30 * 2 ** (deliveries - 1)))


class Courier:
    """Carries messages of one consumer to their handlers and settles them."""

    def __init__(
        self,
        consumer: Consumer,
        publisher: Publisher,
        *,
        outages: tuple[type[Exception], ...],
        on_dead_letter: OnDeadLetter | None = None,
    ) -> None:
        self.consumer = consumer
        self.publisher = publisher
        self.outages: tuple[type[Exception], ...] = (nats.errors.Error, *outages)
        self.on_dead_letter = on_dead_letter
        self._raised: Counts[int] = Counts()
        for counter in (REDELIVERIES, DEAD_LETTERS):
            counter.labels(consumer.name)  # there from the start, so that the first one counts as an increase

    @property
    def js(self) -> JetStreamContext:
        assert self.publisher.js is not None
        return self.publisher.js

    @asynccontextmanager
    async def holding(self, messages: Sequence[Msg]) -> AsyncIterator[None]:
        """Have messages in hand: beaten, and measured."""
        started = time.monotonic()
        batch = self.consumer.received(len(messages))
        for message in messages:
            self._note_arrival(message)
        try:
            async with beating(messages):
                yield
        finally:
            self.consumer.settled(batch)
            seconds = time.monotonic() - started
            for message in messages:
                DURATION.labels(self.consumer.name, pattern(message)).observe(seconds)

    def _note_arrival(self, message: Msg) -> None:
        if message.metadata.num_delivered == 1:
            waited = datetime.now(UTC) - message.metadata.timestamp
            WAIT.labels(self.consumer.name, pattern(message)).observe(waited.total_seconds())
        else:
            REDELIVERIES.labels(self.consumer.name).inc()

    async def deliver(
        self, message: Msg, handler: Callable[[Received[Event]], Awaitable[Sequence[Event]]]
    ) -> None:
        """Handle a message in hand: it is settled, or comes back while deliveries are left."""
        outcome = "cancelled"
        try:
            with self.processing(message) as processing:
                outcome = await self._settle(message, handler)
                processing.set_attribute("polycast.outcome", outcome)
        except self.outages as error:  # the bus itself is away: the message comes back after ack_wait
            outcome = "lost"
            log.warning("couldn't settle a message", subject=message.subject, error=repr(error))
        finally:
            self.count(message, outcome)

    def processing(self, message: Msg, *, current: bool = True) -> AbstractContextManager[Span]:
        """The span of handling a message, part of the trace that published it."""
        about = messaging("process", message.subject, pattern(message)) | {
            "messaging.consumer.group.name": self.consumer.name,
            "messaging.message.id": (message.headers or {}).get("ce-id", ""),
        }
        return span(
            f"process {pattern(message)}",
            SpanKind.CONSUMER,
            about,
            cause=message.headers or {},
            current=current,
        )

    def count(self, message: Msg, outcome: str) -> None:
        HANDLED.labels(self.consumer.name, pattern(message), outcome).inc()

    async def _settle(
        self, message: Msg, handler: Callable[[Received[Event]], Awaitable[Sequence[Event]]]
    ) -> str:
        try:
            received = read(message)
        except Undecodable as error:
            return await self.give_up(message, None, error)
        with about([received]), bound_contextvars(subject=message.subject):
            if received.deliveries >= MAX_DELIVER:
                return await self.give_up(
                    message, received, Reject(f"no handler finished in {MAX_DELIVER - 1} deliveries")
                )
            try:
                return await self._attempt(message, received, handler)
            except asyncio.CancelledError:
                await asyncio.shield(message.nak())
                raise

    async def _attempt(
        self, message: Msg, received: Received[Event], handler: Callable[..., Awaitable[Sequence[Event]]]
    ) -> str:
        try:
            await self._handle(received, handler)
        except Reject as verdict:
            return await self.give_up(message, received, verdict)
        except RetryLater as verdict:
            log.info("held, then given back", reason=str(verdict), delay=verdict.delay)
            held = min(verdict.delay, HOLD)
            await asyncio.sleep(held)
            await message.nak(delay=verdict.delay - held)
            return "retried"
        except self.outages as error:
            log.warning("given back, as what it needs is away", error=repr(error))
            await message.nak(delay=outage_delay(received.deliveries))
            return "retried"
        except Exception as error:
            self._raised[received.sequence] += 1  # outages and rate limits are deliveries too, but not this
            times = self._raised[received.sequence]
            log.exception("handler raised", times=times, deliveries=received.deliveries)
            if times >= MAX_RAISED:
                return await self.give_up(message, received, error)
            await message.nak(delay=retry_delay(times))
            return "retried"
        await message.ack()
        self._raised.pop(received.sequence, None)
        log.info("handled", sequence=received.sequence, deliveries=received.deliveries)
        return "done"

    async def _handle(
        self, received: Received[Event], handler: Callable[[Received[Event]], Awaitable[Sequence[Event]]]
    ) -> None:
        async for attempt in self.waiting_out_outages():
            with attempt:
                events = await handler(received)
                await self.publisher.publish_all(events, cause=received)

    def waiting_out_outages(self, timeout: float | None = HOLD) -> AsyncIterator[stamina.Attempt]:
        """Tries while what is needed is away, for `timeout` seconds (None: for as long as it lasts)."""
        return cast(
            AsyncIterator[stamina.Attempt],
            stamina.retry_context(
                on=self.outages, attempts=None, timeout=timeout, wait_initial=0.2, wait_max=5.0
            ),
        )

    async def give_up(self, message: Msg, received: Received[Event] | None, error: BaseException) -> str:
        """Bury the message, tell those who wait for its outcome, and take it off the consumer."""
        # Not the error's text, which may quote what a person wrote: `dlq show` tells it.
        log.error(
            "dead letter",
            consumer=self.consumer.name,
            subject=pattern(message),
            sequence=message.metadata.sequence.stream,
            error=type(error).__name__,
        )
        await bury(self.js, message, self.consumer.name, error)
        if received is not None:
            events = list(error.publish) if isinstance(error, Reject) else []
            if not events and self.on_dead_letter is not None:
                events = list(self.on_dead_letter(received, error))
            await self.publisher.publish_all(events, cause=received)
        await message.ack()
        self._raised.pop(message.metadata.sequence.stream, None)
        return "dead"
