"""A whole local stack, driven as a person would: by commands, HTTP, and plain NATS and SQL clients."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import nats
import psycopg

from polycast.testing.servers import free_port

ROOT = Path(__file__).parents[2]
PASSWORD = "a long enough pass phrase 42"
SECONDS = 60.0


class NeverHappened(AssertionError):
    pass


def eventually(condition: Callable[[], Any], what: str, seconds: float = SECONDS) -> Any:
    """The first truthy answer of `condition`. `seconds` bounds a failure; it measures nothing."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise NeverHappened(what)
        time.sleep(0.1)
    return answer


@dataclass
class Stack:
    data: Path
    port: int = field(default_factory=free_port)
    environment: dict[str, str] = field(default_factory=dict)

    _program = (sys.executable, "-m", "polycast_cli")

    @property
    def _environment(self) -> dict[str, str]:
        return {**_clean_environment(), "POLYCAST_RATE_LIMIT": "100000", **self.environment}

    # -- commands ----------------------------------------------------------------------------------

    def command(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self._program, *arguments, "--data", str(self.data)],
            cwd=ROOT,
            env=self._environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=240,
        )

    def succeed(self, *arguments: str, stdin: str | None = None) -> str:
        done = self.command(*arguments, stdin=stdin)
        assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def up(self, *arguments: str) -> str:
        return self.succeed("up", "--detach", "--port", str(self.port), *arguments)

    def down(self) -> None:
        self.command("down")

    def status(self) -> dict[str, Any]:
        return dict(json.loads(self.succeed("status", "--json")))

    @cached_property
    def addresses(self) -> dict[str, str]:
        """Where the parts answer; they don't move while the stack runs."""
        return {name: url for name, url in self.status().items() if name.endswith("_url")}

    def process(self, name: str) -> dict[str, Any]:
        return next(dict(p) for p in self.status()["processes"] if p["name"] == name)

    # -- HTTP --------------------------------------------------------------------------------------

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v1"

    def person(self, email: str | None = None) -> Person:
        """A newly registered person."""
        email = email or f"{uuid4().hex}@example.com"
        credentials = {"email": email, "password": PASSWORD}
        registered = httpx2.post(f"{self.api}/auth/register", json=credentials, timeout=30)
        assert registered.status_code == 201, registered.text
        token = httpx2.post(f"{self.api}/auth/login", json=credentials, timeout=30).json()["access_token"]
        return Person(self, registered.json()["id"], email, token)

    def write_slowly(self, seconds: float) -> None:
        """Let each answer of the offline writer take that long."""
        self._writer({"latency": seconds})

    def write_badly(self, faults: dict[str, float]) -> None:
        """Let the offline writer's answers be spoilt so often: `{"linkedin:refusal": 1}`."""
        self._writer({"faults": faults})

    def _writer(self, plan: dict[str, Any]) -> None:
        httpx2.put(f"{self.addresses['llm_url']}/faults", json=plan, timeout=10).raise_for_status()

    def calls_in_flight(self) -> int:
        stats = httpx2.get(f"{self.addresses['llm_url']}/stats", timeout=10)
        return int(stats.json()["in_flight"])

    def completions(self) -> int:
        """Chat completions that the offline writer was asked for, ever."""
        stats = httpx2.get(f"{self.addresses['llm_url']}/stats", timeout=10)
        return int(stats.json()["chat_completions"])

    # -- bus and database --------------------------------------------------------------------------

    def publish(self, subject: str, body: dict[str, Any]) -> int:
        printed = self.succeed("events", "publish", subject, "-", stdin=json.dumps(body))
        return int(json.loads(printed)["seq"])

    def publish_soon(self, subject: str, body: dict[str, Any]) -> subprocess.Popen[str]:
        """The same, without waiting for the command to end."""
        publishing = subprocess.Popen(
            [*self._program, "events", "publish", subject, "-", "--data", str(self.data)],
            cwd=ROOT, env=self._environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert publishing.stdin is not None
        publishing.stdin.write(json.dumps(body))
        publishing.stdin.close()
        return publishing

    async def nats(self) -> nats.NATS:
        return await nats.connect(self.addresses["nats_url"])

    def sql(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.addresses["database_url"], autocommit=True) as connection:
            cursor = connection.execute(query, parameters)
            return cursor.fetchall() if cursor.description else []


@dataclass
class Person:
    stack: Stack
    id: str
    email: str
    token: str

    def get(self, path: str, **parameters: Any) -> dict[str, Any]:
        answer = self._get(path, **parameters)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def _get(self, path: str, **parameters: Any) -> httpx2.Response:
        return httpx2.get(f"{self.stack.api}{path}", params=parameters, headers=self.headers, timeout=30)

    def put(self, path: str, body: Any) -> httpx2.Response:
        return httpx2.put(f"{self.stack.api}{path}", json=body, headers=self.headers, timeout=30)

    def post(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> httpx2.Response:
        return httpx2.post(
            f"{self.stack.api}{path}", json=body, headers=self.headers | (headers or {}), timeout=30
        )

    def patch(self, path: str, body: Any) -> httpx2.Response:
        return httpx2.patch(f"{self.stack.api}{path}", json=body, headers=self.headers, timeout=30)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def start(self, traceparent: str | None = None, **wishes: Any) -> str:
        headers = {"traceparent": traceparent} if traceparent else {}
        started = self.post("/workflows/execute", {"trigger_type": "manual", **wishes}, headers)
        assert started.status_code == 202, started.text
        return str(started.json()["workflow_id"])

    def finished(self, workflow_id: str, seconds: float = SECONDS) -> dict[str, Any]:
        """The workflow, once it is over."""

        def over() -> dict[str, Any] | None:
            answer = self._get(f"/workflows/{workflow_id}")
            if answer.status_code == 404:  # started by hand: the gateway hears of it from the bus
                return None
            assert answer.status_code == 200, answer.text
            workflow = dict(answer.json())
            return workflow if workflow["status"] in ("completed", "failed") else None

        return dict(eventually(over, f"workflow {workflow_id} ends", seconds))

    def drafts(self, **filters: Any) -> list[dict[str, Any]]:
        return list(self.get("/content", limit=100, **filters)["content"])


def _clean_environment() -> dict[str, str]:
    """What a newcomer's shell has: no key, no address of a server."""
    foreign = ("OPENAI_", "NATS_URL", "DATABASE_URL", "POLYCAST_")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
