"""The language of the bus: events, the values they carry, and how they become messages.

Imports nothing else of Polycast.
"""

from polycast.contracts.codec import Received, Undecodable, decode, encode, event_type, explain, headers
from polycast.contracts.events import (
    EVENTS,
    ContentDeleted,
    ContentEdited,
    ContentFailed,
    ContentGenerated,
    ContentRequested,
    ContentStateChanged,
    Event,
    IdeaCreated,
    IdeasFailed,
    ScheduleUpdated,
    UserDeleted,
    WorkflowCompleted,
    WorkflowFailed,
    WorkflowStarted,
)
from polycast.contracts.values import (
    CheckResult,
    ErrorInfo,
    Finding,
    Part,
    Platforms,
    Preferences,
    Provenance,
    Schedule,
    Severity,
    Slug,
    Voice,
    Weekday,
    content_id,
    idea_id,
    scheduled_execution_id,
)

__all__ = [
    "EVENTS", "CheckResult", "ContentDeleted", "ContentEdited", "ContentFailed", "ContentGenerated",
    "ContentRequested", "ContentStateChanged", "ErrorInfo", "Event", "Finding", "IdeaCreated", "IdeasFailed",
    "Part", "Platforms", "Preferences", "Provenance", "Received", "Schedule", "ScheduleUpdated", "Severity",
    "Slug", "Undecodable", "UserDeleted", "Voice", "Weekday", "WorkflowCompleted", "WorkflowFailed",
    "WorkflowStarted", "content_id", "decode", "encode", "event_type", "explain", "headers", "idea_id",
    "scheduled_execution_id",
]  # fmt: skip
