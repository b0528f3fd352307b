"""The bus's streams and buckets, declared once and applied by one command, as migrations are."""

from __future__ import annotations

import nats
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, KeyValueConfig, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from polycast.contracts import EVENTS

DAY = 24 * 60 * 60.0
EVENTS_STREAM = "EVENTS"
DLQ_STREAM = "DLQ"
UI_STREAM = "UI"
MAX_DELIVERIES_ADVISORY = f"$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.{EVENTS_STREAM}.>"

#: A worker's message comes back, and its claim lapses, this long after the worker was last heard of.
ACK_WAIT = 10.0
BEAT = 3.0

_BUCKET_WINDOW = 2 * 60.0
"""Duplicate window of the buckets that nats-py makes, in seconds."""


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
            allow_atomic=True,
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
        await _apply_bucket(js, bucket)


async def _apply_bucket(js: JetStreamContext, declared: KeyValueConfig) -> None:
    """The client makes buckets but can't change one, so what stands is changed as the stream that it is."""
    try:
        standing = (await js.stream_info(f"KV_{declared.bucket}")).config
    except NotFoundError:
        await js.create_key_value(declared)
        return
    await js.update_stream(
        standing,
        storage=declared.storage,
        num_replicas=declared.replicas,
        max_msgs_per_subject=declared.history,
        max_age=declared.ttl or 0,
        duplicate_window=min(_BUCKET_WINDOW, declared.ttl or _BUCKET_WINDOW),
    )


async def apply_streams(nats_url: str, replicas: int = 1) -> None:
    """`apply`, on a connection of its own."""
    client = await nats.connect(nats_url, connect_timeout=10, allow_reconnect=False)
    try:
        await apply(client.jetstream(timeout=10), replicas)
    finally:
        await client.close()
