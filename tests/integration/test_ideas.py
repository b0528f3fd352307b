"""The ideas service as a process: real bus, real Postgres, the offline writer for a provider."""

from __future__ import annotations

import asyncio
import json
from uuid import UUID, uuid4

import psycopg
import pytest
from nats.js import JetStreamContext

from ideas.store import SCHEMA
from polycast.contracts import IdeaCreated, IdeasFailed, idea_id
from polycast.testing.messages import bodies, messages
from polycast.testing.servers import migrated

from .conftest import Ground, Writer


@pytest.fixture(scope="module", autouse=True)
def ideas(ground: Ground) -> None:
    ground.announce("linkedin", "twitter")
    ground.start("ideas", DATABASE_URL=migrated(ground.admin_url, SCHEMA)["ideas"])


@pytest.fixture
def user() -> UUID:
    return uuid4()


async def publish(js: JetStreamContext, subject: str, **body: object) -> None:
    await js.publish(subject, json.dumps(body, default=str).encode(), stream="EVENTS")


async def remembered(js: JetStreamContext, user: UUID, **wishes: object) -> int:
    """Tell a person's wishes, and wait until ideas by hand go by them; returns how many were published."""
    await publish(js, "schedule.updated", user_id=user, **wishes)
    count = 0
    while True:  # several workers read events: the idea may have been completed before the wishes were kept
        await publish(js, "idea.created", user_id=user, title="A marker", description="Nothing else.")
        count += 2
        published = await bodies(js, "idea.created", count, user)
        if published[-1]["platforms"] == wishes["platforms"]:
            return count


async def made(js: JetStreamContext, count: int, user: UUID) -> list[IdeaCreated]:
    """The first `count` ideas published for a person."""
    return [IdeaCreated.model_validate(body) for body in await bodies(js, "idea.created", count, user)]


async def test_five_ideas_with_all_that_a_transformer_needs(js, user, writer: Writer):
    before = writer.completions
    execution = uuid4()
    await publish(js, "workflow.started", user_id=user, execution_id=execution)
    events = await made(js, 5, user)
    assert {event.idea_id for event in events} == {idea_id(execution, n) for n in range(5)}
    assert {event.total for event in events} == {5}
    assert len({event.title for event in events}) == 5
    assert {event.platforms for event in events} == {("linkedin", "twitter")}
    assert all(event.preferences is not None and event.user_id == user for event in events)
    assert {event.provenance.prompt_id for event in events} == {"ideas"}
    assert writer.completions - before == 1


async def test_the_latest_wishes_are_used_where_the_event_states_none(js, user):
    wish = {"audience": "nurses", "topics": ["hospital software"]}
    await publish(js, "schedule.updated", user_id=user, preferences={"audience": "old"}, platforms=[])
    seen = await remembered(js, user, preferences=wish, platforms=["twitter"])
    await publish(js, "workflow.started", user_id=user, idea_count=1)
    *_, event = await bodies(js, "idea.created", seen + 1, user)
    assert event["platforms"] == ["twitter"]
    assert event["preferences"]["audience"] == "nurses"


async def test_yesterdays_ideas_are_not_offered_again(js, user):
    await publish(js, "workflow.started", user_id=user)
    first = await made(js, 5, user)
    await publish(js, "workflow.started", user_id=user)
    both = await made(js, 10, user)
    assert len({event.title for event in both}) == 10
    assert {event.execution_id for event in first} < {event.execution_id for event in both}


async def test_an_own_idea_is_history_and_the_closest_earlier_one_is_told(js, user):
    mine = {"title": "Boring backups", "description": "Restore one, or you have none."}
    await publish(js, "idea.created", user_id=user, **mine)
    await bodies(js, "idea.created", 2, user)  # completed, so it is in the history
    await publish(js, "workflow.started", user_id=user, idea_count=1, context="It is 2026.")
    first = IdeaCreated.model_validate((await bodies(js, "idea.created", 3, user))[2])
    assert first.context == "It is 2026."
    assert first.closest is not None
    assert (first.closest.title, first.closest.method) == ("Boring backups", "semantic")
    assert 0 <= first.closest.score < 1


async def test_where_others_would_repeat_there_are_fewer_ideas_and_it_is_told(js, user, writer: Writer):
    """The offline writer has eleven titles on what its bank doesn't know, and then repeats itself."""
    wish = {"idea_count": 10, "preferences": {"topics": ["sourdough"]}}
    await publish(js, "workflow.started", user_id=user, **wish)
    first = await made(js, 10, user)
    asked = writer.completions
    await publish(js, "workflow.started", user_id=user, **wish)
    *_, last = await made(js, 11, user)
    assert (last.total, {idea.total for idea in first}) == (1, {10})
    assert last.title not in {idea.title for idea in first}
    assert writer.completions - asked == 2
    assert last.provenance.notes[-1].startswith("1 of 10 ideas")


async def test_ideas_that_must_not_be_stored_are_not(js, user, ground: Ground):
    preferences = {"topics": ["vermin people"]}  # known to the provider alone
    await publish(js, "workflow.started", user_id=user, idea_count=1, preferences=preferences)
    (body,) = await bodies(js, "ideas.failed", 1, user)
    assert body["reason"] == "no idea came that could be kept: an idea was turned down for hate"


async def test_a_request_by_hand_gets_the_latest_preferences(js, user):
    await remembered(js, user, preferences={"audience": "nurses"}, platforms=["linkedin"])
    bare = {"user_id": user, "title": "Mine", "description": "All mine.", "generation": 2}
    await publish(js, "content.requested.twitter", **bare)
    by_hand, complete = await bodies(js, "content.requested.twitter", 2, user)
    assert by_hand["generation"] == complete["generation"] == 2
    assert complete["idea"]["preferences"]["audience"] == "nurses"
    assert complete["idea"]["title"] == "Mine"


async def test_the_same_execution_four_times_at_once_is_paid_once(js, user, writer: Writer):
    before, execution = writer.completions, uuid4()
    await asyncio.gather(
        *(publish(js, "workflow.started", user_id=user, execution_id=execution) for _ in range(4))
    )
    events = await made(js, 20, user)
    assert len({event.idea_id for event in events}) == 5
    assert len({event.title for event in events}) == 5
    assert writer.completions - before == 1


async def test_an_own_idea_by_hand_is_completed(js, user):
    await publish(js, "idea.created", user_id=user, title="Mine", description="All mine.")
    _, body = await bodies(js, "idea.created", 2, user)
    complete = IdeaCreated.model_validate(body)
    assert complete.title == "Mine"
    assert complete.platforms == ("linkedin", "twitter")
    assert complete.preferences is not None
    assert complete.closest is None
    await publish(js, "idea.created", user_id=user, title="Mine, too", description="All mine as well.")
    *_, second = await bodies(js, "idea.created", 4, user)
    assert second["closest"]["title"] == "Mine"


async def test_a_provider_that_refuses_the_key_fails_the_workflow_in_words(js, user, writer: Writer):
    writer.misbehave(auth=1)
    await publish(js, "workflow.started", user_id=user)
    (body,) = await bodies(js, "ideas.failed", 1, user)
    assert "key" in IdeasFailed.model_validate(body).reason.lower()


async def test_malformed_answers_are_asked_again(js, user, writer: Writer):
    writer.misbehave(latency=3, invalid_json=1)
    before = writer.calls
    await publish(js, "workflow.started", user_id=user)
    while writer.calls == before:
        await asyncio.sleep(0.05)
    writer.misbehave()  # the answer already under way is malformed; a later one is not
    events = await made(js, 5, user)
    assert events[0].provenance.attempts > 1


async def test_an_erased_person_gets_nothing_more(js, user, ground: Ground):
    other = uuid4()
    await publish(js, "workflow.started", user_id=user, idea_count=2)
    await made(js, 2, user)
    await publish(js, "user.deleted", user_id=user)
    await publish(js, "idea.created", user_id=other, title="A marker", description="So that it is read.")
    await bodies(js, "idea.created", 2, other)
    await publish(js, "workflow.started", user_id=user, idea_count=2)
    await publish(js, "workflow.started", user_id=other, idea_count=1)
    await bodies(js, "idea.created", 3, other)
    with psycopg.connect(ground.admin_url) as connection:
        kept = connection.execute("SELECT count(*) FROM ideas.ideas WHERE user_id = %s", (user,)).fetchone()
    assert kept == (0,)


async def test_an_unknown_platform_is_a_dead_letter_and_a_failed_workflow(js, user):
    before = await messages(js, "DLQ", "dlq.ideas")
    await publish(js, "workflow.started", user_id=user, platforms=["myspace"])
    (body,) = await bodies(js, "ideas.failed", 1, user)
    assert "myspace" in body["reason"]
    assert await messages(js, "DLQ", "dlq.ideas") == before + 1
