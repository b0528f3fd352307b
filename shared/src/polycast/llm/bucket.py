"""The token bucket that all replicas draw from, in a NATS key-value bucket.

A key holds its due times, `{"requests": …, "tokens": …}` in Unix seconds, changed by compare-and-set.
Replicas' clocks must agree to well under a second (NTP).
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping

from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue

from polycast.llm.limits import Limits


class SharedTokenBucket:
    def __init__(self, kv: KeyValue, limits: Limits) -> None:
        self._kv = kv
        self._limits = limits
        # One at a time within a process: only other processes can then win a compare-and-set.
        self._lock = asyncio.Lock()

    async def take(self, key: str, tokens: int, patience: float) -> float:
        async with self._lock:
            while True:
                due, revision = await self._read(key)
                wait, taken = self._limits.reserve(due, tokens, time.time())
                if wait > patience or await self._write(key, taken, revision):
                    return wait

    async def _read(self, key: str) -> tuple[dict[str, float], int | None]:
        try:
            entry = await self._kv.get(key)
        except KeyNotFoundError:
            return {}, None
        return json.loads(entry.value or b"{}"), entry.revision

    async def _write(self, key: str, due: Mapping[str, float], revision: int | None) -> bool:
        value = json.dumps(due).encode()
        try:
            if revision is None:
                await self._kv.create(key, value)
            else:
                await self._kv.update(key, value, last=revision)
        except KeyWrongLastSequenceError:
            return False
        return True
