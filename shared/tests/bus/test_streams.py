"""Streams and buckets become what is declared, whatever stands there, and keep what they hold."""

from __future__ import annotations

import pytest
from nats.js import JetStreamContext
from nats.js.api import KeyValueConfig, StorageType
from nats.js.errors import ServerError

from polycast.bus import streams
from polycast.bus.streams import EVENTS_STREAM, apply

KEEPING = {"num_replicas", "max_msgs_per_subject", "max_age", "duplicate_window", "storage"}


async def kept(js: JetStreamContext, name: str) -> dict[str, object]:
    config = (await js.stream_info(name)).config
    return {field: getattr(config, field) for field in KEEPING}


async def test_a_bucket_that_stands_becomes_as_declared_and_keeps_its_keys(js, monkeypatch):
    declared = await kept(js, "KV_drafts")
    for other in ({"ttl": 60, "history": 3}, {"ttl": None}):
        await (await js.key_value("drafts")).put("a.1", b"a draft")
        different = KeyValueConfig(bucket="drafts", storage=StorageType.FILE, **other)
        with monkeypatch.context() as patch:
            patch.setattr(streams, "buckets", lambda replicas=1, it=different: (it,))
            await apply(js)
        assert await kept(js, "KV_drafts") != declared
        await apply(js)
        assert await kept(js, "KV_drafts") == declared
        assert (await (await js.key_value("drafts")).get("a.1")).value == b"a draft"


async def test_a_stream_changed_by_hand_is_brought_back(js):
    declared = await kept(js, EVENTS_STREAM)
    await js.update_stream(name=EVENTS_STREAM, subjects=["workflow.started"], max_age=3600)
    await apply(js)
    assert await kept(js, EVENTS_STREAM) == declared


async def test_what_the_server_cannot_change_is_an_error(js, monkeypatch):
    in_memory = KeyValueConfig(bucket="drafts", storage=StorageType.MEMORY)
    monkeypatch.setattr(streams, "buckets", lambda replicas=1: (in_memory,))
    with pytest.raises(ServerError, match="storage"):
        await apply(js)
