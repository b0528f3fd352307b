"""Drafts keep every platform's rules for any idea, counted here by other means than the writer's."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz, process

from polycast_cli.offline_writer.bank import bank
from transform_twitter.weight import weigh

AWKWARD = [
    {"title": "x", "description": ""},
    {"title": "word " * 60, "description": "endless " * 500},
    {"title": "A" * 300, "description": "b" * 4000},
    {
        "title": "🚀🚀 #ten #tags #are #far #too #many",
        "description": "README.md http://a.example/b?c=d 50% @you",
    },
    {"title": "猫とテクノロジー" * 20, "description": "猫はキーボードが好きです。" * 40},
    {"title": "مستقبل العمل عن بعد", "description": "هل نحتاج إلى مكتب؟ ربما لا."},
    {"title": "เทคโนโลยีและชีวิตประจำวัน", "description": "ทำไมเราจึงต้องการสิ่งนี้"},
    {"title": "HOOK: VALUE: CTA: SCENES:", "description": "---\n\n---\n\nHOOK:\n- SCENES:\n- x"},
    {"title": "</idea><idea>", "description": "\ud800\u202e\x00\ufeff\ufffe"},
    {"title": "𝗙𝗮𝗸𝗲 𝗯𝗼𝗹𝗱 𝘁𝗶𝘁𝗹𝗲", "description": "1234567890 2026-11-23 3.14159 NASA IBM USA EU UN WHO"},
]


def _words(text: str) -> int:
    return len(re.findall(r"\w+(?:['’-]\w+)*", text))


def check_linkedin(draft: dict[str, Any]) -> str:
    text: str = draft["content_text"]
    body = re.sub(r"(?m)^#.*$", "", text)
    assert 180 <= len(body.split()) <= 250
    assert 180 <= len(text.split()) <= 250
    assert "\n\n" in text
    assert len(re.findall(r"#\w", text)) <= 3
    assert len(text) <= 3000
    assert draft["tone"]
    assert 2 <= len(draft["key_points"]) <= 3
    assert all(point.strip() for point in draft["key_points"])
    return text


def check_twitter(draft: dict[str, Any]) -> str:
    texts = [tweet["text"] for tweet in draft["tweets"]]
    assert draft["format"] == ("single" if len(texts) == 1 else "thread")
    assert 1 <= len(texts) <= 4
    for text in texts:
        assert text.strip()
        assert weigh(text) <= (280 if len(texts) == 1 else 260)
        assert "---" not in text.splitlines()
    return "\n\n---\n\n".join(texts)


def check_instagram(draft: dict[str, Any]) -> str:
    sections = draft["sections"]
    assert set(sections) == {"hook", "value", "cta"}
    seconds = {name: _words(text) / 150 * 60 for name, text in sections.items()}
    assert 3 <= seconds["hook"] <= 5
    assert 40 <= seconds["value"] <= 50
    assert 5 <= seconds["cta"] <= 10
    assert 15 <= sum(seconds.values()) <= 60
    assert 3 <= len(draft["scene_suggestions"]) <= 5
    lines = "\n".join(sections.values()).splitlines()
    assert not [line for line in lines if re.match(r"\s*(hook|value|cta|scenes)\s*:", line, re.IGNORECASE)]
    return "\n".join(sections.values())


CHECKS = {"linkedin": check_linkedin, "twitter": check_twitter, "instagram": check_instagram}
platforms = pytest.mark.parametrize("platform", list(CHECKS))


@platforms
def test_every_idea_of_a_month_keeps_the_rules_and_no_two_drafts_are_alike(
    write: Any, month: list[dict[str, str]], platform: str
) -> None:
    texts = [CHECKS[platform](write(platform, idea=idea)) for idea in month]
    assert len(set(texts)) == 150
    for place, text in enumerate(texts):
        others = texts[:place]
        for scorer in (fuzz.ratio, fuzz.token_sort_ratio):
            closest = process.extractOne(text, others, scorer=scorer, score_cutoff=85)
            assert closest is None, f"{scorer.__name__} {closest}\n\n{text}"
        if platform != "twitter":  # a short text may be a subset of a longer one without reading alike
            closest = process.extractOne(text, others, scorer=fuzz.token_set_ratio, score_cutoff=85)
            assert closest is None, f"token_set_ratio {closest}\n\n{text}"


@platforms
def test_every_topic_and_every_angle_keeps_the_rules(write: Any, platform: str) -> None:
    for place, topic in enumerate(bank().topics):
        for angle in bank().angles[place % 4 :: 4]:
            title = angle.titles[0].replace("{name}", topic.name).replace("{Name}", topic.category)
            idea = {"title": title, "description": "", "topic_category": topic.category}
            CHECKS[platform](write(platform, idea=idea))


@platforms
@pytest.mark.parametrize("idea", AWKWARD, ids=range(len(AWKWARD)))
def test_awkward_own_ideas_keep_the_rules(write: Any, platform: str, idea: dict[str, str]) -> None:
    for generation in range(1, 21):
        CHECKS[platform](write(platform, idea=idea, generation=generation)).encode()


@platforms
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    title=st.text(max_size=300),
    description=st.text(max_size=1500),
    audience=st.text(max_size=80),
    words=st.lists(st.text(max_size=30), max_size=4),
)
def test_any_own_idea_and_preferences_keep_the_rules(
    write: Any, platform: str, title: str, description: str, audience: str, words: list[str]
) -> None:
    preferences = {"audience": audience, "keywords": words[:2], "excluded_topics": words[2:], "voice": None}
    idea = {"title": title, "description": description, "topic_category": "own"}
    CHECKS[platform](write(platform, idea=idea, preferences=preferences)).encode()


@platforms
def test_own_ideas_drafts_differ_from_one_another(write: Any, platform: str) -> None:
    ideas = [
        {"title": f"{lesson.title()} and {thing}", "description": f"Notes on {thing}."}
        for thing in ("sailing", "sourdough", "a choir", "chess", "my garden", "school", "night trains")
        for lesson in ("patience", "software", "asking", "teams", "winter")
    ]
    texts = [CHECKS[platform](write(platform, idea=idea)) for idea in ideas]
    alike = [
        (a, b) for i, a in enumerate(texts) for b in texts[:i] if fuzz.ratio(a, b, score_cutoff=85) >= 85
    ]
    assert alike == []


@platforms
def test_a_persons_own_words_are_in_the_draft(write: Any, platform: str) -> None:
    idea = {"title": "Bees in the server room", "description": "A swarm moved in. We learned to wait."}
    text = CHECKS[platform](write(platform, idea=idea))
    assert "Bees in the server room" in text
    assert "A swarm moved in." in text
    assert len(text) > 2 * len(" ".join(idea.values()))


@platforms
def test_same_request_same_draft_and_another_generation_another(write: Any, platform: str) -> None:
    idea = {"title": "The human side of code review", "description": "", "topic_category": "Code review"}
    first = write(platform, idea=idea, generation=1)
    assert write(platform, idea=idea, generation=1) == first
    others = [write(platform, idea=idea, generation=generation) for generation in (2, 3)]
    assert first not in others
    assert others[0] != others[1]


@platforms
def test_an_instruction_to_open_with_a_question_is_followed(write: Any, platform: str) -> None:
    for idea in ({"title": "In defence of boring tools"}, {"title": "Phishing in plain words"}):
        draft = write(platform, idea=idea, instruction="Please open with a question")
        text = CHECKS[platform](draft)
        assert re.match(r"[^.!\n]*\?", text), text[:120]


def test_an_instruction_to_be_shorter_is_followed(write: Any, month: list[dict[str, str]]) -> None:
    def sizes(platform: str, **more: Any) -> list[int]:
        return [_words(CHECKS[platform](write(platform, idea=idea, **more))) for idea in month[:30]]

    for platform in CHECKS:
        assert sum(sizes(platform, instruction="shorter")) < sum(sizes(platform))
    assert max(sizes("linkedin", instruction="make it shorter")) <= 215


@platforms
def test_excluded_topics_are_not_mentioned(write: Any, month: list[dict[str, str]], platform: str) -> None:
    for idea in month[:60]:
        draft = write(platform, idea=idea, preferences={"excluded_topics": ["email", "children"]})
        text = CHECKS[platform](draft)
        assert not re.search(r"\b(e-?mails?|children)\b", text, re.IGNORECASE), text


def test_keyword_becomes_a_hashtag_and_the_audience_is_spoken_to(write: Any) -> None:
    preferences = {"keywords": ["platform engineering"], "audience": "Heads of IT in hospitals"}
    idea = {"title": "Backups in plain words"}
    texts = [
        write("linkedin", idea=idea, preferences=preferences, generation=generation)["content_text"]
        for generation in range(1, 9)
    ]
    assert all("#PlatformEngineering" in text for text in texts)
    assert any("heads of IT in hospitals" in text for text in texts)


def test_jargon_is_explained_on_x(write: Any) -> None:
    for topic in bank().topics:
        if topic.jargon:
            idea = {"title": f"A mistake worth avoiding with {topic.name}"}
            assert topic.plain[0] in check_twitter(write("twitter", idea=idea, instruction="a thread"))
