from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import anyio
import pytest
from sqlalchemy import func, select

from api.dependencies import Gateway
from api.idempotency import forget_old_keys
from api.projector.projection import project
from api.store import idempotency_keys, outbox, workflows
from polycast.contracts import (
    ContentFailed,
    ContentGenerated,
    ErrorInfo,
    Event,
    IdeaCreated,
    Preferences,
    Received,
    WorkflowCompleted,
    WorkflowStarted,
    content_id,
    idea_id,
)

if TYPE_CHECKING:
    from services.api.tests.conftest import Person

START = datetime(2026, 11, 23, 6, tzinfo=UTC)


async def happened(gateway: Gateway, *events: Event) -> None:
    """The projector has read these, a second apart."""
    async with gateway.system.begin() as connection:
        stream = [Received(e, "EVENTS", n, START + timedelta(seconds=n)) for n, e in enumerate(events, 1)]
        await project(connection, stream)


async def emitted(gateway: Gateway, subject: str) -> list[dict[str, Any]]:
    async with gateway.system.connect() as connection:
        query = select(outbox.c.event).where(outbox.c.subject == subject).order_by(outbox.c.position)
        return list((await connection.execute(query)).scalars())


async def test_a_workflow_can_be_read_the_moment_it_is_accepted(ann: Person, gateway: Gateway) -> None:
    accepted = await ann.post("workflows/execute", {"trigger_type": "manual", "idea_count": 3})
    assert accepted.status_code == 202
    execution = accepted.json()
    assert execution.keys() == {"workflow_id", "status", "started_at"}
    assert execution["status"] == "running"

    workflow = (await ann.get(f"workflows/{execution['workflow_id']}")).json()
    assert workflow["id"] == execution["workflow_id"]
    assert workflow["started_at"] == execution["started_at"]
    assert (workflow["status"], workflow["idea_count"], workflow["completed_at"]) == ("running", 3, None)

    [event] = await emitted(gateway, "workflow.started")
    assert event["execution_id"] == execution["workflow_id"]
    assert event["user_id"] == str(ann.id)
    assert event["preferences"] == Preferences().model_dump(mode="json")


async def test_an_empty_body_takes_what_the_preferences_say(
    ann: Person, gateway: Gateway, announced: None
) -> None:
    await ann.put("config/preferences", {"idea_count": 7, "platforms": ["mastodon"], "topics": ["robots"]})
    assert (await ann.post("workflows/execute")).status_code == 202
    [event] = await emitted(gateway, "workflow.started")
    assert (event["idea_count"], event["platforms"]) == (7, ["mastodon"])
    assert event["preferences"]["topics"] == ["robots"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"idea_count": 0}, "idea_count"),
        ({"idea_count": 1000}, "idea_count"),
        ({"idea_count": "five"}, "idea_count"),
        ({"idea_count": True}, "idea_count"),
        ({"trigger_type": "magic"}, "trigger_type"),
        ({"context": "x" * 4001}, "context"),
        ({"platforms": ["linkedin", "myspace"]}, "platforms"),
        ({"platforms": ["../etc"]}, "platforms.0"),
        ([], "body"),
    ],
)
async def test_what_execute_refuses(ann: Person, announced: None, body: Any, field: str) -> None:
    refused = await ann.post("workflows/execute", body)
    assert refused.status_code == 422
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert [error["field"] for error in refused.json()["errors"]] == [field]
    assert (await ann.get("workflows")).json()["total"] == 0


async def test_an_unknown_platform_is_answered_with_the_known_ones(ann: Person, announced: None) -> None:
    refused = await ann.post("workflows/execute", {"platforms": ["myspace"]})
    assert "there are: linkedin, mastodon" in refused.json()["detail"]


async def test_one_at_a_time_unless_forced(ann: Person, bob: Person) -> None:
    first = (await ann.post("workflows/execute")).json()["workflow_id"]
    second = await ann.post("workflows/execute")
    assert second.status_code == 409
    assert second.json()["workflow_id"] == first
    assert (await ann.post("workflows/execute", {"force": True})).status_code == 202
    assert (await bob.post("workflows/execute")).status_code == 202


async def test_two_at_once_start_one(ann: Person) -> None:
    statuses: list[int] = []

    async def execute() -> None:
        statuses.append((await ann.post("workflows/execute")).status_code)

    async with anyio.create_task_group() as tasks:
        for _ in range(4):
            tasks.start_soon(execute)
    assert sorted(statuses) == [202, 409, 409, 409]


async def test_the_next_may_start_when_the_first_is_over(ann: Person, gateway: Gateway) -> None:
    first = (await ann.post("workflows/execute")).json()
    await happened(
        gateway,
        WorkflowCompleted(
            execution_id=UUID(first["workflow_id"]),
            user_id=ann.id,
            started_at=START,
            completed_at=START,
        ),
    )
    assert (await ann.post("workflows/execute")).status_code == 202


async def test_the_same_key_means_the_same_command(ann: Person, bob: Person, gateway: Gateway) -> None:
    key = {"Idempotency-Key": "monday"}
    first = await ann.post("workflows/execute", {"idea_count": 2}, headers=key)
    again = await ann.post("workflows/execute", {"idea_count": 2}, headers=key)
    assert (again.status_code, again.json()) == (202, first.json())
    other = await ann.post("workflows/execute", {"idea_count": 3}, headers=key)
    assert other.status_code == 422
    assert other.json()["errors"][0]["field"] == "Idempotency-Key"
    assert len(await emitted(gateway, "workflow.started")) == 1
    assert (await bob.post("workflows/execute", {"idea_count": 3}, headers=key)).status_code == 202


async def test_keys_are_forgotten_after_a_day(ann: Person, gateway: Gateway) -> None:
    for key in ("old", "new"):
        await ann.post("workflows/execute", {"force": True}, headers={"Idempotency-Key": key})
    async with gateway.system.begin() as connection:
        old = idempotency_keys.update().where(idempotency_keys.c.key == "old")
        await connection.execute(old.values(created_at=func.now() - timedelta(hours=25)))
    await forget_old_keys(gateway.system)
    async with gateway.system.connect() as connection:
        assert (await connection.execute(select(idempotency_keys.c.key))).scalars().all() == ["new"]


def _history(user_id: UUID, execution_id: UUID) -> list[Event]:
    """Two ideas for two platforms; one draft failed, one is still to come."""
    platforms = ("linkedin", "mastodon")
    start = WorkflowStarted(
        execution_id=execution_id, user_id=user_id, started_at=START, idea_count=2, platforms=platforms
    )
    ideas = [
        IdeaCreated(
            idea_id=idea_id(execution_id, index),
            execution_id=execution_id,
            user_id=user_id,
            index=index,
            total=2,
            title=f"Idea {index}",
            description="It is a good one.",
            topic_category="innovation",
            platforms=platforms,
            preferences=Preferences(),
        )
        for index in (1, 0)
    ]
    made: list[Event] = [start, *ideas]
    for index, platform in ((0, "linkedin"), (1, "linkedin"), (0, "mastodon")):
        idea = idea_id(execution_id, index)
        whole = {
            "content_id": content_id(idea, platform),
            "idea_id": idea,
            "execution_id": execution_id,
            "user_id": user_id,
            "platform": platform,
        }
        if platform == "mastodon":
            made.append(ContentFailed(**whole, error=ErrorInfo(code="invalid", message="Too long.")))
        else:
            made.append(ContentGenerated(**whole, content_text=f"Text {index}", metadata={"words": 2}))
    return made


async def test_progress_by_platform(ann: Person, gateway: Gateway) -> None:
    execution = uuid4()
    await happened(gateway, *_history(ann.id, execution))
    workflow = (await ann.get(f"workflows/{execution}")).json()
    assert workflow["progress"] == {
        "linkedin": {"expected": 2, "generated": 2, "failed": 0},
        "mastodon": {"expected": 2, "generated": 0, "failed": 1},
    }
    assert [idea["title"] for idea in workflow["ideas"]] == ["Idea 0", "Idea 1"]
    counts = {name: workflow[name] for name in ("ideas_generated", "content_generated", "content_failed")}
    assert counts == {"ideas_generated": 2, "content_generated": 2, "content_failed": 1}
    assert workflow["timings"] == {
        "first_idea_at": "2026-11-23T06:00:02Z",
        "first_draft_at": "2026-11-23T06:00:04Z",
        "last_draft_at": "2026-11-23T06:00:06Z",
        "duration_seconds": None,
    }


async def test_the_outcome_is_told(ann: Person, gateway: Gateway) -> None:
    execution = uuid4()
    outcome = WorkflowCompleted(
        execution_id=execution,
        user_id=ann.id,
        ideas_generated=2,
        content_generated=2,
        content_failed=2,
        started_at=START,
        completed_at=START + timedelta(seconds=90),
        error_message="2 of 4 drafts could not be made",
    )
    await happened(gateway, *_history(ann.id, execution), outcome)
    workflow = (await ann.get(f"workflows/{execution}")).json()
    assert workflow["status"] == "completed"
    assert workflow["content_failed"] == 2
    assert workflow["error_message"] == "2 of 4 drafts could not be made"
    assert workflow["timings"]["duration_seconds"] == 90
    [listed] = (await ann.get("workflows", params={"state": "completed"})).json()["workflows"]
    assert listed == {name: workflow[name] for name in listed}
    assert (await ann.get("workflows", params={"state": "running"})).json()["total"] == 0


async def test_anothers_workflow_is_forbidden_and_an_unknown_one_not_found(ann: Person, bob: Person) -> None:
    execution = (await ann.post("workflows/execute")).json()["workflow_id"]
    refused = await bob.get(f"workflows/{execution}")
    assert refused.status_code == 403
    assert 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]
    assert (await bob.get("workflows")).json() == {"workflows": [], "total": 0, "next": None}
    assert (await bob.get(f"workflows/{uuid4()}")).status_code == 404
    assert (await bob.get("workflows/17")).status_code == 422


async def test_execute_needs_no_bus(ann: Person, gateway: Gateway) -> None:
    """The outbox holds the event until the bus is back."""
    await gateway.registry._bus.stop()
    assert (await ann.post("workflows/execute")).status_code == 202
    assert (await ann.post("workflows/execute", {"platforms": ["linkedin"]})).status_code == 503
    async with gateway.system.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(workflows)) == 1
