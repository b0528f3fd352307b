"""One full example of every event, as version 1 looks. Golden files are made from these, once."""

from __future__ import annotations

from datetime import UTC, datetime, time
from uuid import UUID

from polycast.contracts import (
    CheckResult,
    Claim,
    ClaimKind,
    ContentDeleted,
    ContentEdited,
    ContentFailed,
    ContentGenerated,
    ContentRequested,
    ContentStateChanged,
    ErrorInfo,
    Event,
    Finding,
    IdeaCreated,
    IdeasFailed,
    Likeness,
    Moderation,
    Part,
    Preferences,
    Provenance,
    Schedule,
    ScheduleUpdated,
    Severity,
    UserDeleted,
    Voice,
    Weekday,
    WorkflowCompleted,
    WorkflowFailed,
    WorkflowStarted,
    content_id,
    idea_id,
)

USER = UUID("0b1f8a52-5f0e-4a7e-9c57-0d2f5b1f0a01")
EXECUTION = UUID("0b1f8a52-5f0e-4a7e-9c57-0d2f5b1f0a02")
IDEA = idea_id(EXECUTION, 0)
CONTENT = content_id(IDEA, "twitter")
STARTED = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
ENDED = datetime(2026, 11, 23, 6, 1, 30, tzinfo=UTC)

PREFERENCES = Preferences(
    topics=("edge computing",),
    keywords=("latency",),
    excluded_topics=("politics",),
    audience="engineering managers",
    voice=Voice(description="plain, a little dry", samples=("We moved a server. Nothing broke.",)),
    temperature=0.6,
    idea_count=4,
)
PROVENANCE = Provenance(
    model="gpt-5.4-mini",
    prompt_id="twitter",
    prompt_version=1,
    temperature=0.7,
    tokens_in=812,
    tokens_out=164,
    latency_ms=1840,
    cost_usd=0.0013,
    attempts=2,
    notes=("attempt 1: tweet-length: tweet 2 counts 291",),
)
CHECKS = CheckResult(
    ok=True,
    counts={"tweets": 2},
    metadata={"format": "thread", "tweet_count": 2},
    parts=(Part(text="One.", count=4, limit=280), Part(text="Two.", count=4, limit=280)),
    findings=(
        Finding(
            rule="hashtag-case",
            severity=Severity.INFO,
            message="#ai reads better as #AI",
            start=0,
            end=3,
            fix="#AI",
        ),
    ),
    claims=(Claim(kind=ClaimKind.NUMBER, text="One", start=0, end=3, given=True),),
)
OWN_IDEA = IdeaCreated(
    user_id=USER,
    idea_id=IDEA,
    execution_id=EXECUTION,
    index=0,
    total=5,
    title="Caches forget on purpose",
    description="A cache that never forgets is a second database. Say what yours may lose.",
    topic_category="architecture",
    platforms=("linkedin", "twitter"),
    preferences=PREFERENCES,
    context="We ship version 3 today.",
    closest=Likeness(title="What caches may lose", score=0.41, method="semantic", idea_id=EXECUTION),
    provenance=PROVENANCE,
)
CONTENT_IDS = {
    "user_id": USER,
    "content_id": CONTENT,
    "idea_id": IDEA,
    "execution_id": EXECUTION,
    "platform": "twitter",
    "generation": 1,
}
OVER = {
    "user_id": USER,
    "execution_id": EXECUTION,
    "revision": 1,
    "ideas_generated": 5,
    "started_at": STARTED,
    "completed_at": ENDED,
}

SAMPLES: tuple[Event, ...] = (
    WorkflowStarted(
        user_id=USER,
        execution_id=EXECUTION,
        trigger_type="scheduled",
        started_at=STARTED,
        idea_count=5,
        platforms=("linkedin", "twitter"),
        preferences=PREFERENCES,
        context="We ship version 3 today.",
    ),
    OWN_IDEA,
    IdeasFailed(user_id=USER, execution_id=EXECUTION, reason="the provider refused the key", attempts=1),
    ContentRequested(user_id=USER, platform="twitter", idea=OWN_IDEA, generation=2, instruction="shorter"),
    ContentGenerated(
        **CONTENT_IDS,
        content_text="One.\n\n---\n\nTwo.",
        metadata={"format": "thread"},
        checks=CHECKS,
        moderation=Moderation(flagged=True, categories=("phone",), checked_by=("rules",)),
        provenance=PROVENANCE,
    ),
    ContentFailed(
        **CONTENT_IDS,
        error=ErrorInfo(code="rules_broken", message="tweet 2 counts 291"),
        attempts=3,
        best_attempt="One.\n\n---\n\nTwo, but too long.",
    ),
    WorkflowCompleted(**OVER, content_generated=14, content_failed=1, error_message="1 of 15 drafts failed"),
    WorkflowFailed(**OVER, content_failed=15, error_message="no draft could be written"),
    ScheduleUpdated(
        user_id=USER,
        schedule=Schedule(local_time=time(6, 30), timezone="Europe/Paris", days=(Weekday.MON, Weekday.FRI)),
        preferences=PREFERENCES,
        platforms=("linkedin", "twitter"),
    ),
    UserDeleted(user_id=USER),
    ContentEdited(user_id=USER, content_id=CONTENT, at=ENDED, revision=2, content_text="One.\n\n---\n\nTwo!"),
    ContentStateChanged(user_id=USER, content_id=CONTENT, at=ENDED, state="ready"),
    ContentDeleted(user_id=USER, content_id=CONTENT, at=ENDED),
)
