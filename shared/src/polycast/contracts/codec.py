"""Events to messages and back: JSON bodies, CloudEvents attributes in headers (binary content mode).

Source of the header names: CloudEvents NATS protocol binding 1.0.2, section 3.1.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Generic, TypeVar

from pydantic import ValidationError

from polycast.contracts.events import EVENTS, Event
from polycast.contracts.values import message_id

E_co = TypeVar("E_co", bound=Event, covariant=True)


class Undecodable(ValueError):
    """A message that no redelivery will make valid. Its text is fit for an operator's eyes."""


@dataclass(frozen=True)
class Received(Generic[E_co]):
    """An event together with where it stands in its stream."""

    event: E_co
    stream: str
    sequence: int
    timestamp: datetime
    deliveries: int = 1
    traceparent: str | None = None
    """What handling it is part of (W3C Trace Context)."""


@lru_cache(maxsize=256)
def event_type(subject: str) -> type[Event] | None:
    """The event whose subject this is, or None."""
    parts = subject.split(".")
    for kind in EVENTS:
        pattern = kind.subject_pattern.split(".")
        if len(pattern) == len(parts) and all(p in ("*", s) for p, s in zip(pattern, parts, strict=True)):
            return kind
    return None


def encode(event: Event) -> bytes:
    return event.model_dump_json().encode()


def headers(event: Event, *, event_id: str, source: str, moment: datetime | None = None) -> dict[str, str]:
    """`event_id` is unique per source; a redelivered cause repeats it."""
    attributes = {
        "ce-specversion": "1.0",
        "ce-id": event_id,
        "ce-type": event.type,
        "ce-source": f"/polycast/{source}",
        "ce-time": (moment or datetime.now(UTC)).isoformat().replace("+00:00", "Z"),
        "ce-subject": event.key,
        "content-type": "application/json",
    }
    if event.correlation_id is not None:
        attributes["correlation_id"] = str(event.correlation_id)
    return attributes


def decode(
    subject: str, data: bytes, *, stream: str, sequence: int, timestamp: datetime, deliveries: int = 1
) -> Received[Event]:
    """Read a message, deriving what one published by hand may leave out.

    Raises:
        Undecodable: unknown subject, not a JSON object, or a body that breaks the event's contract.
    """
    kind = event_type(subject)
    if kind is None:
        raise Undecodable(f"{subject} is no event of Polycast")
    if rb"\u0000" in data:  # JSON can't hold it raw, and Postgres can't hold it at all
        raise Undecodable(f"{subject}: the body holds a NUL character")
    try:
        body = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Undecodable(f"{subject}: not JSON: {error}") from error
    if not isinstance(body, dict):
        raise Undecodable(f"{subject}: the body is not a JSON object")
    try:
        body = {name: value for name, value in body.items() if value is not None}
        body = kind.complete(body, message_id(stream, sequence, timestamp), subject)
        event = kind.model_validate({**dict.fromkeys(_moments(kind), timestamp), **body})
    except ValidationError as error:
        raise Undecodable(f"{subject}: {explain(error)}") from error
    # A date at the edge of time overflows when moved to UTC; nesting can be deeper than the stack.
    except (ValueError, TypeError, ArithmeticError, RecursionError) as error:
        raise Undecodable(f"{subject}: {error}") from error
    return Received(event, stream, sequence, timestamp, deliveries)


@cache
def _moments(kind: type[Event]) -> tuple[str, ...]:
    """Timestamps that a person needn't state: when the message reached the stream."""
    return tuple(name for name in ("started_at", "completed_at", "at") if name in kind.model_fields)


def explain(error: ValidationError) -> str:
    """A validation error as one line: `idea_count: Input should be less than or equal to 10`."""
    return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['msg']}" for e in error.errors())
