from __future__ import annotations

from collections.abc import Iterator

import pytest

from .stack import Stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One running stack, shared: tests use people of their own. Three replicas write for LinkedIn."""
    stack = Stack(tmp_path_factory.mktemp("stack") / "data")
    try:
        stack.up("--scale", "transform-linkedin=3", "--llm-latency", "0.2")
        yield stack
    finally:
        stack.down()
