"""What an operator does in an incident, by `./polycast user …`, while the gateway runs."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pyrage
from fastapi import FastAPI

from api.dependencies import Gateway
from api.sessions import CACHE_SECONDS

if TYPE_CHECKING:
    from services.api.tests.conftest import Person

CREDENTIALS = {"email": "ann@example.com", "password": "correct horse battery"}


async def polycast(admin_url: str, *arguments: str) -> tuple[int, str]:
    """Exit status, and what was said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "polycast_cli", *arguments),
        env=os.environ | {"DATABASE_URL": admin_url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


def five_seconds_pass(gateway: Gateway) -> None:
    checked = gateway.sessions._checked
    for jti, (checked_at, reason) in checked.items():
        checked[jti] = (checked_at - CACHE_SECONDS, reason)
    assert timedelta(seconds=CACHE_SECONDS) <= timedelta(seconds=5)


async def test_a_disabled_account_is_shut(ann: Person, bob: Person, gateway: Gateway, admin_url: str) -> None:
    assert (await ann.get("auth/me")).status_code == (await bob.get("auth/me")).status_code == 200
    assert await polycast(admin_url, "user", "disable", "Ann@example.com") == (
        0,
        "disabled Ann@example.com\n",
    )
    five_seconds_pass(gateway)
    assert (await ann.get("auth/me")).status_code == 401
    assert (await ann.post("auth/refresh")).status_code == 401
    assert (await ann.post("auth/login", CREDENTIALS)).status_code == 401
    assert (await bob.get("auth/me")).status_code == 200
    await polycast(admin_url, "user", "enable", "ann@example.com")
    assert (await ann.get("auth/me")).status_code == 401  # its token has ended for good
    token = (await ann.post("auth/login", CREDENTIALS)).json()["access_token"]
    lines = (await ann.get("audit", headers={"Authorization": f"Bearer {token}"})).json()["audit"]
    assert [(line["event_type"], line["action"]) for line in lines][1:] == [
        ("operator", "enable_account"),
        ("auth", "login"),
        ("operator", "disable_account"),
        ("auth", "login"),
        ("auth", "register"),
    ]


async def test_revoked_tokens_end_and_the_owner_signs_in_again(
    ann: Person, app: FastAPI, gateway: Gateway, admin_url: str
) -> None:
    assert (await polycast(admin_url, "user", "revoke", "ann@example.com"))[0] == 0
    five_seconds_pass(gateway)
    assert (await ann.get("auth/me")).status_code == 401
    assert (await ann.post("auth/refresh")).status_code == 401
    assert (await ann.post("auth/login", CREDENTIALS)).status_code == 200


async def test_an_unknown_address_is_an_error(client: httpx2.AsyncClient, admin_url: str) -> None:
    status, said = await polycast(admin_url, "user", "disable", "nobody@example.com")
    assert (status, said) == (1, "polycast: no account has the address nobody@example.com\n")


async def test_the_audit_log_is_archived_for_one_reader(ann: Person, admin_url: str, tmp_path: Path) -> None:
    agent = 'a "quoted" \\ back\\nslash'
    await ann.put("config/schedule", {"timezone": "Europe/Paris"}, headers={"User-Agent": agent})
    key, file = pyrage.x25519.Identity.generate(), tmp_path / "audit.age"
    status, said = await polycast(admin_url, "audit", "archive", str(file), "--to", str(key.to_public()))
    assert status == 0, said
    assert file.stat().st_mode & 0o777 == 0o600
    assert str(ann.id).encode() not in file.read_bytes()
    plain = gzip.decompress(pyrage.decrypt(file.read_bytes(), [key])).decode()
    lines = [json.loads(line) for line in plain.splitlines()]
    assert [line["action"] for line in lines] == ["register", "login", "put_schedule"]
    assert lines[-1]["user_agent"] == agent
    assert set(lines[0]) == {
        "id", "timestamp", "event_type", "user_id", "resource_id", "action", "ip_address", "user_agent",
        "status",
    }  # fmt: skip
    assert (await polycast(admin_url, "audit", "archive", str(file), "--to", "age1nonsense"))[0] == 1


async def test_half_an_archive_is_none(postgres_server: str, tmp_path: Path) -> None:
    key, file = pyrage.x25519.Identity.generate(), tmp_path / "audit.age"
    arguments = ("audit", "archive", str(file), "--to", str(key.to_public()))
    status, said = await polycast(postgres_server, *arguments)  # there is no audit log
    assert (status, file.exists()) == (1, False), said
