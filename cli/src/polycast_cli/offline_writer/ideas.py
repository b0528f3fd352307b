"""Inventing ideas: which topic from which angle today, and a title and description for each."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from random import Random
from typing import Any

from polycast_cli.offline_writer.asked import Asked, Brief
from polycast_cli.offline_writer.bank import Angle, Bank, Topic, bank, filled, titles
from polycast_cli.offline_writer.text import (
    capitalised,
    clean,
    mentions,
    shorten,
    stem_key,
    words,
)

#: A person who names these means the whole bank.
_UMBRELLAS = {
    stem_key(word)
    for word in (
        "technology", "tech", "information technology", "it", "digital", "digital transformation",
        "digitalization", "digitalisation", "innovation", "business",
    )
}  # fmt: skip


@dataclass(frozen=True)
class Subject:
    """What an idea is about: a topic of the bank, or a person's own words."""

    name: str
    topic: Topic | None = None

    @property
    def area(self) -> str:
        return self.topic.area if self.topic else self.name


@dataclass(frozen=True)
class Used:
    """What earlier titles were about."""

    titles: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    subjects: Counter[str]


def invent(asked: Asked, seed: int) -> dict[str, Any]:
    """`{"ideas": [{"title", "description", "topic_category"}]}`: `brief.count`, or as many as are left."""
    brief = asked.brief
    used = _used((*brief.recent, *brief.avoid))
    ideas: list[dict[str, str]] = []
    for choice in _chosen(brief, used, seed):
        idea = _idea(choice, brief, used.titles, seed)
        if idea is not None:
            ideas.append(idea)
        if len(ideas) == brief.count:
            break
    return {"ideas": ideas}


@dataclass(frozen=True)
class Choice:
    """A subject from an angle. `visit` grows each time that the subject's turn comes to the angle again."""

    subject: Subject
    angle: Angle
    visit: int
    repeated: bool
    """Whether the subject has an idea in this run already."""


def _chosen(brief: Brief, used: Used, seed: int) -> Iterator[Choice]:
    """Subjects and angles, best first: fresh areas, then fresh subjects, then other angles on the same."""
    subjects = _ranked(brief, used, seed)
    angles = bank().angles
    own_turn = {subject.name: _number(seed, subject.name) for subject in subjects}
    cycle = _day(brief.date) // max(1, len(subjects) // brief.count)
    turn = _number(seed, "angle", brief.topics) + cycle
    taken: set[tuple[str, str]] = set(used.pairs)
    areas: set[str] = set()
    names: Counter[str] = Counter()
    for wave in range(2 + len(angles)):
        for subject in subjects:
            if (wave == 0 and subject.area in areas) or names[subject.name] >= max(1, wave):
                continue
            first = turn + own_turn[subject.name]
            for visit, place in (divmod(first + step, len(angles)) for step in range(len(angles))):
                if (subject.name, angles[place].id) not in taken:
                    taken.add((subject.name, angles[place].id))
                    areas.add(subject.area)
                    names[subject.name] += 1
                    yield Choice(subject, angles[place], visit, repeated=names[subject.name] > 1)
                    break


def _ranked(brief: Brief, used: Used, seed: int) -> list[Subject]:
    """All subjects in question: least used first, then what the keywords favour, then the day's turn."""
    excluded = bank().meaningful(brief.excluded_topics)
    subjects = [s for s in _subjects(brief) if not _excluded(s, excluded)]
    Random(_number(seed, brief.topics, brief.keywords, brief.audience, brief.voice)).shuffle(subjects)  # noqa: S311
    turn = _day(brief.date) * brief.count % max(1, len(subjects))
    subjects = subjects[turn:] + subjects[:turn]
    favoured = [*brief.keywords, brief.context]
    return sorted(subjects, key=lambda s: (used.subjects[s.name], not _favoured(s, favoured)))


def _subjects(brief: Brief) -> list[Subject]:
    whole_bank = [Subject(topic.name, topic) for topic in bank().topics]
    wished = [
        shorten(clean(topic), most_words=8, most_characters=60) for topic in brief.topics if clean(topic)
    ]
    if not wished:
        return whole_bank
    found: dict[str, Subject] = {}
    for wish in wished:
        meant = (
            whole_bank if stem_key(wish) in _UMBRELLAS else [s for s in whole_bank if _about(s.name, wish)]
        )
        # Too few to live on for a month: also what can be said about the person's own words.
        for subject in meant if len(meant) >= 3 else [*meant, Subject(wish)]:
            found.setdefault(subject.name.casefold(), subject)
    return list(found.values())


@lru_cache(maxsize=65_536)
def _about(topic: str, wish: str) -> bool:
    """Whether a topic of the bank is meant by a person's words."""
    known = bank().by_name[topic]
    names = (known.name, known.area, *known.terms, *known.area_terms)
    return any(mentions(name, wish) for name in names)


def _excluded(subject: Subject, excluded: Iterable[str]) -> bool:
    if subject.topic is None:
        return any(mentions(subject.name, word) for word in excluded)
    text = subject.topic.text
    return any(
        mentions(text, word) or (stem_key(word) not in _UMBRELLAS and _about(subject.name, word))
        for word in excluded
    )


def _favoured(subject: Subject, keywords: Iterable[str]) -> bool:
    if subject.topic is None:
        return any(mentions(keyword, subject.name) for keyword in keywords)
    terms = (subject.name, *subject.topic.terms)
    return any(
        _about(subject.name, keyword) or any(mentions(keyword, term) for term in terms)
        for keyword in keywords
    )


def _idea(choice: Choice, brief: Brief, used: frozenset[str], seed: int) -> dict[str, str] | None:
    subject, angle = choice.subject, choice.angle
    rng = Random(_number(seed, subject.name, angle.id))  # noqa: S311
    options = titles(angle, subject.name, subject.topic)
    rng.shuffle(options)
    turn = choice.visit % len(options)
    options = options[turn:] + options[:turn]
    rng.seed(_number(seed, brief.date, subject.name, angle.id))
    descriptions = list(_descriptions(subject, angle, rng, bank()))

    def allowed(text: str) -> bool:
        return not any(mentions(text, word) for word in bank().meaningful(brief.excluded_topics))

    title = next((t for t in options if stem_key(t) not in used and allowed(t)), None)
    description = next(filter(allowed, descriptions), None)
    if title is None or description is None:
        return None
    category = capitalised(subject.name)
    if choice.repeated:
        category = f"{category}: {angle.label}"
    return {"title": title, "description": description, "topic_category": category}


def _descriptions(subject: Subject, angle: Angle, rng: Random, words_bank: Bank) -> Iterator[str]:
    """One or two sentences of substance and one that says what to make of them."""
    for kind in angle.leads[0]:
        beats = [subject.topic.beat(kind)] if subject.topic else list(words_bank.general.beats(kind))
        beat = rng.choice(beats)[:2]
        yield filled(" ".join((*beat, rng.choice(angle.briefs))), subject.name)


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[re.Pattern[str], Angle]]:
    return [
        (
            re.compile(
                re.escape(pattern.rstrip("?")).replace(r"\{name\}", "(.+)").replace(r"\{Name\}", "(.+)"),
                re.IGNORECASE,
            ),
            angle,
        )
        for angle in bank().angles
        for pattern in angle.titles
    ]


@lru_cache(maxsize=4096)
def recognise(title: str) -> tuple[Subject, Angle] | None:
    """The subject and angle of a title that this writer made, or None for a person's own."""
    pair = bank().by_title.get(stem_key(title))
    if pair is not None:
        return Subject(pair[0].name, pair[0]), pair[1]
    for pattern, angle in _patterns():
        match = pattern.fullmatch(title.strip().rstrip("?"))
        if match and words(match[1]).high <= 8:
            return Subject(match[1]), angle
    return None


def _used(earlier: Iterable[str]) -> Used:
    known = [(title, recognise(title)) for title in earlier]
    made = [pair for _, pair in known if pair]
    return Used(
        titles=frozenset(stem_key(title) for title, _ in known),
        pairs=frozenset((subject.name, angle.id) for subject, angle in made),
        subjects=Counter(subject.name for subject, _ in made),
    )


def _day(text: str) -> int:
    try:
        return date.fromisoformat(text[:10]).toordinal()
    except ValueError:
        return _number(text) % 100_000


def _number(*parts: object) -> int:
    return int.from_bytes(hashlib.blake2b(repr(parts).encode("utf-8", "replace"), digest_size=6).digest())
