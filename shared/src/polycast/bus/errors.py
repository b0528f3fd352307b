"""What a handler raises to decide its message's fate. Anything else is unexpected and tried again."""

from __future__ import annotations

from collections.abc import Sequence

from polycast.contracts import Event


class Reject(Exception):
    """No repeat will help: the message becomes a dead letter, and `publish` tells the others why."""

    def __init__(self, reason: str, publish: Sequence[Event] = ()) -> None:
        super().__init__(reason)
        self.publish = tuple(publish)


class RetryLater(Exception):
    """Give the message back to the bus for `delay` seconds. Counts as a delivery."""

    def __init__(self, delay: float, reason: str) -> None:
        super().__init__(reason)
        self.delay = delay
