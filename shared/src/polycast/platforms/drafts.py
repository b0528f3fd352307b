"""A transformer's memory: one text for each (content, generation), for ever."""

from __future__ import annotations

from uuid import UUID

from nats.js.api import ConsumerConfig, DeliverPolicy
from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError
from pydantic import ValidationError

from polycast.bus import Bus
from polycast.contracts import ContentGenerated

_BATCH = 500


class Drafts:
    """KV bucket `drafts`: key `content_id.generation`, value the `content.generated` event as JSON."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def get(self, key: str) -> ContentGenerated | None:
        try:
            entry = await (await self._bus.kv("drafts")).get(key)
        except KeyNotFoundError:
            return None
        return ContentGenerated.model_validate_json(entry.value or b"")

    async def keep(self, draft: ContentGenerated) -> ContentGenerated:
        """Store `draft` unless its key is taken; returns what stands there."""
        try:
            await (await self._bus.kv("drafts")).create(draft.key, draft.model_dump_json().encode())
        except KeyWrongLastSequenceError:
            return await self.get(draft.key) or draft
        return draft

    async def purge(self, key: str) -> None:
        await (await self._bus.kv("drafts")).purge(key)

    async def forget(self, user_id: UUID, platform: str) -> None:
        """Purge a person's drafts for one platform. Reads the whole bucket: erasure is rare."""
        subscription = await self._bus.js.pull_subscribe(
            "$KV.drafts.>",
            stream="KV_drafts",
            config=ConsumerConfig(deliver_policy=DeliverPolicy.LAST_PER_SUBJECT, inactive_threshold=30),
        )
        left = (await subscription.consumer_info()).num_pending or 0
        while left > 0:
            for message in await subscription.fetch(min(left, _BATCH), timeout=10):
                left = message.metadata.num_pending or 0
                await message.ack()
                try:
                    draft = ContentGenerated.model_validate_json(message.data)
                except ValidationError:  # the marker of a key already purged
                    continue
                if (draft.user_id, draft.platform) == (user_id, platform):
                    await self.purge(draft.key)
        await subscription.unsubscribe()
