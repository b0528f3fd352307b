"""Ideas: varied, fresh, obedient, and the same for the same request."""

from __future__ import annotations

import re
from typing import Any

import pytest

from polycast_cli.offline_writer.bank import bank

DAY = {"count": 5, "date": "2026-11-23"}


def _sentences(text: str) -> int:
    return len(re.findall(r"[.!?](?:\s|$)", text))


@pytest.mark.parametrize("count", [1, 5, 10])
def test_gives_as_many_as_asked_each_with_title_description_and_category(write: Any, count: int) -> None:
    ideas = write("ideas", brief={**DAY, "count": count})["ideas"]
    assert len(ideas) == count
    for idea in ideas:
        assert set(idea) == {"title", "description", "topic_category"}
        assert 3 <= len(idea["title"].split()) <= 16
        assert 2 <= _sentences(idea["description"]) <= 3
    assert len({idea["topic_category"] for idea in ideas}) == count
    assert len({" ".join(idea["title"].split()[:3]) for idea in ideas}) > count // 2, "titles of one shape"


def test_same_request_same_answer_and_any_difference_another(write: Any) -> None:
    first = write("ideas", brief=DAY)
    assert write("ideas", brief=DAY) == first
    assert write("ideas", brief=DAY, seed=1) != first
    assert write("ideas", brief={**DAY, "audience": "nurses"}) != first
    assert write("ideas", brief={**DAY, "keywords": ["backups"]}) != first


def test_next_day_brings_other_topics_even_without_history(write: Any) -> None:
    days = [write("ideas", brief={**DAY, "date": f"2026-11-{day}"})["ideas"] for day in range(10, 17)]
    categories = [idea["topic_category"] for day in days for idea in day]
    assert len(set(categories)) >= 30


def test_a_month_repeats_no_title_and_no_topic_from_the_same_angle(month: list[dict[str, str]]) -> None:
    assert len({idea["title"] for idea in month}) == 150
    assert len({idea["description"] for idea in month}) == 150
    categories = [idea["topic_category"] for idea in month]
    assert max(map(categories.count, categories)) <= 3


def test_titles_to_avoid_are_avoided_round_after_round(write: Any) -> None:
    avoid: list[str] = []
    for _ in range(4):
        titles = [idea["title"] for idea in write("ideas", brief={**DAY, "avoid": avoid})["ideas"]]
        assert not set(titles) & set(avoid)
        avoid += titles
    assert len(avoid) == 20


def test_excluded_topics_are_neither_chosen_nor_mentioned(write: Any) -> None:
    excluded = ["meeting", "Artificial Intelligence", "passwords"]
    for day in range(1, 29):
        brief = {"count": 10, "date": f"2026-02-{day:02}", "excluded_topics": excluded}
        for idea in write("ideas", brief=brief)["ideas"]:
            text = " ".join(idea.values()).casefold()
            assert not re.search(r"\bmeetings?\b|artificial intelligence|\bpasswords?\b", text)
            assert not idea["topic_category"].startswith("AI ")


def test_a_persons_topics_lead_to_the_matching_part_of_the_bank(write: Any) -> None:
    ideas = write("ideas", brief={**DAY, "count": 3, "topics": ["cybersecurity"]})["ideas"]
    security = {topic.category for topic in bank().topics if topic.area == "Security and privacy"}
    assert {idea["topic_category"] for idea in ideas} <= security


@pytest.mark.parametrize("topic", ["gardening", "pension funds", "日本の鉄道", "bees in hospitals & clinics"])
def test_topics_outside_the_bank_are_written_about_in_the_persons_words(write: Any, topic: str) -> None:
    ideas = write("ideas", brief={**DAY, "topics": [topic]})["ideas"]
    assert len(ideas) == 5
    assert len({idea["title"] for idea in ideas}) == 5
    assert len({idea["topic_category"] for idea in ideas}) == 5
    for idea in ideas:
        assert topic.casefold()[:4] in f"{idea['title']} {idea['topic_category']}".casefold()


def test_keywords_are_preferred(write: Any) -> None:
    ideas = write("ideas", brief={**DAY, "keywords": ["backups", "phishing"]})["ideas"]
    assert {"Backups", "Phishing"} <= {idea["topic_category"] for idea in ideas}


@pytest.mark.parametrize(
    "brief",
    [
        "not even an object",
        {"count": 0, "date": 5, "topics": "security", "recent": [None, {"title": 3}], "avoid": {}},
        {"count": 3, "topics": [None, "", "🚀"], "excluded_topics": ["", " "]},
        {"count": 3, "excluded_topics": ["a", "the", "people", "you"]},
    ],
)
def test_a_brief_that_is_partly_unreadable_still_gets_ideas(write: Any, brief: Any) -> None:
    assert write("ideas", brief=brief)["ideas"]


def test_when_nothing_is_left_fewer_are_given_and_none_twice(write: Any) -> None:
    avoid: list[str] = []
    while titles := [
        idea["title"]
        for idea in write("ideas", brief={**DAY, "count": 10, "topics": ["meetings"], "avoid": avoid})[
            "ideas"
        ]
    ]:
        assert not set(titles) & set(avoid)
        avoid += titles
        assert len(avoid) < 200, "titles are said to be finite"
    assert len(avoid) >= 11
