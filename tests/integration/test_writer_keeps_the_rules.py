"""What the offline writer writes breaks no rule of any platform, and repeats itself for nobody.

Errors and warnings are both fed back to a model, so either would cost a second call.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import combinations

import pytest
from rapidfuzz import fuzz

from polycast.contracts import Severity
from polycast.llm import Prompt
from polycast.platforms import Platform
from polycast.platforms.claims import extract
from polycast.platforms.moderation import Policy
from polycast_cli.offline_writer.app import compose
from polycast_cli.offline_writer.asked import read
from transform_instagram.platform import INSTAGRAM
from transform_linkedin.platform import LINKEDIN
from transform_twitter.platform import TWITTER

SEED = 0
IDEAS = 120
#: Above this two drafts read as one.
ALIKE = 85


def ask(prompt: Prompt) -> dict[str, object]:
    body = {
        "messages": [
            {"role": "system", "content": prompt.system},
            {"role": "user", "content": prompt.user},
        ],
        "response_format": {"type": "json_schema", "json_schema": {"name": prompt.id, "schema": {}}},
    }
    return dict(json.loads(json.dumps(compose(read(body), SEED))))


def ideas() -> Iterator[dict[str, str]]:
    from ideas.prompts import IDEAS as TEMPLATE

    recent: list[dict[str, str]] = []
    for day in range(1, IDEAS // 5 + 1):
        brief = {
            "count": 5, "date": f"2026-11-{day:02}", "topics": [], "keywords": [], "excluded_topics": [],
            "audience": "", "voice": {"description": "", "samples": []}, "context": None,
            "recent": recent, "avoid": [],
        }  # fmt: skip
        made = ask(TEMPLATE.render(brief=brief))["ideas"]
        assert isinstance(made, list)
        recent += [{"title": i["title"], "topic_category": i["topic_category"]} for i in made]
        yield from made


@pytest.fixture(scope="module")
def month() -> list[dict[str, str]]:
    return list(ideas())


def test_a_month_of_ideas_repeats_no_title(month: list[dict[str, str]]):
    assert len(month) == IDEAS
    assert len({idea["title"].casefold() for idea in month}) == IDEAS


@pytest.mark.parametrize("platform", [LINKEDIN, TWITTER, INSTAGRAM], ids=lambda platform: platform.slug)
def test_no_draft_of_a_month_breaks_a_rule_and_no_two_are_alike(
    platform: Platform, month: list[dict[str, str]]
):
    texts = []
    for idea in month:
        preferences = {"audience": "", "keywords": [], "excluded_topics": [], "voice": {}}
        prompt = platform.prompt.render(
            idea=idea, preferences=preferences, instruction=None, generation=1, limits=platform.limits
        )
        text = platform.compose(platform.output.model_validate(ask(prompt)))
        broken = [f for f in platform.check(text).findings if f.severity is not Severity.INFO]
        assert not broken, f"{idea['title']}: {broken}\n{text}"
        claims = extract(text, f"{idea['title']}\n{idea['description']}")
        assert [claim for claim in claims if not claim.given] == [], (
            "a fresh draft may be marked ready at once"
        )
        assert Policy().hits(text) == []
        texts.append(text)
    assert max(fuzz.ratio(one, other) for one, other in combinations(texts, 2)) < ALIKE
