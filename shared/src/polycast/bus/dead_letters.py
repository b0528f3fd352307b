"""Dead letters: the original message, whole, with who gave up on it and why, in stream `DLQ`."""

from __future__ import annotations

from datetime import UTC, datetime

from nats.aio.msg import Msg
from nats.js import JetStreamContext
from prometheus_client import Counter

from polycast.bus.publisher import PUBACK_TIMEOUT
from polycast.bus.streams import DLQ_STREAM

PREFIX = "Polycast-"

DEAD_LETTERS = Counter("polycast_dead_letters_total", "Messages that were given up", ["consumer"])


async def bury(js: JetStreamContext, message: Msg, consumer: str, error: BaseException) -> None:
    """Store `message` as `dlq.<consumer>`. A repeat for the same message and consumer is stored once."""
    metadata = message.metadata
    reason = " ".join(str(error).split()) or type(error).__name__
    facts = {
        "Subject": message.subject,
        "Consumer": consumer,
        "Stream-Sequence": str(metadata.sequence.stream),
        "Timestamp": metadata.timestamp.astimezone(UTC).isoformat(),
        "Deliveries": str(metadata.num_delivered),
        "Error-Type": type(error).__name__,
        "Error": reason[:2000],
        "Dead-At": datetime.now(UTC).isoformat(),
    }
    original = {name: value for name, value in (message.headers or {}).items() if name != "Nats-Msg-Id"}
    stored = await js.publish(
        f"dlq.{consumer}",
        message.data,
        timeout=PUBACK_TIMEOUT,
        stream=DLQ_STREAM,
        headers=original
        | {PREFIX + name: value for name, value in facts.items()}
        | {"Nats-Msg-Id": f"{consumer}:{metadata.stream}:{metadata.sequence.stream}"},
    )
    if not stored.duplicate:
        DEAD_LETTERS.labels(consumer).inc()
