"""Reads from a real streaming replica, whose replay is held back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import psycopg
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import make_url, select

from api.dependencies import Gateway
from api.projector.app import Projector
from api.store import writes
from polycast.contracts import Received, UserDeleted
from polycast.db import Database
from polycast.testing.servers import postgres_standby

if TYPE_CHECKING:
    from services.api.tests.conftest import Person, Stream


@pytest.fixture(scope="module")
def standby_url(admin_url: str, api_url: str) -> Iterator[str]:
    """Its superuser's, on the database of the tests."""
    with postgres_standby(admin_url) as url:
        yield url


@pytest.fixture
async def gateway(gateway: Gateway, api_url: str, standby_url: str) -> AsyncIterator[Gateway]:
    port = make_url(standby_url).port
    url = make_url(api_url).set(port=port).render_as_string(hide_password=False)
    replica = Database(url, pool_size=3, pool="replica")
    yield replace(gateway, replica=replica)
    await replica.aclose()


@asynccontextmanager
async def behind(standby_url: str) -> AsyncIterator[None]:
    """The replica has everything that was written so far, and gets nothing more."""
    async with await psycopg.AsyncConnection.connect(standby_url, autocommit=True) as standby:
        await standby.execute("SELECT pg_wal_replay_pause()")
        query = "SELECT pg_get_wal_replay_pause_state()"
        while await (await standby.execute(query)).fetchone() != ("paused",):
            await asyncio.sleep(0.01)
        try:
            yield
        finally:
            await standby.execute("SELECT pg_wal_replay_resume()")


async def caught_up(admin_url: str, standby_url: str) -> None:
    async with await psycopg.AsyncConnection.connect(admin_url, autocommit=True) as primary:
        position = await (await primary.execute("SELECT pg_current_wal_lsn()")).fetchone()
    async with await psycopg.AsyncConnection.connect(standby_url, autocommit=True) as standby:
        query = "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn"
        while await (await standby.execute(query, position)).fetchone() != (True,):
            await asyncio.sleep(0.01)


async def test_a_command_is_seen_by_whoever_gave_it_though_the_replica_is_behind(
    gateway: Gateway,
    sign_up: Callable[..., Awaitable[Person]],
    stream: Stream,
    admin_url: str,
    standby_url: str,
) -> None:
    ann, bob = await sign_up("ann"), await sign_up("bob")
    hers = await stream.draft(ann, await stream.idea(ann))
    await caught_up(admin_url, standby_url)
    async with behind(standby_url):
        edited = await ann.put(f"content/{hers}", {"content_text": "Mine."})
        assert edited.status_code == 200
        assert (await ann.get(f"content/{hers}")).json()["content_text"] == "Mine."
        assert (await ann.get("content")).json()["content"][0]["content_text"] == "Mine."
        # Bob waits for nothing, so he is shown what the replica has.
        await stream.draft(bob, await stream.idea(bob))
        assert (await bob.get("content")).json()["total"] == 0
        await gateway.reads.note_written([bob.id])  # as the projector does before it tells his pages
        assert (await bob.get("content")).json()["total"] == 1
    await caught_up(admin_url, standby_url)
    assert (await ann.get(f"content/{hers}")).json()["content_text"] == "Mine."


async def test_nothing_is_noted_of_who_is_gone(
    gateway: Gateway, sign_up: Callable[..., Awaitable[Person]]
) -> None:
    ann, bob = await sign_up("ann"), await sign_up("bob")
    await ann.delete("account")
    farewell = UserDeleted(user_id=ann.id)
    received = [Received(farewell, "EVENTS", number, datetime.now(UTC)) for number in (1, 2)]
    for one in received:  # the second is a redelivery
        await Projector(gateway.system, reads=gateway.reads).apply([one])
    await gateway.reads.note_written([ann.id, bob.id])
    async with gateway.system.connect() as connection:
        assert (await connection.scalars(select(writes.c.user_id))).all() == [bob.id]


async def test_without_its_replica_the_gateway_reads_from_the_primary(
    gateway: Gateway, sign_up: Callable[..., Awaitable[Person]]
) -> None:
    assert gateway.replica is not None
    nowhere = make_url("postgresql://api:api@127.0.0.1:1/postgres").render_as_string(hide_password=False)
    gateway.reads._replica = Database(nowhere)
    ann = await sign_up("ann")
    assert (await ann.get("content")).status_code == 200


async def test_the_replicas_pool_is_told_apart_from_the_primarys(gateway: Gateway) -> None:
    assert gateway.replica is not None
    for pool, database in (("primary", gateway.database), ("replica", gateway.replica)):
        size = REGISTRY.get_sample_value("polycast_db_pool_max_connections", {"pool": pool})
        assert size == database.engine.pool.size()  # type: ignore[attr-defined]
        assert (
            REGISTRY.get_sample_value("polycast_db_pool_connections", {"pool": pool, "state": "in_use"}) == 0
        )
