"""From `./polycast up` on an empty data directory to the first 15 drafts, and what the stack takes when idle.

./polycast bench startup [--repeats 3]
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tests.e2e.stack import Stack

from benchmarks.lab.processes import cpu_seconds, family, memory
from benchmarks.lab.table import Target, spread, table, targets, where

SETTLING = 10.0
"""Seconds after which a stack counts as idle; its processor time is counted for as long again."""


class Start(NamedTuple):
    seconds: float
    """From the command to the drafts, and how much processor time all that ran took meanwhile."""
    processor_seconds: float
    idle_load: float
    """Processors that an idle stack takes."""
    memory: dict[str, float]
    """Megabytes by process, idle."""


def measure() -> Start:
    with tempfile.TemporaryDirectory(prefix="polycast-bench-") as directory:
        ours = Stack(Path(directory))
        started, ended_before = time.monotonic(), _of_ended_children()
        ours.up()  # returns once the first workflow's drafts are printed
        seconds = time.monotonic() - started
        try:
            drafts = ours.sql("SELECT count(*) FROM api.drafts WHERE content_text IS NOT NULL")
            assert drafts == [(15,)], drafts
            ended = _of_ended_children() - ended_before
            families = {p["name"]: family(p["pid"]) for p in ours.status()["processes"]}
            supervisor = json.loads((ours.data / "processes.json").read_text())["supervisor"]
            families["supervisor"] = {supervisor["pid"]}
            everyone = set().union(*families.values())
            worked = ended + cpu_seconds(everyone)
            time.sleep(SETTLING)
            before = cpu_seconds(everyone)
            time.sleep(SETTLING)
            busy = (cpu_seconds(everyone) - before) / SETTLING
            taken = {name: memory(members) for name, members in families.items()}
            return Start(seconds, worked, busy, taken)
        finally:
            ours.down()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=3)
    runs = [measure() for _ in range(parser.parse_args().repeats)]
    seconds = [run.seconds for run in runs]
    megabytes = [sum(run.memory.values()) for run in runs]
    print(f"{where()}\n")
    table(["Process, idle", "MB"], [[name, f"{mb:.0f}"] for name, mb in runs[-1].memory.items()])
    targets(
        [
            Target("`up` to 15 drafts", spread(seconds, " s", 1), "≤ 15 s", median(seconds) <= 15),
            Target("memory, idle", spread(megabytes, " MB"), "≤ 900 MB", median(megabytes) <= 900),
        ]
    )
    print(f"Processor time until the drafts: {spread([run.processor_seconds for run in runs], ' s', 1)}.")
    print(f"An idle stack takes {median(run.idle_load for run in runs):.1%} of a processor.")


def _of_ended_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
