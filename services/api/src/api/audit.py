"""The audit log: who signed in, who was refused, and what was changed, by whom and from where."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from sqlalchemy import func, insert, literal, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.sessions import Visit
from api.store import audit, erased_users
from polycast.db import Database

log = structlog.get_logger()

KEPT = timedelta(days=90)
_UNCHANGING = frozenset({"check_text", "refresh", "read_notification", "read_notifications"})
"""Commands that change nothing worth a line."""
_TELLING = frozenset({"export_account"})
"""Reads that are worth one."""


class Audit:
    """Writes a line a command, whatever its outcome, and a line a refusal, before the answer leaves."""

    def __init__(self, app: ASGIApp, database: Database) -> None:
        self._app = app
        self._database = database

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})

        async def record_first(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_worth_a_line(scope, message["status"]):
                await self._record(scope, message["status"])
            await send(message)

        await self._app(scope, receive, record_first)

    async def _record(self, scope: Scope, status: int) -> None:
        try:
            async with self._database.begin() as connection:
                await _write(connection, _line(scope, status))
        except SQLAlchemyError:
            log.exception("couldn't write to the audit log")


def _is_worth_a_line(scope: Scope, status: int) -> bool:
    operation = getattr(scope.get("route"), "name", None)
    is_known = "user_id" in scope["state"] or operation == "login"
    if operation is None or not is_known or status == 429:
        return False
    is_change = scope["method"] not in ("GET", "HEAD") and operation not in _UNCHANGING
    return is_change or status == 403 or status >= 500 or operation in _TELLING


def _line(scope: Scope, status: int) -> dict[str, Any]:
    route, headers = scope["route"], Headers(scope=scope)
    resource = next(iter(scope.get("path_params", {}).values()), None)
    return {
        "event_type": next(iter(route.tags), "api"),
        "user_id": scope["state"].get("user_id"),
        "resource_id": None if resource is None else str(resource)[:100],
        "action": route.name,
        "ip_address": scope["client"][0] if scope.get("client") else None,
        "user_agent": headers.get("user-agent", "")[:300],
        "status": "ok" if status < 400 else "refused" if status < 500 else "failed",
    }


async def note(connection: AsyncConnection, user_id: UUID, action: str, visit: Visit) -> None:
    """A line of what was done for an account that no token told."""
    line = {"event_type": "auth", "user_id": user_id, "action": action, "status": "ok"}
    await _write(connection, line | asdict(visit))


async def _write(connection: AsyncConnection, line: dict[str, Any]) -> None:
    """Nothing of a person who is gone is written."""
    values = {"id": uuid4(), "timestamp": datetime.now(UTC)} | line
    typed = {name: literal(value, audit.c[name].type) for name, value in values.items()}
    gone = select(erased_users.c.user_id).where(erased_users.c.user_id == typed["user_id"])
    await connection.execute(
        insert(audit).from_select(list(typed), select(*typed.values()).where(~gone.exists()))
    )


async def keep_partitions(database: Database) -> None:
    """Make the coming months' partitions, and drop those whose last line is older than `KEPT`."""
    async with database.begin() as connection:
        await connection.execute(select(func.api.keep_audit()))
