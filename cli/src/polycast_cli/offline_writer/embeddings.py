"""Deterministic embeddings: what a text is about, as hashed concepts, words and word pieces.

Words of one concept (a group of synonyms in the bank) share a direction, so a paraphrase lies nearer than
a text about something else. Rarer words weigh more, by how often the bank itself uses them.
"""

from __future__ import annotations

import hashlib
import itertools
import math
import struct
from collections import Counter
from functools import lru_cache

from polycast_cli.offline_writer.bank import BEAT_KINDS, Topic, bank
from polycast_cli.offline_writer.text import stems

DIMENSIONS = 256
_CONCEPT, _WORD, _PAIR, _PIECE = 1.5, 0.4, 0.1, 0.05
#: Directions a feature is spread over: more make chance collisions of two features milder.
_SPREAD = 4


def embed(text: str, dimensions: int = DIMENSIONS) -> list[float]:
    """A unit vector; the zero vector for a text without letters or digits."""
    vector = [0.0] * dimensions
    for feature, strength in _features(text).items():
        for index, sign in _directions(feature, dimensions):
            vector[index] += sign * strength
    length = math.sqrt(sum(x * x for x in vector))
    return [x / length for x in vector] if length else vector


def cosine(first: list[float], second: list[float]) -> float:
    return sum(a * b for a, b in zip(first, second, strict=True))


@lru_cache(maxsize=100_000)
def _directions(feature: str, dimensions: int) -> tuple[tuple[int, float], ...]:
    digest = hashlib.blake2b(feature.encode("utf-8", "replace"), digest_size=4 * _SPREAD).digest()
    hashes = struct.unpack(f"<{_SPREAD}I", digest)
    return tuple((h % dimensions, (1.0 if h & 0x80000000 else -1.0) / math.sqrt(_SPREAD)) for h in hashes)


def _features(text: str) -> dict[str, float]:
    """Features and their strengths; repetition counts less each time."""
    found = stems(text)
    stop = bank().stop_stems
    content = [stem for stem in found if stem not in stop] or found
    counts: Counter[str] = Counter()
    for concept in _concepts_in(found):
        counts[f"concept:{concept}"] += 1
    for stem in content:
        counts[f"word:{stem}"] += 1
    for pair in itertools.pairwise(content):
        counts[f"pair:{' '.join(pair)}"] += 1
    for stem in content:
        for start in range(len(stem) - 3):
            counts[f"piece:{stem[start : start + 4]}"] += 1
    return {name: _strength(name) * (1 + math.log(n)) for name, n in counts.items()}


def _strength(feature: str) -> float:
    kind, _, value = feature.partition(":")
    if kind == "concept":
        return _CONCEPT * _rarity(feature)
    if kind == "word":
        return _WORD * _rarity(feature)
    return _PAIR if kind == "pair" else _PIECE * min(1.0, len(value) / 4)


def _concepts_in(found: list[str]) -> list[int]:
    """The concept of every place in the text where one of its words or phrases stands."""
    phrases = _concept_phrases()
    concepts: list[int] = []
    place = 0
    while place < len(found):
        for length in (3, 2, 1):
            concept = phrases.get(" ".join(found[place : place + length]))
            if concept is not None and place + length <= len(found):
                concepts.append(concept)
                place += length - 1
                break
        place += 1
    return concepts


@lru_cache(maxsize=1)
def _concept_phrases() -> dict[str, int]:
    phrases: dict[str, int] = {}
    for number, group in enumerate(bank().concepts.groups):
        for phrase in group:
            phrases.setdefault(" ".join(stems(phrase)), number)
    return phrases


def _rarity(feature: str) -> float:
    """Inverse document frequency over the bank's topics, 0.3 (in all of them) to 1 (in none)."""
    seen, documents = _document_frequencies()
    return 0.3 + 0.7 * math.log((1 + documents) / (1 + seen[feature])) / math.log(1 + documents)


@lru_cache(maxsize=1)
def _document_frequencies() -> tuple[Counter[str], int]:
    seen: Counter[str] = Counter()
    for topic in bank().topics:
        found = stems(_whole(topic))
        seen.update({f"concept:{concept}" for concept in _concepts_in(found)})
        seen.update({f"word:{stem}" for stem in found})
    return seen, len(bank().topics)


def _whole(topic: Topic) -> str:
    return " ".join((topic.name, *topic.hooks, *(s for kind in BEAT_KINDS for s in topic.beat(kind))))
