"""Everybody's six o'clock: how long until the runs of very many people, due in one minute, are all started.

A run counts as started when it is in the stream, which is synced to the disk as in production; Postgres
syncs too. Nothing else runs: what becomes of the workflows is measured by `workflow` and `burst`.

    ./polycast bench scheduler [--users 100000] [--replicas 1]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nats
import psycopg

from benchmarks.lab.processes import cpu_seconds, family, running
from benchmarks.lab.table import Target, targets, where
from polycast.bus.streams import EVENTS_STREAM, apply_streams
from polycast.contracts import Preferences, Schedule
from polycast.testing.servers import fresh_database, migrated, nats_server, postgres_server
from scheduler.store import SCHEMA

MINUTE = timedelta(minutes=1)
#: Enough for the rows to be there and a scheduler to be up before the minute begins.
HEADWAY = timedelta(seconds=20)


def plan_for_all(url: str, users: int, due: datetime) -> None:
    schedule = Schedule(local_time=due.time().replace(tzinfo=None)).model_dump_json()
    preferences = Preferences(topics=("tea", "trains"), audience="engineers").model_dump_json()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            """
            INSERT INTO schedules
                (user_id, schedule, preferences, platforms, sequence, updated_at, next_run_at)
            SELECT gen_random_uuid(), %s, %s, '["linkedin", "twitter", "instagram"]', n, %s, %s
            FROM generate_series(1, %s) n
            """,
            (schedule, preferences, due - timedelta(days=1), due, users),
        )
        connection.execute("ANALYZE schedules")


def seconds_until_moved(url: str, users: int, due: datetime, patience: float) -> float:
    """From the minute's beginning until every row stands at its next run."""
    with psycopg.connect(url, autocommit=True) as connection:
        while True:
            row = connection.execute(
                "SELECT count(*) FROM schedules WHERE next_run_at = %s", (due,)
            ).fetchone()
            passed = (datetime.now(UTC) - due).total_seconds()
            if row == (0,) or passed > patience:
                return passed
            time.sleep(0.1)


async def seconds_until_started(
    nats_url: str, users: int, due: datetime, patience: float
) -> tuple[float, int]:
    """From the minute's beginning until the stream holds every run, and how many it holds."""
    client = await nats.connect(nats_url)
    try:
        while True:
            await asyncio.sleep(0.1)
            state = (await client.jetstream().stream_info(EVENTS_STREAM)).state
            passed = (datetime.now(UTC) - due).total_seconds()
            if state.messages >= users or passed > patience:
                return passed, state.messages
    finally:
        await client.close()


def measure(users: int, replicas: int) -> list[Target]:
    with ExitStack() as opened:
        directory = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="polycast-bench-")))
        nats_url = opened.enter_context(nats_server(directory))
        database = opened.enter_context(fresh_database(opened.enter_context(postgres_server(fsync=True))))
        url = migrated(database, SCHEMA)[SCHEMA.name]
        asyncio.run(apply_streams(nats_url))
        due = (datetime.now(UTC) + HEADWAY + MINUTE).replace(second=0, microsecond=0)
        plan_for_all(url, users, due)
        commands = [[sys.executable, "-m", "polycast_cli.run_service", "scheduler"]] * replicas
        environment = os.environ | {"DATABASE_URL": url, "NATS_URL": nats_url, "POLYCAST_HTTP_PORT": "0"}
        pids = opened.enter_context(running(*commands, env=environment))
        seconds, stored = asyncio.run(seconds_until_started(nats_url, users, due, patience=600))
        cpu, all_cpu = cpu_seconds(pids), cpu_seconds(family(os.getpid()) - {os.getpid()})
        moved = seconds_until_moved(url, users, due, patience=600)
        left = asyncio.run(seconds_until_started(nats_url, users, due, patience=0))[1]
    return [
        Target(f"{users:,} runs due in one minute are started", f"{seconds:.1f} s", "≤ 60 s", seconds <= 60),
        Target("starts a second", f"{stored / seconds:,.0f}", "≥ 1,667", stored / seconds >= 100_000 / 60),
        Target("all rows moved to their next run", f"{moved:.1f} s", "≤ 60 s", moved <= 60),
        Target("runs in the stream after that", f"{left:,}", f"{users:,}", left == users),
        Target("the scheduler's processor time a start", f"{cpu / users * 1e6:.0f} µs", "", True),
        Target(
            "processor time of scheduler, Postgres and nats-server for all",
            f"{all_cpu:.0f} s",
            "≤ 120 s, two cores' minute",
            all_cpu <= 120,
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--replicas", type=int, default=1)
    options = parser.parse_args()
    rows = measure(options.users, options.replicas)
    print(where())
    targets(rows)


if __name__ == "__main__":
    main()
