"""The HTTP side: OpenAI's paths, shapes and errors."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import math
import struct
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from polycast_cli.offline_writer.asked import Asked, read
from polycast_cli.offline_writer.bank import bank
from polycast_cli.offline_writer.drafts import COMPOSERS
from polycast_cli.offline_writer.embeddings import DIMENSIONS, embed
from polycast_cli.offline_writer.faults import ERRORS, spoil, struck
from polycast_cli.offline_writer.ideas import invent
from polycast_cli.offline_writer.moderation import moderate
from polycast_cli.offline_writer.options import FaultPlan, WriterOptions
from polycast_cli.offline_writer.schema_fill import fill
from polycast_cli.offline_writer.stats import Stats

MODEL = "polycast-offline-writer"
EMBEDDING_MODEL = "polycast-offline-embedding"
_CREATED = 1767225600  # 2026-01-01: models have a date of birth; the bank has none worth telling
_RETRY_AFTER = "1"
_WINDOW = 60.0

Endpoint = Callable[[Request], Awaitable[Response]]


class Writer:
    """One server's state: its options, the faults in force and what it has counted."""

    def __init__(self, options: WriterOptions) -> None:
        self.options = options
        self.plan = options.plan
        self.stats = Stats()
        self._calls = 0
        self._recent: deque[float] = deque()

    async def chat(self, request: Request) -> Response:
        """POST /v1/chat/completions."""
        body = await _body(request)
        if body is None or not isinstance(body.get("messages"), list) or not body["messages"]:
            return _error(400, "invalid_request_error", None, "messages must be a list that isn't empty")
        if body.get("stream"):
            return _error(400, "invalid_request_error", "unsupported_value", "streaming is not supported")
        asked = read(body)
        self.stats.chat_calls += 1
        outcome, response = await self._outcome(request, asked.operation, chat=True)
        if response is None:
            response = self._completion(asked, body, outcome)
        self.stats.outcomes[asked.operation][outcome] += 1
        return response

    async def _outcome(self, request: Request, operation: str, *, chat: bool) -> tuple[str, Response | None]:
        """What becomes of a call: its name in the statistics, and the response where that is no success."""
        if chat and (wait := self._over_limit()):
            return "429", _failure("429", retry_after=str(wait))
        self._calls += 1
        chances = self.plan.for_operation(operation, chat=chat)
        fault = struck(chances, seed=self.options.seed, call=self._calls)
        if chat:  # what takes a model time is writing
            await asyncio.sleep(self.plan.latency)
        if fault == "hang":
            await _left(request)
            return fault, Response(status_code=499)
        if self.plan.latency and await request.is_disconnected():
            return "abandoned", Response(status_code=499)
        if fault is not None and fault in ERRORS:
            return fault, _failure(fault, retry_after=_RETRY_AFTER)
        return fault or "ok", None

    def _over_limit(self) -> int:
        """Seconds to wait where the last minute's calls are used up, else 0."""
        if self.options.rate_limit is None:
            return 0
        now = time.monotonic()
        while self._recent and self._recent[0] <= now - _WINDOW:
            self._recent.popleft()
        if len(self._recent) >= self.options.rate_limit:
            return max(1, math.ceil(self._recent[0] + _WINDOW - now))
        self._recent.append(now)
        return 0

    def _completion(self, asked: Asked, body: dict[str, Any], outcome: str) -> Response:
        answer = compose(asked, self.options.seed)
        text = json.dumps(answer, ensure_ascii=False) if isinstance(answer, dict) else answer
        message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": None}
        finish = spoil(outcome, message, answer)
        limit = body.get("max_completion_tokens") or body.get("max_tokens")
        content = message["content"] or ""
        if isinstance(limit, int) and limit > 0 and tokens(content) > limit:
            message["content"] = content = _cut_at(content, limit)
            finish = "length"
        prompt = sum(4 + tokens(json.dumps(m.get("content"), ensure_ascii=False)) for m in _messages(body))
        completion = tokens(content or message["refusal"] or "")
        digest = hashlib.blake2b(f"{self.options.seed}:{self._calls}:{text}".encode(), digest_size=12)
        return JSONResponse(
            {
                "id": f"chatcmpl-{digest.hexdigest()}",
                "object": "chat.completion",
                "created": int(time.time()),
                "model": MODEL,
                "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
                "usage": _usage(prompt, completion),
            }
        )

    async def embeddings(self, request: Request) -> Response:
        """POST /v1/embeddings: as floats, or base64 as the openai client asks by default."""
        body = await _body(request)
        given = body.get("input") if body else None
        texts = [given] if isinstance(given, str) else given
        dimensions = (body or {}).get("dimensions") or DIMENSIONS
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            return _error(400, "invalid_request_error", None, "input must be a text or a list of texts")
        if not isinstance(dimensions, int) or not 8 <= dimensions <= 4096:
            return _error(400, "invalid_request_error", None, "dimensions must be 8 to 4096")
        _, failure = await self._outcome(request, "embeddings", chat=False)
        self.stats.other["embeddings"] += 1
        if failure is not None:
            return failure
        as_base64 = body is not None and body.get("encoding_format") == "base64"
        data = [
            {"object": "embedding", "index": i, "embedding": _packed(v) if as_base64 else v}
            for i, v in enumerate(embed(text, dimensions) for text in texts)
        ]
        count = sum(map(tokens, texts))
        usage = {"prompt_tokens": count, "total_tokens": count}
        return JSONResponse({"object": "list", "data": data, "model": EMBEDDING_MODEL, "usage": usage})

    async def moderations(self, request: Request) -> Response:
        """POST /v1/moderations."""
        body = await _body(request)
        given = body.get("input") if body else None
        parts = given if isinstance(given, list) else [given]
        texts = [part.get("text") if isinstance(part, dict) else part for part in parts]
        if not texts or not all(isinstance(text, str) for text in texts):
            return _error(400, "invalid_request_error", None, "input must be a text or a list of texts")
        _, failure = await self._outcome(request, "moderations", chat=False)
        self.stats.other["moderations"] += 1
        if failure is not None:
            return failure
        results = [moderate(str(text)) for text in texts]
        digest = hashlib.blake2b(repr(texts).encode("utf-8", "replace"), digest_size=12).hexdigest()
        return JSONResponse({"id": f"modr-{digest}", "model": MODEL, "results": results})

    async def models(self, request: Request) -> Response:
        """GET /v1/models."""
        return JSONResponse({"object": "list", "data": [_model(MODEL), _model(EMBEDDING_MODEL)]})

    async def model(self, request: Request) -> Response:
        """GET /v1/models/{id}: every name is known, for any model asked for is answered by this one."""
        return JSONResponse(_model(request.path_params["id"]))

    async def show_stats(self, request: Request) -> Response:
        """GET /stats."""
        return JSONResponse(self.stats.as_json())

    async def reset_stats(self, request: Request) -> Response:
        """POST /stats/reset: start counting anew, so that one long-lived server serves many tests."""
        self.stats.reset()
        return JSONResponse(self.stats.as_json())

    async def show_faults(self, request: Request) -> Response:
        """GET /faults."""
        return JSONResponse(self.plan.model_dump())

    async def set_faults(self, request: Request) -> Response:
        """PUT /faults: what the body leaves out is off."""
        try:
            self.plan = FaultPlan.model_validate_json(await request.body())
        except ValidationError as error:
            reasons = "; ".join(str(e["msg"]) for e in error.errors())
            return _error(422, "invalid_request_error", None, reasons)
        return JSONResponse(self.plan.model_dump())

    async def healthz(self, request: Request) -> Response:
        """GET /healthz."""
        return JSONResponse({"status": "ok", "topics": len(bank().topics), "angles": len(bank().angles)})

    def counted(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint, with its calls counted as they arrive and leave."""

        async def count(request: Request) -> Response:
            self.stats.arrived()
            try:
                return await endpoint(request)
            finally:
                self.stats.left()

        return count


def create_app(options: WriterOptions | None = None) -> Starlette:
    """The server as an ASGI app. Every path answers with and without the `/v1` prefix."""
    writer = Writer(options or WriterOptions())
    bank()  # read the bank now, or say now what is wrong with it
    table: list[tuple[str, str, Endpoint]] = [
        ("POST", "/chat/completions", writer.counted(writer.chat)),
        ("POST", "/embeddings", writer.counted(writer.embeddings)),
        ("POST", "/moderations", writer.counted(writer.moderations)),
        ("GET", "/models", writer.models),
        ("GET", "/models/{id:path}", writer.model),
        ("GET", "/stats", writer.show_stats),
        ("POST", "/stats/reset", writer.reset_stats),
        ("GET", "/faults", writer.show_faults),
        ("PUT", "/faults", writer.set_faults),
        ("GET", "/healthz", writer.healthz),
    ]
    routes = [
        Route(f"{prefix}{path}", endpoint, methods=[method])
        for method, path, endpoint in table
        for prefix in ("", "/v1")
    ]
    return Starlette(routes=routes)


def compose(asked: Asked, seed: int) -> dict[str, Any] | str:
    """The answer to a request: an object, or plain text where no JSON is wanted."""
    if asked.operation == "ideas":
        return invent(asked, seed)
    composer = COMPOSERS.get(asked.operation)
    if composer is not None and _knows(asked):
        return composer(asked, seed)
    if asked.wants_json:
        return fill(asked, seed)
    return str(COMPOSERS["linkedin"](asked, seed)["content_text"])


#: The fields that a platform's composer writes.
_FIELDS = {
    "linkedin": {"content_text", "tone", "key_points"},
    "twitter": {"format", "tweets"},
    "instagram": {"sections", "scene_suggestions"},
}


def _knows(asked: Asked) -> bool:
    """Whether the schema is the one its composer writes; a changed one is filled like any other."""
    properties = (asked.schema or {}).get("properties")
    return not isinstance(properties, dict) or set(properties) <= _FIELDS[asked.operation]


def tokens(text: str) -> int:
    """About as many tokens as a common tokenizer makes: 4.5 English characters each, 1 other character."""
    foreign = 0 if text.isascii() else sum(ord(c) > 0x24F for c in text)
    return math.ceil((len(text) - foreign) / 4.5) + foreign


def _cut_at(text: str, limit: int) -> str:
    while tokens(text) > limit:
        text = text[: max(0, len(text) - max(1, tokens(text) - limit))]
    return text


async def _body(request: Request) -> dict[str, Any] | None:
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _messages(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [message for message in body["messages"] if isinstance(message, dict)]


async def _left(request: Request) -> None:
    """Wait until the caller has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _failure(fault: str, *, retry_after: str) -> Response:
    status, kind, code, message = ERRORS[fault]
    headers = {"Retry-After": retry_after} if fault == "429" else None
    return _error(status, kind, code, message, headers)


def _error(
    status: int, kind: str, code: str | None, message: str, headers: dict[str, str] | None = None
) -> Response:
    error = {"message": message, "type": kind, "param": None, "code": code}
    return JSONResponse({"error": error}, status_code=status, headers=headers)


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": _CREATED, "owned_by": "polycast"}


def _usage(prompt: int, completion: int) -> dict[str, int]:
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


def _packed(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
