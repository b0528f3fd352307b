"""Publishing that is not over until the stream has acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from secrets import token_hex
from uuid import uuid4

from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import PubAck

from polycast.bus.streams import EVENTS_STREAM
from polycast.contracts import Event, Received, encode, headers

#: nats-py waits 0.5 s for a PubAck by default, less than one slow fsync.
PUBACK_TIMEOUT = 10.0

#: nats-server's default limit of an atomic batch (`jetstream.limits.batch.max_msgs`).
MAX_TOGETHER = 1000

_traceparent: ContextVar[str | None] = ContextVar("traceparent", default=None)


def continue_trace(traceparent: str | None) -> None:
    """Make what this task publishes part of the inbound message's W3C trace."""
    _traceparent.set(traceparent)


def _current_trace() -> str:
    return _traceparent.get() or f"00-{token_hex(16)}-{token_hex(8)}-01"


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
        return await self._store(event, self._attributes(event, msg_id))

    async def publish_together(self, events: Sequence[tuple[Event, str]]) -> None:
        """Store up to `MAX_TOGETHER` events, each under a message id, all or none, with one sync of the disk.

        Raises:
            nats.errors.Error: as `publish`, or because one of the message ids is stored already.
        """
        assert self.client is not None, "the bus is not connected yet"
        batch = uuid4().hex
        for number, (event, msg_id) in enumerate(events, start=1):
            attributes = self._attributes(event, msg_id)
            attributes |= {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}
            if number < len(events):
                await self.client.publish(event.subject, encode(event), headers=attributes)
            else:
                await self._store(event, attributes | {"Nats-Batch-Commit": "1"})

    def _attributes(self, event: Event, msg_id: str | None) -> dict[str, str]:
        attributes = headers(event, event_id=msg_id or str(uuid4()), source=self.source)
        attributes["traceparent"] = _current_trace()
        if msg_id is not None:
            attributes["Nats-Msg-Id"] = msg_id
        return attributes

    async def _store(self, event: Event, attributes: dict[str, str]) -> PubAck:
        assert self.js is not None, "the bus is not connected yet"
        # With `stream=` an event that no stream takes is an error; without, it would be lost in silence.
        return await self.js.publish(
            event.subject, encode(event), timeout=PUBACK_TIMEOUT, stream=EVENTS_STREAM, headers=attributes
        )

    async def publish_all(self, events: Iterable[Event], cause: Received[Event]) -> None:
        """Publish what handling `cause` led to. A redelivery repeats the ids; a rerun by hand has its own."""
        await asyncio.gather(*(self.publish(e, f"{cause.sequence}:{e.subject}:{e.key}") for e in events))
