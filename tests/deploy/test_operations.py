"""What docs/operations.md and the runbooks name exists: files, commands, settings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer

from polycast_cli.app import app

from .manifests import OVERLAYS, ROOT, name, overlay
from .services import environment_variables

PAGES = [ROOT / "docs" / "operations.md", *sorted((ROOT / "docs" / "runbooks").glob("*.md"))]
#: Not settings: how our own scripts are told, and what only production's jobs know.
OTHERS = {"POLYCAST_STREAM_REPLICAS", "POLYCAST_ROLE_PASSWORDS", "POLYCAST_COMPOSE", "POLYCAST_PORT"}

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


@pages
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        assert target.startswith("http") or (page.parent / target).exists(), target


@pages
def test_files_exist(page: Path) -> None:
    for path in re.findall(r"\b(?:deploy|docs|tests)/[\w-]*[./][\w./-]*\w", page.read_text()):
        if not path.startswith("deploy/secrets"):  # made, not kept
            assert (ROOT / path).exists(), path


@pages
def test_commands_exist(page: Path) -> None:
    root = typer.main.get_command(app)
    for line in re.findall(r"(?:\./polycast|-m polycast_cli) ([a-z][a-z \-]+)", page.read_text()):
        command: Any = root
        for word in line.split():
            if not hasattr(command, "commands"):
                break
            assert word in command.commands, line
            command = command.commands[word]


@pages
def test_settings_exist(page: Path) -> None:
    named = set(re.findall(r"\b(?:POLYCAST|OPENAI)_[A-Z_]+[A-Z]\b", page.read_text()))
    assert named <= environment_variables() | OTHERS


@pages
def test_resources_exist(page: Path) -> None:
    known = {name(m).lower() for where in OVERLAYS for m in overlay(where)}
    aliases = {"deploy": "deployment", "svc": "service"}
    for kind, resource in re.findall(
        r"\b(deploy|statefulset|cronjob|cluster|svc|job)/([a-z][a-z-]+)\b(?![/.])", page.read_text()
    ):
        if (kind, resource) != ("job", "console"):  # made from the cronjob of that name
            assert f"{aliases.get(kind, kind)}/{resource}" in known, f"{kind}/{resource}"
