"""Server-sent events and notifications: what a person learns without asking."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI
from nats.js import JetStreamContext

from api import live as live_module
from api.app import create_app
from api.dependencies import Gateway
from api.live import Live
from api.projector.app import Projector
from polycast.bus import Bus
from polycast.contracts import (
    ContentGenerated,
    Event,
    IdeaCreated,
    Preferences,
    Received,
    UserDeleted,
    WorkflowCompleted,
    WorkflowFailed,
    WorkflowStarted,
    content_id,
)

if TYPE_CHECKING:
    from services.api.tests.conftest import Person, Stream

NOW = datetime(2025, 11, 3, tzinfo=UTC)
PATIENCE = 20.0


class Sse:
    """A page's connection."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def block(self) -> dict[str, str]:
        """The next event or comment, as its fields."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(PATIENCE):
            async for line in self._lines:
                if not line:
                    return fields
                name, _, value = line.partition(":")
                fields[name] = value.removeprefix(" ")
        raise EOFError

    async def event(self) -> tuple[str, Any]:
        block = await self.block()
        return block["event"], json.loads(block["data"])


@asynccontextmanager
async def listening(address: str, person: Person, last: str | None = None) -> AsyncIterator[Sse]:
    headers = {"Authorization": person.client.headers["Authorization"]}
    if last is not None:
        headers["Last-Event-ID"] = last
    async with (
        httpx2.AsyncClient(base_url=address, headers=headers, timeout=PATIENCE) as client,
        client.stream("GET", "/api/v1/events") as response,
    ):
        yield Sse(response)


@pytest.fixture
def projector(gateway: Gateway) -> Projector:
    return Projector(gateway.system, gateway.live)


async def apply(projector: Projector, *events: Event) -> None:
    batch = [Received(event, "EVENTS", number, NOW) for number, event in enumerate(events, 1)]
    await projector.apply(batch)


def idea_of(person: Person, **fields: Any) -> IdeaCreated:
    body = {
        "idea_id": uuid4(),
        "user_id": person.id,
        "title": "Robots",
        "description": "They toast.",
        "platforms": ("linkedin",),
        "preferences": Preferences(),
    }
    return IdeaCreated.model_validate(body | fields)


def draft_of(idea: IdeaCreated) -> ContentGenerated:
    return ContentGenerated(
        content_id=content_id(idea.idea_id, "linkedin"),
        idea_id=idea.idea_id,
        user_id=idea.user_id,
        platform="linkedin",
        content_text="A text.",
    )


async def test_the_projector_tells_each_row_after_its_commit(
    address: str, ann: Person, bob: Person, projector: Projector
) -> None:
    async with listening(address, ann) as page:
        assert page.response.headers["Content-Type"].startswith("text/event-stream")
        assert page.response.headers["Cache-Control"] == "no-store"
        assert list(await page.block()) == ["id"]
        started = WorkflowStarted(execution_id=uuid4(), user_id=ann.id, started_at=NOW)
        idea = idea_of(ann, execution_id=started.execution_id)
        await apply(projector, idea_of(bob), started, idea, draft_of(idea))
        told = [await page.event() for _ in range(3)]
        assert [name for name, _ in told] == ["workflow.started", "idea.created", "content.generated"]
        workflow, created, draft = (row for _, row in told)
        assert (workflow["status"], created["title"]) == ("running", "Robots")
        assert draft == (await ann.get(f"content/{draft['id']}")).json()


async def test_other_pages_learn_of_a_command(
    address: str, ann: Person, stream: Stream, linkedin: None
) -> None:
    draft = await stream.draft(ann, await stream.idea(ann))
    async with listening(address, ann) as page:
        await page.block()
        edited = await ann.put(f"content/{draft}", {"content_text": "My words."})
        assert await page.event() == ("content.edited", edited.json())
        await ann.patch(f"content/{draft}/state", {"state": "reviewed"})
        assert (await page.event())[0] == "content.state_changed"
        await ann.delete(f"content/{draft}")
        assert (await page.event())[0] == "content.deleted"


async def test_a_page_goes_on_where_it_was(address: str, ann: Person, projector: Projector) -> None:
    async with listening(address, ann) as page:
        seen = (await page.block())["id"]
    await apply(projector, idea_of(ann, title="One"), idea_of(ann, title="Two"))
    async with listening(address, ann, seen) as page:
        assert (await page.block())["id"] == seen
        first = await page.block()
        assert json.loads(first["data"])["title"] == "One"
    async with listening(address, ann, first["id"]) as page:
        await page.block()
        assert (await page.event())[1]["title"] == "Two"


async def test_what_is_gone_resets_the_page(
    address: str, ann: Person, projector: Projector, js: JetStreamContext
) -> None:
    await apply(projector, idea_of(ann), idea_of(ann))
    while (await js.stream_info("UI")).state.last_seq < 2:  # what is told isn't waited for
        await asyncio.sleep(0.01)
    await js.purge_stream("UI")  # an hour passes
    for last in ("0", "4711"):  # before what is kept; of a stream that was lost
        async with listening(address, ann, last) as page:
            reset = await page.block()
            assert (reset["event"], reset["id"]) == ("reset", "2")
    async with listening(address, ann, "0") as page:
        await page.block()
        await apply(projector, idea_of(ann, title="New"))
        assert (await page.event())[1]["title"] == "New"


async def test_a_silent_line_is_kept_alive_until_the_token_ends(
    address: str, ann: Person, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "HEARTBEAT_SECONDS", 0.05)
    async with listening(address, ann) as page:
        await page.block()
        assert await page.block() == {"": ""}
        await ann.post("auth/logout")
        with pytest.raises(EOFError):
            while True:
                await page.block()


async def test_a_busy_line_ends_with_its_token_too(
    address: str, ann: Person, gateway: Gateway, projector: Projector
) -> None:
    async with listening(address, ann) as page:
        await page.block()
        await ann.post("auth/logout")
        await apply(projector, idea_of(ann))
        with pytest.raises(EOFError):
            await page.block()


async def test_a_page_goes_on_at_another_replica(
    address: str,
    ann: Person,
    gateway: Gateway,
    projector: Projector,
    nats_server: str,
    serve: Callable[[FastAPI], AbstractAsyncContextManager[str]],
) -> None:
    async with listening(address, ann) as page:
        await page.block()
        await apply(projector, idea_of(ann, title="One"), idea_of(ann, title="Two"))
        seen = (await page.block())["id"]
    other = Bus("api", nats_server)
    await other.connect()
    try:
        async with (
            serve(create_app(replace(gateway, live=Live(other)))) as elsewhere,
            listening(elsewhere, ann, seen) as page,
        ):
            assert (await page.block())["id"] == seen
            assert (await page.event())[1]["title"] == "Two"
            await apply(projector, idea_of(ann, title="Three"))
            assert (await page.event())[1]["title"] == "Three"
    finally:
        await other.stop()


async def test_without_the_bus(ann: Person, bus: Bus) -> None:
    await bus.stop()
    assert (await ann.get("events")).status_code == 503


async def test_an_odd_position(ann: Person) -> None:
    refused = await ann.get("events", headers={"Last-Event-ID": "yesterday"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "Last-Event-ID")


async def test_pages_of_a_person_who_is_gone_hold_nothing(
    ann: Person, projector: Projector, js: JetStreamContext
) -> None:
    await apply(projector, idea_of(ann))
    await apply(projector, UserDeleted(user_id=ann.id), idea_of(ann))
    assert (await js.stream_info("UI")).state.messages == 0


async def test_an_untold_page_stops_no_projection(ann: Person, projector: Projector, bus: Bus) -> None:
    await bus.stop()
    await apply(projector, idea_of(ann))
    assert (await ann.get("ideas")).json()["total"] == 1


def over(person: Person, **fields: Any) -> WorkflowCompleted:
    body = {
        "execution_id": uuid4(),
        "user_id": person.id,
        "started_at": NOW,
        "completed_at": NOW,
        "ideas_generated": 5,
        "content_generated": 14,
        "content_failed": 1,
    }
    return WorkflowCompleted.model_validate(body | fields)


async def test_one_notification_a_workflow(ann: Person, address: str, projector: Projector) -> None:
    first = over(ann)
    async with listening(address, ann) as page:
        await page.block()
        await apply(projector, first)
        told = [await page.event() for _ in range(1)]  # its workflow.started is still to come
    await apply(projector, first, over(ann, execution_id=first.execution_id, revision=2))
    listed = (await ann.get("notifications")).json()
    assert (listed["total"], listed["unread"]) == (1, 1)
    [notification] = listed["notifications"]
    assert told == [("notification.created", notification)]
    assert notification["title"] == "14 new drafts to review"
    assert notification["body"] == "From 5 ideas. 1 could not be written."
    assert notification["workflow_id"] == str(first.execution_id)


async def test_why_it_failed(ann: Person, projector: Projector) -> None:
    body = over(ann).model_dump() | {"status": "failed", "error_message": "No language model."}
    await apply(projector, WorkflowFailed.model_validate(body))
    [notification] = (await ann.get("notifications")).json()["notifications"]
    assert (notification["title"], notification["body"]) == ("The workflow failed", "No language model.")


async def test_read_marks(ann: Person, bob: Person, projector: Projector) -> None:
    await apply(projector, over(ann), over(ann), over(ann))
    first = (await ann.get("notifications")).json()["notifications"][0]["id"]
    marked = (await ann.post(f"notifications/{first}/read")).json()
    assert marked["read_at"]
    assert (await ann.post(f"notifications/{first}/read")).json() == marked
    assert (await ann.get("notifications")).json()["unread"] == 2
    assert (await bob.post(f"notifications/{first}/read")).status_code == 403
    assert (await bob.post(f"notifications/{uuid4()}/read")).status_code == 404
    assert (await ann.post("notifications/read")).status_code == 204
    assert (await ann.get("notifications")).json()["unread"] == 0
    await apply(projector, over(ann))
    assert (await ann.get("notifications")).json()["unread"] == 1


async def test_whoever_wants_none_has_none(ann: Person, address: str, projector: Projector) -> None:
    await ann.put("config/preferences", {"notifications": {"in_app": False}})
    async with listening(address, ann) as page:
        await page.block()
        started = WorkflowStarted(user_id=ann.id, execution_id=uuid4(), started_at=NOW)
        await apply(projector, over(ann, execution_id=started.execution_id))
        await apply(projector, started)
        assert (await page.event())[0] == "workflow.started"
    listed = (await ann.get("notifications")).json()
    assert (listed["total"], listed["unread"]) == (0, 0)
    await ann.put("config/preferences", {"notifications": {"in_app": True}})
    assert (await ann.get("notifications")).json()["unread"] == 1
