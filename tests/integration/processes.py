"""Single services as real processes on a test's own servers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from polycast.testing.servers import free_port, wait_until


@contextmanager
def process(arguments: list[str], directory: Path, environment: dict[str, str], url: str) -> Iterator[str]:
    """Run a Python module until the block ends; yields `url` once it answers 200 there."""
    log = directory / f"{arguments[-1].replace('/', '_')}-{free_port()}.log"
    with log.open("wb") as output:
        running = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            env={**os.environ, **environment},
            stdout=output,
            stderr=output,
        )
    try:
        wait_until(lambda: _answers(url), running, log, seconds=60)
        yield url
    finally:
        running.terminate()
        running.wait(timeout=40)


def _answers(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=5).status_code == 200
    except httpx2.TransportError:
        return False
