"""Counting what was asked and what was answered, so that a test can say "exactly 320 calls"."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Stats:
    """Counters since start or the last reset."""

    requests: int = 0
    chat_calls: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    outcomes: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    other: Counter[str] = field(default_factory=Counter)

    def arrived(self) -> None:
        self.requests += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)

    def left(self) -> None:
        self.in_flight -= 1

    def reset(self) -> None:
        self.requests = self.chat_calls = 0
        self.most_in_flight = self.in_flight
        self.outcomes.clear()
        self.other.clear()

    def as_json(self) -> dict[str, Any]:
        """`chat_completions` counts completions really given (HTTP 200, whatever their content); errors
        and hangs stand under their outcome only, and all of them in `chat_calls`, counted on arrival."""
        by_operation = {name: dict(counts) for name, counts in self.outcomes.items()}
        by_outcome: Counter[str] = sum(self.outcomes.values(), Counter())
        answered = sum(count for outcome, count in by_outcome.items() if is_completion(outcome))
        return {
            "chat_completions": answered,
            "chat_calls": self.chat_calls,
            "by_operation": by_operation,
            "by_outcome": dict(by_outcome),
            "embeddings": self.other["embeddings"],
            "moderations": self.other["moderations"],
            "requests": self.requests,
            "in_flight": self.in_flight,
            "most_in_flight": self.most_in_flight,
        }


def is_completion(outcome: str) -> bool:
    """Whether the caller got (and would have paid for) a completion."""
    return not outcome.isdigit() and outcome not in ("hang", "auth", "quota", "abandoned")
