"""The aggregator on a real database and a real bus, told as stories."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, permutations
from typing import Any, Protocol
from uuid import UUID, uuid4

import pytest
from nats.js import JetStreamContext

from aggregator.domain import told_by
from aggregator.handlers import Aggregator
from polycast.bus import Reject
from polycast.contracts import (
    ContentFailed,
    ContentGenerated,
    ContentRequested,
    ErrorInfo,
    Event,
    IdeaCreated,
    IdeasFailed,
    Received,
    UserDeleted,
    WorkflowCompleted,
    WorkflowFailed,
    WorkflowStarted,
    content_id,
    encode,
    idea_id,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PLATFORMS = ("linkedin", "twitter")

Announced = Callable[[], Awaitable[list[WorkflowCompleted | WorkflowFailed]]]
NewAggregator = Callable[[], Awaitable[Aggregator]]
Eventually = Callable[[Callable[[], Awaitable[object]]], Awaitable[None]]


class Tables(Protocol):
    async def rows(self, query: str) -> list[dict[str, object]]: ...


_sequences = count(1)


@dataclass
class Workflow:
    """Makes the events of one execution as the stream would hand them out, a second apart."""

    execution_id: UUID = field(default_factory=uuid4)
    user_id: UUID = field(default_factory=uuid4)
    ideas: int = 1
    clock: datetime = NOON

    def _received(self, event: Event) -> Received[Event]:
        self.clock += timedelta(seconds=1)
        return Received(event, "EVENTS", next(_sequences), self.clock)

    def started(self) -> Received[Event]:
        event = WorkflowStarted(execution_id=self.execution_id, user_id=self.user_id, started_at=NOON)
        return self._received(event)

    def idea_event(self, index: int = 0) -> IdeaCreated:
        return IdeaCreated(
            idea_id=idea_id(self.execution_id, index),
            execution_id=self.execution_id,
            user_id=self.user_id,
            index=index,
            total=self.ideas,
            title="Title",
            description="Description.",
            platforms=PLATFORMS,
        )

    def idea(self, index: int = 0) -> Received[Event]:
        return self._received(self.idea_event(index))

    def ideas_failed(self, reason: str) -> Received[Event]:
        event = IdeasFailed(execution_id=self.execution_id, user_id=self.user_id, reason=reason)
        return self._received(event)

    def _content(self, index: int, platform: str) -> dict[str, Any]:
        idea = idea_id(self.execution_id, index)
        return {
            "content_id": content_id(idea, platform),
            "idea_id": idea,
            "execution_id": self.execution_id,
            "user_id": self.user_id,
            "platform": platform,
        }

    def generated(self, platform: str, index: int = 0) -> Received[Event]:
        return self._received(ContentGenerated(**self._content(index, platform), content_text="Text"))

    def failed(self, platform: str, index: int = 0) -> Received[Event]:
        error = ErrorInfo(code="too_long", message="It is too long")
        return self._received(ContentFailed(**self._content(index, platform), error=error))

    def requested(self, platform: str) -> Received[Event]:
        event = ContentRequested(user_id=self.user_id, platform=platform, idea=self.idea_event())
        return self._received(event)

    def whole(self) -> list[Received[Event]]:
        events = [self.started()]
        for index in range(self.ideas):
            events.append(self.idea(index))
            events.extend(self.generated(platform, index) for platform in PLATFORMS)
        return events


def counts(event: WorkflowCompleted | WorkflowFailed) -> tuple[str, int, int, int, int]:
    return (
        event.status,
        event.revision,
        event.ideas_generated,
        event.content_generated,
        event.content_failed,
    )


async def test_a_workflow_completes(aggregator: Aggregator, announced: Announced) -> None:
    workflow = Workflow(ideas=2)
    events = workflow.whole()
    await aggregator.apply(events[:-1])
    assert await announced() == []
    await aggregator.apply(events[-1:])
    assert await announced() == [
        WorkflowCompleted(
            execution_id=workflow.execution_id,
            user_id=workflow.user_id,
            revision=1,
            ideas_generated=2,
            content_generated=4,
            content_failed=0,
            started_at=NOON,
            completed_at=events[-1].timestamp,
        )
    ]


async def test_a_workflow_fails_without_ideas(aggregator: Aggregator, announced: Announced) -> None:
    workflow = Workflow()
    await aggregator.apply([workflow.started(), workflow.ideas_failed("The model refused")])
    (event,) = await announced()
    assert counts(event) == ("failed", 1, 0, 0, 0)
    assert event.error_message == "The model refused"


async def test_every_order_of_events_ends_alike(
    aggregator: Aggregator, announced: Announced, tables: Tables
) -> None:
    """120 orders, each with a repetition at the end: a failed draft that was retried, and one that wasn't."""
    deliveries = []
    for order in permutations(range(5)):
        workflow = Workflow()
        events = [
            workflow.started(),
            workflow.idea(),
            workflow.failed("linkedin"),
            workflow.generated("twitter"),
            workflow.generated("linkedin"),
        ]
        deliveries.append([events[position] for position in (*order, order[0])])
    for batch in zip(*deliveries, strict=True):  # the first event of each workflow, then the second …
        await aggregator.apply(batch)
    known = await tables.rows(
        "SELECT DISTINCT ON (execution_id) first_event_at, last_event_at, started_at, total, waiting,"
        " announced, status, ideas_generated, content_generated, content_failed, error_message, completed_at,"
        " (SELECT array_agg((platform, expected_at, generated_at, failed_at)::text ORDER BY platform)"
        " FROM drafts d WHERE d.execution_id = e.execution_id) AS drafts"
        " FROM executions e JOIN outcomes o USING (execution_id) ORDER BY execution_id, revision DESC"
    )
    assert len(known) == len(deliveries)
    endings = {str(row) for row in known}
    assert len(endings) == 1, endings
    last_told = {event.execution_id: event for event in await announced()}
    assert {(*counts(event)[2:], event.started_at) for event in last_told.values()} == {(1, 2, 0, NOON)}


async def test_orders_without_a_retry_announce_one_revision(
    aggregator: Aggregator, announced: Announced
) -> None:
    for order in permutations(range(4)):
        workflow = Workflow()
        events = [
            workflow.started(),
            workflow.idea(),
            workflow.failed("linkedin"),
            workflow.generated("twitter"),
        ]
        await aggregator.apply([events[position] for position in order])
    told = await announced()
    assert {counts(event) for event in told} == {("completed", 1, 1, 1, 1)}
    assert len(told) == 24


async def test_a_draft_requested_of_nobody_is_refused_and_told_of(aggregator: Aggregator) -> None:
    with pytest.raises(Reject, match="unknown platform myspace; announced are linkedin, twitter") as verdict:
        await aggregator.apply([Workflow().requested("myspace")])
    (failed,) = verdict.value.publish
    assert isinstance(failed, ContentFailed)
    assert (failed.platform, failed.error.code) == ("myspace", "unknown_platform")


async def test_a_retried_draft_brings_the_next_revision(aggregator: Aggregator, announced: Announced) -> None:
    workflow = Workflow()
    await aggregator.apply(
        [workflow.started(), workflow.idea(), workflow.failed("linkedin"), workflow.generated("twitter")]
    )
    await aggregator.apply([workflow.requested("linkedin")])
    await aggregator.apply([workflow.failed("linkedin")])  # in vain: nothing new to tell
    await aggregator.apply([workflow.requested("linkedin"), workflow.generated("linkedin")])
    assert [counts(event) for event in await announced()] == [
        ("completed", 1, 1, 1, 1),
        ("completed", 2, 1, 2, 0),
    ]


async def test_starting_a_finished_workflow_tells_its_outcome_again(
    aggregator: Aggregator, announced: Announced
) -> None:
    workflow = Workflow()
    await aggregator.apply(workflow.whole())
    again = workflow.started()
    await aggregator.apply([again])
    await aggregator.apply([again])  # the same message, delivered twice
    first, second = await announced()
    assert first == second


async def test_two_replicas_decide_once(
    new_aggregator: NewAggregator, announced: Announced, tables: Tables
) -> None:
    """Both get every event, shuffled and in small batches, at the same time."""
    replicas = [await new_aggregator(), await new_aggregator()]
    workflows = [Workflow(ideas=2) for _ in range(25)]
    events = [event for workflow in workflows for event in workflow.whole()]
    dice = random.Random(4)

    async def work(replica: Aggregator) -> None:
        shuffled = dice.sample(events, len(events))
        for first in range(0, len(shuffled), 10):
            await replica.apply(shuffled[first : first + 10])

    await asyncio.gather(*(work(replica) for replica in replicas))
    decided = await tables.rows("SELECT revision, status, content_generated, content_failed FROM outcomes")
    assert decided == [
        {"revision": 1, "status": "completed", "content_generated": 4, "content_failed": 0}
    ] * len(workflows)
    told = await announced()
    assert {event.execution_id for event in told} == {workflow.execution_id for workflow in workflows}
    assert {counts(event) for event in told} == {("completed", 1, 2, 4, 0)}


async def test_what_never_answers_ends_at_the_deadline(aggregator: Aggregator, announced: Announced) -> None:
    workflow = Workflow()
    await aggregator.apply([workflow.started(), workflow.idea(), workflow.generated("linkedin")])
    await aggregator.sweep(workflow.clock + timedelta(minutes=5))
    assert await announced() == []
    over = workflow.clock + timedelta(minutes=5, seconds=1)
    await aggregator.sweep(over)
    await aggregator.sweep(over + timedelta(hours=2))
    (event,) = await announced()
    assert counts(event) == ("completed", 1, 1, 1, 1)
    assert event.error_message == "1 of 2 drafts didn't arrive within 5 minutes (twitter 1)"
    assert event.completed_at == over

    await aggregator.apply([workflow.generated("twitter")])
    assert [counts(event) for event in await announced()][1:] == [("completed", 2, 1, 2, 0)]


async def test_a_queued_workflow_is_given_an_hour(aggregator: Aggregator, announced: Announced) -> None:
    workflow = Workflow()
    await aggregator.apply([workflow.started()])
    await aggregator.sweep(workflow.clock + timedelta(minutes=59))
    assert await announced() == []
    await aggregator.sweep(workflow.clock + timedelta(minutes=61))
    workflow.clock += timedelta(minutes=70)  # then the ideas come after all, and are waited for
    await aggregator.apply([workflow.idea()])
    await aggregator.apply([workflow.generated("linkedin")])
    assert [counts(event) for event in await announced()] == [("failed", 1, 0, 0, 0)]
    await aggregator.apply([workflow.generated("twitter")])
    assert [counts(event) for event in await announced()][1:] == [("completed", 2, 1, 2, 0)]


async def test_drafts_without_a_workflow_end_nothing(aggregator: Aggregator, announced: Announced) -> None:
    workflow = Workflow()
    await aggregator.apply([workflow.generated("linkedin"), workflow.requested("twitter")])
    await aggregator.sweep(workflow.clock + timedelta(days=1))
    assert await announced() == []


async def test_two_replicas_sweep_once(new_aggregator: NewAggregator, announced: Announced) -> None:
    replicas = [await new_aggregator(), await new_aggregator()]
    workflows = [Workflow() for _ in range(250)]
    await replicas[0].apply([event for w in workflows for event in (w.started(), w.idea())])
    later = NOON + timedelta(hours=1)
    await asyncio.gather(*(replica.sweep(later) for replica in replicas))
    told = await announced()
    assert sorted(str(event.execution_id) for event in told) == sorted(str(w.execution_id) for w in workflows)


async def test_events_that_wait_in_the_stream_are_not_late(
    aggregator: Aggregator, announced: Announced, js: JetStreamContext
) -> None:
    """After an outage of the aggregator the deadline is counted up to what it has handled."""
    workflow = Workflow(clock=datetime.now(UTC))
    await aggregator.apply([workflow.started(), workflow.idea(), workflow.generated("linkedin")])
    waiting = workflow.generated("twitter")
    await js.publish("content.generated", encode(waiting.event), stream="EVENTS")
    later = datetime.now(UTC) + timedelta(minutes=30)
    await aggregator.sweep(later)
    assert await announced() == []

    subscription = await js.pull_subscribe_bind(consumer="aggregator", stream="EVENTS")
    (message,) = await subscription.fetch(1)
    await message.ack_sync()  # say it was a dead letter: handled, and never recorded
    await aggregator.sweep(later)
    assert [counts(event) for event in await announced()] == [("completed", 1, 1, 1, 1)]


async def test_an_outcome_that_could_not_be_announced_is_told_by_the_next_sweep(
    new_aggregator: NewAggregator, announced: Announced, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashing, other = await new_aggregator(), await new_aggregator()

    async def crash(*_: object) -> None:
        raise ConnectionError("killed between commit and publish")

    monkeypatch.setattr(crashing.bus, "publish", crash)
    workflow = Workflow()
    with pytest.raises(ConnectionError):
        await crashing.apply(workflow.whole())
    assert await announced() == []
    await other.sweep(workflow.clock)
    await other.sweep(workflow.clock)
    assert [counts(event) for event in await announced()] == [("completed", 1, 1, 2, 0)]


async def test_a_crash_between_publish_and_mark_repeats_the_same_event(
    new_aggregator: NewAggregator, announced: Announced, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashing, other = await new_aggregator(), await new_aggregator()
    publish = crashing.bus.publish

    async def publish_and_crash(event: Event, msg_id: str | None = None) -> None:
        await publish(event)  # without a message id, as if the duplicate window had passed
        raise ConnectionError("killed between publish and commit")

    monkeypatch.setattr(crashing.bus, "publish", publish_and_crash)
    workflow = Workflow()
    with pytest.raises(ConnectionError):
        await crashing.apply(workflow.whole())
    await other.apply([workflow.started()])
    first, *repeated = await announced()
    assert repeated
    assert all(event == first for event in repeated)


async def test_an_erased_person_stays_erased(
    aggregator: Aggregator, announced: Announced, tables: Tables
) -> None:
    workflow, other = Workflow(), Workflow()
    gone = workflow._received(UserDeleted(user_id=workflow.user_id))
    events = workflow.whole()
    await aggregator.apply([*events[:2], other.started()])
    await aggregator.apply([gone, events[2]])
    await aggregator.apply(events)
    await aggregator.apply([gone])
    await aggregator.sweep(workflow.clock + timedelta(days=1))
    assert [row["user_id"] for row in await tables.rows("SELECT user_id FROM executions")] == [other.user_id]
    assert await tables.rows("SELECT * FROM drafts") == []
    assert {event.execution_id for event in await announced()} == {other.execution_id}


async def test_erasure_waits_for_writers_who_saw_no_tombstone(
    aggregator: Aggregator, tables: Tables, eventually: Eventually
) -> None:
    """A transaction that wrote rows before the tombstone stood commits only after `erase` began."""
    workflow = Workflow()
    async with aggregator.store.transaction() as transaction:
        told = told_by(workflow.started())
        assert told is not None
        assert await transaction.record([told])
        erasing = asyncio.create_task(aggregator.store.erase({workflow.user_id}))
        waits = "SELECT 1 FROM pg_locks WHERE mode = 'ShareLock' AND NOT granted"
        await eventually(lambda: tables.rows(waits))
    await erasing
    assert await tables.rows("SELECT * FROM executions") == []


async def test_consumes_from_the_bus_and_announces_on_it(
    aggregator: Aggregator,
    announced: Announced,
    js: JetStreamContext,
    eventually: Eventually,
) -> None:
    workflow = Workflow(ideas=3)
    events: Sequence[Received[Event]] = workflow.whole()
    for received in [*events, *events]:
        await js.publish(received.event.subject, encode(received.event), stream="EVENTS")
    aggregator.bus.consume_batches(aggregator.kinds, aggregator.apply)
    await aggregator.bus.start()
    await eventually(announced)
    assert {counts(event) for event in await announced()} == {("completed", 1, 3, 6, 0)}
