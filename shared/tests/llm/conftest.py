"""A scripted provider: a real HTTP server that the real `openai` client talks to."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from pydantic import BaseModel

from polycast.llm import LLMSettings, Prompt

Answer = Callable[[web.Request], Any]


class Haiku(BaseModel):
    lines: list[str]
    season: str | None = None


@dataclass
class Asked:
    """A request as the provider saw it."""

    path: str
    key: str
    body: dict[str, Any]
    at: float


@dataclass
class Provider:
    """Answers in the order of its script, then `default` for ever. `refuses` comes before either."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    script: deque[Answer] = field(default_factory=deque)
    default: Answer | None = None
    refuses: Callable[[dict[str, Any]], Answer | None] = lambda body: None
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def will(self, *answers: Answer) -> None:
        self.script.extend(answers)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        key = request.headers["Authorization"].removeprefix("Bearer ")
        self.asked.append(Asked(request.path, key, body, time.monotonic()))
        answer = self.refuses(body) or (self.script.popleft() if self.script else self.default)
        assert answer is not None, "the script is at its end"
        response: web.StreamResponse = await answer(request)
        return response

    def says(
        self,
        text: str | dict[str, Any],
        *,
        finish: str = "stop",
        refusal: str | None = None,
        thinking: int = 0,
        tokens: tuple[int, int] = (100, 20),
    ) -> Answer:
        message = {
            "role": "assistant",
            "refusal": refusal,
            "content": text if isinstance(text, str) else json.dumps(text),
        }
        return self.replies(
            200,
            {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "created": 0,
                "model": "test-model-2026-01-01",
                "choices": [{"index": 0, "message": message, "finish_reason": finish}],
                "usage": {
                    "prompt_tokens": tokens[0],
                    "completion_tokens": tokens[1],
                    "total_tokens": sum(tokens),
                    "completion_tokens_details": {"reasoning_tokens": thinking},
                },
            },
        )

    def fails(self, status: int, message: str = "no", headers: Any = None, **error: Any) -> Answer:
        return self.replies(status, {"error": {"message": message} | error}, headers)

    def replies(self, status: int, body: Any, headers: dict[str, str] | None = None) -> Answer:
        async def answer(_: web.Request) -> web.Response:
            return web.json_response(body, status=status, headers=headers)

        return answer

    def sends(self, body: str, content_type: str = "application/json") -> Answer:
        async def answer(_: web.Request) -> web.Response:
            return web.Response(text=body, content_type=content_type)

        return answer

    def hangs(self, until: asyncio.Event | None = None, then: Answer | None = None) -> Answer:
        async def answer(request: web.Request) -> Any:
            await (until or self.over).wait()
            return await then(request) if then else web.Response(status=500)

        return answer

    def meets(self, barrier: asyncio.Barrier, then: Answer) -> Answer:
        """Answer when as many requests are in flight as the barrier has parties."""

        async def answer(request: web.Request) -> Any:
            await barrier.wait()
            return await then(request)

        return answer

    def trickles(self) -> Answer:
        """Never silent for long, never done: no time-out between two bytes notices it."""

        async def answer(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Type": "application/json"})
            await response.prepare(request)
            while not self.over.is_set() and request.transport and not request.transport.is_closing():
                await response.write(b" ")
                await asyncio.sleep(0.02)
            return response

        return answer

    def drops(self) -> Answer:
        async def answer(request: web.Request) -> web.Response:
            assert request.transport
            request.transport.abort()
            return web.Response()

        return answer


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("OPENAI_", "POLYCAST_LLM_")):
            monkeypatch.delenv(name)


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    provider = Provider()
    app = web.Application()
    app.router.add_post("/v1/{tail:.*}", provider.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    provider.url = "http://{}:{}/v1".format(*runner.addresses[0])
    yield provider
    provider.over.set()
    await runner.cleanup()


@pytest.fixture
def settings(provider: Provider) -> Callable[..., LLMSettings]:
    """Settings for the scripted provider, whose pauses are milliseconds."""

    def make(**overrides: Any) -> LLMSettings:
        quick: dict[str, Any] = {
            "openai_base_url": provider.url,
            "openai_api_key": "key-a",
            "openai_model": "test-model",
            "llm_retry_seconds": 0.005,
        }
        return LLMSettings(**quick | overrides)

    return make


@pytest.fixture
def haiku() -> type[Haiku]:
    return Haiku


@pytest.fixture
def prompt() -> Prompt:
    return Prompt("haiku", 3, "You write haiku.", "Autumn, please.", temperature=0.7, max_tokens=100)
