"""Aggregators on a real database and a real bus."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

import pytest
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from sqlalchemy import text

from aggregator.domain import Patience
from aggregator.handlers import Aggregator
from aggregator.store import SCHEMA, WorkflowStore
from polycast.bus import Bus
from polycast.bus.consumers import Consumer, consumer_config
from polycast.contracts import Event, WorkflowCompleted, WorkflowFailed, decode
from polycast.db import Database
from polycast.testing.servers import migrated

PATIENCE = Patience(deadline=timedelta(minutes=5), queue=timedelta(hours=1))

Announced = Callable[[], Awaitable[list[WorkflowCompleted | WorkflowFailed]]]
NewAggregator = Callable[[], Awaitable[Aggregator]]
Eventually = Callable[[Callable[[], Awaitable[object]]], Awaitable[None]]


@pytest.fixture
def database_url(database: str) -> str:
    return migrated(database, SCHEMA)[SCHEMA.name]


@pytest.fixture
async def new_aggregator(
    database_url: str, nats_server: str, js: JetStreamContext
) -> AsyncIterator[NewAggregator]:
    """Replicas: each with its own pool and its own connection to the bus, all on one durable consumer."""
    subjects = [kind.subject_pattern for kind in Aggregator.kinds]
    await Consumer(consumer_config("aggregator", subjects), slots=1).ensure(js)
    for slug in ("linkedin", "twitter"):
        await (await js.key_value("platforms")).put(slug, b"{}")
    async with AsyncExitStack() as stack:

        async def new() -> Aggregator:
            bus, store = Bus("aggregator", nats_server), WorkflowStore(Database(database_url))
            await bus.connect()
            stack.push_async_callback(store.database.aclose)
            stack.push_async_callback(bus.stop)
            return Aggregator(store, bus, PATIENCE)

        yield new


@pytest.fixture
async def aggregator(new_aggregator: NewAggregator) -> Aggregator:
    return await new_aggregator()


@pytest.fixture
def announced(js: JetStreamContext) -> Announced:
    """What the stream holds of outcomes, in order."""

    async def read() -> list[WorkflowCompleted | WorkflowFailed]:
        events: list[Event] = []
        sequence = 1
        while True:
            try:
                message = await js.get_msg("EVENTS", seq=sequence, subject="workflow.>", next=True)
            except NotFoundError:
                return [e for e in events if isinstance(e, WorkflowCompleted | WorkflowFailed)]
            assert message.seq and message.subject and message.time
            received = decode(
                message.subject,
                message.data or b"",
                stream="EVENTS",
                sequence=message.seq,
                timestamp=message.time,
            )
            events.append(received.event)
            sequence = message.seq + 1

    return read


@dataclass(frozen=True)
class Tables:
    database: Database

    async def rows(self, query: str) -> list[dict[str, object]]:
        async with self.database.begin() as connection:
            return [dict(row._mapping) for row in await connection.execute(text(query))]


@pytest.fixture
async def tables(database_url: str) -> AsyncIterator[Tables]:
    """A look into the schema."""
    database = Database(database_url, pool_size=1)
    yield Tables(database)
    await database.aclose()


@pytest.fixture
def eventually() -> Eventually:
    """Wait until a condition holds; pytest's own timeout is the only clock."""

    async def wait(condition: Callable[[], Awaitable[object]]) -> None:
        while True:
            if await condition():
                return
            await asyncio.sleep(0.02)

    return wait
