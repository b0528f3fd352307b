"""What can be looked up afterwards: a timeline with its cost, the dashboard's numbers, the audit log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx2
import psycopg
import pytest
from sqlalchemy import select, update

from api.audit import KEPT, keep_partitions
from api.dependencies import Gateway
from api.store import audit, outbox
from polycast.contracts import Provenance, WorkflowCompleted, WorkflowFailed, WorkflowStarted

if TYPE_CHECKING:
    from services.api.tests.conftest import Person, Stream

START = datetime(2025, 11, 3, 6, tzinfo=UTC)
COSTLY = Provenance(model="some-model", tokens_in=100, tokens_out=50, cost_usd=0.25)


def minute(number: int) -> datetime:
    return START + timedelta(minutes=number)


async def start(stream: Stream, owner: Person, **fields: Any) -> UUID:
    event = WorkflowStarted(execution_id=uuid4(), user_id=owner.id, started_at=START, **fields)
    await stream.publish(event, START)
    return event.execution_id


async def end(stream: Stream, owner: Person, workflow: UUID, status: str, **fields: Any) -> None:
    kind = WorkflowCompleted if status == "completed" else WorkflowFailed
    over = {"started_at": START, "completed_at": minute(9)} | fields
    await stream.publish(kind(execution_id=workflow, user_id=owner.id, **over), minute(9))


async def requests(gateway: Gateway) -> list[tuple[str, dict[str, Any]]]:
    query = select(outbox.c.subject, outbox.c.event).where(outbox.c.subject != "schedule.updated")
    async with gateway.system.connect() as connection:
        rows = await connection.execute(query.order_by(outbox.c.position))
        return [(row.subject, row.event) for row in rows]


async def test_a_timeline_with_its_cost(ann: Person, stream: Stream) -> None:
    workflow = await start(stream, ann)
    ideas = [
        await stream.idea(ann, minute(1), execution_id=workflow, index=n, total=2, provenance=COSTLY)
        for n in range(2)
    ]
    await stream.draft(ann, ideas[0], at=minute(2), execution_id=workflow, provenance=COSTLY)
    await stream.failure(ann, ideas[1], minute(3), execution_id=workflow)
    await end(stream, ann, workflow, "completed")
    shown = (await ann.get(f"workflows/{workflow}")).json()
    assert [moment["event"] for moment in shown["timeline"]] == [
        "started", "idea", "idea", "draft", "failure", "completed",
    ]  # fmt: skip
    draft, failure = shown["timeline"][3:5]
    assert (draft["platform"], draft["title"], draft["at"]) == (
        "linkedin",
        "Robots at breakfast",
        "2025-11-03T06:02:00Z",
    )
    assert failure["detail"] == "It never fit."
    assert shown["usage"] == {"tokens_in": 200, "tokens_out": 100, "cost_usd": 0.5}
    assert shown["progress"] == {"linkedin": {"expected": 2, "generated": 1, "failed": 1}}


async def test_what_failed_is_retried(ann: Person, stream: Stream, gateway: Gateway) -> None:
    workflow = await start(stream, ann)
    both = ("linkedin", "mastodon")
    ideas = [
        await stream.idea(ann, execution_id=workflow, index=n, total=2, platforms=both) for n in range(2)
    ]
    await stream.draft(ann, ideas[0], execution_id=workflow)
    await stream.draft(ann, ideas[0], "mastodon", execution_id=workflow)
    await stream.failure(ann, ideas[1], execution_id=workflow)  # and its toot never came
    running = await ann.post(f"workflows/{workflow}/retry")
    assert (running.status_code, running.json()["workflow_id"]) == (409, str(workflow))
    await end(stream, ann, workflow, "completed")
    retried = await ann.post(f"workflows/{workflow}/retry")
    assert (retried.status_code, retried.json()) == (202, {"workflow_id": str(workflow), "requested": 2})
    asked = await requests(gateway)
    assert [subject for subject, _ in asked] == ["content.requested.linkedin", "content.requested.mastodon"]
    assert {(event["idea"]["idea_id"], event["generation"]) for _, event in asked} == {(str(ideas[1]), 1)}
    for slug in both:
        await stream.draft(ann, ideas[1], slug, execution_id=workflow)
    done = await ann.post(f"workflows/{workflow}/retry")
    assert (done.status_code, done.json()["type"]) == (409, "urn:polycast:problem:nothing-to-retry")


async def test_a_workflow_without_ideas_starts_again(ann: Person, stream: Stream, gateway: Gateway) -> None:
    workflow = await start(stream, ann, context="For Monday", idea_count=2)
    await end(stream, ann, workflow, "failed", error_message="No ideas.")
    assert (await ann.post(f"workflows/{workflow}/retry")).json()["requested"] == 1
    [(subject, event)] = await requests(gateway)
    assert (subject, event["execution_id"]) == ("workflow.started", str(workflow))
    assert (event["context"], event["idea_count"]) == ("For Monday", 2)


async def test_nobody_retries_anothers(bob: Person, ann: Person, stream: Stream) -> None:
    workflow = await start(stream, ann)
    assert (await bob.post(f"workflows/{workflow}/retry")).status_code == 403
    assert (await bob.post(f"workflows/{uuid4()}/retry")).status_code == 404


async def test_numbers_for_the_dashboard(ann: Person, bob: Person, stream: Stream) -> None:
    empty = (await ann.get("stats")).json()
    assert (empty["ideas"], empty["drafts"]["generated"], empty["usage"]["cost_usd"]) == (0, 0, None)
    workflow = await start(stream, ann)
    ideas = [
        await stream.idea(ann, execution_id=workflow, index=n, total=2, provenance=COSTLY) for n in range(2)
    ]
    now = datetime.now(UTC)
    kept = await stream.draft(ann, ideas[0], at=now, provenance=COSTLY)
    await stream.draft(ann, ideas[0], "mastodon", at=START)
    await stream.failure(ann, ideas[1])
    await ann.patch(f"content/{kept}/state", {"state": "reviewed"})
    await end(stream, ann, workflow, "completed")
    await stream.draft(bob, await stream.idea(bob))
    stats = (await ann.get("stats")).json()
    assert stats["ideas"] == 2
    assert {state: n for state, n in stats["drafts"].items() if n} == {
        "reviewed": 1,
        "generated": 1,
        "failed": 1,
    }
    assert stats["platforms"] == {"linkedin": 1, "mastodon": 1}
    assert stats["workflows"] == {"running": 0, "completed": 1, "failed": 0}
    assert len(stats["days"]) == 30
    assert stats["days"][-1] == {"date": now.date().isoformat(), "drafts": 1}
    assert stats["usage"] == {"tokens_in": 200, "tokens_out": 100, "cost_usd": 0.5}


async def lines(person: Person) -> list[tuple[str, str, str]]:
    entries = (await person.get("audit", params={"limit": 100})).json()["audit"]
    return [(entry["event_type"], entry["action"], entry["status"]) for entry in reversed(entries)]


async def test_the_audit_log_tells_who_did_what(
    ann: Person, bob: Person, client: httpx2.AsyncClient, stream: Stream
) -> None:
    draft = await stream.draft(ann, await stream.idea(ann))
    await client.post("auth/login", json={"email": "ann@example.com", "password": "guess number one"})
    await ann.put("config/schedule", {"timezone": "Europe/Paris"})
    await ann.patch(f"content/{draft}/state", {"state": "reviewed"}, headers={"User-Agent": "a test"})
    await ann.patch(f"content/{draft}/state", {"state": "published"})
    await ann.get("content")
    assert (await bob.get(f"content/{draft}")).status_code == 403
    assert await lines(ann) == [
        ("auth", "register", "ok"),
        ("auth", "login", "ok"),
        ("auth", "login", "refused"),
        ("config", "put_schedule", "ok"),
        ("content", "change_state", "ok"),
        ("content", "change_state", "refused"),
    ]
    assert await lines(bob) == [
        ("auth", "register", "ok"),
        ("auth", "login", "ok"),
        ("content", "get_content", "refused"),
    ]
    changed = (await ann.get("audit")).json()["audit"][1]
    assert (changed["resource_id"], changed["user_agent"]) == (str(draft), "a test")
    assert changed["ip_address"] == "127.0.0.1"
    assert changed["user_id"] == str(ann.id)


async def test_lines_are_kept_for_90_days(ann: Person, gateway: Gateway, admin_url: str) -> None:
    """In partitions of months, which go as a whole: with its last line's ninetieth day."""
    today = datetime.now(UTC).date()
    kept_since = today - KEPT
    gone = (kept_since.replace(day=1) - timedelta(days=1)).replace(day=1)
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(
            f"CREATE TABLE api.audit_{gone:%Y_%m} PARTITION OF api.audit"
            f" FOR VALUES FROM ('{gone}') TO ('{kept_since.replace(day=1)}')"
        )
        for day in (gone, kept_since, today):
            admin.execute(
                "INSERT INTO api.audit (id, timestamp, event_type, action, status)"
                " VALUES (gen_random_uuid(), %s, 'auth', 'a test', 'ok')",
                (day,),
            )
        await keep_partitions(gateway.system)
        kept = admin.execute(
            "SELECT timestamp::date FROM api.audit WHERE action = 'a test' ORDER BY 1"
        ).fetchall()
        assert [day for (day,) in kept] == [kept_since, today]
        months = f"SELECT to_regclass('api.audit_{today + timedelta(days=62):%Y_%m}') IS NOT NULL"
        assert admin.execute(months).fetchone() == (True,), "the coming months' are there"


async def test_older_lines_are_not_shown(ann: Person, gateway: Gateway) -> None:
    long_ago = datetime.now(UTC) - KEPT - timedelta(minutes=1)
    async with gateway.system.begin() as connection:
        await connection.execute(update(audit).where(audit.c.action == "login").values(timestamp=long_ago))
    assert await lines(ann) == [("auth", "register", "ok")]


async def test_without_the_audit_log_the_answer_still_comes(
    ann: Person, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import OperationalError

    begin = gateway.system.begin
    await ann.get("config/schedule")

    def fail_outside_commands() -> Any:
        raise OperationalError("INSERT", {}, Exception("away"))

    monkeypatch.setattr(gateway.database, "begin", fail_outside_commands)
    assert (await ann.put("config/schedule", {"timezone": "Europe/Paris"})).status_code == 503
    monkeypatch.setattr(gateway.database, "begin", begin)
