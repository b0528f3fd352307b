"""Publishing, replaying and dead letters, on a real NATS server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from nats.js import JetStreamContext

from polycast.bus.dead_letters import bury
from polycast.bus.streams import EVENTS_STREAM
from polycast.contracts import decode
from polycast_cli import dead_letters, event_log
from polycast_cli.event_log import Start
from polycast_cli.failure import Failure

USER = UUID("7b0f4a52-7a3e-4a55-9a52-0f6f3f5f7b11")


def body(**fields: object) -> bytes:
    return json.dumps({"user_id": str(USER), **fields}).encode()


async def events(js: JetStreamContext, start: int = 1) -> list[tuple[str, dict[str, object], dict[str, str]]]:
    found = event_log.stored(js, EVENTS_STREAM, Start(sequence=start))
    return [(each.subject, json.loads(each.data), each.headers or {}) async for each in found]


async def test_an_event_is_stored_as_it_is_and_each_time_anew(js: JetStreamContext) -> None:
    first = await event_log.publish(js, "workflow.started", body())
    second = await event_log.publish(js, "workflow.started", body())
    assert (first.stream, second.seq) == ("EVENTS", first.seq + 1)
    stored = await events(js)
    assert [(subject, event) for subject, event, _ in stored] == [
        ("workflow.started", {"user_id": str(USER)})
    ] * 2
    assert not any("Nats-Msg-Id" in headers for _, _, headers in stored)


@pytest.mark.parametrize("subject", ["workflow.startled", "content.requested.*", "dlq.ideas", ""])
async def test_what_is_no_event_is_refused(js: JetStreamContext, subject: str) -> None:
    with pytest.raises(Failure, match="is no event of Polycast"):
        await event_log.publish(js, subject, body())


async def test_an_event_that_no_stream_takes_is_refused(js: JetStreamContext) -> None:
    await js.delete_stream(EVENTS_STREAM)
    with pytest.raises(Failure, match=r"no stream takes workflow\.started"):
        await event_log.publish(js, "workflow.started", body())


def test_a_breach_of_the_contract_is_told() -> None:
    assert event_log.breach("workflow.started", body()) is None
    assert "idea_count" in (event_log.breach("workflow.started", body(idea_count=1000)) or "")
    assert "not JSON" in (event_log.breach("workflow.started", b"{") or "")


async def test_a_replay_writes_the_derived_ids_and_has_no_message_id(js: JetStreamContext) -> None:
    await event_log.publish(js, "workflow.started", body())
    async with aclosing(event_log.stored(js, EVENTS_STREAM, Start(sequence=1))) as stored:
        message = await anext(stored)
    assert await js.consumers_info(EVENTS_STREAM) == [], "who reads leaves no consumer behind"
    derived = decode(
        message.subject, message.data, stream=EVENTS_STREAM, sequence=1, timestamp=message.metadata.timestamp
    ).event

    replayed = await event_log.replay(js, Start(sequence=1), None, None)

    assert replayed.published == 1
    _, again, headers = (await events(js))[1]
    assert again["execution_id"] == str(derived.correlation_id)
    assert "Nats-Msg-Id" not in headers


async def test_a_replay_takes_what_was_asked_for_and_not_what_it_adds(js: JetStreamContext) -> None:
    await event_log.publish(js, "user.deleted", body())
    await event_log.publish(js, "workflow.started", b"{")
    await event_log.publish(js, "workflow.started", body())
    await event_log.publish(js, "workflow.started", body(user_id=str(uuid4())))

    replayed = await event_log.replay(js, Start(sequence=1), "workflow.started", USER)

    assert (replayed.published, replayed.skipped) == (1, 1)
    added = await events(js, start=5)
    assert [(subject, event["user_id"]) for subject, event, _ in added] == [("workflow.started", str(USER))]


async def test_a_replay_since_a_moment_leaves_out_what_is_older(js: JetStreamContext) -> None:
    await event_log.publish(js, "workflow.started", body())
    later = datetime.now(UTC) + timedelta(minutes=1)
    assert (await event_log.replay(js, Start(moment=later), None, None)).published == 0
    assert (await event_log.replay(js, Start(moment=event_log.ago("1h")), None, None)).published == 1


@pytest.mark.parametrize("wrong", ["", "1", "h", "1w", "-1h", "1.5h"])
def test_a_wrong_age_is_a_usage_error(wrong: str) -> None:
    with pytest.raises(Failure, match="--since"):
        event_log.ago(wrong)


async def buried(js: JetStreamContext, data: bytes) -> dead_letters.DeadLetter:
    await event_log.publish(js, "workflow.started", data)
    message = [each async for each in event_log.stored(js, EVENTS_STREAM, Start(sequence=1))][-1]
    await bury(js, message, "ideas", ValueError("it went\nwrong"))
    return [letter async for letter in dead_letters.letters(js)][-1]


async def test_a_dead_letter_tells_who_gave_up_on_what_and_why(js: JetStreamContext) -> None:
    letter = await buried(js, body())
    assert (letter.consumer, letter.subject, letter.error_type) == ("ideas", "workflow.started", "ValueError")
    assert (letter.error, letter.stream_sequence, letter.deliveries) == ("it went wrong", 1, 1)
    assert letter.body.encode() == body()
    assert await dead_letters.letter(js, letter.sequence) == letter


async def test_a_retry_publishes_the_event_its_consumer_saw_and_removes_the_letter(
    js: JetStreamContext,
) -> None:
    letter = await buried(js, body())
    expected = letter.event()
    sequence = await dead_letters.retry(js, letter)
    subject, again, headers = (await events(js, start=sequence))[0]
    assert (subject, again["execution_id"]) == ("workflow.started", str(expected.correlation_id))
    assert "Nats-Msg-Id" not in headers
    assert [each async for each in dead_letters.letters(js)] == []


async def test_what_cannot_be_decoded_cannot_be_retried_and_stays(js: JetStreamContext) -> None:
    letter = await buried(js, body(idea_count=1000))
    with pytest.raises(Failure, match=r"can't be retried: .*idea_count"):
        await dead_letters.retry(js, letter)
    assert [each async for each in dead_letters.letters(js)] == [letter]
    await dead_letters.drop(js, letter.sequence)
    assert [each async for each in dead_letters.letters(js)] == []


async def test_a_message_that_used_up_its_deliveries_is_listed_and_can_be_retried(
    js: JetStreamContext,
) -> None:
    from nats.js.api import ConsumerConfig

    sequence = (await event_log.publish(js, "workflow.started", body())).seq
    config = ConsumerConfig(durable_name="killed", max_deliver=1, ack_wait=0.2)
    worker = await js.pull_subscribe("", durable="killed", stream=EVENTS_STREAM, config=config)
    await worker.fetch(1)
    with pytest.raises(TimeoutError):
        await worker.fetch(1, timeout=1)  # asking again is what makes the server notice

    letter = await anext(dead_letters.letters(js))

    assert (letter.consumer, letter.stream_sequence, letter.subject) == (
        "killed",
        sequence,
        "workflow.started",
    )
    assert letter.error_type == "MaxDeliveries"
    await dead_letters.retry(js, letter)
    assert len(await events(js)) == 2
    assert [each async for each in dead_letters.letters(js)] == []


def polycast(nats_url: str, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "polycast_cli", *arguments],
        input=given,
        env=os.environ | {"NATS_URL": nats_url},
        capture_output=True,
    )


async def test_publish_prints_where_and_warns_of_what_will_become_of_it(
    js: JetStreamContext, nats_server: str
) -> None:
    done = polycast(nats_server, "events", "publish", "workflow.started", "-", given=body(idea_count=0))
    assert json.loads(done.stdout) == {"stream": "EVENTS", "seq": 1}
    assert done.returncode == 0
    assert done.stderr.startswith(b"polycast: it will be a dead letter: workflow.started: idea_count")


async def test_errors_are_one_line_and_an_exit_code(js: JetStreamContext, nats_server: str) -> None:
    for arguments, code in {
        ("events", "publish", "nothing.ours", "-"): 1,
        ("events", "publish", "workflow.started", "/nowhere"): 1,
        ("dlq", "show", "17"): 1,
        ("dlq", "retry"): 2,
        ("platform", "remove", "tiktok"): 1,
    }.items():
        done = polycast(nats_server, *arguments)
        assert (done.returncode, done.stdout) == (code, b""), arguments
        assert done.stderr.startswith(b"polycast: ") and done.stderr.count(b"\n") == 1, done.stderr
