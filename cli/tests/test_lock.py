"""The locks pin what the members ask for, hashed, and name no index."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from polycast_cli.stack.data_dir import CHECKOUT

LOCKS = [CHECKOUT / "requirements.lock", CHECKOUT / "requirements-dev.lock"]
MEMBERS = sorted(CHECKOUT.glob("*/pyproject.toml")) + sorted(CHECKOUT.glob("services/*/pyproject.toml"))
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


def pins(lock: Path) -> dict[str, Version]:
    return {canonicalize_name(name): Version(version) for name, version in PIN.findall(lock.read_text())}


def requirements(project: dict[str, object], group: str) -> list[str]:
    found = project.get(group, {})
    return [each for part in found.values() for each in part] if isinstance(found, dict) else list(found)  # type: ignore[call-overload]


@pytest.mark.parametrize("member", MEMBERS, ids=lambda path: path.parent.name)
def test_what_a_member_asks_for_is_pinned(member: Path) -> None:
    project = tomllib.loads(member.read_text())["project"]
    asked = requirements(project, "dependencies") + requirements(project, "optional-dependencies")
    pinned = pins(LOCKS[0])
    for requirement in map(Requirement, asked):
        name = canonicalize_name(requirement.name)
        if name != "polycast":
            assert name in pinned, f"run tools/lock: {requirement} is not pinned"
            assert pinned[name] in requirement.specifier, f"run tools/lock: {requirement} isn't met"


def test_what_the_tests_need_is_pinned() -> None:
    groups = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["dependency-groups"]
    pinned = pins(LOCKS[1])
    for requirement in map(Requirement, groups["dev"]):
        assert pinned[canonicalize_name(requirement.name)] in requirement.specifier


def test_the_locks_agree_where_they_overlap() -> None:
    run, dev = (pins(lock) for lock in LOCKS)
    assert {name: run[name] for name in run.keys() & dev.keys()} == {
        name: dev[name] for name in run.keys() & dev.keys()
    }


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_is_hashed_pins_and_nothing_else(lock: Path) -> None:
    for line in lock.read_text().splitlines():
        assert re.match(r"^([A-Za-z0-9._-]+==\S+( ; .+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?)$", line), (
            line
        )
