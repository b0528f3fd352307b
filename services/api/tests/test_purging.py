"""What the bus holds of people who left goes, and comes back by no handler that was late."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig
from sqlalchemy import insert, select, update

from api.projector.purging import Purging
from api.store import erased_users
from polycast.bus import Bus
from polycast.bus.consumers import LONGEST_HANDLER
from polycast.bus.dead_letters import bury
from polycast.bus.erasure import SEARCHED, SEARCHER
from polycast.bus.streams import DLQ_STREAM, EVENTS_STREAM
from polycast.contracts import UserDeleted
from polycast.db import Database
from polycast.testing.messages import start_workflow

ANN, BOB = uuid4(), uuid4()


@pytest.fixture
def purging(store: Database, bus: Bus) -> Purging:
    return Purging(store, bus, timedelta(seconds=LONGEST_HANDLER))


@pytest.fixture
async def erased(store: Database) -> AsyncIterator[None]:
    async with store.begin() as connection:
        await connection.execute(insert(erased_users).values(user_id=ANN))
    yield


async def held(js: JetStreamContext) -> list[tuple[str, str]]:
    """Where the bus names Ann: stream and subject."""
    found = []
    for name in SEARCHED:
        state = (await js.stream_info(name)).state
        for sequence in range(max(1, state.first_seq), state.last_seq + 1):
            try:
                message = await js.get_msg(name, sequence)
            except Exception as error:
                assert "no message found" in str(error)
                continue
            if str(ANN) in (message.data or b"").decode().lower():
                found.append((name, str(message.subject)))
    return found


async def talk(js: JetStreamContext, person: UUID) -> None:
    """What a person leaves on the bus: events, a dead letter, a draft in a bucket."""
    await start_workflow(js, user_id=str(person))
    await start_workflow(js, user_id=str(person).upper())  # by hand
    subscription = await js.pull_subscribe("workflow.started", stream=EVENTS_STREAM)
    [message] = await subscription.fetch(1, timeout=10)
    await bury(js, message, "ideas", ValueError("a test"))
    body: dict[str, Any] = {"user_id": str(person), "content_text": "A secret."}
    await (await js.key_value("drafts")).put(f"{uuid4()}.1", json.dumps(body).encode())
    await js.publish(UserDeleted.subject_pattern, UserDeleted(user_id=person).model_dump_json().encode())


async def test_every_message_of_a_person_goes_but_the_farewell(
    purging: Purging, erased: None, js: JetStreamContext, store: Database
) -> None:
    await talk(js, ANN)
    await start_workflow(js, user_id=str(BOB))
    assert {stream for stream, _ in await held(js)} == {EVENTS_STREAM, DLQ_STREAM, "KV_drafts"}
    assert await purging.purge_some() == 1
    assert await held(js) == [(EVENTS_STREAM, "user.deleted")]
    assert (await js.stream_info(EVENTS_STREAM)).state.messages == 2  # and Bob's
    assert await purging.purge_some() == 0


async def test_it_is_purged_once_more_when_no_handler_can_know_the_person(
    purging: Purging, erased: None, js: JetStreamContext, store: Database
) -> None:
    await purging.purge_some()
    await start_workflow(js, user_id=str(ANN))  # a handler that was late
    async with store.begin() as connection:
        [(erased_at, purge_at)] = await connection.execute(
            select(erased_users.c.erased_at, erased_users.c.purge_at)
        )
        assert purge_at - erased_at == timedelta(seconds=LONGEST_HANDLER)
        past = {"erased_at": erased_at - 2 * timedelta(seconds=LONGEST_HANDLER), "purge_at": erased_at}
        await connection.execute(update(erased_users).values(past))
    assert await purging.purge_some() == 1
    assert await held(js) == []
    async with store.connect() as connection:
        assert await connection.scalar(select(erased_users.c.purge_at)) is None


async def test_what_others_wrote_stays_though_it_mentions_the_id(
    purging: Purging, erased: None, js: JetStreamContext
) -> None:
    await start_workflow(js, user_id=str(BOB), context=f"Who is {ANN}?")
    await js.publish("workflow.started", f"no JSON of {ANN}".encode())  # nobody can tell where a value begins
    await purging.purge_some()
    assert await held(js) == [(EVENTS_STREAM, "workflow.started")]
    kept = await js.get_msg(EVENTS_STREAM, 1)
    assert str(BOB) in (kept.data or b"").decode()


async def test_a_message_nested_too_deep_hinders_no_search(
    purging: Purging, erased: None, js: JetStreamContext
) -> None:
    for depth in (900, 100_000):  # too deep to walk, and too deep to read
        await js.publish("dlq.ideas", f'{"[" * depth}"{ANN}"{"]" * depth}'.encode())
    await purging.purge_some()
    assert await held(js) == []


async def test_a_search_that_died_hinders_no_other(
    purging: Purging, erased: None, js: JetStreamContext, store: Database
) -> None:
    """Its consumer stands where it was left: the next one reads from the beginning."""
    await talk(js, ANN)
    await js.add_consumer(EVENTS_STREAM, ConsumerConfig(name=SEARCHER, ack_policy=AckPolicy.NONE))
    left = await js.pull_subscribe_bind(consumer=SEARCHER, stream=EVENTS_STREAM)
    await left.fetch(2, timeout=10)
    await purging.purge_some()
    assert await held(js) == [(EVENTS_STREAM, "user.deleted")]
