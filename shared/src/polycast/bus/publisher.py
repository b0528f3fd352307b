"""Publishing that is not over until the stream has acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from uuid import uuid4

from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import PubAck

from polycast.bus.streams import EVENTS_STREAM
from polycast.contracts import Event, Received, encode, headers
from polycast.tracing import SpanKind, span, traceparent

#: nats-py waits 0.5 s for a PubAck by default, less than one slow fsync.
PUBACK_TIMEOUT = 10.0

#: nats-server's default limit of an atomic batch (`jetstream.limits.batch.max_msgs`).
MAX_TOGETHER = 1000


def messaging(operation: str, subject: str, pattern: str) -> dict[str, str]:
    """What a span on the bus tells. Source: OpenTelemetry semantic conventions 1.37, messaging spans."""
    return {
        "messaging.system": "nats",
        "messaging.operation.type": "send" if operation == "publish" else "process",
        "messaging.operation.name": operation,
        "messaging.destination.name": subject,
        "messaging.destination.template": pattern,
    }


class Publisher:
    def __init__(self, source: str) -> None:
        self.source = source
        self.client: Client | None = None
        self.js: JetStreamContext | None = None

    async def publish(self, event: Event, msg_id: str | None = None) -> PubAck:
        """Publish and await the PubAck. A repeated `msg_id` within 10 minutes is stored once.

        Raises:
            nats.errors.Error: the stream didn't acknowledge; the event may or may not be stored.
        """
        with self._sending(event, msg_id) as attributes:
            return await self._store(event, attributes)

    async def publish_together(self, events: Sequence[tuple[Event, str]]) -> None:
        """Store up to `MAX_TOGETHER` events, each under a message id, all or none, with one sync of the disk.

        Raises:
            nats.errors.Error: as `publish`, or because one of the message ids is stored already.
        """
        assert self.client is not None, "the bus is not connected yet"
        batch = uuid4().hex
        for number, (event, msg_id) in enumerate(events, start=1):
            with self._sending(event, msg_id) as attributes:
                attributes |= {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}
                if number < len(events):
                    await self.client.publish(event.subject, encode(event), headers=attributes)
                else:
                    await self._store(event, attributes | {"Nats-Batch-Commit": "1"})

    @contextmanager
    def _sending(self, event: Event, msg_id: str | None) -> Iterator[dict[str, str]]:
        """The span of publishing an event, and the headers of its message."""
        attributes = headers(event, event_id=msg_id or str(uuid4()), source=self.source)
        if msg_id is not None:
            attributes["Nats-Msg-Id"] = msg_id
        about = messaging("publish", event.subject, event.subject_pattern)
        about["messaging.message.id"] = attributes["ce-id"]
        if event.correlation_id is not None:
            about["messaging.message.conversation_id"] = str(event.correlation_id)
        with span(f"publish {event.subject_pattern}", SpanKind.PRODUCER, about):
            attributes["traceparent"] = traceparent()
            yield attributes

    async def _store(self, event: Event, attributes: dict[str, str]) -> PubAck:
        assert self.js is not None, "the bus is not connected yet"
        # With `stream=` an event that no stream takes is an error; without, it would be lost in silence.
        return await self.js.publish(
            event.subject, encode(event), timeout=PUBACK_TIMEOUT, stream=EVENTS_STREAM, headers=attributes
        )

    async def publish_all(self, events: Iterable[Event], cause: Received[Event]) -> None:
        """Publish what handling `cause` led to. A redelivery repeats the ids; a rerun by hand has its own."""
        await asyncio.gather(*(self.publish(e, f"{cause.sequence}:{e.subject}:{e.key}") for e in events))
