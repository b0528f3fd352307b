"""A provider of one's own changes the environment and nothing else; Ctrl-C leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from polycast.testing.servers import free_port

from .stack import Stack, eventually


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[str]:
    """An OpenAI-compatible server that belongs to no stack."""
    port = free_port()
    with (tmp_path / "provider.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "polycast_cli", "offline-writer", "--port", str(port)],
            stdout=log,
            stderr=log,
        )
    url = f"http://127.0.0.1:{port}/v1"
    try:
        eventually(lambda: _answers(f"{url}/models"), "the provider answers")
        yield url
    finally:
        server.terminate()
        server.wait(timeout=30)


def _answers(url: str) -> bool:
    try:
        return httpx2.get(url).status_code == 200
    except httpx2.TransportError:
        return False


@pytest.mark.local
def test_up_in_the_foreground_with_ones_own_endpoint(provider: str, tmp_path: Path):
    environment = {"OPENAI_BASE_URL": provider, "OPENAI_API_KEY": "sk-mine", "OPENAI_MODEL": "mine"}
    stack = Stack(tmp_path / "data", environment=environment)
    up = subprocess.Popen(
        [*stack._program, "up", "--no-first-run", "--port", str(stack.port), "--data", str(stack.data)],
        env=stack._environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        eventually(lambda: _answers(f"http://127.0.0.1:{stack.port}/readyz"), "the stack is ready")
        status = stack.status()
        assert status["llm_url"] == provider
        assert "offline-writer" not in {process["name"] for process in status["processes"]}

        done = stack.command("run", "--ideas", "1", "--json")
        assert done.returncode == 0, done.stderr
        assert len(json.loads(done.stdout)["content"]) == 3
        assert httpx2.get(f"{provider}/stats").json()["chat_completions"] == 4

        pids = [process["pid"] for process in status["processes"]]
        up.send_signal(signal.SIGINT)
        assert up.wait(timeout=60) in (0, 130)
        assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == []
    finally:
        if up.poll() is None:
            os.kill(up.pid, signal.SIGTERM)
            up.wait(timeout=60)
