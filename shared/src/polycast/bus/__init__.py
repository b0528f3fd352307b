"""The small safe layer over FastStream and nats-py. docs/architecture.md tells its rules."""

from polycast.bus.bus import Bus
from polycast.bus.delivery import Handler, Handlers
from polycast.bus.errors import Reject, RetryLater
from polycast.bus.publisher import MAX_TOGETHER
from polycast.bus.streams import apply_streams

__all__ = ["MAX_TOGETHER", "Bus", "Handler", "Handlers", "Reject", "RetryLater", "apply_streams"]
