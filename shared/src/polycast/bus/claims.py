"""Single flight over all replicas: two copies of one event must not both pay the LLM."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import nats.errors
from nats.js.errors import KeyWrongLastSequenceError
from nats.js.kv import KeyValue

from polycast.bus.streams import BEAT
from polycast.tasks import end

_POLL = 0.1


@asynccontextmanager
async def claim(bucket: KeyValue, key: str) -> AsyncIterator[None]:
    """Hold `key` alone, waiting while another holds it. A killed holder's claim lapses with the bucket's TTL.

    An economy, not a lock: a holder that stalls past the TTL may run beside another. What must be single
    is settled by `create` on the result's own key.
    """
    held = _Claim(bucket, key, await _acquire(bucket, key))
    renewal = asyncio.create_task(held.renew())
    try:
        yield
    finally:
        await end([renewal])
        await held.release()


async def _acquire(bucket: KeyValue, key: str) -> int:
    while True:
        try:
            return await bucket.create(key, b"")
        except KeyWrongLastSequenceError:
            await asyncio.sleep(_POLL)


class _Claim:
    def __init__(self, bucket: KeyValue, key: str, revision: int) -> None:
        self._bucket, self._key, self._revision = bucket, key, revision

    async def renew(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            try:
                self._revision = await self._bucket.update(self._key, b"", last=self._revision)
            except KeyWrongLastSequenceError:
                return  # it lapsed, and may be another's by now
            except nats.errors.Error:
                continue  # reconnecting: the next beat may still be in time

    async def release(self) -> None:
        """Give it up, unless it lapsed and is another's. An outage leaves it to its TTL."""
        with suppress(KeyWrongLastSequenceError, nats.errors.Error):
            await self._bucket.delete(self._key, last=self._revision)
