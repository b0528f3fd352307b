"""What changed, told to the person's open pages as it happens: the `UI` stream and what reads it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import anyio
import nats.errors
import structlog
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DeliverPolicy
from prometheus_client import Gauge
from pydantic import BaseModel

from api.problems import ServiceAway
from polycast.bus import Bus
from polycast.bus.streams import UI_STREAM

log = structlog.get_logger()

CONNECTIONS = Gauge("polycast_sse_connections", "Pages that follow their person's changes")

#: How long the line may be silent: proxies cut one that is for a minute.
HEARTBEAT_SECONDS = 15.0


class Change(BaseModel):
    """One event of the page's stream: its name, such as `content.edited`, and the row as it is now."""

    name: str
    row: dict[str, Any]


@dataclass(frozen=True)
class Seen:
    """A change, and where in the stream it stands."""

    sequence: int
    change: Change


class Feed:
    """One page's view of its person's changes, from after `position` in the stream on."""

    def __init__(
        self, subscription: JetStreamContext.PushSubscription, position: int, *, is_reset: bool
    ) -> None:
        self.position = position
        self.is_reset = is_reset
        """What followed the last one seen is gone: everything must be read again."""
        self._subscription = subscription

    async def changes(self) -> AsyncIterator[Seen | None]:
        """Until the connection ends; None in place of a long silence."""
        CONNECTIONS.inc()
        try:
            while True:
                try:
                    message = await self._subscription.next_msg(timeout=HEARTBEAT_SECONDS)
                except nats.errors.TimeoutError:
                    yield None
                    continue
                except nats.errors.Error:  # closed; the page connects again
                    return
                yield Seen(message.metadata.sequence.stream, Change.model_validate_json(message.data))
        finally:
            CONNECTIONS.dec()
            with anyio.CancelScope(shield=True):
                await self._close()

    async def _close(self) -> None:
        try:
            await self._subscription.unsubscribe()
        except nats.errors.Error:  # closed already
            return


class Live:
    """Telling is best effort: a page that missed something reads it when it next looks."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def tell(self, user_id: UUID, name: str, row: BaseModel) -> None:
        change = Change(name=name, row=row.model_dump(mode="json"))
        try:
            if self._bus.trouble is None:
                await self._bus.client.publish(_subject(user_id), change.model_dump_json().encode())
        except nats.errors.Error as error:
            log.warning("couldn't tell the page of a change", error=repr(error))

    async def open(self, user_id: UUID, after: int | None) -> Feed:
        """Follow a person's changes: those after a position in the stream, or from now on.

        Raises:
            ServiceAway: NATS is.
        """
        try:
            if self._bus.trouble is not None:
                raise nats.errors.ConnectionReconnectingError
            state = (await self._bus.js.stream_info(UI_STREAM)).state
            is_reset = after is not None and not state.first_seq - 1 <= after <= state.last_seq
            position = state.last_seq if after is None or is_reset else after
            config = ConsumerConfig(
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=position + 1
            )
            subscription = await self._bus.js.subscribe(
                _subject(user_id), stream=UI_STREAM, config=config, ordered_consumer=True
            )
        except (nats.errors.Error, TimeoutError) as error:
            raise ServiceAway("The bus") from error
        return Feed(subscription, position, is_reset=is_reset)

    async def forget(self, user_id: UUID) -> None:
        """
        Raises:
            nats.errors.Error: NATS is away.
        """
        await self._bus.js.purge_stream(UI_STREAM, subject=_subject(user_id))


def _subject(user_id: UUID) -> str:
    return f"ui.{user_id}"
