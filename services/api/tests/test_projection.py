"""The read model is a function of the set of events, not of their order or number."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select, update

from api.projector.app import Projector
from api.projector.projection import project_own
from api.store import (
    configurations,
    drafts,
    erased_users,
    generations,
    ideas,
    notifications,
    outcomes,
    users,
    workflows,
)
from polycast.contracts import (
    ContentFailed,
    ContentGenerated,
    ErrorInfo,
    Event,
    IdeaCreated,
    Preferences,
    Received,
    UserDeleted,
    WorkflowCompleted,
    WorkflowFailed,
    WorkflowStarted,
    content_id,
    idea_id,
)
from polycast.db import Database

ANN, EXECUTION = UUID(int=1), UUID(int=2)
START = datetime(2026, 11, 23, 6, tzinfo=UTC)
PLATFORMS = ("linkedin", "twitter")


def stream(events: Iterable[Event]) -> list[Received[Event]]:
    """The events as the stream would number and date them."""
    return [Received(e, "EVENTS", n, START + timedelta(seconds=n)) for n, e in enumerate(events, start=1)]


def started(execution_id: UUID = EXECUTION, **fields: Any) -> WorkflowStarted:
    return WorkflowStarted(execution_id=execution_id, user_id=ANN, started_at=START, **fields)


def idea(index: int, **fields: Any) -> IdeaCreated:
    body = {
        "idea_id": idea_id(EXECUTION, index),
        "execution_id": EXECUTION,
        "user_id": ANN,
        "index": index,
        "total": 2,
        "title": f"Idea {index}",
        "description": "It is a good one.",
        "platforms": PLATFORMS,
        "preferences": Preferences(topics=("robots",)),
    }
    return IdeaCreated.model_validate(body | fields)


def _content(index: int, platform: str) -> dict[str, Any]:
    of = idea_id(EXECUTION, index)
    return {
        "content_id": content_id(of, platform),
        "idea_id": of,
        "execution_id": EXECUTION,
        "user_id": ANN,
        "platform": platform,
    }


def generated(index: int, platform: str, text: str = "A text.", generation: int = 1) -> ContentGenerated:
    return ContentGenerated(**_content(index, platform), content_text=text, generation=generation)


def failed(index: int, platform: str, generation: int = 1) -> ContentFailed:
    error = ErrorInfo(code="invalid", message="It never fit.")
    return ContentFailed(**_content(index, platform), error=error, generation=generation, attempts=3)


def over(
    kind: type[WorkflowCompleted] | type[WorkflowFailed], revision: int, generated: int
) -> WorkflowCompleted | WorkflowFailed:
    return kind(
        execution_id=EXECUTION,
        user_id=ANN,
        revision=revision,
        ideas_generated=2,
        content_generated=generated,
        content_failed=4 - generated,
        started_at=START,
        completed_at=START + timedelta(minutes=revision),
        error_message="some failed" if generated < 4 else None,
    )


#: A workflow with everything in it that is told twice, differently.
HISTORY = stream(
    [
        started(idea_count=2, platforms=PLATFORMS, context="robots"),
        started(idea_count=3),  # published by hand, with the id of the first
        idea(0, platforms=(), preferences=None, title="Bare"),  # by hand, completed by the next
        idea(0),
        idea(0, title="The same idea, told later"),
        idea(1),
        failed(0, "linkedin"),
        generated(0, "linkedin", "The first text."),
        generated(0, "linkedin", "A later text of the same generation."),
        generated(0, "linkedin", "A second generation.", generation=2),
        failed(0, "linkedin", generation=3),
        generated(0, "twitter"),
        failed(0, "twitter"),
        generated(1, "linkedin"),
        failed(1, "twitter"),
        over(WorkflowFailed, revision=1, generated=0),
        over(WorkflowCompleted, revision=2, generated=3),
        over(WorkflowCompleted, revision=2, generated=1),
    ]
)


READ_MODEL = (workflows, outcomes, ideas, drafts, generations, notifications)


async def rows(database: Database) -> dict[str, list[dict[str, Any]]]:
    """The whole read model."""
    found = {}
    async with database.connect() as connection:
        for table in READ_MODEL:
            result = await connection.execute(select(table).order_by(*table.primary_key))
            found[table.name] = [dict(row) for row in result.mappings()]
    return found


async def forget_everything(database: Database) -> None:
    async with database.begin() as connection:
        for table in READ_MODEL:
            await connection.execute(table.delete())


async def apply(database: Database, events: Sequence[Received[Event]]) -> dict[str, list[dict[str, Any]]]:
    assert await Projector(database).apply(events) == ()
    return await rows(database)


async def test_the_better_told_wins(store: Database) -> None:
    model = await apply(store, HISTORY)
    [workflow] = model["workflows"]
    assert (workflow["idea_count"], workflow["context"], workflow["platforms"]) == (2, "robots", [*PLATFORMS])
    [outcome] = model["outcomes"]
    assert (outcome["status"], outcome["revision"], outcome["content_generated"]) == ("completed", 2, 3)
    assert [i["title"] for i in sorted(model["ideas"], key=lambda i: i["index"])] == ["Idea 0", "Idea 1"]
    assert {i["preferences"]["topics"][0] for i in model["ideas"]} == {"robots"}
    linkedin = next(d for d in model["drafts"] if d["id"] == content_id(idea_id(EXECUTION, 0), "linkedin"))
    assert linkedin["content_text"] == "The first text."
    assert linkedin["error"] is None
    assert linkedin["created_at"] == START + timedelta(seconds=8)  # the stream's time, not ours
    assert sorted(d["state"] for d in model["drafts"]) == ["failed", "generated", "generated", "generated"]
    assert [(g["generation"], g["content_text"]) for g in model["generations"]] == [
        (2, "A second generation."),
        (3, None),
    ]


async def test_any_order_any_repeats_any_batches_give_the_same_rows(store: Database) -> None:
    expected = await apply(store, HISTORY)
    for seed in range(40):
        await forget_everything(store)
        chance = random.Random(seed)
        events = HISTORY + chance.choices(HISTORY, k=10)
        chance.shuffle(events)
        while events:
            size = chance.randint(1, len(events))
            await apply(store, events[:size])
            events = events[size:]
        assert await rows(store) == expected, f"seed {seed}"


async def test_applying_the_stream_again_restores_what_is_lost_and_nothing_else(store: Database) -> None:
    expected = await apply(store, HISTORY)
    async with store.begin() as connection:
        await connection.execute(update(drafts).values(metadata={"damaged": True}, platform="damaged"))
        await connection.execute(ideas.delete())
    assert await apply(store, HISTORY) == expected


async def test_what_people_own_is_never_touched(store: Database) -> None:
    await apply(store, HISTORY)
    owned = {
        "chosen_state": "edited",
        "chosen_generation": 2,
        "edited_text": "My own words.",
        "edited_metadata": {"word_count": 3},
        "changed_at": START + timedelta(days=1),
        "deleted_at": START + timedelta(days=2),
    }
    async with store.begin() as connection:
        await connection.execute(update(drafts).values(owned))
    for draft in (await apply(store, HISTORY))["drafts"]:
        assert owned.items() <= draft.items()
        assert draft["state"] == "edited"


async def test_the_streams_event_takes_the_place_of_the_commands_row(store: Database) -> None:
    async with store.begin() as connection:
        await project_own(connection, started(idea_count=2))
        await project_own(connection, idea(0))
    model = await apply(store, stream([started(idea_count=2), idea(0)]))
    assert [w["sequence"] for w in model["workflows"]] == [1]
    assert [(i["sequence"], i["created_at"]) for i in model["ideas"]] == [(2, START + timedelta(seconds=2))]


async def test_erased_people_stay_erased(store: Database) -> None:
    async with store.begin() as connection:
        await connection.execute(insert(users).values(id=ANN, email="ann@example.com", password_hash="x"))
        columns: dict[str, Any] = {"schedule": {}, "preferences": {}, "platforms": []}
        await connection.execute(insert(configurations).values(user_id=ANN, **columns))
    gone = Received(UserDeleted(user_id=ANN), "EVENTS", 9, START)
    other = UUID(int=7)
    other_draft = generated(1, "twitter").model_copy(update={"user_id": other, "content_id": uuid4()})
    await apply(store, HISTORY[:5])
    await apply(store, [*HISTORY[5:9], gone, *HISTORY[9:], *stream([other_draft])])
    model = await apply(store, HISTORY)
    assert {row["user_id"] for table in model.values() for row in table} == {other}
    async with store.connect() as connection:
        assert (await connection.execute(select(users))).all() == []
        assert (await connection.execute(select(configurations))).all() == []
        assert await connection.scalar(select(erased_users.c.user_id)) == ANN


async def test_one_transaction_a_batch(store: Database) -> None:
    """A batch that fails leaves nothing, so that it can be tried again or taken apart."""
    poison = generated(1, "linkedin", "a NUL \x00, which Postgres can't hold")
    with pytest.raises(Exception, match="unsupported Unicode escape"):
        await apply(store, [*HISTORY, *stream([poison])])
    assert not any((await rows(store)).values())
