"""Erasing people from the bus: what streams and buckets hold of them is removed, message by message."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import suppress
from uuid import UUID

from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from polycast.bus.streams import DLQ_STREAM, EVENTS_STREAM, buckets
from polycast.contracts import UserDeleted

#: Every bucket but `erased`, which holds the tombstones. The stream `UI` is emptied by subject: `api.live`.
SEARCHED = (
    EVENTS_STREAM,
    DLQ_STREAM,
    *(f"KV_{bucket.bucket}" for bucket in buckets() if bucket.bucket != "erased"),
)

#: The consumer by which streams are searched; the rights on the bus name it.
SEARCHER = "erasure"

_BATCH = 500
#: Where a dead letter keeps the subject of the original.
_SUBJECT = "Polycast-Subject"


async def purge(js: JetStreamContext, people: Collection[UUID]) -> int:
    """Remove every message that names one of these people; returns how many there were. One at a time.

    Reads everything, because no subject names a person; erasure is rare. `user.deleted` stays: it is what a
    service that comes back, or a replay of the stream, learns of it from. It holds an id and nothing else.
    """
    names = {form for person in people for form in (str(person), person.hex)}
    removed = 0
    for stream in SEARCHED:
        async for message in _all(js, stream):
            if _is_about(message, names) and not _is_farewell(message):
                removed += await _remove(js, message)
    return removed


def _is_about(message: Msg, names: Collection[str]) -> bool:
    """Whether an id is one of its values: another person's text may well mention it.

    Of what is no JSON, or nested too deep, which only a dead letter can be, nobody knows where values begin.
    """
    try:
        body = json.loads(message.data or b"null")
        return any(value.lower() in names for value in _values([body, message.headers]))
    except (ValueError, RecursionError):
        text = message.data.decode(errors="replace").lower()
        return any(name in text for name in names)


def _values(of: object) -> Iterator[str]:
    """Every string of a JSON document but its keys."""
    match of:
        case str():
            yield of
        case dict():
            yield from _values(list(of.values()))
        case list():
            for each in of:
                yield from _values(each)


def _is_farewell(message: Msg) -> bool:
    return UserDeleted.subject_pattern in (message.subject, (message.headers or {}).get(_SUBJECT))


async def _all(js: JetStreamContext, stream: str) -> AsyncIterator[Msg]:
    """Every message that the stream holds now."""
    with suppress(NotFoundError):  # of one who died at it
        await js.delete_consumer(stream, SEARCHER)
    config = ConsumerConfig(
        name=SEARCHER, deliver_policy=DeliverPolicy.ALL, ack_policy=AckPolicy.NONE, mem_storage=True
    )
    left = (await js.add_consumer(stream, config)).num_pending or 0
    subscription = await js.pull_subscribe_bind(consumer=SEARCHER, stream=stream)
    try:
        while left > 0:
            for message in await subscription.fetch(min(left, _BATCH), timeout=10):
                left = message.metadata.num_pending or 0
                yield message
    finally:
        await subscription.unsubscribe()
        await js.delete_consumer(stream, SEARCHER)


async def _remove(js: JetStreamContext, message: Msg) -> bool:
    """Overwritten on the disk too. False: it went by itself meanwhile."""
    stream = message.metadata.stream
    if stream.startswith("KV_"):  # buckets refuse single deletions; so the key goes, with its history
        return await js.purge_stream(stream, subject=message.subject)
    try:
        return await js.delete_msg(stream, message.metadata.sequence.stream)
    except NotFoundError:
        return False
