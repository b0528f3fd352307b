"""What the image `tools` does in a deployment: `jobs.py migrate | streams | offline-writer`.

The first two run before each rollout and are safe to repeat.

migrate   DATABASE_URL of a role that may create roles and schemas;
          POLYCAST_ROLE_PASSWORDS, JSON: schema name → password of its role
streams   NATS_URL of the operator; POLYCAST_STREAM_REPLICAS, default 1
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from importlib.metadata import entry_points

import stamina


def migrate() -> None:
    """Create or update every service's role, schema and tables."""
    import psycopg

    from polycast.db.migrate import migrate as migrate_all

    schemas = [entry.load() for entry in entry_points(group="polycast.schemas")]
    passwords = json.loads(os.environ["POLYCAST_ROLE_PASSWORDS"])
    # The server may be a moment behind its own health check, as after its first start.
    for attempt in stamina.retry_context(on=psycopg.OperationalError, timeout=60):
        with attempt:
            migrate_all(os.environ["DATABASE_URL"], schemas, passwords)


def streams() -> None:
    """Create or update every stream and bucket."""
    import nats.errors

    from polycast.bus.streams import apply_streams

    replicas = int(os.environ.get("POLYCAST_STREAM_REPLICAS", "1"))
    for attempt in stamina.retry_context(on=(nats.errors.Error, OSError), timeout=60):
        with attempt:
            asyncio.run(apply_streams(os.environ["NATS_URL"], replicas))


def offline_writer() -> None:
    """Answer as a model would, to every container that can reach this one."""
    from polycast_cli.offline_writer import FaultPlan, WriterOptions, serve

    latency = float(os.environ.get("POLYCAST_LLM_LATENCY", "0.5"))
    serve(WriterOptions(host="0.0.0.0", port=8399, plan=FaultPlan(latency=latency)))  # noqa: S104


if __name__ == "__main__":
    {"migrate": migrate, "streams": streams, "offline-writer": offline_writer}[sys.argv[1]]()
