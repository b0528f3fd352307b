from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx2
import nats
import pytest
from nats.js import JetStreamContext

from polycast.bus import apply_streams
from polycast.testing.servers import free_port, fresh_database, nats_server

from .processes import process


class Writer:
    """The offline writer, told to misbehave at will."""

    def __init__(self, url: str) -> None:
        self.url = url

    def misbehave(self, latency: float = 0, **faults: float) -> None:
        httpx2.put(f"{self.url}/faults", json={"latency": latency, "faults": faults}).raise_for_status()

    @property
    def calls(self) -> int:
        """Calls that came in, whatever was answered."""
        return int(httpx2.get(f"{self.url}/stats").json()["chat_calls"])

    @property
    def completions(self) -> int:
        return int(httpx2.get(f"{self.url}/stats").json()["chat_completions"])


@pytest.fixture(scope="session")
def writer_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writer]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    arguments = ["polycast_cli.offline_writer", "--port", str(port)]
    with process(arguments, tmp_path_factory.mktemp("writer"), {}, f"{url}/healthz"):
        yield Writer(url)


@pytest.fixture
def writer(writer_process: Writer) -> Writer:
    writer_process.misbehave()
    return writer_process


@dataclass(frozen=True)
class Ground:
    """A bus and a database of a test module's own, for services that run as processes."""

    nats_url: str
    admin_url: str
    directory: Path
    writer: Writer
    running: ExitStack

    def start(self, name: str, **environment: str) -> None:
        """Run a service; it is ready when this returns."""
        port = free_port()
        environment = {
            "NATS_URL": self.nats_url,
            "OPENAI_BASE_URL": f"{self.writer.url}/v1",
            "OPENAI_API_KEY": "offline",
            "POLYCAST_HTTP_PORT": str(port),
            "POLYCAST_LLM_RETRY_SECONDS": "0.01",
            **environment,
        }
        arguments = ["polycast_cli.run_service", name]
        url = f"http://127.0.0.1:{port}/readyz"
        self.running.enter_context(process(arguments, self.directory, environment, url))

    def announce(self, *slugs: str) -> None:
        """Platforms that exist as far as the registry knows."""

        async def put() -> None:
            client = await nats.connect(self.nats_url)
            bucket = await client.jetstream().key_value("platforms")
            for slug in slugs:
                await bucket.put(slug, b"{}")
            await client.close()

        asyncio.run(put())


@pytest.fixture(scope="module")
def ground(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: str, writer_process: Writer
) -> Iterator[Ground]:
    directory = tmp_path_factory.mktemp("ground")
    with ExitStack() as stack:
        nats_url = stack.enter_context(nats_server(directory))
        admin_url = stack.enter_context(fresh_database(postgres_server))
        asyncio.run(apply_streams(nats_url))
        yield Ground(nats_url, admin_url, directory, writer_process, stack)


@pytest.fixture
async def js(ground: Ground) -> AsyncIterator[JetStreamContext]:
    client = await nats.connect(ground.nats_url)
    yield client.jetstream(timeout=10)
    await client.close()
