"""A model of constant latency: an OpenAI-compatible chat endpoint that costs next to nothing.

`python -m benchmarks.lab.model PORT`. The first answer to each prompt is composed by the offline writer and
then repeated, so that what is measured is not the writer. It offers neither embeddings nor moderation (404).

    GET /stats            {"calls": {"ideas": 1, "linkedin": 5, …}, "in_flight": 0, "most_in_flight": 15}
    PUT /latency?0.5      seconds before each answer; also sets the counts to zero
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections import Counter
from functools import cache
from typing import cast

import uvloop

from polycast_cli.offline_writer.app import MODEL, compose
from polycast_cli.offline_writer.asked import read

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_NAME = re.compile(rb'"json_schema": *\{"name": *"(\w+)"')


class Model:
    def __init__(self) -> None:
        self.latency = 0.0
        self.reset()

    def reset(self) -> None:
        self.calls: Counter[str] = Counter()
        self.in_flight = self.most_in_flight = 0
        self._answers: dict[str, bytes] = getattr(self, "_answers", {})

    def arrived(self, operation: str) -> None:
        self.calls[operation] += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)

    def answer(self, operation: str, body: bytes) -> bytes:
        if operation not in self._answers:
            self._answers[operation] = _http(200, _completion(body))
        return self._answers[operation]

    def stats(self) -> bytes:
        counts = {"in_flight": self.in_flight, "most_in_flight": self.most_in_flight}
        return _http(200, json.dumps({"calls": self.calls, **counts}).encode())


class Connection(asyncio.Protocol):
    """One request after another, as clients with a connection pool send them."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        size = int(length.group(1)) if length else 0
        if found and len(rest) >= size:
            self._buffer = rest[size:]
            self._handle(head, rest[:size])

    def _handle(self, head: bytes, body: bytes) -> None:
        method, target, _ = head.split(b" ", 2)
        if target.endswith(b"/chat/completions"):
            name = _NAME.search(body)
            operation = name.group(1).decode() if name else "unknown"
            self._model.arrived(operation)
            asyncio.get_running_loop().call_later(self._model.latency, self._answer, operation, body)
        elif method == b"PUT":
            self._model.latency = float(target.partition(b"?")[2])
            self._model.reset()
            self._transport.write(_http(200, b"{}"))
        elif target == b"/stats":
            self._transport.write(self._model.stats())
        else:
            self._transport.write(_http(404, b'{"error": {"message": "not offered", "type": "not_found"}}'))

    def _answer(self, operation: str, body: bytes) -> None:
        self._model.in_flight -= 1
        if not self._transport.is_closing():
            self._transport.write(self._model.answer(operation, body))


def _completion(body: bytes) -> bytes:
    text = json.dumps(compose(read(json.loads(body)), seed=0), ensure_ascii=False)
    message = {"role": "assistant", "content": text, "refusal": None}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    usage = {"prompt_tokens": 1000, "completion_tokens": 300, "total_tokens": 1300}
    answer = {"id": "chatcmpl-0", "object": "chat.completion", "created": 0, "model": MODEL}
    return json.dumps(answer | {"choices": [choice], "usage": usage}, ensure_ascii=False).encode()


@cache
def _http(status: int, body: bytes) -> bytes:
    return b"HTTP/1.1 %d .\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (
        status, len(body), body,
    )  # fmt: skip


async def main(port: int) -> None:
    model = Model()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(model), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
