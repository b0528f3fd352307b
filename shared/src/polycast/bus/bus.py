"""A service's connection to the bus: its broker, its consumer, its publisher, its buckets."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import nats.errors
import structlog
from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, NatsMessage, PullSub
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import PubAck
from nats.js.errors import KeyNotFoundError
from nats.js.kv import KeyValue

from polycast.bus.batches import Apply, consume_batches
from polycast.bus.claims import claim
from polycast.bus.consumers import Consumer, consumer_config
from polycast.bus.delivery import Courier, Handlers, OnDeadLetter
from polycast.bus.publisher import PUBACK_TIMEOUT, Publisher
from polycast.bus.streams import EVENTS_STREAM
from polycast.contracts import Event, Received
from polycast.tasks import end
from polycast.tracing import SpanKind, span

log = structlog.get_logger()

Subjects = Mapping[type[Event], str]
Responder = Callable[[bytes], Awaitable[bytes]]

MEND_INTERVAL = 2.0
_FETCH_TIMEOUT = 5.0


async def _undecoded(message: NatsMessage) -> NatsMessage:
    """FastStream's decoder hook: our own decoding must see subject and sequence, not only the body."""
    return message


class Bus:
    """Declare consumers and responders first, then `start()`."""

    def __init__(self, name: str, url: str, *, grace: float = 20.0) -> None:
        self.name = name
        self._grace = grace
        self.publisher = Publisher(name)
        self.outages: tuple[type[Exception], ...] = ()
        """Exceptions that mean "what the handler needs is away", added by whoever connects to it."""
        self.consumer: Consumer | None = None
        self._broker = NatsBroker(
            url,
            name=name,
            apply_types=False,
            logger=None,
            graceful_timeout=grace,
            # When attempts run out, FastStream's pull loop spins and freezes the process.
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
            error_cb=_log_error,
            disconnected_cb=_log_disconnected,
            reconnected_cb=_log_reconnected,
        )
        self._client: Client | None = None
        self._courier: Courier | None = None
        self._apply: tuple[Apply, int] | None = None
        self._responders: dict[str, Responder] = {}
        self._buckets: dict[str, KeyValue] = {}
        self._tasks: list[asyncio.Task[None]] = []

    # -- declaring ---------------------------------------------------------------------------------

    def consume(
        self,
        handlers: Handlers,
        *,
        workers: int,
        only: Subjects | None = None,
        on_dead_letter: OnDeadLetter | None = None,
    ) -> None:
        """One message at a time in each of `workers` slots, for handlers that take their time.

        `only` narrows the subject of an event whose pattern has a `*`.
        """
        courier = self._declare(handlers, slots=workers, only=only, on_dead_letter=on_dead_letter)

        async def dispatch(received: Received[Event]) -> Sequence[Event]:
            return await handlers[type(received.event)](received)

        async def handle(message: NatsMessage) -> None:
            async with courier.holding([message.raw_message]):
                await courier.deliver(message.raw_message, dispatch)

        # A subscriber a slot holds exactly one message each. `max_workers` would hold one more, which
        # waits unbeaten; a batch size above 1 would be a barrier.
        for _ in range(workers):
            self._broker.subscriber(
                stream=JStream(EVENTS_STREAM, declare=False),
                durable=courier.consumer.name,
                config=courier.consumer.config,
                pull_sub=PullSub(batch_size=1, timeout=_FETCH_TIMEOUT),
                ack_policy=AckPolicy.MANUAL,
                decoder=_undecoded,
            )(handle)

    def consume_batches(
        self,
        kinds: Iterable[type[Event]],
        apply: Apply,
        *,
        size: int = 100,
        on_dead_letter: OnDeadLetter | None = None,
    ) -> None:
        """Up to `size` messages at once, for handlers that do one short transaction."""
        self._declare(kinds, slots=1, is_patient=True, on_dead_letter=on_dead_letter)
        self._apply = (apply, size)

    def respond(self, subject: str, responder: Responder) -> None:
        """Answer requests on a core subject, shared with all replicas."""
        self._responders[subject] = responder

    def _declare(
        self,
        kinds: Iterable[type[Event]],
        *,
        slots: int,
        only: Subjects | None = None,
        is_patient: bool = False,
        on_dead_letter: OnDeadLetter | None,
    ) -> Courier:
        assert self.consumer is None, "a service has one consumer"
        subjects = [(only or {}).get(kind, kind.subject_pattern) for kind in kinds]
        self.consumer = Consumer(consumer_config(self.name, subjects), slots, is_patient)
        self._courier = Courier(
            self.consumer, self.publisher, outages=self.outages, on_dead_letter=on_dead_letter
        )
        return self._courier

    # -- running -----------------------------------------------------------------------------------

    async def connect(self) -> None:
        self._client = await self._broker.connect()
        self.publisher.client = self._client
        self.publisher.js = self._client.jetstream(timeout=PUBACK_TIMEOUT)

    async def start(self) -> None:
        """Begin to consume and to answer. Needs the streams: `streams apply` comes first."""
        for subject, responder in self._responders.items():
            await self.client.subscribe(subject, queue=self.name, cb=_reply(responder))
        if self.consumer is None or self._courier is None:
            return
        await self.consumer.ensure(self.js)
        self._tasks.append(asyncio.create_task(self._keep(self.consumer)))
        if self._apply is None:
            await self._broker.start()
        else:
            apply, size = self._apply
            self._tasks.append(asyncio.create_task(consume_batches(self.js, self._courier, apply, size)))

    async def stop(self) -> None:
        """Take nothing new, finish what is in hand within the grace, hand back the rest, close."""
        await end(self._tasks)
        await asyncio.gather(*(subscriber.stop() for subscriber in self._broker.subscribers))
        if self.consumer is not None:  # a batch ends, cancelled handlers give their messages back
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.consumer.idle.wait(), self._grace)
        with contextlib.suppress(nats.errors.Error):  # away: there is nobody to take leave of
            await self._broker.stop()

    async def _keep(self, consumer: Consumer) -> None:
        while True:
            await asyncio.sleep(MEND_INTERVAL)
            try:
                await consumer.mend(self.js)
            except (nats.errors.Error, TimeoutError) as error:
                log.warning("couldn't look at the consumer", consumer=consumer.name, error=repr(error))

    @property
    def trouble(self) -> str | None:
        """Why this service can't do its work on the bus, or None."""
        if self._client is None or not self._client.is_connected:
            return "not connected to NATS"
        return self.consumer.trouble if self.consumer else None

    # -- using -------------------------------------------------------------------------------------

    @property
    def client(self) -> Client:
        assert self._client is not None, "the bus is not connected yet"
        return self._client

    @property
    def js(self) -> JetStreamContext:
        assert self.publisher.js is not None, "the bus is not connected yet"
        return self.publisher.js

    async def publish(self, event: Event, msg_id: str | None = None) -> PubAck:
        return await self.publisher.publish(event, msg_id)

    async def publish_together(self, events: Sequence[tuple[Event, str]]) -> None:
        """All or none, with one sync of the server's disk: see `Publisher.publish_together`."""
        await self.publisher.publish_together(events)

    async def kv(self, bucket: str) -> KeyValue:
        if bucket not in self._buckets:  # looking one up costs a round trip
            self._buckets[bucket] = await self.js.key_value(bucket)
        return self._buckets[bucket]

    @asynccontextmanager
    async def claim(self, key: str) -> AsyncIterator[None]:
        """Do something once over all replicas; see `claims.claim`."""
        async with claim(await self.kv("claims"), key):
            yield

    async def erase(self, user_id: UUID) -> None:
        """Leave a tombstone, so that no late or replayed event brings the person back."""
        await (await self.kv("erased")).put(str(user_id), b"")

    async def is_erased(self, user_id: UUID) -> bool:
        try:
            await (await self.kv("erased")).get(str(user_id))
        except KeyNotFoundError:
            return False
        return True

    async def platforms(self) -> dict[str, dict[str, Any]]:
        """Each announced platform's description by its slug."""
        bucket = await self.kv("platforms")
        prefix = "$KV.platforms."
        info = await self.js.stream_info("KV_platforms", subjects_filter=f"{prefix}>")
        described: dict[str, dict[str, Any]] = {}
        for subject in sorted(info.state.subjects or ()):
            slug = subject.removeprefix(prefix)
            try:
                entry = await bucket.get(slug)
            except KeyNotFoundError:  # removed
                continue
            described[slug] = json.loads(entry.value or b"{}")
        return described


def _reply(responder: Responder) -> Callable[[Msg], Awaitable[None]]:
    async def answer(message: Msg) -> None:
        try:
            with span(f"answer {message.subject}", SpanKind.SERVER, cause=message.headers or {}):
                await message.respond(await responder(message.data))
        except Exception:
            log.exception("request failed", subject=message.subject)
            if message.reply:
                await message.respond(b'{"error": "the platform service failed on this request"}')

    return answer


async def _log_error(error: Exception) -> None:
    log.warning("NATS", error=repr(error))


async def _log_disconnected() -> None:
    log.warning("disconnected from NATS")


async def _log_reconnected() -> None:
    log.info("reconnected to NATS")
