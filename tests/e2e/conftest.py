from __future__ import annotations

from collections.abc import Iterator

import pytest

from .compose import ComposeStack
from .stack import Stack


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One running stack, shared: tests use people of their own. Three replicas write for LinkedIn."""
    kind = ComposeStack if _on_compose(request.config) else Stack
    stack = kind(tmp_path_factory.mktemp("stack") / "data")
    try:
        stack.up("--scale", "transform-linkedin=3")
        stack.write_slowly(seconds=0.2)
        yield stack
    finally:
        stack.down()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not _on_compose(config):
        return
    for item in items:
        if item.get_closest_marker("local"):
            item.add_marker(pytest.mark.skip(reason="about ./polycast up, not about a running stack"))


def _on_compose(config: pytest.Config) -> bool:
    return bool(config.getoption("--stack") == "compose")
