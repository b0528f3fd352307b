"""The real application on a real Postgres and a real NATS. Each test finds both empty."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import psycopg
import pytest
import uvicorn
from fastapi import FastAPI
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from api.app import create_app
from api.dependencies import Gateway, Limits
from api.live import Live
from api.outbox import Outbox
from api.passwords import Passwords
from api.projector.projection import project
from api.rates import Rate, Rates
from api.registry import Registry
from api.security import Tokens
from api.sessions import Sessions
from api.store import SCHEMA, as_system
from polycast.bus import Bus
from polycast.contracts import (
    CheckResult,
    Claim,
    ClaimKind,
    ContentFailed,
    ContentGenerated,
    ErrorInfo,
    Event,
    Finding,
    IdeaCreated,
    Preferences,
    Received,
    Severity,
    content_id,
)
from polycast.db import Database
from polycast.testing.servers import fresh_database, migrated

SECRET = "a secret for tests, long enough to sign with"
PASSWORD = "correct horse battery"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def admin_url(postgres_server: str) -> Iterator[str]:
    """Postgres' superuser on the database that `api_url` is of."""
    with fresh_database(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def api_url(admin_url: str) -> str:
    return migrated(admin_url, SCHEMA)["api"]


@pytest.fixture
async def requests(api_url: str, admin_url: str) -> AsyncIterator[Database]:
    """The database as requests see it: only the rows of whom they act for."""
    async with await psycopg.AsyncConnection.connect(admin_url) as connection:
        tables = ", ".join(table.fullname for table in SCHEMA.metadata.sorted_tables)
        await connection.execute(f"TRUNCATE {tables}")
    database = Database(api_url)
    yield database
    await database.aclose()


@pytest.fixture
def store(requests: Database) -> Database:
    """The database as the system sees it."""
    return as_system(requests)


@pytest.fixture
async def bus(nats_server: str, js: JetStreamContext) -> AsyncIterator[Bus]:
    bus = Bus("api", nats_server)
    await bus.connect()
    yield bus
    await bus.stop()


@pytest.fixture
def gateway(requests: Database, bus: Bus) -> Gateway:
    tokens, live = Tokens([SECRET], ttl_seconds=3600), Live(bus)
    return Gateway(
        database=requests,
        outbox=Outbox(requests, live),
        registry=Registry(bus),
        live=live,
        tokens=tokens,
        passwords=Passwords(cost=4),
        sessions=Sessions(requests, tokens, timedelta(days=30)),
        rates=Rates(requests),
        limits=Limits(
            requests=Rate("requests", 100_000),
            arrivals=Rate("arrivals", 100_000),
            device_arrivals=Rate("device arrivals", 100_000),
        ),
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


@pytest.fixture
async def address(app: FastAPI) -> AsyncIterator[str]:
    async with serving(app) as address:
        yield address


@pytest.fixture
def serve() -> Callable[[FastAPI], AbstractAsyncContextManager[str]]:
    return serving


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[str]:
    """The application behind a real HTTP server."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, lifespan="off", log_config=None, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


@dataclass(frozen=True)
class Person:
    id: UUID
    client: httpx2.AsyncClient

    async def get(self, path: str, **options: Any) -> httpx2.Response:
        return await self.client.get(path, **options)

    async def post(self, path: str, json: Any = None, **options: Any) -> httpx2.Response:
        return await self.client.post(path, json=json, **options)

    async def put(self, path: str, json: Any, **options: Any) -> httpx2.Response:
        return await self.client.put(path, json=json, **options)

    async def patch(self, path: str, json: Any, **options: Any) -> httpx2.Response:
        return await self.client.patch(path, json=json, **options)

    async def delete(self, path: str, **options: Any) -> httpx2.Response:
        return await self.client.delete(path, **options)


SignUp = Callable[..., Awaitable[Person]]


@pytest.fixture
async def sign_up(app: FastAPI) -> AsyncIterator[SignUp]:
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
async def ann(sign_up: SignUp) -> Person:
    return await sign_up("ann")


@pytest.fixture
async def bob(sign_up: SignUp) -> Person:
    return await sign_up("bob")


@pytest.fixture
async def announced(js: JetStreamContext) -> None:
    """Two platforms have announced themselves."""
    bucket = await js.key_value("platforms")
    for slug, name in (("linkedin", "LinkedIn"), ("mastodon", "Mastodon")):
        description = {"slug": slug, "name": name, "limits": {"characters": 500}, "preview": {"kind": "post"}}
        await bucket.put(slug, json.dumps(description).encode())


class Stream:
    """Publishes to the read model as if through the bus."""

    now = NOON

    def __init__(self, gateway: Gateway) -> None:
        self._database = gateway.system
        self._sequence = 0

    async def publish(self, event: Event, at: datetime = NOON) -> None:
        self._sequence += 1
        async with self._database.begin() as connection:
            await project(connection, [Received(event, "EVENTS", self._sequence, at)])

    async def idea(self, owner: Person, at: datetime = NOON, **fields: Any) -> UUID:
        body = {
            "idea_id": uuid4(),
            "user_id": owner.id,
            "title": "Robots at breakfast",
            "description": "They butter toast. Is that progress?",
            "topic_category": "Innovation",
            "platforms": ("linkedin",),
            "preferences": Preferences(),
        }
        event = IdeaCreated.model_validate(body | fields)
        await self.publish(event, at)
        return event.idea_id

    async def draft(
        self, owner: Person, idea: UUID, platform: str = "linkedin", at: datetime = NOON, **fields: Any
    ) -> UUID:
        body = {
            "content_id": content_id(idea, platform),
            "idea_id": idea,
            "user_id": owner.id,
            "platform": platform,
            "content_text": "A text.",
        }
        event = ContentGenerated.model_validate(body | fields)
        await self.publish(event, at)
        return event.content_id

    async def failure(self, owner: Person, idea: UUID, at: datetime = NOON, **fields: Any) -> UUID:
        body = {
            "content_id": content_id(idea, "linkedin"),
            "idea_id": idea,
            "user_id": owner.id,
            "platform": "linkedin",
            "error": ErrorInfo(code="invalid", message="It never fit."),
            "attempts": 3,
        }
        event = ContentFailed.model_validate(body | fields)
        await self.publish(event, at)
        return event.content_id


@pytest.fixture
def stream(gateway: Gateway) -> Stream:
    return Stream(gateway)


@pytest.fixture
async def linkedin(announced: None, bus: Bus) -> None:
    """Its service answers checks: a text must not say "forbidden", and claims every number that it holds."""

    async def check(message: Msg) -> None:
        request = json.loads(message.data)
        text, given = request["content_text"], request.get("given", "")
        at = text.find("forbidden")
        broken = Finding(
            rule="no_forbidden", severity=Severity.ERROR, message="It says forbidden.", start=at, end=at + 9
        )
        result = CheckResult.of(
            [broken] if at >= 0 else [],
            counts={"characters": len(text)},
            claims=[
                Claim(
                    kind=ClaimKind.NUMBER,
                    text=number[0],
                    start=number.start(),
                    end=number.end(),
                    given=number[0] in given,
                )
                for number in re.finditer(r"\d+", text)
            ],
        )
        await message.respond(result.model_dump_json().encode())

    await bus.client.subscribe("platform.check.linkedin", cb=check)
