"""Polycast and its peers side by side on one Postgres, one nats-server and one model."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2
import psycopg
from nats.aio.msg import Msg
from tests.e2e.stack import ROOT, Stack, eventually

from benchmarks.lab.processes import cpu_seconds, family, memory, running
from benchmarks.peers import floor
from benchmarks.peers.job import IDEAS, PLATFORMS, TABLES
from polycast.testing.servers import free_port, listens

PEERS = ROOT / "benchmarks" / "peers"
SLOTS = 48


class MissingPart(SystemExit):
    """Something that a peer needs can't be had here."""


@dataclass
class Model:
    """The model of constant latency, seen from outside."""

    url: str

    def answer_after(self, seconds: float) -> None:
        """Also sets the counts to zero."""
        httpx2.put(f"{self.url}/latency?{seconds}", timeout=10).raise_for_status()

    def stats(self) -> dict[str, int]:
        """`calls`, `most_in_flight`."""
        stats = httpx2.get(f"{self.url}/stats", timeout=10).json()
        return {"calls": sum(stats["calls"].values()), "most_in_flight": stats["most_in_flight"]}


@dataclass
class System:
    """One way of doing the job: how it is started, what runs it, and who hears of completion."""

    name: str
    start: Callable[[str, str], Awaitable[None]]
    """Takes the workflow's id and its person's."""
    pids: set[int]
    """Its workers; brokers and databases are left out."""
    waiting: dict[str, asyncio.Future[float]] = field(default_factory=dict)

    def completed(self, workflow_id: str) -> None:
        future = self.waiting.get(workflow_id)
        if future is not None and not future.done():
            future.set_result(asyncio.get_running_loop().time())

    async def run(self, seconds: float = 60) -> float:
        """One workflow; returns its seconds from the command to the news that all its rows can be read."""
        workflow_id = str(uuid4())
        self.waiting[workflow_id] = asyncio.get_running_loop().create_future()
        started = asyncio.get_running_loop().time()
        await self.start(workflow_id, str(uuid4()))
        try:
            return await asyncio.wait_for(self.waiting[workflow_id], seconds) - started
        finally:
            del self.waiting[workflow_id]

    async def run_many(self, count: int, seconds: float = 120) -> float:
        """So many at once; returns the seconds until the last is completed."""
        return max(await asyncio.gather(*(self.run(seconds) for _ in range(count))))

    @property
    def cpu_seconds(self) -> float:
        return cpu_seconds(self.pids)

    @property
    def memory(self) -> float:
        return memory(self.pids)


@contextmanager
def model() -> Iterator[Model]:
    port = free_port()
    with running([sys.executable, "-m", "benchmarks.lab.model", str(port)], cwd=ROOT):
        until_listening(port)
        yield Model(f"http://127.0.0.1:{port}")


@contextmanager
def stack(model: Model, *arguments: str) -> Iterator[Stack]:
    """A whole Polycast that asks the model of constant latency."""
    with tempfile.TemporaryDirectory(prefix="polycast-bench-") as directory:
        ours = Stack(
            Path(directory),
            environment={"OPENAI_BASE_URL": f"{model.url}/v1", "OPENAI_API_KEY": "none"},
        )
        ours.up("--no-first-run", *arguments)
        try:
            yield ours
        finally:
            ours.down()


def pids(ours: Stack, *, without: tuple[str, ...] = ()) -> dict[str, int]:
    return {p["name"]: p["pid"] for p in ours.status()["processes"] if not p["name"].startswith(without)}


@asynccontextmanager
async def polycast(ours: Stack) -> AsyncIterator[System]:
    """Completion is the projector's word to the person's page, after the commit of all rows."""
    client = await ours.nats()

    async def start(workflow_id: str, user_id: str) -> None:
        body = {
            "execution_id": workflow_id, "user_id": user_id, "idea_count": IDEAS, "platforms": PLATFORMS,
            "preferences": {},
        }  # fmt: skip
        await client.publish("workflow.started", json.dumps(body).encode())

    workers = pids(ours, without=("nats", "postgres", "offline-writer", "api", "scheduler"))
    system = System("Polycast", start, set(workers.values()))

    async def told(message: Msg) -> None:
        if b'"name":"workflow.completed"' in message.data:
            system.completed(json.loads(message.data)["row"]["id"])

    await client.subscribe("ui.*", cb=told)
    try:
        yield system
    finally:
        await client.close()


@asynccontextmanager
async def by_hand(ours: Stack, model: Model) -> AsyncIterator[System]:
    client = await ours.nats()
    await floor.declare(client.jetstream())
    roles = ("ideas", *PLATFORMS, "collector")
    environment = os.environ | {
        "PEER_NATS": ours.addresses["nats_url"],
        "PEER_DATABASE": _database(ours, "floor"),
        "PEER_MODEL": f"{model.url}/v1",
    }

    async def start(workflow_id: str, user_id: str) -> None:
        body = {"workflow_id": workflow_id, "user_id": user_id}
        await client.publish("floor.started", json.dumps(body).encode())

    commands = [[sys.executable, "-m", "benchmarks.peers.floor", role] for role in roles]
    with running(*commands, cwd=ROOT, env=environment) as started:
        system = System("floor", start, set(started))

        async def told(message: Msg) -> None:
            system.completed(json.loads(message.data)["workflow_id"])

        await client.subscribe("floor.completed", cb=told)
        try:
            yield system
        finally:
            await client.close()


@asynccontextmanager
async def celery(ours: Stack, model: Model, pool: str, redis: str) -> AsyncIterator[System]:
    python = _celery_environment()
    environment = os.environ | {
        "PEER_REDIS": redis,
        "PEER_DATABASE": _database(ours, f"celery_{pool}"),
        "PEER_MODEL": f"{model.url}/v1",
        "PEER_CONNECTIONS": "1" if pool == "prefork" else "16",
    }
    worker = [str(python), "-m", "celery", "-A", "celery_app", "worker", "-P", pool, "-c", str(SLOTS),
              "--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "WARNING"]  # fmt: skip
    starter = await asyncio.create_subprocess_exec(
        python, "-c", "import sys, celery_app\nfor line in sys.stdin: celery_app.start.delay(*line.split())",
        cwd=PEERS, env=environment, stdin=subprocess.PIPE,
    )  # fmt: skip
    assert starter.stdin is not None
    commands = starter.stdin

    async def start(workflow_id: str, user_id: str) -> None:
        commands.write(f"{workflow_id} {user_id}\n".encode())
        await commands.drain()

    with running(worker, cwd=PEERS, env=environment) as started:
        system = System(f"Celery {pool}", start, set(started))
        listening = asyncio.create_task(_listen(environment["PEER_DATABASE"], system))
        try:
            await system.run(seconds=120)  # once it has started
            system.pids = family(started[0])
            yield system
        finally:
            listening.cancel()
            commands.close()
            await starter.wait()


async def _listen(database: str, system: System) -> None:
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        await connection.execute("LISTEN completed")
        async for notice in connection.notifies():
            system.completed(notice.payload)


@contextmanager
def redis_server() -> Iterator[str]:
    """Redis that syncs before it answers, as nats-server and Postgres do here."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="polycast-bench-") as directory:
        command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", directory,
                   "--appendonly", "yes", "--appendfsync", "always", "--save", ""]  # fmt: skip
        try:
            with running(command, stdout=subprocess.DEVNULL):
                until_listening(port)
                yield f"redis://127.0.0.1:{port}/"
        except FileNotFoundError:
            raise MissingPart("redis-server is not installed") from None


@asynccontextmanager
async def everyone(*pools: str) -> AsyncIterator[tuple[Model, list[System]]]:
    """Polycast, the floor, and Celery with each of these pools, warm."""
    async with AsyncExitStack() as opened:
        asked = opened.enter_context(model())
        ours = opened.enter_context(stack(asked))
        systems = [await opened.enter_async_context(polycast(ours))]
        await systems[0].run()  # first: what it is answered is what all are answered
        systems.append(await opened.enter_async_context(by_hand(ours, asked)))
        redis = opened.enter_context(redis_server()) if pools else ""
        for number, pool in enumerate(pools):
            systems.append(await opened.enter_async_context(celery(ours, asked, pool, redis + str(number))))
        for system in systems:
            await system.run_many(8)
        yield asked, systems


def _database(ours: Stack, name: str) -> str:
    """A database of the peer's own on our Postgres."""
    url = ours.addresses["database_url"]
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    own = urlsplit(url)._replace(path=f"/{name}").geturl()
    with psycopg.connect(own) as connection:
        connection.execute(TABLES)
    return own


def _celery_environment() -> Path:
    """The peer's own virtual environment, made at first use; returns its interpreter."""
    home, requirements = PEERS / ".venv", PEERS / "requirements.txt"
    stamp = home / "installed"
    if not stamp.exists() or stamp.read_text() != requirements.read_text():
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        pip = [str(home / "bin" / "python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", str(requirements)], check=True)
        stamp.write_text(requirements.read_text())
    return home / "bin" / "python"


def until_listening(port: int) -> None:
    eventually(lambda: listens(port), f"something listens on port {port}")
