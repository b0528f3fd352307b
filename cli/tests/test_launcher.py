"""The launcher on machines that lack something. What it does on a fresh one is tried by installing there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from polycast_cli.stack.data_dir import CHECKOUT

#: What the launcher needs of the system beside Python.
TOOLS = ("sh", "dirname", "readlink", "cat", "cksum", "rm", "head", "flock")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A checkout, and a PATH without any Python."""
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        if found := shutil.which(tool):
            (tmp_path / "bin" / tool).symlink_to(found)
    checkout = tmp_path / "a checkout"
    checkout.mkdir()
    shutil.copy(CHECKOUT / "polycast", checkout)
    return tmp_path


def python(machine: Path, name: str, *, recent: bool, complete: bool) -> None:
    """A stand-in for an interpreter: it answers the launcher's two questions."""
    answer = (
        f"case $2 in *ensurepip*) exit {0 if recent and complete else 1} ;; esac; exit {0 if recent else 1}"
    )
    path = machine / "bin" / name
    path.write_text(f"#!/bin/sh\n{answer}\n")
    path.chmod(0o755)


def launch(machine: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [machine / "a checkout" / "polycast", "status"],
        env={"PATH": str(machine / "bin"), "HOME": str(machine)},
        capture_output=True,
        text=True,
    )


def test_without_python_one_line_says_what_to_install(machine: Path) -> None:
    done = launch(machine)
    assert done.returncode == 1
    advice = "needs Python 3.11 or newer with venv and pip; try: apt install python3 python3-venv"
    assert done.stderr == f"polycast: {advice}\n"


def test_a_python_that_is_too_old_is_none(machine: Path) -> None:
    python(machine, "python3", recent=False, complete=True)
    assert "needs Python 3.11 or newer" in launch(machine).stderr


def test_a_python_without_venv_or_pip_is_named_with_its_package(machine: Path) -> None:
    python(machine, "python3", recent=False, complete=True)
    python(machine, "python3.12", recent=True, complete=False)
    done = launch(machine)
    assert done.returncode == 1
    assert done.stderr == "polycast: python3.12 lacks venv or pip; try: apt install python3.12-venv\n"
