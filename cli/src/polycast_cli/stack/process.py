"""What is known of a stack's processes: how to run one, and which ones run.

A process is told from a later one with the same id by its birth mark, so nothing is ever ended by mistake.
Standard library only: the supervisor imports it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Owner:
    """The user that a process runs as, where it isn't ours."""

    uid: int
    gid: int


@dataclass(frozen=True)
class ProcessSpec:
    """How to run one process of the stack."""

    name: str
    command: list[str]
    health_url: str
    """Where it answers that it is ready: `http://…/readyz`, `nats://…` or `postgresql://…`."""
    environment: dict[str, str] = field(default_factory=dict)
    """On top of the supervisor's own."""
    directory: str = "/"
    owner: Owner | None = None
    stop_signal: int = signal.SIGTERM
    grace_seconds: float = 10
    """From the stop signal to SIGKILL."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> ProcessSpec:
        owner = body.pop("owner")
        return cls(**body, owner=Owner(**owner) if owner else None)


@dataclass(frozen=True)
class ProcessRecord:
    """How one process of the stack stands, as its supervisor last wrote it."""

    name: str
    pid: int | None
    """None while it waits to be restarted, and after the stack has stopped."""
    birth: str
    started: float
    """When its present life began, in Unix time."""
    restarts: int
    failures: int
    """Short lives in a row."""
    health_url: str
    stop_signal: int
    batch: int
    """Which batch it was started with, from 0; batches stop in reverse order."""

    @property
    def is_alive(self) -> bool:
        return self.pid is not None and is_alive(self.pid, self.birth)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class StackRecord:
    """`processes.json`: the supervisor and what it runs."""

    supervisor_pid: int
    supervisor_birth: str
    processes: tuple[ProcessRecord, ...]

    @property
    def is_supervised(self) -> bool:
        return is_alive(self.supervisor_pid, self.supervisor_birth)

    @property
    def leftovers(self) -> tuple[ProcessRecord, ...]:
        """What runs though its supervisor is gone."""
        return () if self.is_supervised else tuple(process for process in self.processes if process.is_alive)

    @classmethod
    def read(cls, path: Path) -> StackRecord | None:
        try:
            body = json.loads(path.read_text())
        except FileNotFoundError:
            return None
        processes = tuple(ProcessRecord(**process) for process in body["processes"])
        return cls(body["supervisor"]["pid"], body["supervisor"]["birth"], processes)


def birth_mark(pid: int) -> str | None:
    """When a process was born, in words that no other process with this id shares; None if it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None if Path("/proc/self/stat").exists() else _birth_by_ps(pid)
    state, *fields = stat.rpartition(")")[2].split()
    if state in "ZX":
        return None
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{boot}:{fields[18]}"  # starttime, field 22 of proc_pid_stat(5)


def _birth_by_ps(pid: int) -> str | None:
    """Where there is no /proc (macOS)."""
    answer = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True)  # noqa: S603, S607
    state, _, start = answer.stdout.strip().partition(" ")
    return start.strip() if start and not state.startswith("Z") else None


def is_alive(pid: int, birth: str) -> bool:
    return birth_mark(pid) == birth


def wait_until_gone(processes: Sequence[tuple[int, str]], seconds: float) -> bool:
    """Processes by id and birth mark, none of them our children (those the kernel would tell us about)."""
    deadline = time.monotonic() + seconds
    while any(is_alive(pid, birth) for pid, birth in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def end(processes: Sequence[ProcessRecord], seconds: float = 10) -> None:
    """End what a killed supervisor left behind, batch by batch: politely, then by force, groups included."""
    for batch in sorted({process.batch for process in processes}, reverse=True):
        alive = [process for process in processes if process.batch == batch and process.is_alive]
        for number in (None, signal.SIGKILL):
            for process in alive:
                _signal(process, number or process.stop_signal)
            if wait_until_gone([(process.pid or 0, process.birth) for process in alive], seconds):
                break


def _signal(process: ProcessRecord, number: int) -> None:
    if process.pid is not None and process.is_alive:
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if number == signal.SIGKILL else os.kill)(process.pid, number)


def write_private(path: Path, text: str) -> None:
    """Replace a file as a whole, readable by its owner alone."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)
