"""Tables on standard output, and where and when they were measured."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple


class Target(NamedTuple):
    what: str
    measured: str
    target: str
    met: bool


def where() -> str:
    """The machine and the moment, as a line."""
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    cpu = names[0].partition(":")[2].strip() if names else platform.machine()
    load = os.getloadavg()[0]
    python = platform.python_version()
    return (
        f"{os.cpu_count()} × {cpu}, load {load:.1f}, Python {python}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Aligned, as Markdown."""
    widths = [max(len(row[n]) for row in [head, *rows]) for n in range(len(head))]
    for row in [head, ["-" * width for width in widths], *rows]:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")
    print(flush=True)


def targets(rows: Sequence[Target]) -> None:
    table(
        ["What", "Measured", "Target", "Met"],
        [[row.what, row.measured, row.target, "yes" if row.met else "NO"] for row in rows],
    )


def spread(values: Sequence[float], unit: str = "", digits: int = 0) -> str:
    """The median, and the middle half of the values."""
    if len(values) < 2:
        return f"{median(values):.{digits}f}{unit}"
    low, middle, high = quantiles(values, n=4, method="inclusive")
    return f"{middle:.{digits}f}{unit} ({low:.{digits}f}–{high:.{digits}f})"
