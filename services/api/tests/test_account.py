"""One's data: all of it to take along, and all of it gone."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import httpx2
from fastapi import FastAPI
from sqlalchemy import QueuePool, select
from starlette.types import Message

from api.dependencies import DEVICE_COOKIE, Gateway
from api.export import AT_ONCE
from api.routes.auth import HINT_COOKIE, REFRESH_COOKIE
from api.store import ERASURE, SCHEMA, erased_users, outbox
from polycast.contracts import WorkflowCompleted, WorkflowStarted

if TYPE_CHECKING:
    from services.api.tests.conftest import Person, Stream

CREDENTIALS = {"email": "ann@example.com", "password": "correct horse battery"}


async def fill(ann: Person, stream: Stream) -> None:
    """Something in every table that can hold something of a person's."""
    started = WorkflowStarted.model_validate(
        {"execution_id": "00000000-0000-4000-8000-000000000001", "user_id": ann.id, "started_at": stream.now}
    )
    await stream.publish(started)
    idea = await stream.idea(ann, execution_id=started.execution_id)
    draft = await stream.draft(ann, idea, execution_id=started.execution_id, content_text="A secret plan.")
    await stream.draft(ann, idea, generation=2, execution_id=started.execution_id)
    await ann.put(f"content/{draft}", {"content_text": "My secret plan."})
    await ann.post(f"content/{draft}/regenerate", {"instruction": "secretly"})
    await ann.post("ideas", {"title": "Own", "description": "One."}, headers={"Idempotency-Key": "key"})
    over = {"execution_id": started.execution_id, "user_id": ann.id, "started_at": stream.now}
    await stream.publish(WorkflowCompleted.model_validate(over | {"completed_at": stream.now}))


async def holding(gateway: Gateway, needle: str) -> dict[str, list[Any]]:
    """Every row of the schema that mentions something, by its table."""
    found: dict[str, list[Any]] = {}
    async with gateway.system.connect() as connection:
        for table in SCHEMA.metadata.sorted_tables:
            rows = (await connection.execute(select(table))).mappings().all()
            if hits := [dict(row) for row in rows if needle in str(dict(row))]:
                found[table.name] = hits
    return found


async def test_everything_to_take_along(ann: Person, bob: Person, stream: Stream) -> None:
    await fill(ann, stream)
    await stream.draft(bob, await stream.idea(bob, title="Of Bob"), content_text="Of Bob.")
    answer = await ann.get("account/export")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/zip")
    assert "attachment" in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    parsed = {name: json.loads(text) for name, text in files.items() if name.endswith(".json")}
    assert parsed["account.json"]["email"] == "ann@example.com"
    assert [edit["content_text"] for edit in parsed["edits.json"]] == ["My secret plan."]
    assert [asked["instruction"] for asked in parsed["regenerations.json"]] == ["secretly"]
    kept = ("configurations", "workflows", "outcomes", "generations", "notifications", "sessions", "audit")
    for name in kept:
        assert parsed[f"{name}.json"], name
    assert {idea["title"] for idea in parsed["ideas.json"]} == {"Robots at breakfast", "Own"}
    [draft] = [body for name, body in parsed.items() if name.startswith("drafts/")]
    assert (draft["content_text"], draft["original_version"]) == ("My secret plan.", "A secret plan.")
    [page] = [text for name, text in files.items() if name.endswith(".md")]
    assert page == "# Robots at breakfast\n\n*linkedin, edited*\n\nMy secret plan.\n"
    assert "Of Bob" not in str(files)
    assert "password_hash" not in str(files)


class SlowReader:
    """Asks, and takes nothing of the answer's body."""

    def __init__(self, app: FastAPI, person: Person, path: str) -> None:
        headers = {"authorization": person.client.headers["Authorization"]}
        self._scope = {
            "type": "http", "method": "GET", "scheme": "http", "path": f"/api/v1/{path}", "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }  # fmt: skip
        self._stalled = asyncio.Event()
        self._asking = asyncio.create_task(app(self._scope, self._receive, self._send))

    async def _receive(self) -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def _send(self, message: Message) -> None:
        if message.get("body"):
            self._stalled.set()
            await asyncio.Event().wait()

    async def stalled(self) -> None:
        async with asyncio.timeout(20):
            await self._stalled.wait()

    async def hang_up(self) -> None:
        self._asking.cancel()
        await asyncio.wait({self._asking})


async def test_slow_readers_leave_connections_for_others(
    ann: Person, bob: Person, stream: Stream, app: FastAPI, gateway: Gateway
) -> None:
    await fill(ann, stream)
    pool = gateway.database.engine.pool
    assert isinstance(pool, QueuePool)
    lists = [SlowReader(app, ann, "content") for _ in range(3)]
    exports = [SlowReader(app, ann, "account/export") for _ in range(AT_ONCE)]
    for reader in (*lists, *exports):
        await reader.stalled()
    assert pool.checkedout() == AT_ONCE  # a list holds none
    assert (await bob.get("account/export")).status_code == 503
    assert (await bob.get("content")).status_code == 200
    for reader in (*lists, *exports):
        await reader.hang_up()
    assert (await bob.get("account/export")).status_code == 200


async def test_everything_gone(
    ann: Person, bob: Person, client: httpx2.AsyncClient, stream: Stream, gateway: Gateway
) -> None:
    await fill(ann, stream)
    await fill_other(bob, stream)
    assert len(await holding(gateway, str(ann.id))) >= 12
    gone = await ann.delete("account")
    assert (gone.status_code, gone.content) == (204, b"")
    ended = gone.headers.get_list("Set-Cookie")
    assert [cookie.partition("=")[0] for cookie in ended] == [REFRESH_COOKIE, HINT_COOKIE, DEVICE_COOKIE]
    assert all('=""' in cookie for cookie in ended)
    assert (await ann.get("auth/me")).status_code == 401
    assert (await client.post("auth/login", json=CREDENTIALS)).status_code == 401
    assert (await ann.post("auth/refresh")).status_code == 401

    left = await holding(gateway, str(ann.id))
    assert set(left) == {"erased_users", "outbox"}
    assert [row["subject"] for row in left["outbox"]][-1] == "user.deleted"
    assert "ann@example.com" not in str(await holding(gateway, "ann@example.com"))
    async with gateway.system.connect() as connection:
        assert (await connection.scalars(select(erased_users.c.user_id))).all() == [ann.id]
    assert (await bob.get("content")).json()["total"] == 1

    await stream.draft(ann, await stream.idea(ann))  # events that come late
    assert set(await holding(gateway, str(ann.id))) == {"erased_users", "outbox"}
    again = await client.post("auth/register", json=CREDENTIALS)
    assert again.status_code == 201


async def fill_other(bob: Person, stream: Stream) -> None:
    await stream.draft(bob, await stream.idea(bob))


async def test_what_was_asked_for_before_leaves_first(ann: Person, stream: Stream, gateway: Gateway) -> None:
    await fill(ann, stream)
    await ann.delete("account")
    async with gateway.system.connect() as connection:
        subjects = (await connection.scalars(select(outbox.c.subject).order_by(outbox.c.position))).all()
    assert subjects[-1] == "user.deleted"


async def test_a_password_that_is_sent_must_be_right(ann: Person) -> None:
    refused = await ann.client.request("DELETE", "account", json={"password": "not it at all"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "password")
    gone = await ann.client.request("DELETE", "account", json={"password": CREDENTIALS["password"]})
    assert gone.status_code == 204


def test_every_table_of_a_persons_rows_is_erased() -> None:
    """What has a `user_id` is in the erasure by that, but for what must outlive it."""
    kept = {"erased_users", "outbox"}
    for table in SCHEMA.metadata.sorted_tables:
        if "user_id" in table.c and table.name not in kept:
            assert table in ERASURE.tables, table.name
