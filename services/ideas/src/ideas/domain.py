"""What makes a list of ideas good, and how it becomes events. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from polycast.contracts import (
    Finding,
    IdeaCreated,
    Platforms,
    Preferences,
    Provenance,
    Severity,
    WorkflowStarted,
    idea_id,
)

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Idea(BaseModel):
    model_config = ConfigDict(extra="ignore")

    title: Annotated[Text, Field(max_length=300, description="A concrete working title")]
    description: Annotated[Text, Field(max_length=4000, description="Two or three sentences: the point")]
    topic_category: Annotated[Text, Field(max_length=100, description="One or two words")]


class IdeaList(BaseModel):
    """What the LLM returns."""

    model_config = ConfigDict(extra="ignore")

    ideas: Annotated[list[Idea], Field(min_length=1)]


@dataclass(frozen=True)
class Wishes:
    """What a person wants, as their latest `schedule.updated` says."""

    preferences: Preferences = Preferences()
    platforms: Platforms = ()


@dataclass(frozen=True)
class Recent:
    """An idea that the person had lately, and shouldn't be offered again."""

    title: str
    topic_category: str


def normalised(title: str) -> str:
    """A title as compared for sameness: its letters and digits, without case."""
    return "".join(character for character in title.casefold() if character.isalnum())


def fresh(ideas: Iterable[Idea], recent: Iterable[Recent]) -> list[Idea]:
    """The ideas whose title is neither recent nor repeats an earlier one of the list."""
    seen = {normalised(idea.title) for idea in recent}
    kept = []
    for idea in ideas:
        if (key := normalised(idea.title)) not in seen:
            seen.add(key)
            kept.append(idea)
    return kept


def shortcomings(found: IdeaList, wanted: int, recent: Sequence[Recent]) -> list[Finding]:
    """What to feed back to the model: too few ideas, or repeated ones."""
    kept = fresh(found.ideas, recent)
    repeated = [idea for idea in found.ideas if idea not in kept]
    findings = [
        Finding(
            rule="idea-repeats",
            severity=Severity.ERROR,
            message=f"“{idea.title}” repeats an earlier idea; replace it with a different one",
        )
        for idea in repeated
    ]
    if len(found.ideas) < wanted:
        findings.append(
            Finding(
                rule="idea-count",
                severity=Severity.ERROR,
                message=f"{len(found.ideas)} ideas were returned; exactly {wanted} are needed",
            )
        )
    return findings


def announce(
    started: WorkflowStarted, ideas: Sequence[Idea], wishes: Wishes, provenance: Provenance
) -> list[IdeaCreated]:
    """The events of an execution. Their ids derive from it, so a repeat can't make a second set."""
    return [
        IdeaCreated(
            user_id=started.user_id,
            idea_id=idea_id(started.execution_id, index),
            execution_id=started.execution_id,
            index=index,
            total=len(ideas),
            title=idea.title,
            description=idea.description,
            topic_category=idea.topic_category,
            platforms=wishes.platforms,
            preferences=wishes.preferences,
            provenance=provenance,
        )
        for index, idea in enumerate(ideas)
    ]
