"""The real application on a real Postgres and a real NATS. Each test finds both empty."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from nats.js import JetStreamContext
from sqlalchemy import text

from api.app import create_app
from api.dependencies import Gateway
from api.outbox import Outbox
from api.registry import Registry
from api.security import Passwords, Tokens
from api.store import SCHEMA
from polycast.bus import Bus
from polycast.db import Database
from polycast.testing.servers import fresh_database, migrated

SECRET = "a secret for tests, long enough to sign with"
PASSWORD = "correct horse battery"


@pytest.fixture(scope="session")
def api_url(postgres_server: str) -> Iterator[str]:
    with fresh_database(postgres_server) as url:
        yield migrated(url, SCHEMA)["api"]


@pytest.fixture
async def store(api_url: str) -> AsyncIterator[Database]:
    database = Database(api_url)
    async with database.begin() as connection:
        tables = ", ".join(table.fullname for table in SCHEMA.metadata.sorted_tables)
        await connection.execute(text(f"TRUNCATE {tables}"))
    yield database
    await database.aclose()


@pytest.fixture
async def bus(nats_server: str, js: JetStreamContext) -> AsyncIterator[Bus]:
    bus = Bus("api", nats_server)
    await bus.connect()
    yield bus
    await bus.stop()


@pytest.fixture
def gateway(store: Database, bus: Bus) -> Gateway:
    return Gateway(
        database=store,
        outbox=Outbox(store),
        registry=Registry(bus),
        tokens=Tokens([SECRET], ttl_seconds=3600),
        passwords=Passwords(cost=4),
    )


@pytest.fixture
def app(gateway: Gateway) -> FastAPI:
    return create_app(gateway)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """Nobody: a client without a token."""
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test/api/v1/") as client:
        yield client


@dataclass(frozen=True)
class Person:
    id: UUID
    client: httpx2.AsyncClient

    async def get(self, path: str, **options: Any) -> httpx2.Response:
        return await self.client.get(path, **options)

    async def post(self, path: str, json: Any = None, **options: Any) -> httpx2.Response:
        return await self.client.post(path, json=json, **options)

    async def put(self, path: str, json: Any) -> httpx2.Response:
        return await self.client.put(path, json=json)


@pytest.fixture
async def sign_up(app: FastAPI) -> AsyncIterator[Callable[..., Awaitable[Person]]]:
    """`await sign_up("ann")` → a person with an account, signed in."""
    clients: list[httpx2.AsyncClient] = []

    async def sign_up(name: str, **registration: Any) -> Person:
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        client = httpx2.AsyncClient(transport=transport, base_url="http://test/api/v1/")
        clients.append(client)
        credentials = {"email": f"{name}@example.com", "password": PASSWORD}
        registered = await client.post("auth/register", json=credentials | registration)
        assert registered.status_code == 201, registered.text
        login = await client.post("auth/login", json=credentials)
        client.headers["Authorization"] = f"Bearer {login.json()['access_token']}"
        return Person(UUID(registered.json()["id"]), client)

    yield sign_up
    for client in clients:
        await client.aclose()


@pytest.fixture
async def ann(sign_up: Callable[..., Awaitable[Person]]) -> Person:
    return await sign_up("ann")


@pytest.fixture
async def bob(sign_up: Callable[..., Awaitable[Person]]) -> Person:
    return await sign_up("bob")


@pytest.fixture
async def announced(js: JetStreamContext) -> None:
    """Two platforms have announced themselves."""
    bucket = await js.key_value("platforms")
    for slug, name in (("linkedin", "LinkedIn"), ("mastodon", "Mastodon")):
        description = {"slug": slug, "name": name, "limits": {"characters": 500}, "preview": {"kind": "post"}}
        await bucket.put(slug, json.dumps(description).encode())
