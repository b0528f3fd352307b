"""When a workflow is over, and how it went. Pure: no clock, no database, no bus.

Events become facts, and facts merge by minimum and maximum alone, so that no order and no repetition of
events changes what is known of an execution.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple
from uuid import UUID

from polycast.contracts import (
    ContentFailed,
    ContentGenerated,
    ContentRequested,
    Event,
    IdeaCreated,
    IdeasFailed,
    Received,
    WorkflowCompleted,
    WorkflowFailed,
    WorkflowStarted,
)

Status = Literal["completed", "failed"]


@dataclass(frozen=True, slots=True)
class ExecutionFact:
    """What one event tells of its execution."""

    execution_id: UUID
    user_id: UUID
    at: datetime
    """When the event reached the stream."""
    started_at: datetime | None = None
    total: int | None = None
    """Ideas that were made."""
    ideas_failed_at: datetime | None = None
    failure: str | None = None
    """Why no ideas were made."""


@dataclass(frozen=True, slots=True)
class DraftFact:
    """What one event tells of one draft: the first text for one idea on one platform."""

    execution_id: UUID
    idea_id: UUID
    platform: str
    expected_at: datetime | None = None
    generated_at: datetime | None = None
    failed_at: datetime | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """All that one event tells."""

    execution: ExecutionFact
    drafts: tuple[DraftFact, ...]
    cause: Cause
    asks_again: bool
    """The event that starts a workflow: whoever publishes it for one that is over is told the outcome."""


def told_by(received: Received[Event]) -> Told | None:
    """What an event tells, or None if no workflow waits for it.

    An idea without platforms waits too: its service completes it and publishes it again.
    """
    event, at = received.event, received.timestamp
    execution_id = event.correlation_id
    if execution_id is None:
        return None
    fact = ExecutionFact(execution_id, event.user_id, at)
    drafts: tuple[DraftFact, ...] = ()
    match event:
        case WorkflowStarted():
            fact = ExecutionFact(execution_id, event.user_id, at, started_at=event.started_at)
        case IdeasFailed():
            fact = ExecutionFact(execution_id, event.user_id, at, ideas_failed_at=at, failure=event.reason)
        case IdeaCreated(platforms=platforms) if platforms:
            fact = ExecutionFact(execution_id, event.user_id, at, total=event.total)
            drafts = tuple(DraftFact(execution_id, event.idea_id, p, expected_at=at) for p in platforms)
        case ContentGenerated(generation=1):
            drafts = (DraftFact(execution_id, event.idea_id, event.platform, generated_at=at),)
        case ContentFailed(generation=1):
            drafts = (
                DraftFact(
                    execution_id, event.idea_id, event.platform, failed_at=at, failure=event.error.message
                ),
            )
        case ContentRequested(generation=1):
            pass  # a retry: nothing is known yet, but the execution is alive
        case _:
            return None
    cause = Cause(str(received.sequence), received.traceparent)
    return Told(fact, drafts, cause, isinstance(event, WorkflowStarted))


class Counts(NamedTuple):
    """What of an outcome is worth announcing when it changes."""

    status: Status
    ideas_generated: int
    content_generated: int
    content_failed: int


@dataclass(frozen=True, slots=True)
class State:
    """All that is known of an execution: its own facts, and its expected drafts summed up."""

    execution_id: UUID
    total: int | None
    ideas_failed_at: datetime | None
    failure: str | None
    expired_at: datetime | None
    """Everything up to this moment was seen when the deadline ended the wait."""
    ideas: int
    generated: int
    failed: Sequence[str]
    """The platform of each draft that failed."""
    missing: Sequence[str]
    """The platform of each draft that didn't answer."""
    draft_failure: str | None
    newest_idea_at: datetime | None
    newest_result_at: datetime | None
    waiting: bool
    revision: int
    """Of the latest outcome; 0 if there is none."""
    decided: Counts | None
    """The latest outcome."""
    began_at: datetime
    """As `workflow.started` says; when its first event came, where nobody said."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an execution may be silent before what it waits for counts as failed."""

    deadline: timedelta
    """Since its last event, once an idea exists."""
    queue: timedelta
    """Since its last event, while no idea exists."""


@dataclass(frozen=True, slots=True)
class Outcome:
    counts: Counts
    error_message: str | None
    completed_at: datetime


def conclude(state: State, patience: Patience) -> Outcome | None:
    """How the execution ended, or None while it waits for more."""
    if state.ideas == 0:
        return _without_ideas(state, patience)
    lacking_ideas = max(0, (state.total or 0) - state.ideas)
    is_complete = not lacking_ideas and not state.missing
    expired_at = _expired_at(state)
    if not is_complete and expired_at is None:
        return None
    moments = (state.newest_idea_at, state.newest_result_at, None if is_complete else expired_at)
    return Outcome(
        Counts(
            status="completed" if state.generated else "failed",
            ideas_generated=state.ideas,
            content_generated=state.generated,
            content_failed=len(state.failed) + len(state.missing),
        ),
        _message(state, lacking_ideas, patience),
        completed_at=max(moment for moment in moments if moment is not None),
    )


def _without_ideas(state: State, patience: Patience) -> Outcome | None:
    nothing = Counts("failed", 0, 0, 0)
    if state.ideas_failed_at is not None:
        return Outcome(nothing, state.failure, state.ideas_failed_at)
    if state.expired_at is not None:
        return Outcome(nothing, f"No ideas arrived within {in_words(patience.queue)}", state.expired_at)
    return None


def _expired_at(state: State) -> datetime | None:
    """An idea that came after the deadline (a workflow run again) is given its own."""
    if state.expired_at is None or (state.newest_idea_at and state.newest_idea_at > state.expired_at):
        return None
    return state.expired_at


def _message(state: State, lacking_ideas: int, patience: Patience) -> str | None:
    drafts = state.generated + len(state.failed) + len(state.missing)
    late = f"didn't arrive within {in_words(patience.deadline)}"
    sentences = []
    if lacking_ideas:
        sentences.append(f"{lacking_ideas} of {state.total} ideas {late}")
    if state.failed:
        why = f": {state.draft_failure}" if state.draft_failure else ""
        sentences.append(f"{len(state.failed)} of {drafts} drafts failed ({_tally(state.failed)}){why}")
    if state.missing:
        sentences.append(f"{len(state.missing)} of {drafts} drafts {late} ({_tally(state.missing)})")
    return "; ".join(sentences) or None


def _tally(platforms: Sequence[str]) -> str:
    """`linkedin 2, twitter 1`"""
    return ", ".join(f"{platform} {count}" for platform, count in sorted(Counter(platforms).items()))


def in_words(duration: timedelta) -> str:
    """`5 minutes`, `90 seconds`"""
    seconds = round(duration.total_seconds())
    amount, unit = (seconds, "second") if seconds % 60 else (seconds // 60, "minute")
    return f"{amount} {unit}" if amount == 1 else f"{amount} {unit}s"


@dataclass(frozen=True, slots=True)
class Cause:
    """What led to a verdict."""

    name: str
    """The inbound sequence, or `deadline`."""
    traceparent: str | None = None


DEADLINE = Cause("deadline")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to become of an execution whose facts were looked at."""

    state: State
    outcome: Outcome | None
    cause: Cause
    is_asked_for: bool

    @property
    def is_new(self) -> bool:
        return self.outcome is not None and self.outcome.counts != self.state.decided

    @property
    def is_repeat(self) -> bool:
        """Somebody started a workflow that is over: they get its outcome once more, the same revision."""
        return self.outcome is not None and self.is_asked_for and not self.is_new


@dataclass(frozen=True, slots=True)
class Announcement:
    """An outcome that was decided, as everyone is told of it."""

    execution_id: UUID
    user_id: UUID
    started_at: datetime
    revision: int
    outcome: Outcome
    cause: Cause

    @property
    def event(self) -> WorkflowCompleted | WorkflowFailed:
        kind = WorkflowCompleted if self.outcome.counts.status == "completed" else WorkflowFailed
        return kind(
            execution_id=self.execution_id,
            user_id=self.user_id,
            revision=self.revision,
            ideas_generated=self.outcome.counts.ideas_generated,
            content_generated=self.outcome.counts.content_generated,
            content_failed=self.outcome.counts.content_failed,
            started_at=self.started_at,
            completed_at=self.outcome.completed_at,
            error_message=self.outcome.error_message,
        )
