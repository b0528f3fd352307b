"""Every draft exactly once, and no LLM call paid twice."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

from polycast.contracts import content_id, idea_id

from .stack import Person, Stack, eventually

PLATFORMS = ("linkedin", "twitter", "instagram")


def expected(execution: str, ideas: int = 5) -> set[UUID]:
    made = [idea_id(UUID(execution), index) for index in range(ideas)]
    return {content_id(idea, platform) for idea in made for platform in PLATFORMS}


def drafts_of(stack: Stack, execution: str) -> list[tuple[UUID, str]]:
    return [
        (row[0], row[1])
        for row in stack.sql("SELECT id, content_text FROM api.drafts WHERE workflow_id = %s", execution)
    ]


def test_twenty_workflows_at_once_make_320_calls_and_every_draft_once(stack: Stack):
    with ThreadPoolExecutor(10) as pool:
        people: list[Person] = list(pool.map(lambda _: stack.person(), range(20)))
        before = stack.completions()
        runs = list(pool.map(lambda person: (person, person.start()), people))
        ended = list(pool.map(lambda run: run[0].finished(run[1]), runs))
    assert {workflow["status"] for workflow in ended} == {"completed"}
    for _, execution in runs:
        drafts = drafts_of(stack, execution)
        assert len(drafts) == 15
        assert {content for content, _ in drafts} == expected(execution)
    assert stack.completions() - before == 320


def test_the_same_workflow_five_times_is_one_set_of_drafts_and_one_price(stack: Stack):
    person, execution = stack.person(), str(uuid4())
    before = stack.completions()
    for _ in range(5):
        stack.publish("workflow.started", {"user_id": person.id, "execution_id": execution})
    workflow = person.finished(execution)
    assert workflow["status"] == "completed"
    settled(stack)
    drafts = drafts_of(stack, execution)
    assert {content for content, _ in drafts} == expected(execution)
    assert len(drafts) == 15
    assert stack.completions() - before == 16

    lost, text = drafts[0]
    stack.sql("DELETE FROM api.drafts WHERE id = %s", lost)
    stack.publish("workflow.started", {"user_id": person.id, "execution_id": execution})
    eventually(lambda: len(drafts_of(stack, execution)) == 15, "the lost draft is made again")
    assert (lost, text) in drafts_of(stack, execution)
    settled(stack)
    assert stack.completions() - before == 16, "what is remembered is not paid for again"


def test_a_draft_lost_from_every_memory_is_written_again(stack: Stack):
    person, execution = stack.person(), str(uuid4())
    stack.publish("workflow.started", {"user_id": person.id, "execution_id": execution})
    person.finished(execution)
    settled(stack)
    lost = content_id(idea_id(UUID(execution), 0), "linkedin")

    async def purge() -> None:
        client = await stack.nats()
        await (await client.jetstream().key_value("drafts")).purge(f"{lost}.1")
        await client.close()

    asyncio.run(purge())
    stack.sql("DELETE FROM api.drafts WHERE id = %s", lost)
    before = stack.completions()
    stack.publish("workflow.started", {"user_id": person.id, "execution_id": execution})
    eventually(lambda: lost in dict(drafts_of(stack, execution)), "the draft is written again")
    settled(stack)
    assert stack.completions() - before == 1


def test_an_own_idea_by_hand_makes_a_draft_for_every_platform(stack: Stack):
    person = stack.person()
    stack.publish(
        "idea.created",
        {
            "user_id": person.id,
            "title": "Write the runbook first",
            "description": "Then the code. It is shorter.",
        },
    )
    drafts = eventually(lambda: len(d := person.drafts()) == 3 and d, "three drafts")
    assert {draft["platform"] for draft in drafts} == set(PLATFORMS)
    assert {draft["core_idea"]["title"] for draft in drafts} == {"Write the runbook first"}
    assert person.get("/workflows")["total"] == 0


def settled(stack: Stack) -> None:
    """Wait until no consumer has anything pending or in hand."""
    eventually(lambda: _idle(stack), "the bus is idle")


def _idle(stack: Stack) -> bool:
    async def look() -> bool:
        client = await stack.nats()
        try:
            consumers = await client.jetstream().consumers_info("EVENTS")
            return all(c.num_pending == 0 and c.num_ack_pending == 0 for c in consumers)
        finally:
            await client.close()

    return asyncio.run(look())
