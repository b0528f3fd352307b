from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from polycast.testing.mail import Mailbox, smtp_server
from polycast.testing.servers import free_port

from .collector import Collector, collector
from .compose import ComposeStack
from .stack import Stack, eventually

TIKTOK = Path(__file__).parent / "transform-tiktok" / "src"


@pytest.fixture(scope="session")
def traces() -> Iterator[Collector]:
    """Where the shared stack's processes send their spans."""
    with collector() as collected:
        yield collected


@pytest.fixture(scope="session")
def mailbox() -> Mailbox:
    """What the shared stack sends by e-mail."""
    return Mailbox()


@pytest.fixture(scope="session")
def smtp_url(mailbox: Mailbox) -> Iterator[str]:
    with smtp_server(mailbox) as url:
        yield url


@pytest.fixture(scope="session")
def stack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, traces: Collector, smtp_url: str
) -> Iterator[Stack]:
    """One running stack, shared: tests use people of their own. Three replicas write for LinkedIn."""
    kind = ComposeStack if _on_compose(request.config) else Stack
    port = free_port()
    environment = {
        # The writer answers within a second here, so no handler is longer at it than this.
        "POLYCAST_PURGE_AGAIN_SECONDS": "10",
        "OTEL_EXPORTER_OTLP_ENDPOINT": traces.url,
        "OTEL_BSP_SCHEDULE_DELAY": "300",
        "POLYCAST_SMTP_URL": smtp_url,
        "POLYCAST_MAIL_FROM": "Polycast <polycast@example.com>",
        "POLYCAST_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    stack = kind(tmp_path_factory.mktemp("stack") / "data", port, environment)
    try:
        stack.up("--scale", "transform-linkedin=3")
        stack.write_slowly(seconds=0.2)
        yield stack
    finally:
        stack.down()


@pytest.fixture
def tiktok(stack: Stack, tmp_path: Path) -> Iterator[None]:
    """A platform service that no list knows, running beside the stack."""
    status, port = stack.status(), free_port()
    environment = {
        **os.environ,
        "PYTHONPATH": str(TIKTOK),
        "NATS_URL": status["nats_url"],
        "OPENAI_BASE_URL": status["llm_url"],
        "OPENAI_API_KEY": "offline",
        "POLYCAST_HTTP_PORT": str(port),
    }
    with (tmp_path / "tiktok.log").open("wb") as log:
        service = subprocess.Popen(
            [sys.executable, "-c", "from transform_tiktok.app import main; main()"],
            env=environment, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        eventually(lambda: _ready(port), "the TikTok service is ready")
        yield
    finally:
        service.terminate()
        service.wait(timeout=30)
        stack.succeed("platform", "remove", "tiktok")


def _ready(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
    except httpx2.TransportError:
        return False


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not _on_compose(config):
        return
    for item in items:
        if item.get_closest_marker("local"):
            item.add_marker(pytest.mark.skip(reason="about ./polycast up, not about a running stack"))


def _on_compose(config: pytest.Config) -> bool:
    return bool(config.getoption("--stack") == "compose")
