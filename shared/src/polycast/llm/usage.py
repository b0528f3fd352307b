"""What an answer cost: tokens, time, requests, money."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Usage:
    """Sums with `+`, over requests and over attempts."""

    tokens_in: int = 0
    tokens_out: int = 0
    latency_ms: int = 0
    """Time spent in requests, failed ones included; waiting between them is not."""
    requests: int = 0
    cost_usd: float | None = 0.0
    """None once a model without a price in the settings has answered."""

    def __add__(self, other: Usage) -> Usage:
        known = self.cost_usd is not None and other.cost_usd is not None
        return Usage(
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            self.latency_ms + other.latency_ms,
            self.requests + other.requests,
            (self.cost_usd or 0.0) + (other.cost_usd or 0.0) if known else None,
        )
