"""A circuit breaker: an endpoint that keeps failing is left alone for a while, then tried by one request.

Ours, because the libraries for asyncio let every waiting request through at once when the pause is over.
"""

from __future__ import annotations

from time import monotonic

from polycast.llm.errors import CircuitOpen


class Breaker:
    """Opens after `failures` in a row, for `seconds`."""

    def __init__(self, failures: int, seconds: float) -> None:
        self._threshold = failures
        self._seconds = seconds
        self._failures = 0
        self._opens_until = 0.0

    def enter(self) -> None:
        """Raises CircuitOpen. When the pause is over, the first caller becomes the probe."""
        if self._failures < self._threshold:
            return
        remaining = self._opens_until - monotonic()
        if remaining > 0:
            raise CircuitOpen(remaining)
        self._opens_until = monotonic() + self._seconds

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self) -> None:
        self._failures += 1
        self._opens_until = monotonic() + self._seconds
