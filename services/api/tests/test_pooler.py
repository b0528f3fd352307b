"""Behind PgBouncer in transaction mode, as in production: many clients on two connections of Postgres'."""

from __future__ import annotations

import asyncio
import json
import shutil
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from api.dependencies import Gateway
from api.projector.app import Projector
from api.store import drafts
from polycast.contracts import ContentGenerated, Received, UserDeleted
from polycast.db import Database, acting_for
from polycast.testing.servers import pgbouncer

if TYPE_CHECKING:
    from services.api.tests.conftest import Person, Stream

pytestmark = pytest.mark.skipif(not shutil.which("pgbouncer"), reason="pgbouncer is not installed")


@pytest.fixture(scope="session")
def api_url(api_url: str) -> Iterator[str]:
    with pgbouncer(api_url, connections=2) as url:
        yield url


async def test_each_request_acts_for_its_own_person_whoever_had_the_connection_before(
    ann: Person, bob: Person, stream: Stream
) -> None:
    theirs = {
        person: await stream.draft(person, await stream.idea(person), content_text=str(person.id))
        for person in (ann, bob)
    }
    everyone = [(person, kind) for person in theirs for kind in ("list", "own", "other")] * 10

    async def ask(person: Person, kind: str) -> tuple[int, str]:
        if kind == "list":
            answer = await person.get("content")
            return answer.status_code, answer.json()["content"][0]["content_text"]
        owner = person if kind == "own" else next(other for other in theirs if other is not person)
        answer = await person.get(f"content/{theirs[owner]}")
        return answer.status_code, answer.json().get("content_text", "")

    answers = await asyncio.gather(*(ask(person, kind) for person, kind in everyone))
    for (person, kind), answer in zip(everyone, answers, strict=True):
        assert answer == ((403, "") if kind == "other" else (200, str(person.id)))


async def test_who_acts_and_as_which_role_ends_with_the_transaction(
    ann: Person, stream: Stream, requests: Database, gateway: Gateway
) -> None:
    await stream.draft(ann, await stream.idea(ann))

    async def seen(database: Database) -> int:
        async with database.connect() as connection:
            return len((await connection.execute(select(drafts.c.id))).all())

    for _ in range(5):
        with acting_for(ann.id):
            assert await seen(requests) == 1
        assert await seen(gateway.system) == 1
        with acting_for(None):
            assert await seen(requests) == 0


async def test_editing_exporting_projecting_and_leaving(
    ann: Person, stream: Stream, gateway: Gateway
) -> None:
    idea = await stream.idea(ann)
    draft = await stream.draft(ann, idea)
    edited = await ann.put(f"content/{draft}", {"content_text": "Mine."})
    assert (edited.status_code, edited.json()["state"]) == (200, "edited")

    again = ContentGenerated(
        content_id=draft, idea_id=idea, user_id=ann.id, platform="linkedin", generation=2, content_text="Two."
    )
    projector = Projector(gateway.system, gateway.live)
    await projector.apply([Received(again, "EVENTS", 100, stream.now)])
    texts = [(await ann.get(f"content/{draft}/revisions")).json()]
    assert "Two." in json.dumps(texts)

    export = await ann.get("account/export")  # streamed through a cursor of the server's
    with zipfile.ZipFile(BytesIO(export.content)) as archive:
        assert any("Mine." in archive.read(name).decode() for name in archive.namelist())

    await projector.apply([Received(UserDeleted(user_id=ann.id), "EVENTS", 101, stream.now)])
    async with gateway.system.connect() as connection:
        assert (await connection.execute(select(drafts.c.id))).all() == []
