"""The read model: does a list stay as quick when the table grows, and how far is it behind the bus?

Two stacks, one with few rows and one with many, are asked in turn, so that the machine's moods hit both.

    ./polycast bench read_model [--few 10000] [--many 1000000] [--requests 1000] [--workflows 20]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from statistics import median, quantiles
from uuid import UUID

import httpx2
import psycopg
from nats.aio.msg import Msg
from tests.e2e.stack import Person, Stack

from benchmarks.lab.rig import model, polycast, stack
from benchmarks.lab.table import Target, table, targets, where

DRAFTS_OF_ONE = 200
"""Of each person: two weeks' worth."""
IDEAS_OF_ONE = DRAFTS_OF_ONE // 5
FILL = """
WITH people AS (SELECT n, CASE WHEN n = 1 THEN %(person)s ELSE gen_random_uuid() END AS user_id
                FROM generate_series(1, %(people)s) n),
     made AS (INSERT INTO api.ideas (id, user_id, index, total, title, description, topic_category, platforms,
                                     provenance, complete, created_at, sequence)
              SELECT gen_random_uuid(), user_id, 0, 1, 'What a quiet week teaches', 'The point.', 'work',
                     '{linkedin}', '{}', true, now() - m * interval '5 hours', n * 1000 + m * 5
              FROM people, generate_series(1, %(ideas)s) m RETURNING id, user_id, created_at, sequence)
INSERT INTO api.drafts (id, user_id, idea_id, platform, content_text, metadata, checks, provenance,
                        created_at, sequence)
SELECT gen_random_uuid(), user_id, id, 'linkedin', 'A post about work, and what it taught us this week.',
       '{}', '{"ok": true}', '{}', created_at + m * interval '1 hour', sequence + m
FROM made, generate_series(0, 4) m
"""


def fill(ours: Stack, person: Person, rows: int) -> None:
    with psycopg.connect(ours.addresses["database_url"], autocommit=True) as admin:
        admin.execute("SET synchronous_commit = off")
        people = {"person": UUID(person.id), "people": rows // DRAFTS_OF_ONE, "ideas": IDEAS_OF_ONE}
        admin.execute(FILL, people)
        admin.execute("VACUUM ANALYZE api.drafts")
        admin.execute("VACUUM ANALYZE api.ideas")


def list_in_turn(people: list[Person], requests: int) -> list[list[float]]:
    """Milliseconds of each request, by person."""
    taken: list[list[float]] = [[] for _ in people]
    clients = [
        httpx2.Client(base_url=p.stack.api, headers={"Authorization": f"Bearer {p.token}"}, timeout=30)
        for p in people
    ]
    for number in range(requests + 20):
        for client, times in zip(clients, taken, strict=True):
            started = time.perf_counter()
            answer = client.get("/content", params={"limit": 20})
            elapsed = (time.perf_counter() - started) * 1000
            assert len(answer.json()["content"]) == 20, answer.text
            if number >= 20:  # the first ones fill caches
                times.append(elapsed)
    return taken


async def lags(ours: Stack, workflows: int) -> list[float]:
    """Milliseconds from a draft's event on the bus to the news, after the commit, that it can be read."""
    published: dict[str, float] = {}
    behind: list[float] = []
    loop = asyncio.get_running_loop()
    async with polycast(ours) as system:
        client = await ours.nats()

        async def on_event(message: Msg) -> None:
            published[json.loads(message.data)["content_id"]] = loop.time()

        async def on_news(message: Msg) -> None:
            if b'"name":"content.generated"' in message.data:
                draft = json.loads(message.data)["row"]["id"]
                behind.append((loop.time() - published[draft]) * 1000)

        await client.subscribe("content.generated", cb=on_event)
        await client.subscribe("ui.*", cb=on_news)
        for _ in range(workflows):
            await system.run()
        await client.close()
    return behind


def p99(values: list[float]) -> float:
    return quantiles(values, n=100, method="inclusive")[98]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--few", type=int, default=10_000)
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--workflows", type=int, default=20)
    options = parser.parse_args()
    with model() as asked, stack(asked) as small, stack(asked) as large:
        asked.answer_after(0.2)
        behind = asyncio.run(lags(small, options.workflows))
        people = [small.person(), large.person()]
        for person, rows in zip(people, (options.few, options.many), strict=True):
            fill(person.stack, person, rows)
        few, many = list_in_turn(people, options.requests)
    print(f"{where()}\n")
    table(
        ["List 20 of one person's drafts", "median", "p99"],
        [
            [f"{rows:,} rows", f"{median(times):.1f} ms", f"{p99(times):.1f} ms"]
            for rows, times in ((options.few, few), (options.many, many))
        ],
    )
    growth, lag = p99(many) / p99(few), p99(behind)
    targets(
        [
            Target("p99, many rows / few rows", f"{growth:.2f}", "≤ 1.2", growth <= 1.2),
            Target(f"behind the event, p99 of {len(behind)}", f"{lag:.0f} ms", "≤ 50 ms", lag <= 50),
        ]
    )


if __name__ == "__main__":
    main()
