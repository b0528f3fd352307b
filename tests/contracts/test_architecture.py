"""Who may import whom. The contracts cover every service that is installed, a new platform's too."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path
from pkgutil import iter_modules

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

LAYERS = """
    polycast.testing
    polycast.platforms
    polycast.service
    polycast.bus | polycast.db | polycast.llm
    polycast.observability | polycast.settings | polycast.tasks | polycast.timetable
    polycast.contracts
"""


def services() -> list[str]:
    """The packages behind the entry points that the stack starts."""
    return sorted({point.module.partition(".")[0] for point in entry_points(group="polycast.services")})


def stories(package: str) -> list[str]:
    """A service's top modules but those that wire."""
    module = __import__(package)
    names = (name for _, name, _ in iter_modules(module.__path__))
    return [f"{package}.{name}" for name in names if name not in ("app", "projector")]


def lines(names: list[str]) -> str:
    return "".join(f"\n    {name}" for name in names)


@pytest.fixture
def contracts(tmp_path: Path) -> str:
    packages = services()
    file = tmp_path / "importlinter.ini"
    file.write_text(
        f"""
[importlinter]
root_packages = {lines(["polycast", "polycast_cli", *packages])}
include_external_packages = True

[importlinter:contract:services]
name = Services never import each other
type = independence
modules = {lines(packages)}

[importlinter:contract:shared]
name = What is shared imports no service and no command
type = forbidden
source_modules = polycast
forbidden_modules = {lines(["polycast_cli", *packages])}

[importlinter:contract:layers]
name = Shared packages build on each other in one direction, contracts on nothing
type = layers
layers = {LAYERS}

[importlinter:contract:wiring]
name = Only app.py wires
type = forbidden
source_modules = {lines([name for package in packages for name in stories(package)])}
forbidden_modules = polycast.service
allow_indirect_imports = True

[importlinter:contract:lean-api]
name = The gateway has no LLM client
type = forbidden
source_modules = api
forbidden_modules =
    openai
    polycast.llm
ignore_imports =
    polycast.service -> polycast.llm
    polycast.service -> polycast.llm.bucket

[importlinter:contract:lean-platforms]
name = Transformers have no database driver
type = forbidden
source_modules = {lines([package for package in packages if package.startswith("transform_")])}
forbidden_modules =
    sqlalchemy
    psycopg
    polycast.db
ignore_imports =
    polycast.service -> polycast.db
    polycast.service -> sqlalchemy
"""
    )
    return str(file)


def test_imports_keep_their_directions(contracts: str, capsys: pytest.CaptureFixture[str]):
    status = lint_imports(config_filename=contracts, no_cache=True)
    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out
