"""pytest fixtures on real servers. Each test gets its own database and an emptied bus."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import nats
import pytest
import stamina
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import ServerError

from polycast.bus.streams import apply
from polycast.testing import servers


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--infra",
        choices=("embedded", "containers", "external"),
        default="embedded",
        help="where NATS and Postgres come from: wheels, a Docker engine, or NATS_URL and DATABASE_URL",
    )
    parser.addoption(
        "--stack",
        choices=("local", "compose"),
        default="local",
        help="what the end-to-end tests run against: ./polycast up, or docker-compose.yml",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several workers (`-n`), a file's tests stay together, as do all that share the one whole stack."""

    def length(item: pytest.Item) -> int:
        """The longest groups come first, or their worker ends long after the others."""
        if "stack" in getattr(item, "fixturenames", ()):
            return 0
        return 1 if item.get_closest_marker("xdist_group") else 2

    items.sort(key=length)
    for item, order in [(item, length(item)) for item in items]:
        if order != 1:
            item.add_marker(pytest.mark.xdist_group("stack" if order == 0 else str(item.path)))
        if order == 0 and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(360))  # the first of them starts the stack


def pytest_collection_finish(session: pytest.Session) -> None:
    """With a pytest that xdist isn't ready for, each worker would start the whole stack, in silence."""
    if session.config.getoption("loadgroup", None):
        assert all("@" in item.nodeid for item in session.items), "pytest-xdist ignores the tests' groups"


@pytest.fixture(scope="session")
def infra(request: pytest.FixtureRequest) -> str:
    return str(request.config.getoption("--infra"))


@pytest.fixture(scope="session")
def nats_server(infra: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a NATS server with JetStream."""
    with ExitStack() as stack:
        if infra == "external":
            yield os.environ["NATS_URL"]
        elif infra == "containers":
            from polycast.testing.containers import nats_container

            yield stack.enter_context(nats_container())
        else:
            yield stack.enter_context(servers.nats_server(tmp_path_factory.mktemp("nats")))


@pytest.fixture(scope="session")
def postgres_server(infra: str) -> Iterator[str]:
    """libpq URL of a Postgres superuser."""
    with ExitStack() as stack:
        if infra == "external":
            yield os.environ["DATABASE_URL"]
        elif infra == "containers":
            from polycast.testing.containers import postgres_container

            yield stack.enter_context(postgres_container())
        else:
            yield stack.enter_context(servers.postgres_server())


@pytest.fixture
def private_nats(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """A server of the test's own, to be stopped and started at will: `private_nats(port=None)` → URL."""
    with ExitStack() as stack:

        def start(port: int | None = None) -> str:
            return stack.enter_context(servers.nats_server(tmp_path, port))

        start.stop = stack.close  # type: ignore[attr-defined]
        yield start


@pytest.fixture
async def nats_client(nats_server: str) -> AsyncIterator[Client]:
    """A plain client, as a person or a foreign tool would use."""
    client = await nats.connect(nats_server)
    yield client
    await client.close()


@pytest.fixture
async def js(nats_client: Client) -> JetStreamContext:
    """JetStream with every stream and bucket applied, and empty."""
    context = nats_client.jetstream(timeout=10)
    for stream in await context.streams_info():
        await context.delete_stream(stream.config.name or "")
    # The server removes a deleted stream's files a moment after it said so.
    async for attempt in stamina.retry_context(on=ServerError, wait_initial=0.05, timeout=20):
        with attempt:
            await apply(context)
    return context


@pytest.fixture
def database(postgres_server: str) -> Iterator[str]:
    """Superuser URL of an empty database of the test's own."""
    with servers.fresh_database(postgres_server) as url:
        yield url
