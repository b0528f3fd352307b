"""A provider that misbehaves: do drafts still come, at what price, and is its limit kept?

Two runs. In the first, one answer in five is malformed, over-long or off the schema. In the second, one call
in ten is refused with 429 and `Retry-After`; the services are told a limit, which the provider mustn't see
exceeded.

    ./polycast bench faults [--workflows 70] [--limit 600] [--limited-workflows 40]
"""

from __future__ import annotations

import argparse
import asyncio
import time

from tests.e2e.stack import Stack

from benchmarks.lab.pipeline import IDEAS, PLATFORMS, Pipeline, Writer, pipeline, written_offline
from benchmarks.lab.table import Target, table, targets, where

MALFORMED = {"invalid_json": 0.07, "overlong": 0.07, "off_schema": 0.06}
REFUSED = {"429": 0.1}
WINDOW = 60.0


async def run(ours: Stack, pipe: Pipeline, workflows: int) -> None:
    person = ours.person().id
    people = [person, *(ours.person().id for _ in range(min(workflows, 10) - 1))]
    for number in range(workflows):
        await pipe.start(people[number % len(people)], started_at=f"2026-11-{1 + number % 28:02}T06:00:00Z")
    for _ in range(workflows):
        await pipe.ended()


async def malformed(workflows: int) -> list[Target]:
    with written_offline() as ours:
        async with pipeline(ours) as pipe:
            writer = Writer(ours)
            writer.misbehave(**MALFORMED)
            await run(ours, pipe, workflows)
            stats = writer.stats()
            valid = sum(draft["checks"]["ok"] for draft in pipe.events["content.generated"])
            failures = [f["error"]["code"] for f in pipe.events["content.failed"]]
            lost = len(pipe.events["ideas.failed"])
    expected = workflows * IDEAS * len(PLATFORMS)
    calls = stats["chat_calls"] / (workflows * (1 + IDEAS * len(PLATFORMS)))
    outcomes = {name: count for name, count in stats["by_outcome"].items() if name != "ok"}
    spoilt = sum(outcomes.values()) / stats["chat_calls"]
    table(
        ["workflows", "answers", "spoilt", "drafts valid", "drafts failed", "workflows without ideas"],
        [[str(workflows), str(stats["chat_calls"]), f"{spoilt:.1%}: {outcomes}", f"{valid} of {expected}",
          f"{len(failures)} {sorted(set(failures)) or ''}", str(lost)]],
    )  # fmt: skip
    share = valid / expected
    return [
        Target("drafts valid, 20 % of answers spoilt", f"{share:.2%}", "≥ 99.5 %", share >= 0.995),
        Target("chat calls / needed", f"{calls:.2f}", "≤ 1.35", calls <= 1.35),
    ]


async def refused(workflows: int, limit: int) -> list[Target]:
    with written_offline(POLYCAST_LLM_REQUESTS_PER_MINUTE=str(limit)) as ours:
        async with pipeline(ours) as pipe:
            writer = Writer(ours)
            writer.misbehave(**REFUSED)
            seen = list[tuple[float, int]]()
            watching = asyncio.create_task(_watch(writer, seen))
            await run(ours, pipe, workflows)
            watching.cancel()
            stats = await asyncio.to_thread(writer.stats)
            failed = len(pipe.events["content.failed"]) + len(pipe.events["ideas.failed"])
            drafts = len(pipe.events["content.generated"])
    most = max(
        later - earlier
        for at, earlier in seen
        for then, later in seen
        if at <= then <= at + WINDOW
    )  # fmt: skip
    table(
        ["workflows", "requests", "refused (429)", "drafts", "failed", "most requests in 60 s"],
        [[str(workflows), str(stats["requests"]), str(stats["by_outcome"].get("429", 0)), str(drafts),
          str(failed), str(most)]],
    )  # fmt: skip
    return [
        Target("failed, 10 % refused with 429", str(failed), "0", failed == 0),
        Target(
            f"requests in any 60 s, limit {limit}", str(most), f"≤ {limit * 1.05:.0f}", most <= limit * 1.05
        ),
    ]


async def _watch(writer: Writer, seen: list[tuple[float, int]]) -> None:
    """What the provider has counted, several times a second."""
    while True:
        stats = await asyncio.to_thread(writer.stats)
        seen.append((time.monotonic(), stats["requests"]))
        await asyncio.sleep(0.2)


async def measure(options: argparse.Namespace) -> None:
    print(where(), "\n")
    targets([
        *await malformed(options.workflows),
        *await refused(options.limited_workflows, options.limit),
    ])  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--workflows", type=int, default=70)
    parser.add_argument("--limited-workflows", type=int, default=40)
    parser.add_argument("--limit", type=int, default=600, help="requests a minute")
    asyncio.run(measure(parser.parse_args()))


if __name__ == "__main__":
    main()
