"""The bank keeps its own promises: size, shape and style."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from polycast_cli.offline_writer.bank import BEAT_KINDS, Bank, bank
from polycast_cli.offline_writer.text import weight

#: What a draft could be blamed for: unverified claims, quotations, worn phrases.
UNWANTED = re.compile(
    r"\d|[\"“”—]|%|\b(percent|studies show|research shows|according to|delve|leverage|unlock|landscape|"
    r"revolutioni[sz]\w*|game.changer|seamless|robust|empower\w*|synerg\w*|paradigm|cutting.edge|tapestry|"
    r"fast.paced|ever.evolving|elevate|harness|pivotal|testament|monday|tuesday|wednesday|thursday|friday|"
    r"saturday|sunday|buy now|you won't believe)\b",
    re.IGNORECASE,
)


def _texts(whole: Bank) -> Iterator[str]:
    for topic in whole.topics:
        yield from (topic.name, topic.takeaway, *topic.hooks, *topic.asks, *topic.shots)
        for kind in BEAT_KINDS:
            yield from topic.beat(kind)
    for angle in whole.angles:
        yield from (*angle.titles, *angle.briefs, *angle.hooks, *angle.remarks)
        yield from (sentence for aside in angle.asides for sentence in aside)
    for kind in BEAT_KINDS:
        yield from (sentence for beat in whole.general.beats(kind) for sentence in beat)
    yield from (*whole.general.takeaways, *whole.general.asks, *whole.general.hooks)
    yield from (*whole.phrases.instagram_ctas, *whole.phrases.shots, *whole.phrases.linkedin_closings)


def test_holds_far_more_than_300_pairs_of_topic_and_angle() -> None:
    assert len(bank().topics) >= 60
    assert len(bank().angles) >= 8
    assert len(bank().topics) * len(bank().angles) >= 600
    assert len({topic.name for topic in bank().topics}) == len(bank().topics)


def test_no_text_makes_a_claim_quotes_anyone_or_uses_a_worn_phrase() -> None:
    assert [text for text in _texts(bank()) if UNWANTED.search(text)] == []


def test_no_sentence_is_too_long_for_a_tweet() -> None:
    assert [text for text in _texts(bank()) if weight(text) > 200] == []


def test_every_beat_of_every_topic_is_its_own() -> None:
    seen = [topic.beat(kind) for topic in bank().topics for kind in BEAT_KINDS]
    assert len(set(seen)) == len(seen)


def test_opening_lines_take_three_to_five_seconds_to_say() -> None:
    general = (*bank().general.hooks, *bank().phrases.question_hooks)
    lines = [line for topic in bank().topics for line in (*topic.hooks, *topic.asks)]
    assert [line for line in (*lines, *general) if not 8 <= len(line.split()) <= 11] == []
    assert [ask for topic in bank().topics for ask in topic.asks if not ask.endswith("?")] == []


def test_no_two_angles_tell_a_topic_by_the_same_beats() -> None:
    leads = [frozenset(lead) for angle in bank().angles for lead in angle.leads]
    assert len(set(leads)) == len(leads)
    assert all(len({lead[0] for lead in angle.leads}) == 1 for angle in bank().angles)
    assert len({angle.leads[0][0] for angle in bank().angles}) == len(bank().angles)


def test_a_title_that_stands_for_two_topics_is_refused() -> None:
    whole = bank()
    twin = whole.topics[0].model_copy(update={"area": "Elsewhere"})
    with pytest.raises(ValidationError, match="more than one topic"):
        Bank.model_validate({**dict(whole), "topics": (*whole.topics, twin)})
