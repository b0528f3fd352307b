"""A person publishes only what a person knows; the rest derives from the message, alike each time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4, uuid5

import pytest

from polycast.contracts import (
    IdeaCreated,
    Undecodable,
    WorkflowStarted,
    content_id,
    decode,
    idea_id,
    scheduled_execution_id,
)

USER = uuid4()
NOW = datetime(2026, 11, 23, 6, 2, tzinfo=UTC)


def receive(subject: str, body: object, sequence: int = 1, moment: datetime = NOW, deliveries: int = 1):
    data = body if isinstance(body, bytes) else json.dumps(body, default=str).encode()
    return decode(
        subject, data, stream="EVENTS", sequence=sequence, timestamp=moment, deliveries=deliveries
    ).event


def test_ids_derive_as_the_design_says():
    execution = uuid4()
    assert idea_id(execution, 3) == uuid5(execution, "3")
    assert content_id(idea_id(execution, 3), "twitter") == uuid5(uuid5(execution, "3"), "twitter")
    assert scheduled_execution_id(USER, "2026-11-23") == uuid5(USER, "2026-11-23")


def test_a_user_alone_starts_a_workflow():
    started = receive("workflow.started", {"user_id": USER})
    assert isinstance(started, WorkflowStarted)
    assert (started.user_id, started.idea_count, started.trigger_type) == (USER, 5, "manual")
    assert started.started_at == NOW
    assert started.platforms == () and started.preferences is None


def test_a_redelivery_derives_the_same_ids_and_each_publication_its_own():
    first = receive("workflow.started", {"user_id": USER}, sequence=1)
    redelivered = receive("workflow.started", {"user_id": USER}, sequence=1, deliveries=4)
    again = receive("workflow.started", {"user_id": USER}, sequence=2)
    restored_stream = receive("workflow.started", {"user_id": USER}, moment=NOW + timedelta(seconds=1))
    assert first == redelivered
    assert len({first.key, again.key, restored_stream.key}) == 3


def test_a_title_and_a_description_are_an_own_idea():
    idea = receive("idea.created", {"user_id": USER, "title": " Mine ", "description": "All mine."})
    assert isinstance(idea, IdeaCreated)
    assert (idea.title, idea.index, idea.total, idea.execution_id) == ("Mine", 0, 1, None)
    assert idea.provenance.author == "person"
    assert not idea.is_complete, "transformers wait until `ideas` has added platforms and preferences"


def test_an_idea_of_an_execution_has_the_executions_id():
    execution = uuid4()
    body = {"user_id": USER, "execution_id": execution, "index": 2, "title": "x", "description": "y"}
    assert receive("idea.created", body).idea_id == idea_id(execution, 2)


def test_a_request_may_nest_the_idea_or_not():
    idea = {"idea_id": uuid4(), "title": "x", "description": "y"}
    nested = receive("content.requested.linkedin", {"user_id": USER, "idea": idea, "generation": 2})
    flat = receive("content.requested.linkedin", {"user_id": USER, "generation": 2} | idea)
    assert nested == flat
    assert nested.platform == "linkedin"
    assert nested.key == f"{content_id(UUID(str(idea['idea_id'])), 'linkedin')}.2"


def test_a_voice_may_be_a_sentence():
    started = receive("workflow.started", {"user_id": USER, "preferences": {"voice": "plain"}})
    assert started.preferences.voice.description == "plain"


@pytest.mark.parametrize(
    ("subject", "body", "reason"),
    [
        ("workflow.exploded", {}, "no event of Polycast"),
        ("content.requested", {}, "no event of Polycast"),
        ("workflow.started", b"{nope", "not JSON"),
        ("workflow.started", b"\xff\xfe", "not JSON"),
        ("workflow.started", b'{"user_id": "\\u0000"}', "NUL"),
        ("workflow.started", [], "not a JSON object"),
        ("workflow.started", {}, "user_id: Field required"),
        ("workflow.started", {"user_id": "me"}, "user_id"),
        ("workflow.started", {"user_id": USER, "idea_count": 0}, "idea_count"),
        ("workflow.started", {"user_id": USER, "idea_count": 1000}, "idea_count"),
        ("workflow.started", {"user_id": USER, "platforms": ["My Space"]}, "platforms"),
        ("workflow.started", {"user_id": USER, "started_at": "2026-11-23T06:00:00"}, "started_at"),
        ("idea.created", {"user_id": USER, "title": " ", "description": "y"}, "title"),
        ("idea.created", {"user_id": USER, "title": "x", "description": "y", "execution_id": 3}, "execution"),
        ("idea.created", {"user_id": USER, "title": "x", "description": "y", "index": "z"}, "index"),
        ("content.requested.linkedin", {"user_id": USER, "idea": "x"}, "idea"),
        ("content.generated", {"user_id": USER, "idea_id": 7, "platform": "linkedin"}, "idea_id"),
        ("schedule.updated", {"user_id": USER, "schedule": {"timezone": "Mars/Base"}}, "Mars/Base"),
    ],
)
def test_bad_input_is_named(subject, body, reason):
    with pytest.raises(Undecodable) as error:
        receive(subject, body)
    assert reason in str(error.value)
    assert "\n" not in str(error.value)
