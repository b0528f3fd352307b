"""Stand-ins for services, and stacks of them."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from polycast_cli.stack import data_dir, handle
from polycast_cli.stack.data_dir import DataDir
from polycast_cli.stack.ports import HOST, free_ports
from polycast_cli.stack.process import ProcessRecord, ProcessSpec

SERVICE = Path(__file__).with_name("stand_in_service.py")


@pytest.fixture(autouse=True)
def own_registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the stacks that really run on this machine, and none of them sees a test's."""
    registry = tmp_path / "tmp"
    registry.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(registry))
    monkeypatch.setattr(data_dir, "DEFAULT", tmp_path / "checkout" / ".polycast")


@pytest.fixture
def data(tmp_path: Path) -> Iterator[DataDir]:
    place = DataDir(tmp_path / "a stack")
    yield place
    handle.stop(place)


def stand_in(name: str, *arguments: str) -> ProcessSpec:
    """A service that answers its readiness; see `stand_in_service.py` for what it can be told."""
    port = next(free_ports())
    return ProcessSpec(
        name=name,
        command=[sys.executable, str(SERVICE), str(port), *arguments],
        health_url=f"http://{HOST}:{port}/readyz",
        grace_seconds=5,
    )


def eventually(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it didn't come true"
        time.sleep(0.02)


def process(data: DataDir, name: str) -> ProcessRecord:
    """As the supervisor last recorded it, once it has."""
    eventually(lambda: _find(data, name) is not None)
    found = _find(data, name)
    assert found is not None
    return found


def _find(data: DataDir, name: str) -> ProcessRecord | None:
    record = data.record()
    return next((process for process in record.processes if process.name == name), None) if record else None
