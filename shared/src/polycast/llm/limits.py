"""A token bucket that all replicas draw from, in a NATS key-value bucket.

Kept as due times (the generic cell rate algorithm): for requests and for tokens, the moment when the rate
will have paid for what was taken. A key holds `{"requests": …, "tokens": …}`, Unix seconds, changed by
compare-and-set. Replicas' clocks must agree to well under a second (NTP).
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue

#: How far ahead of an even pace requests may run: in any minute at most limit × (1 + 3/60) are sent.
BURST_SECONDS = 3.0


class TokenBucket(Protocol):
    async def take(self, key: str, tokens: int, patience: float) -> float:
        """Reserve a place for one request of so many tokens.

        Returns the seconds to wait before it is sent. If they are more than `patience`, nothing was
        reserved.
        """


@dataclass(frozen=True)
class Limits:
    """A minute; None is unlimited."""

    requests: float | None = None
    tokens: float | None = None

    def reserve(self, due: Mapping[str, float], tokens: int, now: float) -> tuple[float, dict[str, float]]:
        """The seconds to wait, and the due times once the place is taken."""
        costs = {
            name: amount * 60 / limit
            for name, amount, limit in (("requests", 1, self.requests), ("tokens", tokens, self.tokens))
            if limit is not None
        }
        starts = [due.get(name, now) - max(BURST_SECONDS - cost, 0) for name, cost in costs.items()]
        start = max([now, *starts])
        return start - now, {name: max(due.get(name, now), start) + cost for name, cost in costs.items()}


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
