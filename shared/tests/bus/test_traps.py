"""Each measured trap of the bus, against a real nats-server. Take a guard away and its test fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from uuid import uuid4

import nats
import nats.errors
import pytest
from nats.js import JetStreamContext
from nats.js.api import StorageType
from prometheus_client import REGISTRY

from polycast.bus import Bus, Reject, RetryLater, claims, consumers, delivery, streams
from polycast.bus.dead_letters import bury
from polycast.contracts import ContentGenerated, Event, IdeaCreated, Received, WorkflowStarted
from polycast.testing.messages import idea_of, messages, start_workflow


class Away(Exception):
    """What a handler needs is not there for now."""


class Gate:
    """A handler that holds its messages until it is opened, and remembers what it was given."""

    def __init__(self) -> None:
        self.given: list[Received[WorkflowStarted]] = []
        self.open = asyncio.Event()

    async def __call__(self, received: Received[WorkflowStarted]) -> Sequence[Event]:
        self.given.append(received)
        await self.open.wait()
        return []

    def on(self, workers: int) -> Callable[[Bus], None]:
        return lambda bus: bus.consume({WorkflowStarted: self}, workers=workers)


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "retry_delay", lambda _: 0.01)


@pytest.fixture
def quick_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same clockwork, ten times as fast."""
    monkeypatch.setattr(consumers, "ACK_WAIT", streams.ACK_WAIT / 10)
    monkeypatch.setattr(delivery, "BEAT", streams.BEAT / 10)


async def test_a_message_whose_handler_raises_is_tried_again(start_bus, js, eventually, quick_retries):
    """FastStream's default on an exception is TERM, which loses the message."""
    tries: list[int] = []

    async def fail_once(received: Received[WorkflowStarted]) -> Sequence[Event]:
        tries.append(received.deliveries)
        if received.deliveries == 1:
            raise RuntimeError("for once")
        return [idea_of(received.event)]

    await start_bus(lambda bus: bus.consume({WorkflowStarted: fail_once}, workers=1))
    await start_workflow(js)
    await eventually(lambda: messages_on(js, "idea.created", 1))
    assert tries == [1, 2]


async def test_a_failed_message_waits_before_it_is_tried_again(start_bus, js, eventually, acks):
    """A bare nak redelivers at once and burns the attempts in milliseconds."""

    async def fail(_: Received[WorkflowStarted]) -> Sequence[Event]:
        raise RuntimeError("always")

    await start_bus(lambda bus: bus.consume({WorkflowStarted: fail}, workers=1))
    await start_workflow(js)
    await eventually(lambda: acks)
    assert json.loads(acks[0].removeprefix(b"-NAK ")) == {"delay": 1_000_000_000}


def test_retries_wait_longer_each_time_and_at_most_half_a_minute():
    assert [delivery.retry_delay(n) for n in (1, 2, 3, 4, 5, 6, 19)] == [1, 2, 4, 8, 16, 30, 30]


async def test_a_message_that_always_raises_becomes_a_dead_letter(start_bus, js, eventually, quick_retries):
    async def fail(_: Received[WorkflowStarted]) -> Sequence[Event]:
        raise RuntimeError("it is\nbroken")

    def tell(received: Received[Event], error: BaseException) -> Sequence[Event]:
        assert isinstance(received.event, WorkflowStarted)
        return [idea_of(received.event, title=str(error))]

    await start_bus(lambda bus: bus.consume({WorkflowStarted: fail}, workers=1, on_dead_letter=tell))
    sequence = await start_workflow(js)
    await eventually(lambda: messages_on(js, "dlq.ideas", 1, stream="DLQ"))
    letter = await js.get_last_msg("DLQ", "dlq.ideas")
    headers = letter.headers or {}
    assert headers["Polycast-Subject"] == "workflow.started"
    assert headers["Polycast-Stream-Sequence"] == str(sequence)
    assert headers["Polycast-Deliveries"] == str(consumers.MAX_RAISED)
    assert headers["Polycast-Error-Type"] == "RuntimeError"
    assert headers["Polycast-Error"] == "it is broken"
    assert letter.data == (await js.get_msg("EVENTS", sequence)).data
    await eventually(lambda: messages_on(js, "idea.created", 1))
    await eventually(lambda: unacknowledged(js, 0))


async def test_rejected_is_dead_at_once_and_tells_why(start_bus, js, eventually):
    async def refuse(received: Received[WorkflowStarted]) -> Sequence[Event]:
        raise Reject("no such thing", publish=[idea_of(received.event)])

    await start_bus(lambda bus: bus.consume({WorkflowStarted: refuse}, workers=1))
    await start_workflow(js)
    await eventually(lambda: messages_on(js, "idea.created", 1))
    letter = await js.get_last_msg("DLQ", "dlq.ideas")
    assert (letter.headers or {})["Polycast-Deliveries"] == "1"


@pytest.mark.parametrize("workers", [0, 1], ids=["batches", "workers"])
@pytest.mark.parametrize(
    "data",
    [
        b"{nope",
        b"[]",
        b"{}",
        b'{"user_id": "x"}',
        b'{"user_id": "b618c9eb-443f-4e4a-8741-3be3886774aa", "idea_count": 1000}',
        b'{"user_id": "b618c9eb-443f-4e4a-8741-3be3886774aa", "started_at": "0001-01-01T00:00:00+14:00"}',
        b"[" * 100_000,
    ],
)
async def test_undecodable_is_dead_at_once_and_holds_up_nothing(start_bus, js, eventually, data, workers):
    seen: list[WorkflowStarted] = []

    async def note(received: Received[WorkflowStarted]) -> Sequence[Event]:
        seen.append(received.event)
        return []

    async def note_all(batch: Sequence[Received[Event]]) -> Sequence[Event]:
        for received in batch:
            await note(received)
        return []

    def declare(bus: Bus) -> None:
        if workers:
            bus.consume({WorkflowStarted: note}, workers=workers)
        else:
            bus.consume_batches([WorkflowStarted], note_all)

    await start_bus(declare)
    await js.publish("workflow.started", data)
    await start_workflow(js)
    await eventually(lambda: seen and messages_on(js, "dlq.ideas", 1, stream="DLQ"))
    await eventually(lambda: unacknowledged(js, 0))
    assert len(seen) == 1


async def test_given_back_for_as_long_as_asked(start_bus, js, eventually, acks, monkeypatch):
    """Held in hand first, so that a rate limit also stops the pulling; what is left is the nak's delay."""
    monkeypatch.setattr(delivery, "HOLD", 0.5)

    async def later(_: Received[WorkflowStarted]) -> Sequence[Event]:
        raise RetryLater(45, "the provider is busy")

    await start_bus(lambda bus: bus.consume({WorkflowStarted: later}, workers=1))
    await start_workflow(js)
    await eventually(lambda: acks)
    assert json.loads(acks[0].removeprefix(b"-NAK ")) == {"delay": 44_500_000_000}


async def test_a_dead_letter_that_is_buried_again_is_stored_and_counted_once(js):
    def counted() -> float:
        return REGISTRY.get_sample_value("polycast_dead_letters_total", {"consumer": "mourner"}) or 0.0

    await start_workflow(js)
    subscription = await js.pull_subscribe("workflow.started", stream="EVENTS")
    (message,) = await subscription.fetch(1)
    before = counted()
    for _ in range(2):
        await bury(js, message, "mourner", RuntimeError("no use"))
    assert await messages(js, "DLQ", "dlq.mourner") == 1
    assert counted() == before + 1


async def test_a_slow_handler_is_not_run_twice(start_bus, js, eventually, acks, quick_beats):
    """There is no heartbeat in FastStream: without ours, `ack_wait` runs out under a slow handler."""
    gate = Gate()
    await start_bus(gate.on(workers=2))
    await start_workflow(js)
    beats_beyond_ack_wait = int(streams.ACK_WAIT / streams.BEAT) + 2
    await eventually(lambda: acks.count(b"+WPI") >= beats_beyond_ack_wait)
    gate.open.set()
    await eventually(lambda: b"+ACK" in acks)
    assert [received.deliveries for received in gate.given] == [1]


async def test_a_killed_workers_message_comes_back_in_seconds(start_bus, js, eventually, quick_beats):
    """Backoff in the consumer would override `ack_wait`; a long `ack_wait` would lose minutes."""
    gate = Gate()
    await start_bus(gate.on(workers=1))
    await gate_is_made(js)
    killed = await js.pull_subscribe_bind(consumer="ideas", stream="EVENTS")
    await start_workflow(js)
    await eventually(lambda: gate.given)  # the first is held by the living worker …
    await start_workflow(js)
    (lost,) = await killed.fetch(1)  # … the second by one that never speaks again
    gate.open.set()
    await eventually(lambda: len(gate.given) == 2)
    assert gate.given[1].sequence == lost.metadata.sequence.stream
    assert gate.given[1].deliveries == 2


async def test_the_consumer_has_no_backoff_and_ends_somewhere(start_bus, js):
    await start_bus(Gate().on(workers=1))
    config = (await js.consumer_info("EVENTS", "ideas")).config
    assert not config.backoff
    assert (config.ack_wait, config.max_deliver) == (streams.ACK_WAIT, consumers.MAX_DELIVER)
    assert str(config.deliver_policy) == "all"


async def test_a_message_that_kills_its_worker_each_time_ends_as_a_dead_letter(
    start_bus, js, eventually, monkeypatch
):
    monkeypatch.setattr(consumers, "MAX_DELIVER", 3)
    monkeypatch.setattr(delivery, "MAX_DELIVER", 3)
    config = consumers.consumer_config("ideas", ["workflow.started"])
    await js.add_consumer("EVENTS", config)
    await start_workflow(js)
    killed = await js.pull_subscribe_bind(consumer="ideas", stream="EVENTS")
    for _ in range(2):
        (message,) = await killed.fetch(1)
        await message.nak()
    gate = Gate()
    await start_bus(gate.on(workers=1))
    await eventually(lambda: messages_on(js, "dlq.ideas", 1, stream="DLQ"))
    assert gate.given == []


async def test_the_servers_own_giving_up_is_captured(js, eventually):
    """The MAX_DELIVERIES advisory is a plain message: lost when no stream captures it."""
    config = consumers.consumer_config("ideas", ["workflow.started"])
    config.max_deliver = 1
    await js.add_consumer("EVENTS", config)
    await start_workflow(js)
    worker = await js.pull_subscribe_bind(consumer="ideas", stream="EVENTS")
    (message,) = await worker.fetch(1)
    await message.nak()
    with pytest.raises(nats.errors.TimeoutError):
        await worker.fetch(1, timeout=0.5)
    await eventually(lambda: messages_on(js, streams.MAX_DELIVERIES_ADVISORY, 1, stream="DLQ"))


async def test_no_more_messages_are_held_than_are_worked_on(start_bus, js, eventually):
    """`max_workers` holds one more, and a larger batch many more: they wait unbeaten and run twice."""
    gate, other = Gate(), Gate()
    other.open.set()
    await start_bus(gate.on(workers=3))
    for _ in range(10):
        await start_workflow(js)
    await eventually(lambda: len(gate.given) == 3)
    await start_bus(other.on(workers=1))
    await eventually(lambda: len(other.given) == 7)
    assert len(gate.given) == 3
    gate.open.set()


async def test_slots_are_independent(start_bus, js, eventually):
    """Without workers of its own, a FastStream batch is a barrier: one slow message holds up all others."""
    seen: list[int] = []
    first = asyncio.Event()

    async def handle(received: Received[WorkflowStarted]) -> Sequence[Event]:
        seen.append(received.sequence)
        if received.sequence == slow:
            await first.wait()
        return []

    await start_bus(lambda bus: bus.consume({WorkflowStarted: handle}, workers=2))
    slow = 1
    for _ in range(10):
        await start_workflow(js)
    await eventually(lambda: len(seen) == 10)
    first.set()


async def test_batches_take_what_is_there_and_strand_nothing(start_bus, js, eventually):
    """`PullSub(batch=True)` waits for a full batch; its timeout kills the task that holds the messages."""
    batches: list[list[int]] = []

    async def apply(batch: Sequence[Received[Event]]) -> Sequence[Event]:
        batches.append([received.sequence for received in batch])
        return []

    await start_bus(lambda bus: bus.consume_batches([WorkflowStarted], apply, size=100))
    await start_workflow(js)
    await eventually(lambda: batches)  # one message is a batch: nobody waits for 99 more
    await asyncio.gather(*(start_workflow(js) for _ in range(250)))
    await eventually(lambda: sum(map(len, batches)) == 251)
    await eventually(lambda: unacknowledged(js, 0))
    assert sorted(s for batch in batches for s in batch) == list(range(1, 252))
    assert max(map(len, batches)) <= 100


async def test_one_poisonous_message_does_not_sink_its_batch(start_bus, js, eventually, quick_retries):
    applied: set[int] = set()

    async def apply(batch: Sequence[Received[Event]]) -> Sequence[Event]:
        if any(received.sequence == 5 for received in batch):
            raise RuntimeError("poison")
        applied.update(received.sequence for received in batch)
        return []

    for _ in range(10):
        await start_workflow(js)
    await start_bus(lambda bus: bus.consume_batches([WorkflowStarted], apply))
    await eventually(lambda: messages_on(js, "dlq.ideas", 1, stream="DLQ"))
    await eventually(lambda: unacknowledged(js, 0))
    assert applied == set(range(1, 11)) - {5}


async def test_an_outage_longer_than_all_deliveries_loses_no_batch(start_bus, js, eventually, monkeypatch):
    """A batch that is given back on each attempt would use up its deliveries and be gone."""
    monkeypatch.setattr(consumers, "MAX_DELIVER", 2)
    tries, applied = 0, []

    async def apply(batch: Sequence[Received[Event]]) -> None:
        nonlocal tries
        tries += 1
        if tries <= 4:
            raise Away
        applied.extend(received.sequence for received in batch)

    def declare(bus: Bus) -> None:
        bus.outages = (Away,)
        bus.consume_batches([WorkflowStarted], apply)

    await start_bus(declare)
    await start_workflow(js)
    await eventually(lambda: applied == [1])
    assert await messages(js, "DLQ", "dlq.ideas") == 0


async def test_what_may_have_killed_its_worker_is_handled_alone(start_bus, js, eventually):
    """A message that kills its worker must not take its batch down with it each time."""
    await js.add_consumer("EVENTS", consumers.consumer_config("ideas", ["workflow.started"]))
    for _ in range(3):
        await start_workflow(js)
    killed = await js.pull_subscribe_bind(consumer="ideas", stream="EVENTS")
    deliveries = {1: 0, 2: 0, 3: 0}
    while min(deliveries.values()) < consumers.MAX_RAISED:  # a fetch may bring fewer than it asked for
        for message in await killed.fetch(3):
            deliveries[message.metadata.sequence.stream] += 1
            await message.nak()
    batches: list[int] = []

    async def apply(batch: Sequence[Received[Event]]) -> None:
        batches.append(len(batch))

    await start_bus(lambda bus: bus.consume_batches([WorkflowStarted], apply))
    await eventually(lambda: sum(batches) == 3)
    assert batches == [1, 1, 1]


async def test_stopping_is_graceful_while_the_server_is_away(private_nats, start_bus, eventually):
    url = private_nats()
    await streams.apply_streams(url)
    bus = await start_bus(Gate().on(workers=1), url=url)
    private_nats.stop()
    await eventually(lambda: bus.trouble)
    await bus.stop()


async def test_publishing_without_a_stream_is_an_error(start_bus, js):
    """A core publish would lose the event without a word."""
    bus = await start_bus(lambda bus: None)
    await js.delete_stream("EVENTS")
    with pytest.raises(nats.errors.Error):
        await bus.publish(WorkflowStarted.model_validate(
            {"user_id": uuid4(), "execution_id": uuid4(), "started_at": "2026-01-01T00:00:00Z"}
        ))  # fmt: skip


async def test_a_redelivery_publishes_once_and_a_rerun_by_hand_again(
    start_bus, js, eventually, quick_retries
):
    """The message id holds the inbound sequence: a redelivery repeats it, a rerun has its own."""

    async def crash_after_publishing(received: Received[WorkflowStarted]) -> Sequence[Event]:
        idea = idea_of(received.event)
        if received.deliveries == 1:
            await bus.publisher.publish_all([idea], cause=received)
            raise RuntimeError("between publish and ack")
        return [idea]

    bus = await start_bus(lambda bus: bus.consume({WorkflowStarted: crash_after_publishing}, workers=1))
    body = {"user_id": str(uuid4()), "execution_id": str(uuid4())}
    await start_workflow(js, **body)
    await eventually(lambda: consumed(js, 1))
    assert await messages(js, "EVENTS", "idea.created") == 1
    await start_workflow(js, **body)
    await eventually(lambda: messages_on(js, "idea.created", 2))


async def test_the_service_survives_a_restart_of_the_server(private_nats, js, start_bus, eventually):
    """When reconnect attempts run out, FastStream's loop spins and freezes the process."""
    url = private_nats()
    port = int(url.rpartition(":")[2])
    await streams.apply_streams(url)
    gate = Gate()
    gate.open.set()
    bus = await start_bus(gate.on(workers=2), url=url)
    private_nats.stop()
    await eventually(lambda: bus.trouble)
    private_nats(port)
    client = await nats.connect(url)
    await start_workflow(client.jetstream())
    await eventually(lambda: gate.given)
    await eventually(lambda: bus.trouble is None)
    await client.close()
    await bus.stop()


def test_reconnecting_never_ends():
    assert Bus("ideas", "nats://127.0.0.1:1")._broker._connection_kwargs["max_reconnect_attempts"] == -1


async def test_a_deleted_consumer_is_seen_and_made_again(start_bus, js, eventually, monkeypatch):
    """The pull loop of a deleted consumer spins while the connection's ping stays green."""
    gate = Gate()
    gate.open.set()
    bus = await start_bus(gate.on(workers=1))
    assert bus.trouble is None
    ensure, held = bus.consumer.ensure, asyncio.Event()

    async def ensure_when_told(context: JetStreamContext) -> None:
        await held.wait()
        await ensure(context)

    monkeypatch.setattr(bus.consumer, "ensure", ensure_when_told)
    await js.delete_consumer("EVENTS", "ideas")
    await eventually(lambda: bus.trouble == "consumer ideas does not exist")
    held.set()
    await eventually(lambda: bus.trouble is None)
    await start_workflow(js)
    await eventually(lambda: gate.given)


def test_a_backlog_that_reaches_no_free_worker_is_a_stall(monkeypatch):
    now = 1000.0
    monkeypatch.setattr(consumers.time, "monotonic", lambda: now)
    consumer = consumers.Consumer(
        consumers.consumer_config("ideas", ["workflow.started"]), slots=2, exists=True
    )
    consumer.last_progress, consumer.pending = now, 7
    now += consumers.STALL_SECONDS + 1
    assert consumer.trouble == "consumer ideas got nothing for 31 s with 7 pending"
    batch = consumer.received(2)
    now += consumers.LONGEST_HANDLER - 1
    assert consumer.trouble is None, "all hands are full: slow, not stalled"
    consumer.settled(batch)
    assert consumer.trouble is None


@pytest.mark.parametrize("is_patient", [False, True])
def test_a_handler_that_never_returns_is_dead(monkeypatch, is_patient: bool):
    """But one that holds its batch until an outage is over has good reason to."""
    now = 1000.0
    monkeypatch.setattr(consumers.time, "monotonic", lambda: now)
    config = consumers.consumer_config("ideas", ["workflow.started"])
    consumer = consumers.Consumer(config, slots=2, is_patient=is_patient, exists=True)
    consumer.received()
    now += consumers.LONGEST_HANDLER + 1
    consumer.received()
    dead = "consumer ideas has a message in hand for 901 s"
    assert consumer.trouble == (None if is_patient else dead)


async def test_stopping_finishes_what_it_can_and_hands_back_the_rest(start_bus, js, eventually, acks):
    """FastStream cancels what outlasts the grace un-acked: it would be missing for a whole `ack_wait`."""
    finished = asyncio.Event()
    endless: list[int] = []

    async def handle(received: Received[WorkflowStarted]) -> Sequence[Event]:
        if received.sequence == 1:
            await finished.wait()
        else:
            endless.append(received.sequence)
            await asyncio.Event().wait()
        return []

    bus = await start_bus(lambda bus: bus.consume({WorkflowStarted: handle}, workers=2), grace=1)
    await start_workflow(js)
    await start_workflow(js)
    await eventually(lambda: bus.consumer.in_flight == 2)
    stopping = asyncio.create_task(bus.stop())
    finished.set()
    await stopping
    await eventually(lambda: len(acks) >= 2)
    assert sorted(a for a in acks if a != b"+WPI") == [b"+ACK", b"-NAK"]
    gate = Gate()
    await start_bus(gate.on(workers=1))
    await eventually(lambda: [received.sequence for received in gate.given] == endless)
    gate.open.set()


async def test_a_claim_is_held_by_one_at_a_time(start_bus, js):
    bus = await start_bus(lambda bus: None)
    order: list[str] = []
    inside, leave = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with bus.claim("draft.x"):
            order.append("first in")
            inside.set()
            await leave.wait()
            order.append("first out")

    async def second() -> None:
        await inside.wait()
        leave.set()
        async with bus.claim("draft.x"):
            order.append("second in")

    await asyncio.gather(first(), second())
    assert order == ["first in", "first out", "second in"]


async def test_a_claim_outlives_its_ttl_while_held_and_lapses_with_its_holder(js, monkeypatch, eventually):
    """Renewed with the heartbeat; a killed holder's key is gone when its message comes back."""
    monkeypatch.setattr(claims, "BEAT", 0.3)
    bucket = await js.create_key_value(bucket="short", ttl=1, storage=StorageType.MEMORY)
    renewals: list[int] = []
    update = bucket.update

    async def note(key: str, value: bytes, last: int) -> int:
        renewals.append(last)
        return await update(key, value, last=last)

    monkeypatch.setattr(bucket, "update", note)
    async with claims.claim(bucket, "draft.x"):
        await eventually(lambda: len(renewals) >= 5)  # for longer than the TTL
        assert (await bucket.get("draft.x")).revision
    await bucket.create("draft.x", b"of one that was killed")
    async with claims.claim(bucket, "draft.x"):
        pass


async def test_a_lapsed_holder_does_not_release_its_successors_claim(js):
    bucket = await js.create_key_value(bucket="short", ttl=60, storage=StorageType.MEMORY)
    async with claims.claim(bucket, "draft.x"):
        await bucket.purge("draft.x")
        await bucket.create("draft.x", b"the successor")
    assert (await bucket.get("draft.x")).value == b"the successor"


async def test_an_event_for_nobody_here_is_acknowledged_unread(start_bus, js, eventually):
    """`content.requested.<platform>` is filtered on the exact subject, not on a wildcard."""
    seen: list[str] = []

    async def note(received: Received[IdeaCreated]) -> Sequence[Event]:
        seen.append(received.event.title)
        return []

    await start_bus(lambda bus: bus.consume({IdeaCreated: note}, workers=1))
    await js.publish("content.requested.linkedin", b"{}")
    await js.publish("idea.created", json.dumps(
        {"user_id": str(uuid4()), "title": "Mine", "description": "All mine."}
    ).encode())  # fmt: skip
    await eventually(lambda: seen == ["Mine"])
    assert (
        ContentGenerated.subject_pattern
        not in (await js.consumer_info("EVENTS", "ideas")).config.filter_subjects
    )


async def messages_on(js: JetStreamContext, subject: str, count: int, stream: str = "EVENTS") -> bool:
    return await messages(js, stream, subject) == count


async def unacknowledged(js: JetStreamContext, count: int) -> bool:
    info = await js.consumer_info("EVENTS", "ideas")
    return info.num_ack_pending == count and info.num_pending == 0


async def consumed(js: JetStreamContext, count: int) -> bool:
    info = await js.consumer_info("EVENTS", "ideas")
    return info.ack_floor is not None and info.ack_floor.stream_seq >= count


async def gate_is_made(js: JetStreamContext) -> None:
    await js.consumer_info("EVENTS", "ideas")
