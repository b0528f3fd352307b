"""Schedulers on a real database and a real bus."""

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

from polycast.bus import Bus
from polycast.contracts import WorkflowStarted, decode
from polycast.db import Database
from polycast.testing.servers import migrated
from scheduler.domain import Timing
from scheduler.handlers import Scheduler
from scheduler.store import SCHEMA, ScheduleStore

Started = Callable[[], Awaitable[list[WorkflowStarted]]]
NewScheduler = Callable[[], Awaitable[Scheduler]]
Eventually = Callable[[Callable[[], Awaitable[object]]], Awaitable[None]]


@pytest.fixture
def database_url(database: str) -> str:
    return migrated(database, SCHEMA)[SCHEMA.name]


@pytest.fixture
async def new_scheduler(
    database_url: str, nats_server: str, js: JetStreamContext
) -> AsyncIterator[NewScheduler]:
    """Replicas: each with its own pool and its own connection to the bus."""
    async with AsyncExitStack() as stack:

        async def new() -> Scheduler:
            bus, store = Bus("scheduler", nats_server), ScheduleStore(Database(database_url))
            await bus.connect()
            stack.push_async_callback(store.database.aclose)
            stack.push_async_callback(bus.stop)
            return Scheduler(store, bus, Timing(timedelta(hours=6), timedelta()), batch=25)

        yield new


@pytest.fixture
async def scheduler(new_scheduler: NewScheduler) -> Scheduler:
    return await new_scheduler()


@pytest.fixture
def started(js: JetStreamContext) -> Started:
    """Every workflow.started that the stream holds, in order."""

    async def read() -> list[WorkflowStarted]:
        events: list[WorkflowStarted] = []
        sequence = 1
        while True:
            try:
                message = await js.get_msg("EVENTS", seq=sequence, subject="workflow.started", next=True)
            except NotFoundError:
                return events
            assert message.seq and message.subject and message.time
            received = decode(
                message.subject,
                message.data or b"",
                stream="EVENTS",
                sequence=message.seq,
                timestamp=message.time,
            )
            assert isinstance(received.event, WorkflowStarted)
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
