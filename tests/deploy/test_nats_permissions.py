"""Each service's user on the bus may do what its code does, and nothing else: asked of a real server."""

from __future__ import annotations

import ast
import asyncio
import json
import os
import re
import subprocess
import sysconfig
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import nats
import nats.errors
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.errors import KeyNotFoundError

from api.live import Live
from polycast.bus import Bus
from polycast.bus.consumers import Consumer, consumer_config
from polycast.bus.dead_letters import bury
from polycast.bus.erasure import purge
from polycast.bus.streams import EVENTS_STREAM, apply_streams
from polycast.contracts import EVENTS
from polycast.platforms.drafts import Drafts
from polycast.platforms.engine import CheckRequest
from polycast.testing.servers import free_port, listens, wait_until

from .manifests import DEPLOY, ROOT, script
from .services import processes

NATS = DEPLOY / "nats"
SOURCES = {
    **{process.name: ROOT / "services" / process.folder / "src" for process in processes()},
    "projector": ROOT / "services" / "api" / "src" / "api" / "projector",
}
ENGINE = ROOT / "shared" / "src" / "polycast" / "platforms"


permissions = script(NATS / "permissions.py")
GRANTS = permissions.grants(permissions.platforms())


def test_the_file_is_what_the_code_gives() -> None:
    written = (NATS / "users.conf").read_text()
    assert written == permissions.render(permissions.platforms()), "run deploy/generate.py"


def test_every_process_has_a_user() -> None:
    assert set(GRANTS) == {process.name for process in processes()}


def _made_in(folder: Path) -> set[str]:
    """Subjects of the events that the sources in `folder` make, and so may emit."""
    subjects = {kind.__name__: kind.subject_pattern for kind in EVENTS}
    calls = (
        node.func.id
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    )
    return {subjects[name] for name in calls if name in subjects}


@pytest.mark.parametrize("name", GRANTS)
def test_what_the_code_makes_may_be_emitted(name: str) -> None:
    made = _made_in(ENGINE if name.startswith("transform-") else SOURCES[name])
    assert made <= set(GRANTS[name].emits)


@pytest.mark.parametrize("name", GRANTS)
def test_what_may_be_emitted_is_named_in_the_code(name: str) -> None:
    folder = ENGINE if name.startswith("transform-") else SOURCES[name]
    source = "\n".join(path.read_text() for path in folder.rglob("*.py"))
    kinds = {kind.subject_pattern: kind.__name__ for kind in EVENTS}
    assert [s for s in GRANTS[name].emits if not re.search(rf"\b{kinds[s]}\b", source)] == []


#: What services do on the bus beside `Bus`'s own methods, and the field of `Grant` that covers it.
DIRECT = {
    ("aggregator", "js.consumer_info"): "its own consumer",
    ("aggregator", "js.get_msg"): "rereads",
    ("api", "client.publish"): "tells",
    ("api", "client.request"): "asks",
    ("api", "js.purge_stream"): "purges",
    ("api", "js.stream_info"): "follows",
    ("api", "js.subscribe"): "follows",
}


def test_nobody_uses_the_bus_in_a_way_that_no_grant_knows() -> None:
    found = {
        (process.folder, use)
        for process in processes()
        for path in (ROOT / "services" / process.folder / "src").rglob("*.py")
        for use in re.findall(r"bus\.((?:js|client)\.\w+)", path.read_text())
    }
    assert found == set(DIRECT)


# -- on a real server --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server with deploy/nats/standalone.conf, whose passwords are the users' names."""
    home = tmp_path_factory.mktemp("nats")
    port = free_port()
    config = (NATS / "standalone.conf").read_text()
    for theirs, ours in (
        ("0.0.0.0:4222", f"127.0.0.1:{port}"),
        ("0.0.0.0:8222", "127.0.0.1:-1"),
        ("/data", str(home)),
    ):
        assert theirs in config
        config = config.replace(theirs, ours)
    (home / "nats.conf").write_text(config)
    (home / "users.conf").write_text((NATS / "users.conf").read_text())
    passwords = {permissions.password_variable(name): name for name in (*GRANTS, permissions.OPERATOR)}
    program = Path(sysconfig.get_path("scripts")) / "nats-server"
    log = home / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program, "-c", home / "nats.conf"], env=os.environ | passwords, stdout=output, stderr=output
        )
    try:
        wait_until(lambda: listens(port), process, log, seconds=20)
        asyncio.run(apply_streams(url(port, permissions.OPERATOR)))
        yield port
    finally:
        process.terminate()
        process.wait(10)


def url(port: int, user: str) -> str:
    return f"nats://{user}:{user}@127.0.0.1:{port}"


@asynccontextmanager
async def connected(port: int, user: str) -> AsyncIterator[tuple[Client, list[str]]]:
    """A connection and the refusals that it meets."""
    refusals: list[str] = []

    async def note(error: Exception) -> None:
        refusals.append(str(error))

    client = await nats.connect(url(port, user), error_cb=note, allow_reconnect=False)
    try:
        yield client, refusals
    finally:
        await client.close()


@asynccontextmanager
async def bus_of(name: str, port: int) -> AsyncIterator[tuple[Bus, list[str]]]:
    """The service's own bus, on a connection that keeps the refusals."""
    async with connected(port, name) as (client, refusals):
        bus = Bus(name, url(port, name))
        bus._client = client
        bus.publisher.js = client.jetstream(timeout=20)
        yield bus, refusals


@pytest.mark.parametrize("name", GRANTS)
async def test_a_service_can_do_its_work(name: str, server: int) -> None:
    grant = GRANTS[name]
    async with bus_of(name, server) as (bus, refusals):
        for pattern in grant.emits:
            subject = pattern.replace("*", "linkedin")
            await bus.js.publish(subject, b"{}", stream=EVENTS_STREAM)
        if grant.consumes:
            await _consume(bus, grant.consumes, server)
        if grant.rereads:
            await bus.js.get_msg(EVENTS_STREAM, seq=1, subject=">", next=True)
        if "platforms" in grant.reads:
            await bus.platforms()
        for key in grant.writes:
            bucket, _, rest = key.partition(".")
            await (await bus.kv(bucket)).put(rest.replace(">", "a").replace("*", "b"), b"1")
        if "claims" in {key.partition(".")[0] for key in grant.writes}:
            prefix = next(key for key in grant.writes if key.startswith("claims.")).split(".")[1]
            async with bus.claim(f"{prefix}.{uuid4()}"):
                pass
        if "erased" in grant.reads:
            await bus.erase(user := uuid4())
            assert await bus.is_erased(user)
        if grant.tells:
            await Live(bus).tell(user := uuid4(), "content.edited", CheckRequest(content_text="a row"))
        if grant.follows:
            feed = await Live(bus).open(user, after=0)
            async for seen in feed.changes():
                assert seen is not None and seen.change.name == "content.edited"
                break
        if grant.purges:
            await Live(bus).forget(uuid4())
        if grant.erases:
            await _erase(bus, server)
        if "drafts" in grant.scans:
            await Drafts(bus).forget(uuid4(), name.removeprefix("transform-"))
        await bus.client.flush()
        assert refusals == []


async def _erase(bus: Bus, port: int) -> None:
    """Somebody's message goes, and nobody else's."""
    person = uuid4()
    async with connected(port, permissions.OPERATOR) as (operator, _):
        for user in (person, uuid4()):
            body = json.dumps({"user_id": str(user)}).encode()
            await operator.jetstream().publish("workflow.started", body)
    assert await purge(bus.js, {person}) == 1


async def _consume(bus: Bus, subjects: tuple[str, ...], port: int) -> None:
    """Make the consumer, look at it, fetch, beat, bury and acknowledge."""
    consumer = Consumer(consumer_config(bus.name, subjects), slots=1)
    await consumer.ensure(bus.js)
    await consumer.mend(bus.js)
    async with connected(port, permissions.OPERATOR) as (operator, _):
        for subject in subjects:
            await operator.jetstream().publish(subject.replace("*", "linkedin"), b"{}")
    subscription = await bus.js.pull_subscribe_bind(consumer=bus.name, stream=EVENTS_STREAM)
    for message in await subscription.fetch(10, timeout=20):
        await message.in_progress()
        await bury(bus.js, message, bus.name, ValueError("a test"))
        await message.ack_sync()


@pytest.mark.parametrize("name", GRANTS)
async def test_a_service_can_not_do_the_others_work(name: str, server: int) -> None:
    grant = GRANTS[name]
    others = {kind.subject_pattern.replace("*", "x") for kind in EVENTS}
    others -= {subject.replace("*", "x") for subject in grant.emits}
    others |= {
        "$JS.API.STREAM.DELETE.EVENTS",
        "$JS.API.STREAM.PURGE.EVENTS",
        "$JS.API.STREAM.UPDATE.EVENTS",
        "$JS.API.CONSUMER.DELETE.EVENTS.somebody",
        "$JS.API.CONSUMER.MSG.NEXT.EVENTS.somebody",
        "$JS.ACK.EVENTS.somebody.1.1.1.1.1",
        "$KV.platforms.somebody",
        "dlq.somebody",
    }
    async with connected(server, name) as (client, refusals):
        for subject in sorted(others):
            await client.publish(subject, b"{}")
        for subject in (">", "workflow.*", "platform.check.somebody", "$KV.>"):
            await client.subscribe(subject)
        for _ in range(50):  # refusals come after the answer to the flush
            await client.flush()
            if len(refusals) >= len(others) + 4:
                break
            await asyncio.sleep(0.02)
        refused = " ".join(refusals).lower()
        assert [one for one in others if f'"{one.lower()}"' not in refused] == []
        assert len(refusals) == len(others) + 4


async def test_a_platform_answers_the_gateway(server: int) -> None:
    async with (
        connected(server, "transform-linkedin") as (platform, _),
        connected(server, "api") as (gateway, refusals),
    ):

        async def answer(message: Msg) -> None:
            await message.respond(b"checked")

        await platform.subscribe("platform.check.linkedin", queue="transform-linkedin", cb=answer)
        await platform.flush()
        reply = await gateway.request("platform.check.linkedin", b"{}", timeout=5)
        assert reply.data == b"checked"
        assert refusals == []


async def test_a_stranger_and_a_wrong_password_are_refused(server: int) -> None:
    for address in (f"nats://127.0.0.1:{server}", f"nats://ideas:wrong@127.0.0.1:{server}"):
        with pytest.raises((nats.errors.Error, OSError)):
            await nats.connect(address, allow_reconnect=False, connect_timeout=3, error_cb=_ignore)


async def _ignore(_: Exception) -> None:
    """What goes wrong is raised by the call."""


async def test_an_unknown_key_is_unknown_not_forbidden(server: int) -> None:
    async with bus_of("transform-twitter", server) as (bus, _):
        with pytest.raises(KeyNotFoundError):
            await (await bus.kv("drafts")).get("no.such")


def test_the_cluster_has_the_same_users_and_durability() -> None:
    for config in ("standalone.conf", "cluster.conf"):
        text = (NATS / config).read_text()
        assert 'include "users.conf"' in text
        assert "sync_interval: always" in text
