"""Both processes as they are run: from a command over HTTP, through the stream, to what HTTP shows."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from nats.js import JetStreamContext

from polycast.contracts import ContentGenerated, IdeaCreated, content_id, decode, encode
from polycast.db import Database
from polycast.testing.servers import free_port

PROBE = Path(__file__).parents[3] / "deploy" / "docker" / "probe.py"
CANARY = "canary-in-the-coal-mine"


@pytest.fixture
def processes(
    nats_server: str, js: JetStreamContext, api_url: str, store: Database, tmp_path: Path
) -> Iterator[dict[str, tuple[subprocess.Popen[bytes], str]]]:
    """The gateway and its projector, with the address that each answers HTTP on."""
    started = {}
    for name, module in (("api", "api.app"), ("projector", "api.projector.app")):
        port = free_port()
        environment = {
            "NATS_URL": nats_server,
            "DATABASE_URL": api_url,
            "POLYCAST_HTTP_PORT": str(port),
            "POLYCAST_JWT_SECRET": "a secret for tests, long enough to sign with",
        }
        with (tmp_path / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", module], env=os.environ | environment, stdout=log, stderr=log
            )
        started[name] = (process, f"http://127.0.0.1:{port}")
    yield started
    for process, _ in started.values():
        process.kill()
        process.wait()


async def until(client: httpx2.AsyncClient, path: str, condition: Any) -> Any:
    """The answer to `path`, as soon as it meets the condition."""
    with anyio.fail_after(60):
        while True:
            try:
                answer = await client.get(path)
                if condition(answer):
                    return answer
            except httpx2.TransportError:  # not listening yet
                pass
            await asyncio.sleep(0.02)


def tellers(logs: Path) -> list[str]:
    """Lines of logs that tell of the canary."""
    return [line for log in logs.glob("*.log") for line in log.read_text().splitlines() if CANARY in line]


async def until_buried(js: JetStreamContext, expected: int) -> None:
    with anyio.fail_after(60):
        while (await js.stream_info("DLQ")).state.messages < expected:
            await asyncio.sleep(0.02)


async def test_a_stuck_process_fails_its_probe(
    processes: dict[str, tuple[subprocess.Popen[bytes], str]],
) -> None:
    """As a container's engine asks: with what the image brings."""
    projector, address = processes["projector"]
    environment = os.environ | {"POLYCAST_HTTP_PORT": address.rpartition(":")[2]}

    def probed() -> int:
        return subprocess.run([sys.executable, "-IS", PROBE], env=environment, timeout=60).returncode

    async with httpx2.AsyncClient() as client:
        await until(client, f"{address}/readyz", lambda answer: answer.status_code == 200)
    assert probed() == 0
    projector.send_signal(signal.SIGSTOP)
    try:
        assert await asyncio.to_thread(probed) == 1
    finally:
        projector.send_signal(signal.SIGCONT)
    assert probed() == 0


async def test_an_own_idea_becomes_a_draft(
    processes: dict[str, tuple[subprocess.Popen[bytes], str]], js: JetStreamContext, tmp_path: Path
) -> None:
    """And of what people are and write, no log tells."""
    (api, address), (projector, projector_address) = processes["api"], processes["projector"]
    async with httpx2.AsyncClient(base_url=f"{address}/api/v1/") as client:
        for ready in (f"{address}/readyz", f"{projector_address}/readyz"):
            await until(client, ready, lambda answer: answer.status_code == 200)
        credentials = {"email": f"{CANARY}@example.com", "password": f"{CANARY} password"}
        assert (await client.post("auth/register", json=credentials)).status_code == 201
        token = (await client.post("auth/login", json=credentials)).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        idea = (await client.post("ideas", json={"title": "Robots", "description": CANARY})).json()

        # A transformer would do this.
        subscription = await js.subscribe("idea.created")
        message = await subscription.next_msg(timeout=20)
        where = message.metadata
        event = decode(
            message.subject,
            message.data,
            stream=where.stream,
            sequence=where.sequence.stream,
            timestamp=where.timestamp,
        ).event
        assert isinstance(event, IdeaCreated) and str(event.idea_id) == idea["id"]
        draft = ContentGenerated(
            content_id=content_id(event.idea_id, "linkedin"),
            idea_id=event.idea_id,
            user_id=event.user_id,
            platform="linkedin",
            content_text=f"Robots toast {CANARY}.",
        )
        await js.publish(draft.subject, encode(draft))

        listed = (await until(client, "content", lambda answer: answer.json()["total"])).json()
        assert listed["content"][0]["core_idea"]["title"] == "Robots"
        metrics = (await client.get(f"{projector_address}/metrics")).text
        assert "polycast_projection_lag_seconds_count 2.0" in metrics
        for inside in ("metrics", "readyz"):  # nothing there for who comes through a proxy
            outside = await client.get(f"{address}/{inside}", headers={"X-Forwarded-For": "192.0.2.1"})
            assert outside.status_code == 404
        agent = {"User-Agent": CANARY, "X-Forwarded-For": CANARY}
        wrong = credentials | {"password": f"{CANARY} guess"}
        assert (await client.post("auth/login", json=wrong, headers=agent)).status_code == 401
        assert (await client.get("content", params={"q": CANARY, "sort": CANARY})).status_code == 422
        assert (await client.post("ideas", content=CANARY.encode())).status_code == 422
        subjects = ("idea.created", "content.generated", "workflow.started")
        for subject in subjects:  # dead letters
            await js.publish(subject, f'{{"user_id": "{CANARY}", "title": "{CANARY}"}}'.encode())
        await until_buried(js, len(subjects))
    for process in (api, projector):
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    assert tellers(tmp_path) == []


def test_no_start_with_a_weak_secret(api_url: str) -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "api.app"],
        env=os.environ | {"DATABASE_URL": api_url, "POLYCAST_JWT_SECRET": "swordfish"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert refused.returncode != 0
    assert "jwt_secret" in refused.stderr
    assert "swordfish" not in refused.stderr
