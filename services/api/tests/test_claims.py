"""What a text claims is settled before it is ready: given by the idea, or ticked by the person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import select

from api.dependencies import Gateway
from api.store import outbox

if TYPE_CHECKING:
    from services.api.tests.conftest import Person, Stream


@pytest.fixture
async def draft(ann: Person, stream: Stream, linkedin: None) -> UUID:
    """Edited to claim 42, which is given, and 7 and 99, which are not."""
    idea = await stream.idea(ann, description="Of 42 robots.", context="There were 12 of us.")
    draft = await stream.draft(ann, idea)
    await edit(ann, draft, "Of 42 robots, 7 butter 99 toasts.")
    return draft


async def edit(person: Person, draft: UUID, text: str) -> dict[str, Any]:
    answer = await person.put(f"content/{draft}", {"content_text": text})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def settle(person: Person, draft: UUID, *keys: str, settled: bool = True) -> dict[str, Any]:
    answer = await person.patch(f"content/{draft}/claims", {"keys": keys, "settled": settled})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def settled(draft: dict[str, Any]) -> dict[str, bool]:
    return {claim["text"]: claim["settled"] for claim in draft["claims"]}


async def move(person: Person, draft: UUID, state: str, **options: Any) -> Any:
    return await person.patch(f"content/{draft}/state", {"state": state} | options)


async def test_ready_waits_for_every_claim(ann: Person, draft: UUID) -> None:
    shown = (await ann.get(f"content/{draft}")).json()
    assert settled(shown) == {"42": True, "7": False, "99": False}
    assert shown["claims"][1] == {
        "key": "number:7",
        "kind": "number",
        "text": "7",
        "start": 14,
        "end": 15,
        "given": False,
        "settled": False,
    }
    refused = await move(ann, draft, "ready")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:polycast:problem:claims-unsettled")
    assert refused.json()["claims"] == shown["claims"][1:]

    assert settled(await settle(ann, draft, "number:7")) == {"42": True, "7": True, "99": False}
    assert (await move(ann, draft, "ready")).json()["claims"] == shown["claims"][2:]
    await settle(ann, draft, "number:99")
    assert (await move(ann, draft, "ready")).status_code == 200
    assert (await ann.get(f"content/{draft}")).json()["override"] is None
    assert (await move(ann, draft, "published")).status_code == 200


async def test_ticks_outlive_edits_and_other_texts(ann: Person, draft: UUID, stream: Stream) -> None:
    ticked = await settle(ann, draft, "number:7", "number:99")
    longer = await edit(ann, draft, "In 2026, of 42 robots 7 butter toast.")
    assert settled(longer) == {"2026": False, "42": True, "7": True}
    idea = UUID(ticked["core_idea"]["id"])
    claims = [{"kind": "number", "text": "99", "start": 0, "end": 2}]
    checks = {"ok": True, "claims": claims}
    await stream.draft(ann, idea, generation=2, content_text="99 toasts.", checks=checks)
    chosen = await ann.post(f"content/{draft}/revert", {"revision": "generation-2"})
    assert settled(chosen.json()) == {"99": True}


async def test_what_the_person_told_is_given(ann: Person, draft: UUID) -> None:
    assert settled(await edit(ann, draft, "12 of us.")) == {"12": True}
    text = {"content_text": "12 of us, 13 of them."}
    alone = (await ann.post("platforms/linkedin/check", text)).json()
    assert [claim["given"] for claim in alone["claims"]] == [False, False]
    known = (await ann.post("platforms/linkedin/check", text | {"content_id": str(draft)})).json()
    assert [claim["given"] for claim in known["claims"]] == [True, False]


async def test_what_is_overridden_is_recorded(ann: Person, draft: UUID) -> None:
    await edit(ann, draft, "It is forbidden to 7 robots.")
    broken = await move(ann, draft, "ready")
    assert broken.json()["type"] == "urn:polycast:problem:rules-broken"
    assert (await move(ann, draft, "ready", override=True)).status_code == 200
    override = (await ann.get(f"content/{draft}")).json()["override"]
    assert (override["rules"], override["claims"]) == (["no_forbidden"], ["number:7"])


async def test_whoever_does_not_want_it_is_not_held_to_it(ann: Person, draft: UUID) -> None:
    await ann.put("config/preferences", {"require_settled_claims": False})
    assert (await move(ann, draft, "ready")).status_code == 200
    assert (await settle(ann, draft, "number:7"))["state"] == "ready"
    assert (await settle(ann, draft, "number:7", settled=False))["state"] == "ready"


async def test_a_tick_taken_away_takes_ready_with_it(ann: Person, draft: UUID, gateway: Gateway) -> None:
    await settle(ann, draft, "number:7", "number:99")
    await move(ann, draft, "ready")
    assert (await settle(ann, draft, "number:42", settled=False))["state"] == "ready"  # it is given
    undone = await settle(ann, draft, "number:7", settled=False)
    assert (undone["state"], settled(undone)) == ("reviewed", {"42": True, "7": False, "99": True})
    async with gateway.system.connect() as connection:
        query = select(outbox.c.event).where(outbox.c.subject == "content.state_changed")
        states = [event["state"] for event in await connection.scalars(query.order_by(outbox.c.position))]
    assert states == ["ready", "reviewed"]


async def test_what_cannot_be_ticked(ann: Person, bob: Person, draft: UUID) -> None:
    unknown = await ann.patch(f"content/{draft}/claims", {"keys": ["number:7", "number:8"]})
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "keys")
    assert "number:8" in unknown.json()["detail"]
    assert settled((await ann.get(f"content/{draft}")).json())["7"] is False
    assert (await bob.patch(f"content/{draft}/claims", {"keys": ["number:7"]})).status_code == 403
    stale = {"If-Match": '"other"'}
    assert (
        await ann.patch(f"content/{draft}/claims", {"keys": ["number:7"]}, headers=stale)
    ).status_code == 412
    await settle(ann, draft, "number:7", "number:99")
    await move(ann, draft, "ready")
    await move(ann, draft, "published")
    left_alone = await ann.patch(f"content/{draft}/claims", {"keys": ["number:7"], "settled": False})
    assert (left_alone.status_code, left_alone.json()["type"]) == (409, "urn:polycast:problem:published")


async def test_drafts_moved_together_are_held_to_the_same(ann: Person, draft: UUID) -> None:
    body = {"ids": [str(draft)], "state": "ready"}
    [alone] = (await ann.post("content/state", body)).json()["results"]
    assert alone["error"]["type"] == "urn:polycast:problem:claims-unsettled"
    together = await ann.post("content/state", body | {"atomic": True})
    assert together.status_code == 409
    [forced] = (await ann.post("content/state", body | {"override": True})).json()["results"]
    assert forced["state"] == "ready"
