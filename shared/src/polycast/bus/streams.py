"""The bus's streams and buckets, declared once and applied by one command, as migrations are."""

from __future__ import annotations

import nats
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, KeyValueConfig, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import BucketNotFoundError, NotFoundError

from polycast.contracts import EVENTS

DAY = 24 * 60 * 60.0
EVENTS_STREAM = "EVENTS"
DLQ_STREAM = "DLQ"
UI_STREAM = "UI"
MAX_DELIVERIES_ADVISORY = f"$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.{EVENTS_STREAM}.>"

#: A worker's message comes back, and its claim lapses, this long after the worker was last heard of.
ACK_WAIT = 10.0
BEAT = 3.0


def streams(replicas: int = 1) -> tuple[StreamConfig, ...]:
    return (
        StreamConfig(
            name=EVENTS_STREAM,
            subjects=[event.subject_pattern for event in EVENTS],
            retention=RetentionPolicy.LIMITS,
            storage=StorageType.FILE,
            max_age=30 * DAY,
            duplicate_window=10 * 60,
            num_replicas=replicas,
            allow_direct=True,
        ),
        # Advisories are plain messages: one that no stream captures is lost when nobody listens.
        StreamConfig(
            name=DLQ_STREAM,
            subjects=["dlq.*", MAX_DELIVERIES_ADVISORY],
            storage=StorageType.FILE,
            duplicate_window=10 * 60,
            num_replicas=replicas,
            allow_direct=True,
        ),
        StreamConfig(
            name=UI_STREAM,
            subjects=["ui.*"],
            storage=StorageType.MEMORY,
            max_age=60 * 60,
            discard=DiscardPolicy.OLD,
            allow_direct=True,
        ),
    )


def buckets(replicas: int = 1) -> tuple[KeyValueConfig, ...]:
    def bucket(name: str, *, ttl: float | None = None, memory: bool = False) -> KeyValueConfig:
        storage = StorageType.MEMORY if memory else StorageType.FILE
        return KeyValueConfig(bucket=name, ttl=ttl, storage=storage, replicas=1 if memory else replicas)

    return (
        bucket("platforms"),
        bucket("drafts", ttl=31 * DAY),  # outlives every event that could ask for it
        bucket("erased"),
        bucket("limits"),
        bucket("claims", ttl=ACK_WAIT, memory=True),
    )


async def apply(js: JetStreamContext, replicas: int = 1) -> None:
    """Create what is missing and update what differs. Safe to repeat."""
    for stream in streams(replicas):
        try:
            await js.update_stream(stream)
        except NotFoundError:
            await js.add_stream(stream)
    for bucket in buckets(replicas):
        try:
            await js.key_value(bucket.bucket)
        except (BucketNotFoundError, NotFoundError):
            await js.create_key_value(bucket)


async def apply_streams(nats_url: str, replicas: int = 1) -> None:
    """`apply`, on a connection of its own."""
    client = await nats.connect(nats_url, connect_timeout=10, allow_reconnect=False)
    try:
        await apply(client.jetstream(timeout=10), replicas)
    finally:
        await client.close()
