"""The job as Celery tasks over Redis, durable: acknowledged late, and Redis syncs each write.

The last draft's own transaction completes the workflow: cheaper than a chord and its result backend.
"""

from __future__ import annotations

import os
from functools import cache

import openai
import psycopg
from celery import Celery
from job import IDEAS, PLATFORMS, answer, draft_id, idea_id, request
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

app = Celery("peer", broker=os.environ["PEER_REDIS"])
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    broker_transport_options={"visibility_timeout": 600},
)


@cache
def pool() -> ConnectionPool:
    size = int(os.environ["PEER_CONNECTIONS"])
    return ConnectionPool(os.environ["PEER_DATABASE"], min_size=1, max_size=size, open=True)


@cache
def model() -> openai.OpenAI:
    return openai.OpenAI(base_url=os.environ["PEER_MODEL"], api_key="none", max_retries=0)


@app.task
def start(workflow_id: str, user_id: str) -> None:
    completion = model().chat.completions.create(**request("ideas", {"count": IDEAS}))
    ideas = answer(completion)["ideas"][:IDEAS]
    rows = [(idea_id(workflow_id, index), workflow_id, idea) for index, idea in enumerate(ideas)]
    with pool().connection() as connection:
        connection.execute(
            "INSERT INTO workflows (id, user_id, expected) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            (workflow_id, user_id, len(rows) * len(PLATFORMS)),
        )
        connection.cursor().executemany(
            "INSERT INTO ideas VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [(key, workflow_id, Jsonb(idea)) for key, workflow_id, idea in rows],
        )
    for key, _, idea in rows:
        for platform in PLATFORMS:
            write.delay(workflow_id, key, platform, idea)


@app.task
def write(workflow_id: str, idea: str, platform: str, about: dict[str, str]) -> None:
    body = answer(model().chat.completions.create(**request(platform, about)))
    with pool().connection() as connection:
        kept = connection.execute(
            "INSERT INTO drafts (id, workflow_id, idea_id, platform, body) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING RETURNING id",
            (draft_id(idea, platform), workflow_id, idea, platform, Jsonb(body)),
        ).fetchone()
        if kept:
            _count(connection, workflow_id)


def _count(connection: psycopg.Connection, workflow_id: str) -> None:
    expected, done = connection.execute(  # type: ignore[misc]
        "UPDATE workflows SET done = done + 1 WHERE id = %s RETURNING expected, done", (workflow_id,)
    ).fetchone()
    if done == expected:
        connection.execute(
            "UPDATE workflows SET status = 'completed', completed_at = now() WHERE id = %s", (workflow_id,)
        )
        connection.execute("SELECT pg_notify('completed', %s)", (workflow_id,))
