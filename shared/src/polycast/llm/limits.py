"""How fast requests may be sent: requests and tokens a minute.

Kept as due times (the generic cell rate algorithm): for requests and for tokens, the moment when the rate
will have paid for what was taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

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
