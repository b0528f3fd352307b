"""Twenty workflows at once: how near to the optimum they end, and how many calls of the model they take.

The optimum is what lock-step gives if all but the calls took no time: a call for the ideas, then the drafts
in rounds of as many as there are slots.

    ./polycast bench burst [--workflows 20] [--repeats 3] [--kills 2]
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import signal
from statistics import median

from tests.e2e.stack import Stack

from benchmarks.lab.rig import SLOTS, Model, System, model, pids, polycast, stack
from benchmarks.lab.table import Target, spread, targets, where
from benchmarks.peers.job import IDEAS, PLATFORMS

CALL = 1.0
VICTIM = f"transform-{PLATFORMS[0]}"
SLOTS_OF_ONE = SLOTS // len(PLATFORMS)


def optimum(workflows: int) -> float:
    rounds = math.ceil(workflows * IDEAS / SLOTS_OF_ONE)
    return CALL + rounds * CALL


async def undisturbed(system: System, asked: Model, workflows: int) -> tuple[float, int]:
    """Seconds, and calls made."""
    asked.answer_after(CALL)
    seconds = await system.run_many(workflows)
    return seconds, asked.stats()["calls"]


async def with_kills(system: System, asked: Model, ours: Stack, workflows: int, kills: int) -> int:
    """Calls made while a transformer is killed again and again."""
    asked.answer_after(CALL)
    running = asyncio.create_task(system.run_many(workflows, seconds=180))
    for _ in range(kills):
        await asyncio.sleep(2.5 * CALL)  # amid its calls; a kill needs no better moment
        if victim := pids(ours).get(VICTIM):
            os.kill(victim, signal.SIGKILL)
    await running
    return asked.stats()["calls"]


async def measure(workflows: int, repeats: int, kills: int) -> list[Target]:
    with model() as asked, stack(asked) as ours:
        async with polycast(ours) as system:
            for _ in range(2):
                await system.run_many(4)
            runs = [await undisturbed(system, asked, workflows) for _ in range(repeats)]
            disturbed = await with_kills(system, asked, ours, workflows, kills)
    shares = [optimum(workflows) / seconds for seconds, _ in runs]
    needed = workflows * (1 + IDEAS * len(PLATFORMS))
    made = max(calls for _, calls in runs)
    most = needed + kills * SLOTS_OF_ONE
    return [
        Target("share of the optimum", spread(shares, digits=3), "≥ 0.98", median(shares) >= 0.98),
        Target("calls made / needed", f"{made / needed:.3f}", "1.00", made == needed),
        Target(f"calls, {kills} kills ({needed} needed)", str(disturbed), f"≤ {most}", disturbed <= most),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--workflows", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--kills", type=int, default=2)
    options = parser.parse_args()
    rows = asyncio.run(measure(options.workflows, options.repeats, options.kills))
    print(f"{where()}; optimum {optimum(options.workflows):g} s\n")
    targets(rows)


if __name__ == "__main__":
    main()
