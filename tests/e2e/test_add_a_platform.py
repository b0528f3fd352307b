"""A folder is all that a new platform needs: this one is in no list, and everything knows it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from polycast.testing.servers import free_port

from .stack import Stack, eventually

SOURCES = Path(__file__).parent / "transform-tiktok" / "src"


@pytest.fixture
def tiktok(stack: Stack, tmp_path: Path) -> Iterator[None]:
    status, port = stack.status(), free_port()
    environment = {
        **os.environ,
        "PYTHONPATH": str(SOURCES),
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


@pytest.mark.usefixtures("tiktok")
def test_a_new_platform_is_announced_checked_and_written_for(stack: Stack):
    person = stack.person()
    eventually(lambda: "tiktok" in _slugs(person.get("/platforms")), "the gateway lists it")

    checked = person.post("/platforms/tiktok/check", {"content_text": "x" * 2300})
    assert checked.status_code == 200, checked.text
    assert [finding["rule"] for finding in checked.json()["findings"]] == ["caption-length"]

    workflow = person.finished(person.start(idea_count=2, platforms=["tiktok", "twitter"]))
    assert (workflow["status"], workflow["content_generated"]) == ("completed", 4)
    drafts = person.drafts(platform="tiktok")
    assert len(drafts) == 2
    assert all(draft["checks"]["ok"] for draft in drafts)


def test_a_removed_platform_is_unknown_again(stack: Stack):
    assert "tiktok" not in _slugs(stack.person().get("/platforms"))


def _slugs(answer: dict[str, object]) -> list[str]:
    platforms = answer["platforms"]
    assert isinstance(platforms, list)
    return [platform["slug"] for platform in platforms]
