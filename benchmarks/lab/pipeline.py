"""A stack with the offline writer, driven by events, and everything that comes of them."""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from tests.e2e.stack import Stack

PLATFORMS = ("linkedin", "twitter", "instagram")
IDEAS = 5
ENDS = ("workflow.completed", "workflow.failed")


@contextmanager
def written_offline(**environment: str) -> Iterator[Stack]:
    """A whole Polycast whose model is the offline writer, answering at once."""
    with tempfile.TemporaryDirectory(prefix="polycast-bench-") as directory:
        ours = Stack(Path(directory), environment=environment)
        ours.up("--no-first-run", "--llm-latency", "0")
        try:
            yield ours
        finally:
            ours.down()


class Writer:
    """The offline writer's controls."""

    def __init__(self, ours: Stack) -> None:
        self.url = ours.addresses["llm_url"].removesuffix("/v1")

    def misbehave(self, **chances: float) -> None:
        httpx2.put(f"{self.url}/faults", json={"faults": chances}, timeout=30).raise_for_status()

    def stats(self) -> dict[str, Any]:
        return dict(httpx2.get(f"{self.url}/stats", timeout=30).json())


@dataclass
class Pipeline:
    client: Client
    events: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    """By subject, in the stream's order."""
    _next: AsyncIterator[tuple[str, dict[str, Any]]] | None = None

    async def start(self, user_id: str, **body: Any) -> str:
        execution = str(uuid4())
        event = {"user_id": user_id, "execution_id": execution, "idea_count": IDEAS, "platforms": PLATFORMS}
        await self.client.jetstream(timeout=30).publish(
            "workflow.started", json.dumps({"preferences": {}} | event | body).encode()
        )
        return execution

    async def ended(self) -> dict[str, Any]:
        """The next workflow to end; what came before it is in `events`."""
        if self._next is None:
            self._next = self._follow()
        async for subject, body in self._next:
            self.events[subject].append(body)
            if subject in ENDS and body["revision"] == 1:
                return body
        raise AssertionError("the stream has no end")

    async def _follow(self) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL, ack_policy=AckPolicy.NONE)
        subscription = await self.client.jetstream().subscribe(
            ">", stream="EVENTS", config=config, ordered_consumer=True
        )
        while True:
            message = await subscription.next_msg(timeout=300)
            yield message.subject, json.loads(message.data)


@asynccontextmanager
async def pipeline(ours: Stack) -> AsyncIterator[Pipeline]:
    client = await ours.nats()
    try:
        yield Pipeline(client)
    finally:
        await client.close()
