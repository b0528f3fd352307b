"""A workflow's overhead, throughput, processor time and memory: Polycast, Celery + Redis, a floor by hand.

All run at once on one Postgres, one nats-server and one model; rounds alternate between them, because a
machine is never quiet, and ratios are taken within a round.

    ./polycast bench workflow [--rounds 7] [--latency 0.5] [--many 20] [--without-celery]
"""

from __future__ import annotations

import argparse
import asyncio
from collections import defaultdict
from statistics import median
from typing import NamedTuple

from benchmarks.lab.rig import System, everyone
from benchmarks.lab.table import Target, spread, table, targets, where


class Round(NamedTuple):
    overhead: float
    """Milliseconds of a workflow alone, less its two calls of the model one after the other."""
    cpu_alone: float
    """Milliseconds of the workers' processor time for a workflow alone."""
    throughput: float
    """Workflows a second, many at once, without latency."""
    cpu: float
    """Likewise, many at once."""


async def measure(options: argparse.Namespace) -> tuple[dict[str, list[Round]], dict[str, float]]:
    rounds: dict[str, list[Round]] = defaultdict(list)
    async with everyone(*([] if options.without_celery else ["prefork", "threads"])) as (model, systems):
        for number in range(options.rounds):
            turn = number % len(systems)
            order = systems[turn:] + systems[:turn]
            model.answer_after(options.latency)
            alone = {system.name: await _alone(system, options.latency) for system in order}
            model.answer_after(0)
            for system in order:
                rounds[system.name].append(Round(*alone[system.name], *await _many(system, options.many)))
        return rounds, {system.name: system.memory for system in systems}


async def _alone(system: System, latency: float, repeats: int = 3) -> tuple[float, float]:
    before = system.cpu_seconds
    walls = [await system.run() for _ in range(repeats)]
    cpu = (system.cpu_seconds - before) / repeats
    return (median(walls) - 2 * latency) * 1000, cpu * 1000


async def _many(system: System, count: int) -> tuple[float, float]:
    before = system.cpu_seconds
    seconds = await system.run_many(count)
    return count / seconds, (system.cpu_seconds - before) / count * 1000


def ratios(rounds: dict[str, list[Round]], what: str, peer: str) -> list[float]:
    pairs = zip(rounds["Polycast"], rounds[peer], strict=True)
    return [getattr(ours, what) / getattr(theirs, what) for ours, theirs in pairs]


def against(rounds: dict[str, list[Round]], what: str, peers: list[str]) -> tuple[str, list[float]]:
    """The ratios to whichever of the peers does best."""
    best = max if what == "throughput" else min
    peer = best(peers, key=lambda name: median(getattr(r, what) for r in rounds[name]))
    return peer, ratios(rounds, what, peer)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--latency", type=float, default=0.5, help="seconds of each call, for the overhead")
    parser.add_argument("--many", type=int, default=20, help="workflows at once, for the throughput")
    parser.add_argument("--without-celery", action="store_true", help="compare with the floor alone")
    options = parser.parse_args()
    rounds, memories = asyncio.run(measure(options))
    print(f"{where()}; {options.rounds} rounds; median (middle half)\n")
    table(
        ["", "overhead", "throughput", "worker CPU, alone", "worker CPU, many at once", "memory"],
        [
            [
                name,
                spread([r.overhead for r in its], " ms"),
                spread([r.throughput for r in its], "/s", 1),
                spread([r.cpu_alone for r in its], " ms"),
                spread([r.cpu for r in its], " ms"),
                f"{memories[name]:.0f} MB",
            ]
            for name, its in rounds.items()
        ],
    )
    celeries = [name for name in rounds if name.startswith("Celery")]
    bounds = [("overhead", celeries, 0.5), ("overhead", ["floor"], 1.3), ("throughput", celeries, 2.0),
              ("throughput", ["floor"], 0.7), ("cpu", celeries, 0.5)]  # fmt: skip
    rows = []
    for what, peers, bound in bounds:
        if not peers:
            continue
        peer, found = against(rounds, what, peers)
        at_least = what == "throughput"
        met = median(found) >= bound if at_least else median(found) <= bound
        sign = "≥" if at_least else "≤"
        rows.append(Target(f"{what} / {peer}'s", spread(found, digits=2), f"{sign} {bound}", met))
    targets(rows)


if __name__ == "__main__":
    main()
