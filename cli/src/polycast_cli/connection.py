"""Reaching a running stack's bus and database, from the environment or from the data directory."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import nats
from nats.aio.client import Client
from nats.errors import Error, NoServersError
from nats.errors import TimeoutError as NatsTimeout

from polycast_cli.failure import Failure
from polycast_cli.stack.data_dir import find


def nats_url(data: Path | None) -> str:
    """NATS_URL, else that of the stack that `--data` means."""
    return os.environ.get("NATS_URL") or _address(data, "nats_url")


def database_url(data: Path | None) -> str:
    """DATABASE_URL, else the administrator's of the stack that `--data` means."""
    return os.environ.get("DATABASE_URL") or _address(data, "database_url")


@contextmanager
def reachable() -> Iterator[None]:
    """Within, a bus that can't be reached or says no is the operator's one line."""
    try:
        yield
    except (OSError, NoServersError, NatsTimeout) as error:
        raise Failure(f"NATS doesn't answer: {error}") from error
    except Error as error:
        raise Failure(f"NATS refused: {error}") from error


@asynccontextmanager
async def bus_connection(data: Path | None) -> AsyncIterator[Client]:
    """A plain connection, tried once.

    Raises:
        Failure: nobody answers there.
    """
    with reachable():
        client = await nats.connect(
            nats_url(data), allow_reconnect=False, connect_timeout=5, error_cb=_ignore
        )
        try:
            yield client
        finally:
            await client.close()


async def _ignore(_: Exception) -> None:
    """What goes wrong is raised by the call that it concerns."""


def _address(data: Path | None, name: str) -> str:
    place = find(data)
    addresses = place.addresses()
    if addresses is None or not place.is_running():
        raise Failure(f"no stack is running on {place.root}; start one with ./polycast up")
    return str(getattr(addresses, name))
