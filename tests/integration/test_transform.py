"""A platform service as a process. What holds for this one holds for all: the engine is the same."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from nats.js import JetStreamContext
from nats.js.errors import KeyNotFoundError

from polycast.contracts import ContentFailed, ContentGenerated, content_id
from polycast.testing.messages import bodies, messages

from .conftest import Ground, Writer

Idea = dict[str, object]


@pytest.fixture(scope="module", autouse=True)
def transform(ground: Ground) -> None:
    ground.start("transform-twitter")


@pytest.fixture
def user() -> UUID:
    return uuid4()


@pytest.fixture
def idea(user: UUID) -> Idea:
    return {
        "user_id": str(user),
        "idea_id": str(uuid4()),
        "title": "Write the runbook first",
        "description": "The code comes second. It is shorter for it.",
        "topic_category": "operations",
        "platforms": ["twitter"],
        "preferences": {},
    }


async def publish(js: JetStreamContext, subject: str, body: Idea) -> None:
    await js.publish(subject, json.dumps(body).encode(), stream="EVENTS")


async def generated(js: JetStreamContext, user: UUID, count: int = 1) -> list[ContentGenerated]:
    return [ContentGenerated.model_validate(b) for b in await bodies(js, "content.generated", count, user)]


async def failed(js: JetStreamContext, user: UUID) -> ContentFailed:
    return ContentFailed.model_validate((await bodies(js, "content.failed", 1, user))[0])


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    while not await condition():
        await asyncio.sleep(0.05)


async def test_an_idea_becomes_a_checked_draft_with_its_provenance(js, user, idea):
    await publish(js, "idea.created", idea)
    (draft,) = await generated(js, user)
    assert draft.content_id == content_id(UUID(str(idea["idea_id"])), "twitter")
    assert (draft.platform, draft.generation) == ("twitter", 1)
    assert draft.checks is not None and draft.checks.ok
    assert draft.metadata["tweet_count"] == len(draft.metadata["tweets"]) == len(draft.checks.parts)
    assert draft.provenance.model == "polycast-offline-writer"
    assert (draft.provenance.prompt_id, draft.provenance.attempts) == ("twitter", 1)
    assert draft.provenance.tokens_out > 0


async def test_claims_are_given_by_the_idea_and_the_persons_context(js, user, idea):
    told = {"title": "We cut 42% of our meetings", "context": "The year was 2024."}
    await publish(js, "idea.created", idea | told)
    (draft,) = await generated(js, user)
    assert draft.checks is not None
    assert {(c.kind, c.text, c.given) for c in draft.checks.claims} == {("percentage", "42%", True)}


async def test_what_must_not_be_stored_is_not_and_the_provider_is_asked_as_well(js, user, idea):
    insult = {"title": "Read the logs, you idiots", "idea_id": str(uuid4())}
    await publish(js, "idea.created", idea | insult)
    failure = await failed(js, user)
    assert (failure.error.code, failure.attempts, failure.best_attempt) == ("moderation_rejected", 3, None)

    await publish(js, "idea.created", idea | {"title": "Blaming is bullshit", "idea_id": str(uuid4())})
    (coarse,) = await generated(js, user)
    assert coarse.moderation is not None
    assert (coarse.moderation.flagged, coarse.moderation.categories) == (True, ("profanity",))
    assert coarse.moderation.checked_by == ("rules", "omni-moderation-latest")
    assert coarse.provenance.attempts == 1, "a flag is for a person to look at"

    await publish(js, "idea.created", idea)
    *_, clean = await generated(js, user, 2)
    assert clean.moderation is not None and not clean.moderation.flagged


async def test_a_best_attempt_is_moderated_before_it_is_stored(js, user, idea, writer: Writer):
    writer.misbehave(overlong=1)
    await publish(js, "idea.created", idea | {"title": "Vermin people"})  # known to the provider alone
    failure = await failed(js, user)
    assert (failure.error.code, failure.best_attempt) == ("moderation_rejected", None)


async def test_one_generation_has_one_text_and_the_next_another(js, user, idea, writer: Writer):
    before = writer.completions
    await publish(js, "idea.created", idea)
    await publish(js, "idea.created", idea)
    request = {"user_id": str(user), "idea": idea, "generation": 2, "instruction": "shorter"}
    await publish(js, "content.requested.twitter", request)
    await publish(js, "content.requested.twitter", request)
    drafts = await generated(js, user, 4)
    texts = {draft.generation: draft.content_text for draft in drafts}
    assert sorted(draft.generation for draft in drafts) == [1, 1, 2, 2]
    assert {(d.generation, d.content_text) for d in drafts} == set(texts.items())
    assert texts[1] != texts[2]
    assert writer.completions - before == 2


async def test_an_idea_for_other_platforms_is_passed_over(js, user, idea):
    await publish(js, "idea.created", idea | {"idea_id": str(uuid4()), "platforms": ["linkedin"]})
    await publish(js, "idea.created", idea | {"idea_id": str(uuid4()), "preferences": None})
    await publish(js, "idea.created", idea)
    (draft,) = await generated(js, user)
    assert str(draft.idea_id) == idea["idea_id"]


async def test_a_refused_key_is_a_failure_in_words(js, user, idea, writer: Writer):
    writer.misbehave(auth=1)
    await publish(js, "idea.created", idea)
    failure = await failed(js, user)
    assert failure.error.code == "authentication_failed"
    assert "key" in failure.error.message


async def test_what_breaks_the_rules_three_times_fails_with_its_best_attempt(js, user, idea, writer: Writer):
    writer.misbehave(overlong=1)
    await publish(js, "idea.created", idea)
    failure = await failed(js, user)
    assert (failure.error.code, failure.attempts) == ("rules_broken", 3)
    assert failure.best_attempt
    writer.misbehave()
    await publish(js, "idea.created", idea)
    (draft,) = await generated(js, user)
    assert draft.checks is not None and draft.checks.ok, "a rerun heals what failed"


async def test_a_busy_provider_delays_and_loses_nothing(js, user, idea, writer: Writer):
    writer.misbehave(**{"429": 0.5})
    ideas = [idea | {"idea_id": str(uuid4())} for _ in range(6)]
    for one in ideas:
        await publish(js, "idea.created", one)
    drafts = await generated(js, user, 6)
    assert {str(draft.idea_id) for draft in drafts} == {one["idea_id"] for one in ideas}


async def test_checks_are_answered_on_request(js, ground: Ground):
    async def ask(body: bytes) -> dict[str, Any]:
        answer = await js._nc.request("platform.check.twitter", body, timeout=10)
        return dict(json.loads(answer.data))

    good = await ask(b'{"content_text": "See README.md"}')
    assert good["ok"] is True
    assert good["parts"] == [{"text": "See README.md", "count": 27, "limit": 280}]
    assert (await ask(json.dumps({"content_text": "x" * 281}).encode()))["ok"] is False
    edited = await ask(b'{"content_text": "Call +1 415 555 2671, 42% do.", "given": "42 percent"}')
    assert [(f["rule"], f["severity"]) for f in edited["findings"]] == [("personal_data", "error")]
    percentages = [c for c in edited["claims"] if c["kind"] == "percentage"]
    assert [(c["text"], c["given"]) for c in percentages] == [("42%", True)]
    assert "content_text" in str((await ask(b"{}"))["error"])
    assert "error" in await ask(b"\xff")


async def test_the_platform_is_in_the_registry(js):
    entry = await (await js.key_value("platforms")).get("twitter")
    described = json.loads(entry.value or b"")
    assert set(described) == {"slug", "name", "limits", "preview"}


async def test_an_erased_persons_drafts_are_gone_and_none_comes_back(js, user, idea):
    await publish(js, "idea.created", idea)
    (draft,) = await generated(js, user)
    kept = await js.key_value("drafts")
    assert (await kept.get(draft.key)).value
    await publish(js, "user.deleted", {"user_id": str(user)})

    async def gone() -> bool:
        try:
            await kept.get(draft.key)
        except KeyNotFoundError:
            return True
        return False

    await until(gone)
    other = uuid4()
    await publish(js, "idea.created", idea | {"idea_id": str(uuid4())})
    await publish(js, "idea.created", idea | {"idea_id": str(uuid4()), "user_id": str(other)})
    await generated(js, other)
    everything = await bodies(js, "content.generated", await messages(js, "EVENTS", "content.generated"))
    assert [body["content_id"] for body in everything if body["user_id"] == str(user)] == [
        str(draft.content_id)
    ]
