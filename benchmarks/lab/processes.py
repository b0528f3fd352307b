"""What processes cost, as Linux counts it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


def family(pid: int) -> set[int]:
    """A process and all that descend from it."""
    found = {pid}
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in children.read_text().split():
                found |= family(int(child))
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """Time on a processor of all threads of these processes, those that have ended left out."""
    nanoseconds = 0
    for pid in pids:
        for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            with suppress(OSError):
                nanoseconds += int(thread.read_text().split()[0])
    return nanoseconds / 1e9


def memory(pids: Iterable[int]) -> float:
    """Proportional set size in MB: shared pages are counted once over all who share them."""
    kilobytes = 0
    for pid in pids:
        with suppress(OSError):
            found = _PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_text())
            kilobytes += int(found.group(1)) if found else 0
    return kilobytes * 1024 / 1e6


@contextmanager
def running(*commands: list[str], **options: object) -> Iterator[list[int]]:
    """These programs for as long as the context lasts; yields their process ids."""
    started = [subprocess.Popen(command, start_new_session=True, **options) for command in commands]  # type: ignore[call-overload]
    try:
        yield [process.pid for process in started]
    finally:
        for number in (signal.SIGTERM, signal.SIGKILL):  # the second for what is left of each group
            for process in started:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
            for process in started:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=5)
