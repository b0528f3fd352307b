"""A bus under test, and a witness that sees what it tells the server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext

from polycast.bus import Bus

StartBus = Callable[..., Awaitable[Bus]]
Eventually = Callable[[Callable[[], object]], Awaitable[None]]


@pytest.fixture
async def eventually() -> Eventually:
    """Wait until a condition (plain or async) holds; pytest's own timeout is the only clock."""

    async def wait(condition: Callable[[], object]) -> None:
        while True:
            result = condition()
            if asyncio.iscoroutine(result):
                result = await result
            if result:
                return
            await asyncio.sleep(0.02)

    return wait


@pytest.fixture
async def start_bus(nats_server: str, js: JetStreamContext) -> AsyncIterator[StartBus]:
    """`await start_bus(declare, grace=…)` starts a bus named "ideas"; all are stopped at the end."""
    async with AsyncExitStack() as stack:

        async def start(declare: Callable[[Bus], None], *, grace: float = 5, url: str = nats_server) -> Bus:
            bus = Bus("ideas", url, grace=grace)
            declare(bus)
            await bus.connect()
            await bus.start()
            stack.push_async_callback(_stop, bus)
            return bus

        yield start


async def _stop(bus: Bus) -> None:
    if bus._client is not None and not bus._client.is_closed:
        await bus.stop()


@pytest.fixture
async def acks(nats_client: Client, js: JetStreamContext) -> list[bytes]:
    """Everything that consumers tell the server of their messages: +ACK, -NAK {…}, +WPI, +TERM, in order."""
    seen: list[bytes] = []

    async def note(message: object) -> None:
        seen.append(message.data or b"+ACK")  # type: ignore[attr-defined]

    await nats_client.subscribe("$JS.ACK.>", cb=note)
    await nats_client.flush()
    return seen
