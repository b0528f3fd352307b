"""The stream of events, as an operator reads it, adds to it and plays it again."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from nats.aio.msg import Msg
from nats.errors import TimeoutError as NothingCame
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, PubAck
from nats.js.errors import NoStreamResponseError

from polycast.bus.delivery import read
from polycast.bus.publisher import PUBACK_TIMEOUT, Publisher
from polycast.bus.streams import EVENTS_STREAM
from polycast.contracts import Undecodable, decode, event_type
from polycast_cli.failure import Failure

_BATCH = 100
_FETCH_SECONDS = 5
_IDLE_SECONDS = 60
"""How long the server keeps the consumer of a command that was killed."""


@dataclass(frozen=True)
class Start:
    """Where reading starts: at a sequence, at a moment, or (neither) with what comes from now on."""

    sequence: int | None = None
    moment: datetime | None = None

    def config(self) -> ConsumerConfig:
        if self.sequence is not None:
            policy = DeliverPolicy.BY_START_SEQUENCE
        else:
            policy = DeliverPolicy.BY_START_TIME if self.moment else DeliverPolicy.NEW
        return ConsumerConfig(
            deliver_policy=policy,
            opt_start_seq=self.sequence,
            opt_start_time=self.moment,
            ack_policy=AckPolicy.NONE,
            inactive_threshold=_IDLE_SECONDS,
            mem_storage=True,
        )


def ago(text: str) -> datetime:
    """`90s`, `15m`, `1h` or `2d` before now.

    Raises:
        Failure: it is written otherwise.
    """
    units = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
    number, unit = text[:-1], units.get(text[-1:])
    if unit is None or not number.isdecimal():
        raise Failure(f"--since {text}: write e.g. 90s, 15m, 1h or 2d", code=2)
    return datetime.now(UTC) - timedelta(**{unit: int(number)})


@asynccontextmanager
async def _reading(
    js: JetStreamContext, stream: str, start: Start, subject: str | None
) -> AsyncIterator[JetStreamContext.PullSubscription]:
    """A consumer of this reading's own, which goes with it: left behind, it would look like a backlog."""
    subscription = await js.pull_subscribe(subject or "", stream=stream, config=start.config())
    consumer = (await subscription.consumer_info()).name
    try:
        yield subscription
    finally:
        await js.delete_consumer(stream, consumer)


async def follow(
    js: JetStreamContext, stream: str, start: Start, subject: str | None = None
) -> AsyncIterator[Msg]:
    """Messages in stream order, for ever."""
    async with _reading(js, stream, start, subject) as subscription:
        while True:
            try:
                messages = await subscription.fetch(_BATCH, timeout=_FETCH_SECONDS)
            except NothingCame:
                continue
            for message in messages:
                yield message


async def stored(
    js: JetStreamContext, stream: str, start: Start, subject: str | None = None
) -> AsyncGenerator[Msg]:
    """What the stream holds at the call, in order; nothing that is added meanwhile."""
    end = (await js.stream_info(stream)).state.last_seq
    async with _reading(js, stream, start, subject) as subscription:
        pending = (await subscription.consumer_info()).num_pending or 0
        while pending:
            for message in await subscription.fetch(min(_BATCH, pending), timeout=_FETCH_SECONDS):
                if message.metadata.sequence.stream > end:
                    return
                yield message
                pending = message.metadata.num_pending


async def publish(js: JetStreamContext, subject: str, body: bytes) -> PubAck:
    """Store a body as it is, as a run of its own: without `Nats-Msg-Id`, so that no window swallows it.

    Raises:
        Failure: it is no event of ours, or the bus doesn't store it.
    """
    if event_type(subject) is None or "*" in subject:
        raise Failure(f"{subject} is no event of Polycast")
    try:
        return await js.publish(subject, body, timeout=PUBACK_TIMEOUT, stream=EVENTS_STREAM)
    except NoStreamResponseError as error:
        raise Failure(f"no stream takes {subject}; run ./polycast streams apply") from error


def breach(subject: str, body: bytes) -> str | None:
    """How a body breaks its event's contract, or None."""
    try:
        decode(subject, body, stream=EVENTS_STREAM, sequence=1, timestamp=datetime.now(UTC))
    except Undecodable as error:
        return str(error)
    return None


@dataclass
class Replayed:
    published: int = 0
    skipped: int = 0
    """Undecodable ones."""


async def replay(js: JetStreamContext, start: Start, subject: str | None, user: UUID | None) -> Replayed:
    """Publish stored events again.

    Ids that were derived are written into the bodies: what was done is found done, what is missing is made.
    """
    publisher = Publisher("replay")
    publisher.js = js
    replayed = Replayed()
    async for message in stored(js, EVENTS_STREAM, start, subject):
        try:
            event = read(message).event
        except Undecodable:
            replayed.skipped += 1
            continue
        if user in (None, event.user_id):
            await publisher.publish(event)
            replayed.published += 1
    return replayed
