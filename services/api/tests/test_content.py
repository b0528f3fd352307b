from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from api.dependencies import Gateway
from api.store import drafts
from polycast.contracts import CheckResult, Claim, ClaimKind, Likeness, Moderation, Provenance

if TYPE_CHECKING:
    from services.api.tests.conftest import Person, Stream

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


async def test_a_draft_with_its_idea(ann: Person, stream: Stream) -> None:
    closest = Likeness(title="Toast", score=0.4, method="lexical")
    idea = await stream.idea(ann, context="Our toaster won a prize.", closest=closest)
    claim = Claim(kind=ClaimKind.NUMBER, text="42", start=0, end=2)
    checks = CheckResult(ok=True, counts={"words": 2}, claims=(claim,))
    moderation = Moderation(flagged=True, categories=("violence",), checked_by=("rules",))
    provenance = Provenance(model="some-model", prompt_id="linkedin", prompt_version=1)
    draft = await stream.draft(
        ann, idea, metadata={"tone": "dry"}, checks=checks, moderation=moderation, provenance=provenance
    )
    answer = await ann.get(f"content/{draft}")
    assert answer.status_code == 200
    assert answer.json() == {
        "id": str(draft),
        "core_idea": {
            "id": str(idea),
            "title": "Robots at breakfast",
            "description": "They butter toast. Is that progress?",
            "topic_category": "Innovation",
            "context": "Our toaster won a prize.",
            "closest": closest.model_dump(mode="json"),
        },
        "workflow_id": None,
        "platform": "linkedin",
        "content_text": "A text.",
        "metadata": {"tone": "dry"},
        "state": "generated",
        "original_version": "A text.",
        "edited_version": None,
        "generation": 1,
        "checks": checks.model_dump(mode="json"),
        "claims": [claim.model_dump(mode="json") | {"key": "number:42", "settled": False}],
        "moderation": moderation.model_dump(mode="json"),
        "override": None,
        "provenance": provenance.model_dump(mode="json"),
        "error": None,
        "created_at": "2026-11-23T12:00:00Z",
        "updated_at": "2026-11-23T12:00:00Z",
    }
    [listed] = (await ann.get("ideas")).json()["ideas"]
    assert (listed["context"], listed["closest"]) == (
        "Our toaster won a prize.",
        closest.model_dump(mode="json"),
    )
    assert (await ann.get("content")).json() == {"content": [answer.json()], "total": 1, "next": None}


async def test_a_draft_may_come_before_its_idea(ann: Person, stream: Stream) -> None:
    idea = uuid4()
    draft = await stream.draft(ann, idea)
    core_idea = (await ann.get(f"content/{draft}")).json()["core_idea"]
    assert core_idea.pop("id") == str(idea)
    assert set(core_idea.values()) == {None}
    await stream.idea(ann, idea_id=idea)
    assert (await ann.get(f"content/{draft}")).json()["core_idea"]["title"] == "Robots at breakfast"


async def test_what_a_person_chose_is_shown(ann: Person, stream: Stream, gateway: Gateway) -> None:
    idea = await stream.idea(ann)
    draft = await stream.draft(ann, idea, metadata={"words": 2})
    await stream.draft(ann, idea, generation=2, content_text="A second text.", metadata={"words": 3})
    assert (await ann.get(f"content/{draft}")).json()["content_text"] == "A text."

    async with gateway.system.begin() as connection:
        await connection.execute(update(drafts).values(chosen_generation=2))
    shown = (await ann.get(f"content/{draft}")).json()
    assert (shown["content_text"], shown["generation"]) == ("A second text.", 2)
    assert shown["metadata"] == {"words": 3}
    assert shown["original_version"] == "A text."

    async with gateway.system.begin() as connection:
        own = {"edited_text": "My words.", "chosen_state": "edited", "changed_at": NOON + timedelta(hours=1)}
        await connection.execute(update(drafts).values(own))
    shown = (await ann.get(f"content/{draft}")).json()
    assert (shown["content_text"], shown["edited_version"]) == ("My words.", "My words.")
    assert (shown["state"], shown["checks"], shown["metadata"]) == ("edited", None, None)
    assert shown["updated_at"] == "2026-11-23T13:00:00Z"


async def test_failed_drafts_are_listed_only_when_asked_for(ann: Person, stream: Stream) -> None:
    failure = await stream.failure(ann, await stream.idea(ann))
    written = await stream.draft(ann, await stream.idea(ann))
    assert [d["id"] for d in (await ann.get("content")).json()["content"]] == [str(written)]
    [failed] = (await ann.get("content", params={"state": "failed"})).json()["content"]
    assert (failed["id"], failed["state"]) == (str(failure), "failed")
    assert failed["error"] == {"code": "invalid", "message": "It never fit."}
    assert failed["content_text"] is failed["original_version"] is None


async def test_deleted_drafts_are_gone(ann: Person, stream: Stream, gateway: Gateway) -> None:
    draft = await stream.draft(ann, await stream.idea(ann))
    async with gateway.system.begin() as connection:
        await connection.execute(update(drafts).values(deleted_at=NOON))
    assert (await ann.get(f"content/{draft}")).status_code == 404
    assert (await ann.get("content")).json()["total"] == 0


async def test_filters(ann: Person, stream: Stream) -> None:
    robots = await stream.idea(ann, topic_category="Robots")
    toast = await stream.idea(ann, topic_category="Toast")
    execution = uuid4()
    posted = await stream.draft(ann, robots, execution_id=execution)
    tooted = await stream.draft(ann, robots, "mastodon")
    other = await stream.draft(ann, toast)

    async def found(**params: Any) -> set[UUID]:
        answer = (await ann.get("content", params=params)).json()
        assert answer["total"] == len(answer["content"])
        return {UUID(draft["id"]) for draft in answer["content"]}

    assert await found() == {posted, tooted, other}
    assert await found(platform="linkedin") == {posted, other}
    assert await found(platform="myspace") == set()
    assert await found(topic="robots") == {posted, tooted}
    assert await found(topic="robots", platform="mastodon") == {tooted}
    assert await found(idea_id=str(toast)) == {other}
    assert await found(workflow_id=str(execution)) == {posted}
    assert await found(state="generated") == {posted, tooted, other}
    assert await found(state="ready") == set()


async def test_days_are_the_persons_own(ann: Person, stream: Stream) -> None:
    await ann.put("config/schedule", {"timezone": "Pacific/Auckland"})  # UTC+13 in November
    idea = await stream.idea(ann)
    moments = {"monday": "2026-11-23T10:59:59Z", "tuesday": "2026-11-23T11:00:00Z"}
    ids = {
        await stream.draft(ann, idea, name, datetime.fromisoformat(at)): name for name, at in moments.items()
    }

    async def found(**params: Any) -> list[str]:
        answer = (await ann.get("content", params=params)).json()
        return [ids[UUID(draft["id"])] for draft in answer["content"]]

    assert await found(date="2026-11-23") == ["monday"]
    assert await found(date="2026-11-24") == ["tuesday"]
    assert await found(to="2026-11-23") == ["monday"]
    assert await found(**{"from": "2026-11-24"}) == ["tuesday"]
    assert await found(**{"from": "2026-11-23", "to": "2026-11-24"}) == ["tuesday", "monday"]


async def test_pages_hold_everything_once(ann: Person, stream: Stream) -> None:
    idea = await stream.idea(ann)
    written = [
        await stream.draft(ann, idea, f"p{n}", NOON + timedelta(seconds=n // 3))  # some at the same moment
        for n in range(7)
    ]
    path: str | None = "/api/v1/content?limit=3&state=generated"
    seen: list[UUID] = []
    pages = 0
    while path is not None:
        page = (await ann.get(f"http://test{path}")).json()
        assert page["total"] == 7
        seen += [UUID(draft["id"]) for draft in page["content"]]
        if pages == 0:  # what is written meanwhile shifts nothing
            await stream.draft(ann, idea, "late", NOON + timedelta(days=1), content_id=written[6])
        path, pages = page["next"], pages + 1
    assert pages == 3
    assert sorted(seen) == sorted(written)


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"state": "odd"}, "state"),
        ({"date": "yesterday"}, "date"),
        ({"date": "0001-01-01"}, "date"),
        ({"to": "9999-12-31"}, "to"),
        ({"workflow_id": "17"}, "workflow_id"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"cursor": "WzEsMl0"}, "cursor"),  # [1,2]
        ({"topic": "a\x00b"}, "request"),
    ],
)
async def test_odd_parameters_are_named(ann: Person, params: dict[str, Any], field: str) -> None:
    refused = await ann.get("content", params=params)
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == [field]


async def test_nobody_sees_anothers(ann: Person, bob: Person, stream: Stream) -> None:
    draft = await stream.draft(ann, await stream.idea(ann))
    assert (await bob.get(f"content/{draft}")).status_code == 403
    assert (await bob.get(f"content/{uuid4()}")).status_code == 404
    for noun in ("content", "ideas", "workflows"):
        assert (await bob.get(noun)).json() == {noun: [], "total": 0, "next": None}
