"""From `./polycast up` on an empty data directory to the first 15 drafts, and what the stack takes when idle.

./polycast bench startup [--repeats 3]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median

from tests.e2e.stack import Stack

from benchmarks.lab.processes import cpu_seconds, family, memory
from benchmarks.lab.table import Target, spread, table, targets, where

SETTLING = 10.0
"""Seconds after which a stack counts as idle; its processor time is counted for as long again."""


def measure() -> tuple[float, float, dict[str, float]]:
    """Seconds to the drafts; processor time a second and megabytes by process when idle."""
    with tempfile.TemporaryDirectory(prefix="polycast-bench-") as directory:
        ours = Stack(Path(directory))
        started = time.monotonic()
        ours.up()  # returns once the first workflow's drafts are printed
        seconds = time.monotonic() - started
        try:
            drafts = ours.sql("SELECT count(*) FROM api.drafts WHERE content_text IS NOT NULL")
            assert drafts == [(15,)], drafts
            families = {p["name"]: family(p["pid"]) for p in ours.status()["processes"]}
            time.sleep(SETTLING)
            everyone = set().union(*families.values())
            before = cpu_seconds(everyone)
            time.sleep(SETTLING)
            busy = (cpu_seconds(everyone) - before) / SETTLING
            return seconds, busy, {name: memory(members) for name, members in families.items()}
        finally:
            ours.down()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=3)
    runs = [measure() for _ in range(parser.parse_args().repeats)]
    seconds = [run[0] for run in runs]
    megabytes = [sum(run[2].values()) for run in runs]
    print(f"{where()}\n")
    table(["Process, idle", "MB"], [[name, f"{mb:.0f}"] for name, mb in runs[-1][2].items()])
    targets(
        [
            Target("`up` to 15 drafts", spread(seconds, " s", 1), "≤ 15 s", median(seconds) <= 15),
            Target("memory, idle", spread(megabytes, " MB"), "≤ 900 MB", median(megabytes) <= 900),
        ]
    )
    print(f"All processes together take {median(run[1] for run in runs):.1%} of a processor when idle.")


if __name__ == "__main__":
    main()
