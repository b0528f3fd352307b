"""What a command tells reaches the stream: once, in order, whatever happens to the bus or the process."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import anyio
import pytest
from nats.js import JetStreamContext
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from api.dependencies import Gateway
from api.outbox import Outbox, Publish
from api.store import outbox
from polycast.bus import Bus
from polycast.bus.streams import EVENTS_STREAM
from polycast.contracts import Event, IdeaCreated, UserDeleted
from polycast.db import Database

if TYPE_CHECKING:
    from services.api.tests.conftest import Person


def idea(title: str, user_id: UUID) -> IdeaCreated:
    return IdeaCreated(idea_id=uuid4(), user_id=user_id, title=title, description="A good one.")


class Recorder:
    """Stands in for the bus, to fail on request. Remembers message ids and titles."""

    def __init__(self) -> None:
        self.titles: list[str] = []
        self.ids: list[str] = []
        self.down = False
        self.seen = asyncio.Event()
        self.slow_may_end = asyncio.Event()

    async def publish(self, event: Event, msg_id: str) -> None:
        assert isinstance(event, IdeaCreated)
        self.ids.append(msg_id)
        self.seen.set()
        if self.down or event.title == "poison":
            raise ConnectionError("the bus is away")
        if event.title == "slow":
            await self.slow_may_end.wait()
        self.titles.append(event.title)


async def emit(box: Outbox, *events: Event) -> None:
    for event in events:
        async with box.transaction() as transaction:
            await transaction.emit(event)


async def waiting(database: Database) -> int:
    async with database.connect() as connection:
        return await connection.scalar(select(func.count()).select_from(outbox)) or 0


async def until_waiting(database: Database, expected: int) -> None:
    with anyio.fail_after(20):
        while await waiting(database) != expected:
            await asyncio.sleep(0.01)


class relaying:  # noqa: N801 - reads as a context
    """The relays of some replicas run."""

    def __init__(self, publish: Publish, *boxes: Outbox) -> None:
        self._publish, self._boxes = publish, boxes

    async def __aenter__(self) -> None:
        self._tasks = [asyncio.create_task(box.relay(self._publish)) for box in self._boxes]

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def test_a_commands_event_reaches_the_stream(
    ann: Person, gateway: Gateway, bus: Bus, js: JetStreamContext
) -> None:
    started = (await ann.post("workflows/execute")).json()
    async with relaying(bus.publish, gateway.outbox):
        await until_waiting(gateway.system, 0)
    message = await js.get_last_msg(EVENTS_STREAM, "workflow.started")
    assert message.data is not None and started["workflow_id"] in message.data.decode()
    assert message.headers is not None
    assert UUID(message.headers["Nats-Msg-Id"]).version == 4  # the row's
    assert (await js.get_last_msg(EVENTS_STREAM, "schedule.updated")).seq == 1  # the registration


async def test_a_rolled_back_command_tells_nothing(store: Database) -> None:
    box = Outbox(store)
    try:
        async with box.transaction() as transaction:
            await transaction.emit(UserDeleted(user_id=uuid4()))
            raise RuntimeError("changed my mind")
    except RuntimeError:
        pass
    assert await waiting(store) == 0


async def test_an_outage_is_waited_out_under_the_same_id(store: Database) -> None:
    box, bus = Outbox(store), Recorder()
    bus.down = True
    await emit(box, idea("late", uuid4()))
    async with relaying(bus.publish, box):
        await bus.seen.wait()
        assert await waiting(store) == 1
        bus.down = False
        await until_waiting(store, 0)
    assert bus.titles == ["late"]
    assert len(set(bus.ids)) == 1 < len(bus.ids)


async def test_a_poisonous_event_holds_up_nobody_else(store: Database) -> None:
    box, bus = Outbox(store), Recorder()
    await emit(box, idea("poison", uuid4()), idea("fine", uuid4()))
    async with relaying(bus.publish, box):
        await until_waiting(store, 1)
    assert bus.titles == ["fine"]


async def test_replicas_publish_each_event_once(store: Database) -> None:
    people = [uuid4() for _ in range(3)]
    boxes, bus = [Outbox(store) for _ in range(3)], Recorder()
    async with relaying(bus.publish, *boxes):
        async with anyio.create_task_group() as tasks:
            for number, person in enumerate(people):
                events = [idea(f"{number}.{n}", person) for n in range(8)]
                tasks.start_soon(emit, boxes[number], *events)
        await until_waiting(store, 0)
    assert sorted(bus.titles) == [f"{number}.{n}" for number in range(3) for n in range(8)]


async def test_no_replica_overtakes_another_with_one_persons_events(store: Database) -> None:
    ann, bob, bus = uuid4(), uuid4(), Recorder()
    first, second = Outbox(store), Outbox(store)
    await emit(first, idea("slow", ann))
    async with relaying(bus.publish, first):
        await bus.seen.wait()  # the first replica is publishing Ann's
        await emit(second, idea("after the slow one", ann), idea("another's", bob))
        async with relaying(bus.publish, second):
            await until_waiting(store, 2)
            assert bus.titles == ["another's"]
            bus.slow_may_end.set()
            await until_waiting(store, 0)
    assert bus.titles == ["another's", "slow", "after the slow one"]


async def test_a_database_outage_ends_no_relay(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    box, bus = Outbox(store), Recorder()
    await emit(box, idea("late", uuid4()))
    refused = asyncio.Event()

    def refuse(_: Database) -> AbstractAsyncContextManager[AsyncConnection]:
        refused.set()
        raise OperationalError("SELECT 1", {}, Exception("connection refused"))

    monkeypatch.setattr(Database, "begin", refuse)
    async with relaying(bus.publish, box):
        await refused.wait()
        monkeypatch.undo()
        await until_waiting(store, 0)
    assert bus.titles == ["late"]
