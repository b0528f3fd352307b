"""Somebody leaves while a workflow of theirs is written: nothing of them is left, and nothing comes back."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from uuid import uuid4

import httpx2
import psycopg
from nats.js.errors import NotFoundError

from polycast_cli.stack.embedded import postgres_programs

from .stack import PASSWORD, Stack, eventually


async def on_the_bus(stack: Stack, *needles: str) -> list[tuple[str, str]]:
    """Where any stream or bucket mentions one of these, in whatever it keeps: stream and subject."""
    client = await stack.nats()
    js, found = client.jetstream(timeout=30), []
    for info in await js.streams_info():
        name = str(info.config.name)
        for sequence in range(max(1, info.state.first_seq), info.state.last_seq + 1):
            try:
                message = await js.get_msg(name, sequence)
            except NotFoundError:
                continue
            kept = f"{message.subject} {message.headers} {(message.data or b'').decode(errors='replace')}"
            if any(needle in kept for needle in needles):
                found.append((name, str(message.subject)))
    await client.close()
    return found


def in_the_databases(stack: Stack, tmp_path: Path, *needles: str) -> list[str]:
    """Lines of a full dump of every schema that mention one of these."""
    file = tmp_path / f"{uuid4()}.sql"
    dump = [str(postgres_programs() / "pg_dump"), stack.addresses["database_url"], f"--file={file}"]
    subprocess.run(dump, check=True)
    return [line for line in file.read_text().splitlines() if any(needle in line for needle in needles)]


def test_who_leaves_in_the_middle_of_a_workflow_is_gone(stack: Stack, tmp_path: Path):
    canary = f"canary{uuid4().hex}"
    email = f"{canary}@example.com"
    credentials = {"email": email, "password": PASSWORD}
    person_id = httpx2.post(f"{stack.api}/auth/register", json=credentials, timeout=30).json()["id"]
    token = httpx2.post(f"{stack.api}/auth/login", json=credentials, timeout=30).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    stack.write_slowly(1.0)
    try:
        wishes = {"trigger_type": "manual", "context": f"Mention the {canary}."}
        execution = httpx2.post(
            f"{stack.api}/workflows/execute", json=wishes, headers=headers, timeout=30
        ).json()["workflow_id"]
        path = f"{stack.api}/content?workflow_id={execution}"
        eventually(
            lambda: httpx2.get(path, headers=headers, timeout=30).json()["total"], "the first draft is there"
        )
        needles = (canary, person_id, execution)
        assert in_the_databases(stack, tmp_path, *needles)
        assert httpx2.delete(f"{stack.api}/account", headers=headers, timeout=30).status_code == 204
        eventually(lambda: stack.calls_in_flight() == 0, "nobody writes for them any more")
    finally:
        stack.write_slowly(0.2)
    eventually(lambda: purged_for_good(stack, person_id), "the bus is purged for good")
    tombstones = [("EVENTS", "user.deleted"), ("KV_erased", f"$KV.erased.{person_id}")]

    def is_gone() -> bool:
        assert {line.split("\t")[0] for line in in_the_databases(stack, tmp_path, *needles)} == {person_id}
        return sorted(set(asyncio.run(on_the_bus(stack, *needles)))) == tombstones

    assert is_gone()
    stack.succeed("events", "replay", "--from-seq", "1", "--user", person_id)
    stack.succeed("projection", "rebuild")
    assert is_gone()
    assert httpx2.get(f"{stack.api}/auth/me", headers=headers, timeout=30).status_code == 401


def purged_for_good(stack: Stack, person_id: str) -> bool:
    with psycopg.connect(stack.addresses["database_url"]) as connection:
        query = "SELECT count(*) FROM api.erased_users WHERE user_id = %s AND purge_at IS NULL"
        row = connection.execute(query, (person_id,)).fetchone()
    return row == (1,)
