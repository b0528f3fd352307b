"""The page's own checks, as `npm run check` runs them. Without Node.js they fail and say so."""

from __future__ import annotations

from pathlib import Path

import pytest

from polycast_cli.stack import page

#: The first to run installs the tools.
pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    log = tmp_path / "npm.log"
    page.install_tools(log)
    return log


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("lint", marks=pytest.mark.xdist_group("page-lint")),
        pytest.param("test", marks=pytest.mark.xdist_group("page-test")),
        pytest.param("types", marks=pytest.mark.xdist_group("page-types")),
    ],
)
def test_npm_run(script: str, log: Path):
    npm(script, log=log)


def test_the_types_of_the_api_follow_its_description(log: Path):
    npm("api", "--", "--check", log=log)


def test_a_first_visit_loads_no_more_than_its_budget(log: Path):
    page.build(log)
    npm("size", log=log)


def npm(*script: str, log: Path) -> None:
    try:
        page.npm("run", *script, log=log)
    except page.NotBuilt as reason:
        pytest.fail(f"{reason}\n{log.read_text()[-5000:]}", pytrace=False)
