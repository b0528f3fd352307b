"""Every event on the bus: its subject, its body, its version.

Changes are additive. A golden JSON file per event version (`tests/contracts/golden`) guards that.
Bodies published by hand may leave out what a person can't know; `decode` derives the missing ids from
the message itself, so that a redelivery derives the same.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from polycast.contracts.values import (
    MAX_IDEAS,
    MAX_TEXT,
    CheckResult,
    ErrorInfo,
    Likeness,
    Moderation,
    Platforms,
    Preferences,
    Provenance,
    Schedule,
    Slug,
    Timestamp,
    Value,
    content_id,
    idea_id,
)

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Description = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
#: What fits Postgres' integer.
MAX_INTEGER = 2**31 - 1
Positive = Annotated[int, Field(ge=1, le=MAX_INTEGER)]
Count = Annotated[int, Field(ge=0, le=MAX_INTEGER)]
Generation = Positive


def _uuid(body: dict[str, Any], field: str) -> UUID:
    try:
        return UUID(str(body[field]))
    except ValueError as error:
        raise ValueError(f"{field}: {body[field]!r} is not a UUID") from error


def _index(body: dict[str, Any]) -> int:
    index = body.get("index", 0)
    if not isinstance(index, int):
        raise ValueError(f"index: {index!r} is not a whole number")
    return index


class Event(Value):
    """A fact on the bus. `subject_pattern` has a `*` where the subject depends on the body."""

    subject_pattern: ClassVar[str]
    version: ClassVar[int] = 1

    user_id: UUID

    @property
    def subject(self) -> str:
        return self.subject_pattern

    @property
    def key(self) -> str:
        """What the event is about. Two events with one subject and key tell the same fact."""
        raise NotImplementedError

    @property
    def correlation_id(self) -> UUID | None:
        """The execution that this event belongs to, if any."""
        return getattr(self, "execution_id", None)

    @property
    def type(self) -> str:
        return f"polycast.{self.subject}.v{self.version}"

    @classmethod
    def complete(cls, body: dict[str, Any], derived: UUID, subject: str) -> dict[str, Any]:
        """Fill in the ids that a body published by hand lacks. `derived` is unique to the message."""
        return body


class WorkflowStarted(Event):
    subject_pattern = "workflow.started"

    execution_id: UUID
    trigger_type: Literal["scheduled", "manual"] = "manual"
    started_at: Timestamp
    idea_count: Annotated[int, Field(ge=1, le=MAX_IDEAS)] = 5
    platforms: Platforms = ()
    """Empty: those of the person's latest `schedule.updated`, else all that are announced."""
    preferences: Preferences | None = None
    """None: those of the person's latest `schedule.updated`."""
    context: Annotated[str, StringConstraints(max_length=4000)] | None = None

    @property
    def key(self) -> str:
        return str(self.execution_id)

    @classmethod
    def complete(cls, body: dict[str, Any], derived: UUID, subject: str) -> dict[str, Any]:
        return {"execution_id": derived} | body


class IdeaCreated(Event):
    subject_pattern = "idea.created"

    idea_id: UUID
    execution_id: UUID | None = None
    """None: a person's own idea. It makes drafts; no workflow waits for it."""
    index: Count = 0
    total: Positive = 1
    """Ideas really made in the execution."""
    title: Title
    description: Description
    topic_category: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] = "general"
    platforms: Platforms = ()
    preferences: Preferences | None = None
    context: Annotated[str, StringConstraints(max_length=4000)] | None = None
    """What the person told for this run: what a draft takes from it is given, not invented."""
    closest: Likeness | None = None
    """None where there was no earlier idea to compare with."""
    provenance: Provenance = Provenance(author="person")

    @property
    def key(self) -> str:
        return str(self.idea_id)

    @property
    def is_complete(self) -> bool:
        """Whether transformers can act on it: one published by hand is first completed by `ideas`."""
        return bool(self.platforms) and self.preferences is not None

    @classmethod
    def complete(cls, body: dict[str, Any], derived: UUID, subject: str) -> dict[str, Any]:
        if body.get("execution_id") is None:
            return {"idea_id": derived} | body
        return {"idea_id": idea_id(_uuid(body, "execution_id"), _index(body))} | body


class IdeasFailed(Event):
    subject_pattern = "ideas.failed"

    execution_id: UUID
    reason: str
    attempts: Count = 1

    @property
    def key(self) -> str:
        return str(self.execution_id)


class ContentRequested(Event):
    """Write this idea for this platform (again): a retry keeps the generation, a new text has the next."""

    subject_pattern = "content.requested.*"

    platform: Slug
    idea: IdeaCreated
    generation: Generation = 1
    instruction: Annotated[str, StringConstraints(max_length=1000)] | None = None

    @property
    def subject(self) -> str:
        return f"content.requested.{self.platform}"

    @property
    def key(self) -> str:
        return f"{content_id(self.idea.idea_id, self.platform)}.{self.generation}"

    @property
    def correlation_id(self) -> UUID | None:
        return self.idea.execution_id

    @classmethod
    def complete(cls, body: dict[str, Any], derived: UUID, subject: str) -> dict[str, Any]:
        if "idea" not in body:  # by hand, the idea's fields may stand beside the generation
            body = {"idea": body} | body
        idea = body["idea"]
        if isinstance(idea, dict):
            idea = IdeaCreated.complete({"user_id": body.get("user_id")} | idea, derived, subject)
            body = body | {"idea": idea}
            body.setdefault("user_id", idea.get("user_id"))
        return {"platform": subject.rpartition(".")[2]} | body


class _Content(Event):
    content_id: UUID
    idea_id: UUID
    execution_id: UUID | None = None
    platform: Slug
    generation: Generation = 1

    @property
    def key(self) -> str:
        return f"{self.content_id}.{self.generation}"

    @classmethod
    def complete(cls, body: dict[str, Any], derived: UUID, subject: str) -> dict[str, Any]:
        if body.get("idea_id") and body.get("platform"):
            return {"content_id": content_id(_uuid(body, "idea_id"), str(body["platform"]))} | body
        return body


class ContentGenerated(_Content):
    subject_pattern = "content.generated"

    content_text: Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT)]
    """Canonical and complete: all that a person edits. `metadata` is parsed back from it by a check."""
    metadata: dict[str, Any] = {}
    checks: CheckResult | None = None
    moderation: Moderation | None = None
    provenance: Provenance = Provenance()


class ContentFailed(_Content):
    subject_pattern = "content.failed"

    error: ErrorInfo
    attempts: Count = 1
    best_attempt: str | None = None


class _WorkflowOver(Event):
    execution_id: UUID
    revision: Positive = 1
    """Late or retried drafts recompute the outcome and announce it again with the next revision."""
    ideas_generated: Count = 0
    content_generated: Count = 0
    content_failed: Count = 0
    started_at: Timestamp
    completed_at: Timestamp
    error_message: str | None = None

    @property
    def key(self) -> str:
        return f"{self.execution_id}.{self.revision}"


class WorkflowCompleted(_WorkflowOver):
    subject_pattern = "workflow.completed"
    status: Literal["completed"] = "completed"


class WorkflowFailed(_WorkflowOver):
    subject_pattern = "workflow.failed"
    status: Literal["failed"] = "failed"


class ScheduleUpdated(Event):
    subject_pattern = "schedule.updated"

    schedule: Schedule = Schedule()
    preferences: Preferences = Preferences()
    platforms: Platforms = ()
    """Empty: all that are announced."""

    @property
    def key(self) -> str:
        return str(self.user_id)


class UserDeleted(Event):
    subject_pattern = "user.deleted"

    @property
    def key(self) -> str:
        return str(self.user_id)


class _ContentFact(Event):
    """A fact from the gateway's outbox. Postgres is the record; these restore it after a loss."""

    content_id: UUID
    at: Timestamp

    @property
    def key(self) -> str:
        return f"{self.content_id}.{self.at.isoformat()}"


class ContentEdited(_ContentFact):
    subject_pattern = "content.edited"
    revision: Positive
    content_text: Annotated[str, StringConstraints(max_length=MAX_TEXT)]


class ContentStateChanged(_ContentFact):
    subject_pattern = "content.state_changed"
    state: str


class ContentDeleted(_ContentFact):
    subject_pattern = "content.deleted"


EVENTS: tuple[type[Event], ...] = (
    WorkflowStarted,
    IdeaCreated,
    IdeasFailed,
    ContentRequested,
    ContentGenerated,
    ContentFailed,
    WorkflowCompleted,
    WorkflowFailed,
    ScheduleUpdated,
    UserDeleted,
    ContentEdited,
    ContentStateChanged,
    ContentDeleted,
)
