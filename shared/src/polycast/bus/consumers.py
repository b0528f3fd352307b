"""Durable pull consumers on `EVENTS`: made, mended and watched by the service that reads them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import structlog
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, ConsumerInfo, DeliverPolicy
from nats.js.errors import NotFoundError
from prometheus_client import Gauge

from polycast.bus.streams import ACK_WAIT, EVENTS_STREAM

log = structlog.get_logger()

BACKLOG = Gauge("polycast_consumer_backlog_messages", "Messages that nobody has taken yet", ["consumer"])
UNSETTLED = Gauge(
    "polycast_consumer_unsettled_messages",
    "Messages that some replica took and has not settled",
    ["consumer"],
)
IN_HAND = Gauge("polycast_messages_in_hand", "Messages that this process is handling", ["consumer"])

#: Finite, so that a message that kills its worker each time doesn't do so for ever. The last isn't handled.
MAX_DELIVER = 20
#: Times that a handler may raise on a message before it is a dead letter.
MAX_RAISED = 5
#: A worker with free hands and a backlog that got nothing for this long is stalled.
STALL_SECONDS = 30.0
#: Longer than any handler has its message: three attempts at a text, each with three requests of 30 s and the
#: pauses between them, and a minute's wait for Postgres or NATS. Who still has one then never gives it back.
LONGEST_HANDLER = 15 * 60.0


def consumer_config(name: str, subjects: Iterable[str]) -> ConsumerConfig:
    return ConsumerConfig(
        name=name,
        durable_name=name,
        filter_subjects=sorted(subjects),
        deliver_policy=DeliverPolicy.ALL,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ACK_WAIT,  # never `backoff`: it overrides ack_wait, and long handlers would run twice
        max_deliver=MAX_DELIVER,
        max_ack_pending=10_000,
    )


def _set_event() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@dataclass
class Consumer:
    """The state of one durable consumer as its service sees it."""

    config: ConsumerConfig
    slots: int
    """Messages this process handles at once."""
    is_patient: bool = False
    """Whether messages are held for as long as an outage lasts."""
    idle: asyncio.Event = field(default_factory=_set_event)
    """Set while nothing is in hand."""
    exists: bool = False
    pending: int = 0
    last_progress: float = field(default_factory=time.monotonic)
    _in_hand: dict[object, tuple[int, float]] = field(default_factory=dict)
    """By what `received` returned: how many messages, and since when."""

    @property
    def name(self) -> str:
        assert self.config.durable_name is not None
        return self.config.durable_name

    def __post_init__(self) -> None:
        IN_HAND.labels(self.name).set_function(lambda: self.in_flight)

    async def ensure(self, js: JetStreamContext) -> None:
        """Create the consumer, or bring an existing one to this configuration."""
        self._note(await js.add_consumer(EVENTS_STREAM, self.config))

    async def mend(self, js: JetStreamContext) -> None:
        """Look at the consumer on the server; make it again if somebody deleted it.

        The new one delivers all again. Handlers find their work done, so that heals rather than harms.
        """
        try:
            self._note(await js.consumer_info(EVENTS_STREAM, self.name))
        except NotFoundError:
            self.exists = False
            log.warning("consumer missing, making it again", consumer=self.name)
            await self.ensure(js)

    def _note(self, info: ConsumerInfo) -> None:
        self.exists = True
        self.pending = info.num_pending or 0
        BACKLOG.labels(self.name).set(self.pending)
        UNSETTLED.labels(self.name).set(info.num_ack_pending or 0)
        if self.pending == 0:
            self.last_progress = time.monotonic()

    @property
    def in_flight(self) -> int:
        return sum(count for count, _ in self._in_hand.values())

    def received(self, count: int = 1) -> object:
        """Note that messages are in hand, until `settled` is told what this returns."""
        batch = object()
        self.last_progress = time.monotonic()
        self._in_hand[batch] = count, self.last_progress
        self.idle.clear()
        return batch

    def settled(self, batch: object) -> None:
        del self._in_hand[batch]
        if not self._in_hand:
            self.idle.set()
        self.last_progress = time.monotonic()

    @property
    def trouble(self) -> str | None:
        """Why this consumer can't be called alive, or None."""
        if not self.exists:
            return f"consumer {self.name} does not exist"
        now = time.monotonic()
        held = now - min((since for _, since in self._in_hand.values()), default=now)
        if held > LONGEST_HANDLER and not self.is_patient:
            return f"consumer {self.name} has a message in hand for {held:.0f} s"
        idle = now - self.last_progress
        if self.pending and self.in_flight < self.slots and idle > STALL_SECONDS:
            return f"consumer {self.name} got nothing for {idle:.0f} s with {self.pending} pending"
        return None
