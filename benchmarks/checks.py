"""How long a check takes, asked over the bus one after the other, as a page asks while somebody types.

Asked in turn with it is what isn't a check, and is answered so at once: the difference is the check's own.

./polycast bench checks [--requests 1000]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from statistics import median, quantiles

from nats.aio.client import Client

from benchmarks.lab.pipeline import PLATFORMS, pipeline, written_offline
from benchmarks.lab.table import Target, table, targets, where

BOUND = 20
"""Milliseconds."""


async def measure(requests: int) -> None:
    with written_offline() as ours:
        async with pipeline(ours) as pipe:
            person = ours.person().id
            await pipe.start(person)
            await pipe.ended()
            ideas = pipe.events["idea.created"]
            given = "\n".join(f"{idea['title']} {idea['description']}" for idea in ideas)
            rows, worst = [], 0.0
            for platform in PLATFORMS:
                texts = [
                    d["content_text"] for d in pipe.events["content.generated"] if d["platform"] == platform
                ]
                taken, empty = list[float](), list[float]()
                for number in range(requests):
                    text = texts[number % len(texts)]
                    text = text[: len(text) - number % 50]  # as it is while somebody types
                    body = json.dumps({"content_text": text, "given": given}).encode()
                    taken.append(await _asked(pipe.client, platform, body))
                    empty.append(await _asked(pipe.client, platform, b"{}"))
                cuts = quantiles(taken, n=100)
                worst = max(worst, cuts[98])
                rows.append(
                    [
                        platform,
                        str(sum(map(len, texts)) // len(texts)),
                        *(f"{value:.1f}" for value in (median(taken), cuts[94], cuts[98])),
                        f"{median(empty):.1f}, {quantiles(empty, n=100)[98]:.1f}",
                    ]
                )
    print(f"{where()}; {requests} requests a platform\n")
    table(["", "characters", "median ms", "p95", "p99", "nothing to check: median, p99"], rows)
    targets([Target("p99 of a check", f"{worst:.1f} ms", f"≤ {BOUND} ms", worst <= BOUND)])


async def _asked(client: Client, platform: str, body: bytes) -> float:
    """Milliseconds until the answer."""
    started = time.perf_counter()
    await client.request(f"platform.check.{platform}", body, timeout=30)
    return (time.perf_counter() - started) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--requests", type=int, default=1000)
    asyncio.run(measure(parser.parse_args().requests))


if __name__ == "__main__":
    main()
