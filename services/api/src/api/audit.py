"""The audit log: who signed in, who was refused, and what was changed, by whom and from where."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import structlog
from sqlalchemy import DateTime, Text, Uuid, delete, insert, literal, null, select
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
        """Nothing of a person who is gone is written."""
        line = _line(scope, status)
        gone = select(erased_users.c.user_id).where(erased_users.c.user_id == scope["state"].get("user_id"))
        try:
            async with self._database.begin() as connection:
                await connection.execute(
                    insert(audit).from_select(list(line), select(*line.values()).where(~gone.exists()))
                )
        except SQLAlchemyError:
            log.exception("couldn't write to the audit log")


def _is_worth_a_line(scope: Scope, status: int) -> bool:
    operation = getattr(scope.get("route"), "name", None)
    is_known = "user_id" in scope["state"] or operation == "login"
    if operation is None or not is_known or status == 429:
        return False
    is_change = scope["method"] not in ("GET", "HEAD") and operation not in _UNCHANGING
    return is_change or status == 403 or operation in _TELLING


def _line(scope: Scope, status: int) -> dict[str, Any]:
    route, headers = scope["route"], Headers(scope=scope)
    resource = next(iter(scope.get("path_params", {}).values()), None)
    outcome = "ok" if status < 400 else "refused" if status < 500 else "failed"
    user_id = scope["state"].get("user_id")
    texts = {
        "event_type": next(iter(route.tags), "api"),
        "resource_id": None if resource is None else str(resource)[:100],
        "action": route.name,
        "ip_address": scope["client"][0] if scope.get("client") else None,
        "user_agent": headers.get("user-agent", "")[:300],
        "status": outcome,
    }
    return {
        "id": literal(uuid4(), Uuid),
        "timestamp": literal(datetime.now(UTC), DateTime(timezone=True)),
        "user_id": literal(user_id, Uuid) if user_id else null(),
        **{name: literal(text, Text) for name, text in texts.items()},
    }


async def forget_old_lines(database: Database) -> None:
    async with database.begin() as connection:
        await connection.execute(delete(audit).where(audit.c.timestamp < datetime.now(UTC) - KEPT))
