"""What people do to their drafts, and what of it the bus learns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from nats.aio.msg import Msg
from sqlalchemy import func, insert, literal, select, update

from api.dependencies import Gateway
from api.editing import KEPT_DELETED, purge_deleted
from api.plain_text import plain_text
from api.read_model.revisions import MOST
from api.store import drafts, edits, generations, outbox
from polycast.bus import Bus
from polycast.contracts import CheckResult

if TYPE_CHECKING:
    from services.api.tests.conftest import Person, Stream


EARLIER = datetime(2025, 11, 2, tzinfo=UTC)
LATER = datetime(2025, 11, 3, tzinfo=UTC)


@pytest.fixture
async def draft(ann: Person, stream: Stream) -> UUID:
    return await stream.draft(ann, await stream.idea(ann), at=EARLIER)


async def facts(gateway: Gateway) -> list[tuple[str, dict[str, Any]]]:
    """What commands on drafts put into the outbox, in order."""
    query = select(outbox.c.subject, outbox.c.event).where(outbox.c.subject.startswith("content."))
    async with gateway.system.connect() as connection:
        rows = await connection.execute(query.order_by(outbox.c.position))
        return [(row.subject, row.event) for row in rows]


async def move(person: Person, draft: UUID, *states: str) -> None:
    for state in states:
        moved = await person.patch(f"content/{draft}/state", {"state": state})
        assert moved.status_code == 200, moved.text


async def test_an_edit_is_checked_and_kept(
    ann: Person, draft: UUID, linkedin: None, gateway: Gateway
) -> None:
    edited = await ann.put(f"content/{draft}", {"content_text": "My words.", "state": "edited"})
    assert edited.status_code == 200
    body = edited.json()
    assert (body["content_text"], body["edited_version"]) == ("My words.", "My words.")
    assert (body["original_version"], body["state"]) == ("A text.", "edited")
    assert body["checks"]["counts"] == {"characters": 9}
    assert (await ann.get(f"content/{draft}")).json() == body
    [(subject, fact)] = await facts(gateway)
    assert (subject, fact["revision"], fact["content_text"]) == ("content.edited", 1, "My words.")

    again = await ann.put(f"content/{draft}", {"content_text": "My words."})
    assert again.json() == body
    assert len(await facts(gateway)) == 1


async def test_saving_works_while_the_platform_is_away(ann: Person, draft: UUID) -> None:
    edited = await ann.put(f"content/{draft}", {"content_text": "My words."})
    assert edited.status_code == 200
    assert edited.json()["checks"] is None
    away = await ann.patch(f"content/{draft}/state", {"state": "ready"})
    assert away.status_code == 503
    assert (await ann.get(f"content/{draft}")).json()["state"] == "edited"


async def test_what_the_rules_say_of_one_text_moves_no_other(
    ann: Person, draft: UUID, announced: None, bus: Bus
) -> None:
    """Edited while the rules are asked, and unchecked again."""

    async def check(message: Msg) -> None:
        await ann.put(f"content/{draft}", {"content_text": "forbidden"})
        await message.respond(CheckResult.of([], counts={}).model_dump_json().encode())

    await ann.put(f"content/{draft}", {"content_text": "Fine."})
    asked = await bus.client.subscribe("platform.check.linkedin", cb=check)
    await asked.unsubscribe(limit=1)  # it answers once
    assert (await ann.patch(f"content/{draft}/state", {"state": "ready"})).status_code == 503
    left = (await ann.get(f"content/{draft}")).json()
    assert (left["content_text"], left["state"], left["checks"]) == ("forbidden", "edited", None)


async def test_what_was_saved_unchecked_is_checked_before_it_is_ready(
    ann: Person, draft: UUID, gateway: Gateway, linkedin: None
) -> None:
    await ann.put(f"content/{draft}", {"content_text": "It is forbidden."})
    async with gateway.system.begin() as connection:
        await connection.execute(update(drafts).values(edited_checks=None))
    refused = await ann.patch(f"content/{draft}/state", {"state": "ready"})
    assert (refused.status_code, refused.json()["findings"][0]["rule"]) == (409, "no_forbidden")


async def test_a_broken_rule_can_be_overridden_and_that_is_recorded(
    ann: Person, draft: UUID, linkedin: None
) -> None:
    await ann.put(f"content/{draft}", {"content_text": "It is forbidden."})
    refused = await ann.patch(f"content/{draft}/state", {"state": "ready"})
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:polycast:problem:rules-broken"
    moved = await ann.patch(f"content/{draft}/state", {"state": "ready", "override": True})
    assert moved.json() == {"id": str(draft), "state": "ready", "updated_at": moved.json()["updated_at"]}
    assert (await ann.get(f"content/{draft}")).json()["override"]["rules"] == ["no_forbidden"]
    await ann.put(f"content/{draft}", {"content_text": "It is fine."})
    assert (await ann.get(f"content/{draft}")).json()["override"] is None


STATES = ("generated", "reviewed", "edited", "ready", "published")
LIFECYCLE = {
    "generated": ["reviewed", "ready"],
    "reviewed": ["ready", "generated"],
    "edited": ["reviewed", "ready"],
    "ready": ["published", "reviewed"],
    "published": ["ready"],
}


async def test_the_lifecycle_is_served_and_obeyed(
    ann: Person, draft: UUID, linkedin: None, gateway: Gateway
) -> None:
    assert (await ann.get("platforms")).json()["transitions"] == LIFECYCLE
    for state in STATES:
        for wanted in STATES:
            async with gateway.system.begin() as connection:
                await connection.execute(update(drafts).values(chosen_state=state))
            answer = await ann.patch(f"content/{draft}/state", {"state": wanted})
            if wanted in LIFECYCLE[state]:
                assert (answer.status_code, answer.json().get("state")) == (200, wanted), answer.text
            else:
                assert answer.status_code == 409, (state, wanted)
                assert answer.json()["allowed"] == LIFECYCLE[state]
                assert all(allowed in answer.json()["detail"] for allowed in LIFECYCLE[state])
    changes = [fact["state"] for _, fact in await facts(gateway)]
    assert len(changes) == sum(map(len, LIFECYCLE.values()))


async def test_a_published_draft_is_left_alone(ann: Person, draft: UUID, linkedin: None) -> None:
    await move(ann, draft, "ready", "published")
    for refused in (
        await ann.put(f"content/{draft}", {"content_text": "New."}),
        await ann.post(f"content/{draft}/revert", {"revision": "generation-1"}),
    ):
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:polycast:problem:published")
    assert (await ann.get(f"content/{draft}")).json()["content_text"] == "A text."


async def test_of_very_many_edits_the_newest_are_listed(
    ann: Person, draft: UUID, gateway: Gateway, linkedin: None
) -> None:
    await ann.put(f"content/{draft}", {"content_text": "The first."})
    more = func.generate_series(2, MOST + 20).column_valued("number")
    of_many = select(literal(draft), more, literal(ann.id), literal("More."))
    columns = ["content_id", "revision", "user_id", "content_text"]
    async with gateway.system.begin() as connection:
        await connection.execute(insert(edits).from_select(columns, of_many))
    listed = (await ann.get(f"content/{draft}/revisions")).json()["revisions"]
    names = [one["revision"] for one in listed]
    assert len(names) == MOST + 1  # with generation-1
    assert f"edit-{MOST + 20}" in names
    assert [one["revision"] for one in listed if one["is_current"]] == ["edit-1"]


async def test_revisions_and_the_way_back(
    ann: Person, draft: UUID, linkedin: None, stream: Stream, gateway: Gateway
) -> None:
    await ann.put(f"content/{draft}", {"content_text": "A better text."})
    await ann.put(f"content/{draft}", {"content_text": "The best text."})
    requested = await ann.post(f"content/{draft}/regenerate", {"instruction": "shorter"})
    assert (requested.status_code, requested.json()) == (202, {"content_id": str(draft), "generation": 2})
    subject, event = (await facts(gateway))[-1]
    assert (subject, event["generation"], event["instruction"]) == (
        "content.requested.linkedin",
        2,
        "shorter",
    )
    assert event["idea"]["title"] == "Robots at breakfast"

    waiting = (await ann.get(f"content/{draft}/revisions")).json()["revisions"]
    assert [r["revision"] for r in waiting] == ["generation-1", "edit-1", "edit-2", "generation-2"]
    assert [r["source"] for r in waiting] == ["ai", "person", "person", "ai"]
    assert [r["is_current"] for r in waiting] == [False, False, True, False]
    assert (waiting[3]["status"], waiting[3]["content_text"]) == ("requested", None)
    assert waiting[3]["instruction"] == "shorter"
    assert waiting[1]["diff"] == [
        {"change": "same", "text": "A "},
        {"change": "added", "text": "better "},
        {"change": "same", "text": "text."},
    ]
    not_yet = await ann.post(f"content/{draft}/revert", {"revision": "generation-2"})
    assert not_yet.status_code == 404

    idea = UUID(event["idea"]["idea_id"])
    await stream.draft(ann, idea, generation=2, content_text="Short.", at=datetime.now(UTC))
    chosen = await ann.post(f"content/{draft}/revert", {"revision": "generation-2"})
    assert chosen.status_code == 200
    body = chosen.json()
    assert (body["content_text"], body["generation"], body["state"]) == ("Short.", 2, "generated")
    assert (body["original_version"], body["edited_version"]) == ("A text.", None)

    back = (await ann.post(f"content/{draft}/revert", {"revision": "edit-1"})).json()
    assert (back["content_text"], back["state"]) == ("A better text.", "edited")
    first = (await ann.post(f"content/{draft}/revert", {"revision": "generation-1"})).json()
    assert (first["content_text"], first["generation"], first["state"]) == ("A text.", 1, "generated")
    assert (await ann.post(f"content/{draft}/regenerate")).json()["generation"] == 3


@pytest.mark.parametrize(
    "revision", ["edit-1", "generation-7", "latest", "edit-", "edit-9999999999", "edit-²"]
)
async def test_no_such_revision(ann: Person, draft: UUID, revision: str) -> None:
    assert (await ann.post(f"content/{draft}/revert", {"revision": revision})).status_code == 404


async def test_a_failed_draft_is_retried_as_the_same_generation(
    ann: Person, stream: Stream, gateway: Gateway
) -> None:
    idea = await stream.idea(ann)
    failed = await stream.failure(ann, idea)
    for path, body in (("", {"content_text": "New."}), ("/regenerate", {})):
        method = ann.put if not path else ann.post
        assert (await method(f"content/{failed}{path}", body)).status_code == 409
    wrong = await ann.patch(f"content/{failed}/state", {"state": "ready"})
    assert (wrong.status_code, wrong.json()["allowed"]) == (409, [])

    retried = await ann.post(f"content/{failed}/retry")
    assert (retried.status_code, retried.json()["generation"]) == (202, 1)
    [(subject, event)] = await facts(gateway)
    assert (subject, event["generation"]) == ("content.requested.linkedin", 1)
    await stream.draft(ann, idea)
    assert (await ann.get(f"content/{failed}")).json()["state"] == "generated"
    assert (await ann.post(f"content/{failed}/retry")).status_code == 409


async def test_a_draft_whose_idea_is_unknown_cannot_be_asked_for(ann: Person, stream: Stream) -> None:
    draft = await stream.draft(ann, uuid4())
    assert (await ann.post(f"content/{draft}/regenerate")).status_code == 409


async def test_deletion_and_its_undoing(ann: Person, draft: UUID, gateway: Gateway) -> None:
    assert (await ann.delete(f"content/{draft}")).status_code == 204
    assert (await ann.get(f"content/{draft}")).status_code == 404
    assert (await ann.delete(f"content/{draft}")).status_code == 404
    listed = (await ann.get("content", params={"deleted": True})).json()["content"]
    assert [one["id"] for one in listed] == [str(draft)]
    restored = await ann.post(f"content/{draft}/restore")
    assert (restored.status_code, restored.json()["content_text"]) == (200, "A text.")
    assert (await ann.get(f"content/{draft}")).status_code == 200
    assert [subject for subject, _ in await facts(gateway)] == ["content.deleted", "content.state_changed"]


async def test_what_was_deleted_long_ago_is_gone(
    ann: Person, draft: UUID, stream: Stream, gateway: Gateway
) -> None:
    await ann.put(f"content/{draft}", {"content_text": "Mine."})
    idea = UUID((await ann.get(f"content/{draft}")).json()["core_idea"]["id"])
    await stream.draft(ann, idea, generation=2)
    await ann.delete(f"content/{draft}")
    await purge_deleted(gateway.system)
    assert (await ann.post(f"content/{draft}/restore")).status_code == 200
    await ann.delete(f"content/{draft}")
    long_ago = datetime.now(UTC) - KEPT_DELETED - timedelta(hours=1)
    async with gateway.system.begin() as connection:
        await connection.execute(update(drafts).values(deleted_at=long_ago))
    await purge_deleted(gateway.system)
    async with gateway.system.connect() as connection:
        assert (await connection.execute(select(drafts.c.id))).all() == []
        assert (await connection.execute(select(generations.c.content_id))).all() == []


async def test_a_bulk_change_tells_each_outcome(
    ann: Person, bob: Person, draft: UUID, stream: Stream
) -> None:
    theirs = await stream.draft(bob, await stream.idea(bob))
    nowhere = uuid4()
    body = {"ids": [str(draft), str(theirs), str(nowhere)], "state": "reviewed"}
    results = (await ann.post("content/state", body)).json()["results"]
    assert [(r["state"], r["error"] and r["error"]["status"]) for r in results] == [
        ("reviewed", None),
        (None, 403),
        (None, 404),
    ]


async def test_the_rules_are_asked_of_all_at_once(
    ann: Person, stream: Stream, announced: None, bus: Bus
) -> None:
    waiting: list[Msg] = []

    async def check(message: Msg) -> None:
        waiting.append(message)
        if len(waiting) == 3:  # none is answered before all were asked
            for each in waiting:
                await each.respond(CheckResult.of([], counts={}).model_dump_json().encode())

    drafts = [await stream.draft(ann, await stream.idea(ann)) for _ in range(3)]
    for draft in drafts:
        await ann.put(f"content/{draft}", {"content_text": "Saved unchecked."})
    await bus.client.subscribe("platform.check.linkedin", cb=check)
    moved = await ann.post("content/state", {"ids": [str(draft) for draft in drafts], "state": "ready"})
    assert [r["state"] for r in moved.json()["results"]] == ["ready"] * 3


async def test_all_or_nothing(ann: Person, draft: UUID, stream: Stream, linkedin: None) -> None:
    failed = await stream.failure(ann, await stream.idea(ann))
    together: dict[str, Any] = {"ids": [str(draft), str(failed)], "state": "reviewed", "atomic": True}
    refused = await ann.post("content/state", together)
    assert refused.status_code == 409
    assert [(r["id"], r["error"]["status"]) for r in refused.json()["results"]] == [(str(failed), 409)]
    assert (await ann.get(f"content/{draft}")).json()["state"] == "generated"
    moved = await ann.post("content/state", together | {"ids": [str(draft)], "state": "ready"})
    assert [r["state"] for r in moved.json()["results"]] == ["ready"]


async def test_a_lost_update_is_noticed(ann: Person, draft: UUID, linkedin: None) -> None:
    seen = (await ann.get(f"content/{draft}")).headers["ETag"]
    first = await ann.put(f"content/{draft}", {"content_text": "One."}, headers={"If-Match": seen})
    assert first.status_code == 200
    stale = {"If-Match": seen}
    for lost in (
        await ann.put(f"content/{draft}", {"content_text": "Two."}, headers=stale),
        await ann.patch(f"content/{draft}/state", {"state": "ready"}, headers=stale),
        await ann.delete(f"content/{draft}", headers=stale),
    ):
        assert (lost.status_code, lost.json()["type"]) == (412, "urn:polycast:problem:lost-update")
    fresh = {"If-Match": f'"other", {first.headers["ETag"]}'}
    moved = await ann.patch(f"content/{draft}/state", {"state": "ready"}, headers=fresh)
    assert moved.status_code == 200
    assert (await ann.get(f"content/{draft}")).headers["ETag"] == moved.headers["ETag"]
    assert (await ann.delete(f"content/{draft}", headers={"If-Match": "*"})).status_code == 204


async def test_what_is_known_is_not_sent_again(ann: Person, draft: UUID) -> None:
    for path in (f"content/{draft}", "content", "platforms", "config/schedule"):
        first = await ann.get(path)
        again = await ann.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b""), path
        assert again.headers["ETag"] == first.headers["ETag"]
    await ann.patch(f"content/{draft}/state", {"state": "reviewed"})
    known = (await ann.get(f"content/{draft}")).headers["ETag"]
    assert (await ann.get(f"content/{draft}", headers={"If-None-Match": known})).status_code == 304
    await ann.patch(f"content/{draft}/state", {"state": "generated"})
    assert (await ann.get(f"content/{draft}", headers={"If-None-Match": known})).status_code == 200


async def test_search(ann: Person, stream: Stream, linkedin: None) -> None:
    robots = await stream.draft(ann, await stream.idea(ann))
    toast = await stream.draft(
        ann, await stream.idea(ann, title="Bread", description="Crust."), content_text="Warm loaves."
    )

    async def found(q: str) -> set[UUID]:
        return {UUID(one["id"]) for one in (await ann.get("content", params={"q": q})).json()["content"]}

    assert await found("robot") == {robots}  # in the idea, and in another form
    assert await found("loaf or loaves") == {toast}
    assert await found('"warm loaves"') == {toast}
    assert await found('"loaves warm"') == set()
    assert await found("innovation -loaves") == {robots}
    await ann.put(f"content/{toast}", {"content_text": "Only cake."})
    assert (await found("loaves"), await found("cake")) == (set(), {toast})
    assert await found("'; drop table drafts --") == set()


async def test_order(ann: Person, stream: Stream, draft: UUID, gateway: Gateway) -> None:
    idea = await stream.idea(ann)
    older = await stream.draft(ann, idea, at=EARLIER - timedelta(days=1))

    async def order(sort: str) -> list[UUID]:
        ids: list[UUID] = []
        path: str | None = f"/api/v1/content?limit=1&sort={sort}"
        while path:
            page = (await ann.get(f"http://test{path}")).json()
            ids += [UUID(one["id"]) for one in page["content"]]
            path = page["next"]
        return ids

    async with gateway.system.begin() as connection:
        await connection.execute(update(drafts).where(drafts.c.id == older).values(changed_at=LATER))
    assert await order("-created_at") == [draft, older]
    assert await order("created_at") == [older, draft]
    assert await order("-updated_at") == [older, draft]
    assert await order("updated_at") == [draft, older]


async def test_only_some_fields(ann: Person, draft: UUID) -> None:
    answer = (await ann.get("content", params={"fields": "state, platform"})).json()
    assert answer["content"] == [{"id": str(draft), "state": "generated", "platform": "linkedin"}]
    refused = await ann.get("content", params={"fields": "state,password"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "fields")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("<b>Bold</b> <script>alert(1)</script>move", "Bold move"),
        ("<<b></b>script>alert(1)</script>", ""),
        ("I <3 R&D, a < b &lt;b&gt; &copy", "I <3 R&D, a < b &lt;b&gt; &copy"),
        ("One\r\ntwo\rthree\n\n---\n\nfour\x07", "One\ntwo\nthree\n\n---\n\nfour"),
        ('<img src=x onerror="alert(1)">picture', "picture"),
        ("Tail <img src=x onerror=alert(1)", "Tail "),
        ("Snow ☃ and 🧑🏽‍🚀 stay.", "Snow ☃ and 🧑🏽‍🚀 stay."),
    ],
)
def test_no_markup_survives(given: str, kept: str) -> None:
    assert plain_text(given) == kept


def test_markup_nested_on_purpose_ends() -> None:
    assert "<" not in plain_text("<" * 5000 + "b>" * 5000)


@pytest.mark.parametrize("text", ["", "  ", "<script>x</script>", "x" * 20_001])
async def test_a_text_that_is_none(ann: Person, draft: UUID, text: str) -> None:
    refused = await ann.put(f"content/{draft}", {"content_text": text})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "content_text")


async def test_nobody_changes_anothers(bob: Person, draft: UUID) -> None:
    for answer in (
        await bob.put(f"content/{draft}", {"content_text": "Mine now."}),
        await bob.patch(f"content/{draft}/state", {"state": "reviewed"}),
        await bob.delete(f"content/{draft}"),
        await bob.post(f"content/{draft}/restore"),
        await bob.get(f"content/{draft}/revisions"),
        await bob.post(f"content/{draft}/revert", {"revision": "generation-1"}),
        await bob.post(f"content/{draft}/regenerate"),
        await bob.post(f"content/{draft}/retry"),
    ):
        assert answer.status_code == 403
