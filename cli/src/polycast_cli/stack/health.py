"""Asking a process of the stack whether it can do its work, in its own protocol."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Literal
from urllib.parse import urlsplit

from polycast_cli.stack.process import ProcessRecord

TIMEOUT_SECONDS = 3
STARTING_SECONDS = 30
"""Not ready is normal for a process this young, and a fault in an older one."""

Health = Literal["healthy", "starting", "unhealthy", "stopped"]


@dataclass(frozen=True)
class ProcessStatus:
    name: str
    pid: int | None
    health: Health
    restarts: int


def is_ready(url: str) -> bool:
    """Whether what answers at `url` (http, nats or postgresql) is ready for work."""
    return _PROBES[urlsplit(url).scheme](url)


def statuses(records: Sequence[ProcessRecord], *, supervised: bool) -> list[ProcessStatus]:
    """The health of every process, asked of all at once."""
    if not records:
        return []
    with ThreadPoolExecutor(max_workers=len(records)) as pool:
        return list(pool.map(lambda record: _status(record, supervised), records))


def _status(record: ProcessRecord, supervised: bool) -> ProcessStatus:
    alive = record.is_alive
    health: Health
    if not alive:
        health = "unhealthy" if supervised else "stopped"
    elif is_ready(record.health_url):
        health = "healthy"
    else:
        health = "starting" if time.time() - record.started < STARTING_SECONDS else "unhealthy"
    return ProcessStatus(record.name, record.pid if alive else None, health, record.restarts)


def _http(url: str) -> bool:
    """Directly, never through a proxy."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _nats(url: str) -> bool:
    import nats
    from nats.errors import Error
    from nats.js.errors import Error as JetStreamError

    async def ask() -> None:
        client = await nats.connect(
            url, allow_reconnect=False, connect_timeout=TIMEOUT_SECONDS, error_cb=_ignore
        )
        try:
            await client.jetstream(timeout=TIMEOUT_SECONDS).account_info()
        finally:
            await client.close()

    try:
        asyncio.run(ask())
    except (OSError, TimeoutError, Error, JetStreamError):
        return False
    return True


async def _ignore(_: Exception) -> None:
    """Whatever goes wrong shows in the answer."""


def _postgres(url: str) -> bool:
    import psycopg

    with suppress(psycopg.Error), psycopg.connect(url, connect_timeout=TIMEOUT_SECONDS) as connection:
        connection.execute("SELECT 1")
        return True
    return False


_PROBES: dict[str, Callable[[str], bool]] = {
    "http": _http,
    "nats": _nats,
    "tls": _nats,
    "postgresql": _postgres,
    "postgres": _postgres,
}
