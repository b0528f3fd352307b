"""The job written by hand on bare nats-py and psycopg: what an event-driven system costs at the least.

`python -m benchmarks.peers.floor ROLE`, ROLE being `ideas`, a platform or `collector`. Durable (the stream
has acknowledged before a message is), with derived ids, but no more: a redelivery pays the model twice.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import nats
import openai
import psycopg
import uvloop
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, StorageType, StreamConfig
from psycopg.types.json import Jsonb

from benchmarks.peers.job import IDEAS, PLATFORMS, answer, draft_id, idea_id, request

STREAM = "FLOOR"
SLOTS = {"ideas": 8} | dict.fromkeys(PLATFORMS, 16)


async def declare(js: JetStreamContext) -> None:
    await js.add_stream(StreamConfig(STREAM, subjects=["floor.>"], storage=StorageType.FILE))
    for role, subjects in {
        "ideas": ["floor.started"],
        **{platform: ["floor.idea"] for platform in PLATFORMS},
        "collector": ["floor.idea", "floor.draft"],
    }.items():
        await js.add_consumer(
            STREAM,
            ConsumerConfig(durable_name=role, filter_subjects=subjects, ack_policy=AckPolicy.EXPLICIT),
        )


class Worker:
    def __init__(self, js: JetStreamContext, model: openai.AsyncOpenAI) -> None:
        self.js, self.model = js, model

    async def publish(self, subject: str, body: dict[str, Any]) -> None:
        await self.js.publish(subject, json.dumps(body).encode(), stream=STREAM, timeout=10)

    async def ask(self, operation: str, about: dict[str, Any]) -> dict[str, Any]:
        return answer(await self.model.chat.completions.create(**request(operation, about)))

    async def invent(self, started: dict[str, Any]) -> None:
        ideas = (await self.ask("ideas", {"count": IDEAS}))["ideas"][:IDEAS]
        await asyncio.gather(
            *(
                self.publish(
                    "floor.idea",
                    started | {"id": idea_id(started["workflow_id"], n), "idea": idea, "total": len(ideas)},
                )
                for n, idea in enumerate(ideas)
            )
        )

    def writer(self, platform: str) -> Callable[[dict[str, Any]], Awaitable[None]]:
        async def write(idea: dict[str, Any]) -> None:
            body = await self.ask(platform, idea["idea"])
            draft = {"id": draft_id(idea["id"], platform), "workflow_id": idea["workflow_id"]}
            await self.publish(
                "floor.draft", draft | {"idea_id": idea["id"], "platform": platform, "body": body}
            )

        return write

    async def serve(self, role: str, handle: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        async def slot() -> None:
            subscription = await self.js.pull_subscribe_bind(role, stream=STREAM)
            while True:
                for message in await _fetch(subscription, 1):
                    await handle(json.loads(message.data))
                    await message.ack()

        await asyncio.gather(*(slot() for _ in range(SLOTS[role])))

    async def collect(self, connection: psycopg.AsyncConnection) -> None:
        """Ideas and drafts to rows, a transaction a batch."""
        subscription = await self.js.pull_subscribe_bind("collector", stream=STREAM)
        while True:
            messages = await _fetch(subscription, 100)
            completed = await _store(connection, messages) if messages else []
            for workflow_id in completed:
                await self.publish("floor.completed", {"workflow_id": workflow_id})
            for message in messages:
                await message.ack()


async def _store(connection: psycopg.AsyncConnection, messages: list[Msg]) -> list[str]:
    """Returns the workflows that are complete."""
    bodies = [(message.subject, json.loads(message.data)) for message in messages]
    ideas = [body for subject, body in bodies if subject == "floor.idea"]
    drafts = [body for subject, body in bodies if subject == "floor.draft"]
    async with connection.transaction(), connection.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO workflows (id, user_id, expected) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [(i["workflow_id"], i["user_id"], i["total"] * len(PLATFORMS)) for i in ideas],
        )
        await cursor.executemany(
            "INSERT INTO ideas VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [(i["id"], i["workflow_id"], Jsonb(i["idea"])) for i in ideas],
        )
        await cursor.executemany(
            "INSERT INTO drafts (id, workflow_id, idea_id, platform, body) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [(d["id"], d["workflow_id"], d["idea_id"], d["platform"], Jsonb(d["body"])) for d in drafts],
        )
        await cursor.execute(
            "UPDATE workflows w SET status = 'completed', completed_at = now() WHERE id = ANY(%s)"
            " AND status = 'running' AND expected = (SELECT count(*) FROM drafts WHERE workflow_id = w.id)"
            " RETURNING id",
            ([*{d["workflow_id"] for d in drafts}],),
        )
        return [str(row[0]) for row in await cursor.fetchall()]


async def _fetch(subscription: JetStreamContext.PullSubscription, size: int) -> list[Msg]:
    with suppress(TimeoutError):
        return await subscription.fetch(size, timeout=5)
    return []


async def main(role: str) -> None:
    client = await nats.connect(os.environ["PEER_NATS"])
    model = openai.AsyncOpenAI(
        base_url=os.environ["PEER_MODEL"], api_key="none", max_retries=0,
        http_client=openai.DefaultAioHttpClient(),
    )  # fmt: skip
    worker = Worker(client.jetstream(), model)
    if role == "collector":
        async with await psycopg.AsyncConnection.connect(os.environ["PEER_DATABASE"], autocommit=True) as db:
            await worker.collect(db)
    else:
        await worker.serve(role, worker.invent if role == "ideas" else worker.writer(role))


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
