"""Several API keys sharing the load: the one that is free soonest, then the one with the fewest requests."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openai import AsyncOpenAI

#: How long a key whose account or credit was refused is passed over for the other keys.
REFUSED_SECONDS = 60.0


@dataclass(eq=False)
class ApiKey:
    """`id` names the key without telling it."""

    id: str
    client: AsyncOpenAI
    in_flight: int = 0
    uses: int = 0
    _resumes_at: float = 0.0
    _refused_at: float = -math.inf

    @property
    def pause(self) -> float:
        """Seconds until its rate limit lets it be used again."""
        return max(0.0, self._resumes_at - monotonic())

    def rest(self, seconds: float) -> None:
        self._resumes_at = max(self._resumes_at, monotonic() + seconds)

    @property
    def refused(self) -> bool:
        """Whether its account or credit was refused lately: it is then used only after all others."""
        return monotonic() - self._refused_at < REFUSED_SECONDS

    def refuse(self) -> None:
        self._refused_at = monotonic()

    @contextmanager
    def in_use(self) -> Iterator[None]:
        self.in_flight += 1
        self.uses += 1
        try:
            yield
        finally:
            self.in_flight -= 1


def key_id(base_url: str, secret: str) -> str:
    """The same in every replica, and fit as a key of a NATS key-value bucket."""
    return "llm." + sha256(f"{base_url}\n{secret}".encode()).hexdigest()[:16]


def next_key(keys: Sequence[ApiKey], without: Collection[ApiKey]) -> ApiKey:
    return min(
        (key for key in keys if key not in without),
        key=lambda key: (key.refused, key.pause, key.in_flight, key.uses),
    )
