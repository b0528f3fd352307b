"""The token bucket that all replicas draw from, in a NATS key-value bucket.

A key holds its due times, `{"requests": …, "tokens": …}` in Unix seconds, changed by compare-and-set.
Replicas' clocks must agree to well under a second (NTP).
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping

from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue

from polycast.llm.limits import Limits


class SharedTokenBucket:
    """`kv` gives the key-value bucket, each time anew: it may not be connected yet when this is made."""

    def __init__(self, kv: Callable[[], Awaitable[KeyValue]], limits: Limits) -> None:
        self._kv = kv
        self._limits = limits
        # One at a time within a process: only other processes can then win a compare-and-set.
        self._lock = asyncio.Lock()

    async def take(self, key: str, tokens: int, patience: float) -> float:
        async with self._lock:
            kv = await self._kv()
            while True:
                due, revision = await _read(kv, key)
                wait, taken = self._limits.reserve(due, tokens, time.time())
                if wait > patience or await _write(kv, key, taken, revision):
                    return wait


async def _read(kv: KeyValue, key: str) -> tuple[dict[str, float], int | None]:
    try:
        entry = await kv.get(key)
    except KeyNotFoundError:
        return {}, None
    return json.loads(entry.value or b"{}"), entry.revision


async def _write(kv: KeyValue, key: str, due: Mapping[str, float], revision: int | None) -> bool:
    """Whether nobody else wrote meanwhile."""
    value = json.dumps(due).encode()
    try:
        if revision is None:
            await kv.create(key, value)
        else:
            await kv.update(key, value, last=revision)
    except KeyWrongLastSequenceError:
        return False
    return True
