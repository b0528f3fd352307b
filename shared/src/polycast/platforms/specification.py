"""What a platform declares. The engine owns the algorithm; a platform owns only what is its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from polycast.contracts import CheckResult
from polycast.llm import PromptTemplate
from polycast.platforms import moderation, tidiness
from polycast.platforms.textrules import announce

#: What is checked of every platform's texts, beside its own rules.
HOUSE_RULES = (*tidiness.RULES, *moderation.RULES)


@dataclass(frozen=True)
class Repair:
    """A text after mechanical repairs, and what was done to it, in words."""

    text: str
    notes: tuple[str, ...] = ()


def no_repair(text: str) -> Repair:
    return Repair(text)


def no_metadata(_: BaseModel) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True)
class Platform:
    """One specification a platform service."""

    slug: str
    name: str
    prompt: PromptTemplate
    output: type[BaseModel]
    """What the LLM must return."""
    compose: Callable[[Any], str]
    """The LLM's output as canonical `content_text`."""
    check: Callable[[str], CheckResult]
    """Pure and fast: findings, counts, metadata and parts of a canonical text by the platform's own rules."""
    repair: Callable[[str], Repair] = no_repair
    metadata: Callable[[Any], Mapping[str, Any]] = no_metadata
    """What of the LLM's output can't be read back from the text."""
    limits: Mapping[str, Any] = field(default_factory=dict)
    """The dated rules with their sources, as announced."""
    preview: Mapping[str, Any] = field(default_factory=dict)
    """How a preview looks, for a page that knows no platform."""

    def describe(self) -> dict[str, Any]:
        """The announcement, as JSON values."""
        return {
            "slug": self.slug,
            "name": self.name,
            "limits": dict(self.limits) | announce(HOUSE_RULES),
            "preview": dict(self.preview),
        }
