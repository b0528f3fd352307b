"""Dead letters: what no consumer could handle, kept in stream DLQ with who gave up and why.

A dead letter is known by its sequence in that stream. Beside the letters that consumers write there, the
stream holds the server's advisories that a message used up its deliveries (it kills its worker, for one); of
those, the message itself is still where it was.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from polycast.bus.dead_letters import PREFIX
from polycast.bus.publisher import Publisher
from polycast.bus.streams import DLQ_STREAM, EVENTS_STREAM
from polycast.contracts import Event, Undecodable, decode
from polycast_cli.event_log import Start, stored
from polycast_cli.failure import Failure


@dataclass(frozen=True)
class DeadLetter:
    sequence: int
    """In stream DLQ."""
    consumer: str
    subject: str
    """Where the message was published; empty if it has left the stream."""
    stream_sequence: int
    """Of the message in stream EVENTS."""
    timestamp: str
    """When the message reached stream EVENTS, RFC 3339."""
    deliveries: int
    error_type: str
    error: str
    headers: dict[str, str]
    body: str

    def summary(self) -> dict[str, Any]:
        """All but the message itself."""
        return {name: value for name, value in asdict(self).items() if name not in ("headers", "body")}

    def event(self) -> Event:
        """The event with its derived ids, the same that its consumer derived.

        Raises:
            Failure: it is none.
        """
        if not self.subject:
            raise Failure(
                f"dead letter {self.sequence}: its message {self.stream_sequence} has left the stream"
            )
        try:
            return decode(
                self.subject,
                self.body.encode(),
                stream=EVENTS_STREAM,
                sequence=self.stream_sequence,
                timestamp=datetime.fromisoformat(self.timestamp),
            ).event
        except Undecodable as error:
            raise Failure(f"dead letter {self.sequence} can't be retried: {error}") from error


async def letters(js: JetStreamContext) -> AsyncIterator[DeadLetter]:
    """All of them, oldest first."""
    async for message in stored(js, DLQ_STREAM, Start(sequence=1)):
        yield await _letter(js, message)


async def letter(js: JetStreamContext, sequence: int) -> DeadLetter:
    """
    Raises:
        Failure: there is none with this sequence.
    """
    message = await _message(js, DLQ_STREAM, sequence)
    if message is None:
        raise Failure(f"there is no dead letter {sequence}")
    return await _letter(js, message)


async def retry(js: JetStreamContext, dead: DeadLetter) -> int:
    """Publish the event again and remove the letter; returns the event's new sequence.

    In this order: a crash between the two leaves a letter whose retry finds its work done.
    """
    publisher = Publisher("dlq-retry")
    publisher.js = js
    acknowledged = await publisher.publish(dead.event())
    await drop(js, dead.sequence)
    return acknowledged.seq


async def drop(js: JetStreamContext, sequence: int) -> None:
    try:
        await js.delete_msg(DLQ_STREAM, sequence)
    except NotFoundError as error:
        raise Failure(f"there is no dead letter {sequence}") from error


async def _letter(js: JetStreamContext, message: Msg) -> DeadLetter:
    if message.subject.startswith("$JS."):
        return await _from_advisory(js, message)
    headers = dict(message.headers or {})
    facts = {
        name.removeprefix(PREFIX): headers.pop(name) for name in list(headers) if name.startswith(PREFIX)
    }
    headers.pop("Nats-Msg-Id", None)
    return DeadLetter(
        sequence=message.metadata.sequence.stream,
        consumer=facts["Consumer"],
        subject=facts["Subject"],
        stream_sequence=int(facts["Stream-Sequence"]),
        timestamp=facts["Timestamp"],
        deliveries=int(facts["Deliveries"]),
        error_type=facts["Error-Type"],
        error=facts["Error"],
        headers=headers,
        body=message.data.decode(errors="replace"),
    )


async def _from_advisory(js: JetStreamContext, advisory: Msg) -> DeadLetter:
    facts = json.loads(advisory.data)
    original = await _message(js, EVENTS_STREAM, facts["stream_seq"])
    return DeadLetter(
        sequence=advisory.metadata.sequence.stream,
        consumer=facts["consumer"],
        subject=original.subject if original else "",
        stream_sequence=facts["stream_seq"],
        timestamp=original.metadata.timestamp.isoformat() if original else "",
        deliveries=facts["deliveries"],
        error_type="MaxDeliveries",
        error="the message used up its deliveries, no one having said why",
        headers=dict(original.headers or {}) if original else {},
        body=original.data.decode(errors="replace") if original else "",
    )


async def _message(js: JetStreamContext, stream: str, sequence: int) -> Msg | None:
    """Read as a consumer reads it: its timestamp, and what is derived from that, is the same to the digit."""
    async with aclosing(stored(js, stream, Start(sequence=sequence))) as messages:
        message = await anext(messages, None)
    return message if message and message.metadata.sequence.stream == sequence else None
