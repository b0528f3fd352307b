"""What makes a list of ideas good, and how it becomes events. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ideas.similarity import Comparison, Thresholds, Told, Vector, compare_all
from polycast.contracts import (
    IdeaCreated,
    Likeness,
    Platforms,
    Preferences,
    Provenance,
    WorkflowStarted,
    idea_id,
)
from polycast.platforms.moderation import Action, Hit, Policy

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Idea(BaseModel):
    model_config = ConfigDict(extra="ignore")

    title: Annotated[Text, Field(max_length=300, description="A concrete working title")]
    description: Annotated[Text, Field(max_length=4000, description="Two or three sentences: the point")]
    topic_category: Annotated[Text, Field(max_length=100, description="One or two words")]

    @property
    def text(self) -> str:
        """All that is stored of it."""
        return f"{self.title}\n{self.description}\n{self.topic_category}"


class IdeaList(BaseModel):
    """What the LLM returns."""

    model_config = ConfigDict(extra="ignore")

    ideas: list[Idea]
    """Fewer than asked for, or none, where no others are left."""


@dataclass(frozen=True)
class Wishes:
    """What a person wants, as their latest `schedule.updated` says."""

    preferences: Preferences = Preferences()
    platforms: Platforms = ()


@dataclass(frozen=True)
class Chosen:
    """An idea that repeats none, with its vector and the earlier one that it is closest to."""

    idea: Idea
    told: Told
    closest: Likeness | None


class Selection:
    """The ideas of one execution as they come in: what repeats an earlier one, or another, stays out."""

    def __init__(self, wanted: int, earlier: Sequence[Told], thresholds: Thresholds) -> None:
        self.wanted = wanted
        self.earlier = earlier
        self.thresholds = thresholds
        self.chosen: list[Chosen] = []
        self.repeats: list[str] = []
        """Titles that were turned down."""

    @property
    def missing(self) -> int:
        return self.wanted - len(self.chosen)

    @property
    def avoid(self) -> list[str]:
        """Titles that a further round must not come back with."""
        return [*(chosen.idea.title for chosen in self.chosen), *self.repeats]

    def add(self, ideas: Iterable[tuple[Idea, Vector | None]]) -> list[str]:
        """Take what is new, up to the number wanted; returns what was wrong with the others, in words."""
        notes = []
        for idea, vector in ideas:
            told = Told(idea.title, idea.description, vector, topic_category=idea.topic_category)
            compared = compare_all(told, self.earlier)
            in_run = compare_all(told, [chosen.told for chosen in self.chosen])
            repeated = next((o for o, c in (*compared, *in_run) if self.thresholds.is_repeat(c)), None)
            if repeated is not None:
                self.repeats.append(idea.title)
                notes.append(f"“{idea.title}” repeats “{repeated.title}”")
            elif self.missing:
                self.chosen.append(Chosen(idea, told, closest(compared)))
        return notes


def closest(compared: Iterable[tuple[Told, Comparison]]) -> Likeness | None:
    found = max(compared, key=lambda pair: pair[1].score, default=None)
    if found is None:
        return None
    other, how = found
    return Likeness(title=other.title, score=round(how.score, 3), method=how.method, idea_id=other.idea_id)


def told_by(started: WorkflowStarted, wishes: Wishes) -> str:
    """What the person told: data of their own that an idea takes from it are no leak."""
    return f"{started.context or ''}\n{wishes.preferences.model_dump_json()}"


def moderated(
    found: Iterable[tuple[Idea, Vector | None, Sequence[Hit]]], policy: Policy
) -> tuple[list[tuple[Idea, Vector | None]], list[str]]:
    """The ideas that may be stored, and notes that quote nothing of the others."""
    fit, notes = [], []
    for idea, vector, hits in found:
        rejected = [hit.category for hit in hits if policy.action(hit.category) is Action.REJECT]
        if rejected:
            notes.append(f"an idea was turned down for {', '.join(dict.fromkeys(rejected))}")
            continue
        fit.append((idea, vector))
        if hits:
            flags = ", ".join(dict.fromkeys(hit.category for hit in hits))
            notes.append(f"“{idea.title}” is flagged for {flags}")
    return fit, notes


def together(parts: Sequence[Provenance], notes: Iterable[str]) -> Provenance:
    """The provenance of ideas that took several rounds: what was spent is what all of them cost."""
    costs = [part.cost_usd for part in parts]
    return parts[-1].model_copy(
        update={
            "tokens_in": sum(part.tokens_in for part in parts),
            "tokens_out": sum(part.tokens_out for part in parts),
            "latency_ms": sum(part.latency_ms for part in parts),
            "cost_usd": None if None in costs else sum(filter(None, costs)),
            "attempts": sum(part.attempts for part in parts),
            "notes": tuple(notes),
        }
    )


def announce(
    started: WorkflowStarted, chosen: Sequence[Chosen], wishes: Wishes, provenance: Provenance
) -> list[IdeaCreated]:
    """The events of an execution. Their ids derive from it, so a repeat can't make a second set."""
    return [
        IdeaCreated(
            user_id=started.user_id,
            idea_id=idea_id(started.execution_id, index),
            execution_id=started.execution_id,
            index=index,
            total=len(chosen),
            title=each.idea.title,
            description=each.idea.description,
            topic_category=each.idea.topic_category,
            platforms=wishes.platforms,
            preferences=wishes.preferences,
            context=started.context,
            closest=each.closest,
            provenance=provenance,
        )
        for index, each in enumerate(chosen)
    ]
