"""Single flight over all replicas: two copies of one event must not both pay the LLM."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from nats.js.errors import KeyWrongLastSequenceError
from nats.js.kv import KeyValue

from polycast.bus.streams import BEAT

_POLL = 0.1


@asynccontextmanager
async def claim(bucket: KeyValue, key: str) -> AsyncIterator[None]:
    """Hold `key` alone, waiting while another holds it. A killed holder's claim lapses with the bucket's TTL.

    An economy, not a lock: a holder that stalls past the TTL may run beside another. What must be single
    is settled by `create` on the result's own key.
    """
    owner = uuid4().hex.encode()
    revision = await _acquire(bucket, key, owner)
    renewal = asyncio.create_task(_renew(bucket, key, owner, revision))
    try:
        yield
    finally:
        renewal.cancel()
        await bucket.delete(key)


async def _acquire(bucket: KeyValue, key: str, owner: bytes) -> int:
    while True:
        try:
            return await bucket.create(key, owner)
        except KeyWrongLastSequenceError:
            await asyncio.sleep(_POLL)


async def _renew(bucket: KeyValue, key: str, owner: bytes, revision: int) -> None:
    while True:
        await asyncio.sleep(BEAT)
        try:
            revision = await bucket.update(key, owner, last=revision)
        except KeyWrongLastSequenceError:
            return  # it lapsed, and another holds it by now
