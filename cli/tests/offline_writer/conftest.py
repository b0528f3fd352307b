"""A real server on a loopback port, and requests as the services send them."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from openai import AsyncOpenAI

from polycast_cli.offline_writer import WriterOptions, create_app
from polycast_cli.offline_writer.app import compose
from polycast_cli.offline_writer.asked import read

Compose = Callable[..., dict[str, Any]]


@contextmanager
def _served(options: WriterOptions) -> Iterator[str]:
    config = uvicorn.Config(create_app(options), log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def serve() -> Callable[[WriterOptions], Any]:
    """`with serve(options) as address:` a server of one's own."""
    return _served


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """A shared server without faults."""
    with _served(WriterOptions()) as address:
        yield address


@pytest.fixture
def client_of() -> Callable[..., AsyncOpenAI]:
    return lambda address, **options: AsyncOpenAI(
        api_key="any", base_url=f"{address}/v1", **{"max_retries": 0, **options}
    )


@pytest.fixture(scope="session")
def request_for() -> Callable[..., dict[str, Any]]:
    return _request


def _request(operation: str, *, schema: dict[str, Any] | None = None, **tags: Any) -> dict[str, Any]:
    """The body of a chat completion: `tags` become `<tag>JSON</tag>` in the user message."""
    escaped = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}
    user = ""
    for tag, value in tags.items():
        text = json.dumps(value)
        for sign, code in escaped.items():
            text = text.replace(sign, code)
        user += f"<{tag}>{text}</{tag}>\n"
    return {
        "model": "any-model",
        "messages": [{"role": "system", "content": "Write."}, {"role": "user", "content": user}],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": operation, "schema": schema or {"type": "object"}, "strict": True},
        },
    }


@pytest.fixture(scope="session")
def write() -> Compose:
    """Compose without HTTP: `write("linkedin", idea={…}, seed=0)`."""

    def compose_for(operation: str, *, seed: int = 0, **parts: Any) -> dict[str, Any]:
        answer = compose(read(_request(operation, **parts)), seed)
        assert isinstance(answer, dict)
        return answer

    return compose_for


@pytest.fixture(scope="session")
def month(write: Compose) -> list[dict[str, str]]:
    """150 ideas: five a day for thirty days, each day with the history of those before."""
    ideas: list[dict[str, str]] = []
    for day in range(30):
        brief = {"count": 5, "date": f"2026-06-{day + 1:02}", "recent": list(ideas)}
        ideas += write("ideas", brief=brief)["ideas"]
    return ideas
