"""A thousand drafts a platform through the real pipeline: do they keep every rule, are any two alike?

Seven people with different topics get five ideas a day for thirty days; each draft is then checked again by
its platform's service and compared with every other of the same person and platform.

    ./polycast bench drafts [--people 7] [--days 30]
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from nats.aio.client import Client
from rapidfuzz import fuzz, process

from benchmarks.lab.pipeline import PLATFORMS, Pipeline, Writer, pipeline, written_offline
from benchmarks.lab.table import Target, table, targets, where

ALIKE = 85
"""From there on two drafts read as one (rapidfuzz ratio)."""
FIRST_DAY = datetime(2026, 11, 1, 6, tzinfo=UTC)
TASTES: list[dict[str, Any]] = [
    {},
    {"audience": "owners of small shops"},
    {"keywords": ["dashboards", "code review"], "excluded_topics": ["children"]},
    {"topics": ["technology", "remote work"], "audience": "engineering leads", "voice": "dry and short"},
    {"topics": ["public services", "digital transformation"], "audience": "heads of IT in hospitals"},
    {"topics": ["innovation", "cybersecurity"], "keywords": ["passwords"]},
    {"topics": ["artificial intelligence", "data", "business"], "voice": {"samples": ["Ship it."]}},
]
"""Broad enough for a month: the offline writer's bank holds some 65 titles on a narrow topic."""


async def write(pipe: Pipeline, people: list[str], days: int) -> None:
    """Each person's days one after the other: what they had before is what mustn't come again."""
    person_of = dict[str, tuple[int, int]]()

    async def begin(number: int, day: int) -> None:
        moment = (FIRST_DAY + timedelta(days=day)).isoformat()
        taste = TASTES[number % len(TASTES)]
        execution = await pipe.start(people[number], preferences=taste, started_at=moment)
        person_of[execution] = number, day

    await asyncio.gather(*(begin(number, 0) for number in range(len(people))))
    for _ in range(len(people) * days):
        number, day = person_of[(await pipe.ended())["execution_id"]]
        if day + 1 < days:
            await begin(number, day + 1)


async def check(client: Client, draft: dict[str, Any]) -> Counter[str]:
    """Findings by severity, as the platform's service answers for the text alone."""
    request = json.dumps({"content_text": draft["content_text"]}).encode()
    answer = json.loads(
        (await client.request(f"platform.check.{draft['platform']}", request, timeout=30)).data
    )
    return Counter(finding["severity"] for finding in answer["findings"])


def most_alike(texts: list[str]) -> float:
    """The highest similarity of any two."""
    found = (
        process.extractOne(text, texts[:place], scorer=fuzz.ratio, score_cutoff=40)
        for place, text in enumerate(texts)
        if place
    )
    return max((match[1] for match in found if match), default=0.0)


async def measure(people: int, days: int) -> None:
    with written_offline() as ours:
        async with pipeline(ours) as pipe:
            ids = [ours.person().id for _ in range(people)]
            await write(pipe, ids, days)
            stats = Writer(ours).stats()
            drafts = pipe.events["content.generated"]
            rows, worst, broken = [], 0.0, 0
            for platform in PLATFORMS:
                its = [draft for draft in drafts if draft["platform"] == platform]
                severities: Counter[str] = sum([await check(pipe.client, draft) for draft in its], Counter())
                by_person = defaultdict[str, list[str]](list)
                for draft in its:
                    by_person[draft["user_id"]].append(draft["content_text"])
                alike = max(most_alike(texts) for texts in by_person.values())
                unverified = sum(not claim["given"] for d in its for claim in d["checks"]["claims"])
                failed = sum(f["platform"] == platform for f in pipe.events["content.failed"])
                worst, broken = (
                    max(worst, alike),
                    broken + failed + severities["error"] + severities["warning"],
                )
                rows.append([platform, str(len(its)), str(failed), str(severities["error"]),
                             str(severities["warning"]), str(unverified), f"{alike:.1f}"])  # fmt: skip
            ideas = pipe.events["idea.created"]
    print(f"{where()}; {people} people, {days} days, {len(ideas)} ideas\n")
    head = ["", "drafts", "failed", "errors", "warnings", "unverified claims", "most alike two of a month"]
    table(head, rows)
    needed = people * days + 5 * people * days * len(PLATFORMS)
    calls = stats["chat_calls"] / needed
    titles = {(idea["user_id"], idea["title"].casefold()) for idea in ideas}
    targets(
        [
            Target("violations after the pipeline", str(broken), "0", broken == 0),
            Target("drafts of a month most alike", f"{worst:.1f}", f"< {ALIKE}", worst < ALIKE),
            Target("ideas that came twice", str(len(ideas) - len(titles)), "0", len(ideas) == len(titles)),
            Target("chat calls / needed", f"{calls:.3f}", "≤ 1.01", calls <= 1.01),
        ]
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--people", type=int, default=7)
    parser.add_argument("--days", type=int, default=30)
    options = parser.parse_args()
    asyncio.run(measure(options.people, options.days))


if __name__ == "__main__":
    main()
