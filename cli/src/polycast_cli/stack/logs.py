"""Showing the logs of a stack's processes."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from polycast_cli.failure import Failure
from polycast_cli.stack.data_dir import DataDir

_POLL_SECONDS = 0.3


def show(data: DataDir, process: str | None, *, lines: int, follow: bool) -> None:
    """Print the last lines of one process's log or of every one's, each line with its process's name if many.

    Raises:
        Failure: there is no such log.
    """
    paths = [data.log(process)] if process else sorted(data.logs.glob("*.log"))
    if not paths or not all(path.exists() for path in paths):
        known = ", ".join(path.stem for path in sorted(data.logs.glob("*.log")))
        raise Failure(
            f"no log of {process or 'anything'} in {data.logs}" + (f"; there are {known}" if known else "")
        )
    width = max(len(path.stem) for path in paths) if len(paths) > 1 else 0
    offsets = {path: _show_end(path, lines, width) for path in paths}
    while follow:
        sys.stdout.flush()
        time.sleep(_POLL_SECONDS)
        for path in paths:
            offsets[path] = _show_from(path, offsets[path], width)


def _show_end(path: Path, lines: int, width: int) -> int:
    with path.open("rb") as log:
        _print(path, deque(log, maxlen=lines), width)
        return log.tell()


def _show_from(path: Path, offset: int, width: int) -> int:
    if path.stat().st_size < offset:  # rotated
        offset = 0
    with path.open("rb") as log:
        log.seek(offset)
        _print(path, log.readlines(), width)
        return log.tell()


def _print(path: Path, lines: Sequence[bytes] | deque[bytes], width: int) -> None:
    prefix = f"{path.stem:<{width}} | " if width else ""
    for line in lines:
        print(prefix + line.decode(errors="replace").rstrip("\n"))
