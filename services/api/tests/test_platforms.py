from __future__ import annotations

import json
from typing import TYPE_CHECKING

from nats.aio.msg import Msg
from nats.js import JetStreamContext

from api.dependencies import Gateway
from api.registry import CACHE_SECONDS
from polycast.bus import Bus
from polycast.contracts import CheckResult, Finding, Part, Severity

if TYPE_CHECKING:
    import pytest
    from services.api.tests.conftest import Person

VERDICT = CheckResult.of(
    [Finding(rule="too_long", severity=Severity.ERROR, message="Too long.", start=0, end=4)],
    counts={"characters": 4},
    metadata={"tweet_count": 1},
    parts=(Part(text="Text", count=4, limit=3),),
)


async def test_what_was_announced(ann: Person, announced: None) -> None:
    listed = (await ann.get("platforms")).json()["platforms"]
    assert [(p["slug"], p["name"]) for p in listed] == [("linkedin", "LinkedIn"), ("mastodon", "Mastodon")]
    assert listed[0]["preview"] == {"kind": "post"}


async def test_a_new_platform_appears_without_a_restart(
    ann: Person, announced: None, js: JetStreamContext, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ann.get("platforms")
    await (await js.key_value("platforms")).put("tiktok", json.dumps({"name": "TikTok"}).encode())
    gateway.registry._read_at -= CACHE_SECONDS
    slugs = [platform["slug"] for platform in (await ann.get("platforms")).json()["platforms"]]
    assert slugs == ["linkedin", "mastodon", "tiktok"]


async def test_during_an_outage_the_last_known_are_listed(
    ann: Person, announced: None, bus: Bus, gateway: Gateway
) -> None:
    known = (await ann.get("platforms")).json()
    await bus.stop()
    gateway.registry._read_at -= CACHE_SECONDS
    assert (await ann.get("platforms")).json() == known


async def test_a_check_is_the_platforms_own_answer(ann: Person, announced: None, bus: Bus) -> None:
    async def check(message: Msg) -> None:
        assert json.loads(message.data) == {"content_text": "Text"}
        await message.respond(VERDICT.model_dump_json().encode())

    await bus.client.subscribe("platform.check.mastodon", cb=check)
    answer = await ann.post("platforms/mastodon/check", {"content_text": "Text"})
    assert answer.status_code == 200
    assert answer.json() == VERDICT.model_dump(mode="json")


async def test_a_check_without_its_service(ann: Person, announced: None, bus: Bus) -> None:
    away = await ann.post("platforms/linkedin/check", {"content_text": "Text"})
    assert away.status_code == 503
    assert away.headers["Retry-After"]
    assert "linkedin" in away.json()["detail"]

    async def fail(message: Msg) -> None:
        await message.respond(b'{"error": "the platform service failed on this request"}')

    await bus.client.subscribe("platform.check.linkedin", cb=fail)
    assert (await ann.post("platforms/linkedin/check", {"content_text": "Text"})).status_code == 503


async def test_what_a_check_refuses(ann: Person, announced: None) -> None:
    assert (await ann.post("platforms/myspace/check", {"content_text": "Text"})).status_code == 404
    assert (await ann.post("platforms/>/check", {"content_text": "Text"})).status_code == 404
    too_long = await ann.post("platforms/linkedin/check", {"content_text": "x" * 20_001})
    assert too_long.status_code == 422
    assert too_long.json()["errors"][0]["field"] == "content_text"
