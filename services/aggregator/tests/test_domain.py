"""When a workflow is over, as rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest

from aggregator.domain import Counts, Patience, State, Verdict, conclude, in_words, told_by
from polycast.contracts import (
    ContentFailed,
    ContentGenerated,
    ContentRequested,
    ErrorInfo,
    Event,
    IdeaCreated,
    Received,
    WorkflowStarted,
)

EXECUTION = UUID(int=1)
USER = UUID(int=2)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PATIENCE = Patience(deadline=timedelta(minutes=5), queue=timedelta(hours=1))


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def state(**known: Any) -> State:
    unknown: dict[str, Any] = {
        "execution_id": EXECUTION,
        "total": None,
        "ideas_failed_at": None,
        "failure": None,
        "expired_at": None,
        "ideas": 0,
        "generated": 0,
        "failed": (),
        "missing": (),
        "draft_failure": None,
        "newest_idea_at": None,
        "newest_result_at": None,
        "waiting": True,
        "revision": 0,
        "decided": None,
        "began_at": NOON,
    }
    return State(**(unknown | known))


def outcome(**known: Any) -> tuple[tuple[Any, ...], str | None, datetime] | None:
    concluded = conclude(state(**known), PATIENCE)
    if concluded is None:
        return None
    return tuple(concluded.counts), concluded.error_message, concluded.completed_at


def received(event: Event) -> Received[Event]:
    return Received(event, "EVENTS", 7, NOON)


def idea(**fields: Any) -> IdeaCreated:
    given: dict[str, Any] = {
        "idea_id": uuid5(EXECUTION, "0"),
        "execution_id": EXECUTION,
        "user_id": USER,
        "title": "Title",
        "description": "Description.",
        "platforms": ("linkedin", "twitter"),
    }
    return IdeaCreated(**(given | fields))


def content(kind: type[ContentGenerated] | type[ContentFailed], **fields: Any) -> Event:
    given: dict[str, Any] = {
        "content_id": UUID(int=9),
        "idea_id": uuid5(EXECUTION, "0"),
        "execution_id": EXECUTION,
        "user_id": USER,
        "platform": "linkedin",
        "content_text": "Text",
        "error": ErrorInfo(code="too_long", message="It is too long"),
    }
    return kind(**(given | fields))


def test_waits_for_ideas_and_for_every_draft() -> None:
    assert outcome() is None
    assert outcome(total=2, ideas=1, generated=2, newest_idea_at=at(1), newest_result_at=at(2)) is None
    assert outcome(total=1, ideas=1, generated=1, missing=("twitter",), newest_idea_at=at(1)) is None


def test_completes_when_all_drafts_are_there() -> None:
    assert outcome(total=1, ideas=1, generated=2, newest_idea_at=at(1), newest_result_at=at(2)) == (
        ("completed", 1, 2, 0),
        None,
        at(2),
    )


def test_completes_with_a_message_when_some_failed() -> None:
    assert outcome(
        total=2,
        ideas=2,
        generated=3,
        failed=("twitter",),
        draft_failure="A tweet is too long",
        newest_idea_at=at(1),
        newest_result_at=at(3),
    ) == (("completed", 2, 3, 1), "1 of 4 drafts failed (twitter 1): A tweet is too long", at(3))


def test_fails_when_no_draft_was_made() -> None:
    assert outcome(
        total=1,
        ideas=1,
        failed=("twitter", "linkedin"),
        draft_failure="No key",
        newest_idea_at=at(1),
        newest_result_at=at(2),
    ) == (("failed", 1, 0, 2), "2 of 2 drafts failed (linkedin 1, twitter 1): No key", at(2))


def test_fails_with_the_reason_when_no_ideas_were_made() -> None:
    assert outcome(ideas_failed_at=at(1), failure="The model refused") == (
        ("failed", 0, 0, 0),
        "The model refused",
        at(1),
    )


def test_ideas_that_came_after_all_beat_their_failure() -> None:
    known = {"ideas_failed_at": at(1), "failure": "Refused", "total": 1, "ideas": 1, "newest_idea_at": at(9)}
    assert outcome(**known, missing=("linkedin",)) is None
    assert outcome(**known, generated=1, newest_result_at=at(10)) == (("completed", 1, 1, 0), None, at(10))


def test_at_the_deadline_what_is_missing_has_failed() -> None:
    assert outcome(
        total=3,
        ideas=2,
        generated=1,
        failed=("linkedin",),
        missing=("twitter", "twitter"),
        draft_failure="Refused",
        newest_idea_at=at(1),
        newest_result_at=at(2),
        expired_at=at(7),
    ) == (
        ("completed", 2, 1, 3),
        "1 of 3 ideas didn't arrive within 5 minutes; 1 of 4 drafts failed (linkedin 1): Refused; "
        "2 of 4 drafts didn't arrive within 5 minutes (twitter 2)",
        at(7),
    )
    assert outcome(expired_at=at(60)) == (
        ("failed", 0, 0, 0),
        "No ideas arrived within 60 minutes",
        at(60),
    )


def test_a_draft_after_the_deadline_counts_at_once() -> None:
    known = {"total": 1, "ideas": 1, "newest_idea_at": at(1), "newest_result_at": at(9), "expired_at": at(7)}
    assert outcome(**known, generated=1, missing=("twitter",)) == (
        ("completed", 1, 1, 1),
        "1 of 2 drafts didn't arrive within 5 minutes (twitter 1)",
        at(9),
    )
    assert outcome(**known, generated=2) == (("completed", 1, 2, 0), None, at(9))


def test_an_idea_after_the_deadline_is_waited_for_anew() -> None:
    assert outcome(total=1, ideas=1, missing=("linkedin",), newest_idea_at=at(70), expired_at=at(60)) is None


@pytest.mark.parametrize(
    ("seconds", "words"), [(300, "5 minutes"), (60, "1 minute"), (90, "90 seconds"), (1, "1 second")]
)
def test_durations_in_words(seconds: int, words: str) -> None:
    assert in_words(timedelta(seconds=seconds)) == words


def test_only_changed_counts_are_news() -> None:
    concluded = conclude(
        state(total=1, ideas=1, generated=1, newest_idea_at=at(1), newest_result_at=at(2)), PATIENCE
    )

    def verdict(decided: Counts | None, *, asked: bool) -> Verdict:
        return Verdict(state(decided=decided, revision=1 if decided else 0), concluded, "7", asked)

    assert verdict(None, asked=True).is_new
    assert verdict(Counts("failed", 1, 0, 1), asked=True).is_new
    same = Counts("completed", 1, 1, 0)
    assert not verdict(same, asked=False).is_new
    assert not verdict(same, asked=False).is_repeat
    assert verdict(same, asked=True).is_repeat
    assert not Verdict(state(), None, "7", is_asked_for=True).is_repeat


def test_an_idea_expects_a_draft_on_each_platform() -> None:
    told = told_by(received(idea(total=5)))
    assert told is not None
    assert told.execution.total == 5
    assert [(d.platform, d.expected_at, d.generated_at) for d in told.drafts] == [
        ("linkedin", NOON, None),
        ("twitter", NOON, None),
    ]


@pytest.mark.parametrize(
    "event",
    [
        idea(execution_id=None),
        idea(platforms=()),
        content(ContentGenerated, execution_id=None),
        content(ContentGenerated, generation=2),
        content(ContentFailed, generation=2),
        ContentRequested(user_id=USER, platform="linkedin", idea=idea(), generation=2),
        ContentRequested(user_id=USER, platform="linkedin", idea=idea(execution_id=None)),
    ],
    ids=lambda event: f"{event.subject}",
)
def test_tells_nothing_of_an_execution(event: Event) -> None:
    assert told_by(received(event)) is None


def test_only_a_start_asks_for_the_outcome_again() -> None:
    started = told_by(received(WorkflowStarted(execution_id=EXECUTION, user_id=USER, started_at=at(-1))))
    assert started is not None
    assert started.asks_again
    assert started.execution.started_at == at(-1)
    retried = told_by(received(ContentRequested(user_id=USER, platform="linkedin", idea=idea())))
    assert retried is not None
    assert not retried.asks_again
    assert retried.drafts == ()
