"""How alike two ideas are: in their words, and in what they mean. Pure.

Words find what is repeated nearly verbatim; no threshold on them finds a paraphrase (benchmarks/duplicates.py
measures it). What a text means comes as a vector from the provider, where it has embeddings.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import mul
from typing import Literal, TypeAlias
from uuid import UUID

from rapidfuzz import fuzz, utils

Vector: TypeAlias = "array[float]"
"""Of length 1, so that the cosine of two is their dot product."""

#: Characters; in any script fewer than the 8192 tokens that OpenAI's models take.
MAX_EMBEDDED = 2000


@dataclass(frozen=True)
class Told:
    """An idea as far as it is compared with others."""

    title: str
    description: str = ""
    vector: Vector | None = None
    idea_id: UUID | None = None
    topic_category: str = ""

    @property
    def text(self) -> str:
        """What its vector is made of; no longer than embedding models take."""
        return f"{self.title}: {self.description}"[:MAX_EMBEDDED]


@dataclass(frozen=True)
class Comparison:
    """Two ideas, from 0, nothing in common, to 1, the same."""

    words: float
    meaning: float | None
    """None where the vector of either isn't known."""

    @property
    def score(self) -> float:
        return self.words if self.meaning is None else self.meaning

    @property
    def method(self) -> Literal["lexical", "semantic"]:
        return "lexical" if self.meaning is None else "semantic"


def compare(one: Told, other: Told) -> Comparison:
    """The words of both titles, whatever their case, punctuation and order; the meaning of the whole."""
    words = fuzz.token_sort_ratio(one.title, other.title, processor=utils.default_process) / 100
    if one.vector is None or other.vector is None or len(one.vector) != len(other.vector):
        return Comparison(words, None)
    return Comparison(words, min(1.0, max(0.0, sum(map(mul, one.vector, other.vector)))))


def compare_all(told: Told, others: Iterable[Told]) -> list[tuple[Told, Comparison]]:
    return [(other, compare(told, other)) for other in others]


@dataclass(frozen=True)
class Thresholds:
    """From which score on an idea repeats another."""

    lexical: float
    semantic: float

    def is_repeat(self, compared: Comparison) -> bool:
        means_the_same = compared.meaning is not None and compared.meaning >= self.semantic
        return means_the_same or compared.words >= self.lexical


def unit(values: Sequence[float]) -> Vector:
    length = math.hypot(*values) or 1.0
    return array("f", (value / length for value in values))
